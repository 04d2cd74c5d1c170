//! A segment's ledger: what became of every offset, partition by partition.

use std::collections::BTreeMap;

use ::cube::ledger::{LedgerTotals, OffsetSet, PartitionLedger, SegmentLedger};
use ::cube::offsets::PartitionId;
use serde::Serialize;
use utoipa::ToSchema;

use super::millis;

/// Runs of offsets listed per partition and set; the counts are complete.
const MAX_RUNS: usize = 100;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ledger {
    cube: String,
    segment: String,
    uuid: String,
    totals: Totals,
    partitions: Vec<PartitionTerms>,
}

/// Sums of terms: `offsets = rows + filtered + rejected + absent`.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(crate) struct Totals {
    offsets: u64,
    delivered: u64,
    rows: u64,
    filtered: u64,
    rejected: u64,
    absent: u64,
    /// Of `absent`; see the partitions'.
    absent_unexplained: u64,
}

impl From<LedgerTotals> for Totals {
    fn from(totals: LedgerTotals) -> Self {
        let LedgerTotals { offsets, delivered, rows, filtered, rejected, absent } = totals;
        Self { offsets, delivered, rows, filtered, rejected, absent, absent_unexplained: absent }
    }
}

/// `end - start = rows + filtered + rejected + absent`.
#[derive(Debug, Serialize, ToSchema)]
struct PartitionTerms {
    partition: PartitionId,
    start: i64,
    end: i64,
    delivered: u64,
    rows: u64,
    filtered: u64,
    filtered_reasons: BTreeMap<String, u64>,
    rejected: u64,
    rejected_reasons: BTreeMap<String, u64>,
    #[schema(value_type = Vec<Vec<i64>>)]
    rejected_runs: Vec<(i64, i64)>,
    absent: u64,
    /// Of `absent`: the offsets of which nothing has shown yet why they were not delivered. All of
    /// them, until an audit looks at the log itself.
    absent_unexplained: u64,
    /// `[first, first after]` of offsets that were never delivered: markers, aborted or compacted.
    #[schema(value_type = Vec<Vec<i64>>)]
    absent_runs: Vec<(i64, i64)>,
    /// The lists of runs are complete.
    runs_complete: bool,
    /// Milliseconds UTC, both included.
    event_time_min: Option<i64>,
    event_time_max: Option<i64>,
    leader_epoch: Option<i32>,
}

impl Ledger {
    /// Takes long for scattered sets; not for async threads.
    pub(crate) fn new(cube: String, segment: String, uuid: String, ledger: &SegmentLedger) -> Self {
        let partitions =
            ledger.0.iter().map(|(&partition, terms)| PartitionTerms::new(partition, terms)).collect();
        Self { cube, segment, uuid, totals: ledger.totals().into(), partitions }
    }
}

impl PartitionTerms {
    fn new(partition: PartitionId, terms: &PartitionLedger) -> Self {
        let (rejected_runs, all_rejected) = runs(&terms.rejected_offsets);
        let (absent_runs, all_absent) = runs(&terms.absent_offsets);
        Self {
            partition,
            start: terms.range.start(),
            end: terms.range.end(),
            delivered: terms.delivered,
            rows: terms.rows,
            filtered: terms.filtered_total(),
            filtered_reasons: terms.filtered.clone(),
            rejected: terms.rejected_total(),
            rejected_reasons: terms.rejected.clone(),
            rejected_runs,
            absent: terms.absent_total(),
            absent_unexplained: terms.absent_total(),
            absent_runs,
            runs_complete: all_rejected && all_absent,
            event_time_min: terms.event_time.map(|range| millis(range.min)),
            event_time_max: terms.event_time.map(|range| millis(range.max)),
            leader_epoch: terms.leader_epoch,
        }
    }
}

/// The first runs, and whether they are all.
fn runs(set: &OffsetSet) -> (Vec<(i64, i64)>, bool) {
    let runs = set.runs(MAX_RUNS);
    let listed: u64 = runs.iter().map(|run| run.len()).sum();
    (runs.into_iter().map(Into::into).collect(), listed == set.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_offsets_are_unexplained_as_long_as_nothing_has_looked_at_the_log() {
        let mut ledger = SegmentLedger::new(&"0:10..20 1:0..5".parse().unwrap());
        for terms in ledger.0.values_mut() {
            terms.absent_offsets.insert(terms.range.end() - 1);
        }
        let shape = Ledger::new("c".into(), "10_25".into(), "id".into(), &ledger);
        let json = serde_json::to_value(shape).unwrap();
        assert_eq!(
            (&json["totals"]["absent"], &json["totals"]["absent_unexplained"]),
            (&2.into(), &2.into())
        );
        let partition = &json["partitions"][0];
        assert_eq!((&partition["absent"], &partition["absent_unexplained"]), (&1.into(), &1.into()));
        assert_eq!(partition["absent_runs"], serde_json::json!([[19, 20]]));
    }
}
