//! Short ways to measures and states.

use arrow::array::{Array, ArrayRef};

use super::values::{Value, array, read};
use crate::Result;
use crate::measure::{Function, Input, Measure, States};
use crate::spec::ColumnType;

pub(super) fn measure(function: Function, column_type: ColumnType) -> Measure {
    Measure::new("m", function, Some(Input { column: 0, column_type })).unwrap()
}

/// States of one group over `values`.
pub(super) fn one_group(measure: &Measure, values: &ArrayRef) -> Result<Box<dyn States>> {
    let mut states = measure.states();
    states.grow(1);
    states.update(&vec![0; values.len()], Some(values))?;
    Ok(states)
}

/// What the measure answers over `values` in one group.
pub(super) fn answer(measure: &Measure, values: &ArrayRef) -> Result<Option<Value>> {
    Ok(read(&one_group(measure, values)?.answer()?).remove(0))
}

pub(super) fn exacts(column_type: ColumnType, values: &[i128]) -> ArrayRef {
    let values: Vec<_> = values.iter().map(|&value| Some(Value::Exact(value))).collect();
    array(column_type, &values, false)
}
