//! Single answers: nothing, overflow, rounding, and what is refused.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Int64Array};
use arrow::datatypes::Decimal128Type;
use croaring::{Bitmap64, Portable};

use super::kit::{answer, exacts, measure, one_group};
use super::values::{TYPES, Value, array, read};
use crate::ErrorKind;
use crate::measure::{Function, Input, Measure};
use crate::spec::ColumnType;

const APPROXIMATE: Function = Function::ApproxCountDistinct { lg_k: 12 };

fn decimal(precision: u8, scale: i8) -> ColumnType {
    ColumnType::Decimal { precision, scale }
}

#[test]
fn nothing_counts_as_zero_and_sums_to_null() {
    for column_type in TYPES {
        let nothing = array(column_type, &[None, None], true);
        for function in [Function::Count, APPROXIMATE] {
            assert_eq!(answer(&measure(function, column_type), &nothing).unwrap(), Some(Value::Exact(0)));
        }
        for function in [Function::Min, Function::Max] {
            assert_eq!(answer(&measure(function, column_type), &nothing).unwrap(), None);
        }
        if column_type.is_numeric() {
            assert_eq!(answer(&measure(Function::Sum, column_type), &nothing).unwrap(), None);
            assert_eq!(answer(&measure(Function::Avg, column_type), &nothing).unwrap(), None);
        }
    }
    let nothing = array(ColumnType::BigInt, &[None], false);
    let distinct = measure(Function::CountDistinct, ColumnType::BigInt);
    assert_eq!(answer(&distinct, &nothing).unwrap(), Some(Value::Exact(0)));
}

#[test]
fn the_empty_state_is_stored_as_null_or_zero_and_changes_nothing() {
    for column_type in TYPES {
        for function in [Function::Count, Function::Sum, Function::Min, APPROXIMATE] {
            let Ok(measure) = Measure::new("m", function, Some(Input { column: 0, column_type })) else {
                continue;
            };
            let mut empty = measure.states();
            empty.grow(2);
            let columns = empty.columns(&[1, 0]).unwrap();
            if measure.state_fields()[0].is_nullable() {
                assert_eq!(columns[0].null_count(), 2, "{measure}");
            }
            let before = read(&empty.answer().unwrap());
            empty.merge_columns(&[0, 1], &columns).unwrap();
            assert_eq!(read(&empty.answer().unwrap()), before, "{measure}");
        }
    }
}

#[test]
fn an_integer_sum_beyond_bigint_is_an_error_only_when_it_is_answered() {
    let sum = measure(Function::Sum, ColumnType::BigInt);
    let values = exacts(ColumnType::BigInt, &[i64::MAX.into(), 1]);
    let mut states = one_group(&sum, &values).unwrap();
    let error = states.answer().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    let text = error.to_string();
    assert!(text.contains("m is 9223372036854775808") && text.contains("bigint"), "{text}");

    let stored = states.columns(&[0]).unwrap();
    assert_eq!(stored[0].as_primitive::<Decimal128Type>().value(0), 1 << 63);
    states.update(&[0], Some(&exacts(ColumnType::BigInt, &[-1]))).unwrap();
    assert_eq!(read(&states.answer().unwrap()), [Some(Value::Exact(i64::MAX.into()))]);
}

#[test]
fn a_million_extremes_fit_the_state_of_an_integer_sum() {
    let sum = measure(Function::Sum, ColumnType::BigInt);
    let mut states = one_group(&sum, &exacts(ColumnType::BigInt, &[i64::MIN.into(); 1000])).unwrap();
    for _ in 0..10 {
        let columns = states.columns(&[0]).unwrap();
        states.merge_columns(&[0], &columns).unwrap();
    }
    let stored = states.columns(&[0]).unwrap();
    assert_eq!(stored[0].as_primitive::<Decimal128Type>().value(0), i128::from(i64::MIN) * 1000 * 1024);
}

#[test]
fn a_decimal_sum_beyond_38_digits_is_an_error_that_names_the_measure() {
    let sum = measure(Function::Sum, decimal(38, 2));
    let most = 10i128.pow(38) - 1;
    for (first, second) in [(most, 1), (-most, -1), (most, most), (-most, -most)] {
        let mut states = one_group(&sum, &exacts(decimal(38, 2), &[first])).unwrap();
        assert_eq!(read(&states.answer().unwrap()), [Some(Value::Exact(first))]);
        let other = one_group(&sum, &exacts(decimal(38, 2), &[second])).unwrap();
        let columns = other.columns(&[0]).unwrap();
        let errors = [
            states.update(&[0], Some(&exacts(decimal(38, 2), &[second]))).unwrap_err(),
            states.merge(&[0], &*other).unwrap_err(),
            states.merge_columns(&[0], &columns).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Data);
            assert!(
                error.to_string().contains("measure m") && error.to_string().contains("38 digits"),
                "{error}"
            );
        }
    }
}

