//! COUNT DISTINCT of integers, exact: a set of 64-bit values per group.
//!
//! A set is stored in the portable 64-bit roaring format; a negative number is the unsigned
//! number with the same bits. Groups with a few values, most of them in a fine cuboid, hold a
//! sorted list instead of a bitmap in memory.

use std::any::Any;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BinaryArray, Int64Array};
use arrow::datatypes::{DataType, Int64Type};
use croaring::{Bitmap64, Portable};

use super::{States, column, same, values};
use crate::{Error, Result};

/// Up to this many values a sorted list is smaller and faster than a bitmap.
const FEW: usize = 32;

#[derive(Clone, Debug)]
enum IdSet {
    Few(Vec<u64>),
    Many(Bitmap64),
}

impl Default for IdSet {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl IdSet {
    fn insert(&mut self, id: u64) {
        match self {
            Self::Many(bitmap) => bitmap.add(id),
            Self::Few(list) => {
                let Err(at) = list.binary_search(&id) else { return };
                if list.len() < FEW {
                    list.insert(at, id);
                } else {
                    let mut bitmap = Bitmap64::of(list);
                    bitmap.add(id);
                    *self = Self::Many(bitmap);
                }
            }
        }
    }

    fn union(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Many(ours), Self::Many(theirs)) => ours.or_inplace(theirs),
            (Self::Many(ours), Self::Few(list)) => ours.add_many(list),
            (Self::Few(list), Self::Many(theirs)) => {
                let mut union = theirs.clone();
                union.add_many(list);
                *self = Self::Many(union);
            }
            (Self::Few(_), Self::Few(list)) => list.iter().for_each(|&id| self.insert(id)),
        }
    }

    fn len(&self) -> u64 {
        match self {
            Self::Few(list) => list.len() as u64,
            Self::Many(bitmap) => bitmap.cardinality(),
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Few(list) => Bitmap64::of(list).serialize::<Portable>(),
            Self::Many(bitmap) => {
                let mut compact = bitmap.clone();
                compact.run_optimize();
                compact.serialize::<Portable>()
            }
        }
    }

    fn memory(&self) -> usize {
        match self {
            Self::Few(list) => list.capacity() * 8,
            // What is serialized is close to what is held.
            Self::Many(bitmap) => bitmap.get_serialized_size_in_bytes::<Portable>(),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct DistinctStates(Vec<IdSet>);

impl States for DistinctStates {
    fn grow(&mut self, groups: usize) {
        self.0.resize_with(groups, IdSet::default);
    }

    fn update(&mut self, groups: &[u32], input: Option<&ArrayRef>) -> Result<()> {
        let input = arrow::compute::cast(values(input)?, &DataType::Int64)?;
        for (&group, value) in groups.iter().zip(input.as_primitive::<Int64Type>()) {
            if let Some(value) = value {
                self.0[group as usize].insert(value as u64);
            }
        }
        Ok(())
    }

    fn merge(&mut self, groups: &[u32], other: &dyn States) -> Result<()> {
        let other: &Self = same(other)?;
        for (&group, set) in groups.iter().zip(&other.0) {
            self.0[group as usize].union(set);
        }
        Ok(())
    }

    fn merge_columns(&mut self, groups: &[u32], columns: &[ArrayRef]) -> Result<()> {
        let sets: &BinaryArray = column(columns, 0)?;
        for (&group, bytes) in groups.iter().zip(sets) {
            let Some(bytes) = bytes else { continue };
            let set = Bitmap64::try_deserialize::<Portable>(bytes).ok_or_else(|| {
                Error::data("a stored COUNT DISTINCT state is not a portable 64-bit roaring bitmap")
            })?;
            self.0[group as usize].union(&IdSet::Many(set));
        }
        Ok(())
    }

    fn columns(&self, order: &[u32]) -> Result<Vec<ArrayRef>> {
        let sets: BinaryArray = order
            .iter()
            .map(|&g| &self.0[g as usize])
            .map(|set| (set.len() > 0).then(|| set.to_bytes()))
            .collect();
        Ok(vec![Arc::new(sets)])
    }

    fn answer(&self) -> Result<ArrayRef> {
        Ok(Arc::new(self.0.iter().map(|set| Some(set.len() as i64)).collect::<Int64Array>()))
    }

    fn memory(&self) -> usize {
        self.0.capacity() * size_of::<IdSet>() + self.0.iter().map(IdSet::memory).sum::<usize>()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
