//! Messages to try Kirin with: made-up orders of Apache Kylin's sample stream, and a year of real
//! flights.
//!
//! [`sample`] and [`flights`] are pure: the same options give the same messages, byte for byte, so
//! tests and benchmarks use them without Kafka. [`kafka`] sends them.

pub mod flights;
mod json;
pub mod kafka;
mod malformed;
mod order;
pub mod pace;
pub mod sample;

use std::collections::BTreeMap;
use std::fmt;

pub use malformed::Malformed;
pub use order::Order;

/// What was made of a message, so that a reader's ledger can be compared with what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Plain,
    /// Its event time lies before that of messages sent earlier.
    Late,
    /// One field is null or missing.
    Null,
    /// One key stands twice; the last one counts.
    DuplicateKey,
    /// It can be no row, and a decoder has to say why.
    Malformed(Malformed),
    /// It has no value.
    Tombstone,
}

impl Kind {
    /// Whether a decoder makes a row of it.
    pub fn is_row(self) -> bool {
        !matches!(self, Self::Malformed(_) | Self::Tombstone)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Late => "late",
            Self::Null => "with a field null or missing",
            Self::DuplicateKey => "with a key twice",
            Self::Malformed(_) => "malformed",
            Self::Tombstone => "without a value",
        }
    }
}

/// How many messages there are of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<Kind, u64>);

impl Counts {
    pub fn add(&mut self, kind: Kind) {
        *self.0.entry(kind).or_default() += 1;
    }

    pub fn extend(&mut self, other: &Self) {
        for (kind, count) in &other.0 {
            *self.0.entry(*kind).or_default() += count;
        }
    }

    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Of the kinds that `wanted` accepts.
    pub fn of(&self, wanted: impl Fn(Kind) -> bool) -> u64 {
        self.0.iter().filter(|(kind, _)| wanted(**kind)).map(|(_, count)| count).sum()
    }

    pub fn rows(&self) -> u64 {
        self.of(Kind::is_row)
    }
}

impl fmt::Display for Counts {
    /// `980 plain, 20 late`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut by_name: Vec<(&str, u64)> = vec![];
        for (kind, count) in &self.0 {
            match by_name.last_mut() {
                Some((name, sum)) if *name == kind.name() => *sum += count,
                _ => by_name.push((kind.name(), *count)),
            }
        }
        let parts: Vec<String> = by_name.iter().map(|(name, count)| format!("{count} {name}")).collect();
        f.write_str(&parts.join(", "))
    }
}
