//! Every cuboid of random small cubes over random rows.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::kit::*;
use crate::build::BuildLayout;
use crate::measure::tests::values::Value;
use crate::spec::ColumnType;
use crate::store::SegmentStore;
use crate::time::{EVENT_TIME_MAX, EVENT_TIME_MIN};

const PLAIN: [&str; 9] = ["flag", "small", "large", "price", "vast", "name", "city", "day", "seen"];

const LEVELS: [&[&str]; 10] = [
    &[],
    &["day_start"],
    &["day_start", "hour_start"],
    &["minute_start", "minute15_start", "hour_start"],
    &["week_start", "month_start", "day_start"],
    &["year_start", "quarter_start", "month_start"],
    &["week_start"],
    &["year_start"],
    &["minute_start", "week_start", "year_start"],
    &["minute15_start", "day_start"],
];

const DAY: i64 = 86_400_000_000;

fn value(column_type: ColumnType) -> BoxedStrategy<Value> {
    let exact = |extremes: Vec<i128>| {
        prop_oneof![4 => -2i128..3, 1 => select(extremes)].prop_map(Value::Exact).boxed()
    };
    match column_type {
        ColumnType::Boolean => any::<bool>().prop_map(|bit| Value::Exact(bit.into())).boxed(),
        ColumnType::Integer | ColumnType::Date => exact(vec![i32::MIN.into(), i32::MAX.into()]),
        // Small enough for sums to stay in range.
        ColumnType::BigInt => exact(vec![1 << 50, -(1 << 50)]),
        ColumnType::Timestamp => exact(vec![i64::MIN.into(), i64::MAX.into()]),
        ColumnType::Decimal { precision, .. } => {
            let limit = 10i128.pow(precision.min(30).into()) - 1;
            exact(vec![limit, -limit])
        }
        // Quarters, whose sums are exact.
        ColumnType::Float | ColumnType::Double => {
            (-1_000_000i32..1_000_000).prop_map(|n| Value::Float(f64::from(n) / 4.0)).boxed()
        }
        ColumnType::Varchar => {
            let known = ["", "a", "A", "ä", "日本", "🛫", "b\0", "Zürich, \"HB\"\n"];
            select(known.to_vec()).prop_map(|text| Value::Text(text.to_owned())).boxed()
        }
    }
}

/// Clustered, as messages are, with a few that are very early, very late, or at a boundary.
fn event_time() -> impl Strategy<Value = Option<Value>> {
    let near = (0i64..4, -2i64..3, 0i64..120)
        .prop_map(|(month, day, minute)| (15_700 + month * 30 + day) * DAY + minute * 47_123_456);
    let far =
        select(vec![EVENT_TIME_MIN, EVENT_TIME_MAX, 0, -1, 1, -DAY, DAY - 1, 15_706 * DAY, 15_706 * DAY - 1]);
    prop_oneof![6 => near, 1 => far].prop_map(|time| Some(Value::Exact(time.into())))
}

fn row() -> impl Strategy<Value = Row> {
    let (model, _) = things(&[], &[], "");
    let columns: Vec<BoxedStrategy<Option<Value>>> = model
        .columns
        .iter()
        .enumerate()
        .map(|(i, column)| match i {
            0 => event_time().boxed(),
            _ => prop::option::weighted(0.8, value(column.column_type)).boxed(),
        })
        .collect();
    columns
}

#[derive(Debug)]
struct Case {
    dimensions: Vec<&'static str>,
    measures: Vec<usize>,
    compression: &'static str,
    rows: Vec<Row>,
    /// Worker and batch of each row.
    places: Vec<(usize, usize)>,
    workers: usize,
    coded: bool,
    local: bool,
}

fn case() -> impl Strategy<Value = Case> {
    let dimensions = (subsequence(PLAIN.to_vec(), 0..=5), select(LEVELS.to_vec()))
        .prop_map(|(plain, levels)| {
            // Few enough cuboids to read each of them.
            let plain = plain.into_iter().take(5 - levels.len().min(2));
            plain.chain(levels.iter().copied()).collect::<Vec<_>>()
        })
        .prop_shuffle();
    let measures = subsequence((0..MEASURES.len()).collect::<Vec<_>>(), 0..=MEASURES.len());
    let rows = prop_oneof![1 => 0usize..3, 5 => 3usize..60];
    let rows = rows.prop_flat_map(|n| {
        let places = prop::collection::vec((0usize..4, 0usize..3), n);
        (prop::collection::vec(row(), n), places)
    });
    (
        dimensions,
        measures,
        select(vec!["none", "lz4", "zstd", "zstd:3"]),
        rows,
        1usize..=4,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(dimensions, measures, compression, (rows, places), workers, coded, local)| Case {
            dimensions,
            measures,
            compression,
            rows,
            places,
            workers,
            coded,
            local,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_cuboid_holds_the_rows_that_a_plain_group_by_gives(case in case()) {
        let rest = format!("  storage: {{ compression: \"{}\" }}\n", case.compression);
        let (model, spec) = things(&case.dimensions, &case.measures, &rest);
        let columns = BuildLayout::needed_columns(&model, &spec);
        let workers: Vec<Vec<_>> = (0..case.workers)
            .map(|worker| {
                let of_batch = |wanted| -> Vec<Row> {
                    let places = case.rows.iter().zip(&case.places);
                    let mine = places.filter(|(_, (w, b))| w % case.workers == worker && *b == wanted);
                    mine.map(|(row, _)| row.clone()).collect()
                };
                // Batches without rows, and both ways to write text, in turn.
                (0..3).map(|i| batch(&model, &columns, &of_batch(i), case.coded ^ (i == 1))).collect()
            })
            .collect();
        let built = build(&model, &spec, &workers).unwrap();

        prop_assert_eq!(built.count, case.rows.len() as u64);
        let times: Vec<i64> = case.rows.iter().map(|row| row[0].as_ref().unwrap().exact() as i64).collect();
        prop_assert_eq!(built.event_time.map(|range| range.min), times.iter().copied().min());
        prop_assert_eq!(built.event_time.map(|range| range.max), times.iter().copied().max());
        let mut minutes = crate::time::MinuteSet::default();
        times.iter().for_each(|&time| minutes.insert(time));
        prop_assert_eq!(&built.minutes, &minutes);
        prop_assert_eq!(built.told.keys().copied().collect::<Vec<_>>(), built.lattice.iter().collect::<Vec<_>>());

        let folder = tempfile::tempdir().unwrap();
        let store = if case.local { SegmentStore::local(folder.path()).unwrap() } else { memory() };
        built.upload(store).check(&case.rows);
    }
}
