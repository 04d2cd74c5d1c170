//! `/jobs`.

mod filter;

use axum::extract::{Path, State};
use axum::{Extension, Json};
use cube::catalog::now;
use cube::id::JobId;
use cube::job::{Job as CubeJob, JobState};

use super::{Answer, Shared};
use crate::app::App;
use crate::http::{ApiError, Parameters, complete};
use crate::security::Caller;
use crate::wire::job::{Job, StepOutput, step_id};

pub(crate) async fn list(State(app): Shared, parameters: Parameters) -> Answer<Vec<Job>> {
    let Some(filter) = filter::parse(&parameters, now())? else { return Ok(Json(vec![])) };
    let jobs = app.engine.jobs(&filter.jobs, filter.offset, filter.limit).await?;
    Ok(Json(jobs.iter().map(|job| shape(&app, job)).collect()))
}

pub(crate) async fn get(State(app): Shared, Path(id): Path<String>) -> Answer<Job> {
    let job = app.engine.job(job_id(&id)?).await?;
    Ok(Json(shape(&app, &job)))
}

pub(crate) async fn resume(State(app): Shared, Path(id): Path<String>) -> Answer<Job> {
    let (id, engine) = (job_id(&id)?, app.engine.clone());
    let job = complete(async move { engine.resume(id).await }).await?;
    Ok(Json(shape(&app, &job)))
}

pub(crate) async fn pause(State(app): Shared, Path(id): Path<String>) -> Answer<Job> {
    let (id, engine) = (job_id(&id)?, app.engine.clone());
    let job = complete(async move { engine.pause(id).await }).await?;
    Ok(Json(shape(&app, &job)))
}

/// Discards the job and its segment.
pub(crate) async fn cancel(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Answer<Job> {
    let (id, engine) = (job_id(&id)?, app.engine.clone());
    let job = complete(async move { engine.discard(id, &caller.name).await }).await?;
    Ok(Json(shape(&app, &job)))
}

/// `step` is a step's id, or its number.
pub(crate) async fn output(
    State(app): Shared,
    Path((id, step)): Path<(String, String)>,
) -> Answer<StepOutput> {
    let job = app.engine.job(job_id(&id)?).await?;
    let found =
        job.steps.iter().enumerate().find(|(i, _)| step_id(&job, *i) == step || step.parse() == Ok(*i));
    let (i, found) =
        found.ok_or_else(|| ApiError::not_found(format!("job {} has no step {step:?}", job.id)))?;
    Ok(Json(StepOutput::new(&job, i, found)))
}

/// What is no id can be no job's.
fn job_id(text: &str) -> Result<JobId, ApiError> {
    text.parse().map_err(|error: cube::Error| ApiError::not_found(error.to_string()))
}

fn shape(app: &App, job: &CubeJob) -> Job {
    let progress = app.engine.progress(job.id).filter(|_| job.state == JobState::Running);
    Job::new(job, progress.as_deref(), now())
}
