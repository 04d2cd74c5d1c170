//! The description of the interface, and a page to read it.

use std::sync::Arc;

use axum::Router;
use utoipa::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app::App;

/// Where Kylin's clients expect the interface.
pub(super) const BASE: &str = "/kylin/api";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Kirin",
        description = "Apache Kylin's REST interface, and what Kirin adds in the same style. Times are milliseconds since \
                       the epoch, UTC; the end of an offset range is not included. An error is an object with \
                       `exception`, which names the values and the next step.",
        license(name = "Apache-2.0"),
    ),
    paths(crate::api::authentication::get, crate::api::authentication::post),
    tags(
        (name = "query", description = "SQL over the cuboids"),
        (name = "cubes", description = "Cubes, their segments and ledgers"),
        (name = "builds", description = "Builds by offsets"),
        (name = "holes", description = "Offsets that no segment holds"),
        (name = "jobs", description = "Builds in progress and past"),
        (name = "schedules", description = "Builds by a clock"),
        (name = "models", description = "Tables, models and projects"),
        (name = "watch", description = "What changes and what needs a person"),
        (name = "authentication", description = "Sessions; every other call takes HTTP Basic or the cookie"),
    ),
)]
struct Head;

pub(super) fn head() -> utoipa::openapi::OpenApi {
    Head::openapi()
}

/// The description at `/kylin/api/openapi.json`, and Swagger UI over it at `/api`.
pub(super) fn page(described: utoipa::openapi::OpenApi) -> Router<Arc<App>> {
    let mut whole = described;
    let paths = std::mem::take(&mut whole.paths.paths);
    whole.paths.paths = paths.into_iter().map(|(path, item)| (format!("{BASE}{path}"), item)).collect();
    SwaggerUi::new("/api")
        .config(Config::default().try_it_out_enabled(true))
        .url(format!("{BASE}/openapi.json"), whole)
        .into()
}
