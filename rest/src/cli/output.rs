//! Tables of results: for people, for spreadsheets, for programs.

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use cube::{Error, Result};
use serde_json::{Map, Value};

use crate::wire::csv::field;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Columns with a header
    #[default]
    Table,
    /// RFC 4180, with a header
    Csv,
    /// What the server answered
    Json,
}

/// Rows under a header.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// How a table shows `None`.
    null: &'static str,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

impl Rows {
    /// One row for each object of `list`, with the values of `columns`: a header and a key each.
    pub(crate) fn of(list: &Value, columns: &[(&str, &str)]) -> Self {
        let objects = list.as_array().map(Vec::as_slice).unwrap_or_default();
        let cell = |object: &Value, key: &str| match object.get(key) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        };
        Self {
            null: "",
            header: columns.iter().map(|(header, _)| (*header).to_owned()).collect(),
            rows: objects
                .iter()
                .map(|object| columns.iter().map(|(_, key)| cell(object, key)).collect())
                .collect(),
        }
    }

    /// Prints the rows, or `answer` itself as JSON.
    pub(crate) fn print(&self, output: Output, answer: &Value) -> Result<()> {
        let text = match output {
            Output::Table => self.table(),
            Output::Csv => self.csv(),
            Output::Json => json(answer)?,
        };
        print_text(&text)
    }

    fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(&self.header);
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| cell.as_deref().unwrap_or(self.null)));
        }
        let count =
            if self.rows.len() == 1 { "1 row".to_owned() } else { format!("{} rows", self.rows.len()) };
        format!("{table}\n({count})\n")
    }

    /// NULL is an empty field, an empty text a quoted one.
    fn csv(&self) -> String {
        let header = self.header.iter().map(|name| Some(name.clone())).collect();
        std::iter::once(&header)
            .chain(&self.rows)
            .map(|row| row.iter().map(|cell| field(cell.as_deref())).collect::<Vec<_>>().join(",") + "\r\n")
            .collect()
    }
}

/// Indented, with a line end.
pub(crate) fn json(value: &Value) -> Result<String> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|error| Error::internal(format!("the answer cannot be written: {error}")))
}

/// To standard output; whoever reads it may stop early, as `head` does.
pub(crate) fn print_text(text: &str) -> Result<()> {
    use std::io::Write;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// The rows of an answer to `POST /query`.
pub(crate) fn of_answer(answer: &Value) -> Rows {
    let list = |key: &str| answer.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let label = |meta: &Value| meta.get("label").and_then(Value::as_str).unwrap_or_default().to_owned();
    let cells = |row: &Value| {
        row.as_array().into_iter().flatten().map(|cell| cell.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    Rows {
        null: "NULL",
        header: list("columnMetas").iter().map(label).collect(),
        rows: list("results").iter().map(cells).collect(),
    }
}

/// A body from parts that were given.
pub(crate) fn object<const N: usize>(parts: [(&str, Option<Value>); N]) -> Value {
    let given = parts.into_iter().filter_map(|(key, value)| value.map(|value| (key.to_owned(), value)));
    Value::Object(given.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows() -> Rows {
        of_answer(&json!({
            "columnMetas": [{ "label": "name" }, { "label": "n" }],
            "results": [["a,\"b\"", "1"], ["", null]],
        }))
    }

    #[test]
    fn csv_tells_null_from_an_empty_text() {
        assert_eq!(rows().csv(), "name,n\r\n\"a,\"\"b\"\"\",1\r\n\"\",\r\n");
    }

    #[test]
    fn a_table_counts_its_rows() {
        let table = rows().table();
        assert!(table.contains("NULL") && table.ends_with("(2 rows)\n"), "{table}");
    }

    #[test]
    fn rows_of_objects_take_the_named_keys() {
        let rows =
            Rows::of(&json!([{ "a": 1, "b": "x", "c": true }, { "a": null }]), &[("A", "a"), ("B", "b")]);
        assert_eq!(rows.rows, [[Some("1".to_owned()), Some("x".to_owned())], [None, None]]);
    }
}
