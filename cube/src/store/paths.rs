//! The only place that spells object names.
//!
//! ```text
//! cubes/CUBE-ID/segments/SEGMENT-ID/ATTEMPT/cuboids.parquet
//!                                           rejected.parquet
//!                                           manifest.json
//! cubes/CUBE-ID/commits/00000000000000000042.json
//! ```
//! The attempt's token keeps a superseded attempt from touching what its successor writes.

use crate::id::{AttemptToken, CubeId, SegmentId};

/// The names of one attempt's objects.
#[derive(Clone, Debug)]
pub struct SegmentPaths {
    folder: String,
}

impl SegmentPaths {
    pub fn new(cube: CubeId, segment: SegmentId, attempt: AttemptToken) -> Self {
        Self { folder: format!("cubes/{cube}/segments/{segment}/{attempt}") }
    }

    pub fn cuboids(&self) -> String {
        format!("{}/cuboids.parquet", self.folder)
    }

    pub fn rejected(&self) -> String {
        format!("{}/rejected.parquet", self.folder)
    }

    pub fn manifest(&self) -> String {
        format!("{}/manifest.json", self.folder)
    }
}

pub(super) fn commit(cube: CubeId, number: i64) -> String {
    format!("cubes/{cube}/commits/{number:020}.json")
}
