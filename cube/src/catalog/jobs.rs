//! Jobs in the catalog.

use std::collections::BTreeMap;

use super::database::{Row, Transaction, Value, parameters};
use super::segments::superseded;
use super::{Catalog, Change, now};
use crate::id::{AttemptToken, CubeName, JobId, SegmentId};
use crate::job::{Effort, Job, JobState, Step};
use crate::offsets::{OffsetRange, PartitionId, SegmentOffsets};
use crate::{Error, Result};

/// Which jobs to list; what is empty or `None` accepts all.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// Without regard to case.
    pub cube: Option<String>,
    pub states: Vec<JobState>,
    /// Created at or after it, milliseconds UTC.
    pub since: Option<i64>,
    pub submitter: Option<String>,
    /// A part of the id, or of the name of cube, segment or submitter; without regard to the case of
    /// ASCII letters.
    pub text: Option<String>,
}

impl JobFilter {
    /// The parameters of [`where_filtered`], in its order.
    fn parameters(&self) -> Vec<Value> {
        let states: Vec<&str> = self.states.iter().map(|state| state.as_str()).collect();
        parameters![
            self.cube.as_deref(),
            if states.is_empty() { String::new() } else { format!(",{},", states.join(",")) },
            self.since.unwrap_or(0),
            self.submitter.as_deref(),
            self.text.as_deref(),
        ]
    }
}

/// Jobs as [`decode`] reads them.
macro_rules! select_jobs {
    () => {
        "SELECT id, cube, segment, segment_name, state, submitter, created_at, started_at, ended_at, updated_at, attempts,
                attempt, error, steps, nothing_new, priority, offsets, messages, bytes, memory_peak
         FROM jobs "
    };
}

macro_rules! where_filtered {
    () => {
        "WHERE (?1 IS NULL OR lower(cube) = lower(?1)) AND (?2 = '' OR instr(?2, ',' || state || ',') > 0)
           AND created_at >= ?3 AND (?4 IS NULL OR submitter = ?4)
           AND (?5 IS NULL OR instr(lower(id || char(10) || cube || char(10) || segment_name || char(10) || submitter),
                                    lower(?5)) > 0) "
    };
}

impl Catalog {
    /// Newest first.
    pub async fn jobs(&self, filter: &JobFilter, offset: usize, limit: usize) -> Result<Vec<Job>> {
        let mut parameters = filter.parameters();
        parameters.extend(parameters![
            i64::try_from(limit).unwrap_or(i64::MAX),
            i64::try_from(offset).unwrap_or(i64::MAX),
        ]);
        let mut transaction = self.database.begin().await?;
        let rows = transaction
            .query(
                concat!(
                    select_jobs!(),
                    where_filtered!(),
                    "ORDER BY created_at DESC, id DESC LIMIT ?6 OFFSET ?7"
                ),
                parameters,
            )
            .await?;
        rows.iter().map(decode).collect()
    }

    /// How many jobs [`Catalog::jobs`] would list without a limit.
    pub async fn count_jobs(&self, filter: &JobFilter) -> Result<u64> {
        let mut transaction = self.database.begin().await?;
        let sql = concat!("SELECT count(*) FROM jobs ", where_filtered!());
        let rows = transaction.query(sql, filter.parameters()).await?;
        Ok(rows.first().map_or(Ok(0), |row| row.integer(0))? as u64)
    }

