//! The shapes on the wire, key for key as Kylin's clients expect them. What Kylin lacks is added
//! beside its keys, never in their place; only `tables_and_columns` has none of ours, since Kylin's
//! JDBC driver refuses a key there that it does not know.

pub(crate) mod account;
pub(crate) mod answer;
mod cells;
pub(crate) mod columns;
pub(crate) mod csv;
pub(crate) mod cube;
pub(crate) mod cube_desc;
pub(crate) mod hole;
pub(crate) mod job;
pub(crate) mod ledger;
pub(crate) mod model;
pub(crate) mod partition;
pub(crate) mod project;
pub(crate) mod schedule;
pub(crate) mod segment;
mod sql_type;
pub(crate) mod table;

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

/// A table as Kylin names it: in the one schema, in upper case.
pub(crate) fn table_name(table: &str) -> String {
    format!("DEFAULT.{}", table.to_ascii_uppercase())
}

/// For ids of things that Kylin gives ids and Kirin names: FNV-1a, the same in every process.
fn digest(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
