//! A schedule as it is put and as it is answered.

use ::cube::schedule::{RunOutcome, Schedule as CubeSchedule};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// When to build: `every` or `cron`, everywhere or in windows of the day.
#[allow(dead_code, reason = "only its description is used; the domain reads the text itself")]
#[derive(ToSchema)]
pub(crate) struct ScheduleRequest {
    /// An interval, such as 90s, 5m, 1h or 1d; from the last run on.
    #[schema(example = "5m")]
    every: Option<String>,
    /// Five fields: minute, hour, day of month, month, day of week.
    #[schema(example = "*/5 8-19 * * MON-FRI")]
    cron: Option<String>,
    /// An IANA zone; UTC if left out.
    #[schema(example = "Europe/Berlin")]
    time_zone: Option<String>,
    max_messages_per_segment: Option<u64>,
    /// Of the jobs: higher runs first.
    priority: Option<i32>,
    /// The first window that holds the moment decides; outside of all, `every` or `cron` above.
    windows: Option<Vec<Window>>,
}

#[allow(dead_code, reason = "only its description is used")]
#[derive(ToSchema)]
struct Window {
    /// Local time, included.
    #[schema(example = "08:00")]
    from: String,
    /// Local time, not included; before `from`: on the next day.
    #[schema(example = "20:00")]
    to: String,
    /// Days on which the window begins; all if left out.
    days: Option<Vec<String>>,
    every: Option<String>,
    cron: Option<String>,
}

/// The schedule, when it runs next and why, and how it ran last.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Schedule {
    /// What was put.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    spec: Map<String, Value>,
    cube: String,
    paused: bool,
    /// Milliseconds UTC; 0 while it is paused, or if it never runs.
    next_run: i64,
    /// Why then.
    why: String,
    last_run: i64,
    /// `queued`, `nothing_new`, `overlap` or `failed`.
    last_outcome: Option<&'static str>,
    last_job: Option<String>,
    last_message: Option<String>,
    /// Runs that failed one after the other, up to the last.
    failures: u32,
}

impl Schedule {
    /// As seen at `now`, milliseconds UTC.
    pub(crate) fn new(schedule: &CubeSchedule, now: i64) -> Self {
        let spec = match serde_json::to_value(&schedule.spec) {
            Ok(Value::Object(spec)) => spec,
            _ => Map::new(),
        };
        let next = schedule.next_run(now);
        Self {
            spec,
            cube: schedule.cube.to_string(),
            paused: schedule.paused,
            next_run: next.at.unwrap_or(0),
            why: next.why,
            last_run: schedule.last_run.unwrap_or(0),
            last_outcome: schedule.last_outcome.map(RunOutcome::as_str),
            last_job: schedule.last_job.map(|job| job.to_string()),
            last_message: schedule.last_message.clone(),
            failures: schedule.failures,
        }
    }
}
