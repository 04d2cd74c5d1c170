//! Who may call what, decided before a handler runs.
//!
//! A request passes two gates. [`origin`] refuses names that are not ours, so that a web page
//! somewhere cannot use the reader's browser to reach this server. [`access`] then finds the
//! caller: anyone on loopback while there are no users, else someone with a password (HTTP Basic)
//! or a session cookie.

pub(crate) mod access;
pub(crate) mod origin;
mod passwords;
mod sessions;

pub use access::{Access, Caller};
