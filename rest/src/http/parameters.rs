//! The query of a URL. Keys may be repeated, as in Kylin's `status=0&status=2`.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;

use super::ApiError;

#[derive(Debug, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(pairs)| Self(pairs))
            .map_err(|error| ApiError::invalid(format!("the query of the URL cannot be read: {error}")))
    }
}

impl Parameters {
    /// Every value of `name` that is not empty; scripts send empty ones for "any".
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The last value of `name`.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().rfind(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub(crate) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|_| ApiError::invalid(format!("{name}={text} in the URL is not a whole number from 0")))
    }
}

#[cfg(test)]
impl From<&[(&str, &str)]> for Parameters {
    fn from(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect())
    }
}
