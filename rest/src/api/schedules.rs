//! `/schedules`: builds that the server asks for by itself.

use axum::extract::{Path, State};
use axum::{Extension, Json};
use cube::schedule::ScheduleSpec;

use super::{Answer, Shared};
use crate::app::App;
use crate::http::{ApiError, Body};
use crate::security::Caller;
use crate::wire::schedule::{Schedule, ScheduleRequest};

/// All schedules.
#[utoipa::path(get, path = "/schedules", tag = "schedules", responses((status = 200, body = [Schedule])))]
pub(crate) async fn list(State(app): Shared) -> Answer<Vec<Schedule>> {
    Ok(Json(app.engine.schedules().await?.iter().map(Schedule::from).collect()))
}

/// The schedule of a cube.
#[utoipa::path(get, path = "/cubes/{cube}/schedule", tag = "schedules", params(("cube" = String, Path)), responses(
    (status = 200, body = Schedule), (status = 404, description = "no such cube, or it has no schedule"),
))]
pub(crate) async fn get(State(app): Shared, Path(cube): Path<String>) -> Answer<Schedule> {
    shape(&app, &cube).await
}

async fn shape(app: &App, cube: &str) -> Answer<Schedule> {
    Ok(Json(Schedule::from(&app.engine.schedule(cube).await?)))
}

/// Builds the cube to the tip by a clock from now on; replaces a schedule that it has.
#[utoipa::path(put, path = "/cubes/{cube}/schedule", tag = "schedules", params(("cube" = String, Path)),
    request_body = ScheduleRequest, responses(
    (status = 200, body = Schedule), (status = 400, description = "which field, its value, and what is accepted"), (status = 404),
))]
pub(crate) async fn put(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(cube): Path<String>,
    body: Body,
) -> Answer<Schedule> {
    let spec = ScheduleSpec::parse(body.text()?)?;
    app.engine.put_schedule(&cube, spec).await?;
    tracing::info!(cube, by = caller.name, "put a schedule");
    shape(&app, &cube).await
}

/// Ends the schedule of a cube; builds that it asked for go on.
#[utoipa::path(delete, path = "/cubes/{cube}/schedule", tag = "schedules", params(("cube" = String, Path)), responses(
    (status = 200), (status = 404),
))]
pub(crate) async fn delete(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(cube): Path<String>,
) -> Result<(), ApiError> {
    app.engine.delete_schedule(&cube).await?;
    tracing::info!(cube, by = caller.name, "deleted a schedule");
    Ok(())
}

/// No more builds until it is resumed.
#[utoipa::path(put, path = "/cubes/{cube}/schedule/pause", tag = "schedules", params(("cube" = String, Path)), responses(
    (status = 200, body = Schedule), (status = 404),
))]
pub(crate) async fn pause(State(app): Shared, Path(cube): Path<String>) -> Answer<Schedule> {
    app.engine.pause_schedule(&cube, true).await?;
    shape(&app, &cube).await
}

/// What was missed meanwhile is built as one range.
#[utoipa::path(put, path = "/cubes/{cube}/schedule/resume", tag = "schedules", params(("cube" = String, Path)), responses(
    (status = 200, body = Schedule), (status = 404),
))]
pub(crate) async fn resume(State(app): Shared, Path(cube): Path<String>) -> Answer<Schedule> {
    app.engine.pause_schedule(&cube, false).await?;
    shape(&app, &cube).await
}
