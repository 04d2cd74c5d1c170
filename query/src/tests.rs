//! Whole statements, against plain DataFusion over the messages themselves.

mod answers;
mod fixture;
mod joins;
mod limits;
mod random;
mod refusals;
mod spellings;

pub(crate) use fixture::{MODEL, ready_segment, segment, timeline};
