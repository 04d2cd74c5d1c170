//! Answers SQL from cuboids.
//!
//! A statement goes one way. [`sql`] parses it, refuses what is not a query, binds its parameters,
//! puts the words of other dialects into DataFusion's (with [`functions`] of our own), and gives
//! names the spelling the catalog knows. DataFusion plans it over one [`table`] per model, whose rows do not
//! exist. [`rewrite`], an optimizer rule, replaces each aggregation over such a table by one that
//! merges the states of cuboids: [`prune`] keeps the segments that the filter can touch, [`route`]
//! takes the cheapest cuboid of each, [`scan`] reads them, [`merge`] adds their states up and turns
//! them into answers. What was decided and read is kept in a [`report`].
//!
//! [`prune`] and [`route`] are pure; whatever cannot be answered exactly is refused with what to
//! add to the cube.

mod answer;
mod engine;
mod error;
mod explain;
mod functions;
mod literal;
mod merge;
mod param;
mod prune;
mod report;
mod request;
mod rewrite;
mod route;
mod scan;
mod source;
mod sql;
mod table;

pub use answer::{Answer, TableInfo};
pub use engine::{Engine, EngineOptions};
pub use param::Param;
pub use report::{FactScan, HoleTouched, ScanReport, SegmentScan, Stages};
pub use request::{Cancel, QueryRequest};
pub use source::Source;

pub use cube::{Error, ErrorKind, Result};

#[cfg(test)]
mod tests;
