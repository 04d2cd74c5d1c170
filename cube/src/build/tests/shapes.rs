//! Particular shapes: wide keys, growing dictionaries, NULLs, nothing, and very many rows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, RecordBatch, StringArray, UInt32Array};
use arrow::compute::concat_batches;
use arrow::datatypes::{Int64Type, UInt32Type};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::kit::*;
use crate::build::{BaseBuilder, BuildLayout};
use crate::lattice::CuboidId;
use crate::measure::tests::values::Value;
use crate::store::cuboid_schema;

const HOUR: i64 = 3_600_000_000;

fn exact(value: i64) -> Option<Value> {
    Some(Value::Exact(value.into()))
}

fn text(value: &str) -> Option<Value> {
    Some(Value::Text(value.to_owned()))
}

/// A row of [`MODEL`] with the given event time, `small`, `name` and `city`.
fn thing(time: i64, small: Option<Value>, name: Option<Value>, city: Option<Value>) -> Row {
    let mut row = vec![None; 12];
    (row[0], row[2], row[6], row[7]) = (exact(time), small, name, city);
    row
}

fn build_things(dimensions: &[&str], measures: &[usize], rest: &str, rows: &[Row]) -> Uploaded {
    let (model, spec) = things(dimensions, measures, rest);
    let columns = BuildLayout::needed_columns(&model, &spec);
    build(&model, &spec, &[vec![batch(&model, &columns, rows, true)]]).unwrap().upload(memory())
}

/// Rows whose columns are the digits of a scrambled row number: all different, and all cuboids large.
fn wide_rows(dimensions: usize, distinct: i64, rows: i64) -> Vec<Row> {
    (0..rows)
        .map(|row| {
            let column = |d: i64| match (row * (2 * d + 1) + row / 7 * d) % (distinct + 1) {
                0 => None,
                value => exact((value - distinct / 2) * 1_000_003),
            };
            std::iter::once(exact(row)).chain((0..dimensions as i64).map(column)).collect()
        })
        .collect()
}

fn check_wide(dimensions: usize, distinct: i64, rows: i64, rules: &str) {
    let (model, spec) = wide_cube(dimensions, rules);
    let rows = wide_rows(dimensions, distinct, rows);
    let batches = |rows: &[Row]| -> Vec<RecordBatch> {
        let columns: Vec<usize> = (0..=dimensions).collect();
        rows.chunks(97).map(|rows| batch(&model, &columns, rows, true)).collect()
    };
    let (first, second) = rows.split_at(rows.len() / 3);
    let built = build(&model, &spec, &[batches(second), batches(first)]).unwrap();
    assert_eq!(built.count, rows.len() as u64);
    built.upload(memory()).check(&rows);
}

fn all_but(dimensions: usize, free: &[usize]) -> String {
    let names: Vec<String> = (0..dimensions).filter(|i| !free.contains(i)).map(|i| format!("d{i}")).collect();
    format!("joints: [[{}]]", names.join(", "))
}

#[test]
fn keys_may_be_wider_than_64_bits() {
    // 10 dimensions of 10 bits.
    check_wide(10, 1000, 2500, &all_but(10, &[0, 9]));
}

#[test]
fn keys_may_be_wider_than_128_bits() {
    check_wide(20, 500, 1200, &all_but(20, &[3, 19]));
}

#[test]
fn keys_may_be_wider_than_256_bits() {
    check_wide(40, 300, 700, &all_but(40, &[0, 20]));
}

#[test]
fn keys_may_be_as_wide_as_63_dimensions_make_them() {
    check_wide(63, 600, 1300, &all_but(63, &[0, 62]));
}

#[test]
fn a_key_may_fill_a_word_to_its_last_bit() {
    // 16 dimensions of 15 values and NULL are 16 times 4 bits; one value more needs a second word.
    check_wide(16, 15, 400, &all_but(16, &[0, 15]));
    check_wide(16, 16, 400, &all_but(16, &[0, 15]));
}

