use cube::measure::Input;
use cube::spec::ColumnType;
use datafusion::arrow::array::{AsArray, Decimal128Array, Int32Array, Int64Array};
use datafusion::arrow::datatypes::{Float64Type, Int64Type};

use super::*;

fn measure(function: Function, column_type: Option<ColumnType>) -> Measure {
    Measure::new("m", function, column_type.map(|column_type| Input { column: 0, column_type })).unwrap()
}

fn groups(measure: Measure) -> Groups {
    Groups { states: measure.states(), measure, count: 0 }
}

fn counts(values: &[Option<i64>]) -> Vec<ArrayRef> {
    vec![Arc::new(Int64Array::from(values.to_vec()))]
}

fn answers(array: &ArrayRef) -> Vec<i64> {
    array.as_primitive::<Int64Type>().values().to_vec()
}

/// `AVG` states of these values, one row each.
fn average_states(values: &[i32]) -> Vec<ArrayRef> {
    let mut states = measure(Function::Avg, Some(ColumnType::Integer)).states();
    states.grow(values.len());
    let order: Vec<u32> = (0..values.len() as u32).collect();
    let values: ArrayRef = Arc::new(Int32Array::from(values.to_vec()));
    states.update(&order, Some(&values)).unwrap();
    states.columns(&order).unwrap()
}

#[test]
fn filtered_rows_and_null_states_add_nothing() {
    let mut groups = groups(measure(Function::Count, None));
    let filter = BooleanArray::from(vec![Some(true), Some(false), None, Some(true)]);
    let states = counts(&[Some(5), Some(7), Some(9), None]);
    groups.update_batch(&states, &[0, 0, 1, 1], Some(&filter), 3).unwrap();
    assert_eq!(answers(&groups.evaluate(EmitTo::All).unwrap()), [5, 0, 0]);
}

#[test]
fn the_first_groups_leave_and_the_others_move_down() {
    let mut groups = groups(measure(Function::Avg, Some(ColumnType::Integer)));
    groups.update_batch(&average_states(&[1, 2, 10, 4]), &[0, 1, 2, 1], None, 3).unwrap();
    let first = groups.evaluate(EmitTo::First(2)).unwrap();
    assert_eq!(first.as_primitive::<Float64Type>().values(), &[1.0, 3.0]);
    groups.update_batch(&average_states(&[20]), &[0], None, 2).unwrap();
    let rest = groups.evaluate(EmitTo::All).unwrap();
    let rest = rest.as_primitive::<Float64Type>();
    assert_eq!((rest.value(0), rest.is_null(1), rest.len()), (15.0, true, 2));
    assert_eq!(groups.evaluate(EmitTo::All).unwrap().len(), 0);
}

#[test]
fn partial_states_merge_into_the_same_answer() {
    let rows = average_states(&[1, 2, 10, 4]);
    let mut direct = groups(measure(Function::Avg, Some(ColumnType::Integer)));
    direct.update_batch(&rows, &[0, 1, 1, 0], None, 2).unwrap();
    let mut partial = groups(measure(Function::Avg, Some(ColumnType::Integer)));
    partial.update_batch(&rows, &[0, 1, 2, 3], None, 4).unwrap();
    let mut last = groups(measure(Function::Avg, Some(ColumnType::Integer)));
    last.merge_batch(&partial.state(EmitTo::All).unwrap(), &[0, 1, 1, 0], 2).unwrap();
    assert_eq!(&direct.evaluate(EmitTo::All).unwrap(), &last.evaluate(EmitTo::All).unwrap());
}

#[test]
fn rows_converted_to_states_keep_their_filter() {
    let groups = groups(measure(Function::Count, None));
    let filter = BooleanArray::from(vec![true, false]);
    let states = groups.convert_to_state(&counts(&[Some(3), Some(4)]), Some(&filter)).unwrap();
    assert_eq!(answers(&states[0]), [3, 0]);
}

#[test]
fn one_group_answers_even_over_nothing() {
    let one = |measure: Measure| {
        let mut groups = groups(measure);
        groups.grow(1);
        One(groups)
    };
    assert_eq!(one(measure(Function::Count, None)).evaluate().unwrap(), ScalarValue::Int64(Some(0)));
    let mut sum = one(measure(Function::Sum, Some(ColumnType::BigInt)));
    assert_eq!(sum.evaluate().unwrap(), ScalarValue::Int64(None));
    assert_eq!(sum.state().unwrap(), [ScalarValue::Decimal128(None, 38, 0)]);
}

#[test]
fn a_sum_beyond_bigint_is_an_error_not_a_wrong_number() {
    let mut groups = groups(measure(Function::Sum, Some(ColumnType::BigInt)));
    let state = Decimal128Array::from(vec![i128::from(i64::MAX), 1]).with_precision_and_scale(38, 0).unwrap();
    groups.update_batch(&[Arc::new(state)], &[0, 0], None, 1).unwrap();
    let error = crate::error::from_datafusion(groups.evaluate(EmitTo::All).unwrap_err());
    assert!(error.to_string().contains("out of range for bigint"), "{error}");
}
