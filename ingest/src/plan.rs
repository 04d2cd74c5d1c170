//! Which offsets a build reads. Pure: the catalog's picture, the request and the topic's
//! watermarks in, one range per partition out.

use std::collections::BTreeMap;

use cube::offsets::{OffsetRange, PartitionId, SegmentOffsets};
use cube::timeline::Timeline;
use cube::{Error, Result};

use crate::source::{TopicWatermarks, Watermarks};

/// What a caller asked for. Without `start` a build continues after the last segment, building
/// ones included; without `end` it reads to the tip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeRequest {
    /// First offset by partition. Partitions that are not named are not read.
    pub start: Option<BTreeMap<PartitionId, i64>>,
    /// First offset not read, by partition. Partitions that are not named are not read.
    pub end: Option<BTreeMap<PartitionId, i64>>,
}

/// Where a cube that has no segment yet starts, resolved to offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirstOffsets {
    Earliest,
    Latest,
    /// By partition; those not named start at their earliest offset.
    At(BTreeMap<PartitionId, i64>),
}

/// Everything a plan depends on.
#[derive(Clone, Debug)]
pub struct PlanInput<'a> {
    pub timeline: &'a Timeline,
    pub request: &'a RangeRequest,
    pub watermarks: &'a TopicWatermarks,
    pub first: &'a FirstOffsets,
    /// Offsets in the segment at most, over all partitions.
    pub cap: Option<u64>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    Build {
        offsets: SegmentOffsets,
        /// The first offset of each partition that the cube did not know.
        starts: BTreeMap<PartitionId, i64>,
        /// Offsets that the cap left for the next build.
        left: u64,
    },
    /// There are no offsets to read. `at` is where each partition stands.
    NothingNew { at: BTreeMap<PartitionId, i64> },
}

/// Decides the range.
///
/// # Errors
/// `Invalid` if the request names an unknown partition, an end beyond the tip, or a start that
/// Kafka no longer has; `Conflict` if a segment holds some of an explicit range, or the topic ends
/// before the cube's last segment; `Data` if Kafka deleted offsets that a build to the tip would read.
pub fn plan(input: &PlanInput<'_>) -> Result<Plan> {
    check_partitions(input)?;
    let starts = new_starts(input);
    let mut ranges = SegmentOffsets::default();
    for (&partition, watermarks) in input.watermarks {
        if let Some(range) = partition_range(input, &starts, partition, *watermarks)? {
            ranges.insert(partition, range);
        }
    }
    if ranges.is_empty() {
        return Ok(Plan::NothingNew { at: ranges.ends() });
    }
    // A build to the tip follows what is there; only explicit starts can meet a segment.
    input.timeline.check_free(&ranges)?;
    let wanted = ranges.len();
    let offsets = cap(ranges, input.cap.unwrap_or(u64::MAX));
    Ok(Plan::Build { left: wanted - offsets.len(), offsets, starts })
}

/// Every partition that is asked for or was read before must be there.
fn check_partitions(input: &PlanInput<'_>) -> Result<()> {
    let asked = [&input.request.start, &input.request.end].into_iter().flatten().flat_map(BTreeMap::keys);
    for partition in asked {
        if !input.watermarks.contains_key(partition) {
            return Err(Error::invalid(format!(
                "partition {partition} is asked for, but the topic has only partitions {}",
                list(input.watermarks.keys())
            )));
        }
    }
    if let (Some(start), Some(end)) = (&input.request.start, &input.request.end)
        && !start.keys().eq(end.keys())
    {
        return Err(Error::invalid(format!(
            "the request names starts for partitions {} and ends for partitions {}; name the same partitions in both",
            list(start.keys()),
            list(end.keys())
        )));
    }
    let known = input.timeline.ends();
    if let Some((partition, end)) =
        known.iter().find(|(partition, _)| !input.watermarks.contains_key(partition))
    {
        return Err(Error::conflict(format!(
            "the cube has read partition {partition} up to offset {end}, but the topic no longer has that partition: it \
             was recreated; purge the cube to start again on the new topic"
        )));
    }
    Ok(())
}

