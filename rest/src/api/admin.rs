//! The little of Kylin's administration that scripts ask for.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::wire::VERSION;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Version {
    /// Kirin's.
    version: &'static str,
}

/// The version of the server.
#[utoipa::path(get, path = "/admin/version", tag = "watch", responses((status = 200, body = Version)))]
pub(crate) async fn version() -> Json<Version> {
    Json(Version { version: VERSION })
}

/// Kylin's cluster tells its nodes so that something has changed; here there is nothing to do.
#[utoipa::path(put, path = "/cache/{entity}/{key}/{event}", tag = "watch", params(
    ("entity" = String, Path), ("key" = String, Path), ("event" = String, Path),
), responses((status = 200)))]
pub(crate) async fn cache() {}
