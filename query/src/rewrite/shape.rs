//! An aggregation over one fact table, as expressions over the table's columns.

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, DFSchemaRef, TableReference};
use datafusion::error::Result;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::utils::{grouping_set_to_exprlist, split_conjunction};
use datafusion::logical_expr::{Aggregate, Distinct, Expr, LogicalPlan, Subquery, TableScan};
use datafusion::scalar::ScalarValue;

use cube::Error;

use crate::error::into_datafusion;
use crate::table::FactTable;

/// What is asked of a fact table. Nothing between the aggregation and the table is left: every
/// expression names columns of the table itself.
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
        let all = self.keys.iter().chain(&self.filters).cloned().chain(aggregates);
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

/// Whether `plan` hands on rows of a fact table one by one.
pub(crate) fn is_bare(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::TableScan(scan) => scan.fetch.is_none() && FactTable::of(scan).is_some(),
        LogicalPlan::Projection(projection) => is_bare(&projection.input),
        LogicalPlan::Filter(filter) => is_bare(&filter.input),
        LogicalPlan::SubqueryAlias(alias) => is_bare(&alias.input),
        LogicalPlan::Sort(sort) => sort.fetch.is_none() && is_bare(&sort.input),
        _ => false,
    }
}

/// A fact table with the projections and filters above it folded into expressions.
struct Flat {
    fact: FactTable,
    table: TableReference,
    /// One for each output column.
    columns: Vec<Expr>,
    filters: Vec<Expr>,
}

impl Flat {
    fn of(plan: &LogicalPlan) -> Result<Option<Self>> {
        if !is_bare(plan) {
            return Ok(None);
        }
        match plan {
            LogicalPlan::TableScan(scan) => {
                FactTable::of(scan).map(|fact| Self::of_scan(fact, scan)).transpose()
            }
            LogicalPlan::SubqueryAlias(alias) => Self::of(&alias.input),
            LogicalPlan::Sort(sort) => Self::of(&sort.input),
            LogicalPlan::Filter(filter) => {
                let Some(mut flat) = Self::of(&filter.input)? else { return Ok(None) };
                for conjunct in split_conjunction(&filter.predicate) {
                    flat.filters.push(flat.inline(conjunct, filter.input.schema())?);
                }
                Ok(Some(flat))
            }
            LogicalPlan::Projection(projection) => {
                let Some(flat) = Self::of(&projection.input)? else { return Ok(None) };
                let inline = |expr| flat.inline(expr, projection.input.schema());
                let columns = projection.expr.iter().map(inline).collect::<Result<_>>()?;
                Ok(Some(Self { columns, ..flat }))
            }
            _ => Ok(None),
        }
    }

    fn of_scan(fact: FactTable, scan: &TableScan) -> Result<Self> {
        // One table may be scanned on both sides of a correlation; with the alias between scan and
        // aggregation gone, only a qualifier of its own tells the columns of this scan apart.
        let name = format!("{}#{}", fact.model().table, fact.collector().next_number());
        let table = TableReference::bare(name);
        let own = |column: &Column| Expr::Column(Column::new(Some(table.clone()), &column.name));
        let columns = scan.projected_schema.columns().iter().map(own).collect();
        let requalify = |filter: &Expr| {
            filter.clone().transform_up(|node| match node {
                Expr::Column(column) => Ok(Transformed::yes(own(&column))),
                other => Ok(Transformed::no(other)),
            })
        };
        let filters = scan.filters.iter().map(|filter| requalify(filter).map(|filter| filter.data));
        Ok(Self { fact, filters: filters.collect::<Result<_>>()?, table, columns })
    }

    /// `expr`, which names columns of `schema`, over the table's columns and without aliases.
    fn inline(&self, expr: &Expr, schema: &DFSchema) -> Result<Expr> {
        let inlined = expr.clone().transform_up(|node| match node {
            Expr::Column(column) => {
                Ok(Transformed::yes(self.columns[schema.index_of_column(&column)?].clone()))
            }
            Expr::InSubquery(mut test) => {
                test.subquery = self.inline_subquery(test.subquery, schema)?;
                Ok(Transformed::yes(Expr::InSubquery(test)))
            }
            Expr::Exists(mut test) => {
                test.subquery = self.inline_subquery(test.subquery, schema)?;
                Ok(Transformed::yes(Expr::Exists(test)))
            }
            Expr::SetComparison(mut test) => {
                test.subquery = self.inline_subquery(test.subquery, schema)?;
                Ok(Transformed::yes(Expr::SetComparison(test)))
            }
            Expr::ScalarSubquery(subquery) => {
                Ok(Transformed::yes(Expr::ScalarSubquery(self.inline_subquery(subquery, schema)?)))
            }
            other => Ok(Transformed::no(other)),
        })?;
        Ok(inlined.data.unalias_nested().data)
    }

    /// The same for the columns that a subquery takes from outside.
    fn inline_subquery(&self, subquery: Subquery, schema: &DFSchema) -> Result<Subquery> {
        if subquery.outer_ref_columns.is_empty() {
            return Ok(subquery);
        }
        let outer = |expr: Expr| {
            expr.transform_up(|node| match node {
                Expr::OuterReferenceColumn(field, column) if schema.has_column(&column) => {
                    match &self.columns[schema.index_of_column(&column)?] {
                        Expr::Column(inner) => {
                            Ok(Transformed::yes(Expr::OuterReferenceColumn(field, inner.clone())))
                        }
                        computed => Err(into_datafusion(Error::invalid(format!(
                            "a correlated subquery uses {column}, which is computed as {computed}; \
                             use a column of the table itself"
                        )))),
                    }
                }
                other => Ok(Transformed::no(other)),
            })
        };
        let plan = subquery.subquery.as_ref().clone();
        let plan = plan.transform_up_with_subqueries(|node| node.map_expressions(outer))?.data;
        let columns =
            subquery.outer_ref_columns.iter().cloned().map(|expr| outer(expr).map(|outer| outer.data));
        let outer_ref_columns = columns.collect::<Result<_>>()?;
        Ok(Subquery { subquery: plan.into(), outer_ref_columns, ..subquery })
    }
}
