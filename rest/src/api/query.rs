//! `POST /query`.

use std::time::Instant;

use ::query::QueryRequest;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use cube::ErrorKind;
use serde::Deserialize;
use serde_json::Value;

use super::Shared;
use crate::http::{ApiError, Body};
use crate::wire::answer;

/// Kylin's request. Other keys, such as `backdoorToggles` and `acceptPartial`, are read over:
/// answers are never partial.
#[derive(Debug, Deserialize)]
pub(crate) struct Request {
    sql: String,
    project: Option<String>,
    /// Rows to leave out first.
    offset: Option<i64>,
    /// Rows at most; 0 is none.
    limit: Option<i64>,
    #[serde(default)]
    params: Option<Vec<Value>>,
}

impl Request {
    fn into_parts(self) -> Result<(String, QueryRequest), ApiError> {
        if self.params.is_some_and(|params| !params.is_empty()) {
            return Err(ApiError::of_query(
                "`params` of a prepared statement are not supported yet; write the values into the SQL",
            ));
        }
        let count = |name: &str, number: Option<i64>| match usize::try_from(number.unwrap_or(0)) {
            Ok(0) => Ok(None),
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(ApiError::of_query(format!("{name} is negative; leave it out, or use 0 or more"))),
        };
        let request = QueryRequest {
            limit: count("limit", self.limit)?,
            offset: count("offset", self.offset)?,
            project: self.project.filter(|project| !project.is_empty()),
            ..QueryRequest::default()
        };
        Ok((self.sql, request))
    }
}

pub(crate) async fn post(State(app): Shared, body: Body) -> Result<Response, ApiError> {
    let started = Instant::now();
    let result = run(&app, body, started).await;
    app.monitor.queries.observe(started.elapsed(), result.is_ok());
    let bytes = result?;
    Ok(([(CONTENT_TYPE, "application/json;charset=UTF-8")], bytes).into_response())
}

async fn run(app: &crate::app::App, body: Body, started: Instant) -> Result<Vec<u8>, ApiError> {
    let (sql, request) = body.json::<Request>()?.into_parts()?;
    let id = uuid::Uuid::new_v4().to_string();
    let failed = |error: cube::Error| {
        match error.kind() {
            ErrorKind::Invalid | ErrorKind::NotFound => {
                tracing::debug!(query = id, %error, "a query was refused")
            }
            _ => tracing::warn!(query = id, %error, "a query failed"),
        }
        ApiError::of_query(error.to_string())
    };
    let found = app.query.query(&sql, request).await.map_err(failed)?;
    tracing::debug!(query = id, rows = found.rows(), elapsed = ?started.elapsed(), "answered a query");
    let query_id = id.clone();
    let encoded = tokio::task::spawn_blocking(move || {
        answer::encode(&found, started.elapsed().as_millis() as u64, query_id)
    });
    let encoded =
        encoded.await.map_err(|error| ApiError::of_query(format!("the answer was not written: {error}")))?;
    encoded.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(String, QueryRequest), ApiError> {
        Body::from(text).json::<Request>()?.into_parts()
    }

    #[test]
    fn a_limit_of_zero_is_none_and_unknown_keys_are_read_over() {
        let body = r#"{"sql":"select 1","project":"p","offset":0,"limit":0,"acceptPartial":true,
                       "backdoorToggles":{"A":"b"},"params":[]}"#;
        let (sql, request) = parse(body).unwrap();
        assert_eq!((sql.as_str(), request.limit, request.offset), ("select 1", None, None));
        assert_eq!(request.project.as_deref(), Some("p"));
        let (_, request) = parse(r#"{"sql":"x","limit":50,"offset":10}"#).unwrap();
        assert_eq!((request.limit, request.offset), (Some(50), Some(10)));
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_what_to_do() {
        let cases = [
            (
                r#"{"sql":"x","params":[{"className":"java.lang.Integer","value":"3"}]}"#,
                "write the values into the SQL",
            ),
            (r#"{"sql":"x","limit":-1}"#, "limit is negative"),
            (r#"{"limit":1}"#, "missing field `sql`"),
            ("select 1", "not the JSON"),
        ];
        for (body, expected) in cases {
            let refusal = parse(body).unwrap_err();
            assert!(refusal.message().contains(expected), "{body}: {}", refusal.message());
        }
    }
}
