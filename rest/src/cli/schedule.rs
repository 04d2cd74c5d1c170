//! `kirin schedule`.

use std::process::ExitCode;

use clap::Args;
use cube::time::instant;
use cube::{Error, Result};
use serde_json::{Value, json};

use super::client::{Client, ClientArgs};
use super::output::{Output, Rows, object};

/// List schedules, or have the server build a cube by a clock.
///
/// Each run builds from the end of the last segment to the tip. Runs that were missed, because the
/// server was down or the schedule paused, are caught up as one.
///
///   kirin schedule
///   kirin schedule sales_cube --every 5m
///   kirin schedule sales_cube --cron "*/5 8-19 * * MON-FRI" --time-zone Europe/Berlin
///   kirin schedule sales_cube --json '{"every":"1h","windows":[{"from":"08:00","to":"20:00","every":"5m"}]}'
///   kirin schedule sales_cube --pause
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ScheduleArgs {
    /// Name of the cube [default: list all schedules]
    #[arg(value_name = "CUBE")]
    cube: Option<String>,

    /// Build after so much time since the last run: 90s, 5m, 1h, 1d
    #[arg(long, value_name = "INTERVAL", group = "change", requires = "cube")]
    every: Option<String>,

    /// Build at these times: minute, hour, day of month, month, day of week
    #[arg(long, value_name = "EXPRESSION", group = "change", requires = "cube")]
    cron: Option<String>,

    /// The whole schedule, with windows of the day; as PUT /kylin/api/cubes/CUBE/schedule takes it
    #[arg(long, value_name = "JSON", group = "change", requires = "cube")]
    json: Option<String>,

    /// Of the cron expression, as in the IANA database [default: UTC]
    #[arg(long, value_name = "ZONE", conflicts_with_all = ["json", "pause", "resume", "delete"])]
    time_zone: Option<String>,

    /// Offsets in one segment at most [default: the cube's own limit]
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["json", "pause", "resume", "delete"])]
    max_offsets: Option<u64>,

    /// Run nothing until it is resumed
    #[arg(long, group = "change", requires = "cube")]
    pause: bool,

    /// Run again; what was missed is built as one range
    #[arg(long, group = "change", requires = "cube")]
    resume: bool,

    /// End the schedule; builds that it asked for go on
    #[arg(long, group = "change", requires = "cube")]
    delete: bool,

    /// How the answer is printed
    #[arg(long, default_value = "table")]
    output: Output,

    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) async fn run(args: ScheduleArgs) -> Result<ExitCode> {
    let client = Client::new(&args.client)?;
    let answer = match &args.cube {
        None => client.get(&["schedules"], &[]).await?,
        Some(cube) => one(&client, &args, cube).await?,
    };
    if args.delete {
        return Ok(ExitCode::SUCCESS);
    }
    let list = if answer.is_array() { answer.clone() } else { json!([answer]) };
    let mut rows = Rows::of(
        &list,
        &[
            ("CUBE", "cube"),
            ("NEXT RUN (UTC)", "next_run"),
            ("WHY", "why"),
            ("LAST RUN (UTC)", "last_run"),
            ("OUTCOME", "last_outcome"),
            ("SAID", "last_message"),
        ],
    );
    for row in &mut rows.rows {
        for column in [1, 3] {
            row[column] = row[column].as_deref().and_then(time);
        }
    }
    rows.print(args.output, &answer)?;
    Ok(ExitCode::SUCCESS)
}

async fn one(client: &Client, args: &ScheduleArgs, cube: &str) -> Result<Value> {
    let path = ["cubes", cube, "schedule"];
    if args.pause || args.resume {
        let verb = if args.pause { "pause" } else { "resume" };
        return Ok(client.put(&["cubes", cube, "schedule", verb], &Value::Null).await?.0);
    }
    if args.delete {
        return client.delete(&path).await;
    }
    match spec(args)? {
        Some(spec) => Ok(client.put(&path, &spec).await?.0),
        None => client.get(&path, &[]).await,
    }
}

/// What to put; `None` to look only.
fn spec(args: &ScheduleArgs) -> Result<Option<Value>> {
    if let Some(text) = &args.json {
        return serde_json::from_str(text)
            .map(Some)
            .map_err(|error| Error::invalid(format!("--json {text:?} is no JSON: {error}")));
    }
    if args.every.is_none() && args.cron.is_none() {
        return Ok(None);
    }
    Ok(Some(object([
        ("every", args.every.as_ref().map(|every| json!(every))),
        ("cron", args.cron.as_ref().map(|cron| json!(cron))),
        ("time_zone", args.time_zone.as_ref().map(|zone| json!(zone))),
        ("max_messages_per_segment", args.max_offsets.map(|max| json!(max))),
    ])))
}

/// 0 is never.
fn time(millis: &str) -> Option<String> {
    let millis: i64 = millis.parse().ok().filter(|&millis| millis != 0)?;
    Some(instant(millis.div_euclid(1000) * 1_000_000))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: ScheduleArgs,
    }

    fn put(line: &[&str]) -> Option<Value> {
        spec(&Line::try_parse_from([&["kirin"], line].concat()).unwrap().args).unwrap()
    }

    #[test]
    fn options_become_the_schedule_that_is_put() {
        assert_eq!(put(&["c", "--every", "5m"]), Some(json!({ "every": "5m" })));
        let cron = ["c", "--cron", "0 3 * * *", "--time-zone", "Europe/Berlin", "--max-offsets", "9"];
        let expected =
            json!({ "cron": "0 3 * * *", "time_zone": "Europe/Berlin", "max_messages_per_segment": 9 });
        assert_eq!(put(&cron), Some(expected));
        assert_eq!(put(&["c", "--json", "{\"every\":\"1h\"}"]), Some(json!({ "every": "1h" })));
        assert_eq!(put(&["c"]), None);
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for line in [
            ["kirin", "c", "--every=5m", "--cron=* * * * *"],
            ["kirin", "c", "--pause", "--resume"],
            ["kirin", "c", "--delete", "--time-zone=UTC"],
        ] {
            assert!(Line::try_parse_from(line).is_err(), "{line:?}");
        }
        assert!(Line::try_parse_from(["kirin", "--every=5m"]).is_err(), "for which cube?");
    }
}