#[test]
fn a_decimal_sum_has_ten_more_digits_than_its_column_and_more_is_an_error() {
    let sum = measure(Function::Sum, decimal(4, 2));
    assert_eq!(sum.answer_type().to_string(), "Decimal128(14, 2)");
    let states = |total: i128| {
        let mut states = sum.states();
        states.grow(1);
        states.merge_columns(&[0], &[exacts(decimal(38, 2), &[total])]).unwrap();
        states
    };
    let most = 10i128.pow(14) - 1;
    assert_eq!(read(&states(most).answer().unwrap()), [Some(Value::Exact(most))]);
    let error = states(most + 1).answer().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    assert!(error.to_string().contains("measure m") && error.to_string().contains("14 digits"), "{error}");
}

#[test]
fn a_decimal_average_has_four_more_digits_and_rounds_halves_away_from_zero() {
    let cases: [(ColumnType, &[i128], i128); 8] = [
        (decimal(4, 2), &[1, 2], 1_5000),
        (decimal(4, 2), &[1, 1, 2], 1_3333),
        (decimal(4, 2), &[1, 2, 2], 1_6667),
        (decimal(4, 2), &[-1, -2, -2], -1_6667),
        (decimal(4, 2), &[9999, 9999], 9999_0000),
        // No room for more digits after the point: 1.5 of the last one becomes 2.
        (decimal(38, 38), &[1, 2], 2),
        (decimal(38, 38), &[-1, -2], -2),
        (decimal(38, 38), &[1, 1, 2], 1),
    ];
    for (column_type, values, expected) in cases {
        let average = answer(&measure(Function::Avg, column_type), &exacts(column_type, values)).unwrap();
        assert_eq!(average, Some(Value::Exact(expected)), "average of {values:?} as {column_type}");
    }
    assert_eq!(measure(Function::Avg, decimal(4, 2)).answer_type().to_string(), "Decimal128(8, 6)");
    assert_eq!(measure(Function::Avg, decimal(38, 38)).answer_type().to_string(), "Decimal128(38, 38)");
}

#[test]
fn an_average_that_has_no_room_for_its_digits_is_an_error() {
    let average = measure(Function::Avg, decimal(38, 0));
    for value in [10i128.pow(34), -(10i128.pow(34)), 10i128.pow(38) - 1] {
        let error = answer(&average, &exacts(decimal(38, 0), &[value])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data, "{value}: {error}");
    }
    let most = 10i128.pow(34) - 1;
    let fits = answer(&average, &exacts(decimal(38, 0), &[most])).unwrap();
    assert_eq!(fits, Some(Value::Exact(most * 10_000)));
}

#[test]
fn the_average_of_integers_is_a_double_even_where_their_sum_leaves_bigint() {
    let average = measure(Function::Avg, ColumnType::BigInt);
    let values = exacts(ColumnType::BigInt, &[i64::MAX.into(), i64::MAX.into()]);
    assert_eq!(answer(&average, &values).unwrap(), Some(Value::Float(i64::MAX as f64)));
    assert_eq!(answer(&average, &exacts(ColumnType::BigInt, &[1, 2])).unwrap(), Some(Value::Float(1.5)));
}

#[test]
fn sums_of_singles_are_added_as_doubles() {
    let sum = measure(Function::Sum, ColumnType::Float);
    let values =
        array(ColumnType::Float, &[Some(Value::Float(16_777_216.0)), Some(Value::Float(1.0))], false);
    assert_eq!(answer(&sum, &values).unwrap(), Some(Value::Float(16_777_217.0)));
}

#[test]
fn negative_numbers_are_counted_apart_from_positive_ones() {
    let values = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX, -1, i64::MIN].map(i128::from);
    let distinct = measure(Function::CountDistinct, ColumnType::BigInt);
    assert_eq!(answer(&distinct, &exacts(ColumnType::BigInt, &values)).unwrap(), Some(Value::Exact(6)));
    let narrow = [i32::MIN, -1, 1, i32::MAX, -1].map(i128::from);
    let distinct = measure(Function::CountDistinct, ColumnType::Integer);
    assert_eq!(answer(&distinct, &exacts(ColumnType::Integer, &narrow)).unwrap(), Some(Value::Exact(4)));
}

