//! `kirin holes`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use cube::Result;
use cube::offsets::SegmentOffsets;
use cube::time::instant;
use serde_json::{Value, json};

use super::build::{exit_code, report};
use super::client::{Client, ClientArgs};
use super::output::{Output, Rows, object};
use super::watch::watch;

/// List the holes of a cube, or fill them.
///
/// A hole is a range of offsets between the cube's segments that no segment holds.
///
///   kirin holes sales_cube
///   kirin holes sales_cube --fill --dry-run
///   kirin holes sales_cube --fill 1000_1600 --offsets "0:500..600"
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct HolesArgs {
    /// Name of the cube
    #[arg(value_name = "CUBE")]
    cube: String,

    /// Fill the holes of these names [default: all]
    #[arg(long, value_name = "NAME", num_args = 0..)]
    fill: Option<Vec<String>>,

    /// Only these offsets of the one hole that is named, PARTITION:START..END separated by spaces
    /// [default: all of it]
    #[arg(long, value_name = "OFFSETS", requires = "fill")]
    offsets: Option<SegmentOffsets>,

    /// Offsets in one segment at most; a larger hole takes several [default: no limit]
    #[arg(long, value_name = "NUMBER", requires = "fill")]
    max_offsets: Option<u64>,

    /// Say what would be built, and build nothing
    #[arg(long, requires = "fill")]
    dry_run: bool,

    /// Do not wait for the end of the builds
    #[arg(long, requires = "fill")]
    no_wait: bool,

    /// How the answer is printed
    #[arg(long, default_value = "table")]
    output: Output,

    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: HolesArgs) -> Result<ExitCode> {
    let client = Client::new(&args.client)?;
    match &args.fill {
        None => list(&client, &args).await,
        Some(names) => fill(&client, &args, names).await,
    }
}

async fn list(client: &Client, args: &HolesArgs) -> Result<ExitCode> {
    let holes = client.get(&["cubes", &args.cube, "holes"], &[]).await?;
    let mut rows = Rows::of(
        &holes,
        &[
            ("HOLE", "name"),
            ("OFFSETS", "offsets_count"),
            ("SINCE (UTC)", "since"),
            ("EVENTS FROM (UTC)", "event_time_min"),
            ("TO", "event_time_max"),
            ("REASON", "reason"),
        ],
    );
    for row in &mut rows.rows {
        row.iter_mut().skip(2).take(3).flatten().for_each(|millis| *millis = time(millis));
    }
    ranges(&mut rows, &holes);
    rows.print(args.output, &holes)?;
    Ok(ExitCode::SUCCESS)
}

fn time(millis: &str) -> String {
    millis.parse().map(|millis: i64| instant(millis.div_euclid(1000) * 1_000_000)).unwrap_or_default()
}

/// Adds the ranges by partition as a column.
fn ranges(rows: &mut Rows, holes: &Value) {
    rows.header.push("PARTITIONS".into());
    for (row, hole) in rows.rows.iter_mut().zip(holes.as_array().into_iter().flatten()) {
        let ends = |key: &str| hole.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
        let (starts, ends) = (ends("source_partition_offset_start"), ends("source_partition_offset_end"));
        let range = |(partition, start): (&String, &Value)| {
            let end = ends.get(partition).filter(|end| *end != start)?;
            Some(format!("{partition}:{start}..{end}"))
        };
        row.push(Some(starts.iter().filter_map(range).collect::<Vec<_>>().join(" ")));
    }
}

async fn fill(client: &Client, args: &HolesArgs, names: &[String]) -> Result<ExitCode> {
    let part = |offsets: &SegmentOffsets| {
        json!(offsets.iter().map(|(p, range)| (p, [range.start(), range.end()])).collect::<BTreeMap<_, _>>())
    };
    let body = object([
        ("holes", (!names.is_empty()).then(|| json!(names))),
        ("offsets", args.offsets.as_ref().map(part)),
        ("maxOffsetsPerSegment", args.max_offsets.map(|max| json!(max))),
        ("dryRun", args.dry_run.then_some(json!(true))),
    ]);
    let (answer, headers) = client.put(&["cubes", &args.cube, "holes"], &body).await?;
    let skipped = headers.get("x-kirin-skipped").and_then(|value| value.to_str().ok());
    let skipped: Vec<Value> = skipped.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    for hole in &skipped {
        let text = |key: &str| hole.get(key).and_then(Value::as_str).unwrap_or_default();
        eprintln!("skipped {}: {}", text("name"), text("reason"));
    }
    if args.dry_run {
        let mut rows = Rows::of(&answer, &[("SEGMENT", "name"), ("OFFSETS", "offsets_count")]);
        ranges(&mut rows, &answer);
        rows.print(args.output, &answer)?;
        return Ok(ExitCode::SUCCESS);
    }
    let jobs = answer.as_array().cloned().unwrap_or_default();
    if jobs.is_empty() && skipped.is_empty() && args.output == Output::Table {
        println!("cube {} has no holes", args.cube);
    }
    let jobs = if args.no_wait { jobs } else { watch(client, jobs).await? };
    report(&jobs, args.output)?;
    Ok(if skipped.is_empty() { exit_code(&jobs) } else { ExitCode::FAILURE })
}
