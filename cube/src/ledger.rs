//! What became of every offset of a segment.
//!
//! Per partition `end - start = rows + filtered + rejected + absent`. The terms come from counters
//! that do not know each other: the reader counts what was delivered and keeps the offsets that
//! were not, the decoder counts rows, filtered and rejected, the builder the base cuboid's
//! COUNT(*). [`SegmentLedger::check`] compares them before anything is published.

use std::collections::BTreeMap;

use croaring::{Bitmap64, Portable};
use serde::{Deserialize, Serialize};

use crate::offsets::{OffsetRange, PartitionId, SegmentOffsets};
use crate::time::TimeRange;
use crate::{Error, Result};

/// A set of offsets of one partition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OffsetSet(Bitmap64);

impl OffsetSet {
    pub fn insert_range(&mut self, range: OffsetRange) {
        if !range.is_empty() {
            self.0.add_range(range.start() as u64..range.end() as u64);
        }
    }

    pub fn insert(&mut self, offset: i64) {
        self.0.add(offset as u64);
    }

    pub fn len(&self) -> u64 {
        self.0.cardinality()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, offset: i64) -> bool {
        offset >= 0 && self.0.contains(offset as u64)
    }

    /// The set as ascending runs, for people; at most `limit` of them.
    pub fn runs(&self, limit: usize) -> Vec<OffsetRange> {
        let mut runs: Vec<(i64, i64)> = vec![];
        for offset in self.0.to_vec() {
            let offset = offset as i64;
            let full = runs.len() == limit;
            match runs.last_mut() {
                Some((_, end)) if *end == offset => *end += 1,
                _ if full => break,
                _ => runs.push((offset, offset + 1)),
            }
        }
        runs.into_iter().filter_map(|(start, end)| OffsetRange::new(start, end).ok()).collect()
    }

    /// Portable 64-bit roaring format.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut compact = self.0.clone();
        compact.run_optimize();
        compact.serialize::<Portable>()
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Bitmap64::try_deserialize::<Portable>(bytes)
            .map(Self)
            .ok_or_else(|| Error::data("a stored set of offsets is not a portable 64-bit roaring bitmap"))
    }
}

/// The ledger of one partition of a segment.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionLedger {
    pub range: OffsetRange,
    /// Messages with an offset in the range that the reader was given.
    pub delivered: u64,
    /// Messages that became a row.
    pub rows: u64,
    /// Messages that are left out on purpose, by reason (`tombstone`).
    pub filtered: BTreeMap<String, u64>,
    /// Messages that could not be decoded, by reason; kept beside the segment.
    pub rejected: BTreeMap<String, u64>,
    /// Which offsets were rejected.
    pub rejected_offsets: OffsetSet,
    /// Which offsets were never delivered: transaction markers, aborted or compacted messages.
    /// Unexplained until the audit has looked at the log itself.
    pub absent_offsets: OffsetSet,
    /// First and last event time of the rows, microseconds UTC.
    pub event_time: Option<TimeRange>,
    /// Leader epoch of the last message delivered, where the broker tells it.
    pub leader_epoch: Option<i32>,
}

impl PartitionLedger {
    pub fn new(range: OffsetRange) -> Self {
        Self {
            range,
            delivered: 0,
            rows: 0,
            filtered: BTreeMap::new(),
            rejected: BTreeMap::new(),
            rejected_offsets: OffsetSet::default(),
            absent_offsets: OffsetSet::default(),
            event_time: None,
            leader_epoch: None,
        }
    }

    pub fn filtered_total(&self) -> u64 {
        self.filtered.values().sum()
    }

    pub fn rejected_total(&self) -> u64 {
        self.rejected.values().sum()
    }

    pub fn absent_total(&self) -> u64 {
        self.absent_offsets.len()
    }
}

/// The ledger of a segment, by partition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SegmentLedger(pub BTreeMap<PartitionId, PartitionLedger>);

impl SegmentLedger {
    pub fn new(offsets: &SegmentOffsets) -> Self {
        Self(offsets.iter().map(|(partition, range)| (partition, PartitionLedger::new(range))).collect())
    }