fn list<'a>(partitions: impl Iterator<Item = &'a PartitionId>) -> String {
    partitions.map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The first offset of each partition that the cube does not know yet.
fn new_starts(input: &PlanInput<'_>) -> BTreeMap<PartitionId, i64> {
    let started = !input.timeline.starts.is_empty();
    input
        .watermarks
        .iter()
        .filter(|(partition, _)| !input.timeline.starts.contains_key(partition))
        .map(|(&partition, watermarks)| {
            // A partition that is newer than the cube belongs to it from its first message on.
            (partition, if started { 0 } else { first_start(input, partition, *watermarks) })
        })
        .collect()
}

fn first_start(input: &PlanInput<'_>, partition: PartitionId, watermarks: Watermarks) -> i64 {
    let asked = input.request.start.as_ref().and_then(|starts| starts.get(&partition)).copied();
    let configured = match input.first {
        FirstOffsets::Earliest => watermarks.low,
        FirstOffsets::Latest => watermarks.tip,
        FirstOffsets::At(offsets) => offsets.get(&partition).copied().unwrap_or(watermarks.low),
    };
    asked.unwrap_or(configured)
}

fn partition_range(
    input: &PlanInput<'_>,
    starts: &BTreeMap<PartitionId, i64>,
    partition: PartitionId,
    watermarks: Watermarks,
) -> Result<Option<OffsetRange>> {
    let RangeRequest { start, end } = input.request;
    let named = |offsets: &Option<BTreeMap<PartitionId, i64>>| {
        offsets.as_ref().is_none_or(|o| o.contains_key(&partition))
    };
    if !named(start) || !named(end) {
        return Ok(None);
    }
    let known = input.timeline.ends().get(&partition).copied();
    let asked = start.as_ref().and_then(|starts| starts.get(&partition)).copied();
    let from = match (asked, known) {
        (Some(asked), _) => asked,
        (None, Some(known)) => known,
        // New: what Kafka deleted before we first saw it is a hole.
        (None, None) => starts.get(&partition).copied().unwrap_or(0).max(watermarks.low),
    };
    let to = end.as_ref().and_then(|ends| ends.get(&partition)).copied().unwrap_or(watermarks.tip);
    check_offsets(partition, from, to, asked.is_some(), watermarks)?;
    OffsetRange::new(from, to).map(Some).map_err(|error| error.context(format!("partition {partition}")))
}

fn check_offsets(
    partition: PartitionId,
    from: i64,
    to: i64,
    asked: bool,
    watermarks: Watermarks,
) -> Result<()> {
    let Watermarks { low, tip, .. } = watermarks;
    if to > tip {
        return Err(Error::invalid(format!(
            "partition {partition}: the end {to} is beyond the tip {tip} (the last stable offset); ask for at most {tip}"
        )));
    }
    if from > tip {
        let next = if asked {
            format!("start at {tip} or before")
        } else {
            "the log was cut or the topic recreated; purge the cube to start again".to_owned()
        };
        return Err(Error::conflict(format!(
            "partition {partition}: the start {from} is beyond the tip {tip} (the last stable offset); {next}"
        )));
    }
    if from < low && from < to {
        return Err(Error::data(format!(
            "partition {partition}: Kafka no longer has offsets {from}..{} (its log starts at {low}); build with an \
             explicit start at {low}: what is gone stays listed as a hole",
            low.min(to)
        )));
    }
    Ok(())
}

/// Cuts the ranges to at most `cap` offsets together: long ones first, so that all partitions
/// advance evenly.
fn cap(ranges: SegmentOffsets, cap: u64) -> SegmentOffsets {
    if ranges.len() <= cap {
        return ranges;
    }
    let mut lengths: Vec<u64> = ranges.iter().map(|(_, range)| range.len()).collect();
    lengths.sort_unstable();
    let (mut left, mut level) = (cap, 0);
    for (i, &length) in lengths.iter().enumerate() {
        let share = left / (lengths.len() - i) as u64;
        level = share;
        if length > share {
            break;
        }
        left -= length;
    }
    let mut spare = cap - lengths.iter().map(|&length| length.min(level)).sum::<u64>();
    SegmentOffsets::new(ranges.iter().filter_map(|(partition, range)| {
        let extra = u64::from(spare > 0 && range.len() > level);
        spare -= extra;
        let length = range.len().min(level + extra) as i64;
        OffsetRange::new(range.start(), range.start() + length).ok().map(|cut| (partition, cut))
    }))
}

#[cfg(test)]
mod tests;
