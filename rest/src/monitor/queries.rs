//! Counts and times of queries.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::metrics::histogram::Histogram;

/// Upper ends in seconds; a dashboard cares for milliseconds, a limit for minutes.
const BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

#[derive(Debug)]
pub(crate) struct Queries {
    pub(super) seconds: Histogram,
    pub(super) total: AtomicU64,
    pub(super) failed: AtomicU64,
}

impl Default for Queries {
    fn default() -> Self {
        Self { seconds: Histogram::new(BUCKETS), total: AtomicU64::new(0), failed: AtomicU64::new(0) }
    }
}

impl Queries {
    /// Counts one query from its request to its encoded answer.
    pub(crate) fn observe(&self, took: Duration, answered: bool) {
        self.total.fetch_add(1, Ordering::Relaxed);
        self.seconds.observe(took.as_secs_f64());
        if !answered {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }
}
