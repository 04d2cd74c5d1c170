//! JSON message values → typed Arrow columns, without anything in between.
//!
//! A [`Decoder`] is compiled from a model. Each message is validated as a whole, its fields are
//! noted where they stand, and only then turned into column values; a message that cannot be a
//! row leaves nothing behind and names the first column, in the model's order, that refused it.
//!
//! # What is accepted
//!
//! | in the message | becomes |
//! |---|---|
//! | no value (a tombstone) | filtered: `tombstone` |
//! | bytes that are not UTF-8 | rejected: `not_utf8` |
//! | anything but one JSON text (RFC 8259); an empty value, a lone surrogate, a byte-order mark | rejected: `not_json` |
//! | objects and arrays inside each other 128 levels deep or more | rejected: `too_deep` |
//! | JSON that is not an object | rejected: `not_an_object` |
//! | a field no column reads | skipped, but it must be valid JSON |
//! | a key twice in one object | the last one counts, whole: a repeated object replaces the earlier one |
//! | a key written with escapes (`"\u0075ser"`) | the key it stands for (`user`) |
//! | a missing key, `null`, or either of them at a parent of the path | NULL |
//! | a parent of the path that is neither object nor `null` | rejected: `wrong_type` |
//!
//! | column type | accepted | otherwise |
//! |---|---|---|
//! | `varchar` | a string; a number or boolean as it is written in the message | object, array: `wrong_type` |
//! | `integer`, `bigint` | a number whose exact value is integral (`4`, `4.0`, `4e2`) | `not_integral`, then `out_of_range` |
//! | `decimal(p,s)` | a number with at most `s` decimals (zeros at the end do not count) and `p - s` digits before them, taken exactly | `too_precise`, then `out_of_range` |
//! | `float`, `double` | a number, correctly rounded; too small becomes 0 | too large: `out_of_range` |
//! | `boolean` | `true`, `false`, or a string that says so in any case | `wrong_type` |
//! | `date` | a string `YYYY-MM-DD`, years 1 to 9999 | `wrong_type`, `out_of_range` |
//! | `timestamp` | a string in RFC 3339, or `YYYY-MM-DD HH:MM:SS[.fraction]` in UTC; or a number, milliseconds since the epoch; years 1 to 9999 | `wrong_type`, `out_of_range` |
//!
//! For numeric columns a string counts as a number if it holds exactly one JSON number: `"4"` does,
//! `""`, `" 4"`, `"+4"`, `"0x4"` and `"NaN"` are of the `wrong_type`.
//!
//! The event time must be there (`event_time_missing`), readable in the model's format
//! (`event_time_invalid`) and in the years 1 to 9999 (`event_time_out_of_range`):
//!
//! | format | accepted |
//! |---|---|
//! | `epoch_s`, `epoch_ms`, `epoch_us` | a number, or a string that holds one; it may have decimals |
//! | `rfc3339` | a string with an offset or `Z` |
//! | a pattern | a string or number whose text fits it |
//!
//! A pattern's text may hold an offset; else it is local time in the model's zone, where a time that
//! the zone skips is rejected (`event_time_skipped`) and one that it repeats is the earlier of the
//! two. Parts of the time of day that the pattern lacks are zero. `%f` after a point means its digits,
//! as `%.f` does.
//!
//! Times are kept in microseconds; what is finer is cut off towards the past. Second 60 is the
//! first of the next minute, as in POSIX time.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema, SchemaRef};
use cube::spec::ModelSpec;

mod column;
mod dictionary;
mod escape;
mod event_time;
mod instant;
mod number;
mod pattern;
mod plan;
mod reason;
mod scanner;
mod walk;
mod words;

#[cfg(test)]
mod tests;

use column::{Cell, Column};
use plan::Plan;
pub use reason::{REJECTION_REASONS, TOMBSTONE};
use reason::{Reason, excerpt};
use scanner::Token;

/// What became of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is a row; `event_time` in microseconds since the epoch, UTC.
    Row { event_time: i64 },
    /// It is left out on purpose, for this reason.
    Filtered(&'static str),
    /// It cannot be a row.
    Rejected(Rejection),
}

/// Why a message cannot be a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// One of [`REJECTION_REASONS`].
    pub reason: &'static str,
    /// For people: the column, the value (cut to 80 characters) and what would be accepted.
    pub detail: String,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}

/// Turns message values into batches of the columns that a cube reads.
///
/// Between two calls of [`Decoder::finish`] every column has exactly [`Decoder::rows`] values.
pub struct Decoder {
    schema: SchemaRef,
    plan: Plan,
    /// Where the leaves of the plan stand in the message at hand.
    tokens: Vec<Token>,
    columns: Vec<Column>,
    /// Model column index of each of `columns`.
    indexes: Vec<usize>,
    /// Which of `columns` is the event time.
    event_time: usize,
    rows: usize,
    scratch: Vec<u8>,
}

