//! `/query` and what belongs to it.

mod request;
mod running;

use std::sync::Arc;
use std::time::Instant;

use ::query::{Answer, QueryRequest};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use cube::ErrorKind;

use super::Shared;
use crate::app::App;
use crate::http::{ApiError, Body, Parameters};
use crate::security::Caller;
use crate::wire::{answer, csv};

use request::Request as QueryBody;
pub(crate) use running::RunningQueries;
use running::RunningQuery;

/// Answers a statement: every cell of `results` is a string or null.
#[utoipa::path(post, path = "/query", tag = "query", request_body = QueryBody, responses(
    (status = 200, description = "the rows, what they are, and how they were found", body = answer::QueryAnswer),
    (status = 500, description = "the statement is wrong or cannot be answered; `exception` says what to do"),
))]
pub(crate) async fn post(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<Response, ApiError> {
    answer_json(&app, caller, body).await
}

/// The same with values for the `?` of the statement in `params`, as Kylin's JDBC driver sends it.
#[utoipa::path(post, path = "/query/prestate", tag = "query", request_body = QueryBody, responses(
    (status = 200, description = "the rows, what they are, and how they were found", body = answer::QueryAnswer),
    (status = 500, description = "the statement is wrong or cannot be answered; `exception` says what to do"),
))]
pub(crate) async fn prepared(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<Response, ApiError> {
    answer_json(&app, caller, body).await
}

async fn answer_json(app: &App, caller: Caller, body: Body) -> Result<Response, ApiError> {
    let started = Instant::now();
    let encoded = run(app, caller, body.json(), move |found, id| {
        answer::encode(found, started.elapsed().as_millis() as u64, id)
    })
    .await;
    app.monitor.queries.observe(started.elapsed(), encoded.is_ok());
    Ok(([(CONTENT_TYPE, "application/json;charset=UTF-8")], encoded?).into_response())
}

/// Answers a statement as a CSV file, RFC 4180, with a header line.
#[utoipa::path(get, path = "/query/format/csv", tag = "query", params(
    ("sql" = String, Query, description = "the statement", example = "SELECT country, COUNT(*) FROM orders GROUP BY country"),
    ("project" = Option<String>, Query),
), responses(
    (status = 200, description = "the file", body = String, content_type = "text/csv"),
    (status = 500, description = "as of `POST /query`"),
))]
pub(crate) async fn csv_of_url(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let request = QueryBody::of_text(parameters.text("sql"), parameters.text("project"));
    answer_csv(&app, caller, request).await
}

/// The same for statements that are too long for a URL.
#[utoipa::path(post, path = "/query/format/csv", tag = "query", request_body = QueryBody, responses(
    (status = 200, description = "the file", body = String, content_type = "text/csv"),
    (status = 500, description = "as of `POST /query`"),
))]
pub(crate) async fn csv_of_body(
    State(app): Shared,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<Response, ApiError> {
    answer_csv(&app, caller, body.json()).await
}

async fn answer_csv(
    app: &App,
    caller: Caller,
    request: Result<QueryBody, ApiError>,
) -> Result<Response, ApiError> {
    let started = Instant::now();
    let encoded = run(app, caller, request, |found, _| csv::encode(found)).await;
    app.monitor.queries.observe(started.elapsed(), encoded.is_ok());
    let headers = [
        (CONTENT_TYPE, "text/csv;charset=UTF-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"result.csv\""),
    ];
    Ok((headers, encoded?).into_response())
}

/// Runs a statement where others can see and stop it.
async fn run<T: Send + 'static>(
    app: &App,
    caller: Caller,
    request: Result<QueryBody, ApiError>,
    encode: impl FnOnce(&Answer, String) -> cube::Result<T> + Send + 'static,
) -> Result<T, ApiError> {
    let started = Instant::now();
    let request = request?;
    let running = app.running_queries.start(&request, caller)?;
    let id = running.id().to_owned();
    let failed = |error: cube::Error| {
        match error.kind() {
            ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Conflict => {
                tracing::debug!(query = id, %error, "a query was refused")
            }
            _ => tracing::warn!(query = id, %error, "a query failed"),
        }
        ApiError::of_query(error.to_string())
    };
    let (sql, mut options): (String, QueryRequest) = request.into_parts()?;
    options.cancel = Some(running.cancel());
    let found = app.query.query(&sql, options).await.map_err(failed)?;
    tracing::debug!(query = id, rows = found.rows(), elapsed = ?started.elapsed(), "answered a query");
    let query_id = id.clone();
    let encoded = tokio::task::spawn_blocking(move || encode(&found, query_id)).await;
    encoded
        .map_err(|error| ApiError::of_query(format!("the answer was not written: {error}")))?
        .map_err(failed)
}

/// Queries that run now, the oldest first.
#[utoipa::path(get, path = "/query/runningQueries", tag = "query", params(
    ("runTimeMoreThan" = Option<u64>, Query, description = "only those that have run for more than so many seconds"),
), responses((status = 200, body = [RunningQuery])))]
pub(crate) async fn running(
    State(app): Shared,
    parameters: Parameters,
) -> Result<Json<Vec<RunningQuery>>, ApiError> {
    let seconds = parameters.number("runTimeMoreThan")?;
    Ok(Json(app.running_queries.list(seconds)))
}

/// Stops a query; whoever asked it gets an error that says so.
#[utoipa::path(put, path = "/query/{queryId}/stop", tag = "query", params(("queryId" = String, Path)), responses(
    (status = 200, description = "it was running and stops"),
    (status = 404, description = "no query of that id is running"),
))]
pub(crate) async fn stop(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<(), ApiError> {
    app.running_queries.stop(&id)?;
    tracing::info!(query = id, by = caller.name, "stopped a query");
    Ok(())
}
