//! Whether a cube can answer a [`Shape`], which way is cheapest, and what is missing otherwise.

use std::collections::BTreeMap;
use std::sync::Arc;

use cube::catalog::CubeSnapshot;
use cube::time::{TimeLevel, TimeRange};
use cube::{Error, Result};
use datafusion::common::DFSchema;
use datafusion::logical_expr::Expr;

use super::aggregates::{Aggregates, Call};
use super::columns::{Missing, Translator, column_names};
use super::join::Joined;
use super::shape::Shape;
use crate::error::from_datafusion;
use crate::prune::{Pruned, prune, time_range};
use crate::route::{Chosen, Wanted, names, preference, route};

/// How one cube answers.
#[derive(Debug)]
pub(crate) struct Fit<'a> {
    pub(crate) cube: &'a Arc<CubeSnapshot>,
    pub(crate) keys: Vec<Expr>,
    pub(crate) filters: Vec<Expr>,
    pub(crate) calls: Vec<Call>,
    pub(crate) joins: Vec<Joined>,
    pub(crate) wanted: Wanted,
    /// `None`: no row can match.
    pub(crate) range: Option<TimeRange>,
    pub(crate) pruned: Pruned<'a>,
    /// One for each touched segment.
    pub(crate) chosen: Vec<Chosen>,
}

/// The best answer of all enabled cubes of the model.
///
/// # Errors
/// `Invalid`, with what each cube is missing.
pub(crate) fn choose(shape: &Shape) -> Result<Fit<'_>> {
    let mut fits = vec![];
    let mut missing: BTreeMap<&str, Vec<Missing>> = BTreeMap::new();
    for cube in shape.fact.cubes().iter().filter(|cube| cube.enabled) {
        match fit(shape, cube, false)? {
            Ok(fit) => fits.push(fit),
            Err(lacks) => {
                missing.insert(cube.spec.name.as_str(), lacks);
            }
        }
        if weeks_matter(shape, cube) {
            fits.extend(fit(shape, cube, true)?.ok());
        }
    }
    let best = fits.into_iter().min_by_key(|fit| preference(&fit.cube.timeline, &fit.chosen));
    best.ok_or_else(|| refusal(shape, &missing))
}

/// Whether a bound of event time may be one of weeks.
fn weeks_matter(shape: &Shape, cube: &CubeSnapshot) -> bool {
    let event_time = &cube.model.event_time_column().name;
    let has_weeks = cube.spec.levels().any(|(_, level)| level == TimeLevel::Week);
    let conditions = shape.filters.iter().chain(shape.joins.iter().flat_map(Joined::conditions));
    has_weeks && column_names(conditions, |_| true).contains(event_time)
}

/// How `cube` answers, or what it lacks.
///
/// # Errors
/// One of planning, which has nothing to do with the cube.
fn fit<'a>(
    shape: &'a Shape,
    cube: &'a Arc<CubeSnapshot>,
    prefer_weeks: bool,
) -> Result<Result<Fit<'a>, Vec<Missing>>> {
    let schema = schema(shape, cube).map_err(from_datafusion)?;
    let translator = Translator { cube, table: &shape.table, prefer_weeks };
    let aggregates = Aggregates { translator, schema: &schema };
    let mut gathered = Gathered::default();
    let keys = shape.keys.iter().filter_map(|key| gathered.take(translator.translate(key))).collect();
    let filters: Vec<Expr> =
        shape.filters.iter().filter_map(|filter| gathered.take(translator.translate(filter))).collect();
    let calls =
        shape.aggregates.iter().filter_map(|function| gathered.take(aggregates.call(function))).collect();
    let joins = shape.joins.iter().map(|joined| gathered.join(joined, &translator)).collect();
    let Gathered { wanted, mut missing } = gathered;
    if !missing.is_empty() {
        missing.sort();
        missing.dedup();
        return Ok(Err(missing));
    }
    let range = time_range(&filters);
    let pruned = prune(&cube.timeline, range);
    match route(&cube.spec, &pruned, &wanted) {
        Ok(chosen) => Ok(Ok(Fit { cube, keys, filters, calls, joins, wanted, range, pruned, chosen })),
        Err(segments) => Ok(Err(vec![no_cuboid(cube, &wanted, &segments)])),
    }
}

/// All columns that expressions can name.
fn schema(shape: &Shape, cube: &CubeSnapshot) -> datafusion::error::Result<DFSchema> {
    let own = DFSchema::try_from_qualified_schema(shape.table.clone(), &cube.model.table_schema())?;
    shape.joins.iter().try_fold(own, |schema, joined| schema.join(joined.other.schema()))
}

/// What all expressions need together, and everything that is missing.
#[derive(Default)]
struct Gathered {
    wanted: Wanted,
    missing: Vec<Missing>,
}

impl Gathered {
    /// The join over dimensions; without a condition that cannot be translated, which is then among
    /// what is missing.
    fn join(&mut self, joined: &Joined, translator: &Translator) -> Joined {
        let mut translate = |expr: &Expr| self.take(translator.translate(expr));
        let on = joined.on.iter().filter_map(|(fact, other)| translate(fact).zip(translate(other))).collect();
        let filter = joined.filter.as_ref().and_then(&mut translate);
        Joined { on, filter, ..joined.clone() }
    }

    fn take<T>(&mut self, translated: Result<(T, Wanted), Missing>) -> Option<T> {
        match translated {
            Ok((expr, needed)) => {
                self.wanted.add(&needed);
                Some(expr)
            }
            Err(missing) => {
                self.missing.push(missing);
                None
            }
        }
    }
}

fn no_cuboid(cube: &CubeSnapshot, wanted: &Wanted, segments: &[String]) -> Missing {
    let shown: Vec<_> = segments.iter().take(3).cloned().collect();
    let more = segments.len().saturating_sub(shown.len());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let names = names(&cube.spec, wanted).join(", ");
    Missing::new(
        format!(
            "cube {} has no cuboid with ({names}) in its segments {}{more}",
            cube.spec.name,
            shown.join(", ")
        ),
        format!("add an aggregation group that includes {names}, and build these segments again"),
    )
}

fn refusal(shape: &Shape, missing: &BTreeMap<&str, Vec<Missing>>) -> Error {
    let table = &shape.fact.model().table;
    if missing.is_empty() {
        let disabled: Vec<_> = shape.fact.cubes().iter().map(|cube| cube.spec.name.as_str()).collect();
        return Error::invalid(format!(
            "table {table} has no enabled cube, so nothing can be asked of it; enable {}",
            disabled.join(" or ")
        ));
    }
    let cubes: Vec<_> = missing
        .iter()
        .map(|(cube, missing)| {
            let all: Vec<_> = missing.iter().map(Missing::to_string).collect();
            format!("cube {cube}: {}", all.join(". "))
        })
        .collect();
    Error::invalid(format!("no cube of table {table} can answer. {}", cubes.join(". ")))
}
