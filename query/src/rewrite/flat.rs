//! What lies between an aggregation and a fact table, folded into expressions over the table.

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, TableReference};
use datafusion::error::Result;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, LogicalPlan, Subquery, TableScan};

use cube::Error;

use super::join::{self, Joined};
use crate::error::into_datafusion;
use crate::table::FactTable;

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

/// A fact table with the projections, filters and joins above it folded into expressions.
pub(super) struct Flat {
    pub(super) fact: FactTable,
    pub(super) table: TableReference,
    /// One for each output column.
    pub(super) columns: Vec<Expr>,
    pub(super) filters: Vec<Expr>,
    /// In this order; `filters` hold after all of them.
    pub(super) joins: Vec<Joined>,
}

impl Flat {
    pub(super) fn of(plan: &LogicalPlan) -> Result<Option<Self>> {
        match plan {
            LogicalPlan::TableScan(scan) if scan.fetch.is_none() => {
                FactTable::of(scan).map(|fact| Self::of_scan(fact, scan)).transpose()
            }
            LogicalPlan::SubqueryAlias(alias) => Self::of(&alias.input),
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => Self::of(&sort.input),
            LogicalPlan::Join(join) => join::flatten(join),
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
        Ok(Self { fact, filters: filters.collect::<Result<_>>()?, table, columns, joins: vec![] })
    }

    /// `expr`, which names columns of `schema`, over the table's columns and without aliases.
    pub(super) fn inline(&self, expr: &Expr, schema: &DFSchema) -> Result<Expr> {
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
