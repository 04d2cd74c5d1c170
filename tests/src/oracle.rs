//! Answers that share no code with Kirin: polars over the events, DuckDB over the raw messages.
//!
//! All answers are compared as canonical text: integers and decimals plain, doubles by their
//! shortest form, times as `YYYY-MM-DD HH:MM:SS[.ffffff]`, NULL as `None`.

use std::io::Write;
use std::process::{Command, Stdio};

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use polars::prelude::*;

use crate::Event;
use crate::services;

pub type Rows = Vec<Vec<Option<String>>>;

/// Arrow rows in canonical text.
pub fn canonical(batches: &[RecordBatch]) -> Rows {
    let options = FormatOptions::new()
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
        .with_date_format(Some("%Y-%m-%d"));
    let mut rows = vec![];
    for batch in batches {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| (column, ArrayFormatter::try_new(column, &options).expect("a printable column")))
            .collect();
        for row in 0..batch.num_rows() {
            let cell = |(column, text): &(&Arc<dyn Array>, ArrayFormatter<'_>)| {
                (!column.is_null(row)).then(|| match column.data_type() {
                    DataType::Float64 => text.value(row).to_string().trim_end_matches(".0").to_owned(),
                    _ => text.value(row).to_string(),
                })
            };
            rows.push(columns.iter().map(cell).collect());
        }
    }
    rows
}

/// The events as a polars frame: columns named as in the model, the levels added.
pub fn frame(events: &[Event]) -> DataFrame {
    let time = Column::new("order_time".into(), events.iter().map(|e| e.time).collect::<Vec<i64>>());
    let text = |name: &str, each: fn(&Event) -> Option<String>| {
        Column::new(name.into(), events.iter().map(each).collect::<Vec<_>>())
    };
    let number = |name: &str, each: fn(&Event) -> Option<i64>| {
        Column::new(name.into(), events.iter().map(each).collect::<Vec<_>>())
    };
    let columns = vec![
        time,
        text("country", |e| e.country.clone()),
        text("device", |e| e.device.clone()),
        number("user_age", |e| e.age),
        number("user_id", |e| e.user),
        number("cents", |e| e.amount),
        number("qty", |e| e.qty),
    ];
    let frame = DataFrame::new_infer_height(columns).expect("columns of one length");
    let at = |name: &str, millis: i64| {
        ((col("order_time").floor_div(lit(millis))) * lit(millis)).cast(LazyType::millis()).alias(name)
    };
    frame
        .lazy()
        .with_columns([at("minute_start", 60_000), at("hour_start", 3_600_000), at("day_start", 86_400_000)])
        .collect()
        .expect("the levels")
}

/// Polars' name for UTC milliseconds without a zone.
struct LazyType;

impl LazyType {
    fn millis() -> polars::prelude::DataType {
        polars::prelude::DataType::Datetime(TimeUnit::Milliseconds, None)
    }
}

/// Answers `sqls` by DuckDB over the raw message values; `None` if there is no Python.
///
/// `columns` as `tests/oracle/duckdb_oracle.py` explains.
pub fn duckdb(values: &[Vec<u8>], table: &str, columns: &serde_json::Value, sqls: &[&str]) -> Option<Vec<Rows>> {
    let python = services::python()?;
    let mut command = Command::new(python);
    command.arg(services::root().join("tests/oracle/duckdb_oracle.py"));
    command.args(["--ndjson", "-", "--table", table, "--columns", &columns.to_string(), "--sql"]).args(sqls);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python starts");
    let mut input = child.stdin.take().expect("an input");
    let mut text = vec![];
    for value in values {
        text.extend_from_slice(value);
        text.push(b'\n');
    }
    std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(&text).expect("DuckDB reads the messages"));
        let output = child.wait_with_output().expect("DuckDB ends");
        assert!(output.status.success(), "the DuckDB oracle failed");
        let answers = String::from_utf8(output.stdout).expect("text");
        let lines = answers.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
        let rows = lines.filter(|line| line.get("rows").is_some());
        Some(rows.map(|line| serde_json::from_value(line["rows"].clone()).expect("rows")).collect())
    })
}

/// How DuckDB finds the columns of [`Event`] in the messages.
pub fn event_columns() -> serde_json::Value {
    serde_json::json!({
        "order_time": {"type": "TIMESTAMP", "format": "epoch_ms"},
        "country": {"type": "VARCHAR"},
        "device": {"type": "VARCHAR"},
        "user_age": {"type": "INTEGER", "path": ["user", "age"]},
        "user_id": {"type": "BIGINT", "path": ["user", "id"]},
        "amount": {"type": "DECIMAL(19,4)"},
        "qty": {"type": "BIGINT"},
    })
}
