//! Places that need only the distinct rows of what stands below them, so that a fact table can
//! stand there although it keeps no single rows.

use std::sync::Arc;

use datafusion::common::JoinType;
use datafusion::common::tree_node::Transformed;
use datafusion::error::Result;
use datafusion::logical_expr::{Distinct, Expr, Join, LogicalPlan, Union};

use super::shape::is_bare;

/// Puts a DISTINCT over single rows of a fact table under `x IN (SELECT …)`, under a UNION that is
/// itself distinct, and on the right of INTERSECT and EXCEPT.
pub(super) fn ask_for_distinct_rows(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let mut changed = false;
    let mut distinct = |plan: Arc<LogicalPlan>| {
        if !is_bare(&plan) {
            return plan;
        }
        changed = true;
        Arc::new(LogicalPlan::Distinct(Distinct::All(plan)))
    };
    let plan = match plan {
        LogicalPlan::Distinct(Distinct::All(input)) if matches!(*input, LogicalPlan::Union(_)) => {
            let LogicalPlan::Union(union) = Arc::unwrap_or_clone(input) else { unreachable_union()? };
            let inputs = union.inputs.into_iter().map(&mut distinct).collect();
            LogicalPlan::Distinct(Distinct::All(Arc::new(LogicalPlan::Union(Union { inputs, ..union }))))
        }
        LogicalPlan::Join(join) if matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti) => {
            LogicalPlan::Join(Join { right: distinct(join.right), ..join })
        }
        other => {
            let mapped = other.map_expressions(|expr| match expr {
                Expr::InSubquery(mut test) if is_bare(&test.subquery.subquery) => {
                    test.subquery.subquery = distinct(test.subquery.subquery);
                    Ok(Transformed::yes(Expr::InSubquery(test)))
                }
                expr => Ok(Transformed::no(expr)),
            })?;
            mapped.data
        }
    };
    Ok(if changed { Transformed::yes(plan) } else { Transformed::no(plan) })
}
