//! Publishing and giving up segments, and reading them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::commits::{Recorded, StoredSegment, append_commit};
use super::database::{Row, Transaction, Value, parameters};
use super::jobs::{job, save_job};
use super::{Catalog, Change, cubes, now};
use crate::id::{AttemptToken, CubeName, JobId, SegmentId};
use crate::job::{Effort, Job, JobState, Step};
use crate::ledger::{OffsetSet, PartitionLedger, SegmentLedger};
use crate::offsets::{OffsetRange, PartitionId, SegmentOffsets};
use crate::segment::{ReadySegment, Segment, SegmentState};
use crate::time::TimeRange;
use crate::timeline::{Discarded, Timeline};
use crate::{Error, Result};

/// What an attempt has built, to be made visible.
#[derive(Clone, Debug)]
pub struct Publication {
    pub job: JobId,
    pub segment: SegmentId,
    pub attempt: AttemptToken,
    pub ready: ReadySegment,
    pub ledger: SegmentLedger,
    /// Of the manifest in the store, see [`crate::store`].
    pub manifest: String,
    pub steps: Vec<Step>,
    pub effort: Effort,
}

impl Catalog {
    /// # Errors
    /// `NotFound` for an unknown cube.
    pub async fn timeline(&self, cube: &CubeName) -> Result<Timeline> {
        let mut transaction = self.database.begin().await?;
        let info = cubes::cube(&self.specs, &mut *transaction, cube.as_str()).await?;
        self.load_timeline(&mut *transaction, &info.spec.name).await
    }

    /// Makes a segment visible: its files, ledger, job's end and commit record in one transaction.
    ///
    /// Returns the number of the commit.
    ///
    /// # Errors
    /// `Conflict` if the attempt no longer owns the segment: it was discarded, or resumed under
    /// another token, meanwhile. Nothing is changed then.
    pub async fn publish(&self, publication: Publication) -> Result<i64> {
        let mut transaction = self.database.begin().await?;
        let Publication { job: id, segment, attempt, ready, ledger, manifest, steps, effort } = publication;
        let mut job = job(&mut *transaction, id).await?;
        job.check_transition(JobState::Finished)?;
        let stored = StoredSegment::new(&ready, manifest);
        let changed = transaction
            .execute(
                "UPDATE segments SET state = 'ready', ready = ?3 WHERE id = ?1 AND attempt = ?2 AND state = 'building'",
                parameters![segment.to_string(), attempt.to_string(), stored.to_json()?],
            )
            .await?;
        if changed != 1 || job.segment != segment || job.attempt != attempt {
            return Err(superseded(id, attempt));
        }
        let offsets = ranges(&mut *transaction, segment).await?;
        check_ranges(&ledger, &offsets)?;
        insert_ledger(&mut *transaction, segment, &ledger).await?;
        job.state = JobState::Finished;
        job.error = None;
        job.ended_at = Some(ready.published_at);
        job.updated_at = ready.published_at;
        job.steps = steps;
        job.set_effort(effort);
        save_job(&mut *transaction, &job).await?;
        let change = Recorded::published(segment, &job, &offsets, stored, &ledger);
        let number = append_commit(&mut *transaction, &job.cube, change).await?;
        transaction.commit().await?;
        self.segments.insert(&job.cube, segment, Arc::new(ready));
        self.changed_by_job(&job);
        Ok(number)
    }

    /// Gives up a job and its reservation, if it still has one.
    ///
    /// # Errors
    /// `Conflict` if the job is at its end already.
    pub async fn discard(&self, id: JobId, reason: &str) -> Result<Job> {
        let mut transaction = self.database.begin().await?;
        let mut job = job(&mut *transaction, id).await?;
        job.check_transition(JobState::Discarded)?;
        let at = now();
        let offsets = ranges(&mut *transaction, job.segment).await?;
        remove_segment(&mut *transaction, &job.cube, job.segment, &offsets, Some(id), reason, at).await?;
        job.state = JobState::Discarded;
        job.ended_at = Some(at);
        job.updated_at = at;
        // Whatever still runs for it must not publish.
        job.attempt = AttemptToken::fresh();
        save_job(&mut *transaction, &job).await?;
        transaction.commit().await?;
        self.changed_by_job(&job);
        Ok(job)
    }

