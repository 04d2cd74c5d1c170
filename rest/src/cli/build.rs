//! `kirin build`.

use std::process::ExitCode;

use clap::Args;
use cube::Result;
use cube::offsets::SegmentOffsets;
use serde_json::{Value, json};

use super::client::{Client, ClientArgs};
use super::output::{Output, json as json_text, object, print_text};
use super::watch::watch;

/// Build a segment of a cube.
///
/// Without offsets, from the end of the last segment to the end of the topic. Exit code 0 means
/// that the segment is published or that nothing was new, 1 that the build failed.
///
///   kirin build sales_cube
///   kirin build sales_cube --offsets "0:100..200 1:90..180"
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct BuildArgs {
    /// Name of the cube
    #[arg(value_name = "CUBE")]
    cube: String,

    /// Exactly these offsets, PARTITION:START..END separated by spaces; END is not read
    /// [default: after the last segment to the end of the topic]
    #[arg(long, value_name = "OFFSETS")]
    offsets: Option<SegmentOffsets>,

    /// Offsets in the segment at most; the rest is left to the next build
    /// [default: the cube's max_messages_per_segment]
    #[arg(long, value_name = "NUMBER")]
    max_offsets: Option<u64>,

    /// Do not wait for the end of the build
    #[arg(long)]
    no_wait: bool,

    /// How the job is printed; progress goes to standard error
    #[arg(long, default_value = "table")]
    output: Output,

    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: BuildArgs) -> Result<ExitCode> {
    let client = Client::new(&args.client)?;
    let (job, _) = client.put(&["cubes", &args.cube, "build2"], &body(&args)).await?;
    let left = job.get("offsets_left").and_then(Value::as_u64).unwrap_or(0);
    let jobs = if args.no_wait { vec![job] } else { watch(&client, vec![job]).await? };
    report(&jobs, args.output)?;
    if left > 0 && args.output == Output::Table {
        println!("{left} offsets are left for the next build");
    }
    Ok(exit_code(&jobs))
}

fn body(args: &BuildArgs) -> Value {
    let map = |offsets: std::collections::BTreeMap<i32, i64>| json!(offsets);
    let given = args.offsets.as_ref();
    object([
        ("buildType", Some(json!("BUILD"))),
        ("sourceOffsetStart", Some(json!(given.map_or(0, SegmentOffsets::sum_of_starts)))),
        ("sourceOffsetEnd", Some(json!(given.map_or(i64::MAX, SegmentOffsets::sum_of_ends)))),
        ("sourcePartitionOffsetStart", given.map(|offsets| map(offsets.starts()))),
        ("sourcePartitionOffsetEnd", given.map(|offsets| map(offsets.ends()))),
        ("maxMessages", args.max_offsets.map(|max| json!(max))),
    ])
}

/// Prints what became of jobs.
pub(super) fn report(jobs: &[Value], output: Output) -> Result<()> {
    if output == Output::Json {
        return print_text(&json_text(&json!(jobs))?);
    }
    if output == Output::Csv {
        let columns = [
            ("job", "uuid"),
            ("segment", "related_segment_name"),
            ("status", "job_status"),
            ("error", "error"),
        ];
        return super::output::Rows::of(&json!(jobs), &columns).print(output, &Value::Null);
    }
    for job in jobs {
        let text = |key: &str| job.get(key).and_then(Value::as_str).unwrap_or("?");
        let nothing_new = job.get("nothing_new").and_then(Value::as_bool).unwrap_or(false);
        match text("job_status") {
            "FINISHED" if nothing_new => println!("nothing new: no messages since the last segment"),
            "FINISHED" => {
                println!("published segment {} (job {})", text("related_segment_name"), text("uuid"))
            }
            "ERROR" | "DISCARDED" | "STOPPED" => eprintln!(
                "segment {} was not published: job {} is {}: {}",
                text("related_segment_name"),
                text("uuid"),
                text("job_status"),
                text("error")
            ),
            state => println!("job {} is {state} (segment {})", text("uuid"), text("related_segment_name")),
        }
    }
    Ok(())
}

/// Success unless a job ended without its segment.
pub(super) fn exit_code(jobs: &[Value]) -> ExitCode {
    let failed = |job: &Value| {
        let state = job.get("job_status").and_then(Value::as_str);
        !matches!(state, Some("FINISHED" | "NEW" | "PENDING" | "RUNNING"))
    };
    if jobs.iter().any(failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
