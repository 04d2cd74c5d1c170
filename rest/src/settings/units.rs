//! Sizes and times as people write them: `64MiB`, `30s`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use cube::{Error, Result};
use serde::{Deserialize, Serialize};

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ByteSize(pub u64);

const SIZES: [(&str, u64); 5] =
    [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl ByteSize {
    /// As a length in memory.
    pub fn bytes(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl FromStr for ByteSize {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parsed = SIZES.iter().find_map(|(unit, factor)| {
            let number: u64 = text.trim().strip_suffix(unit)?.trim().parse().ok()?;
            number.checked_mul(*factor)
        });
        parsed.map(Self).ok_or_else(|| {
            Error::invalid(format!(
                "{text:?} is not a size: write a whole number and B, KiB, MiB, GiB or TiB, such as 64MiB"
            ))
        })
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = SIZES.iter().find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor));
        let (name, factor) = unit.unwrap_or(&("B", 1));
        write!(f, "{}{name}", self.0 / factor)
    }
}

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period(pub Duration);

/// In milliseconds; `ms` stands before `s`, which it ends in.
const PERIODS: [(&str, u64); 4] = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];

impl FromStr for Period {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parsed = PERIODS.iter().find_map(|(unit, factor)| {
            let number: u64 = text.trim().strip_suffix(unit)?.trim().parse().ok()?;
            number.checked_mul(*factor)
        });
        parsed.map(|millis| Self(Duration::from_millis(millis))).ok_or_else(|| {
            Error::invalid(format!(
                "{text:?} is not a span of time: write a whole number and ms, s, m or h, such as 30s"
            ))
        })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis() as u64;
        let unit = ["h", "m", "s"].iter().find_map(|name| {
            let (_, factor) = PERIODS.iter().find(|(known, _)| known == name)?;
            (millis > 0 && millis.is_multiple_of(*factor)).then_some((*name, *factor))
        });
        let (name, factor) = unit.unwrap_or(("ms", 1));
        write!(f, "{}{name}", millis / factor)
    }
}

macro_rules! as_text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(text: String) -> Result<Self> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.to_string()
            }
        }
    };
}

as_text!(ByteSize);
as_text!(Period);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_print_as_they_are_written() {
        for text in ["64MiB", "1GiB", "1000B", "3KiB", "0B"] {
            assert_eq!(text.parse::<ByteSize>().unwrap().to_string(), text);
        }
        for text in ["30s", "250ms", "2m", "1h", "0ms"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_a_size_is_refused_with_an_example() {
        for text in ["64", "MiB", "1.5GiB", "64MB", "-1KiB", "99999999TiB"] {
            assert!(text.parse::<ByteSize>().unwrap_err().to_string().contains("such as 64MiB"), "{text}");
        }
        for text in ["30", "s", "1 day", "-1s"] {
            assert!(text.parse::<Period>().unwrap_err().to_string().contains("such as 30s"), "{text}");
        }
    }
}
