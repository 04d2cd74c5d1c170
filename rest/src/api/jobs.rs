//! `/jobs`.

mod filter;

use axum::extract::{Path, State};
use axum::response::Response;
use axum::{Extension, Json};
use cube::catalog::now;
use cube::id::JobId;
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::{Answer, Shared, counted};
use crate::http::{ApiError, Body, Parameters, complete};
use crate::security::Caller;
use crate::wire::job::{Job, Step, StepOutput, step_id};

/// Lists jobs, newest first.
#[utoipa::path(get, path = "/jobs", tag = "jobs", params(
    ("cubeName" = Option<String>, Query), ("projectName" = Option<String>, Query),
    ("status" = Option<Vec<u32>>, Query, description = "0 NEW, 1 PENDING, 2 RUNNING, 4 FINISHED, 8 ERROR, 16 DISCARDED, 32 STOPPED; may be repeated"),
    ("timeFilter" = Option<u32>, Query, description = "created 0 today, 1 in the last day, 2 week (default), 3 month, 4 year, 5 ever"),
    ("submitter" = Option<String>, Query),
    ("text" = Option<String>, Query, description = "in the id, the cube, the segment or the submitter"),
    ("jobSearchMode" = Option<String>, Query, description = "ALL or CUBING_ONLY; of other kinds there are none"),
    ("offset" = Option<usize>, Query), ("limit" = Option<usize>, Query, description = "15 if left out"),
), responses((status = 200, body = [Job], headers(("X-Total-Count" = u64, description = "jobs that match")))))]
pub(crate) async fn list(State(app): Shared, parameters: Parameters) -> Result<Response, ApiError> {
    let Some(filter) = filter::parse(&parameters, now())? else {
        return Ok(counted(0, Json(Vec::<Job>::new())));
    };
    let total = app.catalog().count_jobs(&filter.jobs).await?;
    let jobs = app.engine.jobs(&filter.jobs, filter.offset, filter.limit).await?;
    Ok(counted(total, Json(jobs.iter().map(|job| Job::of(&app, job)).collect::<Vec<_>>())))
}

/// Counts jobs by state.
#[utoipa::path(get, path = "/jobs/overview", tag = "jobs", params(
    ("cubeName" = Option<String>, Query), ("projectName" = Option<String>, Query),
    ("timeFilter" = Option<u32>, Query), ("submitter" = Option<String>, Query), ("text" = Option<String>, Query),
), responses((status = 200, body = BTreeMap<String, u64>, example = json!({"RUNNING": 1, "FINISHED": 40}))))]
pub(crate) async fn overview(
    State(app): Shared,
    parameters: Parameters,
) -> Answer<BTreeMap<&'static str, u64>> {
    let counts = match filter::parse(&parameters, now())? {
        Some(filter) => app.catalog().job_counts(&filter.jobs).await?,
        None => BTreeMap::new(),
    };
    let states = cube::job::JobState::ALL;
    Ok(Json(states.map(|state| (state.as_str(), counts.get(&state).copied().unwrap_or(0))).into()))
}

/// One job.
#[utoipa::path(get, path = "/jobs/{job}", tag = "jobs", params(("job" = String, Path)), responses(
    (status = 200, body = Job), (status = 404),
))]
pub(crate) async fn get(State(app): Shared, Path(id): Path<String>) -> Answer<Job> {
    let job = app.engine.job(job_id(&id)?).await?;
    Ok(Json(Job::of(&app, &job)))
}

/// The steps of a job.
#[utoipa::path(get, path = "/jobs/{job}/steps", tag = "jobs", params(("job" = String, Path)), responses(
    (status = 200, body = [Step]), (status = 404),
))]
pub(crate) async fn steps(State(app): Shared, Path(id): Path<String>) -> Answer<Vec<Step>> {
    let job = app.engine.job(job_id(&id)?).await?;
    Ok(Json(Job::of(&app, &job).into_steps()))
}

/// What a step wrote for people; `step` is its id or its number.
#[utoipa::path(get, path = "/jobs/{job}/steps/{step}/output", tag = "jobs",
    params(("job" = String, Path), ("step" = String, Path, example = "0")),
    responses((status = 200, body = StepOutput), (status = 404)))]
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

/// Queues a job in error or stopped again: the same offsets, a new attempt.
#[utoipa::path(put, path = "/jobs/{job}/resume", tag = "jobs", params(("job" = String, Path)), responses(
    (status = 200, body = Job), (status = 404), (status = 409, description = "it is in another state"),
))]
pub(crate) async fn resume(State(app): Shared, Path(id): Path<String>) -> Answer<Job> {
    let (id, engine) = (job_id(&id)?, app.engine.clone());
    let job = complete(async move { engine.resume(id).await }).await?;
    Ok(Json(Job::of(&app, &job)))
}

/// Stops a job that waits or runs; it keeps its offsets and can be resumed.
#[utoipa::path(put, path = "/jobs/{job}/pause", tag = "jobs", params(("job" = String, Path)), responses(
    (status = 200, body = Job), (status = 404), (status = 409, description = "it is in another state"),
))]
pub(crate) async fn pause(State(app): Shared, Path(id): Path<String>) -> Answer<Job> {
    let (id, engine) = (job_id(&id)?, app.engine.clone());
    let job = complete(async move { engine.pause(id).await }).await?;
    Ok(Json(Job::of(&app, &job)))
}

/// Discards a job and its segment; in the middle of the cube that leaves a hole.
#[utoipa::path(put, path = "/jobs/{job}/cancel", tag = "jobs", params(("job" = String, Path)), responses(
    (status = 200, body = Job), (status = 404), (status = 409, description = "it is finished or discarded"),
))]
pub(crate) async fn cancel(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Answer<Job> {
    let (id, engine) = (job_id(&id)?, app.engine.clone());
    let job = complete(async move { engine.discard(id, &caller.name).await }).await?;
    Ok(Json(Job::of(&app, &job)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Priority {
    /// Higher runs first; 0 is what jobs have.
    #[schema(example = 5)]
    priority: i32,
}

/// Lets a job that waits run sooner or later than others.
#[utoipa::path(put, path = "/jobs/{job}/priority", tag = "jobs", params(("job" = String, Path)),
    request_body = Priority, responses((status = 200, body = Job), (status = 400), (status = 404), (status = 409)))]
pub(crate) async fn priority(State(app): Shared, Path(id): Path<String>, body: Body) -> Answer<Job> {
    let (id, engine) = (job_id(&id)?, app.engine.clone());
    let Priority { priority } = body.json()?;
    let job = complete(async move { engine.set_priority(id, priority).await }).await?;
    Ok(Json(Job::of(&app, &job)))
}

/// Forgets a job that is finished or discarded; its segment stays.
#[utoipa::path(delete, path = "/jobs/{job}/drop", tag = "jobs", params(("job" = String, Path)), responses(
    (status = 200, body = Job, description = "the job as it was"), (status = 404), (status = 409, description = "it is in another state"),
))]
pub(crate) async fn drop(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Answer<Job> {
    let job = app.engine.job(job_id(&id)?).await?;
    app.catalog().drop_job(job.id).await?;
    tracing::info!(job = %job.id, by = caller.name, "dropped a job");
    Ok(Json(Job::of(&app, &job)))
}

/// What is no id can be no job's.
fn job_id(text: &str) -> Result<JobId, ApiError> {
    text.parse().map_err(|error: cube::Error| ApiError::not_found(error.to_string()))
}
