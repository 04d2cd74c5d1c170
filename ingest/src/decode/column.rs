//! One column of the batch at hand.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBufferBuilder, Date32Array, Decimal128Array, DictionaryArray,
    Float32Array, Float64Array, Int32Array, Int64Array, NullBufferBuilder, TimestampMicrosecondArray,
    UInt32Array,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, UInt32Type};
use cube::spec::{Column as ColumnSpec, ColumnType, EventTimeFormat};
use cube::time::{EVENT_TIME_MAX, EVENT_TIME_MIN};

use super::dictionary::Dictionary;
use super::escape::unescape;
use super::event_time::EventTimeReader;
use super::number::Number;
use super::reason::Reason;
use super::scanner::{Kind, Token};
use super::{instant, number};

/// A value that is not an object or array; text is unescaped.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scalar<'a> {
    Null,
    Boolean(bool),
    Number(Number<'a>),
    Text(&'a [u8]),
}

/// One value of a message.
pub(super) struct Cell<'a> {
    pub token: &'a Token,
    pub message: &'a [u8],
    pub scratch: &'a mut Vec<u8>,
}

impl<'a> Cell<'a> {
    #[inline(never)]
    pub(super) fn scalar(self) -> Result<Scalar<'a>, Reason> {
        let text = self.token.inner(self.message);
        match self.token.kind {
            Kind::Missing | Kind::Null => Ok(Scalar::Null),
            Kind::False => Ok(Scalar::Boolean(false)),
            Kind::True => Ok(Scalar::Boolean(true)),
            Kind::Number => Ok(Scalar::Number(Number { text, short: self.token.short })),
            Kind::Text => Ok(Scalar::Text(text)),
            Kind::EscapedText => Ok(Scalar::Text(unescape(text, self.scratch))),
            Kind::Object | Kind::Array | Kind::Parent => Err(Reason::WrongType),
        }
    }

    /// A number, bare or in a string.
    // Here and below the usual kind is tried first, because one jump that each column takes
    // the same way costs less than a table of kinds.
    #[inline]
    pub(super) fn number(self) -> Result<Option<Number<'a>>, Reason> {
        if self.token.kind == Kind::Number {
            return Ok(Some(Number { text: self.token.inner(self.message), short: self.token.short }));
        }
        match self.scalar()? {
            Scalar::Null => Ok(None),
            Scalar::Number(number) => Ok(Some(number)),
            Scalar::Text(text) => Number::read(text).map(Some).ok_or(Reason::WrongType),
            Scalar::Boolean(_) => Err(Reason::WrongType),
        }
    }

    #[inline]
    fn text(self, dictionary: &mut Dictionary) -> Result<Option<u32>, Reason> {
        if self.token.kind == Kind::Text {
            return Ok(Some(dictionary.id(self.message, self.token.start, self.token.end)));
        }
        let text: &[u8] = match self.scalar()? {
            Scalar::Null => return Ok(None),
            Scalar::Boolean(true) => b"true",
            Scalar::Boolean(false) => b"false",
            Scalar::Text(text) | Scalar::Number(Number { text, .. }) => text,
        };
        Ok(Some(dictionary.id(text, 0, text.len())))
    }

    fn boolean(self) -> Result<Option<bool>, Reason> {
        match self.scalar()? {
            Scalar::Null => Ok(None),
            Scalar::Boolean(value) => Ok(Some(value)),
            Scalar::Text(text) if text.eq_ignore_ascii_case(b"true") => Ok(Some(true)),
            Scalar::Text(text) if text.eq_ignore_ascii_case(b"false") => Ok(Some(false)),
            _ => Err(Reason::WrongType),
        }
    }

    fn date(self) -> Result<Option<i32>, Reason> {
        let text = match self.scalar()? {
            Scalar::Null => return Ok(None),
            Scalar::Text(text) => text,
            _ => return Err(Reason::WrongType),
        };
        let days = instant::date(text).ok_or(Reason::WrongType)?;
        if text.starts_with(b"0000") { Err(Reason::OutOfRange) } else { Ok(Some(days)) }
    }

    fn timestamp(self) -> Result<Option<i64>, Reason> {
        let time = match self.scalar()? {
            Scalar::Null => return Ok(None),
            Scalar::Number(number) => number::floor(number, 3)?,
            Scalar::Text(text) => instant::timestamp(text).ok_or(Reason::WrongType)?,
            _ => return Err(Reason::WrongType),
        };
        let range = EVENT_TIME_MIN..=EVENT_TIME_MAX;
        if range.contains(&time) { Ok(Some(time)) } else { Err(Reason::OutOfRange) }
    }
}

