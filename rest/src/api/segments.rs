//! Segments of a cube: where they lie, what became of their offsets, and deleting them.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use cube::ledger::SegmentLedger;
use cube::segment::Segment;
use cube::timeline::Timeline;
use cube::{Error, Result};

use super::{Answer, Shared, counted};
use crate::app::App;
use crate::http::{ApiError, Parameters};
use crate::security::Caller;
use crate::wire::account::CubeLedger;
use crate::wire::cube::Cube;
use crate::wire::ledger::Ledger;
use crate::wire::segment::Segment as Shape;

/// Lists the segments of a cube in order of their offsets.
#[utoipa::path(get, path = "/cubes/{cube}/segments", tag = "cubes", params(
    ("cube" = String, Path), ("offset" = Option<usize>, Query), ("limit" = Option<usize>, Query),
), responses((status = 200, body = [Shape], headers(("X-Total-Count" = u64, description = "segments of the cube"))), (status = 404)))]
pub(crate) async fn list(
    State(app): Shared,
    Path(cube): Path<String>,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let timeline = timeline(&app, &cube).await?;
    let mut segments: Vec<&Segment> = timeline.segments.iter().collect();
    segments.sort_by_key(|segment| (segment.offsets.sum_of_starts(), segment.offsets.sum_of_ends()));
    let total = segments.len() as u64;
    let page = segments
        .into_iter()
        .skip(parameters.number("offset")?.unwrap_or(0))
        .take(parameters.number("limit")?.unwrap_or(usize::MAX));
    Ok(counted(total, Json(page.map(Shape::from).collect::<Vec<_>>()).into_response()))
}

async fn timeline(app: &App, cube: &str) -> Result<Timeline> {
    let name = app.catalog().cube(cube).await?.spec.name.clone();
    app.catalog().timeline(&name).await
}

/// Removes a published segment; in the middle of the cube it leaves a hole.
#[utoipa::path(delete, path = "/cubes/{cube}/segs/{segment}", tag = "cubes", params(
    ("cube" = String, Path), ("segment" = String, Path, description = "its name or its id"),
), responses((status = 200, body = Cube), (status = 404), (status = 409, description = "it is being built")))]
pub(crate) async fn delete(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path((cube, name)): Path<(String, String)>,
) -> Answer<Cube> {
    let info = app.catalog().cube(&cube).await?;
    let timeline = app.catalog().timeline(&info.spec.name).await?;
    let segment = find(&timeline, &name)?;
    let reason = format!("segment {} deleted by {}", segment.name(), caller.name);
    app.catalog().delete_segment(&info.spec.name, segment.id, &reason).await?;
    tracing::info!(cube = %info.spec.name, "{reason}");
    let timeline = app.catalog().timeline(&info.spec.name).await?;
    Ok(Json(Cube::new(&info, &timeline)))
}

/// What became of every offset of a segment.
#[utoipa::path(get, path = "/cubes/{cube}/segments/{segment}/ledger", tag = "cubes", params(
    ("cube" = String, Path), ("segment" = String, Path, description = "its name or its id"),
), responses((status = 200, body = Ledger), (status = 404)))]
pub(crate) async fn ledger(State(app): Shared, Path((cube, name)): Path<(String, String)>) -> Answer<Ledger> {
    let timeline = timeline(&app, &cube).await?;
    let segment = find(&timeline, &name)?;
    let (cube, name, id) = (timeline.cube.to_string(), segment.name(), segment.id);
    let ledger = app.catalog().ledger(id).await?;
    written(move || Ledger::new(cube, name, id.to_string(), &ledger)).await
}

/// What became of every offset of a cube, by partition and by segment.
#[utoipa::path(get, path = "/cubes/{cube}/ledger", tag = "cubes", params(("cube" = String, Path)), responses(
    (status = 200, body = CubeLedger), (status = 404),
))]
pub(crate) async fn cube_ledger(State(app): Shared, Path(cube): Path<String>) -> Answer<CubeLedger> {
    let timeline = timeline(&app, &cube).await?;
    let mut ledgers: Vec<(Segment, SegmentLedger)> = vec![];
    for segment in timeline.segments.iter().filter(|segment| segment.ready().is_some()) {
        ledgers.push((segment.clone(), app.catalog().ledger(segment.id).await?));
    }
    written(move || CubeLedger::new(&timeline, &ledgers)).await
}

async fn written<T: Send + 'static>(shape: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
    tokio::task::spawn_blocking(move || Json(shape()))
        .await
        .map_err(|error| ApiError::from(Error::internal(format!("the ledger was not written: {error}"))))
}

/// By id or by name. Names are sums of offsets, so two segments may have the same.
fn find<'a>(timeline: &'a Timeline, name: &str) -> Result<&'a Segment> {
    let found: Vec<&Segment> = timeline
        .segments
        .iter()
        .filter(|segment| segment.name() == name || segment.id.to_string() == name)
        .collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Error::not_found(format!(
            "cube {} has no segment {name:?}; GET the cube to list them",
            timeline.cube
        ))),
        several => {
            let ids: Vec<String> = several.iter().map(|segment| segment.id.to_string()).collect();
            Err(Error::conflict(format!(
                "{} segments are named {name:?}; use one of the ids {}",
                ids.len(),
                ids.join(", ")
            )))
        }
    }
}
