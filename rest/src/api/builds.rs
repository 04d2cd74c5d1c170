//! Builds by offsets, and where the first one starts.

mod request;

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::{Extension, Json};
use cube::catalog::now;
use cube::offsets::PartitionId;
use ingest::engine::BuildOutcome;
use serde::Serialize;

use super::{Answer, Shared};
use crate::http::{ApiError, Body, complete};
use crate::security::Caller;
use crate::wire::job::Job;

/// `build2` and `rebuild2`. Nothing new is no error: the answer is a finished job that says so.
pub(crate) async fn by_offsets(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    body: Body,
) -> Answer<Job> {
    let request = request::parse(&body)?;
    let engine = app.engine.clone();
    let outcome = complete(async move { engine.build(&name, &request, &caller.name).await }).await?;
    let shape = Job::new(outcome.job(), None, now());
    Ok(Json(match outcome {
        BuildOutcome::Queued { left, .. } => shape.with_offsets_left(left),
        BuildOutcome::NothingNew { .. } => shape,
    }))
}

/// `build` and `rebuild`, which take a range of time.
pub(crate) async fn by_time(State(app): Shared, Path(name): Path<String>) -> Result<(), ApiError> {
    let cube = app.catalog().cube(&name).await?.spec.name.clone();
    Err(ApiError::invalid(format!(
        "cube {cube} is built by Kafka offsets, not by time; use PUT /kylin/api/cubes/{cube}/build2 with \
         {{\"sourceOffsetStart\":0,\"sourceOffsetEnd\":9223372036854775807,\"buildType\":\"BUILD\"}}"
    )))
}

#[derive(Debug, Serialize)]
pub(crate) struct StartOffsets {
    result: &'static str,
    /// A Java map as text, as Kylin sends it.
    offsets: String,
}

/// Makes the present tip of each partition the start of the first build.
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
