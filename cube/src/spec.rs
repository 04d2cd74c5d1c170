//! What users write: models (what a topic's messages look like) and cubes (what is kept of them).
//!
//! Text is parsed once by [`SpecFile::parse`] into types that cannot hold a wrong specification:
//! every refusal names the field, the value, and what would be accepted.

mod client;
mod cube;
mod model;
mod parse;
mod types;

pub use client::{ClientProperties, ClientProperty};
pub use cube::{
    AggregationGroup, BuildSpec, Compression, CubeSpec, Dimension, DimensionKind, FirstStart, MAX_CUBOIDS,
    MAX_DIMENSIONS, RejectedLimit,
};
pub use model::{Column, EventTime, EventTimeFormat, MessageFormat, ModelSpec};
pub use parse::SpecFile;
pub use types::ColumnType;

#[cfg(test)]
mod tests;
