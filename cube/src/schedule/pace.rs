//! How often something runs.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::TimeZone;
use chrono_tz::Tz;
use croner::parser::{CronParser, Seconds, Year};

use crate::{Error, Result};

/// An interval or a cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Counted from the previous run.
    Every(Every),
    /// In the schedule's time zone.
    Cron(Cron),
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(every) => write!(f, "every {every}"),
            Self::Cron(cron) => write!(f, "cron {cron}"),
        }
    }
}

/// A number of whole seconds, from one second to a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every {
    seconds: i64,
}

/// From the largest on.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl Every {
    /// The longest one, seconds.
    const MAX: i64 = 366 * 86_400;

    pub fn millis(self) -> i64 {
        self.seconds * 1000
    }

    fn from_seconds(seconds: i64) -> Option<Self> {
        (1..=Self::MAX).contains(&seconds).then_some(Self { seconds })
    }
}

impl FromStr for Every {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parsed = text.trim().char_indices().next_back().and_then(|(at, unit)| {
            let number: i64 = text.trim()[..at].trim().parse().ok()?;
            let (_, seconds) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
            Self::from_seconds(number.checked_mul(seconds)?)
        });
        parsed.ok_or_else(|| {
            Error::invalid(format!(
                "{text:?} is not an interval; use a whole number of s, m, h or d, from 1s to 366d, such as 5m"
            ))
        })
    }
}

impl fmt::Display for Every {
    /// In the largest unit of which it is a whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = UNITS.into_iter().find(|(_, seconds)| self.seconds % seconds == 0);
        let (name, seconds) = unit.unwrap_or(('s', 1));
        write!(f, "{}{name}", self.seconds / seconds)
    }
}

/// A cron expression of five fields (minute, hour, day of month, month, day of week).
///
/// A fixed time that the zone's clock skips runs at the first moment after the gap; one that the
/// clock repeats runs once. Expressions with `*` or steps follow the clock.
#[derive(Clone, Debug)]
pub struct Cron {
    text: String,
    compiled: Arc<croner::Cron>,
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Cron {}

/// Times of an expression that are looked at before it is said that none is accepted: every minute
/// of the two weeks in which each part of the week comes by.
const TRIES: usize = 20_160;

/// And for how long: 29 February comes by. Milliseconds.
const AHEAD: i64 = 9 * 366 * 86_400_000;

impl Cron {
    /// The first moment after `after`; milliseconds since the epoch, UTC.
    fn next(&self, after: i64, zone: Tz) -> Option<i64> {
        // Whole seconds are all that an expression knows of.
        let after = zone.timestamp_opt(after.div_euclid(1000), 0).single()?;
        Some(self.compiled.find_next_occurrence(&after, false).ok()?.timestamp_millis())
    }

    /// The first moment after `after` that is accepted.
    pub(super) fn first_where(&self, after: i64, zone: Tz, accept: impl Fn(i64) -> bool) -> Option<i64> {
        std::iter::successors(self.next(after, zone), |&at| self.next(at, zone))
            .take(TRIES)
            .take_while(|at| *at <= after.saturating_add(AHEAD))
            .find(|at| accept(*at))
    }
}

impl FromStr for Cron {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        const ACCEPTED: &str =
            "use five fields (minute, hour, day of month, month, day of week), such as */5 8-19 * * MON-FRI";
        let wrong =
            |why: &str| Error::invalid(format!("{text:?} is not a cron expression: {why}; {ACCEPTED}"));
        if text.split_whitespace().count() != 5 {
            return Err(wrong(&format!("it has {} fields", text.split_whitespace().count())));
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let compiled = parser.parse(text).map_err(|error| wrong(&error.to_string()))?;
        let cron = Self {
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            compiled: Arc::new(compiled),
        };
        match cron.next(0, Tz::UTC) {
            Some(_) => Ok(cron),
            None => Err(wrong("there is no such day in any year")),
        }
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
