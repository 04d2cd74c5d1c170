//! A segment in Kylin's shape.

use std::collections::BTreeMap;

use ::cube::offsets::SegmentOffsets;
use ::cube::segment::Segment as CubeSegment;
use serde::Serialize;
use utoipa::ToSchema;

use super::ledger::Totals;
use super::{PartitionOffsets, millis};

/// Runs of minutes that a segment's shape lists; enough for a bar on a screen.
const MAX_RUNS: usize = 64;

/// Kylin's keys, and after them ours. Times in milliseconds UTC.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Segment {
    pub(super) uuid: Option<String>,
    pub(super) name: String,
    pub(super) storage_location_identifier: Option<String>,
    /// First and last event time, both included; 0 without rows.
    pub(super) date_range_start: i64,
    pub(super) date_range_end: i64,
    pub(super) source_offset_start: i64,
    pub(super) source_offset_end: i64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, i64>)]
    pub(super) source_partition_offset_start: PartitionOffsets,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, i64>)]
    pub(super) source_partition_offset_end: PartitionOffsets,
    pub(super) status: Option<&'static str>,
    pub(super) size_kb: u64,
    /// Messages that became rows.
    pub(super) input_records: u64,
    pub(super) input_records_size: u64,
    pub(super) last_build_time: i64,
    pub(super) last_build_job_id: Option<String>,
    pub(super) create_time_utc: i64,
    pub(super) cuboid_shard_nums: BTreeMap<String, u16>,
    pub(super) total_shards: u32,
    pub(super) blackout_cuboids: Vec<u64>,
    pub(super) binary_signature: Option<&'static str>,
    pub(super) dictionaries: Option<BTreeMap<String, String>>,
    pub(super) snapshots: Option<BTreeMap<String, String>>,
    pub(super) index_path: Option<String>,
    pub(super) rowkey_stats: Vec<u64>,
    /// What became of its offsets, summed over the partitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ledger: Option<Totals>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cuboids: Option<usize>,
    /// Of its files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<u64>,
    /// Minutes with rows as `[first, first after]`, at most 64 runs: near ones are joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Vec<i64>>>)]
    pub(super) event_time_runs: Option<Vec<(i64, i64)>>,
}

impl Segment {
    /// Only what follows from the offsets.
    pub(super) fn of_offsets(offsets: &SegmentOffsets) -> Self {
        Self {
            name: offsets.name(),
            source_offset_start: offsets.sum_of_starts(),
            source_offset_end: offsets.sum_of_ends(),
            source_partition_offset_start: offsets.starts(),
            source_partition_offset_end: offsets.ends(),
            ..Self::default()
        }
    }
}

impl From<&CubeSegment> for Segment {
    fn from(segment: &CubeSegment) -> Self {
        let mut shape = Self {
            uuid: Some(segment.id.to_string()),
            status: Some("NEW"),
            last_build_job_id: Some(segment.job.to_string()),
            create_time_utc: segment.created_at,
            total_shards: 1,
            dictionaries: Some(BTreeMap::new()),
            snapshots: Some(BTreeMap::new()),
            ..Self::of_offsets(&segment.offsets)
        };
        if let Some(ready) = segment.ready() {
            let event_time = ready.event_time;
            shape.status = Some("READY");
            shape.date_range_start = event_time.map_or(0, |range| millis(range.min));
            shape.date_range_end = event_time.map_or(0, |range| millis(range.max));
            shape.storage_location_identifier = ready.files.first().map(|file| file.path.clone());
            shape.size_kb = ready.size().div_ceil(1024);
            shape.input_records = ready.totals.rows;
            shape.last_build_time = ready.published_at;
            shape.ledger = Some(ready.totals.into());
            shape.cuboids = Some(ready.cuboids.len());
            shape.bytes = Some(ready.size());
            let runs = ready.minutes.runs(MAX_RUNS).into_iter();
            shape.event_time_runs = Some(runs.map(|(start, end)| (millis(start), millis(end))).collect());
        }
        shape
    }
}