#[test]
fn a_distinct_count_stays_exact_when_its_list_becomes_a_bitmap() {
    let distinct = measure(Function::CountDistinct, ColumnType::BigInt);
    // Far apart, descending, every one twice; from the list's side of the limit to the bitmap's.
    let values = |from: i128, n: i128| -> Vec<i128> {
        (from..from + n).rev().flat_map(|i| [(i - 20) << 33, (i - 20) << 33]).collect()
    };
    for n in [31, 32, 33, 64, 65, 1000] {
        let all = exacts(ColumnType::BigInt, &values(0, n));
        assert_eq!(answer(&distinct, &all).unwrap(), Some(Value::Exact(n)), "{n} values");
        for split in [1, n / 2, n - 1] {
            // The parts share one value.
            let (a, b) = (values(0, split + 1), values(split, n - split));
            let mut left = one_group(&distinct, &exacts(ColumnType::BigInt, &a)).unwrap();
            let right = one_group(&distinct, &exacts(ColumnType::BigInt, &b)).unwrap();
            let columns = right.columns(&[0]).unwrap();
            left.merge(&[0], &*right).unwrap();
            assert_eq!(
                read(&left.answer().unwrap()),
                [Some(Value::Exact(n))],
                "{n} values, split at {split}"
            );
            left.merge_columns(&[0], &columns).unwrap();
            assert_eq!(
                read(&left.answer().unwrap()),
                [Some(Value::Exact(n))],
                "{n} values, split at {split}"
            );
        }
    }
}

#[test]
fn a_stored_distinct_count_is_a_portable_roaring_bitmap_of_the_bits() {
    let distinct = measure(Function::CountDistinct, ColumnType::BigInt);
    for n in [3i128, 500] {
        let values: Vec<i128> = (-1..n - 1).collect();
        let states = one_group(&distinct, &exacts(ColumnType::BigInt, &values)).unwrap();
        let stored = states.columns(&[0]).unwrap();
        let bitmap = Bitmap64::try_deserialize::<Portable>(stored[0].as_binary::<i32>().value(0)).unwrap();
        let expected: Vec<u64> = (0..n as u64 - 1).chain([u64::MAX]).collect();
        assert_eq!(bitmap.to_vec(), expected);
    }
}

#[test]
fn stored_bytes_that_are_no_state_are_refused() {
    let garbage: [&[u8]; 5] = [b"", b"x", b"not a state at all, but long enough", &[0; 64], &[255; 64]];
    for function in [Function::CountDistinct, APPROXIMATE] {
        for bytes in garbage {
            let mut states = measure(function, ColumnType::BigInt).states();
            states.grow(1);
            let column: ArrayRef = Arc::new(BinaryArray::from(vec![bytes]));
            // Eight zero bytes are the empty roaring bitmap.
            if function == Function::CountDistinct && bytes == [0; 64] {
                continue;
            }
            let error = states.merge_columns(&[0], &[column]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Data, "{error}");
        }
    }
}

#[test]
fn a_sketch_cut_anywhere_is_refused_and_a_changed_one_never_panics() {
    for n in [3i128, 100, 30_000] {
        let sketch = measure(APPROXIMATE, ColumnType::BigInt);
        let states = one_group(&sketch, &exacts(ColumnType::BigInt, &(0..n).collect::<Vec<_>>())).unwrap();
        let stored = states.columns(&[0]).unwrap();
        let bytes = stored[0].as_binary::<i32>().value(0);
        let load = |bytes: &[u8]| {
            let mut states = sketch.states();
            states.grow(1);
            let column: ArrayRef = Arc::new(BinaryArray::from(vec![bytes]));
            states.merge_columns(&[0], &[column]).and_then(|()| states.answer())
        };
        for cut in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
            assert!(load(&bytes[..cut]).is_err(), "{n} values, cut at {cut} of {}", bytes.len());
        }
        for at in (0..bytes.len().min(64)).chain([bytes.len() - 1]) {
            let mut changed = bytes.to_vec();
            changed[at] ^= 0x15;
            let _ = load(&changed);
        }
    }
}

#[test]
fn a_state_column_of_another_type_is_refused() {
    let functions =
        [Function::Count, Function::Sum, Function::Avg, Function::CountDistinct, APPROXIMATE, Function::Max];
    for function in functions {
        let mut states = measure(function, ColumnType::BigInt).states();
        states.grow(1);
        let wrong: ArrayRef = Arc::new(arrow::array::StringArray::from(vec!["1"]));
        assert!(states.merge_columns(&[0], &[wrong.clone(), wrong]).is_err(), "{function:?}");
        if function != Function::Max {
            assert_eq!(states.merge_columns(&[0], &[]).unwrap_err().kind(), ErrorKind::Data, "{function:?}");
        }
    }
}

