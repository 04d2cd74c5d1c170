//! The event time of a message, in the format of the model.

use cube::spec::EventTimeFormat;
use cube::time::{EVENT_TIME_MAX, EVENT_TIME_MIN};

use super::column::{Cell, Scalar};
use super::instant;
use super::number::{Number, floor};
use super::pattern::Pattern;
use super::reason::Reason;
use super::scanner::Kind;

pub(super) enum EventTimeReader {
    /// Microseconds are 10^`power` of the unit.
    Epoch {
        power: usize,
    },
    Rfc3339,
    Pattern(Box<Pattern>),
}

impl EventTimeReader {
    pub(super) fn new(format: &EventTimeFormat) -> cube::Result<Self> {
        Ok(match format {
            EventTimeFormat::EpochSeconds => Self::Epoch { power: 6 },
            EventTimeFormat::EpochMillis => Self::Epoch { power: 3 },
            EventTimeFormat::EpochMicros => Self::Epoch { power: 0 },
            EventTimeFormat::Rfc3339 => Self::Rfc3339,
            EventTimeFormat::Pattern { pattern, zone } => {
                Self::Pattern(Box::new(Pattern::new(pattern, *zone)?))
            }
        })
    }

    /// Microseconds since the epoch, UTC, in the years 1 to 9999.
    #[inline]
    pub(super) fn read(&mut self, cell: Cell<'_>) -> Result<i64, Reason> {
        let time = match (self, cell.token.kind) {
            (Self::Epoch { power }, Kind::Number) => {
                let number = Number { text: cell.token.inner(cell.message), short: cell.token.short };
                epoch(number, *power)?
            }
            (_, Kind::Object | Kind::Array) => return Err(Reason::EventTimeInvalid),
            (reader, _) => reader.read_other(cell.scalar()?)?,
        };
        if (EVENT_TIME_MIN..=EVENT_TIME_MAX).contains(&time) {
            Ok(time)
        } else {
            Err(Reason::EventTimeOutOfRange)
        }
    }

    fn read_other(&mut self, value: Scalar<'_>) -> Result<i64, Reason> {
        match (self, value) {
            (_, Scalar::Null) => Err(Reason::EventTimeMissing),
            (Self::Epoch { power }, Scalar::Text(text)) => {
                epoch(Number::read(text).ok_or(Reason::EventTimeInvalid)?, *power)
            }
            (Self::Rfc3339, Scalar::Text(text)) => instant::rfc3339(text).ok_or(Reason::EventTimeInvalid),
            (Self::Pattern(pattern), Scalar::Text(text) | Scalar::Number(Number { text, .. })) => {
                pattern.read(text)
            }
            _ => Err(Reason::EventTimeInvalid),
        }
    }

    pub(super) fn accepts(&self, reason: Reason) -> String {
        let what = match self {
            Self::Epoch { power: 6 } => "seconds since the epoch",
            Self::Epoch { power: 3 } => "milliseconds since the epoch",
            Self::Epoch { .. } => "microseconds since the epoch",
            Self::Rfc3339 => "a string in RFC 3339 such as \"2026-01-01T00:00:00Z\"",
            Self::Pattern(pattern) => return pattern.accepts(reason),
        };
        match reason {
            Reason::EventTimeOutOfRange => format!("the event time is {what}, in the years 1 to 9999"),
            _ => format!("the event time is {what}, and every message must have it"),
        }
    }
}

#[inline]
fn epoch(number: Number<'_>, power: usize) -> Result<i64, Reason> {
    floor(number, power).map_err(|_| Reason::EventTimeOutOfRange)
}
