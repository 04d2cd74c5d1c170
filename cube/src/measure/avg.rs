//! AVG: a sum and the number of values, divided last.
//!
//! The average of integers and floats is a double. The average of a `decimal(p, s)` is a
//! `decimal(p + 4, s + 4)`, rounded half away from zero in its last digit.

use std::any::Any;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Float64Array};
use arrow::datatypes::DataType;

use super::count::CountStates;
use super::sum::{ExactSums, FloatSums};
use super::{States, same};
use crate::spec::ColumnType;
use crate::{Error, Result};

pub(super) fn answer_type(column_type: ColumnType) -> DataType {
    match column_type {
        ColumnType::Decimal { precision, scale } => {
            DataType::Decimal128((precision + 4).min(38), (scale + 4).min(38))
        }
        _ => DataType::Float64,
    }
}

pub(super) fn states(name: String, column_type: ColumnType) -> Box<dyn States> {
    if column_type.is_float() {
        Box::new(AvgStates { sums: FloatSums::default(), counts: CountStates::default() })
    } else {
        Box::new(AvgStates { sums: ExactSums::new(name, column_type), counts: CountStates::default() })
    }
}

#[derive(Debug)]
struct AvgStates<S> {
    sums: S,
    counts: CountStates,
}

/// The last step: sums divided by counts.
trait Divide: States {
    fn divide(&self, counts: &[i64]) -> Result<ArrayRef>;
}

impl Divide for FloatSums {
    fn divide(&self, counts: &[i64]) -> Result<ArrayRef> {
        let averages: Float64Array =
            self.sums.iter().zip(counts).map(|(&sum, &n)| (n > 0).then(|| sum / n as f64)).collect();
        Ok(Arc::new(averages))
    }
}

impl Divide for ExactSums {
    fn divide(&self, counts: &[i64]) -> Result<ArrayRef> {
        let pairs = self.sums.iter().zip(counts);
        let DataType::Decimal128(precision, scale) = self.average_type() else {
            let averages: Float64Array =
                pairs.map(|(&sum, &n)| (n > 0).then(|| sum as f64 / n as f64)).collect();
            return Ok(Arc::new(averages));
        };
        let shift = 10i128.pow((scale - self.scale()).max(0) as u32);
        let averages: Result<Decimal128Array> = pairs
            .map(|(&sum, &n)| {
                (n > 0)
                    .then(|| {
                        let scaled = sum.checked_mul(shift).ok_or_else(|| {
                            Error::data(format!(
                                "AVG: the sum {sum} has too many digits to be divided exactly"
                            ))
                        })?;
                        Ok(round_half_away(scaled, i128::from(n)))
                    })
                    .transpose()
            })
            .collect();
        let averages = averages?.with_data_type(DataType::Decimal128(precision, scale));
        averages
            .validate_decimal_precision(precision)
            .map_err(|error| Error::data(format!("AVG has more than {precision} digits: {error}")))?;
        Ok(Arc::new(averages))
    }
}

impl ExactSums {
    fn average_type(&self) -> DataType {
        answer_type(self.column_type())
    }
}

fn round_half_away(value: i128, by: i128) -> i128 {
    let (quotient, rest) = (value / by, value % by);
    if rest.abs() * 2 >= by { quotient + value.signum() } else { quotient }
}

impl<S: Divide> States for AvgStates<S> {
    fn grow(&mut self, groups: usize) {
        self.sums.grow(groups);
        self.counts.grow(groups);
    }

    fn update(&mut self, groups: &[u32], values: Option<&ArrayRef>) -> Result<()> {
        self.sums.update(groups, values)?;
        self.counts.update(groups, values)
    }

    fn merge(&mut self, groups: &[u32], other: &dyn States) -> Result<()> {
        let other: &Self = same(other)?;
        self.sums.merge(groups, &other.sums)?;
        self.counts.merge(groups, &other.counts)
    }

    fn merge_columns(&mut self, groups: &[u32], columns: &[ArrayRef]) -> Result<()> {
        self.sums.merge_columns(groups, columns)?;
        self.counts.merge_columns(groups, columns.get(1..).unwrap_or_default())
    }

    fn columns(&self, order: &[u32]) -> Result<Vec<ArrayRef>> {
        Ok([self.sums.columns(order)?, self.counts.columns(order)?].concat())
    }

    fn answer(&self) -> Result<ArrayRef> {
        self.sums.divide(&self.counts.0)
    }

    fn memory(&self) -> usize {
        self.sums.memory() + self.counts.memory()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::round_half_away;

    #[test]
    fn halves_round_away_from_zero_on_both_sides() {
        let rounded = [5, -5, 4, -4, 6, 0].map(|n| round_half_away(n, 10));
        assert_eq!(rounded, [1, -1, 0, 0, 1, 0]);
    }
}
