//! SUM. Integers and decimals are added exactly in 128 bits, checked; floats as doubles.
//!
//! The state is NULL until a value arrived, because SUM over nothing is NULL. Sums of up to 2^63
//! 64-bit integers fit the state, whose columns hold 38 digits; a decimal sum beyond them is an
//! error that names the measure. The answer of an integer sum is a 64-bit integer, as in SQL, and
//! an error where it does not fit: the stored state is still right, so a CAST to a wider type in
//! a later version, or a narrower group, can answer.

use std::any::Any;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Float64Array, Int64Array};
use arrow::datatypes::{DataType, Decimal128Type, Float32Type, Float64Type, Int32Type, Int64Type};

use super::{States, column, same, values};
use crate::spec::ColumnType;
use crate::{Error, Result};

/// The greatest number of 38 digits.
const LIMIT: i128 = 99_999_999_999_999_999_999_999_999_999_999_999_999;

pub(super) fn state_type(column_type: ColumnType) -> DataType {
    match column_type {
        ColumnType::Float | ColumnType::Double => DataType::Float64,
        ColumnType::Decimal { scale, .. } => DataType::Decimal128(38, scale),
        _ => DataType::Decimal128(38, 0),
    }
}

pub(super) fn answer_type(column_type: ColumnType) -> DataType {
    match column_type {
        ColumnType::Float | ColumnType::Double => DataType::Float64,
        ColumnType::Decimal { precision, scale } => DataType::Decimal128((precision + 10).min(38), scale),
        _ => DataType::Int64,
    }
}

pub(super) fn states(name: String, column_type: ColumnType) -> Box<dyn States> {
    if column_type.is_float() {
        Box::new(FloatSums::default())
    } else {
        Box::new(ExactSums::new(name, column_type))
    }
}

/// Exact sums, in units of the last digit.
#[derive(Debug)]
pub(super) struct ExactSums {
    name: String,
    column_type: ColumnType,
    pub(super) sums: Vec<i128>,
    pub(super) seen: Vec<bool>,
}

impl ExactSums {
    pub(super) fn new(name: String, column_type: ColumnType) -> Self {
        Self { name, column_type, sums: vec![], seen: vec![] }
    }

    #[inline]
    fn add(&mut self, group: u32, value: i128) -> Result<()> {
        let sum = &mut self.sums[group as usize];
        *sum = match sum.checked_add(value) {
            Some(sum) if (-LIMIT..=LIMIT).contains(&sum) => sum,
            _ => {
                return Err(Error::data(format!(
                    "measure {}: the exact sum has more than 38 digits; use a narrower decimal type or double",
                    self.name
                )));
            }
        };
        self.seen[group as usize] = true;
        Ok(())
    }

    fn add_all(&mut self, groups: &[u32], all: impl Iterator<Item = Option<i128>>) -> Result<()> {
        for (&group, value) in groups.iter().zip(all) {
            if let Some(value) = value {
                self.add(group, value)?;
            }
        }
        Ok(())
    }

    pub(super) fn column_type(&self) -> ColumnType {
        self.column_type
    }

    pub(super) fn scale(&self) -> i8 {
        match self.column_type {
            ColumnType::Decimal { scale, .. } => scale,
            _ => 0,
        }
    }
}

impl States for ExactSums {
    fn grow(&mut self, groups: usize) {
        self.sums.resize(groups, 0);
        self.seen.resize(groups, false);
    }

    fn update(&mut self, groups: &[u32], input: Option<&ArrayRef>) -> Result<()> {
        let input = values(input)?;
        match input.data_type() {
            DataType::Int32 => {
                self.add_all(groups, input.as_primitive::<Int32Type>().iter().map(|v| v.map(i128::from)))
            }
            DataType::Int64 => {
                self.add_all(groups, input.as_primitive::<Int64Type>().iter().map(|v| v.map(i128::from)))
            }
            DataType::Decimal128(..) => self.add_all(groups, input.as_primitive::<Decimal128Type>().iter()),
            other => Err(Error::internal(format!("exact sum over {other}"))),
        }
    }

