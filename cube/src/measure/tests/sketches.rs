//! Approximate COUNT DISTINCT: its error, and that only the set of values matters.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, DictionaryArray, Int64Array, StringArray, UInt32Array};
use arrow::datatypes::UInt32Type;

use super::kit::{answer, exacts, measure, one_group};
use super::values::{Value, array, read};
use crate::measure::{Function, States, hll_relative_error};
use crate::spec::ColumnType;

fn sketch(lg_k: u8, column_type: ColumnType) -> crate::measure::Measure {
    measure(Function::ApproxCountDistinct { lg_k }, column_type)
}

fn numbers(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(values.collect::<Int64Array>())
}

fn estimate(states: &dyn States) -> i128 {
    read(&states.answer().unwrap())[0].as_ref().unwrap().exact()
}

#[test]
fn the_estimate_is_within_four_standard_errors() {
    for lg_k in [10, 12, 14] {
        for n in [0i64, 1, 10, 1000, 100_000] {
            let bound = 4.0 * hll_relative_error(lg_k) * n as f64;
            let integers =
                one_group(&sketch(lg_k, ColumnType::BigInt), &numbers((0..n).map(|i| i * 31 - 7))).unwrap();
            let texts: ArrayRef =
                Arc::new(StringArray::from_iter_values((0..n).map(|i| format!("tail {i}"))));
            let texts = one_group(&sketch(lg_k, ColumnType::Varchar), &texts).unwrap();
            for states in [integers, texts] {
                let error = (estimate(&*states) - i128::from(n)).abs() as f64;
                assert!(
                    error <= bound,
                    "lg_k {lg_k}: off by {error} at {n} values, at most {bound} is stated"
                );
            }
        }
    }
}

#[test]
fn the_stated_error_is_the_one_of_the_paper() {
    assert!((hll_relative_error(12) - 0.01625).abs() < 1e-9);
    assert!((hll_relative_error(10) - 0.0325).abs() < 1e-9);
}

#[test]
fn the_estimate_depends_on_neither_order_nor_split_nor_storage() {
    for lg_k in [4, 12] {
        let sketch = sketch(lg_k, ColumnType::BigInt);
        for n in [0i64, 1, 10, 1000, 100_000] {
            let ascending = one_group(&sketch, &numbers(0..n)).unwrap();
            let expected = estimate(&*ascending);
            let descending = one_group(&sketch, &numbers((0..n).rev())).unwrap();
            assert_eq!(estimate(&*descending), expected, "descending, {n} values");
            // A stride that is prime to n visits every value once.
            let strided = one_group(&sketch, &numbers((0..n).map(|i| i * 7919 % n))).unwrap();
            assert_eq!(estimate(&*strided), expected, "strided, {n} values");

            for parts in [2i64, 7] {
                // Neighbouring parts share some values.
                let values =
                    |part: i64| numbers((n * part / parts..(n * (part + 1) / parts + 3).min(n)).rev());
                let parts: Vec<_> =
                    (0..parts).map(|part| one_group(&sketch, &values(part)).unwrap()).collect();
                let (mut merged, mut stored) = (sketch.states(), sketch.states());
                merged.grow(1);
                stored.grow(1);
                for part in &parts {
                    merged.merge(&[0], &**part).unwrap();
                }
                for part in parts.iter().rev() {
                    stored.merge_columns(&[0], &part.columns(&[0]).unwrap()).unwrap();
                }
                assert_eq!(estimate(&*merged), expected, "{} parts merged, {n} values", parts.len());
                assert_eq!(estimate(&*stored), expected, "{} stored parts, {n} values", parts.len());
                let mut again = sketch.states();
                again.grow(1);
                again.merge_columns(&[0], &stored.columns(&[0]).unwrap()).unwrap();
                assert_eq!(estimate(&*again), expected, "stored twice, {n} values");
            }
        }
    }
}

#[test]
fn a_text_counts_once_whether_it_arrives_coded_or_plain() {
    let sketch = sketch(12, ColumnType::Varchar);
    let texts: Vec<_> =
        (0..3000).map(|i| (i % 5 > 0).then(|| Value::Text(format!("ü{}", i % 1700)))).collect();
    let mut states = one_group(&sketch, &array(ColumnType::Varchar, &texts, true)).unwrap();
    let coded = estimate(&*states);
    states.update(&vec![0; 3000], Some(&array(ColumnType::Varchar, &texts, false))).unwrap();
    assert_eq!(estimate(&*states), coded);
    let plain = one_group(&sketch, &array(ColumnType::Varchar, &texts, false)).unwrap();
    assert_eq!(estimate(&*plain), coded);
}

#[test]
fn a_coded_column_without_any_text_counts_nothing() {
    let keys = UInt32Array::from(vec![None, None, None]);
    let empty: ArrayRef = Arc::new(StringArray::from(Vec::<&str>::new()));
    let coded: ArrayRef = Arc::new(DictionaryArray::<UInt32Type>::try_new(keys, empty).unwrap());
    for function in [Function::ApproxCountDistinct { lg_k: 12 }, Function::Count] {
        let states = one_group(&measure(function, ColumnType::Varchar), &coded).unwrap();
        assert_eq!(estimate(&*states), 0, "{function:?}");
    }
    assert_eq!(answer(&measure(Function::Max, ColumnType::Varchar), &coded).unwrap(), None);
}

#[test]
fn a_null_among_the_coded_texts_is_null() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
    let keys = UInt32Array::from(vec![Some(0), Some(1), None, Some(0)]);
    let coded: ArrayRef = Arc::new(DictionaryArray::<UInt32Type>::try_new(keys, texts).unwrap());
    let counted = |function| answer(&measure(function, ColumnType::Varchar), &coded).unwrap();
    assert_eq!(counted(Function::Count), Some(Value::Exact(2)));
    assert_eq!(counted(Function::ApproxCountDistinct { lg_k: 12 }), Some(Value::Exact(1)));
    assert_eq!(counted(Function::Min), Some(Value::Text("a".into())));
}

#[test]
fn texts_that_the_keys_never_name_are_not_counted() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
    let coded: ArrayRef =
        Arc::new(DictionaryArray::<UInt32Type>::try_new(UInt32Array::from(vec![2, 2]), texts).unwrap());
    let sketch = sketch(12, ColumnType::Varchar);
    assert_eq!(answer(&sketch, &coded).unwrap(), Some(Value::Exact(1)));
    assert_eq!(
        answer(&measure(Function::Min, ColumnType::Varchar), &coded).unwrap(),
        Some(Value::Text("c".into()))
    );
}

#[test]
fn integers_of_both_widths_are_the_same_values() {
    let narrow =
        one_group(&sketch(12, ColumnType::Integer), &exacts(ColumnType::Integer, &[-5, 0, 7])).unwrap();
    let mut wide =
        one_group(&sketch(12, ColumnType::BigInt), &exacts(ColumnType::BigInt, &[7, 0, -5])).unwrap();
    wide.merge(&[0], &*narrow).unwrap();
    assert_eq!(estimate(&*wide), 3);
}

#[test]
fn zero_and_minus_zero_are_one_value() {
    for column_type in [ColumnType::Float, ColumnType::Double] {
        let values = array(column_type, &[Some(Value::Float(0.0)), Some(Value::Float(-0.0))], false);
        assert_eq!(answer(&sketch(12, column_type), &values).unwrap(), Some(Value::Exact(1)));
        assert_eq!(values.len(), 2);
    }
}
