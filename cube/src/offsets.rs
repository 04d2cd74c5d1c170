//! The algebra of Kafka offsets, partition by partition.
//!
//! Nothing here ever adds offsets of different partitions to compare ranges: two segments whose
//! sums meet may still overlap in one partition and leave a gap in another. Sums exist only as
//! the display name of a segment ([`SegmentOffsets::name`]), as Kylin writes it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The number of a Kafka partition, from 0.
pub type PartitionId = i32;

/// Offsets `start..end` of one partition; `end` is the first offset that does not belong to it.
///
/// `0 <= start <= end`. An empty range means "position known, nothing arrived". On compacted or
/// transactional topics the length is only an upper bound on the number of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(i64, i64)", into = "(i64, i64)")]
pub struct OffsetRange {
    start: i64,
    end: i64,
}

impl OffsetRange {
    /// # Errors
    /// `Invalid` unless `0 <= start <= end`.
    pub fn new(start: i64, end: i64) -> Result<Self> {
        if start < 0 || end < start {
            return Err(Error::invalid(format!(
                "offsets {start}..{end} are not a range: the start must be 0 or more, the end not below the start"
            )));
        }
        Ok(Self { start, end })
    }

    pub fn start(self) -> i64 {
        self.start
    }

    /// The first offset after the range.
    pub fn end(self) -> i64 {
        self.end
    }

    pub fn len(self) -> u64 {
        (self.end - self.start) as u64
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    pub fn contains(self, offset: i64) -> bool {
        self.start <= offset && offset < self.end
    }

    /// Whether every offset of `other` is in `self`; an empty range is contained anywhere.
    pub fn contains_range(self, other: Self) -> bool {
        other.is_empty() || (self.start <= other.start && other.end <= self.end)
    }

    /// Whether some offset is in both.
    pub fn overlaps(self, other: Self) -> bool {
        self.start.max(other.start) < self.end.min(other.end)
    }

    /// The offsets in both, if any.
    pub fn intersect(self, other: Self) -> Option<Self> {
        self.overlaps(other)
            .then(|| Self { start: self.start.max(other.start), end: self.end.min(other.end) })
    }

    /// What is left of `self` without `other`: nothing, one or two non-empty ranges, ascending.
    pub fn minus(self, other: Self) -> Vec<Self> {
        let Some(cut) = self.intersect(other) else {
            return if self.is_empty() { vec![] } else { vec![self] };
        };
        [Self { start: self.start, end: cut.start }, Self { start: cut.end, end: self.end }]
            .into_iter()
            .filter(|piece| !piece.is_empty())
            .collect()
    }
}

impl TryFrom<(i64, i64)> for OffsetRange {
    type Error = Error;
    fn try_from((start, end): (i64, i64)) -> Result<Self> {
        Self::new(start, end)
    }
}

impl From<OffsetRange> for (i64, i64) {
    fn from(range: OffsetRange) -> Self {
        (range.start, range.end)
    }
}

impl fmt::Display for OffsetRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// One range per partition: what a segment holds, a build reads, or a hole misses.
///
/// A partition that is not named is not touched at all, which differs from an empty range: the
/// latter fixes where the next build continues.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SegmentOffsets(#[serde(deserialize_with = "by_partition")] BTreeMap<PartitionId, OffsetRange>);

/// Reads a map whose keys are partitions.
///
/// JSON writes keys as text, and inside a tagged, flattened or untagged type serde has lost that
/// they were keys and does not take them for numbers.
pub(crate) fn by_partition<'de, D, V>(deserializer: D) -> Result<BTreeMap<PartitionId, V>, D::Error>
where
    D: serde::Deserializer<'de>,
    V: Deserialize<'de>,
{
    use serde::de::Error as _;

    #[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
    #[serde(untagged)]
    enum Key {
        Number(PartitionId),
        Text(String),
    }

    let mut map = BTreeMap::new();
    for (key, value) in BTreeMap::<Key, V>::deserialize(deserializer)? {
        let partition = match key {
            Key::Number(partition) => partition,
            Key::Text(text) => {
                text.parse().map_err(|_| D::Error::custom(format!("partition {text:?} is not a number")))?
            }
        };
        if map.insert(partition, value).is_some() {
            return Err(D::Error::custom(format!("partition {partition} is named twice")));
        }
    }
    Ok(map)
}

impl SegmentOffsets {
    pub fn new(ranges: impl IntoIterator<Item = (PartitionId, OffsetRange)>) -> Self {
        Self(ranges.into_iter().collect())
    }

