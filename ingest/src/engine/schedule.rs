//! Running schedules: a task that sleeps until the next run is due, and builds to the tip.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use cube::catalog::{Change, ReserveError, now};
use cube::id::CubeName;
use cube::job::JobState;
use cube::schedule::{Run, RunOutcome, Schedule};
use cube::{ErrorKind, Result};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::request::Planned;
use super::{BuildRequest, Engine, Inner, lock};

/// Who the jobs of schedules are from.
pub const SCHEDULER: &str = "scheduler";

/// The longest sleep: the clock of the machine may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// What the schedules want at a moment.
#[derive(Debug, PartialEq)]
struct Agenda {
    /// Those whose run is due.
    due: Vec<Schedule>,
    /// Milliseconds until the next of the others is due.
    next: Option<i64>,
}

/// Those in `running` are left out: the end of their run is a change of its own.
fn agenda(schedules: Vec<Schedule>, running: &HashSet<CubeName>, now: i64) -> Agenda {
    let mut agenda = Agenda { due: vec![], next: None };
    for schedule in schedules.into_iter().filter(|schedule| !running.contains(&schedule.cube)) {
        match schedule.next_run(now).at {
            Some(at) if at <= now => agenda.due.push(schedule),
            Some(at) => agenda.next = Some(agenda.next.map_or(at - now, |next| next.min(at - now))),
            None => {}
        }
    }
    agenda
}

impl Engine {
    /// Runs the schedules that are due at `now` (milliseconds since the epoch, UTC), one after the
    /// other, as the engine's own task does by the clock.
    ///
    /// Returns what came of each.
    pub async fn run_due_schedules(&self, now: i64) -> Result<Vec<(CubeName, Run)>> {
        let schedules = self.inner.catalog.schedules().await?;
        let mut runs = vec![];
        for schedule in agenda(schedules, &HashSet::new(), now).due {
            runs.push((schedule.cube.clone(), self.run_schedule(&schedule, now).await?));
        }
        Ok(runs)
    }

    /// Builds to the tip and notes what came of it.
    async fn run_schedule(&self, schedule: &Schedule, now: i64) -> Result<Run> {
        let run = self.scheduled_build(schedule, now).await;
        tracing::info!(cube = %schedule.cube, outcome = %run.outcome, "scheduled run: {}", run.message);
        self.inner.catalog.record_schedule_run(&schedule.cube, &run).await?;
        Ok(run)
    }

    async fn scheduled_build(&self, schedule: &Schedule, at: i64) -> Run {
        let run = |outcome, job, message| Run { at, outcome, job, message };
        match self.still_building(schedule).await {
            Err(error) => return run(RunOutcome::Failed, None, error.to_string()),
            Ok(Some(message)) => return run(RunOutcome::Overlap, None, message),
            Ok(None) => {}
        }
        let request = BuildRequest {
            max_messages: schedule.spec.max_messages_per_segment,
            priority: schedule.spec.priority,
            ..BuildRequest::default()
        };
        match self.plan_and_reserve(schedule.cube.as_str(), &request, SCHEDULER).await {
            Ok(Planned::Queued { job, left }) => {
                let rest = match left {
                    0 => String::new(),
                    left => format!(", {left} more are left for the next run"),
                };
                let message = format!("segment {} of {} offsets{rest}", job.segment_name, job.offsets.len());
                run(RunOutcome::Queued, Some(job.id), message)
            }
            Ok(Planned::NothingNew { .. }) => {
                run(RunOutcome::NothingNew, None, "there are no new offsets".into())
            }
            Err(error @ (ReserveError::Overlap(_) | ReserveError::TooManyBuilding(_))) => {
                run(RunOutcome::Overlap, None, error.to_string())
            }
            Err(ReserveError::Other(error)) => run(RunOutcome::Failed, None, error.to_string()),
        }
    }

