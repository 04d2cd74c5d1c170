//! The segments of one cube: what is built, what is reserved, and where the holes are.
//!
//! All of it is pure: values in, values out. Segments overlap in event time as they like, never
//! in offsets; a building segment counts like a published one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::id::{CubeName, JobId, SegmentId};
use crate::offsets::{OffsetRange, PartitionId, SegmentOffsets};
use crate::segment::Segment;
use crate::time::TimeRange;
use crate::{Error, Result};

/// A snapshot of a cube's segments.
#[derive(Clone, Debug)]
pub struct Timeline {
    pub cube: CubeName,
    /// The first offset of each partition that belongs to the cube. A partition that appeared
    /// after the cube's first start begins at 0.
    pub starts: BTreeMap<PartitionId, i64>,
    /// In order of creation.
    pub segments: Vec<Segment>,
    /// Ranges that were reserved or published once and were given up, newest first.
    pub discarded: Vec<Discarded>,
}

/// A segment that is no more, and why.
#[derive(Clone, Debug)]
pub struct Discarded {
    pub offsets: SegmentOffsets,
    pub job: Option<JobId>,
    pub reason: String,
    /// Milliseconds since the epoch, UTC.
    pub at: i64,
}

/// Offsets between a cube's start and its last segments that no segment holds.
///
/// The ranges lie between the same two neighbours in every partition. Partitions in which nothing
/// is missing are named with an empty range, so that the name is Kylin's.
#[derive(Clone, Debug, PartialEq)]
pub struct Hole {
    pub name: String,
    pub offsets: SegmentOffsets,
    pub cause: HoleCause,
    /// Since when it is known, milliseconds since the epoch, UTC; `None`: from the start.
    pub since: Option<i64>,
    /// Between which event times its messages may lie, from the neighbouring segments of each
    /// partition; unbounded where one is missing.
    pub event_time: TimeRange,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoleCause {
    /// A segment that held (some of) it was discarded or deleted.
    Discarded { job: Option<JobId>, reason: String },
    /// Nobody ever asked for these offsets: builds with explicit offsets left them out, or the
    /// partition is new and its log already began later.
    NeverBuilt,
}

impl fmt::Display for HoleCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Discarded { reason, .. } => f.write_str(reason),
            Self::NeverBuilt => f.write_str("no build has asked for these offsets"),
        }
    }
}

/// Some of the offsets that were asked for are in a segment already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    pub partition: PartitionId,
    pub asked: OffsetRange,
    /// What the segment holds of the partition.
    pub held: OffsetRange,
    /// The name of the segment in the way.
    pub segment: String,
    /// The job that built it, or does so now.
    pub job: JobId,
    pub building: bool,
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, asked, held, segment, job, building } = self;
        let (does, remedy) = match building {
            true => ("is already building", "discard that job"),
            false => ("already holds", "delete that segment"),
        };
        write!(
            f,
            "cannot build partition {partition} offsets {asked}: segment {segment} of job {job} {does} {held}; start at \
             {}, or {remedy} first",
            held.end()
        )
    }
}

impl std::error::Error for Overlap {}

impl From<Overlap> for Error {
    fn from(overlap: Overlap) -> Self {
        Self::conflict(overlap.to_string()).with_source(overlap)
    }
}

impl Timeline {
    /// Where the next build to the tip starts in each known partition: after the last segment,
    /// building ones included.
    pub fn ends(&self) -> BTreeMap<PartitionId, i64> {
        let mut ends = self.starts.clone();
        for (partition, range) in self.segments.iter().flat_map(|segment| segment.offsets.iter()) {
            let end = ends.entry(partition).or_insert(range.end());
            *end = (*end).max(range.end());
        }
        ends
    }

    pub fn building(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter().filter(|segment| segment.ready().is_none())
    }

