//! `GET /tables_and_columns`: what BI tools show in their tree.

use axum::Json;
use axum::extract::State;

use super::{Answer, Shared};
use crate::wire::columns::{Table, tables};

/// `project` is read over: SQL knows every table under any project's name, too.
pub(crate) async fn get(State(app): Shared) -> Answer<Vec<Table>> {
    Ok(Json(tables(&app.catalog().snapshot().await?)))
}
