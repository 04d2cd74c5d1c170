//! The outside of Kirin: the command line, the settings and the HTTP interface.
//!
//! [`server::start`] puts the parts together from [`settings`]: the catalog and the store of a data
//! folder, the engines of `ingest` and `query`, and the router of [`http`]. Each resource of the
//! REST interface is one file of [`api`]; what it sends is a shape of [`wire`], where Kylin's keys
//! are spelled; [`kylin`] reads what Kylin describes cubes by. [`events`] numbers what changes, and
//! [`pages`] is the front end of `ui/`, embedded. Who may call what is decided in [`security`], before a handler runs. [`cli`] holds
//! the subcommands; those that talk to a server use the same REST interface as everybody else.

mod api;
pub mod app;
pub mod cli;
pub mod demo;
mod events;
pub mod http;
mod kylin;
mod logging;
mod monitor;
mod pages;
pub mod produce;
pub mod security;
pub mod server;
pub mod settings;
mod wire;

#[cfg(test)]
mod tests;
