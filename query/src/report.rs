//! What a query decided and read.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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
    ((range.min != i64::MIN).then(|| instant(range.min)), (range.max != i64::MAX).then(|| instant(range.max)))
}

/// Counts what one segment's scan read; filled while the query runs.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    planned: AtomicBool,
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl Reading {
    pub(crate) fn add(&self, rows: u64, bytes: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// That the physical plan reads the segment.
    pub(crate) fn plan(&self) {
        self.planned.store(true, Ordering::Relaxed);
    }
}

/// One scan as the rewriting decided it, and what became of it.
#[derive(Debug)]
pub(crate) struct Decision {
    /// With all segments that the filter below the aggregation touches.
    pub(crate) scan: FactScan,
    /// Of the segments of `scan`, in order.
    pub(crate) readings: Vec<Arc<Reading>>,
    /// All of the cube.
    pub(crate) holes: Vec<Hole>,
    /// Of that filter; `None`: no row can match.
    pub(crate) range: Option<TimeRange>,
    /// What filters from above the aggregation left of the range; `None` until it is planned.
    pub(crate) narrowed: Mutex<Option<TimeRange>>,
}

impl Decision {
    /// The part of the range that passes a filter from above as well.
    pub(crate) fn narrow(&self, filter: Option<TimeRange>) -> Option<TimeRange> {
        let range = self.range.and_then(|range| range.intersect(filter?))?;
        let mut narrowed = self.narrowed.lock().unwrap_or_else(PoisonError::into_inner);
        *narrowed = Some(narrowed.map_or(range, |other| other.union(range)));
        Some(range)
    }

    fn scan(&self) -> FactScan {
        let range = *self.narrowed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scan = self.scan.clone();
        (scan.from, scan.to) = range.or(self.range).map_or((None, None), bounds);
        let touched =
            self.holes.iter().filter(|hole| range.is_some_and(|range| hole.event_time.overlaps(range)));
        scan.holes = touched.map(HoleTouched::new).collect();
        let found = std::mem::take(&mut scan.segments);
        for (mut segment, reading) in found.into_iter().zip(&self.readings) {
            if reading.planned.load(Ordering::Relaxed) {
                segment.rows_read = reading.rows.load(Ordering::Relaxed);
                segment.bytes_read = reading.bytes.load(Ordering::Relaxed);
                scan.segments.push(segment);
            }
        }
        scan.segments_scanned = scan.segments.len();
        scan.segments_pruned = scan.segments_considered - scan.segments.len();
        scan
    }
}

/// Gathers the scans of one query.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    decisions: Mutex<Vec<Arc<Decision>>>,
    scans_named: AtomicU64,
}

impl Collector {
    pub(crate) fn add(&self, decision: Arc<Decision>) {
        self.decisions.lock().unwrap_or_else(PoisonError::into_inner).push(decision);
    }

    /// A number that no other scan of the query has.
    pub(crate) fn next_number(&self) -> u64 {
        self.scans_named.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The account so far.
    pub(crate) fn report(&self, stages: Stages) -> ScanReport {
        let decisions = self.decisions.lock().unwrap_or_else(PoisonError::into_inner);
        let scans: Vec<FactScan> = decisions.iter().map(|decision| decision.scan()).collect();
        let segments = || scans.iter().flat_map(|scan| &scan.segments);
        ScanReport {
            rows_read: segments().map(|segment| segment.rows_read).sum(),
            bytes_read: segments().map(|segment| segment.bytes_read).sum(),
            stages,
            complete: scans.iter().all(|scan| scan.holes.is_empty()),
            scans,
        }
    }
}
