//! The router: which path is whose, and what every request goes through.

mod body;
mod error;
mod parameters;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};

use crate::api::{authentication, builds, cubes, holes, jobs, projects, query, segments, tables};
use crate::app::App;
use crate::monitor;
use crate::security::access::{check_origin, require_caller};

pub(crate) use body::Body;
pub use error::ApiError;
pub(crate) use parameters::Parameters;

/// What a request may take longer than a query: planning asks every partition of a topic.
const BEYOND_QUERY: Duration = Duration::from_secs(120);

/// The whole HTTP interface.
pub fn router(app: Arc<App>) -> Router {
    let kylin = Router::new()
        .merge(protected().route_layer(from_fn_with_state(app.clone(), require_caller)))
        .merge(open())
        .route("/user/authentication", get(authentication::get).post(authentication::post));
    Router::new()
        .nest("/kylin/api", kylin)
        .merge(open())
        .merge(metrics().route_layer(from_fn_with_state(app.clone(), require_caller)))
        .fallback(|| async {
            ApiError::not_found("there is no such path; the interface lies below /kylin/api")
        })
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

fn metrics() -> Router<Arc<App>> {
    Router::new().route("/metrics", get(monitor::metrics))
}

fn protected() -> Router<Arc<App>> {
    Router::new()
        .merge(metrics())
        .route("/query", post(query::post))
        .route("/tables_and_columns", get(tables::get))
        .route("/projects", get(projects::get))
        .route("/projects/readable", get(projects::get))
        .route("/cubes", get(cubes::list).post(cubes::create))
        .route("/cubes/{cube}", get(cubes::get).delete(cubes::delete))
        .route("/cubes/{cube}/enable", put(cubes::enable))
        .route("/cubes/{cube}/disable", put(cubes::disable))
        .route("/cubes/{cube}/build", put(builds::by_time))
        .route("/cubes/{cube}/rebuild", put(builds::by_time))
        .route("/cubes/{cube}/build2", put(builds::by_offsets))
        .route("/cubes/{cube}/rebuild2", put(builds::by_offsets))
        .route("/cubes/{cube}/init_start_offsets", put(builds::init_start_offsets))
        .route("/cubes/{cube}/holes", get(holes::list).put(holes::fill))
        .route("/cubes/{cube}/segs/{segment}", delete(segments::delete))
        .route("/cubes/{cube}/segments/{segment}/ledger", get(segments::ledger))
        .route("/jobs", get(jobs::list))
        .route("/jobs/{job}", get(jobs::get))
        .route("/jobs/{job}/resume", put(jobs::resume))
        .route("/jobs/{job}/pause", put(jobs::pause))
        .route("/jobs/{job}/cancel", put(jobs::cancel))
        .route("/jobs/{job}/steps/{step}/output", get(jobs::output))
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