#[test]
fn dictionaries_grow_from_batch_to_batch_without_mixing_up_groups() {
    let (model, spec) = things(&["small", "name", "hour_start"], &[22], "");
    let columns = BuildLayout::needed_columns(&model, &spec);
    let rows: Vec<Row> = (0..3000i64)
        .map(|i| thing(i % 50 * HOUR, exact(i * i % 1500), text(&format!("name {}", i % 700)), None))
        .collect();
    // Batches of 1, 2, 3, … rows: each brings values that none before had.
    let mut batches = vec![];
    let (mut from, mut length) = (0, 1);
    while from < rows.len() {
        let to = rows.len().min(from + length);
        batches.push(batch(&model, &columns, &rows[from..to], length % 2 == 0));
        (from, length) = (to, length + 1);
    }
    let mut builder = BaseBuilder::new(BuildLayout::new(&model, spec.clone(), &columns).unwrap());
    let mut memory_before = 0;
    for batch in &batches {
        let groups = builder.groups();
        builder.push(batch).unwrap();
        assert!(builder.groups() >= groups && builder.groups() <= groups + batch.num_rows());
        memory_before = builder.memory().max(memory_before);
    }
    assert!(memory_before > 3000 * 8);
    build(&model, &spec, &[batches]).unwrap().upload(memory()).check(&rows);
}

#[test]
fn null_is_a_value_and_differs_from_aggregated_away() {
    let rows = [
        thing(0, exact(1), None, text("x")),
        thing(0, exact(1), None, text("y")),
        thing(0, None, text("a"), text("x")),
    ];
    let segment = build_things(&["small", "name"], &[], "", &rows);
    segment.check(&rows);
    let names = |mask: u64| {
        let batch = segment.cuboid(CuboidId::new(mask));
        let counts = batch.column(3).as_primitive::<Int64Type>().values().to_vec();
        let names: Vec<_> =
            batch.column(2).as_string::<i32>().iter().map(|name| name.map(str::to_owned)).collect();
        (names, counts)
    };
    assert_eq!(names(0b10), (vec![None, Some("a".to_owned())], vec![2, 1]), "by name, NULL is one of two");
    assert_eq!(names(0b01), (vec![None, None], vec![1, 2]), "by small, there is no name");
    assert_eq!(names(0b00), (vec![None], vec![3]));
}

#[test]
fn a_dimension_may_be_null_in_every_row() {
    let rows: Vec<Row> = (0..20).map(|i| thing(i, None, None, text(&format!("{}", i % 3)))).collect();
    for dimensions in [["small", "name", "city"], ["city", "small", "name"], ["small", "city", "name"]] {
        build_things(&dimensions, &[], "", &rows).check(&rows);
    }
    build_things(&["small"], &[], "", &rows).check(&rows);
    build_things(&["small", "name"], &[], "", &rows).check(&rows);
}

#[test]
fn a_coded_column_without_a_single_text_is_null_in_every_row() {
    let (model, spec) = things(&["name"], &[0, 24], "");
    let columns = BuildLayout::needed_columns(&model, &spec);
    let rows: Vec<Row> = (0..3).map(|i| thing(i, None, None, None)).collect();
    let plain = batch(&model, &columns, &rows, true);
    let empty: ArrayRef = Arc::new(StringArray::from(Vec::<&str>::new()));
    let nulls: ArrayRef =
        Arc::new(DictionaryArray::<UInt32Type>::try_new(UInt32Array::new_null(3), empty).unwrap());
    let arrays = plain.columns().iter().map(|array| match array.data_type() {
        arrow::datatypes::DataType::Dictionary(..) => nulls.clone(),
        _ => array.clone(),
    });
    let coded = RecordBatch::try_new(plain.schema(), arrays.collect()).unwrap();
    build(&model, &spec, &[vec![coded]]).unwrap().upload(memory()).check(&rows);
}

#[test]
fn a_cube_without_dimensions_has_one_row() {
    let rows: Vec<Row> = (0..50).map(|i| thing(i, exact(i), None, None)).collect();
    let segment = build_things(&[], &[2, 22], "", &rows);
    segment.check(&rows);
    assert_eq!(segment.cuboid(CuboidId::new(0)).num_rows(), 1);
}