    pub fn totals(&self) -> LedgerTotals {
        let mut totals = LedgerTotals::default();
        for ledger in self.0.values() {
            totals.offsets += ledger.range.len();
            totals.delivered += ledger.delivered;
            totals.rows += ledger.rows;
            totals.filtered += ledger.filtered_total();
            totals.rejected += ledger.rejected_total();
            totals.absent += ledger.absent_total();
        }
        totals
    }

    /// Whether all counters agree.
    ///
    /// # Errors
    /// `Data`, naming the partition and every term, so that it can be told which step lost a message.
    pub fn check(&self, base_count: u64) -> Result<()> {
        for (partition, ledger) in &self.0 {
            let (rows, filtered, rejected) = (ledger.rows, ledger.filtered_total(), ledger.rejected_total());
            let terms = format!(
                "partition {partition}, offsets {}: delivered {}, rows {rows}, filtered {filtered}, rejected \
                 {rejected}, absent {}",
                ledger.range,
                ledger.delivered,
                ledger.absent_total()
            );
            if ledger.delivered != rows + filtered + rejected {
                return Err(Error::data(format!(
                    "the decoder did not account for every message that the reader delivered ({terms}); nothing was \
                     published, resume the job to read the same offsets again"
                )));
            }
            if ledger.range.len() != ledger.delivered + ledger.absent_total() {
                return Err(Error::data(format!(
                    "the reader did not account for every offset ({terms}); nothing was published, resume the job to \
                     read the same offsets again"
                )));
            }
            if ledger.rejected_offsets.len() != rejected {
                return Err(Error::data(format!(
                    "{rejected} messages were counted as rejected but {} offsets are kept ({terms}); nothing was \
                     published",
                    ledger.rejected_offsets.len()
                )));
            }
        }
        let rows = self.totals().rows;
        if rows != base_count {
            return Err(Error::data(format!(
                "the base cuboid counts {base_count} rows where the decoder counted {rows}; nothing was published, \
                 resume the job to read the same offsets again"
            )));
        }
        Ok(())
    }
}

/// Sums over the partitions of a segment, or over segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerTotals {
    pub offsets: u64,
    pub delivered: u64,
    pub rows: u64,
    pub filtered: u64,
    pub rejected: u64,
    pub absent: u64,
}

impl std::ops::AddAssign for LedgerTotals {
    fn add_assign(&mut self, other: Self) {
        self.offsets += other.offsets;
        self.delivered += other.delivered;
        self.rows += other.rows;
        self.filtered += other.filtered;
        self.rejected += other.rejected;
        self.absent += other.absent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> SegmentLedger {
        let mut ledger = SegmentLedger::new(&"0:10..20".parse().unwrap());
        let partition = ledger.0.get_mut(&0).unwrap();
        partition.delivered = 9;
        partition.rows = 7;
        partition.filtered.insert("tombstone".into(), 1);
        partition.rejected.insert("not JSON".into(), 1);
        partition.rejected_offsets.insert(15);
        partition.absent_offsets.insert(19);
        ledger
    }

    #[test]
    fn a_ledger_whose_terms_add_up_passes() {
        ledger().check(7).unwrap();
    }

    #[test]
    fn a_message_lost_in_any_one_step_is_noticed_and_the_step_named() {
        type Lose = fn(&mut PartitionLedger);
        let cases: [(&str, Lose, u64); 4] = [
            ("the decoder did not account", |p| p.rows -= 1, 6),
            ("the reader did not account", |p| p.absent_offsets = OffsetSet::default(), 7),
            ("offsets are kept", |p| p.rejected_offsets = OffsetSet::default(), 7),
            ("the base cuboid counts 6", |_| (), 6),
        ];
        for (expected, lose, base_count) in cases {
            let mut ledger = ledger();
            lose(ledger.0.get_mut(&0).unwrap());
            let error = ledger.check(base_count).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn runs_are_what_people_read() {
        let mut set = OffsetSet::default();
        set.insert_range(OffsetRange::new(3, 6).unwrap());
        set.insert(9);
        let runs: Vec<String> = set.runs(10).iter().map(ToString::to_string).collect();
        assert_eq!(runs, ["3..6", "9..10"]);
        assert_eq!(OffsetSet::from_bytes(&set.to_bytes()).unwrap(), set);
    }
}
