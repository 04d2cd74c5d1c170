//! Whole statements, against plain DataFusion over the messages themselves.

mod answers;
mod fixture;
mod limits;
mod random;
mod refusals;

pub(crate) use fixture::{MODEL, ready_segment, segment, timeline};
