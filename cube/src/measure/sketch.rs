//! Approximate COUNT DISTINCT of anything: HyperLogLog of Apache DataSketches.
//!
//! The estimate never depends on the order in which values or segments arrived: the composite
//! estimator is used, not the historic one. With `k = 2^lg_k` registers its relative standard
//! error is about `1.04 / sqrt(k)` (Flajolet et al., "HyperLogLog", 2007): 1.6 % at the default
//! `lg_k` of 12, so that 95 of 100 answers are within 3.3 %. Below a few hundred values it is
//! nearly exact. The bytes are readable by DataSketches in Java, C++ and Python; text is hashed as its
//! UTF-8 bytes and integers, dates and times as 64-bit numbers, as those libraries do.

use std::any::Any;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, UInt64Array};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use datasketches::hash::value::raw_bytes;
use datasketches::hll::{Coupon, HllSketch, HllType, HllUnion};

use super::{States, column, same, values};
use crate::{Error, Result};

pub const HLL_DEFAULT_LG_K: u8 = 12;

/// The relative standard error of an estimate with `2^lg_k` registers.
pub fn hll_relative_error(lg_k: u8) -> f64 {
    1.04 / f64::from(1u32 << lg_k).sqrt()
}

#[derive(Debug)]
pub(super) struct SketchStates {
    lg_k: u8,
    sketches: Vec<Option<HllSketch>>,
}

impl SketchStates {
    pub(super) fn new(lg_k: u8) -> Self {
        Self { lg_k, sketches: vec![] }
    }

    fn insert(&mut self, group: u32, coupon: Coupon) -> Result<()> {
        let slot = &mut self.sketches[group as usize];
        match slot {
            Some(sketch) => sketch.update_with_coupon(coupon),
            None => {
                let mut sketch = HllSketch::new(self.lg_k, HllType::Hll8).map_err(refused)?;
                sketch.update_with_coupon(coupon);
                *slot = Some(sketch);
            }
        }
        Ok(())
    }

    fn union(&mut self, group: u32, other: &HllSketch) -> Result<()> {
        let slot = &mut self.sketches[group as usize];
        *slot = Some(match slot.take() {
            None => other.clone(),
            Some(ours) => {
                let mut union = HllUnion::new(self.lg_k).map_err(refused)?;
                union.update(&ours);
                union.update(other);
                union.to_sketch(HllType::Hll8)
            }
        });
        Ok(())
    }
}

fn refused(error: datasketches::error::Error) -> Error {
    Error::data(format!("HLL sketch: {error}"))
}

/// One hash per value of the array, `None` where it is NULL.
fn coupons(array: &ArrayRef) -> Result<Vec<Option<Coupon>>> {
    let hash_i64 = |array: &ArrayRef| -> Result<Vec<Option<Coupon>>> {
        let numbers = arrow::compute::cast(array, &DataType::Int64)?;
        Ok(numbers.as_primitive::<Int64Type>().iter().map(|v| v.map(Coupon::from_value)).collect())
    };
    match array.data_type() {
        DataType::Boolean | DataType::Int32 | DataType::Int64 => hash_i64(array),
        DataType::Date32 => hash_i64(&arrow::compute::cast(array, &DataType::Int32)?),
        DataType::Timestamp(..) => hash_i64(array),
        DataType::Float32 | DataType::Float64 => {
            let floats = arrow::compute::cast(array, &DataType::Float64)?;
            // -0.0 equals 0.0, so both must count once.
            let bits = |v: f64| if v == 0.0 { 0 } else { v.to_bits() as i64 };
            Ok(floats
                .as_primitive::<Float64Type>()
                .iter()
                .map(|v| v.map(bits).map(Coupon::from_value))
                .collect())
        }
        DataType::Decimal128(..) => {
            Ok(array.as_primitive::<Decimal128Type>().iter().map(|v| v.map(Coupon::from_value)).collect())
        }
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let hashed = coupons(dictionary.values())?;
            if hashed.is_empty() {
                return Ok(vec![None; array.len()]); // Only NULLs, whose keys name nothing.
            }
            let keys = dictionary.normalized_keys();
            Ok(keys
                .iter()
                .enumerate()
                .map(|(i, &k)| if dictionary.is_valid(i) { hashed[k] } else { None })
                .collect())
        }
        _ => {
            let text = arrow::compute::cast(array, &DataType::Utf8)?;
            let hash = |v: &str| Coupon::from_value(raw_bytes::from_str(v));
            Ok(text.as_string::<i32>().iter().map(|v| v.map(hash)).collect())
        }
    }
}

impl States for SketchStates {
    fn grow(&mut self, groups: usize) {
        self.sketches.resize_with(groups, || None);
    }

    fn update(&mut self, groups: &[u32], input: Option<&ArrayRef>) -> Result<()> {
        for (&group, coupon) in groups.iter().zip(coupons(values(input)?)?) {
            if let Some(coupon) = coupon {
                self.insert(group, coupon)?;
            }
        }
        Ok(())
    }

    fn merge(&mut self, groups: &[u32], other: &dyn States) -> Result<()> {
        let other: &Self = same(other)?;
        for (&group, sketch) in groups.iter().zip(&other.sketches) {
            if let Some(sketch) = sketch {
                self.union(group, sketch)?;
            }
        }
        Ok(())
    }

    fn merge_columns(&mut self, groups: &[u32], columns: &[ArrayRef]) -> Result<()> {
        let stored: &BinaryArray = column(columns, 0)?;
        for (&group, bytes) in groups.iter().zip(stored) {
            if let Some(bytes) = bytes {
                self.union(group, &HllSketch::deserialize(bytes).map_err(refused)?)?;
            }
        }
        Ok(())
    }

    fn columns(&self, order: &[u32]) -> Result<Vec<ArrayRef>> {
        let stored: BinaryArray =
            order.iter().map(|&g| self.sketches[g as usize].as_ref().map(HllSketch::serialize)).collect();
        Ok(vec![Arc::new(stored)])
    }

    fn answer(&self) -> Result<ArrayRef> {
        let estimate = |sketch: &HllSketch| sketch.composite_estimate().round() as u64;
        Ok(Arc::new(
            self.sketches
                .iter()
                .map(|sketch| Some(sketch.as_ref().map_or(0, estimate)))
                .collect::<UInt64Array>(),
        ))
    }

    fn memory(&self) -> usize {
        self.sketches.capacity() * size_of::<Option<HllSketch>>()
            + self.sketches.iter().flatten().map(HllSketch::estimated_size).sum::<usize>()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