#[test]
fn an_average_needs_both_of_its_columns() {
    let mut states = measure(Function::Avg, ColumnType::BigInt).states();
    states.grow(1);
    let sum = exacts(decimal(38, 0), &[7]);
    assert!(states.merge_columns(&[0], std::slice::from_ref(&sum)).is_err());
    let count: ArrayRef = Arc::new(Int64Array::from(vec![2]));
    states = measure(Function::Avg, ColumnType::BigInt).states();
    states.grow(1);
    states.merge_columns(&[0], &[sum, count]).unwrap();
    assert_eq!(read(&states.answer().unwrap()), [Some(Value::Float(3.5))]);
}

#[test]
fn states_of_different_measures_do_not_merge() {
    let all = [
        measure(Function::Count, ColumnType::BigInt),
        measure(Function::Sum, ColumnType::BigInt),
        measure(Function::Sum, ColumnType::Double),
        measure(Function::Avg, ColumnType::BigInt),
        measure(Function::Min, ColumnType::BigInt),
        measure(Function::Min, ColumnType::Varchar),
        measure(Function::CountDistinct, ColumnType::BigInt),
        measure(APPROXIMATE, ColumnType::BigInt),
    ];
    for (i, a) in all.iter().enumerate() {
        for (j, b) in all.iter().enumerate() {
            assert_eq!(a.states().merge(&[], &*b.states()).is_ok(), i == j, "{a} and {b}");
        }
    }
}

#[test]
fn a_function_is_refused_over_a_type_in_which_it_has_no_meaning() {
    let accepted = |function, column_type: Option<ColumnType>| {
        Measure::new("m", function, column_type.map(|column_type| Input { column: 0, column_type })).is_ok()
    };
    for column_type in TYPES {
        for function in [Function::Count, Function::Min, Function::Max, APPROXIMATE] {
            assert!(accepted(function, Some(column_type)), "{function:?} over {column_type}");
        }
        for function in [Function::Sum, Function::Avg] {
            assert_eq!(
                accepted(function, Some(column_type)),
                column_type.is_numeric(),
                "{function:?} {column_type}"
            );
        }
        assert_eq!(
            accepted(Function::CountDistinct, Some(column_type)),
            column_type.is_integer(),
            "{column_type}"
        );
    }
    assert!(accepted(Function::Count, None));
    for function in
        [Function::Sum, Function::Avg, Function::Min, Function::Max, Function::CountDistinct, APPROXIMATE]
    {
        assert!(!accepted(function, None), "{function:?}(*)");
    }
    for (lg_k, ok) in [(3, false), (4, true), (21, true), (22, false)] {
        assert_eq!(
            accepted(Function::ApproxCountDistinct { lg_k }, Some(ColumnType::BigInt)),
            ok,
            "lg_k {lg_k}"
        );
    }
}

#[test]
fn the_text_of_a_refusal_names_the_measure_the_type_and_what_is_accepted() {
    let refusal = |function, column_type| {
        Measure::new("users", function, Some(Input { column: 0, column_type })).unwrap_err().to_string()
    };
    let text = refusal(Function::CountDistinct, ColumnType::Varchar);
    assert!(
        ["users", "count_distinct", "varchar", "bigint", "approx_count_distinct"]
            .iter()
            .all(|w| text.contains(w))
    );
    let text = refusal(Function::Sum, ColumnType::Date);
    assert!(["users", "sum", "date", "numeric"].iter().all(|word| text.contains(word)), "{text}");
}

#[test]
fn states_say_about_how_many_bytes_they_hold() {
    for (function, column_type) in [
        (Function::Max, ColumnType::Varchar),
        (Function::CountDistinct, ColumnType::BigInt),
        (APPROXIMATE, ColumnType::BigInt),
    ] {
        let values: Vec<Option<Value>> = (0..5000i128)
            .map(|i| match column_type {
                ColumnType::Varchar => Some(Value::Text(format!("{i:0200}"))),
                _ => Some(Value::Exact(i << 20)),
            })
            .collect();
        let groups: Vec<u32> = (0..5000).collect();
        let mut states = measure(function, column_type).states();
        states.grow(5000);
        let before = states.memory();
        let groups = if column_type == ColumnType::Varchar { groups } else { vec![0; 5000] };
        states.update(&groups, Some(&array(column_type, &values, false))).unwrap();
        assert!(states.memory() > before + 1000, "{function:?}: {before}, then {}", states.memory());
    }
}
