//! Rows → cuboids in a store → rows again, against a model of maps and plain Rust.

mod cuboids;
pub(crate) mod kit;
mod refusals;
mod shapes;
