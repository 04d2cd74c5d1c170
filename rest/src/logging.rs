//! Log lines on standard error.

use std::io::IsTerminal;

use clap::{Args, ValueEnum};
use cube::{Error, Result};
use tracing_subscriber::EnvFilter;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct LogArgs {
    /// What is logged to standard error: a level (error, warn, info, debug, trace), or levels by
    /// part, such as `info,kafka=debug`
    #[arg(
        long,
        global = true,
        env = "KIRIN_LOG",
        default_value = "info",
        value_name = "FILTER",
        help_heading = "Logging"
    )]
    log: String,

    /// One line of text or one JSON object for each event
    #[arg(long, global = true, env = "KIRIN_LOG_FORMAT", default_value = "text", help_heading = "Logging")]
    log_format: LogFormat,
}

/// # Errors
/// `Invalid` if the filter cannot be read.
pub(crate) fn start(args: &LogArgs) -> Result<()> {
    let filter = EnvFilter::try_new(&args.log).map_err(|error| {
        Error::invalid(format!("--log {:?}: {error}; use a level such as info", args.log))
    })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match args.log_format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    started.map_err(|error| Error::internal(format!("logging cannot be started: {error}")))
}
