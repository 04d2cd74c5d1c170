//! The catalog: cubes, segments, ledgers, jobs and commit records, in a real database.
//!
//! Every change is one transaction. A segment is reserved together with its job, and published
//! together with its ledger, its job's end and its commit record; the transaction compares the
//! attempt's token, so an attempt that was superseded publishes nothing. That ranges of one cube
//! never overlap is checked by [`crate::timeline::Timeline::check_free`] and, whoever writes to the
//! tables, by triggers of the database.

mod cache;
mod changes;
mod commits;
mod cubes;
mod database;
mod jobs;
mod reserve;
mod saved_queries;
mod schedules;
mod segments;
mod sqlite;
mod tables;

use std::path::Path;
use std::sync::Arc;

use crate::Result;

pub use changes::Change;
pub use commits::{COMMIT_FORMAT_VERSION, CommitRecord, StoredSegment};
pub use cubes::{CubeInfo, CubeSnapshot};
pub use jobs::JobFilter;
pub use reserve::{
    BuildingSegment, DEFAULT_MAX_BUILDING_SEGMENTS, Reservation, ReserveError, TooManyBuilding,
};
pub use saved_queries::SavedQuery;
pub use segments::Publication;

use cache::{SegmentCache, SpecCache};
use changes::Changes;
use database::Database;

/// A handle to the catalog's database; share it behind an [`Arc`].
#[derive(Debug)]
pub struct Catalog {
    database: Arc<dyn Database>,
    specs: SpecCache,
    segments: SegmentCache,
    changes: Changes,
}

impl Catalog {
    /// Opens the catalog in the SQLite file at `path`, creating it and bringing its schema up to
    /// date.
    ///
    /// # Errors
    /// `Conflict` if another process has it open; `Data` if a newer Kirin wrote it.
    pub async fn open_sqlite(path: &Path) -> Result<Self> {
        Ok(Self {
            database: Arc::new(sqlite::Sqlite::open(path).await?),
            specs: SpecCache::default(),
            segments: SegmentCache::default(),
            changes: Changes::default(),
        })
    }
}

/// Milliseconds since the epoch, UTC.
pub fn now() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

#[cfg(test)]
mod tests;
