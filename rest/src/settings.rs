//! What a server is told at its start, from a file, the environment and the command line.

mod units;
mod users;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cube::catalog::DEFAULT_MAX_BUILDING_SEGMENTS;
use cube::{Error, Result};
use ingest::build::BuildLimits;
use serde::{Deserialize, Serialize};

pub use units::{ByteSize, Period};
pub use users::{PasswordHash, User};

/// The [`Settings::nothing_new_status`] of Kylin.
pub(crate) const NOTHING_NEW_IS_AN_ERROR: u16 = 500;

/// The settings of a server. A file is the YAML of this, every key optional:
///
/// ```yaml
/// data_dir: /var/lib/kirin
/// listen: 0.0.0.0:7070
/// allowed_hosts: [kirin.example.com]
/// build_memory: 2GiB
/// query_timeout: 30s
/// users:
///   - { name: ADMIN, password_hash: "$argon2id$v=19$..." }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Holds `catalog.sqlite` and `segments/`; created if it is missing.
    pub data_dir: PathBuf,
    /// Port 0 takes any free one.
    pub listen: SocketAddr,
    /// Names in a `Host` or `Origin` header that are accepted besides `localhost`, `127.0.0.1`,
    /// `[::1]` and the address of `listen`; with a port only that port.
    pub allowed_hosts: Vec<String>,
    /// Builds that run at the same time; more wait in order.
    pub workers: usize,
    /// Segments of one cube that may be building at the same time, those in error included, where
    /// the cube itself does not say.
    pub max_building_segments: usize,
    /// Threads of one build.
    pub build_threads: usize,
    /// Memory of one build for dictionaries, keys and states.
    pub build_memory: ByteSize,
    /// Memory of all running queries together.
    pub query_memory: ByteSize,
    /// Threads of one query.
    pub query_threads: usize,
    /// Of one query, from its text to its last row.
    pub query_timeout: Period,
    /// An answer with more rows is an error, unless the statement or the request has a limit.
    pub query_max_rows: usize,
    /// What `build2` answers where there is nothing to build: 200 with a finished job that says
    /// so, or 500 as Kylin does.
    pub nothing_new_status: u16,
    /// Without users, whoever reaches the loopback address is the administrator.
    pub users: Vec<User>,
}

impl Default for Settings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            data_dir: "kirin-data".into(),
            listen: (Ipv4Addr::LOCALHOST, 7070).into(),
            allowed_hosts: vec![],
            workers: 4,
            max_building_segments: DEFAULT_MAX_BUILDING_SEGMENTS,
            build_threads: cores,
            build_memory: ByteSize(1 << 30),
            query_memory: ByteSize(1 << 30),
            query_threads: cores,
            query_timeout: Period(Duration::from_secs(60)),
            query_max_rows: 1_000_000,
            nothing_new_status: 200,
            users: vec![],
        }
    }
}

impl Settings {
    /// # Errors
    /// `Invalid` if the file cannot be read, or has an unknown key or a wrong value.
    pub fn from_file(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::invalid(format!("settings file {}: {error}", path.display())))?;
        Self::parse(&text).map_err(|error| error.context(format!("settings file {}", path.display())))
    }

    /// # Errors
    /// As [`Self::from_file`].
    pub fn parse(text: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        // The default text shows the lines around a mistake, among which may be a password hash.
        let options = serde_saphyr::options! { with_snippet: false };
        serde_saphyr::from_str_with_options(text, options).map_err(|error| Error::invalid(error.to_string()))
    }

    /// # Errors
    /// `Invalid`, naming the setting, its value, and what would be accepted.
    pub fn check(&self) -> Result<()> {
        let counts = [
            ("workers", self.workers, 1..=1024),
            ("max_building_segments", self.max_building_segments, 1..=10_000),
            ("build_threads", self.build_threads, 1..=1024),
            ("query_threads", self.query_threads, 1..=1024),
            ("query_max_rows", self.query_max_rows, 1..=usize::MAX),
        ];
        for (name, value, accepted) in counts {
            if !accepted.contains(&value) {
                let (first, last) = accepted.into_inner();
                return Err(Error::invalid(format!("{name} {value} is not accepted: use {first} to {last}")));
            }
        }
        for (name, value) in [("build_memory", self.build_memory), ("query_memory", self.query_memory)] {
            if value < ByteSize(1 << 20) {
                return Err(Error::invalid(format!("{name} {value} is not accepted: use 1MiB or more")));
            }
        }
        if ![200, NOTHING_NEW_IS_AN_ERROR].contains(&self.nothing_new_status) {
            return Err(Error::invalid(format!(
                "nothing_new_status {} is not accepted: use 200, or 500 as Kylin does",
                self.nothing_new_status
            )));
        }
        if self.query_timeout.0.is_zero() {
            return Err(Error::invalid("query_timeout 0 is not accepted: use 1ms or more"));
        }
        self.check_users()
    }

    fn check_users(&self) -> Result<()> {
        for (i, user) in self.users.iter().enumerate() {
            user.check()?;
            if self.users[..i].iter().any(|other| other.name == user.name) {
                return Err(Error::invalid(format!("users: {:?} is named twice", user.name)));
            }
        }
        if self.users.is_empty() && !self.listen.ip().is_loopback() {
            return Err(Error::invalid(format!(
                "listen {}: without users everyone who reaches this address would be the administrator; listen on \
                 127.0.0.1:{}, or add `users` to a settings file (`kirin hash-password` makes the hashes)",
                self.listen,
                self.listen.port()
            )));
        }
        Ok(())
    }

    /// The part for the engine of jobs.
    pub fn ingest_options(&self) -> ingest::engine::EngineOptions {
        let limits = BuildLimits {
            threads: self.build_threads,
            memory_bytes: self.build_memory.bytes(),
            ..BuildLimits::default()
        };
        ingest::engine::EngineOptions {
            workers: self.workers,
            max_building_segments: self.max_building_segments,
            limits,
        }
    }

    /// The part for the engine of queries.
    pub fn query_options(&self) -> query::EngineOptions {
        query::EngineOptions {
            memory_limit: self.query_memory.bytes(),
            target_partitions: self.query_threads,
            timeout: self.query_timeout.0,
            max_rows: self.query_max_rows,
        }
    }
}

#[cfg(test)]
mod tests;
