//! One month of the file, as typed columns.

use arrow::array::{Array, Int16Array, RecordBatch, StringArray, TimestampMillisecondArray};
use bytes::Bytes;
use cube::{Error, Result};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

const COLUMNS: [&str; 14] = [
    "scheduled",
    "carrier",
    "flight",
    "tailnum",
    "origin",
    "dest",
    "sched_dep_time",
    "dep_time",
    "dep_delay",
    "sched_arr_time",
    "arr_time",
    "arr_delay",
    "air_time",
    "distance",
];

/// The flights of one month of New York's calendar, by their scheduled departure.
///
/// Cheap to clone. All columns have the same length; a flight without `dep_time` was cancelled.
#[derive(Clone, Debug)]
pub struct Month {
    /// Milliseconds since 1970, UTC.
    pub scheduled: TimestampMillisecondArray,
    pub carrier: StringArray,
    pub flight: Int16Array,
    pub tailnum: StringArray,
    pub origin: StringArray,
    pub dest: StringArray,
    pub sched_dep_time: Int16Array,
    pub dep_time: Int16Array,
    /// Minutes.
    pub dep_delay: Int16Array,
    pub sched_arr_time: Int16Array,
    pub arr_time: Int16Array,
    /// Minutes.
    pub arr_delay: Int16Array,
    /// Minutes.
    pub air_time: Int16Array,
    /// Miles.
    pub distance: Int16Array,
}

impl Month {
    pub(super) fn read(bytes: Bytes, number: usize) -> Result<Self> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), COLUMNS);
        let rows = builder.metadata().row_group(number).num_rows();
        let reader = builder
            .with_row_groups(vec![number])
            .with_projection(mask)
            .with_batch_size(usize::try_from(rows).unwrap_or(usize::MAX).max(1))
            .build()?;
        let schema = arrow::array::RecordBatchReader::schema(&reader);
        let batches = reader.collect::<Result<Vec<_>, _>>()?;
        let batch = arrow::compute::concat_batches(&schema, &batches)?;
        let month = Self {
            scheduled: column(&batch, "scheduled")?,
            carrier: column(&batch, "carrier")?,
            flight: column(&batch, "flight")?,
            tailnum: column(&batch, "tailnum")?,
            origin: column(&batch, "origin")?,
            dest: column(&batch, "dest")?,
            sched_dep_time: column(&batch, "sched_dep_time")?,
            dep_time: column(&batch, "dep_time")?,
            dep_delay: column(&batch, "dep_delay")?,
            sched_arr_time: column(&batch, "sched_arr_time")?,
            arr_time: column(&batch, "arr_time")?,
            arr_delay: column(&batch, "arr_delay")?,
            air_time: column(&batch, "air_time")?,
            distance: column(&batch, "distance")?,
        };
        match month.scheduled.null_count() {
            0 => Ok(month),
            nulls => Err(Error::data(format!("column scheduled has {nulls} nulls; every flight needs one"))),
        }
    }

    pub fn len(&self) -> usize {
        self.scheduled.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn tail_number(&self, row: usize) -> Option<&str> {
        self.tailnum.is_valid(row).then(|| self.tailnum.value(row))
    }

    pub fn is_cancelled(&self, row: usize) -> bool {
        self.dep_time.is_null(row)
    }
}

fn column<T: Array + Clone + 'static>(batch: &RecordBatch, name: &str) -> Result<T> {
    let found = batch.column_by_name(name);
    found.and_then(|array| array.as_any().downcast_ref::<T>()).cloned().ok_or_else(|| {
        let found = found.map_or("missing".to_owned(), |array| format!("a {}", array.data_type()));
        Error::data(format!("column {name} is {found}; use the file that samples/flights/make.py writes"))
    })
}
