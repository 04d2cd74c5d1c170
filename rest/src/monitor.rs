//! How the server is doing: for load balancers (`/health`, `/ready`), for people (`/version`) and
//! for Prometheus (`/metrics`).

pub(crate) mod lag;
mod metrics;
mod queries;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::App;
use crate::http::ApiError;

/// What is measured here; the engine of jobs keeps its own counters.
#[derive(Debug, Default)]
pub(crate) struct Monitor {
    pub(crate) queries: queries::Queries,
    lag: lag::LagCache,
}

/// The process answers.
pub(crate) async fn health() -> Json<Value> {
    Json(json!({ "status": "UP" }))
}

/// The catalog answers, so requests can be served.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    app.catalog().models().await?;
    Ok(Json(json!({ "status": "READY" })))
}

pub(crate) async fn version() -> Json<Value> {
    Json(json!({ "name": "kirin", "version": crate::wire::VERSION }))
}

pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let text = metrics::text(&app).await?;
    Ok(([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response())
}
