//! Everything that makes segments appear: from a topic's offsets to a published segment.
//!
//! # Exactly once, in plain lines
//!
//! 1. [`plan`] decides one offset range per partition from the catalog, the request and the
//!    topic's watermarks, before anything is read.
//! 2. The range is reserved in the catalog together with its job; the next plan continues after it.
//! 3. [`source`] assigns exactly these offsets: no consumer group, no rebalance, no commit to
//!    Kafka, and an offset that Kafka no longer has is an error, never a silent jump.
//! 4. A partition is read to its end when a message at or after the end was delivered, or its end
//!    was reported there; the offsets in between that were not delivered are kept as a set.
//! 5. [`decode`] makes a row of each message, or filters it, or rejects it with a reason; the
//!    message is kept then.
//! 6. The counters of the reader, of the decoder and of the base cuboid must agree.
//! 7. The files are written under the attempt's own names, verified, and published in one
//!    transaction that only the attempt which owns the segment can make.
//!
//! A crash between any two of these leaves orphan files at most; the next attempt reads the same
//! offsets again.

pub mod build;
pub mod decode;
pub mod engine;
mod faults;
pub mod plan;
pub mod source;

pub use cube::{Error, ErrorKind, Result};
