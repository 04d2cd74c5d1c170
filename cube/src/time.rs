//! Event time: microseconds in UTC, its levels, and the set of minutes a segment holds.

use std::fmt;
use std::str::FromStr;

use arrow::datatypes::{DataType, TimeUnit};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};
use croaring::{Bitmap64, Portable};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A level of event time, stored in UTC as the start of its bucket.
///
/// The levels are partially ordered: a finer one answers each coarser one it refines.
/// Minute → 15 minutes → hour → day → week, and day → month → quarter → year. Weeks nest in
/// neither months nor years. A week starts on Sunday, as Kylin's `WEEK_START` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeLevel {
    Minute,
    Minute15,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl TimeLevel {
    pub const ALL: [Self; 8] = [
        Self::Minute,
        Self::Minute15,
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
    ];

    /// The column that holds the level, as Kylin names it, in lower case.
    pub fn column(self) -> &'static str {
        match self {
            Self::Minute => "minute_start",
            Self::Minute15 => "minute15_start",
            Self::Hour => "hour_start",
            Self::Day => "day_start",
            Self::Week => "week_start",
            Self::Month => "month_start",
            Self::Quarter => "quarter_start",
            Self::Year => "year_start",
        }
    }

    /// The level whose column is `name`, without regard to case.
    pub fn of_column(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.column().eq_ignore_ascii_case(name))
    }

    /// Timestamp (microseconds, UTC) below a day, Date32 from a day on.
    pub fn data_type(self) -> DataType {
        if self < Self::Day { DataType::Timestamp(TimeUnit::Microsecond, None) } else { DataType::Date32 }
    }

    /// Whether every bucket of `self` lies in one bucket of `coarser`; true for itself.
    pub fn refines(self, coarser: Self) -> bool {
        match (self, coarser) {
            (a, b) if a == b => true,
            (Self::Week, _) | (_, Self::Minute) => false,
            (Self::Month | Self::Quarter | Self::Year, Self::Week) => false,
            (a, b) => a < b,
        }
    }

    /// Start of the bucket that holds `time`; both in microseconds since the epoch, UTC.
    pub fn floor(self, time: i64) -> i64 {
        match self {
            Self::Minute => floor_to(time, MINUTE),
            Self::Minute15 => floor_to(time, 15 * MINUTE),
            Self::Hour => floor_to(time, HOUR),
            Self::Day => floor_to(time, DAY),
            // 1970-01-01 was a Thursday, four days after a Sunday.
            Self::Week => floor_to(time + 4 * DAY, 7 * DAY) - 4 * DAY,
            Self::Month => first_of_month(time, |month| month),
            Self::Quarter => first_of_month(time, |month| (month - 1) / 3 * 3 + 1),
            Self::Year => first_of_month(time, |_| 1),
        }
    }

    /// Start of the bucket after the one that holds `time`.
    pub fn next(self, time: i64) -> i64 {
        let start = self.floor(time);
        match self {
            Self::Minute => start + MINUTE,
            Self::Minute15 => start + 15 * MINUTE,
            Self::Hour => start + HOUR,
            Self::Day => start + DAY,
            Self::Week => start + 7 * DAY,
            Self::Month => self.floor(start + 31 * DAY),
            Self::Quarter => self.floor(start + 92 * DAY),
            Self::Year => self.floor(start + 366 * DAY),
        }
    }
}

impl fmt::Display for TimeLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.column())
    }
}

impl FromStr for TimeLevel {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self> {
        Self::of_column(name).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|level| level.column()).collect();
            Error::invalid(format!("{name:?} is not an event-time level: use one of {}", known.join(", ")))
        })
    }
}

fn floor_to(time: i64, unit: i64) -> i64 {
    time.div_euclid(unit) * unit
}

