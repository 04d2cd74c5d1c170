//! What every measure promises: the law of merging, and the answer itself, each against plain
//! Rust over the raw values.

mod answers;
mod kit;
mod law;
pub(crate) mod oracle;
mod sketches;
pub(crate) mod values;
