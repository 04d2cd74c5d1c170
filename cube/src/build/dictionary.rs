//! Values of one dimension ↔ dense ids. Id 0 is NULL; the others count from 1.
//!
//! While rows arrive, ids are given out in order of appearance. [`Dictionary::sorted`] makes one
//! dictionary of those of all workers, whose ids are in the order of the values.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, DictionaryArray, PrimitiveArray, StringArray,
    UInt32Array,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType, UInt32Type,
};
use hashbrown::HashMap;

use crate::{Error, Result};

type Map<K> = HashMap<K, u32, foldhash::fast::RandomState>;

/// The values of a dimension, in order of their ids from 1 on.
#[derive(Clone, Debug)]
pub(super) enum Values {
    Text(Vec<Arc<str>>),
    /// Everything else but decimals: integers, booleans, days, microseconds.
    Integer(Vec<i64>),
    Decimal(Vec<i128>),
}

impl Values {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Integer(values) => values.len(),
            Self::Decimal(values) => values.len(),
        }
    }
}

/// A dictionary that still grows.
#[derive(Debug)]
pub(super) enum Dictionary {
    Text(Map<Arc<str>>, Vec<Arc<str>>),
    Integer(Map<i64>, Vec<i64>),
    Decimal(Map<i128>, Vec<i128>),
}

impl Dictionary {
    pub(super) fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Utf8 | DataType::Dictionary(..) => Self::Text(Map::default(), vec![]),
            DataType::Decimal128(..) => Self::Decimal(Map::default(), vec![]),
            _ => Self::Integer(Map::default(), vec![]),
        }
    }

    /// The number of ids given out, NULL's included.
    pub(super) fn ids(&self) -> usize {
        1 + match self {
            Self::Text(_, values) => values.len(),
            Self::Integer(_, values) => values.len(),
            Self::Decimal(_, values) => values.len(),
        }
    }

    pub(super) fn memory(&self) -> usize {
        match self {
            Self::Text(map, values) => {
                map.capacity() * 24 + values.iter().map(|value| value.len() + 32).sum::<usize>()
            }
            Self::Integer(map, values) => map.capacity() * 17 + values.capacity() * 8,
            Self::Decimal(map, values) => map.capacity() * 33 + values.capacity() * 16,
        }
    }

    /// The id of one integer value.
    #[inline]
    pub(super) fn integer(&mut self, value: i64) -> u32 {
        match self {
            Self::Integer(map, values) => intern(map, values, value),
            _ => 0,
        }
    }

    /// The ids of an array's values, appended to `ids`.
    pub(super) fn encode(&mut self, array: &ArrayRef, ids: &mut Vec<u32>) -> Result<()> {
        match (&mut *self, array.data_type()) {
            (Self::Text(map, values), DataType::Dictionary(..)) => encode_coded(map, values, array, ids),
            (Self::Text(map, values), DataType::Utf8) => {
                ids.extend(
                    array
                        .as_string::<i32>()
                        .iter()
                        .map(|text| text.map_or(0, |t| intern_text(map, values, t))),
                );
                Ok(())
            }
            (Self::Decimal(map, values), DataType::Decimal128(..)) => {
                encode_primitive::<Decimal128Type, _>(map, values, array, ids, |value| value);
                Ok(())
            }
            (Self::Integer(map, values), DataType::Boolean) => {
                let bits = array.as_boolean().iter();
                ids.extend(bits.map(|bit| bit.map_or(0, |bit| intern(map, values, i64::from(bit)))));
                Ok(())
            }
            (Self::Integer(map, values), DataType::Int32) => {
                encode_primitive::<Int32Type, _>(map, values, array, ids, i64::from);
                Ok(())
            }
            (Self::Integer(map, values), DataType::Int64) => {
                encode_primitive::<Int64Type, _>(map, values, array, ids, |value| value);
                Ok(())
            }
            (Self::Integer(map, values), DataType::Date32) => {
                encode_primitive::<Date32Type, _>(map, values, array, ids, i64::from);
                Ok(())
            }
            (Self::Integer(map, values), DataType::Timestamp(..)) => {
                encode_primitive::<TimestampMicrosecondType, _>(map, values, array, ids, |value| value);
                Ok(())
            }
            (_, other) => Err(Error::internal(format!("a dimension cannot hold values of type {other}"))),
        }
    }

    /// One dictionary of all, its values ascending, and for each of `parts` the new id of every
    /// old one.
    pub(super) fn sorted(parts: Vec<Self>) -> Result<(Values, Vec<Vec<u32>>)> {
        let mut texts = vec![];
        let mut integers = vec![];
        let mut decimals = vec![];
        for part in parts {
            match part {
                Self::Text(_, values) => texts.push(values),
                Self::Integer(_, values) => integers.push(values),
                Self::Decimal(_, values) => decimals.push(values),
            }
        }
        match (texts.is_empty(), integers.is_empty(), decimals.is_empty()) {
            (false, true, true) => Ok(rank(texts, Values::Text)),
            (true, false, true) => Ok(rank(integers, Values::Integer)),
            (true, true, false) => Ok(rank(decimals, Values::Decimal)),
            _ => Err(Error::internal("dictionaries of different types were merged")),
        }
    }
}

