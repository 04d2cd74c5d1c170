//! Joins of a fact table with other relations, below an aggregation.
//!
//! A stored row stands for messages that agree in all its dimensions. A join whose condition uses
//! nothing else joins all these messages with the same rows, so the stored row can be joined in
//! their place: it is repeated as often as each of them would be, and so are its states. What
//! must not happen is a row without a message, so the side of the fact table is the one whose rows
//! are all kept, or none is kept without a match.

use std::sync::Arc;

use datafusion::common::tree_node::TreeNode;
use datafusion::common::{Column, JoinType, NullEquality};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, Join, JoinConstraint, LogicalPlan, Projection};

use super::flat::Flat;
use super::reads_facts;

/// What a fact table is joined with, and how.
#[derive(Clone, Debug)]
pub(crate) struct Joined {
    /// Its columns have names that no other relation of the query has.
    pub(crate) other: Arc<LogicalPlan>,
    /// Equal pairs, the side of the fact table first.
    pub(crate) on: Vec<(Expr, Expr)>,
    pub(crate) filter: Option<Expr>,
    /// With the fact table on the left: inner or left.
    pub(crate) kind: JoinType,
    pub(crate) null_equality: NullEquality,
}

impl Joined {
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &Expr> {
        self.on.iter().flat_map(|(fact, other)| [fact, other]).chain(&self.filter)
    }

    /// The join with `fact` on its left.
    pub(crate) fn plan(&self, fact: LogicalPlan) -> Result<LogicalPlan> {
        Ok(LogicalPlan::Join(Join::try_new(
            Arc::new(fact),
            self.other.clone(),
            self.on.clone(),
            self.filter.clone(),
            self.kind,
            JoinConstraint::On,
            self.null_equality,
            false,
        )?))
    }
}

/// `join` as a fact table that is joined with another relation; `None` if it is no such join.
pub(super) fn flatten(join: &Join) -> Result<Option<Flat>> {
    let (left, right) = (join.left.as_ref(), join.right.as_ref());
    if matches!(join.join_type, JoinType::Inner | JoinType::Left)
        && can_be_joined(right)?
        && let Some(fact) = Flat::of(left)?
    {
        return with(fact, right, join, true).map(Some);
    }
    if matches!(join.join_type, JoinType::Inner | JoinType::Right)
        && can_be_joined(left)?
        && let Some(fact) = Flat::of(right)?
    {
        return with(fact, left, join, false).map(Some);
    }
    Ok(None)
}

/// Whether `plan` is answered by itself: it reads no single messages, and takes nothing from the
/// relations beside it.
fn can_be_joined(plan: &LogicalPlan) -> Result<bool> {
    Ok(!reads_facts(plan)? && !plan.exists(|node| Ok(matches!(node, LogicalPlan::Subquery(_))))?)
}

fn with(mut fact: Flat, other: &LogicalPlan, join: &Join, fact_is_left: bool) -> Result<Flat> {
    let number = fact.fact.collector().next_number();
    let names: Vec<String> =
        (0..other.schema().fields().len()).map(|i| format!("__joined_{number}_{i}")).collect();
    let renamed = other.schema().columns().into_iter().zip(&names);
    let renamed = renamed.map(|(column, name)| Expr::Column(column).alias(name)).collect();
    let renamed = LogicalPlan::Projection(Projection::try_new(renamed, Arc::new(other.clone()))?);

    let mut others = names.into_iter().map(|name| Expr::Column(Column::from_name(name))).collect();
    if fact_is_left {
        fact.columns.append(&mut others);
    } else {
        others.append(&mut fact.columns);
        fact.columns = others;
    }
    let pair = |(left, right): &(Expr, Expr)| {
        let (left, right) = (fact.inline(left, &join.schema)?, fact.inline(right, &join.schema)?);
        Ok(if fact_is_left { (left, right) } else { (right, left) })
    };
    let joined = Joined {
        other: Arc::new(renamed),
        on: join.on.iter().map(pair).collect::<Result<_>>()?,
        filter: join.filter.as_ref().map(|filter| fact.inline(filter, &join.schema)).transpose()?,
        kind: if join.join_type == JoinType::Inner { JoinType::Inner } else { JoinType::Left },
        null_equality: join.null_equality,
    };
    fact.joins.push(joined);
    Ok(fact)
}
