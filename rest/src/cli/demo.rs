//! `kirin demo`: see it work, with nothing to install.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use cube::Result;

use crate::demo::{self, Options};

/// Stream a year of real flights into a cube, ask it questions, and check every answer.
///
/// A Kafka broker and a server run inside this process. Builds run while the flights arrive, one of
/// them is given up to leave a hole, and each answer is compared with the same one computed from
/// the raw flights.
///
///   kirin demo
///   kirin demo --once
///   kirin demo --broker 127.0.0.1:9092 --data-dir flights
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct DemoArgs {
    /// End after the last answer, with code 1 if one was wrong, instead of serving until Ctrl-C
    #[arg(long)]
    once: bool,

    /// A real Kafka broker, where a new topic is created [default: one in this process]
    #[arg(long, value_name = "HOST:PORT")]
    broker: Option<String>,

    /// Where the server keeps its data [default: a temporary folder, removed at the end]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Port of the server on 127.0.0.1; if it is taken, a free one
    #[arg(long, default_value_t = 7070, value_name = "PORT")]
    port: u16,

    /// Percent of each month's flights that arrive with the next month
    #[arg(long, default_value_t = 2.0, value_name = "PERCENT")]
    late_percent: f64,
}

/// Runs the demo.
pub async fn run(args: DemoArgs) -> Result<ExitCode> {
    let DemoArgs { once, broker, data_dir, port, late_percent } = args;
    let right = demo::run(Options { once, broker, data_dir, port, late_percent }).await?;
    Ok(if right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
