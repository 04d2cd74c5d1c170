//! Filling holes: the same builds, over offsets that were left out.

use std::collections::BTreeMap;

use cube::catalog::ReserveError;
use cube::id::CubeName;
use cube::job::Job;
use cube::offsets::{OffsetRange, PartitionId, SegmentOffsets};
use cube::timeline::Hole;
use cube::{Error, Result};

use super::{Engine, blocking};
use crate::source::TopicWatermarks;

/// Which holes to fill; the default fills all.
#[derive(Clone, Debug, Default)]
pub struct FillRequest {
    /// By name; `None`: all.
    pub holes: Option<Vec<String>>,
    /// Only these offsets of the one hole that is named.
    pub offsets: Option<SegmentOffsets>,
    /// Offsets in one segment at most, over all partitions; a larger hole takes several jobs.
    pub max_offsets_per_segment: Option<u64>,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
}

/// A hole, or a part of one, that no job was made for.
#[derive(Clone, Debug)]
pub struct SkippedHole {
    pub name: String,
    pub reason: String,
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub struct FillOutcome {
    pub jobs: Vec<Job>,
    pub skipped: Vec<SkippedHole>,
    /// The ranges of the jobs, also of those that a dry run would make.
    pub planned: Vec<SegmentOffsets>,
}

impl FillOutcome {
    /// Of a hole with many parts the same reason is told once.
    fn skip(&mut self, hole: &Hole, reason: String) {
        let told = |skipped: &SkippedHole| skipped.name == hole.name && skipped.reason == reason;
        if !self.skipped.last().is_some_and(told) {
            self.skipped.push(SkippedHole { name: hole.name.clone(), reason });
        }
    }
}

impl Engine {
    /// The holes of a cube.
    pub async fn holes(&self, cube: &str) -> Result<Vec<Hole>> {
        let name = self.cube_name(cube).await?;
        Ok(self.inner.catalog.timeline(&name).await?.holes())
    }

    /// Queues one build for each hole, or for each part of it.
    ///
    /// Filling twice at once is harmless: what is being filled is no hole any more.
    ///
    /// # Errors
    /// `NotFound` for a hole that is not there; `Invalid` for offsets that are not in it. A hole that
    /// cannot be filled is skipped with the reason, and the others are filled; once the cube has as
    /// many building segments as it may, all further parts are skipped, to be filled by a later call.
    pub async fn fill_holes(
        &self,
        cube: &str,
        request: &FillRequest,
        submitter: &str,
    ) -> Result<FillOutcome> {
        let info = self.inner.catalog.cube(cube).await?;
        let timeline = self.inner.catalog.timeline(&info.spec.name).await?;
        let holes = match &request.holes {
            None => timeline.holes(),
            Some(names) => names.iter().map(|name| timeline.hole_named(name)).collect::<Result<_>>()?,
        };
        if holes.is_empty() {
            return Ok(FillOutcome::default());
        }
        let source = self.source(&info.model)?;
        let watermarks = blocking(move || source.watermarks()).await?;
        let mut outcome = FillOutcome::default();
        let mut full = None;
        for hole in holes {
            let wanted = wanted(&hole, request)?;
            if let Some(reason) = not_fillable(&wanted, &watermarks) {
                outcome.skip(&hole, reason);
                continue;
            }
            for part in split(wanted, request.max_offsets_per_segment) {
                outcome.planned.push(part.clone());
                if request.dry_run {
                    continue;
                }
                match self.fill(&info.spec.name, part, submitter, &mut full).await {
                    Ok(job) => outcome.jobs.push(job),
                    Err(reason) => outcome.skip(&hole, reason),
                }
            }
        }
        Ok(outcome)
    }

    /// Queues a build of a part. `full`, once it is set, says why no other part has a chance.
    async fn fill(
        &self,
        cube: &CubeName,
        part: SegmentOffsets,
        submitter: &str,
        full: &mut Option<String>,
    ) -> Result<Job, String> {
        if let Some(reason) = full {
            return Err(reason.clone());
        }
        let reserved = self.reserve(cube.clone(), part, BTreeMap::new(), submitter, 0).await;
        reserved.map_err(|error| match error {
            ReserveError::TooManyBuilding(building) => {
                full.insert(format!("{building}; then fill the holes again for the rest")).clone()
            }
            other => other.to_string(),
        })
    }
}

/// The offsets of a hole that the request wants filled.
fn wanted(hole: &Hole, request: &FillRequest) -> Result<SegmentOffsets> {
    match &request.offsets {
        None => Ok(hole.offsets.clone()),
        Some(part) if request.holes.as_ref().is_none_or(|names| names.len() != 1) => Err(Error::invalid(
            format!("offsets {part} are given for several holes; name the one hole that they are a part of"),
        )),
        Some(part) if !hole.offsets.contains(part) || part.is_empty() => Err(Error::invalid(format!(
            "offsets {part} are not a part of hole {}, which is {}",
            hole.name, hole.offsets
        ))),
        Some(part) => Ok(part.clone()),
    }
}

/// Why Kafka cannot give these offsets any more.
fn not_fillable(offsets: &SegmentOffsets, watermarks: &TopicWatermarks) -> Option<String> {
    offsets.iter().filter(|(_, range)| !range.is_empty()).find_map(|(partition, range)| {
        let Some(held) = watermarks.get(&partition) else {
            return Some(format!("the topic no longer has partition {partition}"));
        };
        if range.start() < held.low {
            return Some(format!(
                "partition {partition}: Kafka no longer has offsets {}..{} (its log starts at {}); fill the rest in part",
                range.start(),
                held.low.min(range.end()),
                held.low
            ));
        }
        (range.end() > held.tip).then(|| {
            format!("partition {partition}: offsets {range} are beyond the tip {} (the last stable offset)", held.tip)
        })
    })
}

/// Parts of at most `cap` offsets, in order of partitions and offsets.
fn split(offsets: SegmentOffsets, cap: Option<u64>) -> Vec<SegmentOffsets> {
    let Some(cap) = cap.filter(|&cap| cap > 0 && cap < offsets.len()) else { return vec![offsets] };
    let mut parts: Vec<SegmentOffsets> = vec![];
    let mut room = 0;
    for (partition, range) in offsets.iter().filter(|(_, range)| !range.is_empty()) {
        let mut start = range.start();
        while start < range.end() {
            if room == 0 {
                parts.push(SegmentOffsets::default());
                room = cap;
            }
            let length = room.min((range.end() - start) as u64);
            put(parts.last_mut(), partition, start, length);
            start += length as i64;
            room -= length;
        }
    }
    parts
}

fn put(part: Option<&mut SegmentOffsets>, partition: PartitionId, start: i64, length: u64) {
    if let (Some(part), Ok(range)) = (part, OffsetRange::new(start, start + length as i64)) {
        part.insert(partition, range);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_splits_into_parts_of_at_most_the_cap_that_together_are_the_hole() {
        let hole: SegmentOffsets = "0:10..17 1:5..5 2:0..4".parse().unwrap();
        let parts: Vec<String> = split(hole, Some(5)).iter().map(ToString::to_string).collect();
        assert_eq!(parts, ["0:10..15", "0:15..17 2:0..3", "2:3..4"]);
    }
}
