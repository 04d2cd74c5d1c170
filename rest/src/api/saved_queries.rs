//! `/saved_queries`: statements that people keep.

use axum::extract::{Path, State};
use axum::{Extension, Json};
use cube::catalog::SavedQuery;
use cube::id::SavedQueryId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Answer, Shared};
use crate::http::{ApiError, Body, Parameters};
use crate::security::Caller;
use crate::wire::{PROJECT, is_our_project};

/// A statement that somebody keeps.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SavedQuery)]
pub(crate) struct SavedQueryShape {
    id: String,
    name: String,
    project: String,
    sql: String,
    description: String,
    owner: String,
    /// Milliseconds UTC.
    last_modified: i64,
}

impl From<SavedQuery> for SavedQueryShape {
    fn from(query: SavedQuery) -> Self {
        Self {
            id: query.id.to_string(),
            name: query.name,
            project: query.project,
            sql: query.sql,
            description: query.description,
            owner: query.owner,
            last_modified: query.updated_at,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SavedQueryRequest)]
pub(crate) struct Request {
    #[schema(example = "orders by country")]
    name: String,
    project: Option<String>,
    #[schema(example = "SELECT country, COUNT(*) FROM orders GROUP BY country")]
    sql: String,
    #[serde(default)]
    description: String,
}

/// Everybody's, by name.
#[utoipa::path(get, path = "/saved_queries", tag = "query", params(("project" = Option<String>, Query)), responses(
    (status = 200, body = [SavedQueryShape]),
))]
pub(crate) async fn list(State(app): Shared, parameters: Parameters) -> Answer<Vec<SavedQueryShape>> {
    if !is_our_project(parameters.text("project")) {
        return Ok(Json(vec![]));
    }
    Ok(Json(app.catalog().saved_queries(None).await?.into_iter().map(SavedQueryShape::from).collect()))
}

/// Keeps a statement.
#[utoipa::path(post, path = "/saved_queries", tag = "query", request_body = Request, responses(
    (status = 200, body = SavedQueryShape), (status = 400),
))]
pub(crate) async fn create(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Answer<SavedQueryShape> {
    let request: Request = body.json()?;
    let query = SavedQuery {
        id: SavedQueryId::fresh(),
        name: request.name,
        project: request.project.unwrap_or_else(|| PROJECT.to_owned()),
        sql: request.sql,
        description: request.description,
        owner: caller.name,
        updated_at: 0,
    };
    Ok(Json(app.catalog().save_query(query).await?.into()))
}

/// Forgets one.
#[utoipa::path(delete, path = "/saved_queries/{id}", tag = "query", params(("id" = String, Path)), responses(
    (status = 200), (status = 404),
))]
pub(crate) async fn delete(State(app): Shared, Path(id): Path<String>) -> Result<(), ApiError> {
    let id: SavedQueryId = id.parse().map_err(|error: cube::Error| ApiError::not_found(error.to_string()))?;
    app.catalog().delete_query(id).await?;
    Ok(())
}