    pub fn segment(&self, id: SegmentId) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.id == id)
    }

    /// Whether no segment holds any of `offsets`.
    ///
    /// # Errors
    /// The first overlap.
    pub fn check_free(&self, offsets: &SegmentOffsets) -> Result<(), Overlap> {
        let first = self.segments.iter().find_map(|segment| {
            let (partition, asked, held) = offsets.first_overlap(&segment.offsets)?;
            Some(Overlap {
                partition,
                asked,
                held,
                segment: segment.name(),
                job: segment.job,
                building: segment.ready().is_none(),
            })
        });
        first.map_or(Ok(()), Err)
    }

    /// All holes, in order of their offsets.
    pub fn holes(&self) -> Vec<Hole> {
        let mut pieces: BTreeMap<(Option<SegmentId>, Option<SegmentId>), SegmentOffsets> = BTreeMap::new();
        for partition in self.partitions() {
            let start = self.starts.get(&partition).copied().unwrap_or(0);
            let (mut position, mut before) = (start, None);
            for (range, segment) in self.ranges_of(partition) {
                let gap = OffsetRange::new(position, range.start().max(position));
                if let Ok(gap) = gap {
                    pieces.entry((before, Some(segment.id))).or_default().insert(partition, gap);
                }
                if range.end() >= position {
                    (position, before) = (range.end(), Some(segment.id));
                }
            }
        }
        let mut holes: Vec<Hole> = pieces
            .into_iter()
            .filter(|(_, offsets)| !offsets.is_empty())
            .map(|((before, after), offsets)| self.hole(before, after, offsets))
            .collect();
        holes.sort_by_key(|hole| (hole.offsets.sum_of_starts(), hole.offsets.sum_of_ends()));
        holes
    }

    /// The hole of that name.
    pub fn hole_named(&self, name: &str) -> Result<Hole> {
        let holes = self.holes();
        let names: Vec<_> = holes.iter().map(|hole| hole.name.clone()).collect();
        holes.into_iter().find(|hole| hole.name == name).ok_or_else(|| {
            Error::not_found(format!(
                "cube {} has no hole named {name:?}; its holes are: {}",
                self.cube,
                if names.is_empty() { "none".to_owned() } else { names.join(", ") }
            ))
        })
    }

    fn partitions(&self) -> BTreeSet<PartitionId> {
        let held =
            self.segments.iter().flat_map(|segment| segment.offsets.iter().map(|(partition, _)| partition));
        self.starts.keys().copied().chain(held).collect()
    }

    /// The ranges of one partition, ascending, with the segments that hold them.
    fn ranges_of(&self, partition: PartitionId) -> Vec<(OffsetRange, &Segment)> {
        let mut ranges: Vec<_> = self
            .segments
            .iter()
            .filter_map(|segment| segment.offsets.get(partition).map(|range| (range, segment)))
            .collect();
        ranges.sort_by_key(|(range, segment)| (*range, segment.id));
        ranges
    }

    fn hole(&self, before: Option<SegmentId>, after: Option<SegmentId>, offsets: SegmentOffsets) -> Hole {
        let discarded =
            self.discarded.iter().find(|discarded| discarded.offsets.first_overlap(&offsets).is_some());
        let cause = discarded.map_or(HoleCause::NeverBuilt, |discarded| HoleCause::Discarded {
            job: discarded.job,
            reason: discarded.reason.clone(),
        });
        let missing = offsets.iter().filter(|(_, range)| !range.is_empty()).map(|(partition, _)| partition);
        let event_time = missing
            .map(|partition| self.between(partition, before, after))
            .reduce(TimeRange::union)
            .unwrap_or(TimeRange::ALL);
        Hole {
            name: offsets.name(),
            cause,
            since: discarded.map(|discarded| discarded.at),
            event_time,
            offsets,
        }
    }

    /// The event times that two neighbours of a gap hold in `partition`.
    fn between(
        &self,
        partition: PartitionId,
        before: Option<SegmentId>,
        after: Option<SegmentId>,
    ) -> TimeRange {
        let held = |id: Option<SegmentId>| {
            let ready = self.segment(id?)?.ready()?;
            ready.event_time_by_partition.get(&partition).copied()
        };
        match (held(before), held(after)) {
            (Some(before), Some(after)) => before.union(after),
            (Some(before), None) => TimeRange { min: before.min, max: i64::MAX },
            (None, Some(after)) => TimeRange { min: i64::MIN, max: after.max },
            (None, None) => TimeRange::ALL,
        }
    }
}

#[cfg(test)]
mod tests;
