//! `answer(merge(update(a), update(b))) == answer(update(a ++ b))`, for every measure over every
//! type, for any split and order, through memory and through stored columns; and both equal what
//! plain Rust computes from the values.

use arrow::array::{Array, ArrayRef};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use proptest::test_runner::{Config, TestRunner};

use super::kit::measure;
use super::oracle::{Expected, expected};
use super::values::{TYPES, Value, array, read};
use crate::Result;
use crate::measure::{Function, Measure, States, hll_relative_error};
use crate::spec::ColumnType;

const APPROXIMATE: Function = Function::ApproxCountDistinct { lg_k: 12 };

#[derive(Clone, Debug)]
struct Row {
    group: u32,
    value: Option<Value>,
    part: usize,
}

#[derive(Clone, Debug)]
struct Case {
    groups: usize,
    parts: usize,
    rows: Vec<Row>,
    /// The same rows in another order.
    shuffled: Vec<Row>,
    /// Whether text arrives dictionary-coded.
    coded: bool,
}

/// Values of a type: ordinary ones, duplicates, and its extremes.
fn value(column_type: ColumnType, summed: bool) -> BoxedStrategy<Value> {
    let exact = |min: i128, max: i128| {
        let anywhere = (any::<i128>()).prop_map(move |seed| min + (seed & i128::MAX) % (max - min + 1));
        prop_oneof![
            1 => select(vec![min, max, 0, min + 1, max - 1]),
            3 => (-3i128..=3).prop_map(move |small| small.clamp(min, max)),
            2 => anywhere,
        ]
        .prop_map(Value::Exact)
        .boxed()
    };
    let floats = |least: f64, extremes: Vec<f64>| {
        let ordinary =
            prop_oneof![(-8i32..8).prop_map(|n| f64::from(n) / 4.0), -1e6f64..1e6, Just(least), Just(-0.0)];
        if summed { ordinary.boxed() } else { prop_oneof![ordinary, select(extremes)].boxed() }
    };
    match column_type {
        ColumnType::Boolean => any::<bool>().prop_map(|bit| Value::Exact(bit.into())).boxed(),
        ColumnType::Integer | ColumnType::Date => exact(i32::MIN.into(), i32::MAX.into()),
        ColumnType::BigInt | ColumnType::Timestamp => exact(i64::MIN.into(), i64::MAX.into()),
        ColumnType::Decimal { precision, .. } => {
            let limit = 10i128.pow(precision.into()) - 1;
            // i128 has room for the difference of any two of them only up to 37 digits.
            if precision < 38 {
                exact(-limit, limit)
            } else {
                prop_oneof![
                    exact(-(limit / 1000), limit / 1000),
                    select(vec![limit, -limit]).prop_map(Value::Exact)
                ]
                .boxed()
            }
        }
        ColumnType::Double => floats(5e-324, vec![f64::MAX, f64::MIN]).prop_map(Value::Float).boxed(),
        ColumnType::Float => floats(1.4e-45, vec![f32::MAX.into(), f32::MIN.into()])
            .prop_map(|value| Value::Float(f64::from(value as f32)))
            .boxed(),
        ColumnType::Varchar => {
            let known = ["", "a", "A", "b", "ä", "a\u{308}", "日本", "🛫", "\0", " ", "a\0b", "a, \"b\"\n"];
            prop_oneof![
                select(known.to_vec()).prop_map(str::to_owned),
                "[a-c]{0,2}",
                "\\PC{0,12}",
                Just("long ".repeat(60)),
            ]
            .prop_map(Value::Text)
            .boxed()
        }
    }
}

fn case(column_type: ColumnType, summed: bool) -> impl Strategy<Value = Case> {
    let groups = Union::new([1usize..4, 20..40]);
    (groups, 1usize..=4, any::<bool>()).prop_flat_map(move |(groups, parts, coded)| {
        let value = prop::option::weighted(0.8, value(column_type, summed));
        let row =
            (0..groups as u32, value, 0..parts).prop_map(|(group, value, part)| Row { group, value, part });
        prop::collection::vec(row, 0..50).prop_flat_map(move |rows| {
            Just(rows.clone()).prop_shuffle().prop_map(move |shuffled| Case {
                groups,
                parts,
                rows: rows.clone(),
                shuffled,
                coded,
            })
        })
    })
}

