//! Finds the caller of a request.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cube::Result;

use super::origin::Names;
use super::passwords::Passwords;
use super::sessions::{Sessions, set_cookie, tokens};
use crate::app::App;
use crate::http::ApiError;
use crate::settings::Settings;

/// Whoever makes a request; handlers find it among the request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub name: String,
}

impl Caller {
    /// Who calls while there are no users: the settings bind such a server to loopback.
    fn local_administrator() -> Self {
        Self { name: "ADMIN".into() }
    }
}

/// Decides who may call.
#[derive(Debug)]
pub struct Access {
    names: Names,
    /// `None` without users.
    passwords: Option<Passwords>,
    sessions: Sessions,
}

impl Access {
    pub fn new(settings: &Settings) -> Result<Self> {
        let passwords = match settings.users.as_slice() {
            [] => None,
            users => Some(Passwords::new(users)?),
        };
        let names = Names::new(settings.listen, &settings.allowed_hosts);
        Ok(Self { names, passwords, sessions: Sessions::default() })
    }

    /// The caller, if the request proves one.
    pub async fn caller(&self, headers: &HeaderMap) -> Result<Option<Caller>> {
        let Some(passwords) = &self.passwords else { return Ok(Some(Caller::local_administrator())) };
        let now = Instant::now();
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        if let Some(name) = cookies.flat_map(tokens).find_map(|token| self.sessions.user(token, now)) {
            return Ok(Some(Caller { name }));
        }
        match basic(headers) {
            Some((name, password)) if passwords.verify(&name, &password).await? => Ok(Some(Caller { name })),
            _ => Ok(None),
        }
    }

    /// Starts a session; `None` while there are no users, when nobody needs one.
    pub fn start_session(&self, caller: &Caller) -> Option<String> {
        self.passwords.as_ref().map(|_| set_cookie(&self.sessions.start(&caller.name, Instant::now())))
    }
}

/// Name and password of an `Authorization: Basic` header.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
}

/// The gate of every request.
pub(crate) async fn check_origin(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match app.access.names.check(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(why) => ApiError::forbidden(why).into_response(),
    }
}

/// The gate of everything but logins and health.
pub(crate) async fn require_caller(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    match app.access.caller(request.headers()).await {
        Ok(Some(caller)) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Ok(None) => ApiError::unauthorized().into_response(),
        Err(error) => ApiError::from(error).into_response(),
    }
}
