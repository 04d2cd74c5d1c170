//! Jobs in the catalog.

use std::collections::BTreeMap;

use super::database::{Row, Transaction, parameters};
use super::segments::superseded;
use super::{Catalog, now};
use crate::id::{AttemptToken, CubeName, JobId, SegmentId};
use crate::job::{Job, JobState, Step};
use crate::offsets::PartitionId;
use crate::{Error, Result};

/// Which jobs to list; empty lists accept all.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    pub cube: Option<String>,
    pub states: Vec<JobState>,
    /// Created at or after it, milliseconds UTC.
    pub since: Option<i64>,
}

impl Catalog {
    /// Newest first.
    pub async fn jobs(&self, filter: &JobFilter, offset: usize, limit: usize) -> Result<Vec<Job>> {
        let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
        let mut transaction = self.database.begin().await?;
        let rows = transaction
            .query(
                "SELECT id, cube, segment, segment_name, state, submitter, created_at, started_at, ended_at, updated_at,
                        attempts, attempt, error, steps, nothing_new
                 FROM jobs
                 WHERE (?1 IS NULL OR lower(cube) = lower(?1)) AND (?2 = '' OR instr(?2, ',' || state || ',') > 0)
                   AND created_at >= ?3
                 ORDER BY created_at DESC, id DESC LIMIT ?4 OFFSET ?5",
                parameters![
                    filter.cube.as_deref(),
                    if states.is_empty() { String::new() } else { format!(",{},", states.join(",")) },
                    filter.since.unwrap_or(0),
                    i64::try_from(limit).unwrap_or(i64::MAX),
                    i64::try_from(offset).unwrap_or(i64::MAX),
                ],
            )
            .await?;
        rows.iter().map(decode).collect()
    }

    /// # Errors
    /// `NotFound`.
    pub async fn job(&self, id: JobId) -> Result<Job> {
        let mut transaction = self.database.begin().await?;
        job(&mut *transaction, id).await
    }

    /// Records that a build was asked for and that there were no offsets to read, as a job that is
    /// finished from the start.
    pub async fn record_nothing_new(
        &self,
        cube: &CubeName,
        at: &BTreeMap<PartitionId, i64>,
        submitter: &str,
    ) -> Result<Job> {
        let mut transaction = self.database.begin().await?;
        let created_at = now();
        let sum: i64 = at.values().sum();
        let job = Job {
            id: JobId::fresh(),
            cube: cube.clone(),
            segment: SegmentId::fresh(),
            segment_name: format!("{sum}_{sum}"),
            state: JobState::Finished,
            submitter: submitter.to_owned(),
            created_at,
            started_at: Some(created_at),
            ended_at: Some(created_at),
            updated_at: created_at,
            attempts: 0,
            attempt: AttemptToken::fresh(),
            error: None,
            nothing_new: true,
            steps: vec![],
        };
        insert_job(&mut *transaction, &job).await?;
        save_job(&mut *transaction, &job).await?;
        transaction.commit().await?;
        Ok(job)
    }

    /// Jobs that wait for a worker or were running when the last server ended, oldest first.
    pub async fn unfinished_jobs(&self) -> Result<Vec<Job>> {
        let filter = JobFilter {
            states: vec![JobState::New, JobState::Pending, JobState::Running],
            ..Default::default()
        };
        let mut jobs = self.jobs(&filter, 0, usize::MAX).await?;
        jobs.reverse();
        Ok(jobs)
    }

    /// Starts an attempt: the job is RUNNING, and only the new token may publish.
    ///
    /// # Errors
    /// `Conflict` unless the job is PENDING.
    pub async fn begin_attempt(&self, id: JobId) -> Result<Job> {
        let mut transaction = self.database.begin().await?;
        let mut job = job(&mut *transaction, id).await?;
        job.check_transition(JobState::Running)?;
        job.attempt = AttemptToken::fresh();
        job.attempts += 1;
        job.state = JobState::Running;
        job.error = None;
        job.started_at = Some(now());
        job.ended_at = None;
        job.updated_at = now();
        job.steps = job.steps.iter().map(|step| Step::new(step.kind)).collect();
        let owned = transaction
            .execute(
                "UPDATE segments SET attempt = ?2 WHERE id = ?1 AND state = 'building'",
                parameters![job.segment.to_string(), job.attempt.to_string()],
            )
            .await?;
        if owned != 1 {
            return Err(superseded(id, job.attempt));
        }
        save_job(&mut *transaction, &job).await?;
        transaction.commit().await?;
        Ok(job)
    }

