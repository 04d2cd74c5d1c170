//! What the demo shows: lines with the seconds since its start, and tables.

use std::fmt::Display;
use std::io::Write;
use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};

use super::answer::{Compare, Rows};

/// Prints to standard output; progress goes to standard error, and only to a terminal.
#[derive(Clone, Copy)]
pub(super) struct Printer {
    started: Instant,
}

impl Printer {
    pub(super) fn new() -> Self {
        Self { started: Instant::now() }
    }

    pub(super) fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// A line about what is happening now.
    pub(super) fn say(&self, text: impl Display) {
        self.line(format_args!("{:5.1} s  {text}", self.seconds()));
    }

    /// Lines that belong to the one before.
    pub(super) fn more(&self, text: impl Display) {
        text.to_string().lines().for_each(|line| self.line(format_args!("         {line}")));
    }

    pub(super) fn gap(&self) {
        self.line("");
    }

    fn line(&self, text: impl Display) {
        // Who closed the pipe does not want to read on; that is no reason to stop half way.
        let _ = writeln!(std::io::stdout(), "{text}");
    }

    /// A bar for work in percent, invisible if standard error is no terminal.
    pub(super) fn progress(&self, what: &str) -> ProgressBar {
        let bar = ProgressBar::new(100).with_message(what.to_owned());
        match ProgressStyle::with_template("         {msg} {bar:40} {percent} %") {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }
}

pub(super) fn millis(took: Duration) -> String {
    format!("{:.0} ms", took.as_secs_f64() * 1e3)
}

/// `336776` as `336,776`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Rows under their names; numbers to the right, doubles with two decimals.
pub(super) fn table(rows: &Rows, columns: &[Compare]) -> Table {
    let shown = |(i, cell): (usize, &Option<String>)| match (cell, columns.get(i)) {
        (None, _) => "NULL".to_owned(),
        (Some(text), Some(Compare::Double)) => {
            text.parse::<f64>().map_or_else(|_| text.clone(), |value| format!("{value:.2}"))
        }
        (Some(text), _) => text.clone(),
    };
    let lines = rows.rows.iter().map(|row| row.iter().enumerate().map(shown).collect::<Vec<_>>());
    plain_table(&rows.names, lines)
}

/// Lines under names; what is a number in every line stands to the right.
pub(super) fn plain_table(names: &[String], lines: impl Iterator<Item = Vec<String>>) -> Table {
    let lines: Vec<Vec<String>> = lines.collect();
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_header(names);
    for (i, _) in names.iter().enumerate() {
        let number =
            |line: &Vec<String>| line.get(i).is_some_and(|cell| cell.replace(',', "").parse::<f64>().is_ok());
        if let Some(column) = table.column_mut(i).filter(|_| lines.iter().all(number)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.add_rows(lines);
    table
}

/// With less space between the columns, for tables of many.
pub(super) fn narrow(mut table: Table) -> Table {
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 1));
    });
    table
}

/// Two tables beside each other, each under a heading.
pub(super) fn side_by_side(left: (&str, &Table), right: (&str, &Table)) -> String {
    let lines = |(heading, table): (&str, &Table)| -> Vec<String> {
        std::iter::once(heading.to_owned()).chain(table.lines()).collect()
    };
    let (left, right) = (lines(left), lines(right));
    let width = left.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let height = left.len().max(right.len());
    let line = |i: usize| {
        let (left, right) = (left.get(i).map_or("", String::as_str), right.get(i).map_or("", String::as_str));
        format!("{left:width$}   {right}").trim_end().to_owned()
    };
    (0..height).map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (336_776, "336,776"), (1_234_567, "1,234,567")];
        cases.into_iter().for_each(|(number, text)| assert_eq!(grouped(number), text));
    }

    #[test]
    fn two_tables_stand_beside_each_other() {
        let rows =
            |value: &str| Rows { names: vec!["n".into()], rows: vec![vec![Some(value.into())], vec![None]] };
        let (left, right) = (table(&rows("1.005"), &[Compare::Double]), table(&rows("2"), &[Compare::Exact]));
        let text = side_by_side(("left", &left), ("right", &right));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("left") && lines[0].ends_with("right"), "{text}");
        assert!(text.contains("1.00") && text.contains("NULL"), "{text}");
        assert_eq!(lines.len(), 1 + 6, "{text}");
    }
}
