//! Black-box specifications: what Kirin promises, shown on a real broker.

mod accounting;
mod corpus;
mod duckdb;
mod exact;
mod holes;
mod kylin_picture;
mod layers;
mod partitions;
mod planning;
mod queue;
mod range_ends;
mod rejected;
mod schedules;
mod server;
