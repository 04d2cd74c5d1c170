//! A cube: which dimensions, measures and cuboids are kept of a model's rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{CubeName, ModelName};
use crate::measure::Measure;
use crate::offsets::PartitionId;
use crate::time::TimeLevel;

/// A cuboid's id is a 63-bit mask, so that it fits the signed 64-bit column of the files.
pub const MAX_DIMENSIONS: usize = 63;

/// More cuboids than this in one cube are refused: each costs writing time in every segment.
pub const MAX_CUBOIDS: usize = 16_384;

/// Where a dimension's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DimensionKind {
    /// Index into the model's columns.
    Column(usize),
    /// The start of the event time's bucket.
    Level(TimeLevel),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// The column's or the level's name, lower case.
    pub name: String,
    pub kind: DimensionKind,
}

/// Which combinations of dimensions become cuboids. All fields are bit masks over
/// [`CubeSpec::dimensions`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AggregationGroup {
    pub includes: u64,
    /// In every cuboid of the group.
    pub mandatory: u64,
    /// Each list from the outermost dimension in: an inner one only with all before it.
    pub hierarchies: Vec<Vec<usize>>,
    /// Each mask all or none.
    pub joints: Vec<u64>,
}

/// Where the first build of a cube starts reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirstStart {
    Earliest,
    Latest,
    /// Partitions not named start at their earliest offset.
    Offsets(BTreeMap<PartitionId, i64>),
    /// The first message of each partition with a Kafka timestamp at or after it, milliseconds UTC.
    Timestamp(i64),
}

/// How many messages may be rejected before a build fails: it does when more than both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RejectedLimit {
    pub max_percent: f64,
    pub max_messages: u64,
}

impl Default for RejectedLimit {
    fn default() -> Self {
        Self { max_percent: 1.0, max_messages: 100 }
    }
}

impl RejectedLimit {
    pub fn is_exceeded(&self, rejected: u64, delivered: u64) -> bool {
        rejected > self.max_messages && rejected as f64 * 100.0 > self.max_percent * delivered as f64
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct BuildSpec {
    pub start: FirstStart,
    /// Offsets in one segment, over all partitions; a longer backlog takes several builds.
    pub max_messages_per_segment: Option<u64>,
    pub rejected: RejectedLimit,
    /// Segments of this cube that may be building at the same time; `None`: as the server says.
    pub max_building_segments: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    None,
    Lz4,
    /// Level 1 to 22.
    Zstd(i32),
}

/// A checked cube. The event-time levels in [`Self::dimensions`] always have one finest level
/// that refines all others.
#[derive(Clone, Debug, PartialEq)]
pub struct CubeSpec {
    pub name: CubeName,
    pub model: ModelName,
    /// At most [`MAX_DIMENSIONS`]; bit `i` of a cuboid is the `i`-th of them, and cuboids are
    /// sorted by them in this order, by the event time as a whole at the place of the first level.
    pub dimensions: Vec<Dimension>,
    /// The first is always COUNT(*).
    pub measures: Vec<Measure>,
    pub aggregation_groups: Vec<AggregationGroup>,
    pub build: BuildSpec,
    pub compression: Compression,
}

impl CubeSpec {
    pub fn dimension(&self, name: &str) -> Option<usize> {
        self.dimensions.iter().position(|dimension| dimension.name.eq_ignore_ascii_case(name))
    }

    /// The levels among the dimensions, with their bit positions.
    pub fn levels(&self) -> impl Iterator<Item = (usize, TimeLevel)> + '_ {
        self.dimensions.iter().enumerate().filter_map(|(i, dimension)| match dimension.kind {
            DimensionKind::Level(level) => Some((i, level)),
            DimensionKind::Column(_) => None,
        })
    }

    /// The level that refines all others of this cube, if it has any.
    pub fn finest_level(&self) -> Option<TimeLevel> {
        self.levels().map(|(_, level)| level).find(|fine| self.levels().all(|(_, other)| fine.refines(other)))
    }

    /// The bits of `level` and of every declared level it refines.
    pub fn level_closure(&self, level: TimeLevel) -> u64 {
        self.levels().filter(|(_, other)| level.refines(*other)).fold(0, |mask, (i, _)| mask | 1 << i)
    }

    /// The bits of all levels.
    pub fn level_mask(&self) -> u64 {
        self.levels().fold(0, |mask, (i, _)| mask | 1 << i)
    }

    /// The bits of all dimensions: the base cuboid.
    pub fn full_mask(&self) -> u64 {
        (1u64 << self.dimensions.len()) - 1
    }

    /// The names of the dimensions in `mask`, in order.
    pub fn names(&self, mask: u64) -> Vec<&str> {
        self.dimensions
            .iter()
            .enumerate()
            .filter(|(i, _)| mask >> i & 1 == 1)
            .map(|(_, dimension)| dimension.name.as_str())
            .collect()
    }
}