/// Values of the rows so far. A NULL row has a placeholder here.
enum Values {
    Boolean(BooleanBufferBuilder),
    Integer(Vec<i32>),
    BigInt(Vec<i64>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Decimal { values: Vec<i128>, precision: u8, scale: i8 },
    Varchar { ids: Vec<u32>, dictionary: Box<Dictionary>, before: usize },
    Date(Vec<i32>),
    Timestamp(Vec<i64>),
    EventTime { values: Vec<i64>, reader: EventTimeReader },
}

/// Values and validity of one column; both have one entry a row.
pub(super) struct Column {
    leaf: usize,
    column_type: ColumnType,
    values: Values,
    nulls: NullBufferBuilder,
}

impl Column {
    /// `leaf`: its token's index. `event_time`: its format, if this is the event-time column.
    pub(super) fn new(
        spec: &ColumnSpec,
        leaf: usize,
        event_time: Option<&EventTimeFormat>,
    ) -> cube::Result<Self> {
        let values = match (event_time, spec.column_type) {
            (Some(format), _) => Values::EventTime { values: vec![], reader: EventTimeReader::new(format)? },
            (None, ColumnType::Boolean) => Values::Boolean(BooleanBufferBuilder::new(0)),
            (None, ColumnType::Integer) => Values::Integer(vec![]),
            (None, ColumnType::BigInt) => Values::BigInt(vec![]),
            (None, ColumnType::Float) => Values::Float(vec![]),
            (None, ColumnType::Double) => Values::Double(vec![]),
            (None, ColumnType::Decimal { precision, scale }) => {
                Values::Decimal { values: vec![], precision, scale }
            }
            (None, ColumnType::Varchar) => {
                Values::Varchar { ids: vec![], dictionary: Box::new(Dictionary::new()), before: 0 }
            }
            (None, ColumnType::Date) => Values::Date(vec![]),
            (None, ColumnType::Timestamp) => Values::Timestamp(vec![]),
        };
        let column_type = if event_time.is_some() { ColumnType::Timestamp } else { spec.column_type };
        Ok(Self { leaf, column_type, values, nulls: NullBufferBuilder::new(0) })
    }

