//! The domain of Kirin: what a cube is, how its cuboids are built, where they are kept, and
//! the ledger that says what became of every offset.
//!
//! A [`spec`] says which columns a model reads from its topic and which dimensions and
//! measures a cube keeps. The [`lattice`] of a cube is the set of its cuboids. [`build`] turns
//! decoded rows into the base cuboid and rolls that up to all others; [`store`] writes them as
//! one Parquet file a segment; [`catalog`] makes the segment visible in one transaction,
//! together with its [`ledger`]. A [`timeline`] is the list of a cube's segments with their
//! [`offsets`]: it knows what is built, what is reserved and where the holes are. A [`schedule`] says
//! when a cube is built by itself.
//!
//! This crate knows neither Kafka, HTTP nor SQL text of users. Its currency with the other
//! crates is the Arrow `RecordBatch`.

pub mod build;
pub mod catalog;
pub mod error;
pub mod id;
pub mod job;
pub mod lattice;
pub mod ledger;
pub mod measure;
pub mod offsets;
pub mod schedule;
pub mod segment;
pub mod spec;
pub mod store;
pub mod time;
pub mod timeline;

pub use error::{Error, ErrorKind, Result};
