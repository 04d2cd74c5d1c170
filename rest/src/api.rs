//! One file a resource: reads the request, calls an engine, and answers in a shape of
//! [`crate::wire`].

pub(crate) mod admin;
pub(crate) mod alerts;
pub(crate) mod authentication;
pub(crate) mod builds;
pub(crate) mod cube_desc;
pub(crate) mod cubes;
pub(crate) mod events;
pub(crate) mod holes;
pub(crate) mod jobs;
pub(crate) mod models;
pub(crate) mod partitions;
pub(crate) mod projects;
pub(crate) mod query;
pub(crate) mod saved_queries;
pub(crate) mod schedules;
pub(crate) mod segments;
pub(crate) mod streaming;
pub(crate) mod tables;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::http::ApiError;

type Shared = State<Arc<App>>;
type Answer<T> = Result<Json<T>, ApiError>;

/// How many there are of what a list shows a part of.
const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

fn counted(total: u64, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    response.headers_mut().insert(TOTAL_COUNT, HeaderValue::from(total));
    response
}
