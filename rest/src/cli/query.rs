//! `kirin query`.

use std::process::ExitCode;

use clap::Args;
use cube::Result;
use serde_json::{Value, json};

use super::client::{Client, ClientArgs};
use super::output::{Output, object, of_answer};

/// Ask SQL.
///
///   kirin query "SELECT country, COUNT(*) FROM sales GROUP BY country"
///   kirin query "SELECT ..." --output csv > answer.csv
///
/// Says on standard error if messages of the time range that was asked for are missing.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct QueryArgs {
    /// One SELECT statement, or EXPLAIN and one
    #[arg(value_name = "SQL")]
    sql: String,

    /// Rows at most [default: the server's limit]
    #[arg(long, value_name = "ROWS")]
    limit: Option<u64>,

    /// How the answer is printed
    #[arg(long, default_value = "table")]
    output: Output,

    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: QueryArgs) -> Result<ExitCode> {
    let client = Client::new(&args.client)?;
    let body = object([("sql", Some(json!(args.sql))), ("limit", args.limit.map(|limit| json!(limit)))]);
    let answer = client.post(&["query"], body.to_string()).await?;
    of_answer(&answer).print(args.output, &answer)?;
    for scan in answer.pointer("/scanReport/scans").and_then(Value::as_array).into_iter().flatten() {
        for hole in scan.get("holes").and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| hole.get(key).and_then(Value::as_str).unwrap_or("?").to_owned();
            let cube = scan.get("cube").and_then(Value::as_str).unwrap_or("?");
            eprintln!(
                "warning: cube {cube} has a hole {} in this time range ({}); fill it with `kirin holes {cube} --fill`",
                text("name"),
                text("cause")
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}
