//! Parts of the week.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use super::Pace;

/// From `from` (included) to `to` (not included) in minutes of the local day, on days that begin
/// in `days`. With `to` at or before `from` it ends on the next day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// 0 to 1439.
    pub from: u32,
    /// 1 to 1440, which is the end of the day.
    pub to: u32,
    /// The days on which it begins.
    pub days: Days,
    pub pace: Pace,
}

/// A set of days of the week, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(u8);

/// In the order in which they are written.
pub(super) const WEEK: [(Weekday, &str); 7] = [
    (Weekday::Mon, "MON"),
    (Weekday::Tue, "TUE"),
    (Weekday::Wed, "WED"),
    (Weekday::Thu, "THU"),
    (Weekday::Fri, "FRI"),
    (Weekday::Sat, "SAT"),
    (Weekday::Sun, "SUN"),
];

impl Days {
    pub const ALL: Self = Self(0x7f);

    /// `None` without a day.
    pub fn new(days: impl IntoIterator<Item = Weekday>) -> Option<Self> {
        let set = days.into_iter().fold(0, |set, day| set | 1 << day.num_days_from_monday());
        (set != 0).then_some(Self(set))
    }

    pub fn contains(self, day: Weekday) -> bool {
        self.0 >> day.num_days_from_monday() & 1 == 1
    }

    /// `MON` to `SUN`, in this order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        WEEK.into_iter().filter(move |(day, _)| self.contains(*day)).map(|(_, name)| name)
    }
}

impl Window {
    /// Whether the window holds a moment in milliseconds since the epoch, UTC.
    pub(super) fn holds_at(&self, moment: i64, zone: Tz) -> bool {
        DateTime::<Utc>::from_timestamp_millis(moment).is_some_and(|utc| self.holds(utc.with_timezone(&zone)))
    }

    /// Whether the window holds a moment.
    pub fn holds(&self, moment: DateTime<Tz>) -> bool {
        let minute = moment.hour() * 60 + moment.minute();
        let begins_on = |date: Option<NaiveDate>| date.is_some_and(|date| self.days.contains(date.weekday()));
        let today = moment.date_naive();
        if self.from < self.to {
            return begins_on(Some(today)) && (self.from..self.to).contains(&minute);
        }
        (minute >= self.from && begins_on(Some(today))) || (minute < self.to && begins_on(today.pred_opt()))
    }
}

impl fmt::Display for Window {
    /// `08:00-20:00 MON TUE`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", Clock(self.from), Clock(self.to))?;
        if self.days != Days::ALL {
            self.days.names().try_for_each(|name| write!(f, " {name}"))?;
        }
        Ok(())
    }
}

/// Minutes of a day, as `HH:MM`.
pub(super) struct Clock(pub(super) u32);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}
