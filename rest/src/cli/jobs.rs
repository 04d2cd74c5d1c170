//! `kirin jobs`.

use std::process::ExitCode;

use clap::Args;
use cube::Result;
use cube::job::JobState;
use cube::time::instant;
use serde_json::Value;

use super::client::{Client, ClientArgs};
use super::output::{Output, Rows, json, print_text};

/// List jobs, newest first, or act on one.
///
///   kirin jobs --cube sales_cube --status ERROR
///   kirin jobs --resume 0193-...
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct JobsArgs {
    /// Only jobs of this cube [default: all]
    #[arg(long, value_name = "CUBE")]
    cube: Option<String>,

    /// Only jobs in this state: NEW, PENDING, RUNNING, FINISHED, ERROR, STOPPED, DISCARDED; may be
    /// repeated [default: all]
    #[arg(long, value_name = "STATE")]
    status: Vec<JobState>,

    /// Jobs at most
    #[arg(long, default_value_t = 15, value_name = "NUMBER")]
    limit: usize,

    /// Run a job in error or stopped again, over the same offsets
    #[arg(long, value_name = "JOB", group = "action")]
    resume: Option<String>,

    /// Stop a job; it keeps its offsets reserved
    #[arg(long, value_name = "JOB", group = "action")]
    pause: Option<String>,

    /// Give a job and its offsets up; in the middle of a cube that leaves a hole
    #[arg(long, value_name = "JOB", group = "action")]
    cancel: Option<String>,

    /// How the list is printed
    #[arg(long, default_value = "table")]
    output: Output,

    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: JobsArgs) -> Result<ExitCode> {
    let client = Client::new(&args.client)?;
    for (action, job) in [("resume", &args.resume), ("pause", &args.pause), ("cancel", &args.cancel)] {
        if let Some(job) = job {
            return act(&client, job, action, args.output).await;
        }
    }
    let limit = args.limit.to_string();
    let codes: Vec<String> = args.status.iter().map(|state| state.code().to_string()).collect();
    let mut query = vec![("timeFilter", "5"), ("limit", limit.as_str())];
    query.extend(args.cube.as_deref().map(|cube| ("cubeName", cube)));
    query.extend(codes.iter().map(|code| ("status", code.as_str())));
    let jobs = client.get(&["jobs"], &query).await?;
    let mut rows = Rows::of(
        &jobs,
        &[
            ("JOB", "uuid"),
            ("CUBE", "related_cube"),
            ("SEGMENT", "related_segment_name"),
            ("STATUS", "job_status"),
            ("%", "progress"),
            ("SECONDS", "duration"),
            ("CREATED (UTC)", "create_time_utc"),
            ("ERROR", "error"),
        ],
    );
    for row in &mut rows.rows {
        if let Some(Some(created)) = row.get_mut(6) {
            *created =
                created.parse().map(|millis: i64| instant(millis / 1000 * 1_000_000)).unwrap_or_default();
        }
    }
    rows.print(args.output, &jobs)?;
    Ok(ExitCode::SUCCESS)
}

async fn act(client: &Client, job: &str, action: &str, output: Output) -> Result<ExitCode> {
    let (job, _) = client.put(&["jobs", job, action], &Value::Null).await?;
    let text = |key: &str| job.get(key).and_then(Value::as_str).unwrap_or("?").to_owned();
    match output {
        Output::Json => print_text(&json(&job)?)?,
        _ => println!("job {} is {}", text("uuid"), text("job_status")),
    }
    Ok(ExitCode::SUCCESS)
}
