//! What stands under `cube.measures`.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::identifier;
use crate::measure::{Function, HLL_DEFAULT_LG_K, Input, Measure};
use crate::spec::{Dimension, ModelSpec};
use crate::time::TimeLevel;
use crate::{Error, Result};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMeasure {
    name: String,
    function: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    /// For `approx_count_distinct`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lg_k: Option<u8>,
}

/// The first column of the files, see [`crate::store::cuboid_schema`].
pub(super) const CUBOID_ID: &str = "cuboid_id";

/// The name of the COUNT(*) that every cube has, where the specification names none.
const ROW_COUNT: &str = "row_count";

pub(super) fn check_measures(
    raw: Vec<RawMeasure>,
    model: &ModelSpec,
    dimensions: &[Dimension],
    at: &str,
) -> Result<Vec<Measure>> {
    let mut measures = raw
        .into_iter()
        .map(|measure| measure.check(model, &format!("{at}: measures")))
        .collect::<Result<Vec<_>>>()?;
    match measures.iter().position(|measure| measure.function == Function::Count && measure.input.is_none()) {
        Some(first) => measures[..=first].rotate_right(1),
        None => measures.insert(0, Measure::new(ROW_COUNT, Function::Count, None)?),
    }
    let mut names: HashSet<String> = dimensions.iter().map(|dimension| dimension.name.clone()).collect();
    names.insert(CUBOID_ID.into());
    names.extend(TimeLevel::ALL.map(|level| level.column().to_owned()));
    for field in measures.iter().flat_map(Measure::state_fields) {
        if !names.insert(field.name().clone()) {
            return Err(Error::invalid(format!(
                "{at}: measures: the stored column {} has the name of another measure's column, a dimension, \
                 a level or cuboid_id; name the measure otherwise",
                field.name()
            )));
        }
    }
    Ok(measures)
}

impl RawMeasure {
    fn check(self, model: &ModelSpec, at: &str) -> Result<Measure> {
        let name = identifier(&self.name, &format!("{at}: name"))?;
        let function = match self.function.to_ascii_lowercase().as_str() {
            "count" => Function::Count,
            "sum" => Function::Sum,
            "avg" => Function::Avg,
            "min" => Function::Min,
            "max" => Function::Max,
            "count_distinct" => Function::CountDistinct,
            "approx_count_distinct" => {
                Function::ApproxCountDistinct { lg_k: self.lg_k.unwrap_or(HLL_DEFAULT_LG_K) }
            }
            other => {
                return Err(Error::invalid(format!(
                    "{at}: {name}: function {other:?} is not known: use count, sum, avg, min, max, count_distinct \
                     or approx_count_distinct"
                )));
            }
        };
        if self.lg_k.is_some() && !matches!(function, Function::ApproxCountDistinct { .. }) {
            return Err(Error::invalid(format!("{at}: {name}: lg_k belongs to approx_count_distinct only")));
        }
        let input = self
            .column
            .map(|column| {
                let (index, found) = model.column(&column).ok_or_else(|| {
                    let known: Vec<_> = model.columns.iter().map(|column| column.name.as_str()).collect();
                    Error::invalid(format!(
                        "{at}: {name}: column {column:?} is not in model {}, which has {}",
                        model.name,
                        known.join(", ")
                    ))
                })?;
                Ok::<_, Error>(Input { column: index, column_type: found.column_type })
            })
            .transpose()?;
        Measure::new(name, function, input).map_err(|error| error.context(at))
    }

    pub(super) fn of(measure: &Measure, model: &ModelSpec) -> Self {
        Self {
            name: measure.name.clone(),
            function: measure.function.name().into(),
            column: measure.input.map(|input| model.columns[input.column].name.clone()),
            lg_k: match measure.function {
                Function::ApproxCountDistinct { lg_k } => Some(lg_k),
                _ => None,
            },
        }
    }
}