#[test]
fn all_levels_of_the_closure_are_there_and_nest() {
    let levels = ["year_start", "week_start", "hour_start", "month_start", "day_start", "quarter_start"];
    // Two days on both sides of a new year, in hours.
    let rows: Vec<Row> =
        (-48..48).map(|hour| thing(15_706 * 24 * HOUR + hour * HOUR + 7, None, None, None)).collect();
    let segment = build_things(&levels, &[], "", &rows);
    segment.check(&rows);
    // None, and one cuboid for each level.
    assert_eq!(segment.lattice.len(), 7);
    let base = segment.cuboid(segment.lattice.base());
    assert_eq!(base.num_rows(), 96);
    assert!((1..=6).all(|level| base.column(level).null_count() == 0));
}

#[test]
fn levels_that_stand_apart_share_the_place_of_the_first() {
    let rows: Vec<Row> = (0..60).map(|i| thing(i * 7 % 50 * HOUR, exact(i % 3), None, None)).collect();
    build_things(&["day_start", "small", "hour_start"], &[], "", &rows).check(&rows);
    build_things(&["small", "hour_start", "name", "day_start"], &[], "", &rows).check(&rows);
}

#[test]
fn groups_rules_limit_what_is_written() {
    let rules = "  aggregation_groups:\n    - includes: [small, name, city, hour_start]\n      mandatory: [small]\n      \
                 hierarchies: [[name, city]]\n";
    let rows: Vec<Row> = (0..100)
        .map(|i| thing(i * HOUR, exact(i % 5), text(&format!("{}", i % 7)), text(&format!("{}", i % 11))))
        .collect();
    let segment = build_things(&["small", "name", "city", "hour_start"], &[2], rules, &rows);
    assert_eq!(segment.lattice.len(), 6);
    segment.check(&rows);
}

#[test]
fn a_segment_without_rows_is_a_readable_file_without_cuboids() {
    let (model, spec) = things(&["small", "name", "day_start"], &[2, 9, 16, 22, 24], "");
    let columns = BuildLayout::needed_columns(&model, &spec);
    for workers in [vec![vec![]], vec![vec![batch(&model, &columns, &[], true)], vec![]]] {
        let built = build(&model, &spec, &workers).unwrap();
        assert_eq!((built.count, built.event_time, built.minutes.len()), (0, None, 0));
        assert!(built.told.values().all(|&rows| rows == 0));
        let segment = built.upload(memory());
        segment.check(&[]);
        let (groups, batches) = by_footer(&segment);
        assert_eq!((groups, batches.len()), (0, 0));
    }
}

#[test]
fn a_worker_without_rows_changes_nothing() {
    let (model, spec) = things(&["name", "city"], &[24], "");
    let columns = BuildLayout::needed_columns(&model, &spec);
    let rows: Vec<Row> = (0..9).map(|i| thing(i, None, text(&format!("{i}")), None)).collect();
    let filled = vec![batch(&model, &columns, &rows, true)];
    for workers in
        [vec![vec![], filled.clone()], vec![filled.clone(), vec![]], vec![vec![], filled.clone(), vec![]]]
    {
        build(&model, &spec, &workers).unwrap().upload(memory()).check(&rows);
    }
}

#[test]
fn a_slice_of_a_batch_is_read_from_where_it_begins() {
    let (model, spec) = things(&["small", "name", "hour_start"], &[16, 22, 24], "");
    let columns = BuildLayout::needed_columns(&model, &spec);
    let rows: Vec<Row> = (0..100)
        .map(|i| {
            thing(i * HOUR, (i % 3 > 0).then(|| exact(i % 9)).flatten(), text(&format!("{}", i % 20)), None)
        })
        .collect();
    let whole = batch(&model, &columns, &rows, true);
    let slices = vec![whole.slice(90, 10), whole.slice(0, 1), whole.slice(1, 89)];
    build(&model, &spec, &[slices]).unwrap().upload(memory()).check(&rows);
}

/// The row groups of the file by its own footer, and its batches.
fn by_footer(segment: &Uploaded) -> (usize, Vec<RecordBatch>) {
    let bytes: Bytes = block_on(segment.store.get(&segment.ready.files[0].path)).unwrap();
    assert_eq!(bytes.len() as u64, segment.ready.files[0].length);
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    assert_eq!(reader.schema().fields().len(), cuboid_schema(&segment.model, &segment.spec).fields().len());
    let meta = reader.metadata().clone();
    assert!(meta.file_metadata().created_by().unwrap().starts_with("kirin "));
    let rows: i64 = meta.row_groups().iter().map(|group| group.num_rows()).sum();
    assert_eq!(rows as u64, segment.ready.cuboids.values().map(|chunk| chunk.rows()).sum::<u64>());
    (meta.num_row_groups(), reader.build().unwrap().map(Result::unwrap).collect())
}

