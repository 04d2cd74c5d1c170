//! Aggregate functions over stored states: they add states up and answer last.
//!
//! One function per measure wraps [`cube::measure::States`]; its arguments are the measure's
//! state columns. Partial aggregations hand on the same columns, so a state that was merged is
//! indistinguishable from one that was read.

use std::sync::Arc;

use cube::measure::{Function, Measure, States};
use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};
use datafusion::scalar::ScalarValue;

use crate::error::into_datafusion;

/// The function that merges the states of `measure`.
pub(crate) fn merge(measure: Measure) -> Arc<AggregateUDF> {
    let types = measure.state_fields().iter().map(|field| field.data_type().clone()).collect();
    let signature = Signature::exact(types, Volatility::Immutable);
    let name = format!("merge_{}", measure.function.name());
    Arc::new(AggregateUDF::from(Merge { name, measure, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Merge {
    name: String,
    measure: Measure,
    signature: Signature,
}

impl Merge {
    /// Whether nothing merged answers 0; otherwise it answers NULL.
    fn counts(&self) -> bool {
        matches!(
            self.measure.function,
            Function::Count | Function::CountDistinct | Function::ApproxCountDistinct { .. }
        )
    }

    fn groups(&self) -> Groups {
        Groups { measure: self.measure.clone(), states: self.measure.states(), count: 0 }
    }
}

impl AggregateUDFImpl for Merge {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.measure.answer_type())
    }

    fn is_nullable(&self) -> bool {
        !self.counts()
    }

    fn default_value(&self, data_type: &DataType) -> Result<ScalarValue> {
        if self.counts() { ScalarValue::new_zero(data_type) } else { ScalarValue::try_from(data_type) }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let rename = |field: Field| field.clone().with_name(format_state_name(args.name, field.name()));
        Ok(self
            .measure
            .state_fields()
            .into_iter()
            .map(|field| Arc::new(rename(field).with_nullable(true)))
            .collect())
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let mut groups = self.groups();
        groups.grow(1);
        Ok(Box::new(One(groups)))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.groups()))
    }
}

/// The states of many groups.
#[derive(Debug)]
struct Groups {
    measure: Measure,
    states: Box<dyn States>,
    count: usize,
}

impl Groups {
    fn grow(&mut self, count: usize) {
        self.count = self.count.max(count);
        self.states.grow(self.count);
    }

    /// Adds row `i` of `columns` to group `group_of(i)`. Rows that `filter` does not let through,
    /// and rows whose first column is NULL, are in the empty state.
    fn add(
        &mut self,
        columns: &[ArrayRef],
        groups: impl Iterator<Item = usize>,
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let groups: Vec<u32> = groups.map(group_number).collect::<Result<_>>()?;
        let first =
            columns.first().ok_or_else(|| DataFusionError::Internal("a merge without columns".into()))?;
        let nothing_to_skip = filter.is_none() && first.null_count() == 0;
        if nothing_to_skip {
            return self.states.merge_columns(&groups, columns).map_err(into_datafusion);
        }
        let kept: BooleanArray = (0..groups.len())
            .map(|i| {
                Some(first.is_valid(i) && filter.is_none_or(|filter| filter.is_valid(i) && filter.value(i)))
            })
            .collect();
        let columns = keep(columns, &kept)?;
        let groups: Vec<u32> =
            groups.into_iter().zip(kept.values()).filter(|(_, kept)| *kept).map(|(g, _)| g).collect();
        self.states.merge_columns(&groups, &columns).map_err(into_datafusion)
    }

    /// Takes the first `n` groups out; the others move down.
    fn take(&mut self, emit_to: EmitTo) -> Result<Self> {
        let fresh = || Self { measure: self.measure.clone(), states: self.measure.states(), count: 0 };
        let EmitTo::First(n) = emit_to else {
            return Ok(std::mem::replace(self, fresh()));
        };
        let mut parts = [fresh(), fresh()];
        for (part, range) in parts.iter_mut().zip([0..n.min(self.count), n.min(self.count)..self.count]) {
            let order: Vec<u32> = range.map(group_number).collect::<Result<_>>()?;
            let columns = self.states.columns(&order).map_err(into_datafusion)?;
            part.grow(order.len());
            part.add(&columns, 0..order.len(), None)?;
        }
        let [taken, rest] = parts;
        *self = rest;
        Ok(taken)
    }

    fn columns(&self) -> Result<Vec<ArrayRef>> {
        let order: Vec<u32> = (0..self.count).map(group_number).collect::<Result<_>>()?;
        self.states.columns(&order).map_err(into_datafusion)
    }
}

fn group_number(group: usize) -> Result<u32> {
    u32::try_from(group)
        .map_err(|_| DataFusionError::ResourcesExhausted("an aggregation has more than 2^32 groups".into()))
}

fn keep(columns: &[ArrayRef], kept: &BooleanArray) -> Result<Vec<ArrayRef>> {
    let fields: Vec<_> =
        columns.iter().map(|column| Field::new("", column.data_type().clone(), true)).collect();
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.to_vec())?;
    Ok(filter_record_batch(&rows, kept)?.columns().to_vec())
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        self.add(values, group_indices.iter().copied(), opt_filter)
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.update_batch(values, group_indices, None, total_num_groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        self.take(emit_to)?.states.answer().map_err(into_datafusion)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.take(emit_to)?.columns()
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, |column| column.len());
        let mut fresh = Self { measure: self.measure.clone(), states: self.measure.states(), count: 0 };
        fresh.grow(rows);
        fresh.add(values, 0..rows, opt_filter)?;
        fresh.columns()
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.states.memory()
    }
}

/// An aggregation without GROUP BY: one group, even over nothing.
#[derive(Debug)]
struct One(Groups);

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = values.first().map_or(0, |column| column.len());
        self.0.add(values, std::iter::repeat_n(0, rows), None)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        ScalarValue::try_from_array(&self.0.states.answer().map_err(into_datafusion)?, 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.0.columns()?.iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.0.states.memory()
    }
}

#[cfg(test)]
mod tests;