    /// Removes a published segment; in the middle of the cube it leaves a hole.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it is building.
    pub async fn delete_segment(&self, cube: &CubeName, id: SegmentId, reason: &str) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        let info = cubes::cube(&self.specs, &mut *transaction, cube.as_str()).await?;
        let cube = &info.spec.name;
        let timeline = self.load_timeline(&mut *transaction, cube).await?;
        let segment = timeline
            .segment(id)
            .ok_or_else(|| Error::not_found(format!("cube {cube} has no segment {id}")))?;
        if segment.ready().is_none() {
            return Err(Error::conflict(format!(
                "segment {} is being built by job {}; discard that job instead",
                segment.name(),
                segment.job
            )));
        }
        let at = now();
        remove_segment(&mut *transaction, cube, id, &segment.offsets, None, reason, at).await?;
        let change = Recorded::removed(id, &segment.offsets, reason);
        append_commit(&mut *transaction, cube, change).await?;
        transaction.commit().await?;
        self.changes.tell(Change::Cube(cube.clone()));
        Ok(())
    }

    /// Removes all segments of a cube, and forgets its holes and where its partitions started: the
    /// next build starts where the first one would. Its jobs stay in the list, its files become
    /// orphans.
    ///
    /// Returns how many segments there were.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while a segment is building.
    pub async fn purge_cube(&self, cube: &CubeName, reason: &str) -> Result<usize> {
        let mut transaction = self.database.begin().await?;
        let info = cubes::cube(&self.specs, &mut *transaction, cube.as_str()).await?;
        let cube = &info.spec.name;
        let timeline = self.load_timeline(&mut *transaction, cube).await?;
        let building: Vec<String> = timeline.building().map(|segment| segment.job.to_string()).collect();
        if !building.is_empty() {
            return Err(Error::conflict(format!(
                "cube {cube} has {} building segments, of jobs {}; wait for these or discard them, then purge the cube",
                building.len(),
                building.join(", ")
            )));
        }
        let segments: Vec<SegmentId> = timeline.segments.iter().map(|segment| segment.id).collect();
        for forget in [
            "DELETE FROM segments WHERE cube = ?1",
            "DELETE FROM discarded WHERE cube = ?1",
            "DELETE FROM partition_starts WHERE cube = ?1",
        ] {
            transaction.execute(forget, parameters![cube.as_str()]).await?;
        }
        let count = segments.len();
        let change = Recorded::Purged { segments, reason: reason.to_owned() };
        append_commit(&mut *transaction, cube, change).await?;
        transaction.commit().await?;
        self.segments.forget(cube);
        self.changes.tell(Change::Cube(cube.clone()));
        Ok(count)
    }

    /// The ledger of a published segment.
    ///
    /// # Errors
    /// `NotFound` if it has none: it is unknown or still building.
    pub async fn ledger(&self, segment: SegmentId) -> Result<SegmentLedger> {
        let mut transaction = self.database.begin().await?;
        let rows = transaction
            .query(
                "SELECT partition, start_offset, end_offset, delivered, row_count, filtered_reasons, rejected_reasons,
                        rejected_offsets, absent_offsets, event_time_min, event_time_max, leader_epoch
                 FROM ledger WHERE segment = ?1 ORDER BY partition",
                parameters![segment.to_string()],
            )
            .await?;
        if rows.is_empty() {
            return Err(Error::not_found(format!(
                "there is no ledger of segment {segment}; it is not published"
            )));
        }
        rows.iter().map(decode_ledger).collect::<Result<_>>().map(SegmentLedger)
    }

    pub(super) async fn load_timeline(
        &self,
        transaction: &mut dyn Transaction,
        cube: &CubeName,
    ) -> Result<Timeline> {
        let starts = transaction
            .query(
                "SELECT partition, start_offset FROM partition_starts WHERE cube = ?1",
                parameters![cube.as_str()],
            )
            .await?;
        let starts = starts.iter().map(|row| Ok((row.integer(0)? as PartitionId, row.integer(1)?)));
        let mut offsets: BTreeMap<String, SegmentOffsets> = BTreeMap::new();
        for row in transaction
            .query(
                "SELECT segment, partition, start_offset, end_offset FROM segment_ranges WHERE cube = ?1",
                parameters![cube.as_str()],
            )
            .await?
        {
            let range = OffsetRange::new(row.integer(2)?, row.integer(3)?)?;
            offsets.entry(row.text(0)?.to_owned()).or_default().insert(row.integer(1)? as PartitionId, range);
        }
        let rows = transaction
            .query(
                "SELECT id, state, attempt, job, created_at FROM segments WHERE cube = ?1 ORDER BY created_at, id",
                parameters![cube.as_str()],
            )
            .await?;
        let mut segments = vec![];
        for row in &rows {
            let id: SegmentId = row.text(0)?.parse()?;
            let state = match row.text(1)? {
                "building" => SegmentState::Building { attempt: row.text(2)?.parse()? },
                _ => SegmentState::Ready(self.load_ready(transaction, cube, id).await?),
            };
            segments.push(Segment {
                id,
                cube: cube.clone(),
                offsets: offsets.remove(row.text(0)?).unwrap_or_default(),
                job: row.text(3)?.parse()?,
                created_at: row.integer(4)?,
                state,
            });
        }
        self.segments.keep(cube, &segments.iter().map(|segment| segment.id).collect());
        let discarded = discarded(transaction, cube).await?;
        Ok(Timeline { cube: cube.clone(), starts: starts.collect::<Result<_>>()?, segments, discarded })
    }

    async fn load_ready(
        &self,
        transaction: &mut dyn Transaction,
        cube: &CubeName,
        id: SegmentId,
    ) -> Result<Arc<ReadySegment>> {
        if let Some(ready) = self.segments.get(cube, id) {
            return Ok(ready);
        }
        let rows = transaction
            .query("SELECT ready FROM segments WHERE id = ?1", parameters![id.to_string()])
            .await?;
        let text = rows.first().map(|row| row.text(0)).transpose()?.unwrap_or_default();
        let ready = Arc::new(StoredSegment::parse(text)?.to_ready()?);
        self.segments.insert(cube, id, ready.clone());
        Ok(ready)
    }
}

