//! Bodies of requests, within limits.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::ApiError;

/// Bytes of a body at most.
const MAX_BODY: usize = 1 << 20;

/// A body, whatever its `Content-Type` says: scripts that call Kylin with curl often send none
/// or a wrong one.
#[derive(Debug)]
pub(crate) struct Body(Bytes);

impl<S: Sync> FromRequest<S> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        to_bytes(request.into_body(), MAX_BODY).await.map(Self).map_err(|_| {
            ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the body ended early or has more than {MAX_BODY} bytes, which is the limit"),
            )
        })
    }
}

impl Body {
    /// Nothing, or the `null` that some clients send for it.
    fn is_empty(&self) -> bool {
        matches!(self.0.trim_ascii(), b"" | b"null")
    }

    pub(crate) fn text(&self) -> Result<&str, ApiError> {
        std::str::from_utf8(&self.0).map_err(|_| ApiError::invalid("the body is not UTF-8 text"))
    }

    /// The body, a JSON object nested at most 128 deep: the parser's own limit.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        // The parser would take an array for the fields of an object in their order.
        if !self.0.trim_ascii_start().starts_with(b"{") {
            return Err(ApiError::invalid(
                "the body is not the JSON that is expected: send an object, {...}",
            ));
        }
        serde_json::from_slice(&self.0)
            .map_err(|error| ApiError::invalid(format!("the body is not the JSON that is expected: {error}")))
    }

    /// The same; an empty body is the default.
    pub(crate) fn json_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, ApiError> {
        if self.is_empty() { Ok(T::default()) } else { self.json() }
    }
}

#[cfg(test)]
impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}
