//! Which queries run now.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ::query::Cancel;
use cube::catalog::now;
use serde::Serialize;
use utoipa::ToSchema;

use super::request::Request;
use crate::http::ApiError;
use crate::security::Caller;
use crate::wire::PROJECT;

/// Bytes of an id that a caller may choose.
const MAX_ID: usize = 128;

#[derive(Debug)]
struct Running {
    sql: String,
    project: String,
    user: String,
    /// Milliseconds UTC.
    started_at: i64,
    started: Instant,
    cancel: Cancel,
}

/// The queries that run now, by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunningQueries(Arc<Mutex<BTreeMap<String, Running>>>);

/// A query that runs until this is dropped.
pub(super) struct Started {
    id: String,
    cancel: Cancel,
    queries: RunningQueries,
}

/// A query that runs now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunningQuery {
    query_id: String,
    sql: String,
    project: String,
    user: String,
    /// Milliseconds UTC.
    start_time: i64,
    running_seconds: u64,
}

impl RunningQueries {
    /// # Errors
    /// If the id that the caller chose is too long or runs already.
    pub(super) fn start(&self, request: &Request, caller: Caller) -> Result<Started, ApiError> {
        let id = match request.query_id.as_ref().filter(|id| !id.is_empty()) {
            Some(id) if id.len() > MAX_ID => {
                return Err(ApiError::of_query(format!("queryId has {} bytes; at most {MAX_ID}", id.len())));
            }
            Some(id) => id.clone(),
            None => uuid::Uuid::new_v4().to_string(),
        };
        let cancel = Cancel::default();
        let mut running = self.lock();
        if running.contains_key(&id) {
            return Err(ApiError::of_query(format!(
                "a query with queryId {id:?} is running; choose another id, or leave it out"
            )));
        }
        running.insert(
            id.clone(),
            Running {
                sql: request.sql.clone(),
                project: request.project.clone().unwrap_or_else(|| PROJECT.to_owned()),
                user: caller.name,
                started_at: now(),
                started: Instant::now(),
                cancel: cancel.clone(),
            },
        );
        Ok(Started { id, cancel, queries: self.clone() })
    }

    /// The oldest first; only those that have run for more than `seconds`.
    pub(super) fn list(&self, seconds: Option<u64>) -> Vec<RunningQuery> {
        let running = self.lock();
        let mut shapes: Vec<RunningQuery> = running
            .iter()
            .filter(|(_, query)| {
                seconds.is_none_or(|seconds| query.started.elapsed().as_secs_f64() > seconds as f64)
            })
            .map(|(id, query)| RunningQuery {
                query_id: id.clone(),
                sql: query.sql.clone(),
                project: query.project.clone(),
                user: query.user.clone(),
                start_time: query.started_at,
                running_seconds: query.started.elapsed().as_secs(),
            })
            .collect();
        shapes.sort_by(|a, b| (a.start_time, &a.query_id).cmp(&(b.start_time, &b.query_id)));
        shapes
    }

    /// # Errors
    /// 404.
    pub(super) fn stop(&self, id: &str) -> Result<(), ApiError> {
        match self.lock().get(id) {
            Some(query) => {
                query.cancel.cancel();
                Ok(())
            }
            None => Err(ApiError::not_found(format!(
                "no query {id:?} is running; list them with GET /kylin/api/query/runningQueries"
            ))),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Started {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn cancel(&self) -> Cancel {
        self.cancel.clone()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.queries.lock().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller() -> Caller {
        Caller { name: "ada".into() }
    }

    fn request(id: &str) -> Request {
        Request { sql: "select 1".into(), query_id: Some(id.into()), ..Request::default() }
    }

    #[test]
    fn a_query_is_listed_and_can_be_stopped_while_it_runs() {
        let queries = RunningQueries::default();
        let started = queries.start(&request("mine"), caller()).unwrap();
        assert!(queries.start(&request("mine"), caller()).is_err());
        let listed = queries.list(None);
        assert_eq!((listed[0].query_id.as_str(), listed[0].user.as_str()), ("mine", "ada"));
        assert!(queries.list(Some(60)).is_empty());
        queries.stop("mine").unwrap();
        drop(started);
        assert!(queries.list(None).is_empty());
        assert!(queries.stop("mine").is_err());
    }

    #[test]
    fn without_an_id_each_gets_its_own() {
        let queries = RunningQueries::default();
        let first = queries.start(&request(""), caller()).unwrap();
        let second = queries.start(&request(""), caller()).unwrap();
        assert_ne!(first.id(), second.id());
    }
}
