//! The answer of `POST /query`: every cell a string or null.

use ::cube::{Error, Result};
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use query::{Answer, ScanReport};
use serde::Serialize;
use serde::ser::{Error as _, SerializeSeq, Serializer};
use utoipa::ToSchema;

use super::cells::Cells;
use super::sql_type::sql_type;

/// Kylin's keys, and `scanReport` of ours.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueryAnswer<'a> {
    column_metas: Vec<ColumnMeta<'a>>,
    #[schema(value_type = Vec<Vec<Option<String>>>, example = json!([["US", "12"], [null, "3"]]))]
    results: Rows<'a>,
    cube: String,
    affected_row_count: u64,
    is_exception: bool,
    exception_message: Option<&'a str>,
    /// Milliseconds.
    duration: u64,
    total_scan_count: u64,
    total_scan_bytes: u64,
    hit_exception_cache: bool,
    storage_cache_used: bool,
    partial: bool,
    push_down: bool,
    query_id: String,
    /// Ours: what was decided and read, and which holes the answer's time range touches.
    #[schema(value_type = Object)]
    scan_report: &'a ScanReport,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ResultColumn)]
#[serde(rename_all = "camelCase")]
struct ColumnMeta<'a> {
    is_nullable: i32,
    display_size: i32,
    label: &'a str,
    name: &'a str,
    schema_name: Option<&'a str>,
    /// Kylin's spelling.
    catelog_name: Option<&'a str>,
    table_name: Option<&'a str>,
    precision: i32,
    scale: i32,
    column_type: i32,
    column_type_name: &'static str,
    read_only: bool,
    writable: bool,
    case_sensitive: bool,
    searchable: bool,
    currency: bool,
    signed: bool,
    auto_increment: bool,
    definitely_writable: bool,
}

/// The answer as JSON. Takes long for many rows; not for async threads.
pub(crate) fn encode(answer: &Answer, duration_ms: u64, query_id: String) -> Result<Vec<u8>> {
    let report = &answer.report;
    let mut cubes: Vec<String> =
        report.scans.iter().map(|scan| format!("CUBE[name={}]", scan.cube)).collect();
    cubes.dedup();
    let body = QueryAnswer {
        column_metas: metas(&answer.schema),
        results: Rows(&answer.batches),
        cube: cubes.join(","),
        affected_row_count: 0,
        is_exception: false,
        exception_message: None,
        duration: duration_ms,
        total_scan_count: report.rows_read,
        total_scan_bytes: report.bytes_read,
        hit_exception_cache: false,
        storage_cache_used: false,
        partial: false,
        push_down: false,
        query_id,
        scan_report: report,
    };
    serde_json::to_vec(&body)
        .map_err(|error| Error::internal(format!("the answer cannot be written: {error}")))
}

fn metas(schema: &Schema) -> Vec<ColumnMeta<'_>> {
    let meta = |field: &'_ std::sync::Arc<arrow::datatypes::Field>| {
        let sql = sql_type(field.data_type());
        (i32::from(field.is_nullable()), sql)
    };
    schema
        .fields()
        .iter()
        .map(|field| {
            let (is_nullable, sql) = meta(field);
            ColumnMeta {
                is_nullable,
                display_size: sql.display_size,
                label: field.name(),
                name: field.name(),
                schema_name: None,
                catelog_name: None,
                table_name: None,
                precision: sql.precision,
                scale: sql.scale,
                column_type: sql.code,
                column_type_name: sql.name,
                read_only: true,
                writable: false,
                case_sensitive: true,
                searchable: false,
                currency: false,
                signed: sql.signed,
                auto_increment: false,
                definitely_writable: false,
            }
        })
        .collect()
}

/// Written row by row straight from the columns.
struct Rows<'a>(&'a [RecordBatch]);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.0.iter().map(RecordBatch::num_rows).sum()))?;
        for batch in self.0 {
            let columns = batch.columns().iter().map(|column| Cells::new(column.as_ref()));
            let columns = columns.collect::<Result<Vec<_>>>().map_err(S::Error::custom)?;
            for row in 0..batch.num_rows() {
                rows.serialize_element(&Row { columns: &columns, row })?;
            }
        }
        rows.end()
    }
}

struct Row<'a> {
    columns: &'a [Cells<'a>],
    row: usize,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.columns.iter().map(|column| Cell { column, row: self.row }))
    }
}

struct Cell<'a> {
    column: &'a Cells<'a>,
    row: usize,
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.column.text(self.row) {
            None => serializer.serialize_none(),
            Some(text) => serializer.collect_str(&text),
        }
    }
}

#[cfg(test)]
mod tests;