#[test]
fn an_ordinary_parquet_reader_sees_the_same_rows() {
    let dimensions =
        ["flag", "small", "price", "name", "day", "seen", "hour_start", "week_start", "day_start"];
    let rules = "  aggregation_groups:\n    - includes: [flag, small, price, name, day, seen, hour_start, week_start, \
                 day_start]\n      joints: [[flag, small, price], [day, seen]]\n";
    let rows: Vec<Row> = (0..200i64)
        .map(|i| {
            let mut row =
                thing(i * HOUR, exact(i % 4), (i % 5 > 0).then(|| Value::Text(format!("{}", i % 6))), None);
            row[1] = exact(i % 2);
            row[3] = exact(i << 33);
            row[4] = exact(i % 3 - 1);
            row[8] = exact(i % 7 - 3);
            row[9] = exact(i % 2 * 1_000_000);
            row[11] = Some(Value::Float(i as f64 / 4.0));
            row
        })
        .collect();
    let measures: Vec<usize> = (0..MEASURES.len()).collect();
    for compression in ["none", "lz4", "zstd"] {
        let rest = format!("{rules}  storage: {{ compression: {compression} }}\n");
        let segment = build_things(&dimensions, &measures, &rest, &rows);
        segment.check(&rows);
        let schema = cuboid_schema(&segment.model, &segment.spec);
        let (groups, batches) = by_footer(&segment);
        assert_eq!(groups, segment.lattice.len());
        let whole = concat_batches(&batches[0].schema(), &batches).unwrap();
        for (field, footer_field) in schema.fields().iter().zip(whole.schema().fields()) {
            assert_eq!((field.name(), field.data_type()), (footer_field.name(), footer_field.data_type()));
        }
        let ids = whole.column(0).as_primitive::<Int64Type>().values().to_vec();
        for cuboid in segment.lattice.iter() {
            let from = ids.iter().position(|&id| id == cuboid.mask() as i64).unwrap();
            let length = ids.iter().filter(|&&id| id == cuboid.mask() as i64).count();
            let by_footer = whole.slice(from, length);
            let footerless = segment.cuboid(cuboid);
            assert_eq!(by_footer.columns(), footerless.columns(), "cuboid {cuboid}, {compression}");
        }
    }
}

#[test]
fn a_cuboid_of_more_than_a_million_rows_has_several_row_groups_and_stays_sorted() {
    const ROWS: i64 = (1 << 20) + 1000;
    let (model, spec) = wide_cube(1, "mandatory: [d0]");
    // Scrambled: an odd factor visits every number below a power of two once.
    let scrambled: Vec<i64> =
        (0..1i64 << 21).map(|i| (i * 999_999_001) & ((1 << 21) - 1)).filter(|&i| i < ROWS).collect();
    let batches: Vec<RecordBatch> = scrambled
        .chunks(1 << 16)
        .map(|chunk| wide_batch(vec![0; chunk.len()], vec![chunk.iter().map(|&i| Some(i)).collect()]))
        .collect();
    let (left, right) = batches.split_at(9);
    let segment = build(&model, &spec, &[left.to_vec(), right.to_vec()]).unwrap().upload(memory());
    let chunk = &segment.ready.cuboids[&segment.lattice.base()];
    assert_eq!(chunk.row_groups.iter().map(|group| group.rows).collect::<Vec<_>>(), [1 << 20, 1000]);
    let schema = cuboid_schema(&model, &spec);
    let rows = block_on(segment.store.read_cuboid(&segment.ready, segment.lattice.base(), &schema, &[2, 1]))
        .unwrap();
    assert!(rows.batches.iter().all(|batch| batch.num_rows() <= 65_536));
    let mut next = 0;
    for batch in &rows.batches {
        assert!(batch.column(0).as_primitive::<Int64Type>().values().iter().all(|&count| count == 1));
        for &value in batch.column(1).as_primitive::<Int64Type>().values() {
            assert_eq!(value, next);
            next += 1;
        }
    }
    assert_eq!(next, ROWS);
}
