//! Times of any Arrow type as numbers.

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit};
use datafusion::error::Result;

use crate::literal::is_utc;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// What a type of times counts since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ticks {
    Days,
    Seconds,
    Millis,
    Micros,
    Nanos,
}

impl Ticks {
    pub(super) fn of(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Date32 => Self::Days,
            DataType::Timestamp(unit, zone) if is_utc(zone.as_deref()) => match unit {
                TimeUnit::Second => Self::Seconds,
                TimeUnit::Millisecond => Self::Millis,
                TimeUnit::Microsecond => Self::Micros,
                TimeUnit::Nanosecond => Self::Nanos,
            },
            _ => return None,
        })
    }

    /// Whole microseconds, and the nanoseconds after them.
    pub(super) fn split(self, ticks: i64) -> Option<(i64, i64)> {
        match self {
            Self::Nanos => Some((ticks.div_euclid(1_000), ticks.rem_euclid(1_000))),
            coarser => Some((ticks.checked_mul(coarser.micros())?, 0)),
        }
    }

    /// The reverse; what is finer than a tick is cut off.
    pub(super) fn join(self, micros: i64, nanos: i64) -> Option<i64> {
        match self {
            Self::Nanos => micros.checked_mul(1_000)?.checked_add(nanos),
            coarser => Some(micros.div_euclid(coarser.micros())),
        }
    }

    fn micros(self) -> i64 {
        match self {
            Self::Days => MICROS_PER_DAY,
            Self::Seconds => 1_000_000,
            Self::Millis => 1_000,
            Self::Micros | Self::Nanos => 1,
        }
    }
}

/// The ticks of dates or timestamps; integers are themselves.
pub(super) fn to_numbers(times: &ArrayRef) -> Result<Int64Array> {
    let numbers = match times.data_type() {
        DataType::Date32 => cast(&cast(times, &DataType::Int32)?, &DataType::Int64)?,
        _ => cast(times, &DataType::Int64)?,
    };
    Ok(numbers.as_primitive::<Int64Type>().clone())
}

pub(super) fn of_numbers(numbers: &Int64Array, data_type: &DataType) -> Result<ArrayRef> {
    Ok(match data_type {
        DataType::Date32 => cast(&cast(numbers, &DataType::Int32)?, data_type)?,
        _ => cast(numbers, data_type)?,
    })
}