fn first_of_month(time: i64, month: impl Fn(u32) -> u32) -> i64 {
    let date = DateTime::from_timestamp_micros(floor_to(time, DAY)).unwrap_or_default().date_naive();
    NaiveDate::from_ymd_opt(date.year(), month(date.month()), 1)
        .unwrap_or_default()
        .and_time(Default::default())
        .and_utc()
        .timestamp_micros()
}

/// The earliest and latest instant that every level can hold: years 1 to 9999.
///
/// An event time outside of it is rejected by the decoder, so that calendar arithmetic here and
/// in every SQL engine that reads the files cannot overflow.
pub const EVENT_TIME_MIN: i64 = -62_135_596_800_000_000;
pub const EVENT_TIME_MAX: i64 = 253_402_300_799_999_999;

/// From `min` to `max`, both included, in microseconds since the epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeRange {
    pub min: i64,
    pub max: i64,
}

impl TimeRange {
    pub const ALL: Self = Self { min: i64::MIN, max: i64::MAX };

    pub fn overlaps(self, other: Self) -> bool {
        self.min.max(other.min) <= self.max.min(other.max)
    }

    pub fn union(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }

    pub fn intersect(self, other: Self) -> Option<Self> {
        let both = Self { min: self.min.max(other.min), max: self.max.min(other.max) };
        (both.min <= both.max).then_some(both)
    }
}

impl fmt::Display for TimeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", instant(self.min), instant(self.max))
    }
}

/// `2013-01-01 10:15:00`, with a fraction only where there is one.
pub fn instant(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros)
        .map(|time| time.naive_utc())
        .map(|time: NaiveDateTime| time.format("%Y-%m-%d %H:%M:%S%.f").to_string())
        .unwrap_or_else(|| if micros < 0 { "the beginning".into() } else { "the end".into() })
}

/// The minutes (UTC) that hold at least one row of a segment.
///
/// Pruning asks it besides the range from the first to the last event, so that one message
/// from 1970 does not make a segment of today answer for fifty years.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MinuteSet(Bitmap64);

impl MinuteSet {
    /// Minutes are counted from the year 1 so that all are positive.
    fn index(time: i64) -> u64 {
        (time.clamp(EVENT_TIME_MIN, EVENT_TIME_MAX) - EVENT_TIME_MIN).div_euclid(MINUTE) as u64
    }

    pub fn insert(&mut self, time: i64) {
        self.0.add(Self::index(time));
    }

    pub fn union(&mut self, other: &Self) {
        self.0.or_inplace(&other.0);
    }

    /// Whether a row may lie in `range`: exact to the minute, never a false "no".
    pub fn touches(&self, range: TimeRange) -> bool {
        self.0.intersect_with_range(Self::index(range.min)..=Self::index(range.max))
    }

