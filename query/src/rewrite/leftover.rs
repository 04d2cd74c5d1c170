//! Why a fact table is still in the plan.

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use crate::table::FactTable;

/// Gives every fact table that is left the reason; it is said only if the table would really be
/// read, since DataFusion may still find that it need not be.
pub(super) fn explain(plan: &LogicalPlan) -> Result<()> {
    visit(plan, &mut vec![])
}

/// `above` are the names of the nodes over `plan`, outermost first.
fn visit(plan: &LogicalPlan, above: &mut Vec<Above>) -> Result<()> {
    if let LogicalPlan::TableScan(scan) = plan
        && let Some(fact) = FactTable::of(scan)
    {
        fact.refuse(reason(&fact, above));
        return Ok(());
    }
    above.push(Above::of(plan));
    plan.apply_subqueries(|subquery| {
        visit(subquery, above)?;
        Ok(TreeNodeRecursion::Continue)
    })?;
    for input in plan.inputs() {
        visit(input, above)?;
    }
    above.pop();
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Above {
    /// Hands rows on one by one.
    Passing,
    Join,
    Window,
    Limit,
    Other,
}

impl Above {
    fn of(plan: &LogicalPlan) -> Self {
        match plan {
            LogicalPlan::Projection(_) | LogicalPlan::Filter(_) | LogicalPlan::SubqueryAlias(_) => {
                Self::Passing
            }
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => Self::Passing,
            LogicalPlan::Join(_) => Self::Join,
            LogicalPlan::Window(_) => Self::Window,
            LogicalPlan::Limit(_) | LogicalPlan::Sort(_) => Self::Limit,
            _ => Self::Other,
        }
    }
}

fn reason(fact: &FactTable, above: &[Above]) -> String {
    let table = &fact.model().table;
    let dimensions =
        fact.cubes().iter().find(|cube| cube.enabled).map(|cube| cube.spec.names(cube.spec.full_mask()));
    let dimensions =
        dimensions.filter(|names| !names.is_empty()).map_or("no dimension".to_owned(), |d| d.join(", "));
    match above.iter().rev().find(|above| **above != Above::Passing) {
        Some(Above::Join) => format!(
            "the single messages of table {table} are not kept, so they cannot be joined; aggregate {table} in a \
             subquery by the join's columns first, and join its result"
        ),
        Some(Above::Window) => format!(
            "the single messages of table {table} are not kept, so a window function cannot run over them; \
             aggregate {table} in a subquery first"
        ),
        Some(Above::Limit) => format!(
            "the single messages of table {table} are not kept, so LIMIT cannot choose among them; aggregate first, \
             or use SELECT DISTINCT over dimensions ({dimensions})"
        ),
        _ => format!(
            "the single messages of table {table} are not kept, only aggregates by {dimensions}; use GROUP BY or \
             SELECT DISTINCT over these, such as SELECT COUNT(*) FROM {table}"
        ),
    }
}
