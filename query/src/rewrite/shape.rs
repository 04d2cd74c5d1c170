//! An aggregation over one fact table, as expressions over the table's columns.

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, DFSchemaRef, TableReference};
use datafusion::error::Result;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::utils::grouping_set_to_exprlist;
use datafusion::logical_expr::{Aggregate, Distinct, Expr, LogicalPlan};
use datafusion::scalar::ScalarValue;

use cube::Error;

use super::flat::Flat;
use super::join::Joined;
use crate::error::into_datafusion;
use crate::table::FactTable;

/// What is asked of a fact table. Nothing between the aggregation and the table is left but joins:
/// every expression names columns of the table itself, or of what it is joined with.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) fact: FactTable,
    /// By which the columns are qualified; no other scan of the query has the same.
    pub(crate) table: TableReference,
    /// The distinct GROUP BY expressions.
    pub(crate) keys: Vec<Expr>,
    /// The GROUP BY itself, over [`key_column`]s.
    pub(crate) group: Vec<Expr>,
    pub(crate) aggregates: Vec<AggregateFunction>,
    /// All must hold.
    pub(crate) filters: Vec<Expr>,
    pub(crate) joins: Vec<Joined>,
    /// What the plan that takes its place has to look like from above.
    pub(crate) schema: DFSchemaRef,
}

/// The name under which the `i`-th of [`Shape::keys`] is grouped.
pub(crate) fn key_column(i: usize) -> String {
    format!("__key_{i}")
}

impl Shape {
    /// `None` if `plan` is no such aggregation, or answers without reading anything.
    ///
    /// # Errors
    /// A volatile expression, whose value would depend on how often it is computed.
    pub(crate) fn of(plan: &LogicalPlan) -> Result<Option<Self>> {
        let shape = match plan {
            LogicalPlan::Aggregate(aggregate) => Self::of_aggregate(aggregate)?,
            LogicalPlan::Distinct(Distinct::All(input)) => Self::of_distinct(input)?,
            _ => None,
        };
        let Some(shape) = shape.filter(|shape| !shape.filters.iter().any(is_never)) else { return Ok(None) };
        shape.refuse_volatile()?;
        Ok(Some(shape))
    }

    fn of_aggregate(aggregate: &Aggregate) -> Result<Option<Self>> {
        let Some(flat) = Flat::of(&aggregate.input)? else { return Ok(None) };
        let keys = grouping_set_to_exprlist(&aggregate.group_expr)?;
        let group = aggregate.group_expr.iter().map(|expr| over_keys(expr, &keys)).collect::<Result<_>>()?;
        let input = aggregate.input.schema();
        let mut aggregates = vec![];
        for expr in &aggregate.aggr_expr {
            match flat.inline(expr, input)? {
                Expr::AggregateFunction(function) => aggregates.push(function),
                other => return datafusion::common::internal_err!("{other} is not an aggregate"),
            }
        }
        let keys = keys.into_iter().map(|key| flat.inline(key, input)).collect::<Result<_>>()?;
        Ok(Some(Self { keys, group, aggregates, schema: aggregate.schema.clone(), ..flat.into() }))
    }

    fn of_distinct(input: &LogicalPlan) -> Result<Option<Self>> {
        let Some(flat) = Flat::of(input)? else { return Ok(None) };
        let keys = flat.columns.clone();
        let group = (0..keys.len()).map(|i| Expr::Column(Column::from_name(key_column(i)))).collect();
        Ok(Some(Self { keys, group, schema: input.schema().clone(), ..flat.into() }))
    }

    fn refuse_volatile(&self) -> Result<()> {
        let aggregates = self.aggregates.iter().map(|function| Expr::AggregateFunction(function.clone()));
        let joins = self.joins.iter().flat_map(Joined::conditions);
        let all = self.keys.iter().chain(&self.filters).chain(joins).cloned().chain(aggregates);
        match { all }.find(Expr::is_volatile) {
            None => Ok(()),
            Some(expr) => Err(into_datafusion(Error::invalid(format!(
                "{expr} gives another value each time it is computed, once per stored row here and not once per \
                 message; compute it outside of the aggregation"
            )))),
        }
    }
}

impl From<Flat> for Shape {
    fn from(flat: Flat) -> Self {
        Self {
            fact: flat.fact,
            table: flat.table,
            keys: vec![],
            group: vec![],
            aggregates: vec![],
            filters: flat.filters,
            joins: flat.joins,
            schema: DFSchemaRef::new(DFSchema::empty()),
        }
    }
}

/// Whether a filter lets nothing through, so that DataFusion drops the scan by itself.
fn is_never(filter: &Expr) -> bool {
    matches!(filter, Expr::Literal(ScalarValue::Boolean(Some(false) | None), _))
}

/// `expr` with each of `keys` in it replaced by its key column.
fn over_keys(expr: &Expr, keys: &[&Expr]) -> Result<Expr> {
    let replaced = expr.clone().transform_down(|node| match keys.iter().position(|key| **key == node) {
        Some(i) => {
            let column = Expr::Column(Column::from_name(key_column(i)));
            Ok(Transformed::new(column, true, TreeNodeRecursion::Jump))
        }
        None => Ok(Transformed::no(node)),
    })?;
    Ok(replaced.data)
}