    /// Records how an attempt is going or how it failed.
    ///
    /// # Errors
    /// `Conflict` if the attempt no longer owns the job.
    pub async fn record_attempt(
        &self,
        id: JobId,
        attempt: AttemptToken,
        steps: &[Step],
        failure: Option<&str>,
    ) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        let mut job = job(&mut *transaction, id).await?;
        if job.attempt != attempt || job.state != JobState::Running {
            return Err(superseded(id, attempt));
        }
        job.steps = steps.to_vec();
        job.updated_at = now();
        if let Some(failure) = failure {
            job.state = JobState::Error;
            job.error = Some(failure.to_owned());
            job.ended_at = Some(job.updated_at);
        }
        save_job(&mut *transaction, &job).await?;
        transaction.commit().await
    }

    /// Moves a job that no worker runs to another state that keeps its reservation.
    ///
    /// # Errors
    /// `Conflict` if that transition is not allowed.
    pub async fn set_job_state(&self, id: JobId, state: JobState) -> Result<Job> {
        let mut transaction = self.database.begin().await?;
        let mut job = job(&mut *transaction, id).await?;
        job.check_transition(state)?;
        if !matches!(state, JobState::Pending | JobState::Stopped) {
            return Err(Error::internal(format!("a job becomes {state} only together with its segment")));
        }
        job.state = state;
        job.updated_at = now();
        // What may still run for it no longer owns it.
        job.attempt = AttemptToken::fresh();
        save_job(&mut *transaction, &job).await?;
        transaction.commit().await?;
        Ok(job)
    }
}

pub(super) async fn job(transaction: &mut dyn Transaction, id: JobId) -> Result<Job> {
    let rows = transaction
        .query(
            "SELECT id, cube, segment, segment_name, state, submitter, created_at, started_at, ended_at, updated_at,
                    attempts, attempt, error, steps, nothing_new
             FROM jobs WHERE id = ?1",
            parameters![id.to_string()],
        )
        .await?;
    rows.first().map(decode).unwrap_or_else(|| {
        Err(Error::not_found(format!("there is no job {id}; list them with GET /kylin/api/jobs")))
    })
}

pub(super) async fn insert_job(transaction: &mut dyn Transaction, job: &Job) -> Result<()> {
    transaction
        .execute(
            "INSERT INTO jobs (id, cube, segment, segment_name, state, submitter, created_at, updated_at, attempts,
                 attempt, steps, nothing_new)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 0, ?8, ?9, ?10)",
            parameters![
                job.id.to_string(),
                job.cube.as_str(),
                job.segment.to_string(),
                job.segment_name.as_str(),
                job.state.as_str(),
                job.submitter.as_str(),
                job.created_at,
                job.attempt.to_string(),
                encode_steps(&job.steps)?,
                i64::from(job.nothing_new)
            ],
        )
        .await?;
    Ok(())
}

/// Writes everything of a job that changes.
pub(super) async fn save_job(transaction: &mut dyn Transaction, job: &Job) -> Result<()> {
    transaction
        .execute(
            "UPDATE jobs SET state = ?2, started_at = ?3, ended_at = ?4, updated_at = ?5, attempts = ?6, attempt = ?7,
                 error = ?8, steps = ?9
             WHERE id = ?1",
            parameters![
                job.id.to_string(),
                job.state.as_str(),
                job.started_at,
                job.ended_at,
                job.updated_at,
                i64::from(job.attempts),
                job.attempt.to_string(),
                job.error.as_deref(),
                encode_steps(&job.steps)?
            ],
        )
        .await?;
    Ok(())
}

fn encode_steps(steps: &[Step]) -> Result<String> {
    serde_json::to_string(steps)
        .map_err(|error| Error::internal(format!("cannot write the steps of a job: {error}")))
}

fn decode(row: &Row) -> Result<Job> {
    Ok(Job {
        id: row.text(0)?.parse()?,
        cube: row.text(1)?.parse()?,
        segment: row.text(2)?.parse()?,
        segment_name: row.text(3)?.to_owned(),
        state: row.text(4)?.parse()?,
        submitter: row.text(5)?.to_owned(),
        created_at: row.integer(6)?,
        started_at: row.optional_integer(7)?,
        ended_at: row.optional_integer(8)?,
        updated_at: row.integer(9)?,
        attempts: row.integer(10)? as u32,
        attempt: row.text(11)?.parse()?,
        error: row.optional_text(12)?.map(str::to_owned),
        steps: serde_json::from_str(row.text(13)?)
            .map_err(|error| Error::data(format!("the steps of a job cannot be read: {error}")))?,
        nothing_new: row.integer(14)? != 0,
    })
}