    /// How many jobs there are in each state, all states named; those of the filter do not count.
    pub async fn job_counts(&self, filter: &JobFilter) -> Result<BTreeMap<JobState, u64>> {
        let filter = JobFilter { states: vec![], ..filter.clone() };
        let mut transaction = self.database.begin().await?;
        let sql = concat!("SELECT state, count(*) FROM jobs ", where_filtered!(), "GROUP BY state");
        let rows = transaction.query(sql, filter.parameters()).await?;
        let mut counts: BTreeMap<JobState, u64> = JobState::ALL.into_iter().map(|state| (state, 0)).collect();
        for row in &rows {
            counts.insert(row.text(0)?.parse()?, row.integer(1)? as u64);
        }
        Ok(counts)
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
        let at = at.iter().filter_map(|(&partition, &at)| Some((partition, OffsetRange::new(at, at).ok()?)));
        let offsets = SegmentOffsets::new(at);
        let job = Job {
            id: JobId::fresh(),
            cube: cube.clone(),
            segment: SegmentId::fresh(),
            segment_name: offsets.name(),
            offsets,
            state: JobState::Finished,
            priority: 0,
            submitter: submitter.to_owned(),
            created_at,
            started_at: Some(created_at),
            ended_at: Some(created_at),
            updated_at: created_at,
            attempts: 0,
            attempt: AttemptToken::fresh(),
            error: None,
            nothing_new: true,
            messages: 0,
            bytes: 0,
            memory_peak: 0,
            steps: vec![],
        };
        insert_job(&mut *transaction, &job).await?;
        save_job(&mut *transaction, &job).await?;
        transaction.commit().await?;
        self.changes.tell(Change::Job(job.id));
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
        job.set_effort(Effort::default());
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
        self.changes.tell(Change::Job(id));
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
        effort: Effort,
        failure: Option<&str>,
    ) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        let mut job = job(&mut *transaction, id).await?;
        if job.attempt != attempt || job.state != JobState::Running {
            return Err(superseded(id, attempt));
        }
        job.steps = steps.to_vec();
        job.set_effort(effort);
        job.updated_at = now();
        if let Some(failure) = failure {
            job.state = JobState::Error;
            job.error = Some(failure.to_owned());
            job.ended_at = Some(job.updated_at);
        }
        save_job(&mut *transaction, &job).await?;
        transaction.commit().await?;
        self.changes.tell(Change::Job(id));
        Ok(())
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
        self.changes.tell(Change::Job(id));
        Ok(job)
    }

    /// Sets which of the waiting jobs runs first: the one with the highest priority.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if the job is at its end.
    pub async fn set_job_priority(&self, id: JobId, priority: i32) -> Result<Job> {
        let mut transaction = self.database.begin().await?;
        let mut job = job(&mut *transaction, id).await?;
        if job.state.is_final() {
            return Err(Error::conflict(format!(
                "job {id} is {}; only a job that will run has a priority",
                job.state
            )));
        }
        job.priority = priority;
        job.updated_at = now();
        save_job(&mut *transaction, &job).await?;
        transaction.commit().await?;
        self.changes.tell(Change::Job(id));
        Ok(job)
    }

    /// Forgets a job; its segment stays.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` unless the job is at its end.
    pub async fn drop_job(&self, id: JobId) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        let job = job(&mut *transaction, id).await?;
        if !job.state.is_final() {
            return Err(Error::conflict(format!(
                "job {id} is {}; only a job that is FINISHED or DISCARDED can be dropped: wait for it, or discard it first",
                job.state
            )));
        }
        transaction.execute("DELETE FROM jobs WHERE id = ?1", parameters![id.to_string()]).await?;
        transaction.commit().await?;
        self.changes.tell(Change::JobDropped(id));
        Ok(())
    }

    /// Tells of a change that a job made to its cube.
    pub(super) fn changed_by_job(&self, job: &Job) {
        self.changes.tell(Change::Job(job.id));
        self.changes.tell(Change::Cube(job.cube.clone()));
    }
}

pub(super) async fn job(transaction: &mut dyn Transaction, id: JobId) -> Result<Job> {
    let rows =
        transaction.query(concat!(select_jobs!(), "WHERE id = ?1"), parameters![id.to_string()]).await?;
    rows.first().map(decode).unwrap_or_else(|| {
        Err(Error::not_found(format!("there is no job {id}; list them with GET /kylin/api/jobs")))
    })
}

pub(super) async fn insert_job(transaction: &mut dyn Transaction, job: &Job) -> Result<()> {
    transaction
        .execute(
            "INSERT INTO jobs (id, cube, segment, segment_name, state, submitter, created_at, updated_at, attempts,
                 attempt, steps, nothing_new, priority, offsets)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 0, ?8, ?9, ?10, ?11, ?12)",
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
                i64::from(job.nothing_new),
                i64::from(job.priority),
                job.offsets.to_string()
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
                 error = ?8, steps = ?9, priority = ?10, messages = ?11, bytes = ?12, memory_peak = ?13
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
                encode_steps(&job.steps)?,
                i64::from(job.priority),
                job.messages as i64,
                job.bytes as i64,
                job.memory_peak as i64
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
        priority: row.integer(15)? as i32,
        offsets: row.text(16)?.parse()?,
        messages: row.integer(17)? as u64,
        bytes: row.integer(18)? as u64,
        memory_peak: row.integer(19)? as u64,
    })
}
