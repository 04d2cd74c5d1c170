//! The router as its callers see it, over a catalog in a temporary folder.

mod access;
mod build;
mod described;
mod descriptions;
mod kit;
mod queries;
mod resources;
mod watching;