/// One builder's states, in two batches, with its groups counted in order of appearance; and
/// which group of all each of them is.
fn part(measure: &Measure, rows: &[Row], coded: bool) -> Result<(Box<dyn States>, Vec<u32>)> {
    let mut states = measure.states();
    let mut globals: Vec<u32> = vec![];
    for batch in rows.chunks(rows.len().div_ceil(2).max(1)) {
        let locals: Vec<u32> = batch
            .iter()
            .map(|row| match globals.iter().position(|&global| global == row.group) {
                Some(local) => local as u32,
                None => {
                    globals.push(row.group);
                    globals.len() as u32 - 1
                }
            })
            .collect();
        states.grow(globals.len());
        let values: Vec<_> = batch.iter().map(|row| row.value.clone()).collect();
        let values = measure.input.map(|input| array(input.column_type, &values, coded));
        states.update(&locals, values.as_ref())?;
    }
    Ok((states, globals))
}

fn whole(measure: &Measure, rows: &[Row], groups: usize, coded: bool) -> Result<ArrayRef> {
    merged(measure, &[part(measure, rows, coded)?], groups)?.answer()
}

fn merged(
    measure: &Measure,
    parts: &[(Box<dyn States>, Vec<u32>)],
    groups: usize,
) -> Result<Box<dyn States>> {
    let (mut merged, mut known) = (measure.states(), 0);
    for (states, globals) in parts {
        known = globals.iter().map(|&group| group as usize + 1).fold(known, usize::max);
        merged.grow(known);
        merged.merge(globals, &**states)?;
    }
    merged.grow(groups);
    Ok(merged)
}

/// The same through stored columns, the last part first, each written from its last group to its
/// first and read in two pieces.
fn stored(
    measure: &Measure,
    parts: &[(Box<dyn States>, Vec<u32>)],
    groups: usize,
) -> Result<Box<dyn States>> {
    let mut merged = measure.states();
    merged.grow(groups);
    for (states, globals) in parts.iter().rev() {
        let order: Vec<u32> = (0..globals.len() as u32).rev().collect();
        let columns = states.columns(&order)?;
        for (column, field) in columns.iter().zip(measure.state_fields()) {
            assert_eq!(column.data_type(), field.data_type(), "{measure}");
            assert!(field.is_nullable() || column.null_count() == 0, "{measure}");
            assert_eq!(column.len(), order.len());
        }
        assert_eq!(columns.len(), measure.state_fields().len());
        let targets: Vec<u32> = order.iter().map(|&local| globals[local as usize]).collect();
        let half = targets.len() / 2;
        for (from, to) in [(0, half), (half, targets.len())] {
            let piece: Vec<_> = columns.iter().map(|column| column.slice(from, to - from)).collect();
            merged.merge_columns(&targets[from..to], &piece)?;
        }
    }
    Ok(merged)
}

/// What plain Rust answers for all groups.
enum Whole {
    Answers(Vec<Option<Value>>),
    OutOfRange,
    EitherWay,
}

fn expected_whole(measure: &Measure, case: &Case) -> Whole {
    let mut answers = vec![];
    let mut out_of_range = false;
    for group in 0..case.groups as u32 {
        let rows = case.rows.iter().filter(|row| row.group == group);
        let values: Vec<Option<Value>> = rows.map(|row| row.value.clone()).collect();
        match expected(measure, &values) {
            Expected::Answer(answer) => answers.push(answer),
            Expected::OutOfRange => out_of_range = true,
            Expected::EitherWay => return Whole::EitherWay,
        }
    }
    if out_of_range { Whole::OutOfRange } else { Whole::Answers(answers) }
}

/// Equal: exactly, except for sums of floats, which agree to a relative 1e-9 of what was added.
fn same(measure: &Measure, case: &Case, a: &[Option<Value>], b: &[Option<Value>]) -> bool {
    let float_sum = matches!(measure.function, Function::Sum | Function::Avg)
        && measure.input.is_some_and(|input| input.column_type.is_float());
    let added = |group: usize| {
        let values =
            case.rows.iter().filter(|row| row.group as usize == group).filter_map(|row| row.value.as_ref());
        values.map(|value| value.float().abs()).sum::<f64>()
    };
    a.len() == b.len()
        && a.iter().zip(b).enumerate().all(|(group, pair)| match pair {
            (Some(Value::Float(a)), Some(Value::Float(b))) if float_sum => {
                (a - b).abs() <= 1e-9 * added(group)
            }
            (a, b) => a == b,
        })
}

