//! `/schedules`: builds that the server asks for by itself.

use axum::extract::{Path, State};
use axum::{Extension, Json};
use cube::catalog::now;
use cube::id::CubeName;
use cube::schedule::{Schedule as CubeSchedule, ScheduleSpec};

use super::{Answer, Shared};
use crate::http::{ApiError, Body};
use crate::security::Caller;
use crate::wire::schedule::{Schedule, ScheduleRequest};

/// All schedules.
#[utoipa::path(get, path = "/schedules", tag = "schedules", responses((status = 200, body = [Schedule])))]
pub(crate) async fn list(State(app): Shared) -> Answer<Vec<Schedule>> {
    let now = now();
    Ok(Json(app.catalog().schedules().await?.iter().map(|schedule| Schedule::new(schedule, now)).collect()))
}

/// The schedule of a cube.
#[utoipa::path(get, path = "/cubes/{cube}/schedule", tag = "schedules", params(("cube" = String, Path)), responses(
    (status = 200, body = Schedule), (status = 404, description = "no such cube, or it has no schedule"),
))]
pub(crate) async fn get(State(app): Shared, Path(cube): Path<String>) -> Answer<Schedule> {
    shape(&app.catalog().schedule(&name(&cube)?).await?)
}

fn shape(schedule: &CubeSchedule) -> Answer<Schedule> {
    Ok(Json(Schedule::new(schedule, now())))
}

/// What is no name can be no cube's.
fn name(cube: &str) -> Result<CubeName, ApiError> {
    CubeName::new(cube).map_err(|error| ApiError::not_found(error.to_string()))
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
    let schedule = app.catalog().put_schedule(&name(&cube)?, &spec).await?;
    tracing::info!(cube, by = caller.name, "put a schedule");
    shape(&schedule)
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
    app.catalog().delete_schedule(&name(&cube)?).await?;
    tracing::info!(cube, by = caller.name, "deleted a schedule");
    Ok(())
}

/// No more builds until it is resumed.
#[utoipa::path(put, path = "/cubes/{cube}/schedule/pause", tag = "schedules", params(("cube" = String, Path)), responses(
    (status = 200, body = Schedule), (status = 404),
))]
pub(crate) async fn pause(State(app): Shared, Path(cube): Path<String>) -> Answer<Schedule> {
    shape(&app.catalog().set_schedule_paused(&name(&cube)?, true).await?)
}

/// What was missed meanwhile is built as one range.
#[utoipa::path(put, path = "/cubes/{cube}/schedule/resume", tag = "schedules", params(("cube" = String, Path)), responses(
    (status = 200, body = Schedule), (status = 404),
))]
pub(crate) async fn resume(State(app): Shared, Path(cube): Path<String>) -> Answer<Schedule> {
    shape(&app.catalog().set_schedule_paused(&name(&cube)?, false).await?)
}
