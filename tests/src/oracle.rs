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

/// The labels of the columns, and the rows.
pub type Labelled = (Vec<String>, Rows);

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

/// The events as a polars frame: columns named as in the model, amounts in cents.
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
    DataFrame::new_infer_height(columns).expect("columns of one length")
}

/// `SELECT country, count(*), sum(amount), min(amount), max(amount) … GROUP BY country`, NULL
/// first, by polars.
pub fn by_country(events: &[Event]) -> Rows {
    let grouped = frame(events)
        .lazy()
        .group_by([col("country")])
        .agg([
            len().cast(polars::prelude::DataType::Int64).alias("n"),
            col("cents").sum().alias("sum"),
            col("cents").count().cast(polars::prelude::DataType::Int64).alias("seen"),
            col("cents").min().alias("min"),
            col("cents").max().alias("max"),
        ])
        .sort(["country"], SortMultipleOptions::default().with_nulls_last(false))
        .collect()
        .expect("polars answers");
    let text = |name: &str| grouped.column(name).expect("a column").str().expect("text").clone();
    let number = |name: &str| grouped.column(name).expect("a column").i64().expect("numbers").clone();
    let (country, n, seen) = (text("country"), number("n"), number("seen"));
    let (sum, min, max) = (number("sum"), number("min"), number("max"));
    // Cents as decimal(19,4).
    let money = |cents: i64| {
        let sign = if cents < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}00", cents.abs() / 100, cents.abs() % 100)
    };
    (0..grouped.height())
        .map(|i| {
            let sum = sum.get(i).filter(|_| seen.get(i) != Some(0));
            vec![
                country.get(i).map(str::to_owned),
                n.get(i).map(|n| n.to_string()),
                sum.map(money),
                min.get(i).map(money),
                max.get(i).map(money),
            ]
        })
        .collect()
}

/// Answers `sqls` by DuckDB over the raw message values; `None` if there is no Python.
///
/// `columns` as `tests/oracle/duckdb_oracle.py` explains.
pub fn duckdb(
    values: &[Vec<u8>],
    table: &str,
    columns: &serde_json::Value,
    sqls: &[&str],
) -> Option<Vec<Rows>> {
    let answers = duckdb_labelled(values, table, columns, sqls)?;
    Some(answers.into_iter().map(|(_, rows)| rows).collect())
}

/// The same with labels.
pub fn duckdb_labelled(
    values: &[Vec<u8>],
    table: &str,
    columns: &serde_json::Value,
    sqls: &[&str],
) -> Option<Vec<Labelled>> {
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
        let lines =
            answers.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
        let answers = lines.filter(|line| line.get("rows").is_some()).map(|line| {
            let part = |name: &str| line[name].clone();
            (
                serde_json::from_value(part("columns")).expect("labels"),
                serde_json::from_value(part("rows")).expect("rows"),
            )
        });
        Some(answers.collect())
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
