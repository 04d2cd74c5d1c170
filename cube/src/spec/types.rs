//! The column types of a model, by their SQL names.

use std::fmt;
use std::str::FromStr;

use arrow::datatypes::{DataType, TimeUnit};

use crate::{Error, Result};

/// The type of a column. Every column may hold NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnType {
    Boolean,
    /// 32 bits.
    Integer,
    /// 64 bits.
    BigInt,
    /// IEEE single.
    Float,
    /// IEEE double.
    Double,
    /// Exact; `precision` 1 to 38 digits in all, `scale` of them after the point.
    Decimal {
        precision: u8,
        scale: i8,
    },
    Varchar,
    /// Days, UTC.
    Date,
    /// Microseconds, UTC.
    Timestamp,
}

impl ColumnType {
    pub fn data_type(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int32,
            Self::BigInt => DataType::Int64,
            Self::Float => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::Decimal { precision, scale } => DataType::Decimal128(precision, scale),
            Self::Varchar => DataType::Utf8,
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        }
    }

    pub fn is_integer(self) -> bool {
        matches!(self, Self::Integer | Self::BigInt)
    }

    pub fn is_float(self) -> bool {
        matches!(self, Self::Float | Self::Double)
    }

    pub fn is_numeric(self) -> bool {
        self.is_integer() || self.is_float() || matches!(self, Self::Decimal { .. })
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("boolean"),
            Self::Integer => f.write_str("integer"),
            Self::BigInt => f.write_str("bigint"),
            Self::Float => f.write_str("float"),
            Self::Double => f.write_str("double"),
            Self::Decimal { precision, scale } => write!(f, "decimal({precision},{scale})"),
            Self::Varchar => f.write_str("varchar"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("timestamp"),
        }
    }
}

impl FromStr for ColumnType {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let lower = text.to_ascii_lowercase();
        let (name, arguments) = match lower.split_once('(') {
            Some((name, rest)) => (name.trim(), rest.strip_suffix(')')),
            None => (lower.trim(), Some("")),
        };
        let numbers: Option<Vec<u32>> = arguments.and_then(|list| {
            list.split(',').map(str::trim).filter(|n| !n.is_empty()).map(|n| n.parse().ok()).collect()
        });
        match (name, numbers.as_deref()) {
            ("boolean", Some([])) => Ok(Self::Boolean),
            ("tinyint" | "smallint" | "int" | "integer", Some([])) => Ok(Self::Integer),
            ("bigint" | "long", Some([])) => Ok(Self::BigInt),
            ("float" | "real", Some([])) => Ok(Self::Float),
            ("double", Some([])) => Ok(Self::Double),
            ("varchar" | "string", Some([] | [_])) => Ok(Self::Varchar),
            ("date", Some([])) => Ok(Self::Date),
            ("timestamp" | "datetime", Some([])) => Ok(Self::Timestamp),
            ("decimal" | "numeric", Some(&[])) => Ok(Self::Decimal { precision: 19, scale: 4 }),
            ("decimal" | "numeric", Some(&[precision @ 1..=38])) => {
                Ok(Self::Decimal { precision: precision as u8, scale: 0 })
            }
            ("decimal" | "numeric", Some(&[precision @ 1..=38, scale])) if scale <= precision => {
                Ok(Self::Decimal { precision: precision as u8, scale: scale as i8 })
            }
            _ => Err(Error::invalid(format!(
                "type {text:?} is not known: use boolean, integer, bigint, float, double, \
                 decimal(precision 1 to 38, scale up to the precision), varchar, date or timestamp"
            ))),
        }
    }
}
