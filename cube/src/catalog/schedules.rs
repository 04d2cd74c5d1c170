//! Schedules in the catalog.

use super::database::{Row, Transaction, parameters};
use super::{Catalog, Change, cubes, now};
use crate::id::CubeName;
use crate::schedule::{Run, RunOutcome, Schedule, ScheduleSpec};
use crate::{Error, Result};

macro_rules! select_schedules {
    () => {
        "SELECT cube, spec, paused, created_at, last_run, last_outcome, last_job, last_message, failures FROM schedules "
    };
}

impl Catalog {
    /// All schedules, by their cubes.
    pub async fn schedules(&self) -> Result<Vec<Schedule>> {
        let mut transaction = self.database.begin().await?;
        let rows = transaction.query(concat!(select_schedules!(), "ORDER BY cube"), vec![]).await?;
        rows.iter().map(decode).collect()
    }

    /// # Errors
    /// `NotFound` if there is no such cube, or it has no schedule.
    pub async fn schedule(&self, cube: &CubeName) -> Result<Schedule> {
        let mut transaction = self.database.begin().await?;
        let info = cubes::cube(&self.specs, &mut *transaction, cube.as_str()).await?;
        schedule(&mut *transaction, &info.spec.name).await
    }

    /// Gives a cube a schedule, or another one. It counts from now; a paused one stays paused.
    ///
    /// # Errors
    /// `NotFound` if there is no such cube.
    pub async fn put_schedule(&self, cube: &CubeName, spec: &ScheduleSpec) -> Result<Schedule> {
        let mut transaction = self.database.begin().await?;
        let info = cubes::cube(&self.specs, &mut *transaction, cube.as_str()).await?;
        let cube = &info.spec.name;
        transaction
            .execute(
                "INSERT INTO schedules (cube, spec, paused, created_at, failures) VALUES (?1, ?2, 0, ?3, 0)
                 ON CONFLICT (cube) DO UPDATE SET spec = ?2, created_at = ?3, failures = 0",
                parameters![cube.as_str(), spec.to_json(), now()],
            )
            .await?;
        let schedule = schedule(&mut *transaction, cube).await?;
        transaction.commit().await?;
        self.changes.tell(Change::Schedule(cube.clone()));
        Ok(schedule)
    }

    /// # Errors
    /// `NotFound` if there is no such cube, or it has no schedule.
    pub async fn delete_schedule(&self, cube: &CubeName) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        let info = cubes::cube(&self.specs, &mut *transaction, cube.as_str()).await?;
        let cube = &info.spec.name;
        let deleted =
            transaction.execute("DELETE FROM schedules WHERE cube = ?1", parameters![cube.as_str()]).await?;
        if deleted == 0 {
            return Err(without(cube));
        }
        transaction.commit().await?;
        self.changes.tell(Change::Schedule(cube.clone()));
        Ok(())
    }

    /// Pauses a schedule, or lets it run again; what it missed meanwhile is one run.
    ///
    /// # Errors
    /// `NotFound` if there is no such cube, or it has no schedule.
    pub async fn set_schedule_paused(&self, cube: &CubeName, paused: bool) -> Result<Schedule> {
        let mut transaction = self.database.begin().await?;
        let info = cubes::cube(&self.specs, &mut *transaction, cube.as_str()).await?;
        let cube = &info.spec.name;
        transaction
            .execute(
                "UPDATE schedules SET paused = ?2 WHERE cube = ?1",
                parameters![cube.as_str(), i64::from(paused)],
            )
            .await?;
        let schedule = schedule(&mut *transaction, cube).await?;
        transaction.commit().await?;
        self.changes.tell(Change::Schedule(cube.clone()));
        Ok(schedule)
    }

    /// Notes what came of a run. A schedule that was deleted meanwhile stays deleted.
    pub async fn record_schedule_run(&self, cube: &CubeName, run: &Run) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        transaction
            .execute(
                "UPDATE schedules SET last_run = ?2, last_outcome = ?3, last_job = coalesce(?4, last_job), last_message = ?5,
                     failures = CASE WHEN ?6 THEN failures + 1 ELSE 0 END
                 WHERE cube = ?1",
                parameters![
                    cube.as_str(),
                    run.at,
                    run.outcome.as_str(),
                    run.job.map(|job| job.to_string()),
                    run.message.as_str(),
                    i64::from(run.outcome == RunOutcome::Failed)
                ],
            )
            .await?;
        transaction.commit().await?;
        self.changes.tell(Change::Schedule(cube.clone()));
        Ok(())
    }
}

async fn schedule(transaction: &mut dyn Transaction, cube: &CubeName) -> Result<Schedule> {
    let rows = transaction
        .query(concat!(select_schedules!(), "WHERE cube = ?1"), parameters![cube.as_str()])
        .await?;
    rows.first().map(decode).unwrap_or_else(|| Err(without(cube)))
}

fn without(cube: &CubeName) -> Error {
    Error::not_found(format!(
        "cube {cube} has no schedule; give it one with PUT /kylin/api/cubes/{cube}/schedule and {{\"every\":\"5m\"}}"
    ))
}

fn decode(row: &Row) -> Result<Schedule> {
    let cube: CubeName = row.text(0)?.parse()?;
    let spec = ScheduleSpec::parse(row.text(1)?).map_err(|error| {
        Error::data(format!("the schedule of cube {cube} in the catalog cannot be read: {error}"))
    })?;
    Ok(Schedule {
        cube,
        spec,
        paused: row.integer(2)? != 0,
        created_at: row.integer(3)?,
        last_run: row.optional_integer(4)?,
        last_outcome: row.optional_text(5)?.map(str::parse).transpose()?,
        last_job: row.optional_text(6)?.map(str::parse).transpose()?,
        last_message: row.optional_text(7)?.map(str::to_owned),
        failures: row.integer(8)? as u32,
    })
}