/// Whether messages can be decoded as the model says.
///
/// # Errors
/// `Invalid`, naming the model and the field, if not: its event-time pattern determines no instant.
pub fn check(model: &ModelSpec) -> cube::Result<()> {
    let columns: Vec<usize> = (0..model.columns.len()).collect();
    match Decoder::new(model, &columns) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.context(format!("model {}: table.event_time.format", model.name))),
    }
}

impl Decoder {
    /// `needed`: indexes of the model's columns that the cube reads, in any order; the event time
    /// is always among them.
    ///
    /// # Errors
    /// `Invalid`, if an index is not of the model, two paths overlap, or the event-time pattern
    /// does not determine a time.
    pub fn new(model: &ModelSpec, needed: &[usize]) -> cube::Result<Self> {
        let mut indexes = needed.to_vec();
        indexes.push(model.event_time.column);
        indexes.sort_unstable();
        indexes.dedup();
        let mut plan = Plan::new();
        let mut columns = vec![];
        let mut fields = vec![];
        for &index in &indexes {
            let spec = model.columns.get(index).ok_or_else(|| {
                let last = model.columns.len().saturating_sub(1);
                cube::Error::invalid(format!("model {} has columns 0 to {last}, not {index}", model.name))
            })?;
            let leaf = plan.add(&spec.path).ok_or_else(|| {
                cube::Error::invalid(format!(
                    "model {}: column {} reads {:?}, which another column reads already, as a value or as an \
                     object; give it a path of its own",
                    model.name, spec.name, spec.path
                ))
            })?;
            let event_time = (index == model.event_time.column).then_some(&model.event_time.format);
            let column = Column::new(spec, leaf, event_time)
                .map_err(|error| error.context(format!("model {}: column {}", model.name, spec.name)))?;
            fields.push(Field::new(&spec.name, column.data_type(), event_time.is_none()));
            columns.push(column);
        }
        Ok(Self {
            schema: Arc::new(Schema::new(fields)),
            tokens: vec![Token::MISSING; columns.len() + 1],
            event_time: indexes.iter().position(|&index| index == model.event_time.column).unwrap_or(0),
            plan,
            columns,
            indexes,
            rows: 0,
            scratch: vec![],
        })
    }

    /// The needed columns in the model's order; `varchar` as `Dictionary(UInt32, Utf8)`, all others
    /// as the column type says. All are nullable but the event time.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// Model column index of each batch column.
    pub fn columns(&self) -> &[usize] {
        &self.indexes
    }

    /// Rows since the last [`Decoder::finish`].
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Distinct text held for the batch at hand, in bytes, of the column that holds most.
    ///
    /// A batch can hold 2 GiB of it a column; callers finish a batch long before.
    pub fn text_bytes(&self) -> usize {
        self.columns.iter().map(Column::text_bytes).max().unwrap_or(0)
    }

    /// Decodes one message value; `None` is a tombstone.
    pub fn push(&mut self, value: Option<&[u8]>) -> Outcome {
        let Some(value) = value else { return Outcome::Filtered(TOMBSTONE) };
        if let Err(rejection) = walk::locate(value, &mut self.plan, &mut self.tokens, &mut self.scratch) {
            return Outcome::Rejected(rejection);
        }
        for at in 0..self.columns.len() {
            let column = &mut self.columns[at];
            let cell = Cell { token: column.token(&self.tokens), message: value, scratch: &mut self.scratch };
            if let Err(reason) = column.push(cell) {
                self.columns[..=at].iter_mut().for_each(|column| column.truncate(self.rows));
                return Outcome::Rejected(self.refusal(at, reason, value));
            }
        }
        self.rows += 1;
        Outcome::Row { event_time: self.columns[self.event_time].last_time() }
    }

    #[cold]
    fn refusal(&self, at: usize, reason: Reason, message: &[u8]) -> Rejection {
        let column = &self.columns[at];
        let found = match column.token(&self.tokens).raw(message) {
            [] => "nothing".to_owned(),
            raw => excerpt(raw),
        };
        let name = self.schema.field(at).name();
        let detail = format!("column {name}: {found} is not accepted; {}", column.accepts(reason));
        Rejection { reason: reason.code(), detail }
    }

    /// The rows pushed since the last call, with dictionaries of their own.
    ///
    /// # Errors
    /// `Invalid`, if a column's distinct text does not fit into one batch (2 GiB). Nothing of the
    /// batch is kept then.
    pub fn finish(&mut self) -> cube::Result<RecordBatch> {
        let rows = std::mem::take(&mut self.rows);
        // All of them before the first error, so that no column keeps rows that the others lost.
        let arrays: Vec<cube::Result<ArrayRef>> =
            self.columns.iter_mut().map(|column| column.finish(rows)).collect();
        let arrays = arrays
            .into_iter()
            .zip(self.schema.fields())
            .map(|(array, field)| array.map_err(|error| error.context(format!("column {}", field.name()))))
            .collect::<cube::Result<Vec<_>>>()?;
        Ok(RecordBatch::try_new(self.schema.clone(), arrays)?)
    }
}
