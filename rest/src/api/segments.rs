//! Segments of a cube: their ledgers, and deleting them.

use axum::extract::{Path, State};
use axum::{Extension, Json};
use cube::segment::Segment;
use cube::timeline::Timeline;
use cube::{Error, Result};

use super::{Answer, Shared};
use crate::http::ApiError;
use crate::security::Caller;
use crate::wire::cube::Cube;
use crate::wire::ledger::Ledger;

/// Removes a published segment; in the middle of the cube it leaves a hole.
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

pub(crate) async fn ledger(State(app): Shared, Path((cube, name)): Path<(String, String)>) -> Answer<Ledger> {
    let info = app.catalog().cube(&cube).await?;
    let timeline = app.catalog().timeline(&info.spec.name).await?;
    let segment = find(&timeline, &name)?;
    let (cube, name, id) = (info.spec.name.to_string(), segment.name(), segment.id);
    let ledger = app.catalog().ledger(id).await?;
    tokio::task::spawn_blocking(move || Json(Ledger::new(cube, name, id.to_string(), &ledger)))
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
