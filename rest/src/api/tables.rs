//! Tables as BI tools and modelling scripts see them.

use axum::Json;
use axum::extract::State;

use super::{Answer, Shared};
use crate::http::Parameters;
use crate::wire::is_our_project;
use crate::wire::{columns, table};

/// Tables and columns that ready cubes answer for, as JDBC metadata, with exactly Kylin's keys.
///
/// `project` is read over: SQL knows every table under any project's name, too.
#[utoipa::path(get, path = "/tables_and_columns", tag = "models", params(
    ("project" = Option<String>, Query),
), responses((status = 200, body = [columns::TableMeta])))]
pub(crate) async fn of_cubes(State(app): Shared) -> Answer<Vec<columns::TableMeta>> {
    Ok(Json(columns::tables(&app.catalog().snapshot().await?)))
}

/// Every table, with or without a model or a cube.
#[utoipa::path(get, path = "/tables", tag = "models", params(
    ("project" = Option<String>, Query), ("ext" = Option<bool>, Query, description = "read over"),
), responses((status = 200, body = [table::Table])))]
pub(crate) async fn list(State(app): Shared, parameters: Parameters) -> Answer<Vec<table::Table>> {
    if !is_our_project(parameters.text("project")) {
        return Ok(Json(vec![]));
    }
    Ok(Json(super::streaming::every_table(&app).await?.iter().map(table::Table::from).collect()))
}
