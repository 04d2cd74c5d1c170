//! What a build refuses, and that it stops when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};

use super::kit::*;
use crate::build::{BaseBuilder, BuildLayout, CuboidSink, merge, write_cuboids};
use crate::lattice::{CuboidId, Lattice};
use crate::measure::tests::values::Value;
use crate::{Error, ErrorKind, Result};

fn rows(n: i64) -> Vec<Row> {
    (0..n)
        .map(|i| {
            let mut row = vec![None; 12];
            row[0] = Some(Value::Exact(i.into()));
            row[2] = Some(Value::Exact((i % 13).into()));
            row[3] = Some(Value::Exact((i % 7).into()));
            row
        })
        .collect()
}

#[test]
fn a_build_needs_the_columns_of_its_dimensions_measures_and_time() {
    let (model, spec) = things(&["city", "small", "day_start"], &[17, 2, 14], "");
    // at, small, price, city: ascending, each once.
    assert_eq!(BuildLayout::needed_columns(&model, &spec), [0, 2, 4, 7]);
    for missing in [0, 2, 4, 7] {
        let columns: Vec<usize> = (0..12).filter(|&column| column != missing).collect();
        let error = BuildLayout::new(&model, spec.clone(), &columns).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(error.to_string().contains(&model.columns[missing].name), "{error}");
    }
    BuildLayout::new(&model, spec, &[7, 4, 2, 0, 1]).unwrap();
}

#[test]
fn columns_may_come_in_any_order_that_the_layout_knows() {
    let (model, spec) = things(&["small", "large"], &[2], "");
    let rows = rows(50);
    let columns = [11, 3, 0, 2];
    let layout = BuildLayout::new(&model, spec.clone(), &columns).unwrap();
    let mut builder = BaseBuilder::new(layout);
    builder.push(&batch(&model, &columns, &rows, true)).unwrap();
    let base = merge(vec![builder]).unwrap();
    assert_eq!((base.count, base.rows), (50, 50));
}

#[test]
fn an_event_time_that_is_null_or_no_timestamp_is_refused() {
    let (model, spec) = things(&["day_start"], &[], "");
    let wrong: [ArrayRef; 3] = [
        Arc::new(TimestampMicrosecondArray::from(vec![Some(1), None])),
        Arc::new(StringArray::from(vec!["a", "b"])),
        Arc::new(arrow::array::TimestampMillisecondArray::from(vec![1, 2])),
    ];
    for array in wrong {
        let layout = BuildLayout::new(&model, spec.clone(), &[0]).unwrap();
        let schema = Schema::new(vec![Field::new("at", array.data_type().clone(), true)]);
        let batch = RecordBatch::try_new(Arc::new(schema), vec![array]).unwrap();
        let error = BaseBuilder::new(layout).push(&batch).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal, "{error}");
    }
}

#[test]
fn a_dimension_of_a_type_that_it_cannot_have_is_refused() {
    let (model, spec) = things(&["name"], &[], "");
    let layout = BuildLayout::new(&model, spec, &[0, 6]).unwrap();
    let schema = Schema::new(vec![
        Field::new("at", DataType::Timestamp(TimeUnit::Microsecond, None), false),
        Field::new("name", DataType::Float64, true),
    ]);
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(TimestampMicrosecondArray::from(vec![1])),
        Arc::new(arrow::array::Float64Array::from(vec![1.0])),
    ];
    let batch = RecordBatch::try_new(Arc::new(schema), arrays).unwrap();
    let error = BaseBuilder::new(layout).push(&batch).unwrap_err();
    assert!(error.to_string().contains("Float64"), "{error}");
}

#[test]
fn a_segment_that_no_worker_built_is_refused() {
    assert_eq!(merge(vec![]).err().unwrap().kind(), ErrorKind::Internal);
}

/// Says no after some cuboids.
struct Stop(AtomicUsize);

impl CuboidSink for Stop {
    fn cuboid_done(&self, _: CuboidId, _: u64) -> Result<()> {
        let left = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(|_| ()).map_err(|_| Error::conflict("the job was discarded"))
    }
}

#[test]
fn a_sink_that_says_no_ends_the_build_with_its_error() {
    let (model, spec) = things(&["small", "large", "day_start"], &[2], "");
    let columns = BuildLayout::needed_columns(&model, &spec);
    for after in [0, 1, 5, 7] {
        let mut builder = BaseBuilder::new(BuildLayout::new(&model, spec.clone(), &columns).unwrap());
        builder.push(&batch(&model, &columns, &rows(200), true)).unwrap();
        let lattice = Lattice::new(&spec).unwrap();
        let stopped = write_cuboids(merge(vec![builder]).unwrap(), &lattice, &Stop(AtomicUsize::new(after)));
        let error = stopped.err().expect("the build went on");
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::Conflict, "the job was discarded")
        );
    }
}

#[test]
fn a_sum_that_leaves_its_state_fails_the_build_and_names_the_measure() {
    let (model, spec) = things(&["small"], &[5], "");
    let columns = BuildLayout::needed_columns(&model, &spec);
    let mut rows = rows(2);
    for row in &mut rows {
        row[2] = None;
        row[5] = Some(Value::Exact(10i128.pow(38) - 1));
    }
    let one_worker = build(&model, &spec, &[vec![batch(&model, &columns, &rows, true)]]).err().unwrap();
    let each = |i: usize| vec![batch(&model, &columns, &rows[i..=i], true)];
    let two_workers = build(&model, &spec, &[each(0), each(1)]).err().unwrap();
    rows[0][2] = Some(Value::Exact(1));
    let in_a_roll_up = build(&model, &spec, &[vec![batch(&model, &columns, &rows, true)]]).err().unwrap();
    for error in [one_worker, two_workers, in_a_roll_up] {
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.to_string().contains("m5") && error.to_string().contains("38 digits"), "{error}");
    }
}
