//! `kirin serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use cube::{Error, Result};
use tokio::signal::unix::{SignalKind, signal};

use crate::server;
use crate::settings::{ByteSize, Period, Settings};

/// Run the server.
///
/// Each setting is a flag, an environment variable, and a key of the settings file; a flag wins
/// over the environment, the environment over the file. Without users, the server listens on
/// loopback only, and whoever reaches it is the administrator.
///
///   kirin serve --data-dir /var/lib/kirin --build-memory 2GiB
///
/// Users need a settings file:
///
///   listen: 0.0.0.0:7070
///   allowed_hosts: [kirin.example.com]
///   users:
///     - { name: ADMIN, password_hash: "$argon2id$..." }   # from `kirin hash-password`
///
/// SIGINT and SIGTERM end the server; builds that were running are taken up at the next start.
#[derive(Debug, Default, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ServeArgs {
    /// YAML file with settings; keys are the names of the flags below with `_`, and `users`
    #[arg(long, env = "KIRIN_SETTINGS", value_name = "FILE")]
    settings: Option<PathBuf>,

    /// Folder for catalog.sqlite and segments/, created if missing [default: ./kirin-data]
    #[arg(long, env = "KIRIN_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Address and port; port 0 takes a free one [default: 127.0.0.1:7070]
    #[arg(long, env = "KIRIN_LISTEN", value_name = "ADDRESS")]
    listen: Option<SocketAddr>,

    /// Names in the Host and Origin headers that are accepted besides localhost and the address
    /// [default: none]
    #[arg(long, env = "KIRIN_ALLOWED_HOSTS", value_name = "NAME", value_delimiter = ',')]
    allowed_hosts: Option<Vec<String>>,

    /// Builds that run at the same time; more wait [default: 4]
    #[arg(long, env = "KIRIN_WORKERS", value_name = "NUMBER")]
    workers: Option<usize>,

    /// Segments of a cube that may be building at once, those in error included, where the cube does
    /// not say [default: 10]
    #[arg(long, env = "KIRIN_MAX_BUILDING_SEGMENTS", value_name = "NUMBER")]
    max_building_segments: Option<usize>,

    /// Threads of each build [default: one per core]
    #[arg(long, env = "KIRIN_BUILD_THREADS", value_name = "NUMBER")]
    build_threads: Option<usize>,

    /// Memory of each build, with a unit: KiB, MiB, GiB [default: 1GiB]
    #[arg(long, env = "KIRIN_BUILD_MEMORY", value_name = "SIZE")]
    build_memory: Option<ByteSize>,

    /// Memory of all running queries together, with a unit: KiB, MiB, GiB [default: 1GiB]
    #[arg(long, env = "KIRIN_QUERY_MEMORY", value_name = "SIZE")]
    query_memory: Option<ByteSize>,

    /// Threads of each query [default: one per core]
    #[arg(long, env = "KIRIN_QUERY_THREADS", value_name = "NUMBER")]
    query_threads: Option<usize>,

    /// Time of each query, with a unit: ms, s, m, h [default: 60s]
    #[arg(long, env = "KIRIN_QUERY_TIMEOUT", value_name = "TIME")]
    query_timeout: Option<Period>,

    /// Rows of an answer without a LIMIT; more are an error [default: 1000000]
    #[arg(long, env = "KIRIN_QUERY_MAX_ROWS", value_name = "NUMBER")]
    query_max_rows: Option<usize>,

    /// HTTP status of build2 where there is nothing to build: 200, or 500 as Kylin's [default: 200]
    #[arg(long, env = "KIRIN_NOTHING_NEW_STATUS", value_name = "STATUS")]
    nothing_new_status: Option<u16>,
}

impl ServeArgs {
    fn into_settings(self) -> Result<Settings> {
        let mut settings = match &self.settings {
            Some(path) => Settings::from_file(path)?,
            None => Settings::default(),
        };
        set(&mut settings.data_dir, self.data_dir);
        set(&mut settings.listen, self.listen);
        set(&mut settings.allowed_hosts, self.allowed_hosts);
        set(&mut settings.workers, self.workers);
        set(&mut settings.max_building_segments, self.max_building_segments);
        set(&mut settings.build_threads, self.build_threads);
        set(&mut settings.build_memory, self.build_memory);
        set(&mut settings.query_memory, self.query_memory);
        set(&mut settings.query_threads, self.query_threads);
        set(&mut settings.query_timeout, self.query_timeout);
        set(&mut settings.query_max_rows, self.query_max_rows);
        set(&mut settings.nothing_new_status, self.nothing_new_status);
        Ok(settings)
    }
}

fn set<T>(setting: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *setting = value;
    }
}

pub(crate) async fn run(args: ServeArgs) -> Result<ExitCode> {
    let settings = args.into_settings()?;
    let (folder, users) = (settings.data_dir.display().to_string(), settings.users.len());
    let listens = |error| Error::internal(format!("signals cannot be listened to: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(listens)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(listens)?;
    let mut server = server::start(settings).await?;
    tracing::info!(data_dir = folder, users, "listening on http://{}/kylin/api", server.address);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        ended = server.ended() => return ended.map(|()| ExitCode::FAILURE),
    }
    tracing::info!("stopping; a second signal ends the process at once");
    tokio::select! {
        () = server.stop() => Ok(ExitCode::SUCCESS),
        _ = interrupt.recv() => Ok(ExitCode::FAILURE),
        _ = terminate.recv() => Ok(ExitCode::FAILURE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kirin.yaml");
        std::fs::write(&path, "workers: 2\nbuild_memory: 2GiB\n").unwrap();
        let args = ServeArgs { settings: Some(path), workers: Some(7), ..ServeArgs::default() };
        let settings = args.into_settings().unwrap();
        assert_eq!((settings.workers, settings.build_memory), (7, ByteSize(2 << 30)));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let args = ServeArgs { settings: Some("no/such.yaml".into()), ..ServeArgs::default() };
        assert!(args.into_settings().unwrap_err().to_string().contains("no/such.yaml"));
    }
}
