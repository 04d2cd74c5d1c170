//! The shapes on the wire, key for key as Kylin's clients expect them. What Kylin lacks is added
//! beside its keys, never in their place; only `tables_and_columns` has none of ours, since Kylin's
//! JDBC driver refuses a key there that it does not know.

pub(crate) mod answer;
pub(crate) mod columns;
pub(crate) mod cube;
pub(crate) mod hole;
pub(crate) mod job;
pub(crate) mod ledger;
pub(crate) mod project;
pub(crate) mod segment;
mod sql_type;

use std::collections::BTreeMap;

use ::cube::offsets::PartitionId;

/// The one project that there is.
pub(crate) const PROJECT: &str = "default";

/// The version that objects say they were written by.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Offsets by partition; the keys are strings in JSON.
pub(crate) type PartitionOffsets = BTreeMap<PartitionId, i64>;

/// Whether a filter on a project lets the one project through.
pub(crate) fn is_our_project(filter: Option<&str>) -> bool {
    filter.is_none_or(|name| name.eq_ignore_ascii_case(PROJECT))
}

/// Microseconds as the milliseconds that all times on the wire are in.
fn millis(micros: i64) -> i64 {
    micros.div_euclid(1000)
}
