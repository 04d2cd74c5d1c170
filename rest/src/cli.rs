//! The command line: one file a subcommand.

mod build;
mod check;
mod client;
mod cubes;
mod demo;
mod hash_password;
mod holes;
mod jobs;
mod output;
mod produce;
mod query;
mod schedule;
mod serve;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use cube::Result;

use crate::logging::{self, LogArgs};

/// A streaming OLAP cube server: Kafka topics in, precomputed cuboids out, SQL on top.
///
/// Start a server, define a cube, build it, and ask:
///
///   kirin serve &
///   kirin cubes create sales.yaml
///   kirin build sales_cube
///   kirin query "SELECT country, COUNT(*) FROM sales GROUP BY country"
#[derive(Debug, Parser)]
#[command(name = "kirin", version, verbatim_doc_comment, max_term_width = 100, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    log: LogArgs,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::ServeArgs),
    Check(check::CheckArgs),
    Cubes(cubes::CubesArgs),
    Build(build::BuildArgs),
    Holes(holes::HolesArgs),
    Jobs(jobs::JobsArgs),
    Schedule(schedule::ScheduleArgs),
    Query(query::QueryArgs),
    HashPassword(hash_password::HashPasswordArgs),
    Produce(produce::ProduceArgs),
    Demo(demo::DemoArgs),
}

/// Runs the command line of this process. Wrong usage ends it with code 2.
pub async fn main() -> ExitCode {
    let cli = Cli::parse();
    match logging::start(&cli.log) {
        Ok(()) => {}
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    }
    run(cli.command).await.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Serve(args) => serve::run(args).await,
        Command::Check(args) => check::run(args),
        Command::Cubes(args) => cubes::run(args).await,
        Command::Build(args) => build::run(args).await,
        Command::Holes(args) => holes::run(args).await,
        Command::Jobs(args) => jobs::run(args).await,
        Command::Schedule(args) => schedule::run(args).await,
        Command::Query(args) => query::run(args).await,
        Command::HashPassword(args) => hash_password::run(args),
        Command::Produce(args) => produce::run(args).await,
        Command::Demo(args) => demo::run(args).await,
    }
}

#[cfg(test)]
mod tests;
