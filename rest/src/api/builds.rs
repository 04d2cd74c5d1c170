//! Builds by offsets, and where the first one starts.

mod request;

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::{Extension, Json};
use cube::offsets::PartitionId;
use ingest::engine::BuildOutcome;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Answer, Shared};
use crate::http::{ApiError, Body, complete};
use crate::security::Caller;
use crate::settings::NOTHING_NEW_IS_AN_ERROR;
use crate::wire::job::Job;
use request::RawBuild as BuildRequest;

/// Builds a range of offsets, or what came after the last segment up to the tip.
///
/// Nothing new is no error: the answer is a finished job with `nothing_new`; the setting `nothing_new_status: 500`
/// makes it Kylin's error. `rebuild2` is the same.
#[utoipa::path(put, path = "/cubes/{cube}/build2", tag = "builds", params(("cube" = String, Path)),
    request_body(content = BuildRequest, description = "without a body: to the tip"), responses(
    (status = 200, body = Job),
    (status = 400, description = "a range that can never be built"),
    (status = 404),
    (status = 409, description = "another segment holds the offsets, or too many are being built"),
    (status = 503, description = "Kafka does not answer"),
))]
pub(crate) async fn by_offsets(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    body: Body,
) -> Answer<Job> {
    let request = request::parse(&body)?;
    let engine = app.engine.clone();
    let outcome = complete(async move { engine.build(&name, &request, &caller.name).await }).await?;
    let shape = Job::of(&app, outcome.job());
    Ok(Json(match outcome {
        BuildOutcome::Queued { left, .. } => shape.with_offsets_left(left),
        BuildOutcome::NothingNew { .. } if app.settings.nothing_new_status == NOTHING_NEW_IS_AN_ERROR => {
            return Err(ApiError::nothing_new(&outcome.job().cube));
        }
        BuildOutcome::NothingNew { .. } => shape,
    }))
}

/// Takes a range of time in Kylin, which no cube here is built by: the answer says what to call.
#[utoipa::path(put, path = "/cubes/{cube}/build", tag = "builds", params(("cube" = String, Path)), responses(
    (status = 400, description = "use build2"), (status = 404),
))]
pub(crate) async fn by_time(State(app): Shared, Path(name): Path<String>) -> Result<(), ApiError> {
    let cube = app.catalog().cube(&name).await?.spec.name.clone();
    Err(ApiError::invalid(format!(
        "cube {cube} is built by Kafka offsets, not by time; use PUT /kylin/api/cubes/{cube}/build2 with \
         {{\"sourceOffsetStart\":0,\"sourceOffsetEnd\":9223372036854775807,\"buildType\":\"BUILD\"}}"
    )))
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StartOffsets {
    result: &'static str,
    /// A Java map as text, as Kylin sends it.
    offsets: String,
}

/// Makes the present tip of each partition the start of the first build.
#[utoipa::path(put, path = "/cubes/{cube}/init_start_offsets", tag = "builds", params(("cube" = String, Path)), responses(
    (status = 200, body = StartOffsets), (status = 404), (status = 409, description = "the cube has segments"), (status = 503),
))]
pub(crate) async fn init_start_offsets(State(app): Shared, Path(name): Path<String>) -> Answer<StartOffsets> {
    let engine = app.engine.clone();
    let offsets = complete(async move { engine.init_start_offsets(&name).await }).await?;
    Ok(Json(StartOffsets { result: "success", offsets: java_map(&offsets) }))
}

fn java_map(offsets: &BTreeMap<PartitionId, i64>) -> String {
    let entries: Vec<String> =
        offsets.iter().map(|(partition, offset)| format!("{partition}={offset}")).collect();
    format!("{{{}}}", entries.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_offsets_print_as_a_java_map() {
        assert_eq!(java_map(&BTreeMap::from([(0, 246059529), (1, 253547684)])), "{0=246059529, 1=253547684}");
        assert_eq!(java_map(&BTreeMap::new()), "{}");
    }
}
