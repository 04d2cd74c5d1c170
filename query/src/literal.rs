//! Literals as instants.

use cube::time::{EVENT_TIME_MAX, EVENT_TIME_MIN};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::scalar::ScalarValue;

/// Where a literal lies between whole microseconds since the epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant {
    /// The microsecond at or before it.
    pub(crate) floor: i64,
    /// The microsecond at or after it.
    pub(crate) ceil: i64,
}

impl Instant {
    /// `None` if the literal is no date or timestamp, or NULL. Instants that no event can have are
    /// moved to just outside of the years 1 to 9999, which compares the same with every event.
    pub(crate) fn of(literal: &ScalarValue) -> Option<Self> {
        let (value, per_second) = match literal {
            ScalarValue::TimestampSecond(Some(value), _) => (*value, 1),
            ScalarValue::TimestampMillisecond(Some(value), _) | ScalarValue::Date64(Some(value)) => {
                (*value, 1_000)
            }
            ScalarValue::TimestampMicrosecond(Some(value), _) => (*value, 1_000_000),
            ScalarValue::TimestampNanosecond(Some(value), _) => (*value, 1_000_000_000),
            ScalarValue::Date32(Some(days)) => (i64::from(*days) * 86_400, 1),
            _ => return None,
        };
        let nanos = i128::from(value) * (1_000_000_000 / per_second);
        let clamp =
            |micros: i128| micros.clamp((EVENT_TIME_MIN - 1).into(), (EVENT_TIME_MAX + 1).into()) as i64;
        let floor = nanos.div_euclid(1_000);
        let ceil = floor + i128::from(nanos.rem_euclid(1_000) > 0);
        Some(Self { floor: clamp(floor), ceil: clamp(ceil) })
    }
}

/// Whether a value of microseconds keeps its order and identity as `data_type`, the zone being UTC.
pub(crate) fn holds_micros(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamp(TimeUnit::Microsecond | TimeUnit::Nanosecond, zone) => is_utc(zone.as_deref()),
        _ => false,
    }
}

/// Whether a timestamp's zone reads naive times as UTC.
pub(crate) fn is_utc(zone: Option<&str>) -> bool {
    zone.is_none_or(|zone| matches!(zone, "UTC" | "Etc/UTC" | "Z" | "+00:00" | "+00" | "+0000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_lie_between_microseconds_also_before_the_epoch() {
        let between = Instant::of(&ScalarValue::TimestampNanosecond(Some(-1), None));
        assert_eq!(between, Some(Instant { floor: -1, ceil: 0 }));
        let exact = Instant::of(&ScalarValue::TimestampNanosecond(Some(-2_000), None));
        assert_eq!(exact, Some(Instant { floor: -2, ceil: -2 }));
    }

    #[test]
    fn dates_are_midnights_and_null_is_no_instant() {
        let day = Instant::of(&ScalarValue::Date32(Some(1)));
        assert_eq!(day, Some(Instant { floor: 86_400_000_000, ceil: 86_400_000_000 }));
        assert_eq!(Instant::of(&ScalarValue::Date32(None)), None);
        assert_eq!(Instant::of(&ScalarValue::Int64(Some(1))), None);
    }

    #[test]
    fn instants_beyond_all_events_stay_in_the_calendar() {
        let far = Instant::of(&ScalarValue::TimestampSecond(Some(i64::MAX), None));
        assert_eq!(far, Some(Instant { floor: EVENT_TIME_MAX + 1, ceil: EVENT_TIME_MAX + 1 }));
    }
}
