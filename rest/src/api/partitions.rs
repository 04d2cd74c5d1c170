//! `/cubes/{cube}/partitions`: the topic beside the cube.

use axum::Json;
use axum::extract::{Path, State};
use cube::catalog::now;

use super::{Answer, Shared};
use crate::wire::partition::{Partition, partitions};

/// What Kafka holds of each partition, and where the cube stands in it. Asks Kafka.
#[utoipa::path(get, path = "/cubes/{cube}/partitions", tag = "cubes", params(("cube" = String, Path)), responses(
    (status = 200, body = [Partition]), (status = 404), (status = 503, description = "the topic does not answer"),
))]
pub(crate) async fn list(State(app): Shared, Path(cube): Path<String>) -> Answer<Vec<Partition>> {
    let name = app.catalog().cube(&cube).await?.spec.name.clone();
    let topic = app.engine.watermarks(&cube).await?;
    let timeline = app.catalog().timeline(&name).await?;
    Ok(Json(partitions(&timeline, &topic, now())))
}
