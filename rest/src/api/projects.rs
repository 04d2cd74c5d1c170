//! `/projects`: there is one.

use axum::Json;
use axum::extract::State;

use super::{Answer, Shared};
use crate::wire::project::Project;

/// The one project, which holds all cubes.
#[utoipa::path(get, path = "/projects", tag = "models", params(
    ("pageOffset" = Option<usize>, Query, description = "read over"),
    ("pageSize" = Option<usize>, Query, description = "read over"),
), responses((status = 200, body = [Project])))]
pub(crate) async fn get(State(app): Shared) -> Answer<Vec<Project>> {
    Ok(Json(vec![Project::new(&app.catalog().cubes().await?)]))
}

/// The same: whoever may call may read it.
#[utoipa::path(get, path = "/projects/readable", tag = "models", responses((status = 200, body = [Project])))]
pub(crate) async fn readable(State(app): Shared) -> Answer<Vec<Project>> {
    Ok(Json(vec![Project::new(&app.catalog().cubes().await?)]))
}
