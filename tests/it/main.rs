//! Black-box specifications: what Kirin promises, shown on a real broker.

mod accounting;
mod layers;
