//! `/user/authentication`: who am I, and the session cookie.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use crate::http::ApiError;
use crate::security::Caller;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Authentication {
    user_details: UserDetails,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UserDetails {
    username: String,
    /// Always null.
    #[schema(value_type = Option<String>)]
    password: Option<()>,
    #[schema(value_type = Vec<Authority>)]
    authorities: [Authority; 3],
    account_non_expired: bool,
    account_non_locked: bool,
    credentials_non_expired: bool,
    enabled: bool,
}

#[derive(Serialize, ToSchema)]
struct Authority {
    authority: &'static str,
}

impl From<Caller> for Authentication {
    fn from(caller: Caller) -> Self {
        let authorities =
            ["ROLE_ADMIN", "ROLE_ANALYST", "ROLE_MODELER"].map(|authority| Authority { authority });
        Self {
            user_details: UserDetails {
                username: caller.name,
                password: None,
                authorities,
                account_non_expired: true,
                account_non_locked: true,
                credentials_non_expired: true,
                enabled: true,
            },
        }
    }
}

/// Starts a session: sets the cookie `JSESSIONID`.
#[utoipa::path(post, path = "/user/authentication", tag = "authentication", responses(
    (status = 200, body = Authentication), (status = 401),
))]
pub(crate) async fn post(State(app): Shared, headers: HeaderMap) -> Result<Response, ApiError> {
    let caller = app.access.caller(&headers).await?.ok_or_else(ApiError::unauthorized)?;
    let cookie = app.access.start_session(&caller).and_then(|cookie| cookie.parse().ok());
    let mut response = Json(Authentication::from(caller)).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Who am I.
///
/// Nobody is no error: kylinpy reads `{}` as "not logged in".
#[utoipa::path(get, path = "/user/authentication", tag = "authentication", responses(
    (status = 200, body = Authentication, description = "or `{}`"),
))]
pub(crate) async fn get(State(app): Shared, headers: HeaderMap) -> Result<Response, ApiError> {
    match app.access.caller(&headers).await? {
        Some(_) => post(State(app), headers).await,
        None => Ok(Json(serde_json::json!({})).into_response()),
    }
}
