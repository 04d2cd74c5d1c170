//! Not faster than asked.

use std::time::{Duration, Instant};

/// Spreads messages evenly over time.
pub struct Pace {
    /// Messages a second; 0: as fast as possible.
    rate: u64,
    /// Messages between two looks at the clock: a hundredth of a second's.
    step: u64,
    started: Instant,
    messages: u64,
}

impl Pace {
    pub fn new(rate: u64) -> Self {
        Self { rate, step: (rate / 100).max(1), started: Instant::now(), messages: 0 }
    }

    /// Counts a message, and sleeps if it comes before its time.
    pub fn message(&mut self) {
        self.messages += 1;
        if self.rate == 0 || !self.messages.is_multiple_of(self.step) {
            return;
        }
        let due = Duration::from_secs_f64(self.messages as f64 / self.rate as f64);
        if let Some(early) = due.checked_sub(self.started.elapsed()) {
            std::thread::sleep(early);
        }
    }

    /// Counted so far.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}
