//! COUNT(*) and COUNT(x): a number per group; merge adds; nothing counted is 0, not NULL.

use std::any::Any;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};

use super::{States, column, same};
use crate::Result;

#[derive(Debug, Default)]
pub(super) struct CountStates(pub(super) Vec<i64>);

impl States for CountStates {
    fn grow(&mut self, groups: usize) {
        self.0.resize(groups, 0);
    }

    fn update(&mut self, groups: &[u32], values: Option<&ArrayRef>) -> Result<()> {
        // Logical: a dictionary may hold NULL as a value.
        match values.and_then(|values| values.logical_nulls()) {
            None => groups.iter().for_each(|&g| self.0[g as usize] += 1),
            Some(nulls) => {
                for (i, &g) in groups.iter().enumerate() {
                    self.0[g as usize] += i64::from(nulls.is_valid(i));
                }
            }
        }
        Ok(())
    }

    fn merge(&mut self, groups: &[u32], other: &dyn States) -> Result<()> {
        let other: &Self = same(other)?;
        for (&g, &n) in groups.iter().zip(&other.0) {
            self.0[g as usize] += n;
        }
        Ok(())
    }

    fn merge_columns(&mut self, groups: &[u32], columns: &[ArrayRef]) -> Result<()> {
        let counts: &Int64Array = column(columns, 0)?;
        for (&g, &n) in groups.iter().zip(counts.values()) {
            self.0[g as usize] += n;
        }
        Ok(())
    }

    fn columns(&self, order: &[u32]) -> Result<Vec<ArrayRef>> {
        let sorted: Vec<i64> = order.iter().map(|&g| self.0[g as usize]).collect();
        Ok(vec![Arc::new(Int64Array::from(sorted))])
    }

    fn answer(&self) -> Result<ArrayRef> {
        Ok(Arc::new(Int64Array::from(self.0.clone())))
    }

    fn memory(&self) -> usize {
        self.0.capacity() * 8
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
