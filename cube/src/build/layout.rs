//! What a builder needs to know about a cube: where in the batches its values are, and in which
//! slots of the packed key they go.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use crate::measure::Measure;
use crate::spec::{CubeSpec, DimensionKind, ModelSpec};
use crate::store::cuboid_schema;
use crate::time::TimeLevel;
use crate::{Error, Result};

/// One field of the packed key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// A plain dimension: its bit in cuboid ids, and its column in the batches.
    Dimension { bit: usize, column: usize },
    /// Event time. All levels share one slot, which stands at the first level's place among the
    /// dimensions; it holds the finest level of the cuboid.
    Time,
}

/// The plan of a build, shared by its workers.
#[derive(Clone, Debug)]
pub struct BuildLayout {
    pub(super) spec: Arc<CubeSpec>,
    pub(super) schema: SchemaRef,
    pub(super) slots: Vec<Slot>,
    /// Measures with the batch column each one reads.
    pub(super) measures: Vec<(Measure, Option<usize>)>,
    /// The batch column with the event time.
    pub(super) event_time: usize,
    pub(super) finest: Option<TimeLevel>,
}

impl BuildLayout {
    /// `columns` are the model columns that the batches hold, in their order.
    ///
    /// # Errors
    /// `Internal` if a column that the cube needs is not among them.
    pub fn new(model: &ModelSpec, spec: Arc<CubeSpec>, columns: &[usize]) -> Result<Self> {
        let find = |column: usize| {
            columns.iter().position(|&held| held == column).ok_or_else(|| {
                Error::internal(format!(
                    "the batches lack column {} of the model",
                    model.columns[column].name
                ))
            })
        };
        let mut slots = vec![];
        for (bit, dimension) in spec.dimensions.iter().enumerate() {
            match dimension.kind {
                DimensionKind::Column(column) => slots.push(Slot::Dimension { bit, column: find(column)? }),
                DimensionKind::Level(_) if slots.contains(&Slot::Time) => {}
                DimensionKind::Level(_) => slots.push(Slot::Time),
            }
        }
        let measures = spec
            .measures
            .iter()
            .map(|measure| Ok((measure.clone(), measure.input.map(|input| find(input.column)).transpose()?)))
            .collect::<Result<_>>()?;
        Ok(Self {
            slots,
            measures,
            event_time: find(model.event_time.column)?,
            finest: spec.finest_level(),
            schema: cuboid_schema(model, &spec),
            spec,
        })
    }

    /// The model columns a cube reads, ascending: what a decoder must fill.
    pub fn needed_columns(model: &ModelSpec, spec: &CubeSpec) -> Vec<usize> {
        let dimensions = spec.dimensions.iter().filter_map(|dimension| match dimension.kind {
            DimensionKind::Column(column) => Some(column),
            DimensionKind::Level(_) => None,
        });
        let inputs = spec.measures.iter().filter_map(|measure| measure.input.map(|input| input.column));
        let mut columns: Vec<usize> = dimensions.chain(inputs).chain([model.event_time.column]).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}
