//! `/cube_desc`: what a cube is made of, as Kylin describes it.

use axum::Json;
use axum::extract::{Path, State};

use super::{Answer, Shared};
use crate::wire::cube_desc::CubeDesc;

/// An array of one.
#[utoipa::path(get, path = "/cube_desc/{cube}", tag = "cubes", params(("cube" = String, Path)), responses(
    (status = 200, body = [CubeDesc]), (status = 404),
))]
pub(crate) async fn list(State(app): Shared, Path(name): Path<String>) -> Answer<[CubeDesc; 1]> {
    Ok(Json([CubeDesc::from(&app.catalog().cube(&name).await?)]))
}

/// The object itself, which kylinpy reads.
#[utoipa::path(get, path = "/cube_desc/{cube}/desc", tag = "cubes", params(("cube" = String, Path)), responses(
    (status = 200, body = CubeDesc), (status = 404),
))]
pub(crate) async fn get(State(app): Shared, Path(name): Path<String>) -> Answer<CubeDesc> {
    Ok(Json(CubeDesc::from(&app.catalog().cube(&name).await?)))
}
