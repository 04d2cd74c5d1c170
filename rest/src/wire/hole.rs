//! A hole in the shape of a segment, of which Kylin fills only name and offsets.

use ::cube::offsets::SegmentOffsets;
use ::cube::timeline::{Hole as CubeHole, HoleCause};
use serde::Serialize;
use utoipa::ToSchema;

use super::millis;
use super::segment::Segment;

/// Kylin's keys, and after them ours. Times in milliseconds UTC.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hole {
    #[serde(flatten)]
    segment: Segment,
    /// Why nobody holds these offsets.
    reason: String,
    /// The job that gave them up.
    job: Option<String>,
    /// Since when; `null`: from the start.
    since: Option<i64>,
    offsets_count: u64,
    /// Between which event times the messages may lie; `null`: no limit.
    event_time_min: Option<i64>,
    event_time_max: Option<i64>,
}

impl From<&CubeHole> for Hole {
    fn from(hole: &CubeHole) -> Self {
        let job = match &hole.cause {
            HoleCause::Discarded { job, .. } => job.map(|job| job.to_string()),
            HoleCause::NeverBuilt => None,
        };
        Self {
            segment: Segment::of_offsets(&hole.offsets),
            reason: hole.cause.to_string(),
            job,
            since: hole.since,
            offsets_count: hole.offsets.len(),
            event_time_min: (hole.event_time.min != i64::MIN).then(|| millis(hole.event_time.min)),
            event_time_max: (hole.event_time.max != i64::MAX).then(|| millis(hole.event_time.max)),
        }
    }
}

/// A range that a dry run of filling would build.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlannedRange {
    #[serde(flatten)]
    segment: Segment,
    offsets_count: u64,
}

impl From<&SegmentOffsets> for PlannedRange {
    fn from(offsets: &SegmentOffsets) -> Self {
        Self { segment: Segment::of_offsets(offsets), offsets_count: offsets.len() }
    }
}

#[cfg(test)]
mod tests;
