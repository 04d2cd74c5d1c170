//! The plan that takes the place of an aggregation over a fact table.
//!
//! ```text
//! Projection: answers under the original names and types
//!   Aggregate: keys, merges of states
//!     Projection: keys and states under names of their own
//!       Filter: conditions over dimensions
//!         Join: what the table is joined with, if anything
//!           TableScan: the chosen cuboids
//! ```
//! Names of their own, because two keys that differ over messages may be one over dimensions.

use std::sync::{Arc, Mutex};

use datafusion::common::Column;
use datafusion::datasource::provider_as_source;
use datafusion::error::Result;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Aggregate, Cast, Expr, Filter, LogicalPlan, LogicalPlanBuilder, Projection};

use super::aggregates::Call;
use super::fit::Fit;
use super::shape::{Shape, key_column};
use crate::report::{Decision, FactScan, Reading, SegmentScan};
use crate::scan::{CuboidScan, Part, scan_schema};

/// Answers `shape` as `fit` says, and enters the decision into the report.
pub(crate) fn plan(shape: &Shape, fit: &Fit) -> Result<LogicalPlan> {
    let mut plan = fit.joins.iter().try_fold(scan(shape, fit)?, |plan, joined| joined.plan(plan))?;
    if let Some(predicate) = conjunction(fit.filters.clone()) {
        plan = LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(plan))?);
    }
    let mut columns: Vec<Expr> =
        fit.keys.iter().enumerate().map(|(i, key)| key.clone().alias(key_column(i))).collect();
    let merges = fit.calls.iter().enumerate().map(|(i, call)| merge(i, call, &mut columns)).collect();
    let plan = LogicalPlan::Projection(Projection::try_new(columns, Arc::new(plan))?);
    let plan = LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(plan), shape.group.clone(), merges)?);
    answers(shape, plan)
}

fn scan(shape: &Shape, fit: &Fit) -> Result<LogicalPlan> {
    let parts: Vec<Part> = fit
        .pruned
        .touched
        .iter()
        .zip(&fit.chosen)
        .map(|((_, ready), chosen)| Part {
            segment: Arc::clone(ready),
            cuboid: chosen.cuboid,
            rows: chosen.rows,
            reading: Arc::<Reading>::default(),
        })
        .collect();
    let decision = Arc::new(decision(shape, fit, &parts));
    shape.fact.collector().add(decision.clone());
    let levels: Vec<_> = fit.wanted.levels.iter().copied().collect();
    let provider = CuboidScan {
        cube: fit.cube.clone(),
        source: shape.fact.source().clone(),
        schema: scan_schema(fit.cube, &levels),
        parts,
        decision,
    };
    LogicalPlanBuilder::scan(shape.table.clone(), provider_as_source(Arc::new(provider)), None)?.build()
}

fn decision(shape: &Shape, fit: &Fit, parts: &[Part]) -> Decision {
    let segments = fit.pruned.touched.iter().zip(&fit.chosen).map(|((segment, _), chosen)| SegmentScan {
        segment: segment.name(),
        id: segment.id.to_string(),
        cuboid: chosen.cuboid.mask(),
        dimensions: fit.cube.spec.names(chosen.cuboid.mask()).into_iter().map(str::to_owned).collect(),
        rows: chosen.rows,
        bytes: chosen.bytes,
        rows_read: 0,
        bytes_read: 0,
    });
    let scan = FactScan {
        table: shape.fact.model().table.clone(),
        cube: fit.cube.spec.name.to_string(),
        from: None,
        to: None,
        segments_considered: fit.pruned.touched.len() + fit.pruned.untouched,
        segments_scanned: 0,
        segments_pruned: 0,
        segments_building: fit.pruned.building,
        segments: segments.collect(),
        holes: vec![],
    };
    Decision {
        scan,
        readings: parts.iter().map(|part| part.reading.clone()).collect(),
        holes: fit.cube.timeline.holes(),
        range: fit.range,
        narrowed: Mutex::default(),
    }
}

/// The `i`-th aggregate over columns that are appended to `columns`.
fn merge(i: usize, call: &Call, columns: &mut Vec<Expr>) -> Expr {
    let mut named = |expr: &Expr, name: String| {
        columns.push(expr.clone().alias(&name));
        Expr::Column(Column::from_name(name))
    };
    let args = call.args.iter().enumerate().map(|(j, arg)| named(arg, format!("__state_{i}_{j}"))).collect();
    let filter = call.filter.as_ref().map(|filter| Box::new(named(filter, format!("__filter_{i}"))));
    Expr::AggregateFunction(AggregateFunction::new_udf(
        call.function.clone(),
        args,
        call.distinct,
        filter,
        vec![],
        None,
    ))
}

/// Gives the columns of `plan` the names and types of the aggregation that it replaces.
fn answers(shape: &Shape, plan: LogicalPlan) -> Result<LogicalPlan> {
    let answered = plan.schema().columns();
    let exprs = shape.schema.iter().zip(answered).enumerate().map(|(i, ((qualifier, field), column))| {
        let found = plan.schema().field(i).data_type();
        let answer = Expr::Column(column);
        let answer = if found == field.data_type() {
            answer
        } else {
            Expr::Cast(Cast::new(Box::new(answer), field.data_type().clone()))
        };
        answer.alias_qualified(qualifier.cloned(), field.name())
    });
    let exprs = exprs.collect();
    Ok(LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(plan))?))
}