pub(super) fn superseded(job: JobId, attempt: AttemptToken) -> Error {
    Error::conflict(format!(
        "attempt {attempt} of job {job} no longer owns its segment: the job was discarded or resumed meanwhile; \
         nothing was published"
    ))
}

/// The ledger must speak of exactly the offsets that were reserved.
fn check_ranges(ledger: &SegmentLedger, offsets: &SegmentOffsets) -> Result<()> {
    let told = SegmentOffsets::new(ledger.0.iter().map(|(&partition, terms)| (partition, terms.range)));
    if told == *offsets {
        return Ok(());
    }
    Err(Error::internal(format!(
        "the ledger speaks of offsets {told} where {offsets} were reserved; nothing was published"
    )))
}

async fn remove_segment(
    transaction: &mut dyn Transaction,
    cube: &CubeName,
    segment: SegmentId,
    offsets: &SegmentOffsets,
    job: Option<JobId>,
    reason: &str,
    at: i64,
) -> Result<()> {
    transaction
        .execute(
            "INSERT INTO discarded (segment, cube, offsets, job, reason, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            parameters![
                segment.to_string(),
                cube.as_str(),
                offsets.to_string(),
                job.map(|job| job.to_string()),
                reason,
                at
            ],
        )
        .await?;
    transaction.execute("DELETE FROM segments WHERE id = ?1", parameters![segment.to_string()]).await?;
    Ok(())
}

