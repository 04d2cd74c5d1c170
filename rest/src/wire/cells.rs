//! The values of an answer as text.

use std::fmt::{self, Display};

use ::cube::Result;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// How the values of one column are written.
pub(super) enum Cells<'a> {
    Text(&'a dyn Array, ArrayFormatter<'a>),
    Float(&'a dyn Array),
}

/// Times are in UTC, with a fraction only where there is one.
const FORMAT: FormatOptions<'static> = FormatOptions::new()
    .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
    .with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f"));

impl<'a> Cells<'a> {
    pub(super) fn new(array: &'a dyn Array) -> Result<Self> {
        Ok(match array.data_type() {
            DataType::Float32 | DataType::Float64 => Self::Float(array),
            _ => Self::Text(array, ArrayFormatter::try_new(array, &FORMAT)?),
        })
    }

    /// The value in `row`; `None` for NULL.
    pub(super) fn text(&self, row: usize) -> Option<impl Display + '_> {
        match self {
            Self::Text(array, _) | Self::Float(array) if array.is_null(row) => None,
            Self::Text(_, format) => Some(Either::Left(format.value(row))),
            Self::Float(array) => Some(Either::Right(float(*array, row))),
        }
    }
}

enum Either<L, R> {
    Left(L),
    Right(R),
}

impl<L: Display, R: Display> Display for Either<L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Left(left) => left.fmt(f),
            Self::Right(right) => right.fmt(f),
        }
    }
}

/// As Java reads it: the shortest digits that give the same number back.
fn float(array: &dyn Array, row: usize) -> String {
    let shown = |value: f64, text: String| match value {
        value if value.is_finite() => text,
        value if value.is_nan() => "NaN".to_owned(),
        value if value > 0.0 => "Infinity".to_owned(),
        _ => "-Infinity".to_owned(),
    };
    match array.as_primitive_opt::<Float64Type>() {
        Some(doubles) => shown(doubles.value(row), format!("{:?}", doubles.value(row))),
        None => {
            let value = array.as_primitive::<Float32Type>().value(row);
            shown(f64::from(value), format!("{value:?}"))
        }
    }
}
