//! What a measure answers over raw values, computed by plain Rust. Tests of other modules use it
//! too.

use std::collections::BTreeSet;

use arrow::datatypes::DataType;

use super::values::Value;
use crate::measure::{Function, Measure};
use crate::spec::ColumnType;

/// The greatest number of 38 digits.
const LIMIT: i128 = 10i128.pow(38) - 1;

/// What plain Rust answers for one group.
pub(crate) enum Expected {
    Answer(Option<Value>),
    /// An error: the answer leaves its type.
    OutOfRange,
    /// The sum of the magnitudes has more than 38 digits: whether a partial sum leaves the state
    /// depends on the order.
    EitherWay,
}

/// One value for each row of the group. Approximate counts are exact here.
pub(crate) fn expected(measure: &Measure, rows: &[Option<Value>]) -> Expected {
    let values: Vec<&Value> = rows.iter().flatten().collect();
    let count = |n: usize| Expected::Answer(Some(Value::Exact(n as i128)));
    match measure.function {
        Function::Count if measure.input.is_none() => count(rows.len()),
        Function::Count => count(values.len()),
        Function::Min => {
            Expected::Answer(values.into_iter().reduce(|a, b| if b < a { b } else { a }).cloned())
        }
        Function::Max => {
            Expected::Answer(values.into_iter().reduce(|a, b| if b > a { b } else { a }).cloned())
        }
        Function::CountDistinct | Function::ApproxCountDistinct { .. } => {
            // -0.0 equals 0.0.
            let text = |value: &&Value| match value {
                Value::Float(value) => format!("{:?}", value + 0.0),
                other => format!("{other:?}"),
            };
            count(values.iter().map(text).collect::<BTreeSet<_>>().len())
        }
        Function::Sum | Function::Avg if values.is_empty() => Expected::Answer(None),
        Function::Sum | Function::Avg if matches!(values[0], Value::Float(_)) => {
            let sum: f64 = values.iter().map(|value| value.float()).sum();
            let n = if measure.function == Function::Avg { values.len() as f64 } else { 1.0 };
            Expected::Answer(Some(Value::Float(sum / n)))
        }
        Function::Sum | Function::Avg => {
            let magnitude = values.iter().try_fold(0i128, |sum, value| sum.checked_add(value.exact().abs()));
            if magnitude.is_none_or(|magnitude| magnitude > LIMIT) {
                return Expected::EitherWay;
            }
            let sum: i128 = values.iter().map(|value| value.exact()).sum();
            let n = values.len() as i128;
            let answer = if measure.function == Function::Avg {
                average(measure, sum, n)
            } else {
                total(measure, sum)
            };
            answer.map_or(Expected::OutOfRange, |answer| Expected::Answer(Some(answer)))
        }
    }
}

fn total(measure: &Measure, sum: i128) -> Option<Value> {
    let limit = match measure.answer_type() {
        DataType::Int64 => i64::MIN as i128..=i64::MAX as i128,
        DataType::Decimal128(precision, _) => {
            1 - 10i128.pow(precision.into())..=10i128.pow(precision.into()) - 1
        }
        other => panic!("a sum is no {other}"),
    };
    limit.contains(&sum).then_some(Value::Exact(sum))
}

fn average(measure: &Measure, sum: i128, n: i128) -> Option<Value> {
    let (DataType::Decimal128(precision, scale), Some(ColumnType::Decimal { scale: held, .. })) =
        (measure.answer_type(), measure.input.map(|input| input.column_type))
    else {
        return Some(Value::Float(sum as f64 / n as f64));
    };
    let scaled = sum.checked_mul(10i128.pow((scale - held) as u32))?;
    let (magnitude, n) = (scaled.unsigned_abs(), n as u128);
    let rounded = (magnitude / n + u128::from(magnitude % n * 2 >= n)) as i128;
    (rounded < 10i128.pow(precision.into())).then_some(Value::Exact(rounded * scaled.signum()))
}
