//! `GET /projects`.

use axum::Json;
use axum::extract::State;

use super::{Answer, Shared};
use crate::wire::project::Project;

pub(crate) async fn get(State(app): Shared) -> Answer<Vec<Project>> {
    Ok(Json(vec![Project::new(&app.catalog().cubes().await?)]))
}
