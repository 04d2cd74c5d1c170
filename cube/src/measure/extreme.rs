//! MIN and MAX: the least or greatest value that is not NULL; NULL if there is none.

use std::any::Any;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, StringArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};

use super::{States, same, values};
use crate::spec::ColumnType;
use crate::{Error, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    Least,
    Greatest,
}

pub(super) fn states(column_type: ColumnType, keep: Keep) -> Box<dyn States> {
    let data_type = column_type.data_type();
    match column_type {
        ColumnType::Boolean => Extremes::<Booleans>::boxed(keep, data_type),
        ColumnType::Integer => Extremes::<Primitives<Int32Type>>::boxed(keep, data_type),
        ColumnType::BigInt => Extremes::<Primitives<Int64Type>>::boxed(keep, data_type),
        ColumnType::Float => Extremes::<Primitives<Float32Type>>::boxed(keep, data_type),
        ColumnType::Double => Extremes::<Primitives<Float64Type>>::boxed(keep, data_type),
        ColumnType::Decimal { .. } => Extremes::<Primitives<Decimal128Type>>::boxed(keep, data_type),
        ColumnType::Varchar => Extremes::<Strings>::boxed(keep, data_type),
        ColumnType::Date => Extremes::<Primitives<Date32Type>>::boxed(keep, data_type),
        ColumnType::Timestamp => Extremes::<Primitives<TimestampMicrosecondType>>::boxed(keep, data_type),
    }
}

/// How values of one Arrow type are read, compared and written back.
trait Values: Debug + Send + Sync + 'static {
    type Owned: Clone + Debug + PartialOrd + Send + Sync;
    /// Calls `each(i, value)` for every value that is not NULL.
    fn read(array: &ArrayRef, each: impl FnMut(usize, &dyn Fn() -> Self::Owned, &Self::Owned)) -> Result<()>;
    fn write(values: impl Iterator<Item = Option<Self::Owned>>, data_type: &DataType) -> ArrayRef;
    fn size(value: &Self::Owned) -> usize;
}

#[derive(Debug)]
struct Primitives<T>(PhantomData<fn() -> T>);

impl<T: ArrowPrimitiveType + Debug> Values for Primitives<T>
where
    T::Native: PartialOrd,
{
    type Owned = T::Native;

    fn read(array: &ArrayRef, mut each: impl FnMut(usize, &dyn Fn() -> T::Native, &T::Native)) -> Result<()> {
        let array = array.as_primitive_opt::<T>().ok_or_else(|| wrong_type(array))?;
        for i in (0..array.len()).filter(|&i| array.is_valid(i)) {
            let value = array.value(i);
            each(i, &|| value, &value);
        }
        Ok(())
    }

    fn write(values: impl Iterator<Item = Option<T::Native>>, data_type: &DataType) -> ArrayRef {
        Arc::new(values.collect::<PrimitiveArray<T>>().with_data_type(data_type.clone()))
    }

    fn size(_: &T::Native) -> usize {
        0
    }
}

#[derive(Debug)]
struct Booleans;

impl Values for Booleans {
    type Owned = bool;

    fn read(array: &ArrayRef, mut each: impl FnMut(usize, &dyn Fn() -> bool, &bool)) -> Result<()> {
        let array = array.as_boolean_opt().ok_or_else(|| wrong_type(array))?;
        for (i, value) in array.iter().enumerate() {
            if let Some(value) = value {
                each(i, &|| value, &value);
            }
        }
        Ok(())
    }

    fn write(values: impl Iterator<Item = Option<bool>>, _: &DataType) -> ArrayRef {
        Arc::new(values.collect::<BooleanArray>())
    }

    fn size(_: &bool) -> usize {
        0
    }
}

#[derive(Debug)]
struct Strings;

impl Values for Strings {
    type Owned = String;

    fn read(array: &ArrayRef, mut each: impl FnMut(usize, &dyn Fn() -> String, &String)) -> Result<()> {
        // Messages arrive dictionary-coded; stored states are plain.
        let plain = arrow::compute::cast(array, &DataType::Utf8)?;
        for (i, value) in plain.as_string::<i32>().iter().enumerate() {
            if let Some(value) = value.map(str::to_owned) {
                each(i, &|| value.clone(), &value);
            }
        }
        Ok(())
    }

    fn write(values: impl Iterator<Item = Option<String>>, _: &DataType) -> ArrayRef {
        Arc::new(values.collect::<StringArray>())
    }

    fn size(value: &String) -> usize {
        value.capacity()
    }
}

fn wrong_type(array: &ArrayRef) -> Error {
    Error::data(format!("MIN or MAX was given a column of type {}", array.data_type()))
}

#[derive(Debug)]
struct Extremes<V: Values> {
    keep: Keep,
    data_type: DataType,
    values: Vec<Option<V::Owned>>,
    heap: usize,
}

impl<V: Values> Extremes<V> {
    fn boxed(keep: Keep, data_type: DataType) -> Box<dyn States> {
        Box::new(Self { keep, data_type, values: vec![], heap: 0 })
    }

    fn offer(&mut self, group: u32, value: &V::Owned, owned: &dyn Fn() -> V::Owned) {
        let held = &mut self.values[group as usize];
        let better = match (&held, self.keep) {
            (None, _) => true,
            (Some(held), Keep::Least) => value < held,
            (Some(held), Keep::Greatest) => value > held,
        };
        if better {
            let value = owned();
            self.heap += V::size(&value);
            self.heap -= held.as_ref().map_or(0, V::size);
            *held = Some(value);
        }
    }
}

impl<V: Values> States for Extremes<V> {
    fn grow(&mut self, groups: usize) {
        self.values.resize(groups, None);
    }

    fn update(&mut self, groups: &[u32], input: Option<&ArrayRef>) -> Result<()> {
        V::read(values(input)?, |i, owned, value| self.offer(groups[i], value, owned))
    }

    fn merge(&mut self, groups: &[u32], other: &dyn States) -> Result<()> {
        let other: &Self = same(other)?;
        for (&group, value) in groups.iter().zip(&other.values) {
            if let Some(value) = value {
                self.offer(group, value, &|| value.clone());
            }
        }
        Ok(())
    }

    fn merge_columns(&mut self, groups: &[u32], columns: &[ArrayRef]) -> Result<()> {
        self.update(groups, columns.first())
    }

    fn columns(&self, order: &[u32]) -> Result<Vec<ArrayRef>> {
        Ok(vec![V::write(order.iter().map(|&g| self.values[g as usize].clone()), &self.data_type)])
    }

    fn answer(&self) -> Result<ArrayRef> {
        Ok(V::write(self.values.iter().cloned(), &self.data_type))
    }

    fn memory(&self) -> usize {
        self.values.capacity() * size_of::<Option<V::Owned>>() + self.heap
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