fn rank<T: Ord + Clone>(parts: Vec<Vec<T>>, wrap: impl Fn(Vec<T>) -> Values) -> (Values, Vec<Vec<u32>>) {
    let mut all: Vec<T> = parts.iter().flatten().cloned().collect();
    all.sort_unstable();
    all.dedup();
    let new_id = |value: &T| all.binary_search(value).map_or(0, |rank| rank as u32 + 1);
    let maps =
        parts.iter().map(|values| std::iter::once(0).chain(values.iter().map(new_id)).collect()).collect();
    (wrap(all), maps)
}

#[inline]
fn intern<K: std::hash::Hash + Eq + Copy>(map: &mut Map<K>, values: &mut Vec<K>, value: K) -> u32 {
    *map.entry(value).or_insert_with(|| {
        values.push(value);
        values.len() as u32
    })
}

fn intern_text(map: &mut Map<Arc<str>>, values: &mut Vec<Arc<str>>, text: &str) -> u32 {
    if let Some(&id) = map.get(text) {
        return id;
    }
    let value: Arc<str> = text.into();
    values.push(value.clone());
    let id = values.len() as u32;
    map.insert(value, id);
    id
}

/// A batch's own dictionary is mapped once, then its keys.
fn encode_coded(
    map: &mut Map<Arc<str>>,
    values: &mut Vec<Arc<str>>,
    array: &ArrayRef,
    ids: &mut Vec<u32>,
) -> Result<()> {
    let coded: &DictionaryArray<UInt32Type> = array
        .as_dictionary_opt()
        .ok_or_else(|| Error::internal("a text column is coded with other keys than UInt32"))?;
    let texts = coded.values().as_string_opt::<i32>();
    let texts = texts.ok_or_else(|| Error::internal("a text column is coded over other values than Utf8"))?;
    let remap: Vec<u32> = texts.iter().map(|text| text.map_or(0, |t| intern_text(map, values, t))).collect();
    let keys = coded.keys();
    match keys.nulls() {
        None => ids.extend(keys.values().iter().map(|&key| remap[key as usize])),
        Some(nulls) => ids.extend(
            keys.values()
                .iter()
                .enumerate()
                .map(|(i, &key)| if nulls.is_valid(i) { remap[key as usize] } else { 0 }),
        ),
    }
    Ok(())
}

fn encode_primitive<T: ArrowPrimitiveType, K: std::hash::Hash + Eq + Copy>(
    map: &mut Map<K>,
    values: &mut Vec<K>,
    array: &ArrayRef,
    ids: &mut Vec<u32>,
    widen: impl Fn(T::Native) -> K,
) {
    ids.extend(
        array.as_primitive::<T>().iter().map(|value| value.map_or(0, |v| intern(map, values, widen(v)))),
    );
}

/// The values behind `ids` (0: NULL) as an array that can be written as `data_type`.
pub(super) fn decode(values: &Arc<DecodedValues>, ids: impl Iterator<Item = u32>) -> Result<ArrayRef> {
    let keys: UInt32Array = ids.map(|id| id.checked_sub(1)).collect();
    match &**values {
        DecodedValues::Text(texts) => Ok(Arc::new(DictionaryArray::try_new(keys, texts.clone())?)),
        DecodedValues::Plain(array) => Ok(arrow::compute::take(array, &keys, None)?),
    }
}

/// [`Values`] as an Arrow array, made once per segment.
#[derive(Debug)]
pub(super) enum DecodedValues {
    /// Stays coded, so that writing need not copy text per row.
    Text(ArrayRef),
    Plain(ArrayRef),
}

impl DecodedValues {
    pub(super) fn new(values: &Values, data_type: &DataType) -> Result<Self> {
        let integers = |values: &[i64]| -> Result<ArrayRef> {
            Ok(match data_type {
                DataType::Boolean => Arc::new(values.iter().map(|&v| Some(v != 0)).collect::<BooleanArray>()),
                DataType::Int32 => Arc::new(narrow::<Int32Type>(values, |v| v as i32)),
                DataType::Date32 => Arc::new(narrow::<Date32Type>(values, |v| v as i32)),
                DataType::Int64 => Arc::new(narrow::<Int64Type>(values, |v| v)),
                DataType::Timestamp(..) => Arc::new(narrow::<TimestampMicrosecondType>(values, |v| v)),
                other => return Err(Error::internal(format!("a dimension cannot be written as {other}"))),
            })
        };
        Ok(match values {
            Values::Text(texts) => {
                Self::Text(Arc::new(texts.iter().map(|text| Some(&**text)).collect::<StringArray>()))
            }
            Values::Integer(values) => Self::Plain(integers(values)?),
            Values::Decimal(values) => Self::Plain(Arc::new(
                PrimitiveArray::<Decimal128Type>::from(values.clone()).with_data_type(data_type.clone()),
            )),
        })
    }
}

fn narrow<T: ArrowPrimitiveType>(values: &[i64], each: impl Fn(i64) -> T::Native) -> PrimitiveArray<T> {
    PrimitiveArray::from_iter_values(values.iter().map(|&value| each(value)))
}
