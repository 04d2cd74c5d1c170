//! Values of every column type, and arrays of them. Tests of other modules use them too.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
    Int32Array, Int64Array, StringArray, StringDictionaryBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int32Type, Int64Type,
    TimestampMicrosecondType, UInt32Type, UInt64Type,
};

use crate::spec::ColumnType;

pub(crate) const TYPES: [ColumnType; 13] = [
    ColumnType::Boolean,
    ColumnType::Integer,
    ColumnType::BigInt,
    ColumnType::Float,
    ColumnType::Double,
    ColumnType::Decimal { precision: 4, scale: 2 },
    ColumnType::Decimal { precision: 19, scale: 4 },
    ColumnType::Decimal { precision: 38, scale: 0 },
    ColumnType::Decimal { precision: 38, scale: 10 },
    ColumnType::Decimal { precision: 38, scale: 38 },
    ColumnType::Varchar,
    ColumnType::Date,
    ColumnType::Timestamp,
];

/// A value of any column type; what is not text or a float as a number in units of its last digit.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(crate) enum Value {
    Exact(i128),
    Float(f64),
    Text(String),
}

impl Value {
    pub(crate) fn exact(&self) -> i128 {
        match self {
            Self::Exact(value) => *value,
            other => panic!("{other:?} is not exact"),
        }
    }

    pub(crate) fn float(&self) -> f64 {
        match self {
            Self::Float(value) => *value,
            other => panic!("{other:?} is not a float"),
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Text(value) => value,
            other => panic!("{other:?} is not text"),
        }
    }
}

/// A column as batches hold it; text dictionary-coded if `coded`.
pub(crate) fn array(column_type: ColumnType, values: &[Option<Value>], coded: bool) -> ArrayRef {
    let exact = || values.iter().map(|value| value.as_ref().map(Value::exact));
    let floats = || values.iter().map(|value| value.as_ref().map(Value::float));
    let texts = || values.iter().map(|value| value.as_ref().map(Value::text));
    match column_type {
        ColumnType::Boolean => Arc::new(exact().map(|v| v.map(|v| v != 0)).collect::<BooleanArray>()),
        ColumnType::Integer => Arc::new(exact().map(|v| v.map(|v| v as i32)).collect::<Int32Array>()),
        ColumnType::BigInt => Arc::new(exact().map(|v| v.map(|v| v as i64)).collect::<Int64Array>()),
        ColumnType::Date => Arc::new(exact().map(|v| v.map(|v| v as i32)).collect::<Date32Array>()),
        ColumnType::Timestamp => {
            Arc::new(exact().map(|v| v.map(|v| v as i64)).collect::<TimestampMicrosecondArray>())
        }
        ColumnType::Decimal { .. } => {
            Arc::new(exact().collect::<Decimal128Array>().with_data_type(column_type.data_type()))
        }
        ColumnType::Float => Arc::new(floats().map(|v| v.map(|v| v as f32)).collect::<Float32Array>()),
        ColumnType::Double => Arc::new(floats().collect::<Float64Array>()),
        ColumnType::Varchar if coded => {
            let mut builder = StringDictionaryBuilder::<UInt32Type>::new();
            texts().for_each(|text| builder.append_option(text));
            Arc::new(builder.finish())
        }
        ColumnType::Varchar => Arc::new(texts().collect::<StringArray>()),
    }
}

/// An answer's values.
pub(crate) fn read(array: &ArrayRef) -> Vec<Option<Value>> {
    fn exact<T: Into<i128>>(values: impl Iterator<Item = Option<T>>) -> Vec<Option<Value>> {
        values.map(|value| value.map(|value| Value::Exact(value.into()))).collect()
    }
    fn floats<T: Into<f64>>(values: impl Iterator<Item = Option<T>>) -> Vec<Option<Value>> {
        values.map(|value| value.map(|value| Value::Float(value.into()))).collect()
    }
    match array.data_type() {
        DataType::Boolean => exact(array.as_boolean().iter().map(|v| v.map(i32::from))),
        DataType::Int32 => exact(array.as_primitive::<Int32Type>().iter()),
        DataType::Int64 => exact(array.as_primitive::<Int64Type>().iter()),
        DataType::UInt64 => exact(array.as_primitive::<UInt64Type>().iter()),
        DataType::Date32 => exact(array.as_primitive::<Date32Type>().iter()),
        DataType::Timestamp(..) => exact(array.as_primitive::<TimestampMicrosecondType>().iter()),
        DataType::Decimal128(..) => exact(array.as_primitive::<Decimal128Type>().iter()),
        DataType::Float32 => floats(array.as_primitive::<Float32Type>().iter()),
        DataType::Float64 => floats(array.as_primitive::<Float64Type>().iter()),
        DataType::Utf8 => array
            .as_string::<i32>()
            .iter()
            .map(|text| text.map(|text| Value::Text(text.to_owned())))
            .collect(),
        other => panic!("no answer has the type {other}"),
    }
}
