//! The manifest: a segment described next to its data, so that a lost catalog can be rebuilt.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::catalog::StoredSegment;
use crate::id::{AttemptToken, CubeId, CubeName, JobId, SegmentId};
use crate::offsets::SegmentOffsets;
use crate::{Error, Result};

/// Written into every manifest; a reader refuses a higher one.
pub const MANIFEST_FORMAT_VERSION: u32 = 1;

/// Everything about a segment that a reader of its files needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    pub format_version: u32,
    pub cube: CubeName,
    pub cube_id: CubeId,
    pub segment: SegmentId,
    pub job: JobId,
    pub attempt: AttemptToken,
    pub topic: String,
    pub offsets: SegmentOffsets,
    /// The specifications it was built by, as JSON texts.
    pub model_spec: String,
    pub cube_spec: String,
    pub content: StoredSegment,
}

impl Manifest {
    pub fn to_bytes(&self) -> Result<Bytes> {
        serde_json::to_vec(self)
            .map(Bytes::from)
            .map_err(|error| Error::internal(format!("cannot write a manifest: {error}")))
    }

    /// # Errors
    /// `Data` if it is not one, or of a newer format.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let manifest: Self = serde_json::from_slice(bytes)
            .map_err(|error| Error::data(format!("a manifest cannot be read: {error}")))?;
        if manifest.format_version > MANIFEST_FORMAT_VERSION {
            return Err(Error::data(format!(
                "a manifest has format version {}, this Kirin reads up to {MANIFEST_FORMAT_VERSION}; use the newer \
                 Kirin that wrote it",
                manifest.format_version
            )));
        }
        Ok(manifest)
    }
}
