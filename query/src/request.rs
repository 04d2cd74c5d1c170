//! What a caller may ask besides the SQL.

use std::sync::Arc;

use tokio::sync::watch;

use crate::Param;

/// Options of one query; the default asks for nothing special.
#[derive(Clone, Debug, Default)]
pub struct QueryRequest {
    /// At most so many rows, after `offset`; as a LIMIT around the whole statement.
    pub limit: Option<usize>,
    /// Rows to leave out first.
    pub offset: Option<usize>,
    /// A schema name under which the tables are known besides `public` and `default`.
    pub project: Option<String>,
    /// Values for `?` in the order of the text, or for `$1`, `$2`, …
    pub params: Vec<Param>,
    /// Stops the query from elsewhere; dropping its future stops it as well.
    pub cancel: Option<Cancel>,
}

/// A switch that stops the queries which were given a clone of it.
#[derive(Clone, Debug)]
pub struct Cancel(Arc<watch::Sender<bool>>);

impl Default for Cancel {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Cancel {
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Returns once [`Self::cancel`] was called, now or before.
    pub async fn cancelled(&self) {
        let mut switch = self.0.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = switch.wait_for(|cancelled| *cancelled).await;
    }
}
