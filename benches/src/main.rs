//! Benchmarks of every stage and of the whole path. `make bench OUT=FILE ONLY=NAME` runs them.
//!
//! Names are `stage/shape/size`. Each benchmark runs in a process of its own, so that its peak
//! memory and processor time are its own; one JSON object a line goes to OUT and a table to the
//! terminal. benches/README.md says which decision each one serves.

mod build;
mod decode;
mod end_to_end;
mod measure;
mod peer;
mod query_latency;
mod sample;

use std::process::ExitCode;

use clap::Parser;

use measure::{Figure, print_table};

/// Runs Kirin's benchmarks; figures are only meant for a release build.
#[derive(Parser)]
struct Arguments {
    /// Append one JSON object a benchmark to this file.
    #[arg(long)]
    out: Option<std::path::PathBuf>,
    /// Only benchmarks whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Counted runs of each benchmark, after one that is not counted.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Run this one benchmark here and print its JSON (used by the program itself).
    #[arg(long, hide = true)]
    child: Option<String>,
}

/// A benchmark: its name, and what measures it.
type Benchmark = (&'static str, fn(runs: usize) -> Result<Figure, Failure>);
type Failure = Box<dyn std::error::Error>;

const BENCHMARKS: &[Benchmark] = &[
    ("decode/sample/1m", decode::sample),
    ("base_cuboid/sample/1m", build::base_cuboid),
    ("rollup/sample/256", build::rollup),
    ("write/sample/256", build::write),
    ("query/sample/by_country", query_latency::by_country),
    ("query/sample/total", query_latency::total),
    ("end_to_end/sample/3m", end_to_end::kirin),
    ("end_to_end/sample/3m/kcat_duckdb", peer::kcat_duckdb),
];

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.child {
        Some(name) => child(name, arguments.runs),
        None => all(&arguments),
    };
    outcome.map_or_else(
        |error| {
            eprintln!("kirin-bench: {error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

fn child(name: &str, runs: usize) -> Result<(), Failure> {
    let (_, run) = BENCHMARKS.iter().find(|(known, _)| known == &name).ok_or("no such benchmark")?;
    let mut figure = run(runs)?;
    figure.name = name.to_owned();
    println!("{}", serde_json::to_string(&figure)?);
    Ok(())
}

fn all(arguments: &Arguments) -> Result<(), Failure> {
    if cfg!(debug_assertions) {
        eprintln!("this is a debug build: its figures mean nothing (use `make bench`)");
    }
    let mut figures = vec![];
    for (name, _) in BENCHMARKS.iter().filter(|(name, _)| name.contains(&arguments.only)) {
        eprintln!("{name} …");
        let output = std::process::Command::new(std::env::current_exe()?)
            .args(["--child", name, "--runs", &arguments.runs.to_string()])
            .stderr(std::process::Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(format!("{name} failed").into());
        }
        let line = String::from_utf8(output.stdout)?;
        figures.push(serde_json::from_str::<Figure>(line.trim())?);
        if let Some(path) = &arguments.out {
            measure::append(path, line.trim())?;
        }
    }
    print_table(&figures);
    Ok(())
}
