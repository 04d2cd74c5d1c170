//! Whole statements, against plain DataFusion over the messages themselves.

mod answers;
mod fixture;
mod limits;
mod refusals;

pub(crate) use fixture::{ready_segment, segment, timeline};
