//! One file a resource: reads the request, calls an engine, and answers in a shape of
//! [`crate::wire`].

pub(crate) mod authentication;
pub(crate) mod builds;
pub(crate) mod cubes;
pub(crate) mod holes;
pub(crate) mod jobs;
pub(crate) mod projects;
pub(crate) mod query;
pub(crate) mod segments;
pub(crate) mod tables;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::http::ApiError;

type Shared = State<Arc<App>>;
type Answer<T> = Result<Json<T>, ApiError>;
