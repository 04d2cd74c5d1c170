//! The optimizer rule that puts cuboids in the place of fact tables.
//!
//! It looks for `Aggregate → (Projection | Filter | SubqueryAlias | Sort | Join)* → fact table`,
//! wherever it stands: in subqueries, common table expressions, below joins and unions. A DISTINCT
//! over the same is an aggregation without aggregates. [`shape`] describes what it finds; [`flat`]
//! turns what lies between into expressions over the table's columns, but for what the table is
//! joined with ([`join`]). [`fit`] asks each cube whether it can answer them, by [`columns`],
//! [`time`] and [`aggregates`]; [`finish`] builds the plan that answers. [`sets`] finds places that
//! need only the distinct rows of a table, and [`leftover`] explains what could not be replaced.
//!
//! It has to run after constants are folded, so that a bound of event time is a literal, and
//! before DataFusion pushes filters and projections about.

mod aggregates;
mod columns;
mod finish;
mod fit;
mod flat;
mod join;
mod leftover;
mod sets;
mod shape;
mod time;

use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

use crate::error::into_datafusion;
use crate::table::FactTable;
use shape::Shape;

#[derive(Debug, Default)]
pub(crate) struct CuboidRewrite;

impl OptimizerRule for CuboidRewrite {
    fn name(&self) -> &str {
        "cuboid_rewrite"
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        if !reads_facts(&plan)? {
            return Ok(Transformed::no(plan));
        }
        let plan = plan.transform_down_with_subqueries(sets::ask_for_distinct_rows)?.data;
        let plan = plan.transform_up_with_subqueries(answer)?.data;
        leftover::explain(&plan)?;
        Ok(Transformed::yes(plan))
    }
}

fn reads_facts(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        found |= matches!(node, LogicalPlan::TableScan(scan) if FactTable::of(scan).is_some());
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

fn answer(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let Some(shape) = Shape::of(&plan)? else { return Ok(Transformed::no(plan)) };
    let fit = fit::choose(&shape).map_err(into_datafusion)?;
    Ok(Transformed::yes(finish::plan(&shape, &fit)?))
}
