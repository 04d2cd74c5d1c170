//! When the next run is due. Pure: the schedule, what ran before, and the moment in; a time out.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{Pace, ScheduleSpec};

const MINUTE: i64 = 60_000;

/// A part of the week that is not met in so many minutes is met never. More than two weeks: a
/// window may fall into the hour that the clock skips.
const MINUTES_AHEAD: i64 = 16 * 24 * 60;

/// Missed runs are counted up to here.
const MISSED_COUNTED: usize = 100;

/// A run that failed is tried again after its pace, doubled with each further failure, but after this
/// time at the latest; milliseconds.
pub const RETRY_AT_LATEST: i64 = 3_600_000;

/// What went before. Times in milliseconds since the epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunsSoFar {
    /// The previous run, or when the schedule was made.
    pub since: i64,
    /// Runs that failed one after the other, up to the previous one.
    pub failures: u32,
}

/// When, and why then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextRun {
    /// Milliseconds since the epoch, UTC; at or before the moment asked for: it is due. `None`: never.
    pub at: Option<i64>,
    /// A sentence for people.
    pub why: String,
}

/// When the schedule runs next.
///
/// The pace of a moment is that of the first window that holds it, else the schedule's own. An
/// interval counts from the previous run, so a run is due at the first moment since which at least
/// the interval of that moment's pace has passed. A cron expression counts where its window is in
/// force. Runs that were missed until `now` are one run, due at once. After a failure the run is
/// repeated sooner or later, see [`RETRY_AT_LATEST`].
pub fn next_run(spec: &ScheduleSpec, before: RunsSoFar, now: i64) -> NextRun {
    let Some((due, pace)) = due_after(spec, before.since) else {
        return NextRun { at: None, why: "no moment is in a window and matches its pace".into() };
    };
    if before.failures > 0 {
        return retry(spec, before, due);
    }
    let missed = if due <= now { due_until(spec, due, now) } else { 0 };
    if missed < 2 {
        return NextRun { at: Some(due), why: pace };
    }
    let number =
        if missed > MISSED_COUNTED { format!("more than {MISSED_COUNTED}") } else { missed.to_string() };
    let since = local(due, spec.time_zone);
    NextRun { at: Some(due), why: format!("{number} runs missed since {since}, caught up as one ({pace})") }
}

fn retry(spec: &ScheduleSpec, before: RunsSoFar, due: i64) -> NextRun {
    let pace = due - before.since;
    let doubled = pace.saturating_mul(1 << (before.failures - 1).min(30));
    let earliest = before.since + doubled.min(RETRY_AT_LATEST);
    let at = first_where(earliest, |moment| part_at(spec, moment).is_some());
    let seconds = (at.unwrap_or(earliest) - before.since) / 1000;
    let why = format!(
        "{} in a row, so it is tried again {seconds} s after the last",
        if before.failures == 1 {
            "1 run failed".to_owned()
        } else {
            format!("{} runs failed", before.failures)
        }
    );
    NextRun { at, why }
}

/// How many runs would have been due from `due` to `now`, both included.
fn due_until(spec: &ScheduleSpec, due: i64, now: i64) -> usize {
    let next = |&at: &i64| due_after(spec, at).map(|(at, _)| at);
    std::iter::successors(Some(due), next).take_while(|at| *at <= now).take(MISSED_COUNTED + 1).count()
}

/// Where a pace is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Window(usize),
    Outside,
}

/// The first moment after `since` at which a run is due, and by which pace.
fn due_after(spec: &ScheduleSpec, since: i64) -> Option<(i64, String)> {
    let windows = spec.windows.iter().enumerate();
    let windows =
        windows.map(|(i, window)| (Part::Window(i), &window.pace, format!(" in the window {window}")));
    let outside = spec.pace.iter().map(|pace| (Part::Outside, pace, String::new()));
    let candidates = windows.chain(outside).filter_map(|(part, pace, place)| {
        let at = match pace {
            Pace::Every(every) => {
                first_where(since + every.millis(), |moment| part_at(spec, moment) == Some(part))?
            }
            Pace::Cron(cron) => {
                cron.first_where(since, spec.time_zone, |moment| part_at(spec, moment) == Some(part))?
            }
        };
        let zone = if spec.time_zone == Tz::UTC { String::new() } else { format!(" ({})", spec.time_zone) };
        Some((at, format!("{pace}{place}{zone}")))
    });
    candidates.min_by_key(|(at, _)| *at)
}

/// Which pace is in force at a moment; `None`: none.
fn part_at(spec: &ScheduleSpec, moment: i64) -> Option<Part> {
    let local = DateTime::<Utc>::from_timestamp_millis(moment)?.with_timezone(&spec.time_zone);
    match spec.windows.iter().position(|window| window.holds(local)) {
        Some(window) => Some(Part::Window(window)),
        None => spec.pace.as_ref().map(|_| Part::Outside),
    }
}

/// The first moment from `from` on: itself, or a whole minute, for windows begin and end, and clocks
/// change, at whole minutes.
fn first_where(from: i64, accept: impl Fn(i64) -> bool) -> Option<i64> {
    if accept(from) {
        return Some(from);
    }
    let first = (from.div_euclid(MINUTE) + 1) * MINUTE;
    (0..MINUTES_AHEAD).map(|minute| first + minute * MINUTE).find(|moment| accept(*moment))
}

fn local(moment: i64, zone: Tz) -> String {
    let local = DateTime::<Utc>::from_timestamp_millis(moment).unwrap_or_default().with_timezone(&zone);
    format!("{} {zone}", local.format("%Y-%m-%d %H:%M:%S"))
}
