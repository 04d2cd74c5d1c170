//! `kirin cubes`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use cube::{Error, Result};
use serde_json::Value;

use super::client::{Client, ClientArgs};
use super::output::{Output, Rows};

/// List the cubes, or create one.
///
///   kirin cubes
///   kirin cubes create sales.yaml
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, args_conflicts_with_subcommands = false)]
pub(crate) struct CubesArgs {
    #[command(subcommand)]
    command: Option<CubesCommand>,

    /// How the list is printed
    #[arg(long, default_value = "table", global = true)]
    output: Output,

    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Subcommand)]
enum CubesCommand {
    /// Create the models and cubes of a file, all or none
    Create {
        /// YAML or JSON file with `model` and `cube`; `kirin check` checks it without a server
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

pub(crate) async fn run(args: CubesArgs) -> Result<ExitCode> {
    let client = Client::new(&args.client)?;
    match args.command {
        None => list(&client, args.output).await,
        Some(CubesCommand::Create { file }) => create(&client, &file).await,
    }
}

async fn list(client: &Client, output: Output) -> Result<ExitCode> {
    let cubes = client.get(&["cubes"], &[]).await?;
    let mut rows = Rows::of(
        &cubes,
        &[
            ("CUBE", "name"),
            ("MODEL", "model"),
            ("STATUS", "status"),
            ("ROWS", "input_records_count"),
            ("SIZE KB", "size_kb"),
            ("HOLES", "holes_count"),
        ],
    );
    rows.header.push("SEGMENTS".into());
    for (row, cube) in rows.rows.iter_mut().zip(cubes.as_array().into_iter().flatten()) {
        row.push(cube.get("segments").and_then(Value::as_array).map(|segments| segments.len().to_string()));
    }
    rows.print(output, &cubes)?;
    Ok(ExitCode::SUCCESS)
}

async fn create(client: &Client, file: &std::path::Path) -> Result<ExitCode> {
    let at = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| Error::invalid(format!("{at}: {error}")))?;
    let answer = client.post(&["cubes"], text).await?;
    let names = |key: &str| answer.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    for cube in names("cubes").iter().filter_map(Value::as_str) {
        println!("created cube {cube}; build it with `kirin build {cube}`");
    }
    if names("cubes").is_empty() {
        for model in names("models").iter().filter_map(Value::as_str) {
            println!("created model {model}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
