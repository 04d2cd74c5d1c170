//! What a query gives back.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};

use crate::report::ScanReport;

/// Rows, and how they came about.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Of the batches; labels as the statement wrote them.
    pub schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
    pub report: ScanReport,
}

impl Answer {
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

/// A table that SQL can name.
#[derive(Clone, Debug, PartialEq)]
pub struct TableInfo {
    /// Lower case.
    pub name: String,
    /// Name and type, in order: the columns of the messages, then the levels of event time.
    pub columns: Vec<(String, DataType)>,
}
