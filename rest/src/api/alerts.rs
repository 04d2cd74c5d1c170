//! `GET /alerts`: what needs a person now.

use axum::Json;
use axum::extract::State;
use cube::catalog::{CubeSnapshot, JobFilter};
use cube::job::{Job, JobState};
use cube::schedule::{RunOutcome, Schedule};
use cube::timeline::Hole;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Answer, Shared};

/// What needs a person, and where to go.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Alert {
    /// The same as long as it is the same matter.
    id: String,
    /// `error` or `warning`.
    level: &'static str,
    cube: String,
    /// `job_error`, `job_stopped`, `hole` or `schedule_failed`.
    kind: &'static str,
    /// Milliseconds UTC; 0 where it is not known.
    since: i64,
    text: String,
    /// A path of the pages.
    link: String,
}

/// Jobs in error or stopped, with the offsets that they hold back, holes, and schedules that
/// fail; the gravest and oldest first.
#[utoipa::path(get, path = "/alerts", tag = "watch", responses((status = 200, body = [Alert])))]
pub(crate) async fn list(State(app): Shared) -> Answer<Vec<Alert>> {
    let stuck = JobFilter { states: vec![JobState::Error, JobState::Stopped], ..JobFilter::default() };
    let jobs = app.catalog().jobs(&stuck, 0, usize::MAX).await?;
    let mut alerts: Vec<Alert> = jobs.iter().map(Alert::of_job).collect();
    for cube in app.catalog().snapshot().await? {
        alerts.extend(cube.timeline.holes().iter().map(|hole| Alert::of_hole(&cube, hole)));
    }
    alerts.extend(app.catalog().schedules().await?.iter().filter_map(Alert::of_schedule));
    alerts.sort_by(|a, b| (a.level, a.since, &a.id).cmp(&(b.level, b.since, &b.id)));
    Ok(Json(alerts))
}

impl Alert {
    fn of_job(job: &Job) -> Self {
        let (level, kind, what) = match job.state {
            JobState::Error => ("error", "job_error", "failed"),
            _ => ("warning", "job_stopped", "is paused"),
        };
        let reason = job.error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
        Self {
            id: format!("job-{}", job.id),
            level,
            cube: job.cube.to_string(),
            kind,
            since: job.updated_at,
            text: format!(
                "The build of {} {what} and holds {} offsets back{reason}. Resume it, or discard it and fill the hole.",
                job.segment_name,
                job.offsets.len()
            ),
            link: format!("/monitor/{}", job.id),
        }
    }

    fn of_hole(cube: &CubeSnapshot, hole: &Hole) -> Self {
        let name = cube.spec.name.to_string();
        Self {
            id: format!("hole-{name}-{}", hole.name),
            level: "warning",
            kind: "hole",
            since: hole.since.unwrap_or(0),
            text: format!(
                "Hole {} of {name} misses {} offsets ({}). Fill it before Kafka's retention ends.",
                hole.name,
                hole.offsets.len(),
                hole.cause
            ),
            link: format!("/cubes/{name}/segments?view=offset&hole={}", hole.name),
            cube: name,
        }
    }

    fn of_schedule(schedule: &Schedule) -> Option<Self> {
        let failed = schedule.last_outcome == Some(RunOutcome::Failed);
        failed.then(|| Self {
            id: format!("schedule-{}", schedule.cube),
            level: "error",
            cube: schedule.cube.to_string(),
            kind: "schedule_failed",
            since: schedule.last_run.unwrap_or(0),
            text: format!(
                "The schedule of {} failed: {}. It tries again by itself.",
                schedule.cube,
                schedule.last_message.as_deref().unwrap_or("no reason is known")
            ),
            link: "/monitor".to_owned(),
        })
    }
}
