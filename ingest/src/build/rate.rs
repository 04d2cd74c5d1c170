//! How fast something goes: over its last seconds while it lasts, over all of it afterwards.

use std::collections::VecDeque;
use std::time::Duration;

/// What "the last seconds" are.
const WINDOW: Duration = Duration::from_secs(5);

/// Samples are at least so far apart, which bounds their number.
const APART: Duration = Duration::from_millis(200);

/// Messages and bytes counted up to a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sample {
    /// Since the start.
    pub(super) at: Duration,
    pub(super) messages: u64,
    pub(super) bytes: u64,
}

impl Sample {
    /// Messages and bytes a second since an earlier sample.
    fn since(self, earlier: Self) -> (f64, f64) {
        let seconds = self.at.saturating_sub(earlier.at).as_secs_f64();
        if seconds <= 0.0 {
            return (0.0, 0.0);
        }
        let rate = |now: u64, then: u64| now.saturating_sub(then) as f64 / seconds;
        (rate(self.messages, earlier.messages), rate(self.bytes, earlier.bytes))
    }
}

/// The samples of the last seconds, the start at first.
#[derive(Debug, Default)]
pub(super) struct Rate {
    samples: VecDeque<Sample>,
    end: Option<Sample>,
}

impl Rate {
    /// Notes where the counters stand, unless they were noted just now.
    pub(super) fn note(&mut self, sample: Sample) {
        if self.samples.is_empty() {
            self.samples.push_back(Sample::default());
        }
        if self.samples.back().is_some_and(|last| sample.at < last.at + APART) {
            return;
        }
        // The newest one that is old enough stays: the window begins there.
        while self.samples.get(1).is_some_and(|second| second.at + WINDOW <= sample.at) {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    /// From now on the rate is that of the whole time.
    pub(super) fn end(&mut self, sample: Sample) {
        self.end = Some(sample);
    }

    /// Messages and bytes a second at `now`.
    pub(super) fn at(&self, now: Sample) -> (f64, f64) {
        if let Some(end) = self.end {
            return end.since(Sample::default());
        }
        let begin = self.samples.iter().rev().find(|sample| sample.at + WINDOW <= now.at);
        now.since(begin.or(self.samples.front()).copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(millis: u64, messages: u64) -> Sample {
        Sample { at: Duration::from_millis(millis), messages, bytes: messages * 10 }
    }

    #[test]
    fn it_is_the_rate_of_the_last_seconds_and_falls_when_nothing_arrives() {
        let mut rate = Rate::default();
        assert_eq!(rate.at(sample(0, 0)), (0.0, 0.0));
        for second in 1..=10 {
            rate.note(sample(second * 1000, second * 100));
        }
        assert_eq!(rate.at(sample(10_000, 1000)), (100.0, 1000.0));
        for step in 1..=20 {
            rate.note(sample(10_000 + step * 250, 1000 + step * 250));
        }
        assert_eq!(rate.at(sample(15_000, 6000)).0, 1000.0, "the old rate is forgotten");
        assert_eq!(rate.at(sample(20_000, 6000)).0, 0.0);
    }

    #[test]
    fn after_the_end_it_is_the_rate_of_all() {
        let mut rate = Rate::default();
        rate.note(sample(1000, 500));
        rate.end(sample(4000, 1000));
        assert_eq!(rate.at(sample(60_000, 1000)), (250.0, 2500.0));
    }

    #[test]
    fn a_burst_of_notes_keeps_few_samples() {
        let mut rate = Rate::default();
        for millis in 0..20_000 {
            rate.note(sample(millis, millis));
        }
        assert!(rate.samples.len() < 30, "{}", rate.samples.len());
        assert!((rate.at(sample(20_000, 20_000)).0 - 1000.0).abs() < 1.0);
    }
}
