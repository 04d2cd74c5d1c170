//! The router: which path is whose, and what every request goes through.

mod body;
mod error;
mod openapi;
mod parameters;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{
    admin, alerts, authentication, builds, cube_desc, cubes, events, holes, jobs, models, partitions,
    projects, query, saved_queries, schedules, segments, streaming, tables,
};
use crate::app::App;
use crate::security::access::{check_origin, require_caller};
use crate::{monitor, pages};

pub(crate) use body::Body;
pub use error::ApiError;
pub(crate) use parameters::Parameters;

/// What a request may take longer than a query: planning asks every partition of a topic.
const BEYOND_QUERY: Duration = Duration::from_secs(120);

/// The whole HTTP interface.
pub fn router(app: Arc<App>) -> Router {
    let (protected, described) = protected().split_for_parts();
    let kylin = Router::new()
        .merge(protected.route_layer(from_fn_with_state(app.clone(), require_caller)))
        .merge(open())
        .merge(authentication_routes());
    Router::new()
        .nest(openapi::BASE, kylin)
        .merge(open())
        .merge(metrics().route_layer(from_fn_with_state(app.clone(), require_caller)))
        .merge(openapi::page(described))
        .fallback(pages::get)
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
        .layer(from_fn_with_state(app.clone(), limit_time))
        .layer(from_fn_with_state(app.clone(), check_origin))
        .layer(from_fn(error::shape))
        .with_state(app)
}

/// What needs no caller.
fn open() -> Router<Arc<App>> {
    Router::new()
        .route("/health", get(monitor::health))
        .route("/ready", get(monitor::ready))
        .route("/version", get(monitor::version))
}

fn authentication_routes() -> Router<Arc<App>> {
    Router::new().route("/user/authentication", get(authentication::get).post(authentication::post))
}

fn metrics() -> Router<Arc<App>> {
    Router::new().route("/metrics", get(monitor::metrics))
}

/// Every path here is described where its handler is; `routes!` brings both.
fn protected() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(openapi::head())
        .merge(OpenApiRouter::from(metrics()))
        .merge(queries())
        .merge(descriptions())
        .merge(cube_routes())
        .merge(job_routes())
        .routes(routes!(events::get))
        .routes(routes!(alerts::list))
        .routes(routes!(admin::version))
        .routes(routes!(admin::cache))
}

fn queries() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(query::post))
        .routes(routes!(query::prepared))
        .routes(routes!(query::csv_of_url, query::csv_of_body))
        .routes(routes!(query::running))
        .routes(routes!(query::stop))
        .routes(routes!(saved_queries::list, saved_queries::create))
        .routes(routes!(saved_queries::delete))
}

fn descriptions() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(tables::of_cubes))
        .routes(routes!(tables::list))
        .routes(routes!(projects::get))
        .routes(routes!(projects::readable))
        .routes(routes!(models::list, models::create))
        .routes(routes!(models::get))
        .routes(routes!(models::delete))
        .routes(routes!(streaming::create, streaming::replace))
        .routes(routes!(streaming::config))
        .routes(routes!(streaming::kafka_config))
        .routes(routes!(streaming::delete))
        .routes(routes!(cube_desc::list))
        .routes(routes!(cube_desc::get))
}

fn cube_routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(cubes::list, cubes::create))
        .routes(routes!(cubes::get, cubes::delete))
        .routes(routes!(cubes::enable))
        .routes(routes!(cubes::disable))
        .routes(routes!(cubes::purge))
        .routes(routes!(cubes::clone))
        .routes(routes!(builds::by_time))
        .routes(routes!(builds::by_offsets))
        .route("/cubes/{cube}/rebuild", put(builds::by_time))
        .route("/cubes/{cube}/rebuild2", put(builds::by_offsets))
        .routes(routes!(builds::init_start_offsets))
        .routes(routes!(holes::list, holes::fill))
        .routes(routes!(partitions::list))
        .routes(routes!(segments::list))
        .routes(routes!(segments::delete))
        .routes(routes!(segments::ledger))
        .routes(routes!(segments::cube_ledger))
        .routes(routes!(schedules::list))
        .routes(routes!(schedules::get, schedules::put, schedules::delete))
        .routes(routes!(schedules::pause))
        .routes(routes!(schedules::resume))
}

fn job_routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::overview))
        .routes(routes!(jobs::get))
        .routes(routes!(jobs::steps))
        .routes(routes!(jobs::output))
        .routes(routes!(jobs::resume))
        .routes(routes!(jobs::pause))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::priority))
        .routes(routes!(jobs::drop))
}

async fn limit_time(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let limit = app.settings.query_timeout.0 + BEYOND_QUERY;
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::timed_out(limit).into_response(),
    }
}

/// Runs `change` to its end even if the caller hangs up, as dropping a handler half way would
/// leave a reserved segment whose job nobody has queued.
pub(crate) async fn complete<T: Send + 'static>(
    change: impl Future<Output = cube::Result<T>> + Send + 'static,
) -> cube::Result<T> {
    tokio::spawn(change)
        .await
        .unwrap_or_else(|error| Err(cube::Error::internal(format!("a request's work did not end: {error}"))))
}