    pub fn insert(&mut self, partition: PartitionId, range: OffsetRange) {
        self.0.insert(partition, range);
    }

    pub fn get(&self, partition: PartitionId) -> Option<OffsetRange> {
        self.0.get(&partition).copied()
    }

    /// Ascending by partition.
    pub fn iter(&self) -> impl Iterator<Item = (PartitionId, OffsetRange)> + '_ {
        self.0.iter().map(|(&partition, &range)| (partition, range))
    }

    pub fn partitions(&self) -> usize {
        self.0.len()
    }

    /// The number of offsets in all ranges.
    pub fn len(&self) -> u64 {
        self.0.values().map(|range| range.len()).sum()
    }

    /// Whether no range holds an offset.
    pub fn is_empty(&self) -> bool {
        self.0.values().all(|range| range.is_empty())
    }

    /// The first partition in which both hold the same offset, with both ranges.
    pub fn first_overlap(&self, other: &Self) -> Option<(PartitionId, OffsetRange, OffsetRange)> {
        self.iter().find_map(|(partition, ours)| {
            let theirs = other.get(partition)?;
            ours.overlaps(theirs).then_some((partition, ours, theirs))
        })
    }

    /// Whether every offset of `other` is in `self`.
    pub fn contains(&self, other: &Self) -> bool {
        other.iter().all(|(partition, theirs)| {
            theirs.is_empty() || self.get(partition).is_some_and(|ours| ours.contains_range(theirs))
        })
    }

    /// Kylin's name for it: the sums over all partitions of starts and of ends. For people and
    /// for the wire only, see the module's text.
    pub fn name(&self) -> String {
        format!("{}_{}", self.sum_of_starts(), self.sum_of_ends())
    }

    pub fn sum_of_starts(&self) -> i64 {
        self.0.values().map(|range| range.start).sum()
    }

    pub fn sum_of_ends(&self) -> i64 {
        self.0.values().map(|range| range.end).sum()
    }

    pub fn starts(&self) -> BTreeMap<PartitionId, i64> {
        self.iter().map(|(partition, range)| (partition, range.start)).collect()
    }

    pub fn ends(&self) -> BTreeMap<PartitionId, i64> {
        self.iter().map(|(partition, range)| (partition, range.end)).collect()
    }
}

impl fmt::Display for SegmentOffsets {
    /// `0:100..250 1:90..180`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (partition, range)) in self.iter().enumerate() {
            write!(f, "{}{partition}:{range}", if i == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl std::str::FromStr for SegmentOffsets {
    type Err = Error;

    /// Reads what [`fmt::Display`] prints.
    fn from_str(text: &str) -> Result<Self> {
        let mut offsets = Self::default();
        for part in text.split_whitespace() {
            let parsed = part.split_once(':').and_then(|(partition, range)| {
                let (start, end) = range.split_once("..")?;
                Some((partition.parse::<i32>().ok()?, start.parse().ok()?, end.parse().ok()?))
            });
            let Some((partition, start, end)) = parsed else {
                return Err(Error::invalid(format!(
                    "{part:?} is not PARTITION:START..END, for example 0:100..250"
                )));
            };
            if offsets.0.insert(partition, OffsetRange::new(start, end)?).is_some() {
                return Err(Error::invalid(format!("partition {partition} is named twice in {text:?}")));
            }
        }
        Ok(offsets)
    }
}

#[cfg(test)]
mod tests;
