//! What stands under `cube`.

use serde::{Deserialize, Serialize};

use super::build::{RawBuild, RawStorage};
use super::group::RawGroup;
use super::measure::{CUBOID_ID, RawMeasure, check_measures};
use crate::id::CubeName;
use crate::spec::{CubeSpec, Dimension, DimensionKind, MAX_DIMENSIONS, ModelSpec};
use crate::time::TimeLevel;
use crate::{Error, Result};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCube {
    name: String,
    pub(super) model: String,
    dimensions: Vec<String>,
    measures: Vec<RawMeasure>,
    #[serde(default)]
    aggregation_groups: Vec<RawGroup>,
    #[serde(default)]
    build: RawBuild,
    #[serde(default)]
    storage: RawStorage,
}

impl RawCube {
    pub(super) fn check(self, model: &ModelSpec) -> Result<CubeSpec> {
        let name = CubeName::new(self.name).map_err(|error| error.context("cube.name"))?;
        let at = format!("cube {name}");
        let dimensions = check_dimensions(&self.dimensions, model, &at)?;
        let measures = check_measures(self.measures, model, &dimensions, &at)?;
        let mut spec = CubeSpec {
            name,
            model: model.name.clone(),
            dimensions,
            measures,
            aggregation_groups: vec![],
            build: self.build.check(&at)?,
            compression: self.storage.check(&at)?,
        };
        if spec.levels().next().is_some() && spec.finest_level().is_none() {
            return Err(Error::invalid(format!(
                "{at}: dimensions: of the event-time levels {} none refines all others; add day_start",
                spec.names(spec.level_mask()).join(", ")
            )));
        }
        let groups = if self.aggregation_groups.is_empty() {
            vec![RawGroup::all(self.dimensions)]
        } else {
            self.aggregation_groups
        };
        spec.aggregation_groups = groups
            .into_iter()
            .enumerate()
            .map(|(i, group)| group.check(&spec, &format!("{at}: aggregation_groups[{i}]")))
            .collect::<Result<_>>()?;
        crate::lattice::Lattice::new(&spec)?;
        Ok(spec)
    }

    pub(super) fn of(spec: &CubeSpec, model: &ModelSpec) -> Self {
        Self {
            name: spec.name.to_string(),
            model: spec.model.to_string(),
            dimensions: spec.dimensions.iter().map(|dimension| dimension.name.clone()).collect(),
            measures: spec.measures.iter().map(|measure| RawMeasure::of(measure, model)).collect(),
            aggregation_groups: spec
                .aggregation_groups
                .iter()
                .map(|group| RawGroup::of(group, spec))
                .collect(),
            build: RawBuild::of(&spec.build),
            storage: RawStorage::of(spec.compression),
        }
    }
}

fn check_dimensions(names: &[String], model: &ModelSpec, at: &str) -> Result<Vec<Dimension>> {
    let mut dimensions: Vec<Dimension> = vec![];
    for name in names {
        let kind = match (TimeLevel::of_column(name), model.column(name)) {
            (Some(level), _) => DimensionKind::Level(level),
            (None, Some((column, _))) if column == model.event_time.column => {
                return Err(Error::invalid(format!(
                    "{at}: dimensions: {name} is the event time itself; name levels of it, such as minute_start"
                )));
            }
            (None, Some((_, column))) if column.column_type.is_float() => {
                return Err(Error::invalid(format!(
                    "{at}: dimensions: {name} has type {}; a dimension is boolean, integer, bigint, decimal, \
                     varchar, date or timestamp",
                    column.column_type
                )));
            }
            (None, Some((column, _))) => DimensionKind::Column(column),
            (None, None) => {
                let known: Vec<_> = model.columns.iter().map(|column| column.name.as_str()).collect();
                let levels = TimeLevel::ALL.map(TimeLevel::column);
                return Err(Error::invalid(format!(
                    "{at}: dimensions: {name:?} is neither a column of model {} ({}) nor an event-time level ({})",
                    model.name,
                    known.join(", "),
                    levels.join(", ")
                )));
            }
        };
        if name.eq_ignore_ascii_case(CUBOID_ID) {
            return Err(Error::invalid(format!(
                "{at}: dimensions: {name} is the name of the stored column that tells cuboids apart; name the model's \
                 column otherwise"
            )));
        }
        if dimensions.iter().any(|dimension| dimension.kind == kind) {
            return Err(Error::invalid(format!("{at}: dimensions: {name} is named twice")));
        }
        dimensions.push(Dimension { name: name.to_ascii_lowercase(), kind });
    }
    if dimensions.len() > MAX_DIMENSIONS {
        return Err(Error::invalid(format!(
            "{at}: dimensions: {} are named; at most {MAX_DIMENSIONS} are accepted",
            dimensions.len()
        )));
    }
    Ok(dimensions)
}
