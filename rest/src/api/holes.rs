//! `/cubes/{cube}/holes`: what is missing, and filling it.

mod request;
mod skipped;

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use cube::catalog::now;

use super::{Answer, Shared};
use crate::http::{ApiError, Body, complete};
use crate::security::Caller;
use crate::wire::hole::{Hole, PlannedRange};
use crate::wire::job::Job;

/// What was not filled, and why, as JSON; a header, so that the body stays Kylin's array of jobs.
const SKIPPED: HeaderName = HeaderName::from_static("x-kirin-skipped");

pub(crate) async fn list(State(app): Shared, Path(name): Path<String>) -> Answer<Vec<Hole>> {
    Ok(Json(app.engine.holes(&name).await?.iter().map(Hole::from).collect()))
}

/// Answers an array of jobs; of a dry run, an array of the ranges that they would build.
pub(crate) async fn fill(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    body: Body,
) -> Result<Response, ApiError> {
    let request = request::parse(&body)?;
    let dry_run = request.dry_run;
    let engine = app.engine.clone();
    let outcome = complete(async move { engine.fill_holes(&name, &request, &caller.name).await }).await?;
    let mut response = if dry_run {
        Json(outcome.planned.iter().map(PlannedRange::from).collect::<Vec<_>>()).into_response()
    } else {
        Json(outcome.jobs.iter().map(|job| Job::new(job, None, now())).collect::<Vec<_>>()).into_response()
    };
    if let Some(value) = skipped::header(&outcome.skipped).and_then(|text| HeaderValue::from_str(&text).ok())
    {
        response.headers_mut().insert(SKIPPED, value);
    }
    Ok(response)
}
