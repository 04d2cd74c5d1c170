//! Arrow's types as JDBC describes them.

use arrow::datatypes::{DataType, TimeUnit};

/// A type by the words of `java.sql`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SqlType {
    /// A constant of `java.sql.Types`.
    pub(super) code: i32,
    pub(super) name: &'static str,
    pub(super) precision: i32,
    pub(super) scale: i32,
    /// Characters of the longest value.
    pub(super) display_size: i32,
    pub(super) signed: bool,
}

/// Characters that clients should expect in a text of any length.
const TEXT: i32 = 256;

pub(super) fn sql_type(data_type: &DataType) -> SqlType {
    let (code, name, precision, scale, display_size) = match data_type {
        DataType::Boolean => (16, "BOOLEAN", 1, 0, 5),
        DataType::Int8 => (-6, "TINYINT", 3, 0, 4),
        DataType::Int16 | DataType::UInt8 => (5, "SMALLINT", 5, 0, 6),
        DataType::Int32 | DataType::UInt16 => (4, "INTEGER", 10, 0, 11),
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => (-5, "BIGINT", 19, 0, 20),
        // Java reads FLOAT and REAL in ways that differ from client to client; DOUBLE is one.
        DataType::Float16 | DataType::Float32 | DataType::Float64 => (8, "DOUBLE", 15, 0, 24),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => {
            (3, "DECIMAL", i32::from(*precision), i32::from(*scale), i32::from(*precision) + 2)
        }
        DataType::Date32 | DataType::Date64 => (91, "DATE", 10, 0, 10),
        DataType::Time32(_) | DataType::Time64(_) => (92, "TIME", 8, 0, 8),
        DataType::Timestamp(TimeUnit::Second, _) => (93, "TIMESTAMP", 0, 0, 19),
        DataType::Timestamp(TimeUnit::Millisecond, _) => (93, "TIMESTAMP", 3, 0, 23),
        DataType::Timestamp(TimeUnit::Microsecond, _) => (93, "TIMESTAMP", 6, 0, 26),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => (93, "TIMESTAMP", 9, 0, 29),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            (-3, "VARBINARY", TEXT, 0, TEXT)
        }
        DataType::Dictionary(_, values) => return sql_type(values),
        _ => (12, "VARCHAR", TEXT, 0, TEXT),
    };
    let signed = matches!(code, -6 | -5 | 3 | 4 | 5 | 8);
    SqlType { code, name, precision, scale, display_size, signed }
}