fn check(measure: &Measure, case: &Case) {
    let split = |rows: &[Row]| -> Result<Vec<_>> {
        let of = |part| rows.iter().filter(|row| row.part == part).cloned().collect::<Vec<_>>();
        (0..case.parts).map(|wanted| part(measure, &of(wanted), case.coded)).collect()
    };
    let through_memory = |rows: &[Row]| merged(measure, &split(rows)?, case.groups)?.answer();
    let through_columns = |rows: &[Row]| stored(measure, &split(rows)?, case.groups)?.answer();
    let ways = [
        whole(measure, &case.rows, case.groups, case.coded),
        whole(measure, &case.shuffled, case.groups, !case.coded),
        through_memory(&case.rows),
        through_memory(&case.shuffled),
        through_columns(&case.rows),
        through_columns(&case.shuffled),
    ];
    let expected = match expected_whole(measure, case) {
        Whole::Answers(answers) => answers,
        Whole::EitherWay => return,
        Whole::OutOfRange => {
            assert!(ways.iter().all(Result::is_err), "{measure}: {ways:?} should be out of range");
            return;
        }
    };
    let ways = ways.map(|way| way.unwrap_or_else(|error| panic!("{measure}: {error}")));
    let first = read(&ways[0]);
    match measure.function {
        Function::ApproxCountDistinct { lg_k } => {
            for (estimate, exact) in first.iter().zip(&expected) {
                let (estimate, exact) = (estimate.as_ref().unwrap().exact(), exact.as_ref().unwrap().exact());
                let bound = 4.0 * hll_relative_error(lg_k) * exact as f64;
                assert!(lg_k < 8 || (estimate - exact).abs() as f64 <= bound, "{estimate} for {exact}");
            }
        }
        _ => assert!(same(measure, case, &first, &expected), "{measure}: {first:?}, expected {expected:?}"),
    }
    for (way, answer) in ways.iter().enumerate() {
        assert_eq!(answer.data_type(), &measure.answer_type(), "{measure}");
        let answer = read(answer);
        assert!(same(measure, case, &answer, &first), "{measure}, way {way}: {answer:?}, whole {first:?}");
    }
}

fn check_all(measure: &Measure, cases: u32) {
    let column_type = measure.input.map_or(ColumnType::Boolean, |input| input.column_type);
    let summed = matches!(measure.function, Function::Sum | Function::Avg);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let holds = TestRunner::new(config).run(&case(column_type, summed), |case| {
        check(measure, &case);
        Ok(())
    });
    holds.unwrap_or_else(|failure| panic!("{measure} over {column_type}: {failure}"));
}

fn holds_over(function: Function, types: impl IntoIterator<Item = ColumnType>) {
    types.into_iter().for_each(|column_type| check_all(&measure(function, column_type), 24));
}

#[test]
fn counts_of_rows_add_up() {
    check_all(&Measure::new("m", Function::Count, None).unwrap(), 100);
}

#[test]
fn counts_of_values_add_up_over_every_type() {
    holds_over(Function::Count, TYPES);
}

#[test]
fn sums_add_up_over_every_numeric_type() {
    holds_over(Function::Sum, TYPES.into_iter().filter(|t| t.is_numeric()));
}

#[test]
fn averages_add_up_over_every_numeric_type() {
    holds_over(Function::Avg, TYPES.into_iter().filter(|t| t.is_numeric()));
}

#[test]
fn minima_add_up_over_every_type() {
    holds_over(Function::Min, TYPES);
}

#[test]
fn maxima_add_up_over_every_type() {
    holds_over(Function::Max, TYPES);
}

#[test]
fn exact_distinct_counts_add_up_over_integers() {
    holds_over(Function::CountDistinct, TYPES.into_iter().filter(|t| t.is_integer()));
}

#[test]
fn approximate_distinct_counts_add_up_over_every_type_to_the_same_estimate() {
    holds_over(APPROXIMATE, TYPES);
    holds_over(Function::ApproxCountDistinct { lg_k: 4 }, TYPES);
}
