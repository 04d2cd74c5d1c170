//! Units of the calendar.

use std::fmt;
use std::str::FromStr;

use cube::time::TimeLevel;
use cube::{Error, Result};

/// A unit as `FLOOR(x TO unit)` and `TIMESTAMPADD(unit, …)` name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    const ALL: [Self; 8] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Second => "SECOND",
            Self::Minute => "MINUTE",
            Self::Hour => "HOUR",
            Self::Day => "DAY",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
            Self::Quarter => "QUARTER",
            Self::Year => "YEAR",
        }
    }

    pub(crate) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// The level whose buckets are these; there is none for seconds.
    pub(crate) fn level(self) -> Option<TimeLevel> {
        Some(match self {
            Self::Second => return None,
            Self::Minute => TimeLevel::Minute,
            Self::Hour => TimeLevel::Hour,
            Self::Day => TimeLevel::Day,
            Self::Week => TimeLevel::Week,
            Self::Month => TimeLevel::Month,
            Self::Quarter => TimeLevel::Quarter,
            Self::Year => TimeLevel::Year,
        })
    }

    pub(crate) fn is_whole_days(self) -> bool {
        self >= Self::Day
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Unit {
    type Err = Error;

    /// Without regard to case, and with or without ODBC's prefix (`SQL_TSI_DAY`).
    fn from_str(name: &str) -> Result<Self> {
        let upper = name.to_ascii_uppercase();
        let bare = upper.strip_prefix("SQL_TSI_").unwrap_or(&upper);
        let known = Self::ALL.into_iter().find(|unit| unit.name() == bare);
        known.ok_or_else(|| Error::invalid(format!("{name} is no unit of time here; use {}", Self::names())))
    }
}
