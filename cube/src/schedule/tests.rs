mod next;
mod parse;

use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Tz;

use super::*;

fn spec(json: &str) -> ScheduleSpec {
    ScheduleSpec::parse(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// A moment written as local time of a zone; of two, the earlier.
fn at(zone: Tz, text: &str) -> i64 {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap();
    zone.from_local_datetime(&local).earliest().unwrap().timestamp_millis()
}

fn utc(text: &str) -> i64 {
    at(Tz::UTC, text)
}
