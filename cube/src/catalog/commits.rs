//! Commit records: small, immutable, numbered per cube without gaps, one for every published
//! change. They are written to the store after the transaction that made the change, and put
//! again at the next start if they are missing there, so that the store tells the whole story.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::database::{Transaction, parameters};
use super::{Catalog, now};
use crate::id::{AttemptToken, CubeId, CubeName, JobId, SegmentId};
use crate::job::Job;
use crate::lattice::CuboidId;
use crate::ledger::{LedgerTotals, SegmentLedger};
use crate::offsets::{PartitionId, SegmentOffsets};
use crate::segment::{CuboidChunk, ReadySegment, SegmentFile};
use crate::store::hex;
use crate::time::{MinuteSet, TimeRange};
use crate::{Error, Result};

/// Written into every record; a reader refuses a higher one.
pub const COMMIT_FORMAT_VERSION: u32 = 1;

/// One published change of a cube.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CommitRecord {
    pub format_version: u32,
    pub cube: CubeName,
    pub cube_id: CubeId,
    /// From 1, without gaps.
    pub number: i64,
    /// Milliseconds since the epoch, UTC.
    pub at: i64,
    #[serde(flatten)]
    pub(super) change: Recorded,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub(super) enum Recorded {
    Published {
        segment: SegmentId,
        job: JobId,
        attempt: AttemptToken,
        offsets: SegmentOffsets,
        manifest: String,
        totals: LedgerTotals,
        /// SHA-256 over every term of the ledger, in order of partitions.
        ledger_sha256: String,
    },
    Removed {
        segment: SegmentId,
        offsets: SegmentOffsets,
        reason: String,
    },
    /// All segments were removed, and what the cube knew of its offsets.
    Purged {
        segments: Vec<SegmentId>,
        reason: String,
    },
}

impl Recorded {
    pub(super) fn published(
        segment: SegmentId,
        job: &Job,
        offsets: &SegmentOffsets,
        stored: StoredSegment,
        ledger: &SegmentLedger,
    ) -> Self {
        Self::Published {
            segment,
            job: job.id,
            attempt: job.attempt,
            offsets: offsets.clone(),
            manifest: stored.manifest,
            totals: ledger.totals(),
            ledger_sha256: digest(ledger),
        }
    }

    pub(super) fn removed(segment: SegmentId, offsets: &SegmentOffsets, reason: &str) -> Self {
        Self::Removed { segment, offsets: offsets.clone(), reason: reason.to_owned() }
    }
}

fn digest(ledger: &SegmentLedger) -> String {
    let mut hash = Sha256::new();
    for (partition, terms) in &ledger.0 {
        hash.update(format!(
            "{partition} {} {} {} {:?} {:?}",
            terms.range, terms.delivered, terms.rows, terms.filtered, terms.rejected
        ));
        hash.update(terms.rejected_offsets.to_bytes());
        hash.update(terms.absent_offsets.to_bytes());
    }
    hex(&hash.finalize())
}

/// [`ReadySegment`] as it is written, in the catalog and in the manifest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredSegment {
    pub format_version: u32,
    /// The manifest's object name.
    pub manifest: String,
    pub event_time: Option<TimeRange>,
    pub event_time_by_partition: BTreeMap<PartitionId, TimeRange>,
    /// Portable roaring bytes, hexadecimal.
    pub minutes: String,
    pub files: Vec<SegmentFile>,
    pub cuboids: BTreeMap<CuboidId, CuboidChunk>,
    pub totals: LedgerTotals,
    pub published_at: i64,
}

impl StoredSegment {
    pub fn new(ready: &ReadySegment, manifest: String) -> Self {
        Self {
            format_version: COMMIT_FORMAT_VERSION,
            manifest,
            event_time: ready.event_time,
            event_time_by_partition: ready.event_time_by_partition.clone(),
            minutes: hex(&ready.minutes.to_bytes()),
            files: ready.files.clone(),
            cuboids: ready.cuboids.clone(),
            totals: ready.totals,
            published_at: ready.published_at,
        }
    }

    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| Error::internal(format!("cannot write a segment: {error}")))
    }

    /// # Errors
    /// `Data` if it is not one, or of a newer format.
    pub fn parse(text: &str) -> Result<Self> {
        let stored: Self = serde_json::from_str(text)
            .map_err(|error| Error::data(format!("a stored segment cannot be read: {error}")))?;
        if stored.format_version > COMMIT_FORMAT_VERSION {
            return Err(Error::data(format!(
                "a stored segment has format version {}, this Kirin reads up to {COMMIT_FORMAT_VERSION}; use the newer \
                 Kirin that wrote it",
                stored.format_version
            )));
        }
        Ok(stored)
    }

    pub fn to_ready(&self) -> Result<ReadySegment> {
        let minutes = crate::store::unhex(&self.minutes)
            .ok_or_else(|| Error::data("the minutes of a stored segment are not hexadecimal"))?;
        Ok(ReadySegment {
            event_time: self.event_time,
            event_time_by_partition: self.event_time_by_partition.clone(),
            minutes: MinuteSet::from_bytes(&minutes)?,
            files: self.files.clone(),
            cuboids: self.cuboids.clone(),
            totals: self.totals,
            published_at: self.published_at,
        })
    }
}

/// Appends a change to the cube's commits and returns its number.
pub(super) async fn append_commit(
    transaction: &mut dyn Transaction,
    cube: &CubeName,
    change: Recorded,
) -> Result<i64> {
    let rows = transaction
        .query("SELECT id, last_commit FROM cubes WHERE name = ?1", parameters![cube.as_str()])
        .await?;
    let row = rows.first().ok_or_else(|| Error::not_found(format!("cube {cube} was deleted meanwhile")))?;
    let cube_id = row.text(0)?.to_owned();
    let number = row.integer(1)? + 1;
    let record = CommitRecord {
        format_version: COMMIT_FORMAT_VERSION,
        cube: cube.clone(),
        cube_id: cube_id.parse()?,
        number,
        at: now(),
        change,
    };
    let text = serde_json::to_string(&record)
        .map_err(|error| Error::internal(format!("cannot write a commit record: {error}")))?;
    transaction
        .execute("UPDATE cubes SET last_commit = ?2 WHERE name = ?1", parameters![cube.as_str(), number])
        .await?;
    transaction
        .execute(
            "INSERT INTO commits (cube, cube_id, number, record, stored, at) VALUES (?1, ?2, ?3, ?4, 0, ?5)",
            parameters![cube.as_str(), cube_id.as_str(), number, text, record.at],
        )
        .await?;
    Ok(number)
}

impl Catalog {
    /// Commit records that the store may not have yet, oldest first.
    pub async fn commits_to_store(&self) -> Result<Vec<CommitRecord>> {
        let mut transaction = self.database.begin().await?;
        let rows = transaction
            .query("SELECT record FROM commits WHERE stored = 0 ORDER BY cube_id, number", vec![])
            .await?;
        rows.iter()
            .map(|row| {
                serde_json::from_str(row.text(0)?)
                    .map_err(|error| Error::data(format!("a commit record cannot be read: {error}")))
            })
            .collect()
    }

    /// Remembers that the store has the record.
    pub async fn commit_is_stored(&self, record: &CommitRecord) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        transaction
            .execute(
                "UPDATE commits SET stored = 1 WHERE cube_id = ?1 AND number = ?2",
                parameters![record.cube_id.to_string(), record.number],
            )
            .await?;
        transaction.commit().await
    }
}
