//! Expressions over a fact table's columns as expressions over a cube's dimensions.

use std::fmt;

use cube::catalog::CubeSnapshot;
use cube::spec::DimensionKind;
use cube::time::TimeLevel;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, TableReference};
use datafusion::logical_expr::Expr;

use super::time;
use crate::route::Wanted;

/// Why a cube cannot answer, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Missing {
    pub(crate) what: String,
    pub(crate) cure: String,
}

impl Missing {
    pub(crate) fn new(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { what: what.into(), cure: cure.into() }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.cure)
    }
}

/// One way to ask one cube.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Translator<'a> {
    pub(crate) cube: &'a CubeSnapshot,
    /// By which columns are qualified, before and after.
    pub(crate) table: &'a TableReference,
    /// Where a bound of event time is a border of weeks and of months, which of them to use:
    /// neither follows from the other.
    pub(crate) prefer_weeks: bool,
}

impl Translator<'_> {
    /// `expr` over dimensions, with the dimensions that it needs.
    ///
    /// # Errors
    /// The first column that is no dimension, or use of the event time that no level answers.
    pub(crate) fn translate(&self, expr: &Expr) -> Result<(Expr, Wanted), Missing> {
        let mut wanted = Wanted::default();
        let mut missing = None;
        let translated = expr.clone().transform_down(|node| {
            let replaced = match time::replace(self, &node, &mut wanted) {
                Ok(None) => self.need(&node, &mut wanted).map(|()| None),
                other => other,
            };
            match replaced {
                Ok(Some(replaced)) => Ok(Transformed::new(replaced, true, TreeNodeRecursion::Jump)),
                Ok(None) => Ok(Transformed::no(node)),
                Err(found) => {
                    missing = Some(found);
                    Ok(Transformed::new(node, false, TreeNodeRecursion::Stop))
                }
            }
        });
        match (missing, translated) {
            (Some(missing), _) => Err(missing),
            (None, Ok(translated)) => Ok((translated.data, wanted)),
            (None, Err(error)) => {
                Err(Missing::new(format!("{expr} cannot be translated: {error}"), "write it otherwise"))
            }
        }
    }

    /// The cube's column of that name.
    pub(crate) fn column(&self, name: &str) -> Expr {
        Expr::Column(Column::new(Some(self.table.clone()), name))
    }

    /// The column of a level of event time.
    pub(crate) fn level(&self, level: TimeLevel, wanted: &mut Wanted) -> Result<Expr, Missing> {
        let spec = &self.cube.spec;
        if !spec.levels().any(|(_, declared)| declared.refines(level)) {
            return Err(Missing::new(
                format!("cube {} has no level of event time that gives {level}", spec.name),
                format!("add {level} to its dimensions"),
            ));
        }
        wanted.levels.insert(level);
        Ok(self.column(level.column()))
    }

    /// Whether the column is one of the fact table, not of what it is joined with.
    pub(crate) fn owns(&self, column: &Column) -> bool {
        column.relation.as_ref() == Some(self.table)
    }

    /// Whether the column is the raw event time.
    pub(crate) fn is_event_time(&self, column: &Column) -> bool {
        self.owns(column) && column.name == self.cube.model.event_time_column().name
    }

    /// The level that the column is.
    pub(crate) fn level_of(&self, column: &Column) -> Option<TimeLevel> {
        if self.owns(column) { TimeLevel::of_column(&column.name) } else { None }
    }

    /// Notes what a node takes from the table itself.
    fn need(&self, node: &Expr, wanted: &mut Wanted) -> Result<(), Missing> {
        match node {
            Expr::Column(column) if self.owns(column) => self.dimension(column, wanted),
            Expr::InSubquery(test) => self.outer_columns(&test.subquery.outer_ref_columns, wanted),
            Expr::Exists(test) => self.outer_columns(&test.subquery.outer_ref_columns, wanted),
            Expr::SetComparison(test) => self.outer_columns(&test.subquery.outer_ref_columns, wanted),
            Expr::ScalarSubquery(subquery) => self.outer_columns(&subquery.outer_ref_columns, wanted),
            _ => Ok(()),
        }
    }

    fn outer_columns(&self, columns: &[Expr], wanted: &mut Wanted) -> Result<(), Missing> {
        columns.iter().try_for_each(|column| match column {
            // A column of a query further out has another qualifier.
            Expr::OuterReferenceColumn(_, column) if self.owns(column) => self.dimension(column, wanted),
            _ => Ok(()),
        })
    }

    fn dimension(&self, column: &Column, wanted: &mut Wanted) -> Result<(), Missing> {
        let spec = &self.cube.spec;
        if let Some(level) = self.level_of(column) {
            return self.level(level, wanted).map(|_| ());
        }
        if self.is_event_time(column) {
            return Err(time::needs_a_level(self, &column.name));
        }
        let found = spec.dimensions.iter().position(|dimension| {
            dimension.name == column.name && matches!(dimension.kind, DimensionKind::Column(_))
        });
        let Some(bit) = found else {
            return Err(Missing::new(
                format!("{} is not a dimension of cube {}", column.name, spec.name),
                format!("add {} to its dimensions", column.name),
            ));
        };
        wanted.plain |= 1 << bit;
        Ok(())
    }
}

/// The columns in `exprs` that are wanted, by name.
pub(crate) fn column_names<'a>(
    exprs: impl IntoIterator<Item = &'a Expr>,
    wanted: impl Fn(&Column) -> bool,
) -> Vec<String> {
    let columns = exprs.into_iter().flat_map(Expr::column_refs);
    let mut names: Vec<String> =
        columns.filter(|column| wanted(column)).map(|column| column.name.clone()).collect();
    names.sort();
    names.dedup();
    names
}