    pub(super) fn data_type(&self) -> DataType {
        match self.column_type {
            ColumnType::Varchar => DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8)),
            other => other.data_type(),
        }
    }

    #[inline]
    pub(super) fn token<'t>(&self, tokens: &'t [Token]) -> &'t Token {
        &tokens[self.leaf]
    }

    /// Adds one row, or nothing.
    #[inline]
    pub(super) fn push(&mut self, cell: Cell<'_>) -> Result<(), Reason> {
        let Self { values, nulls, .. } = self;
        match values {
            Values::Varchar { ids, dictionary, before } => {
                *before = dictionary.len();
                append(ids, nulls, cell.text(dictionary)?)
            }
            Values::Integer(values) => {
                append(values, nulls, cell.number()?.map(number::integer).transpose()?)
            }
            Values::BigInt(values) => append(values, nulls, cell.number()?.map(number::bigint).transpose()?),
            Values::Float(values) => append(values, nulls, cell.number()?.map(number::float).transpose()?),
            Values::Double(values) => append(values, nulls, cell.number()?.map(number::double).transpose()?),
            Values::Decimal { values, precision, scale } => {
                let scaled = cell.number()?.map(|number| number::decimal(number, *precision, *scale));
                append(values, nulls, scaled.transpose()?)
            }
            Values::Date(values) => append(values, nulls, cell.date()?),
            Values::Timestamp(values) => append(values, nulls, cell.timestamp()?),
            Values::EventTime { values, reader } => values.push(reader.read(cell)?),
            Values::Boolean(values) => {
                let value = cell.boolean()?;
                values.append(value.unwrap_or_default());
                nulls.append(value.is_some());
            }
        }
        Ok(())
    }

    /// Takes the last row back, if there are more than `rows`.
    pub(super) fn truncate(&mut self, rows: usize) {
        match &mut self.values {
            Values::Boolean(values) => values.truncate(rows),
            Values::Integer(values) | Values::Date(values) => values.truncate(rows),
            Values::Float(values) => values.truncate(rows),
            Values::Double(values) => values.truncate(rows),
            Values::Decimal { values, .. } => values.truncate(rows),
            Values::Varchar { ids, dictionary, before } => {
                if ids.len() > rows {
                    dictionary.truncate(*before);
                    ids.truncate(rows);
                }
            }
            Values::BigInt(values) | Values::Timestamp(values) | Values::EventTime { values, .. } => {
                values.truncate(rows);
            }
        }
        self.nulls.truncate(rows);
    }

    /// The last event time, if this is the event-time column.
    #[inline]
    pub(super) fn last_time(&self) -> i64 {
        match &self.values {
            Values::EventTime { values, .. } => values.last().copied().unwrap_or(0),
            _ => 0,
        }
    }

    pub(super) fn text_bytes(&self) -> usize {
        match &self.values {
            Values::Varchar { dictionary, .. } => dictionary.bytes(),
            _ => 0,
        }
    }

    /// The rows so far; the column is empty again.
    pub(super) fn finish(&mut self, rows: usize) -> cube::Result<ArrayRef> {
        let nulls: Option<NullBuffer> = self.nulls.finish();
        Ok(match &mut self.values {
            Values::Boolean(values) => Arc::new(BooleanArray::new(values.finish(), nulls)),
            Values::Integer(values) => Arc::new(Int32Array::new(take(values, rows).into(), nulls)),
            Values::Date(values) => Arc::new(Date32Array::new(take(values, rows).into(), nulls)),
            Values::Float(values) => Arc::new(Float32Array::new(take(values, rows).into(), nulls)),
            Values::Double(values) => Arc::new(Float64Array::new(take(values, rows).into(), nulls)),
            Values::BigInt(values) => Arc::new(Int64Array::new(take(values, rows).into(), nulls)),
            Values::Decimal { values, precision, scale } => Arc::new(
                Decimal128Array::new(take(values, rows).into(), nulls)
                    .with_precision_and_scale(*precision, *scale)?,
            ),
            Values::Varchar { ids, dictionary, .. } => {
                let ids = UInt32Array::new(take(ids, rows).into(), nulls);
                Arc::new(DictionaryArray::<UInt32Type>::try_new(ids, Arc::new(dictionary.finish()?))?)
            }
            Values::Timestamp(values) => {
                Arc::new(TimestampMicrosecondArray::new(take(values, rows).into(), nulls))
            }
            Values::EventTime { values, .. } => {
                Arc::new(TimestampMicrosecondArray::new(take(values, rows).into(), None))
            }
        })
    }

    /// What would be accepted, for people who see a value refused for `reason`.
    pub(super) fn accepts(&self, reason: Reason) -> String {
        const NUMBER: &str = "as a number or a string that holds one";
        if let Values::EventTime { reader, .. } = &self.values
            && reason != Reason::WrongType
        {
            return reader.accepts(reason);
        }
        match self.column_type {
            ColumnType::Boolean => "use true or false, bare or in a string".into(),
            ColumnType::Integer => format!("use a whole number from {} to {}, {NUMBER}", i32::MIN, i32::MAX),
            ColumnType::BigInt => format!("use a whole number from {} to {}, {NUMBER}", i64::MIN, i64::MAX),
            ColumnType::Float => format!("use a number up to ±{:e}, {NUMBER}", f32::MAX),
            ColumnType::Double => format!("use a number up to ±{:e}, {NUMBER}", f64::MAX),
            ColumnType::Decimal { precision, scale } => format!(
                "use a number with at most {} digits before the point and {scale} after it, {NUMBER}",
                i16::from(precision) - i16::from(scale)
            ),
            ColumnType::Varchar => "use a string, a number, true or false".into(),
            ColumnType::Date => "use a string YYYY-MM-DD, in the years 1 to 9999".into(),
            ColumnType::Timestamp => {
                "use a string in RFC 3339 or YYYY-MM-DD HH:MM:SS in UTC, or milliseconds since \
                                      the epoch, in the years 1 to 9999"
                    .into()
            }
        }
    }
}

#[inline]
fn append<T: Default>(values: &mut Vec<T>, nulls: &mut NullBufferBuilder, value: Option<T>) {
    match value {
        Some(value) => {
            values.push(value);
            nulls.append_non_null();
        }
        None => {
            values.push(T::default());
            nulls.append_null();
        }
    }
}

/// The values, with room left for as many again.
fn take<T>(values: &mut Vec<T>, rows: usize) -> Vec<T> {
    std::mem::replace(values, Vec::with_capacity(rows))
}
