//! A whole cube's ledger: every offset from its start on, by partition and by segment.

use std::collections::BTreeMap;

use ::cube::ledger::{LedgerTotals, SegmentLedger};
use ::cube::offsets::PartitionId;
use ::cube::segment::Segment;
use ::cube::timeline::Timeline;
use serde::Serialize;
use utoipa::ToSchema;

use super::ledger::Totals;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CubeLedger {
    cube: String,
    totals: Totals,
    partitions: Vec<PartitionAccount>,
    segments: Vec<SegmentAccount>,
}

/// `offsets = rows + filtered + rejected + absent` over all segments of the partition.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct PartitionAccount {
    partition: i32,
    offsets: u64,
    rows: u64,
    filtered: u64,
    filtered_reasons: BTreeMap<String, u64>,
    rejected: u64,
    rejected_reasons: BTreeMap<String, u64>,
    absent: u64,
    /// Offsets in holes.
    holes: u64,
    /// Offsets that segments reserve and nobody can query yet.
    building: u64,
    /// `ok`, or what does not add up.
    check: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct SegmentAccount {
    name: String,
    uuid: String,
    totals: Totals,
}

impl CubeLedger {
    pub(crate) fn new(timeline: &Timeline, ledgers: &[(Segment, SegmentLedger)]) -> Self {
        let mut totals = LedgerTotals::default();
        let mut partitions: BTreeMap<PartitionId, PartitionAccount> = BTreeMap::new();
        for (_, ledger) in ledgers {
            totals += ledger.totals();
            for (&partition, terms) in &ledger.0 {
                let account = partitions.entry(partition).or_default();
                account.offsets += terms.range.len();
                account.rows += terms.rows;
                account.filtered += terms.filtered_total();
                account.rejected += terms.rejected_total();
                account.absent += terms.absent_total();
                add(&mut account.filtered_reasons, &terms.filtered);
                add(&mut account.rejected_reasons, &terms.rejected);
            }
        }
        let holes = timeline.holes();
        for (partition, range) in holes.iter().flat_map(|hole| hole.offsets.iter()) {
            partitions.entry(partition).or_default().holes += range.len();
        }
        for (partition, range) in timeline.building().flat_map(|segment| segment.offsets.iter()) {
            partitions.entry(partition).or_default().building += range.len();
        }
        let segments = ledgers.iter().map(|(segment, ledger)| SegmentAccount {
            name: segment.name(),
            uuid: segment.id.to_string(),
            totals: ledger.totals().into(),
        });
        Self {
            cube: timeline.cube.to_string(),
            totals: totals.into(),
            segments: segments.collect(),
            partitions: partitions.into_iter().map(|(id, account)| account.finish(id)).collect(),
        }
    }
}

impl PartitionAccount {
    fn finish(self, partition: PartitionId) -> Self {
        let sum = self.rows + self.filtered + self.rejected + self.absent;
        let check = if sum == self.offsets {
            "ok".to_owned()
        } else {
            format!("{} offsets, but {sum} are accounted for", self.offsets)
        };
        Self { partition, check, ..self }
    }
}

fn add(to: &mut BTreeMap<String, u64>, from: &BTreeMap<String, u64>) {
    for (reason, count) in from {
        *to.entry(reason.clone()).or_default() += count;
    }
}
