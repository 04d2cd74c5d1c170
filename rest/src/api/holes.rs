//! `/cubes/{cube}/holes`: what is missing, and filling it.

mod request;
mod skipped;

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use request::RawFill as FillRequest;

use super::{Answer, Shared};
use crate::http::{ApiError, Body, complete};
use crate::security::Caller;
use crate::wire::hole::{Hole, PlannedRange};
use crate::wire::job::Job;

/// What was not filled, and why, as JSON; a header, so that the body stays Kylin's array of jobs.
const SKIPPED: HeaderName = HeaderName::from_static("x-kirin-skipped");

/// Offsets between the segments of a cube that none of them holds, with their cause.
#[utoipa::path(get, path = "/cubes/{cube}/holes", tag = "holes", params(("cube" = String, Path)), responses(
    (status = 200, body = [Hole]), (status = 404),
))]
pub(crate) async fn list(State(app): Shared, Path(name): Path<String>) -> Answer<Vec<Hole>> {
    Ok(Json(app.engine.holes(&name).await?.iter().map(Hole::from).collect()))
}

/// Builds what is missing: everything, or what the body names.
///
/// Answers an array of jobs; of a dry run, an array of the ranges that they would build. What cannot be filled is left
/// out, and named in the header `X-Kirin-Skipped` with its reason. Filling twice at once is harmless.
#[utoipa::path(put, path = "/cubes/{cube}/holes", tag = "holes", params(("cube" = String, Path)),
    request_body(content = FillRequest, description = "without a body: all holes"), responses(
    (status = 200, body = [Job], headers(("X-Kirin-Skipped" = Option<String>, description = "`[{name, reason}]` as JSON"))),
    (status = 400, description = "offsets that are not in the hole"), (status = 404, description = "no such cube or hole"), (status = 503),
))]
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
        Json(outcome.jobs.iter().map(|job| Job::of(&app, job)).collect::<Vec<_>>()).into_response()
    };
    if let Some(value) = skipped::header(&outcome.skipped).and_then(|text| HeaderValue::from_str(&text).ok())
    {
        response.headers_mut().insert(SKIPPED, value);
    }
    Ok(response)
}
