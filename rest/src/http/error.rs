//! Errors as Kylin's clients read them.
//!
//! | kind of error | status |
//! |---|---|
//! | the request can never work | 400 |
//! | no caller, or a wrong password | 401 |
//! | a foreign `Host` or `Origin` | 403 |
//! | what is named does not exist | 404 |
//! | it clashes with what is there now: overlap, wrong state, name taken | 409 |
//! | something outside does not answer | 503 |
//! | stored or incoming data is wrong, a defect of Kirin, and every error of `POST /query` | 500 |
//!
//! `POST /query` says 500 for all that its SQL can cause because kylinpy reads `exception` from
//! nothing else. Elsewhere clients only ask whether the status is 200.

use std::time::Duration;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use cube::ErrorKind;
use serde::Serialize;

/// An error with its status; [`shape`] makes the body, for which it needs the request.
#[derive(Clone, Debug)]
pub struct ApiError {
    status: StatusCode,
    message: String,
    /// Logged where it happened, or nothing that an operator has to know.
    logged: bool,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), logged: false }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "no valid user name and password (HTTP Basic) or session cookie; log in at /kylin/api/user/authentication",
        )
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "this path does not take this method")
    }

    pub(crate) fn timed_out(limit: Duration) -> Self {
        let seconds = limit.as_secs();
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("the request did not end within {seconds} s; try again"),
        )
    }

    /// What Kylin answers where there is nothing to build, for those who ask for it.
    pub(crate) fn nothing_new(cube: &cube::id::CubeName) -> Self {
        let message = format!("cube {cube} has no new messages, nothing to build");
        Self { logged: true, ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, message) }
    }

    /// An error of `POST /query`: most are mistakes in somebody's SQL.
    pub(crate) fn of_query(message: impl Into<String>) -> Self {
        Self { logged: true, ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, message) }
    }

    #[cfg(test)]
    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

impl From<cube::Error> for ApiError {
    fn from(error: cube::Error) -> Self {
        let status = match error.kind() {
            ErrorKind::Invalid => StatusCode::BAD_REQUEST,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Data | ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Kylin 1.6 has the first two keys, 2.x to 4.x all.
#[derive(Serialize)]
struct Body<'a> {
    url: &'a str,
    exception: &'a str,
    code: &'static str,
    data: Option<()>,
    msg: &'a str,
    stacktrace: Option<()>,
}

/// Gives every error its body, also those that the HTTP library answers by itself.
pub(super) async fn shape(request: Request, next: Next) -> Response {
    let url = url(&request);
    let method = request.method().clone();
    // A page's script asks for the password itself; only others are helped by the browser's dialog.
    let from_script = request.headers().get("sec-fetch-mode").is_some_and(|mode| mode != "navigate");
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let message = match head.extensions.get::<ApiError>() {
        Some(error) => error.message.clone(),
        None => {
            let text = to_bytes(body, 1 << 16).await.unwrap_or_default();
            String::from_utf8_lossy(&text).into_owned()
        }
    };
    let logged = head.extensions.get::<ApiError>().is_some_and(|error| error.logged);
    if status.is_server_error() && !logged {
        tracing::warn!(%method, url, status = status.as_u16(), "{message}");
    }
    let body =
        Body { url: &url, exception: &message, code: "999", data: None, msg: &message, stacktrace: None };
    head.headers.remove(CONTENT_LENGTH);
    head.headers.remove(CONTENT_TYPE);
    if status == StatusCode::UNAUTHORIZED && !from_script {
        head.headers
            .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Kirin\", charset=\"UTF-8\""));
    }
    let mut answer = (status, Json(body)).into_response();
    answer.headers_mut().extend(head.headers);
    answer
}

/// Without the query, as Kylin shows it.
fn url(request: &Request) -> String {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}{}", request.uri().path())
}