async fn ranges(transaction: &mut dyn Transaction, segment: SegmentId) -> Result<SegmentOffsets> {
    let rows = transaction
        .query(
            "SELECT partition, start_offset, end_offset FROM segment_ranges WHERE segment = ?1",
            parameters![segment.to_string()],
        )
        .await?;
    let ranges = rows
        .iter()
        .map(|row| Ok((row.integer(0)? as PartitionId, OffsetRange::new(row.integer(1)?, row.integer(2)?)?)));
    Ok(SegmentOffsets::new(ranges.collect::<Result<Vec<_>>>()?))
}

async fn discarded(transaction: &mut dyn Transaction, cube: &CubeName) -> Result<Vec<Discarded>> {
    let rows = transaction
        .query(
            "SELECT offsets, job, reason, at FROM discarded WHERE cube = ?1 ORDER BY at DESC, rowid DESC",
            parameters![cube.as_str()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Discarded {
                offsets: row.text(0)?.parse()?,
                job: row.optional_text(1)?.map(str::parse).transpose()?,
                reason: row.text(2)?.to_owned(),
                at: row.integer(3)?,
            })
        })
        .collect()
}

async fn insert_ledger(
    transaction: &mut dyn Transaction,
    segment: SegmentId,
    ledger: &SegmentLedger,
) -> Result<()> {
    for (&partition, terms) in &ledger.0 {
        let count = |number: u64| Value::Integer(number as i64);
        let reasons = |reasons: &BTreeMap<String, u64>| Value::Text(serde_json::json!(reasons).to_string());
        let values = vec![
            segment.to_string().into(),
            i64::from(partition).into(),
            terms.range.start().into(),
            terms.range.end().into(),
            count(terms.delivered),
            count(terms.rows),
            count(terms.filtered_total()),
            count(terms.rejected_total()),
            count(terms.absent_total()),
            reasons(&terms.filtered),
            reasons(&terms.rejected),
            terms.rejected_offsets.to_bytes().into(),
            terms.absent_offsets.to_bytes().into(),
            terms.event_time.map(|range| range.min).into(),
            terms.event_time.map(|range| range.max).into(),
            terms.leader_epoch.map(i64::from).into(),
        ];
        transaction
            .execute(
                "INSERT INTO ledger (segment, partition, start_offset, end_offset, delivered, row_count, filtered,
                     rejected, absent, filtered_reasons, rejected_reasons, rejected_offsets, absent_offsets,
                     event_time_min, event_time_max, leader_epoch)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
                values,
            )
            .await?;
    }
    Ok(())
}

fn decode_ledger(row: &Row) -> Result<(PartitionId, PartitionLedger)> {
    let reasons = |column| -> Result<BTreeMap<String, u64>> {
        serde_json::from_str(row.text(column)?)
            .map_err(|error| Error::data(format!("the reasons in a ledger cannot be read: {error}")))
    };
    let event_time = match (row.optional_integer(9)?, row.optional_integer(10)?) {
        (Some(min), Some(max)) => Some(TimeRange { min, max }),
        _ => None,
    };
    let ledger = PartitionLedger {
        range: OffsetRange::new(row.integer(1)?, row.integer(2)?)?,
        delivered: row.integer(3)? as u64,
        rows: row.integer(4)? as u64,
        filtered: reasons(5)?,
        rejected: reasons(6)?,
        rejected_offsets: OffsetSet::from_bytes(row.bytes(7)?)?,
        absent_offsets: OffsetSet::from_bytes(row.bytes(8)?)?,
        event_time,
        leader_epoch: row.optional_integer(11)?.map(|epoch| epoch as i32),
    };
    Ok((row.integer(0)? as PartitionId, ledger))
}
