//! Telling those who watch that something has changed.

use tokio::sync::broadcast;

use super::Catalog;
use crate::id::{CubeName, JobId};

/// Changes that one who is slow may fall behind; then some of them are lost to it.
const BEHIND: usize = 1024;

/// What has changed; how, the catalog tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A job is new, or has another state, priority or steps.
    Job(JobId),
    /// A job was forgotten.
    JobDropped(JobId),
    /// A cube came or went, or its segments, holes or state are others.
    Cube(CubeName),
    /// A schedule came, went, ran, or was changed, paused or resumed.
    Schedule(CubeName),
}

#[derive(Debug)]
pub(super) struct Changes(broadcast::Sender<Change>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::channel(BEHIND).0)
    }
}

impl Changes {
    /// To be called after the transaction that made the change.
    pub(super) fn tell(&self, change: Change) {
        // Nobody may be watching.
        let _ = self.0.send(change);
    }
}

impl Catalog {
    /// Every change from now on, each after its transaction. Two that were made at the same time may
    /// come in either order, so look at the catalog and not at the order. A receiver that falls behind
    /// by more than 1024 gets `Lagged` and reads everything again.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.0.subscribe()
    }
}
