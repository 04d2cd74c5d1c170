use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::UInt32Type;
use arrow::util::display::array_value_to_string;
use cube::id::ModelName;
use cube::spec::{Column as ColumnSpec, EventTime, EventTimeFormat, MessageFormat, ModelSpec};

use super::{Decoder, Outcome, REJECTION_REASONS};

mod event_times;
mod grammar;
mod rows;
mod values;

/// A model of `name type` columns, `name type path.to.key` where the path is not the name. The
/// first is the event time.
fn model(columns: &[&str], format: EventTimeFormat) -> ModelSpec {
    let column = |text: &&str| {
        let mut parts = text.split(' ');
        let name = parts.next().unwrap().to_owned();
        let column_type = parts.next().unwrap().parse().unwrap();
        let path = parts.next().unwrap_or(&name).split('.').map(str::to_owned).collect();
        ColumnSpec { name, column_type, path }
    };
    ModelSpec {
        name: ModelName::new("m").unwrap(),
        table: "m".into(),
        topic: "m".into(),
        brokers: "localhost:9092".into(),
        properties: Default::default(),
        format: MessageFormat::Json,
        columns: columns.iter().map(column).collect(),
        event_time: EventTime { column: 0, format },
    }
}

fn decoder(columns: &[&str]) -> Decoder {
    let needed: Vec<usize> = (0..columns.len()).collect();
    Decoder::new(&model(columns, EventTimeFormat::EpochMillis), &needed).unwrap()
}

/// A decoder of `t timestamp` and one column `x` of the type, at key `x`.
fn decoder_of(column_type: &str) -> Decoder {
    decoder(&["t timestamp", &format!("x {column_type}")])
}

fn reason(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Row { .. } => "row",
        Outcome::Filtered(reason) => reason,
        Outcome::Rejected(rejection) => {
            assert!(REJECTION_REASONS.contains(&rejection.reason));
            assert!(!rejection.detail.is_empty() && rejection.detail.chars().count() < 500);
            rejection.reason
        }
    }
}

/// What `{"t":0,"x":VALUE}` gives: the value of `x` as text, `NULL`, or the reason of a refusal.
fn read(column_type: &str, value: &str) -> String {
    let mut decoder = decoder_of(column_type);
    match reason(&decoder.push(Some(format!(r#"{{"t":0,"x":{value}}}"#).as_bytes()))) {
        "row" => shown(&decoder.finish().unwrap(), 1, 0),
        reason => reason.to_owned(),
    }
}

fn shown(batch: &RecordBatch, column: usize, row: usize) -> String {
    let array = batch.column(column);
    if array.is_null(row) {
        return "NULL".into();
    }
    if let Some(dictionary) = array.as_dictionary_opt::<UInt32Type>() {
        let id = dictionary.keys().value(row) as usize;
        return dictionary.values().as_string::<i32>().value(id).to_owned();
    }
    array_value_to_string(array, row).unwrap()
}

fn check(column_type: &str, cases: &[(&str, &str)]) {
    for (value, expected) in cases {
        assert_eq!(read(column_type, value), *expected, "{value} as {column_type}");
    }
}
