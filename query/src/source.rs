//! Where the engine finds cubes and their rows.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use cube::Result;
use cube::catalog::{Catalog, CubeSnapshot};
use cube::lattice::CuboidId;
use cube::segment::ReadySegment;
use cube::store::{CuboidRows, SegmentStore, cuboid_schema};

/// A catalog of cubes with the store behind it.
#[async_trait]
pub trait Source: fmt::Debug + Send + Sync {
    /// One consistent picture of all cubes.
    async fn snapshot(&self) -> Result<Vec<Arc<CubeSnapshot>>>;

    /// Reads columns of one cuboid of a published segment; `columns` are ascending indexes into
    /// [`cuboid_schema`], and the batches have just these columns, by their names.
    ///
    /// # Errors
    /// `NotFound` if the store lost the file; `Unavailable` if it does not answer.
    async fn read_cuboid(
        &self,
        cube: &CubeSnapshot,
        segment: &ReadySegment,
        cuboid: CuboidId,
        columns: &[usize],
    ) -> Result<CuboidRows>;
}

/// The real one.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) store: Arc<SegmentStore>,
}

#[async_trait]
impl Source for Stored {
    async fn snapshot(&self) -> Result<Vec<Arc<CubeSnapshot>>> {
        self.catalog.snapshot().await
    }

    async fn read_cuboid(
        &self,
        cube: &CubeSnapshot,
        segment: &ReadySegment,
        cuboid: CuboidId,
        columns: &[usize],
    ) -> Result<CuboidRows> {
        let schema = cuboid_schema(&cube.model, &cube.spec);
        self.store.read_cuboid(segment, cuboid, &schema, columns).await
    }
}
