//! What a query decided and read.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cube::time::{TimeRange, instant};
use cube::timeline::Hole;
use serde::Serialize;

/// The account of one query. A query has one [`FactScan`] per place where its SQL aggregates a
/// fact table.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ScanReport {
    pub scans: Vec<FactScan>,
    /// Rows of cuboids that were read.
    pub rows_read: u64,
    /// Bytes that were fetched from the store.
    pub bytes_read: u64,
    pub stages: Stages,
    /// Whether no scan touches a hole.
    pub complete: bool,
}

/// Milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Stages {
    /// Text to checked statement.
    pub parse_ms: f64,
    /// Catalog snapshot and logical plan.
    pub plan_ms: f64,
    /// Rewriting, routing, and the physical plan.
    pub optimize_ms: f64,
    pub execute_ms: f64,
}

/// One fact table under one aggregation.
#[derive(Clone, Debug, Serialize)]
pub struct FactScan {
    pub table: String,
    pub cube: String,
    /// First and last instant that the filter can touch, both included, UTC; `None`: no limit.
    pub from: Option<String>,
    pub to: Option<String>,
    /// Published segments of the cube.
    pub segments_considered: usize,
    pub segments_scanned: usize,
    /// Segments that hold no row in the time range.
    pub segments_pruned: usize,
    /// Reserved segments, of which nothing can be read yet.
    pub segments_building: usize,
    /// The scanned ones.
    pub segments: Vec<SegmentScan>,
    pub holes: Vec<HoleTouched>,
}

#[derive(Clone, Debug, Serialize)]
pub struct SegmentScan {
    pub segment: String,
    pub id: String,
    pub cuboid: u64,
    /// The cuboid's dimensions.
    pub dimensions: Vec<String>,
    /// Rows of the cuboid.
    pub rows: u64,
    /// Bytes of the cuboid with all its columns.
    pub bytes: u64,
    pub rows_read: u64,
    /// Of the columns that the query needed.
    pub bytes_read: u64,
}

/// Messages that no segment holds and that may belong to the asked time range.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HoleTouched {
    pub name: String,
    pub cause: String,
    /// Between which event times its messages may lie, UTC; `None`: no limit.
    pub from: Option<String>,
    pub to: Option<String>,
}

impl HoleTouched {
    pub(crate) fn new(hole: &Hole) -> Self {
        let (from, to) = bounds(hole.event_time);
        Self { name: hole.name.clone(), cause: hole.cause.to_string(), from, to }
    }
}

/// Both ends as text, `None` where the range is open.
pub(crate) fn bounds(range: TimeRange) -> (Option<String>, Option<String>) {
    (
        (range.min != i64::MIN).then(|| instant(range.min)),
        (range.max != i64::MAX).then(|| instant(range.max)),
    )
}

/// Counts what one segment's scan read; filled while the query runs.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl Reading {
    pub(crate) fn add(&self, rows: u64, bytes: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Gathers the scans of one query.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    scans: Mutex<Vec<(FactScan, Vec<Arc<Reading>>)>>,
}

impl Collector {
    /// `readings` belong to the segments of `scan`, in order.
    pub(crate) fn add(&self, scan: FactScan, readings: Vec<Arc<Reading>>) {
        self.scans.lock().unwrap_or_else(PoisonError::into_inner).push((scan, readings));
    }

    /// The account so far.
    pub(crate) fn report(&self, stages: Stages) -> ScanReport {
        let scans = self.scans.lock().unwrap_or_else(PoisonError::into_inner);
        let mut report = ScanReport { stages, complete: true, ..ScanReport::default() };
        for (scan, readings) in scans.iter() {
            let mut scan = scan.clone();
            for (segment, reading) in scan.segments.iter_mut().zip(readings) {
                segment.rows_read = reading.rows.load(Ordering::Relaxed);
                segment.bytes_read = reading.bytes.load(Ordering::Relaxed);
                report.rows_read += segment.rows_read;
                report.bytes_read += segment.bytes_read;
            }
            report.complete &= scan.holes.is_empty();
            report.scans.push(scan);
        }
        report
    }
}
