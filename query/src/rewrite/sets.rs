//! Places that need only the distinct rows of what stands below them, so that a fact table can
//! stand there although it keeps no single rows.

use std::sync::Arc;

use datafusion::common::JoinType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::logical_expr::{Distinct, Expr, Join, LogicalPlan, Union};

use super::flat::is_bare;

/// Puts a DISTINCT over single rows of a fact table under `x IN (SELECT …)`, under a UNION that is
/// itself distinct, and on the right of INTERSECT and EXCEPT.
pub(super) fn ask_for_distinct_rows(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    match plan {
        LogicalPlan::Distinct(Distinct::All(input)) => {
            let input = match Arc::unwrap_or_clone(input) {
                LogicalPlan::Union(union) => {
                    let inputs = union.inputs.into_iter().map(distinct).collect();
                    LogicalPlan::Union(Union { inputs, ..union })
                }
                other => other,
            };
            Ok(Transformed::yes(LogicalPlan::Distinct(Distinct::All(Arc::new(input)))))
        }
        LogicalPlan::Join(join) if matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti) => {
            Ok(Transformed::yes(LogicalPlan::Join(Join { right: distinct(join.right), ..join })))
        }
        other => other.map_expressions(|expr| {
            expr.transform_down(|expr| match expr {
                Expr::InSubquery(mut test) => {
                    test.subquery.subquery = distinct(test.subquery.subquery);
                    Ok(Transformed::yes(Expr::InSubquery(test)))
                }
                expr => Ok(Transformed::no(expr)),
            })
        }),
    }
}

fn distinct(plan: Arc<LogicalPlan>) -> Arc<LogicalPlan> {
    if is_bare(&plan) { Arc::new(LogicalPlan::Distinct(Distinct::All(plan))) } else { plan }
}
