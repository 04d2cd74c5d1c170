//! The answer of `/query/format/csv`: RFC 4180 with a header.

use std::borrow::Cow;

use ::cube::Result;
use query::Answer;

use super::cells::Cells;

/// What Kylin since 3.0 writes first, so that spreadsheets read UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// NULL is an empty field, an empty text a quoted one. Takes long for many rows; not for async
/// threads.
pub(crate) fn encode(answer: &Answer) -> Result<String> {
    let mut text = String::from(BYTE_ORDER_MARK);
    line(&mut text, answer.schema.fields().iter().map(|column| Some(column.name().as_str().into())));
    for batch in &answer.batches {
        let columns = batch.columns().iter().map(|column| Cells::new(column.as_ref()));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            line(&mut text, columns.iter().map(|column| Some(column.text(row)?.to_string().into())));
        }
    }
    Ok(text)
}

fn line<'a>(text: &mut String, cells: impl Iterator<Item = Option<Cow<'a, str>>>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            text.push(',');
        }
        text.push_str(&field(cell.as_deref()));
    }
    text.push_str("\r\n");
}

/// One field; quoted where it must be, and where it is an empty text, to tell it from NULL.
pub(crate) fn field(cell: Option<&str>) -> Cow<'_, str> {
    match cell {
        None => "".into(),
        Some(text) if text.is_empty() || text.contains(['"', ',', '\r', '\n']) => {
            format!("\"{}\"", text.replace('"', "\"\"")).into()
        }
        Some(text) => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let cells = [None, Some(""), Some("plain"), Some("a,b"), Some("say \"x\""), Some("two\nlines")];
        let fields = cells.map(|cell| field(cell).into_owned());
        assert_eq!(fields, ["", "\"\"", "plain", "\"a,b\"", "\"say \"\"x\"\"\"", "\"two\nlines\""]);
    }
}
