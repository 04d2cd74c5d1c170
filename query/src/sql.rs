//! From the text of a statement to what DataFusion plans.

mod calcite;
mod guard;
mod identifiers;
mod params;
mod scope;
mod tokens;

use std::collections::BTreeMap;

use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{Query, Statement};

use crate::Param;

pub(crate) use guard::{parse, verify};

/// A statement that may be answered.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) query: Box<Query>,
    /// Whether the plan is asked for, not the rows.
    pub(crate) explain: bool,
}

impl Question {
    /// Puts values in the place of the statement's placeholders.
    pub(crate) fn bind(&mut self, params: &[Param]) -> cube::Result<()> {
        params::bind(&mut self.query, params)
    }

    /// Puts what only Kylin's clients write into DataFusion's words.
    pub(crate) fn translate(&mut self) -> cube::Result<()> {
        calcite::translate(&mut self.query)
    }

    /// Spells tables and columns as the catalog does, and folds schemas away.
    pub(crate) fn resolve(&mut self, names: &Names) {
        identifiers::resolve(&mut self.query, names);
    }

    /// Whether the statement itself says how many rows it wants at most.
    pub(crate) fn is_limited(&self) -> bool {
        self.query.limit_clause.is_some() || self.query.fetch.is_some()
    }

    pub(crate) fn into_statement(self) -> Parsed {
        Parsed::Statement(Box::new(Statement::Query(self.query)))
    }
}

/// What names mean.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Columns by table, all lower case.
    pub(crate) tables: BTreeMap<String, Vec<String>>,
    /// A schema in which the tables are, besides `public` and `default`.
    pub(crate) project: Option<String>,
}

impl Names {
    fn is_schema(&self, name: &str) -> bool {
        let also = self.project.as_deref();
        ["public", "default"].into_iter().chain(also).any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// The statement with its names resolved.
#[cfg(test)]
pub(crate) fn resolved(sql: &str, names: &Names) -> cube::Result<String> {
    let mut question = parse(sql)?;
    question.resolve(names);
    Ok(question.query.to_string())
}
