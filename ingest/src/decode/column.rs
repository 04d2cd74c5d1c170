//! One column of the batch at hand.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBufferBuilder, Date32Array, Decimal128Array, DictionaryArray, Float32Array,
    Float64Array, Int32Array, Int64Array, NullBufferBuilder, TimestampMicrosecondArray, UInt32Array,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, UInt32Type};
use cube::spec::{Column as ColumnSpec, ColumnType, EventTimeFormat};
use cube::time::{EVENT_TIME_MAX, EVENT_TIME_MIN};

use super::dictionary::Dictionary;
use super::escape::unescape;
use super::event_time::EventTimeReader;
use super::reason::Reason;
use super::scanner::{Kind, Token};
use super::{instant, number};
use super::number::Number;

/// A value that is not an object or array; text is unescaped.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scalar<'a> {
    Null,
    Boolean(bool),
    Number(Number<'a>),
    Text(&'a [u8]),
}

impl<'a> Scalar<'a> {
    #[inline]
    fn new(token: Token, message: &'a [u8], scratch: &'a mut Vec<u8>) -> Result<Self, Reason> {
        match token.kind {
            Kind::Text => Ok(Self::Text(token.inner(message))),
            Kind::Number => Ok(Self::Number(Number { text: token.inner(message), short: token.short })),
            Kind::Missing | Kind::Null => Ok(Self::Null),
            Kind::False => Ok(Self::Boolean(false)),
            Kind::True => Ok(Self::Boolean(true)),
            Kind::EscapedText => Ok(Self::Text(unescape(token.inner(message), scratch))),
            Kind::Object | Kind::Array | Kind::Parent => Err(Reason::WrongType),
        }
    }

    /// A number, bare or in a string.
    #[inline]
    fn number(self) -> Result<Number<'a>, Reason> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Text(text) => Number::read(text).ok_or(Reason::WrongType),
            _ => Err(Reason::WrongType),
        }
    }

    fn boolean(self) -> Result<bool, Reason> {
        match self {
            Self::Boolean(value) => Ok(value),
            Self::Text(text) if text.eq_ignore_ascii_case(b"true") => Ok(true),
            Self::Text(text) if text.eq_ignore_ascii_case(b"false") => Ok(false),
            _ => Err(Reason::WrongType),
        }
    }

    #[inline]
    fn text(self) -> &'a [u8] {
        match self {
            Self::Text(text) | Self::Number(Number { text, .. }) => text,
            Self::Boolean(true) => b"true",
            Self::Boolean(false) => b"false",
            Self::Null => b"",
        }
    }

    fn date(self) -> Result<i32, Reason> {
        let Self::Text(text) = self else { return Err(Reason::WrongType) };
        let days = instant::date(text).ok_or(Reason::WrongType)?;
        if text.starts_with(b"0000") { Err(Reason::OutOfRange) } else { Ok(days) }
    }

    fn timestamp(self) -> Result<i64, Reason> {
        let time = match self {
            Self::Number(number) => number::floor(number, 3)?,
            Self::Text(text) => instant::timestamp(text).ok_or(Reason::WrongType)?,
            _ => return Err(Reason::WrongType),
        };
        let range = EVENT_TIME_MIN..=EVENT_TIME_MAX;
        if range.contains(&time) { Ok(time) } else { Err(Reason::OutOfRange) }
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
    pub(super) fn token(&self, tokens: &[Token]) -> Token {
        tokens[self.leaf]
    }

    /// Adds one row, or nothing.
    #[inline]
    pub(super) fn push(
        &mut self,
        tokens: &[Token],
        message: &[u8],
        scratch: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let scalar = Scalar::new(self.token(tokens), message, scratch)?;
        if let Values::EventTime { values, reader } = &mut self.values {
            values.push(reader.read(scalar)?);
            return Ok(());
        }
        if let Scalar::Null = scalar {
            self.push_null();
            return Ok(());
        }
        match &mut self.values {
            Values::Varchar { ids, dictionary, before } => {
                *before = dictionary.len();
                ids.push(dictionary.id(scalar.text()));
            }
            Values::Boolean(values) => values.append(scalar.boolean()?),
            Values::Integer(values) => values.push(number::integer(scalar.number()?)?),
            Values::BigInt(values) => values.push(number::bigint(scalar.number()?)?),
            Values::Float(values) => values.push(number::float(scalar.number()?)?),
            Values::Double(values) => values.push(number::double(scalar.number()?)?),
            Values::Decimal { values, precision, scale } => {
                values.push(number::decimal(scalar.number()?, *precision, *scale)?);
            }
            Values::Date(values) => values.push(scalar.date()?),
            Values::Timestamp(values) | Values::EventTime { values, .. } => values.push(scalar.timestamp()?),
        }
        self.nulls.append_non_null();
        Ok(())
    }

    fn push_null(&mut self) {
        match &mut self.values {
            Values::Boolean(values) => values.append(false),
            Values::Integer(values) | Values::Date(values) => values.push(0),
            Values::Float(values) => values.push(0.0),
            Values::Double(values) => values.push(0.0),
            Values::Decimal { values, .. } => values.push(0),
            Values::Varchar { ids, dictionary, before } => {
                *before = dictionary.len();
                ids.push(0);
            }
            Values::BigInt(values) | Values::Timestamp(values) | Values::EventTime { values, .. } => {
                values.push(0);
            }
        }
        self.nulls.append_null();
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
            ColumnType::Timestamp => "use a string in RFC 3339 or YYYY-MM-DD HH:MM:SS in UTC, or milliseconds since \
                                      the epoch, in the years 1 to 9999"
                .into(),
        }
    }
}

/// The values, with room left for as many again.
fn take<T>(values: &mut Vec<T>, rows: usize) -> Vec<T> {
    std::mem::replace(values, Vec::with_capacity(rows))
}