    fn merge(&mut self, groups: &[u32], other: &dyn States) -> Result<()> {
        let other: &Self = same(other)?;
        self.add_all(groups, other.sums.iter().zip(&other.seen).map(|(&sum, &seen)| seen.then_some(sum)))
    }

    fn merge_columns(&mut self, groups: &[u32], columns: &[ArrayRef]) -> Result<()> {
        let sums: &Decimal128Array = column(columns, 0)?;
        self.add_all(groups, sums.iter())
    }

    fn columns(&self, order: &[u32]) -> Result<Vec<ArrayRef>> {
        let sorted = order.iter().map(|&g| self.seen[g as usize].then(|| self.sums[g as usize]));
        let array: Decimal128Array = sorted.collect();
        Ok(vec![Arc::new(array.with_data_type(DataType::Decimal128(38, self.scale())))])
    }

    fn answer(&self) -> Result<ArrayRef> {
        let sums = self.sums.iter().zip(&self.seen).map(|(&sum, &seen)| seen.then_some(sum));
        let DataType::Decimal128(precision, _) = answer_type(self.column_type) else {
            let narrowed: Result<Int64Array> = sums
                .map(|sum| {
                    sum.map(|sum| {
                        i64::try_from(sum).map_err(|_| {
                            Error::data(format!(
                                "SUM of measure {} is {sum}, which is out of range for bigint",
                                self.name
                            ))
                        })
                    })
                    .transpose()
                })
                .collect();
            return Ok(Arc::new(narrowed?));
        };
        let array: Decimal128Array = sums.collect();
        let array = array.with_data_type(answer_type(self.column_type));
        array.validate_decimal_precision(precision).map_err(|error| {
            Error::data(format!("SUM of measure {} has more than {precision} digits: {error}", self.name))
        })?;
        Ok(Arc::new(array))
    }

    fn memory(&self) -> usize {
        self.sums.capacity() * 16 + self.seen.capacity()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Sums of doubles; merging in another order may differ in the last digits.
#[derive(Debug, Default)]
pub(super) struct FloatSums {
    pub(super) sums: Vec<f64>,
    pub(super) seen: Vec<bool>,
}

impl FloatSums {
    fn add_all(&mut self, groups: &[u32], all: impl Iterator<Item = Option<f64>>) {
        for (&group, value) in groups.iter().zip(all) {
            if let Some(value) = value {
                self.sums[group as usize] += value;
                self.seen[group as usize] = true;
            }
        }
    }
}

impl States for FloatSums {
    fn grow(&mut self, groups: usize) {
        self.sums.resize(groups, 0.0);
        self.seen.resize(groups, false);
    }

    fn update(&mut self, groups: &[u32], input: Option<&ArrayRef>) -> Result<()> {
        let input = values(input)?;
        match input.data_type() {
            DataType::Float32 => {
                self.add_all(groups, input.as_primitive::<Float32Type>().iter().map(|v| v.map(f64::from)));
            }
            DataType::Float64 => self.add_all(groups, input.as_primitive::<Float64Type>().iter()),
            other => return Err(Error::internal(format!("float sum over {other}"))),
        }
        Ok(())
    }

    fn merge(&mut self, groups: &[u32], other: &dyn States) -> Result<()> {
        let other: &Self = same(other)?;
        self.add_all(groups, other.sums.iter().zip(&other.seen).map(|(&sum, &seen)| seen.then_some(sum)));
        Ok(())
    }

    fn merge_columns(&mut self, groups: &[u32], columns: &[ArrayRef]) -> Result<()> {
        let sums: &Float64Array = column(columns, 0)?;
        self.add_all(groups, sums.iter());
        Ok(())
    }

    fn columns(&self, order: &[u32]) -> Result<Vec<ArrayRef>> {
        let sorted: Float64Array =
            order.iter().map(|&g| self.seen[g as usize].then(|| self.sums[g as usize])).collect();
        Ok(vec![Arc::new(sorted)])
    }

    fn answer(&self) -> Result<ArrayRef> {
        let order: Vec<u32> = (0..self.sums.len() as u32).collect();
        Ok(self.columns(&order)?.remove(0))
    }

    fn memory(&self) -> usize {
        self.sums.capacity() * 8 + self.seen.capacity()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
