//! Arithmetic of the calendar on microseconds since the epoch, UTC. `None`: outside of it.

use chrono::{DateTime, Datelike, Months};
use cube::time::{EVENT_TIME_MAX, EVENT_TIME_MIN};

use super::Unit;

const SECOND: i64 = 1_000_000;

/// Start of the bucket that holds `time`; of the same buckets as the levels of cubes.
pub(super) fn floor(unit: Unit, time: i64) -> Option<i64> {
    let within = (EVENT_TIME_MIN..=EVENT_TIME_MAX).contains(&time);
    within.then(|| match unit.level() {
        Some(level) => level.floor(time),
        None => time.div_euclid(SECOND) * SECOND,
    })
}

/// `time` itself at the start of a bucket, else the start of the next one.
pub(super) fn ceil(unit: Unit, time: i64) -> Option<i64> {
    let start = floor(unit, time)?;
    if start == time {
        return Some(time);
    }
    Some(match unit.level() {
        Some(level) => level.next(time),
        None => start + SECOND,
    })
}

/// `count` units later; a day that the month reached does not have becomes its last one.
pub(super) fn add(unit: Unit, count: i64, time: i64) -> Option<i64> {
    match length(unit) {
        Length::Micros(size) => time.checked_add(count.checked_mul(size)?),
        Length::Months(months) => add_months(time, count.checked_mul(months)?),
    }
}

/// Whole units from one time to another, negative if the second is the earlier one.
pub(super) fn difference(unit: Unit, from: i64, to: i64) -> Option<i64> {
    match length(unit) {
        Length::Micros(size) => Some(to.checked_sub(from)? / size),
        Length::Months(months) => Some(months_between(from, to)? / months),
    }
}

enum Length {
    Micros(i64),
    Months(i64),
}

fn length(unit: Unit) -> Length {
    match unit {
        Unit::Second => Length::Micros(SECOND),
        Unit::Minute => Length::Micros(60 * SECOND),
        Unit::Hour => Length::Micros(3_600 * SECOND),
        Unit::Day => Length::Micros(86_400 * SECOND),
        Unit::Week => Length::Micros(7 * 86_400 * SECOND),
        Unit::Month => Length::Months(1),
        Unit::Quarter => Length::Months(3),
        Unit::Year => Length::Months(12),
    }
}

fn add_months(time: i64, months: i64) -> Option<i64> {
    let start = DateTime::from_timestamp_micros(time)?.naive_utc();
    let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    let end = if months < 0 { start.checked_sub_months(count) } else { start.checked_add_months(count) };
    Some(end?.and_utc().timestamp_micros())
}

fn months_between(from: i64, to: i64) -> Option<i64> {
    if to < from {
        return Some(-months_between(to, from)?);
    }
    let month = |time: i64| {
        let date = DateTime::from_timestamp_micros(time)?.date_naive();
        Some(i64::from(date.year()) * 12 + i64::from(date.month0()))
    };
    // Reaches the month of `to`, and there perhaps a later time.
    let months = month(to)? - month(from)?;
    let reached = add_months(from, months)?;
    Some(if reached > to { months - 1 } else { months })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap().and_utc().timestamp_micros()
    }

    #[test]
    fn the_last_day_of_a_month_stays_within_the_month_that_is_reached() {
        assert_eq!(add(Unit::Month, 1, at("2024-01-31 10:00:00")), Some(at("2024-02-29 10:00:00")));
        assert_eq!(add(Unit::Year, -1, at("2024-02-29 00:00:00")), Some(at("2023-02-28 00:00:00")));
        assert_eq!(add(Unit::Quarter, -1, at("2024-05-31 00:00:00")), Some(at("2024-02-29 00:00:00")));
        assert_eq!(add(Unit::Week, 2, at("2024-02-20 00:00:01")), Some(at("2024-03-05 00:00:01")));
        assert_eq!(add(Unit::Year, i64::MAX, 0), None);
    }

    #[test]
    fn only_whole_units_count_in_both_directions() {
        for (unit, from, to, expected) in [
            (Unit::Day, "2024-01-01 23:00:00", "2024-01-02 22:59:59", 0),
            (Unit::Day, "2024-01-01 23:00:00", "2024-01-02 23:00:00", 1),
            (Unit::Hour, "2024-01-01 01:30:00", "2024-01-01 00:00:00", -1),
            (Unit::Month, "2024-01-31 00:00:00", "2024-02-28 23:59:59", 0),
            (Unit::Month, "2024-01-31 00:00:00", "2024-02-29 00:00:00", 1),
            (Unit::Month, "2024-03-15 10:00:00", "2024-02-15 09:00:00", -1),
            (Unit::Quarter, "2023-12-31 00:00:00", "2024-12-30 00:00:00", 3),
            (Unit::Year, "2020-02-29 00:00:00", "2024-02-28 00:00:00", 3),
        ] {
            assert_eq!(difference(unit, at(from), at(to)), Some(expected), "{unit} {from} {to}");
        }
    }

    #[test]
    fn a_start_is_its_own_ceiling_and_weeks_start_on_sunday() {
        let sunday = at("2024-01-07 00:00:00");
        assert_eq!((floor(Unit::Week, sunday), ceil(Unit::Week, sunday)), (Some(sunday), Some(sunday)));
        assert_eq!(floor(Unit::Week, sunday - 1), Some(at("2023-12-31 00:00:00")));
        assert_eq!(ceil(Unit::Week, sunday + 1), Some(at("2024-01-14 00:00:00")));
        assert_eq!(ceil(Unit::Month, at("2024-12-01 00:00:01")), Some(at("2025-01-01 00:00:00")));
        assert_eq!(floor(Unit::Second, -1), Some(-SECOND));
        assert_eq!(floor(Unit::Year, i64::MAX), None);
    }
}
