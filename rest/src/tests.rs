//! The router as its callers see it, over a catalog in a temporary folder.

mod access;
mod build;
mod kit;
mod resources;