    pub fn len(&self) -> u64 {
        self.0.cardinality()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The minutes as at most `limit` runs, ascending, each from its first instant to the first
    /// after it, microseconds UTC. Where there are more, those with the least between them are joined.
    pub fn runs(&self, limit: usize) -> Vec<(i64, i64)> {
        let mut runs: Vec<(u64, u64)> = vec![];
        for minute in self.0.iter() {
            match runs.last_mut() {
                Some((_, end)) if *end == minute => *end += 1,
                _ => runs.push((minute, minute + 1)),
            }
        }
        let mut gaps: Vec<u64> = runs.windows(2).map(|pair| pair[1].0 - pair[0].1).collect();
        gaps.sort_unstable_by(|a, b| b.cmp(a));
        // The widest gaps stay, one fewer than runs.
        let mut kept = limit.max(1) - 1;
        let widest = gaps.get(kept).copied().unwrap_or(0);
        let mut joined: Vec<(u64, u64)> = vec![];
        for (start, end) in runs {
            match joined.last_mut() {
                Some((_, last)) if start - *last <= widest || kept == 0 => *last = end,
                Some(_) => {
                    kept -= 1;
                    joined.push((start, end));
                }
                None => joined.push((start, end)),
            }
        }
        let time = |minute: u64| EVENT_TIME_MIN.div_euclid(MINUTE) * MINUTE + minute as i64 * MINUTE;
        joined.into_iter().map(|(start, end)| (time(start), time(end))).collect()
    }

    /// Portable 64-bit roaring format.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut compact = self.0.clone();
        compact.run_optimize();
        compact.serialize::<Portable>()
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Bitmap64::try_deserialize::<Portable>(bytes)
            .map(Self)
            .ok_or_else(|| Error::data("the stored set of minutes is not a portable 64-bit roaring bitmap"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> i64 {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap().and_utc().timestamp_micros()
    }

    #[test]
    fn buckets_start_where_kylin_starts_them() {
        let time = at("2013-02-13 14:37:59");
        let starts = TimeLevel::ALL.map(|level| instant(level.floor(time)));
        let expected = [
            "2013-02-13 14:37:00",
            "2013-02-13 14:30:00",
            "2013-02-13 14:00:00",
            "2013-02-13 00:00:00",
            "2013-02-10 00:00:00",
            "2013-02-01 00:00:00",
            "2013-01-01 00:00:00",
            "2013-01-01 00:00:00",
        ];
        assert_eq!(starts.each_ref().map(String::as_str), expected);
    }

    #[test]
    fn one_message_from_1970_does_not_fill_the_years_between() {
        let mut minutes = MinuteSet::default();
        minutes.insert(0);
        minutes.insert(at("2026-01-01 00:00:30"));
        let year_2000 = TimeRange { min: at("2000-01-01 00:00:00"), max: at("2001-01-01 00:00:00") };
        assert!(!minutes.touches(year_2000));
        assert!(minutes.touches(TimeRange::ALL));
        assert_eq!(MinuteSet::from_bytes(&minutes.to_bytes()).unwrap(), minutes);
    }

    #[test]
    fn runs_join_over_the_narrowest_gaps() {
        let mut minutes = MinuteSet::default();
        for minute in [0, 1, 2, 5, 100, 101, 1000] {
            minutes.insert(minute * MINUTE);
        }
        let in_minutes = |limit| -> Vec<(i64, i64)> {
            minutes.runs(limit).into_iter().map(|(start, end)| (start / MINUTE, end / MINUTE)).collect()
        };
        assert_eq!(in_minutes(64), [(0, 3), (5, 6), (100, 102), (1000, 1001)]);
        assert_eq!(in_minutes(3), [(0, 6), (100, 102), (1000, 1001)]);
        assert_eq!(in_minutes(2), [(0, 102), (1000, 1001)]);
        assert_eq!(in_minutes(1), [(0, 1001)]);
        assert_eq!(MinuteSet::default().runs(4), []);
    }

    proptest! {
        #[test]
        fn a_finer_bucket_lies_in_one_coarser_bucket(time in EVENT_TIME_MIN..EVENT_TIME_MAX) {
            for fine in TimeLevel::ALL {
                prop_assert!(fine.floor(time) <= time && time < fine.next(time));
                prop_assert_eq!(fine.floor(fine.floor(time)), fine.floor(time));
                for coarse in TimeLevel::ALL.into_iter().filter(|&coarse| fine.refines(coarse)) {
                    prop_assert_eq!(coarse.floor(fine.floor(time)), coarse.floor(time));
                    prop_assert!(fine.next(time) <= coarse.next(time));
                }
            }
        }
    }

    #[test]
    fn weeks_nest_in_no_month_and_no_year() {
        assert!(!TimeLevel::Week.refines(TimeLevel::Month) && !TimeLevel::Week.refines(TimeLevel::Year));
        assert!(!TimeLevel::Month.refines(TimeLevel::Week));
        assert!(TimeLevel::Day.refines(TimeLevel::Week) && TimeLevel::Day.refines(TimeLevel::Year));
    }
}
