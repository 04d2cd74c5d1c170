//! A segment: the rows of one offset range per partition, reserved first and then published whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::{AttemptToken, CubeName, JobId, SegmentId};
use crate::lattice::CuboidId;
use crate::ledger::LedgerTotals;
use crate::offsets::{PartitionId, SegmentOffsets};
use crate::spec::Compression;
use crate::time::{MinuteSet, TimeRange};

/// One slice of a cube. `offsets` never change: a retry reads exactly the same ones.
#[derive(Clone, Debug)]
pub struct Segment {
    pub id: SegmentId,
    pub cube: CubeName,
    pub offsets: SegmentOffsets,
    pub job: JobId,
    /// Milliseconds since the epoch, UTC.
    pub created_at: i64,
    pub state: SegmentState,
}

impl Segment {
    /// Kylin's name for it, see [`SegmentOffsets::name`].
    pub fn name(&self) -> String {
        self.offsets.name()
    }

    /// What queries may read, if it is published.
    pub fn ready(&self) -> Option<&Arc<ReadySegment>> {
        match &self.state {
            SegmentState::Ready(ready) => Some(ready),
            SegmentState::Building { .. } => None,
        }
    }
}

#[derive(Clone, Debug)]
pub enum SegmentState {
    /// Reserved: queries skip it, the planner continues after it.
    Building {
        attempt: AttemptToken,
    },
    Ready(Arc<ReadySegment>),
}

/// What a published segment holds. Immutable.
#[derive(Clone, Debug)]
pub struct ReadySegment {
    /// First and last event time of all rows, microseconds UTC, both included; `None` without rows.
    pub event_time: Option<TimeRange>,
    /// The same per partition, to estimate the event times of neighbouring holes.
    pub event_time_by_partition: BTreeMap<PartitionId, TimeRange>,
    pub minutes: MinuteSet,
    pub files: Vec<SegmentFile>,
    pub cuboids: BTreeMap<CuboidId, CuboidChunk>,
    pub totals: LedgerTotals,
    /// Milliseconds since the epoch, UTC.
    pub published_at: i64,
}

impl ReadySegment {
    /// Whether a row may have its event time in `range`: exact to the minute, never a false "no".
    pub fn touches(&self, range: TimeRange) -> bool {
        self.event_time.is_some_and(|held| held.overlaps(range)) && self.minutes.touches(range)
    }

    /// Bytes of all files.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.length).sum()
    }
}

/// What a file of a segment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Cuboids as consecutive row groups.
    Cuboids,
    /// Messages that could not be decoded.
    Rejected,
}

/// An immutable object in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentFile {
    pub kind: FileKind,
    /// The object's name below the store's root.
    pub path: String,
    /// Bytes.
    pub length: u64,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
}

/// Where one cuboid lies in a cuboids file: a contiguous byte range of one row group or more,
/// which can be read without the file's footer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CuboidChunk {
    /// Index into [`ReadySegment::files`].
    pub file: usize,
    pub compression: Compression,
    pub row_groups: Vec<RowGroupChunk>,
}

impl CuboidChunk {
    pub fn rows(&self) -> u64 {
        self.row_groups.iter().map(|group| group.rows).sum()
    }

    pub fn bytes(&self) -> u64 {
        self.row_groups.iter().map(RowGroupChunk::bytes).sum()
    }
}

/// One row group: its columns follow one another without gaps, in the order of the file's schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowGroupChunk {
    pub rows: u64,
    /// Of the first column's first page, from the start of the file.
    pub offset: u64,
    /// For each column its bytes compressed, uncompressed, and of its dictionary page (0: none).
    pub columns: Vec<(u64, u64, u64)>,
}

impl RowGroupChunk {
    pub fn bytes(&self) -> u64 {
        self.columns.iter().map(|(compressed, ..)| compressed).sum()
    }
}