    /// Says so if the job that the schedule made last waits or runs.
    async fn still_building(&self, schedule: &Schedule) -> Result<Option<String>> {
        let Some(id) = schedule.last_job else { return Ok(None) };
        match self.inner.catalog.job(id).await {
            Ok(job) if matches!(job.state, JobState::New | JobState::Pending | JobState::Running) => {
                Ok(Some(format!(
                    "job {id} of the run before is {}; what has arrived since is for the next run",
                    job.state
                )))
            }
            Ok(_) => Ok(None),
            // Dropped from the list, so it is at its end.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Starts the task that runs schedules by the clock. It holds nothing of the engine while it
    /// sleeps, and ends with it.
    pub(super) fn start_scheduler(&self) {
        let (engine, changes) = (Arc::downgrade(&self.inner), self.changes());
        tokio::spawn(run_by_the_clock(engine, changes));
    }

    /// Starts what is due and says how long to sleep.
    async fn tick(&self) -> Duration {
        let at = now();
        let schedules = match self.inner.catalog.schedules().await {
            Ok(schedules) => schedules,
            Err(error) => {
                tracing::warn!(%error, "the schedules cannot be read; trying again later");
                return LONGEST_SLEEP;
            }
        };
        let agenda = agenda(schedules, &lock(&self.inner.scheduled), at);
        for schedule in agenda.due {
            lock(&self.inner.scheduled).insert(schedule.cube.clone());
            // A topic that does not answer holds up no other cube.
            tokio::spawn(self.clone().run_apart(schedule, at));
        }
        let next = agenda.next.map_or(LONGEST_SLEEP, |millis| Duration::from_millis(millis.max(0) as u64));
        next.min(LONGEST_SLEEP)
    }

    async fn run_apart(self, schedule: Schedule, at: i64) {
        let result = self.run_schedule(&schedule, at).await;
        lock(&self.inner.scheduled).remove(&schedule.cube);
        match result {
            // It was told while the run still counted as running.
            Ok(_) => self.inner.wake_scheduler.notify_one(),
            Err(error) => {
                tracing::warn!(cube = %schedule.cube, %error, "what came of a scheduled run was not noted");
            }
        }
    }
}

async fn run_by_the_clock(engine: Weak<Inner>, mut changes: broadcast::Receiver<Change>) {
    loop {
        let Some(inner) = engine.upgrade() else { return };
        if inner.stopping.load(Ordering::SeqCst) {
            return;
        }
        let wake = inner.wake_scheduler.clone();
        let sleep = Engine { inner }.tick().await;
        tokio::select! {
            () = tokio::time::sleep(sleep) => {}
            () = wake.notified() => {}
            open = schedule_changed(&mut changes) => {
                if !open {
                    return;
                }
            }
        }
    }
}

/// Waits for a change that may move a run; `false`: the catalog is closed.
async fn schedule_changed(changes: &mut broadcast::Receiver<Change>) -> bool {
    loop {
        match changes.recv().await {
            Ok(Change::Schedule(_)) | Err(RecvError::Lagged(_)) => return true,
            Ok(_) => {}
            Err(RecvError::Closed) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use cube::schedule::ScheduleSpec;

    use super::*;

    fn schedule(cube: &str, json: &str, last_run: i64) -> Schedule {
        Schedule {
            cube: CubeName::new(cube).unwrap(),
            spec: ScheduleSpec::parse(json).unwrap(),
            paused: false,
            created_at: 0,
            last_run: Some(last_run),
            last_outcome: None,
            last_job: None,
            last_message: None,
            failures: 0,
        }
    }

    #[test]
    fn what_is_due_runs_and_the_sleep_lasts_until_the_first_of_the_others() {
        let now = 1_000_000;
        let all = vec![
            schedule("due", r#"{"every":"1m"}"#, now - 60_000),
            schedule("late", r#"{"every":"1m"}"#, now - 600_000),
            schedule("soon", r#"{"every":"1m"}"#, now - 50_000),
            schedule("later", r#"{"every":"1h"}"#, now),
            schedule("busy", r#"{"every":"1s"}"#, now - 5_000),
            Schedule { paused: true, ..schedule("paused", r#"{"every":"1s"}"#, 0) },
        ];
        let agenda = agenda(all, &HashSet::from([CubeName::new("busy").unwrap()]), now);
        let due: Vec<&str> = agenda.due.iter().map(|schedule| schedule.cube.as_str()).collect();
        assert_eq!((due, agenda.next), (vec!["due", "late"], Some(10_000)));
        assert_eq!(super::agenda(vec![], &HashSet::new(), now), Agenda { due: vec![], next: None });
    }
}
