//! Only queries get in.

use std::ops::ControlFlow;

use cube::{Error, Result};
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{Select, Statement, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::GenericDialect;

use super::{Question, tokens};
use crate::error::from_datafusion;

/// # Errors
/// `Invalid` unless the text is one SELECT, WITH or VALUES, or EXPLAIN of one.
pub(crate) fn parse(sql: &str) -> Result<Question> {
    match statement(sql)? {
        Parsed::Explain(explain) if explain.options.analyze => Err(Error::invalid(
            "EXPLAIN ANALYZE is not supported; use EXPLAIN, or run the query and read its report",
        )),
        Parsed::Explain(explain) => match *explain.statement {
            Parsed::Statement(statement) => question(*statement, true),
            other => Err(refusal(&other.to_string())),
        },
        Parsed::Statement(statement) => question(*statement, false),
        other => Err(refusal(&other.to_string())),
    }
}

/// # Errors
/// `Invalid` unless the text is one statement; a last semicolon is fine.
fn statement(sql: &str) -> Result<Parsed> {
    let tokens = tokens::read(&GenericDialect, sql)?;
    let parser = DFParserBuilder::new(tokens).with_dialect(&GenericDialect).build();
    let statements = parser.and_then(|mut parser| parser.parse_statements()).map_err(from_datafusion)?;
    let count = statements.len();
    match statements.into_iter().next() {
        Some(statement) if count == 1 => Ok(statement),
        _ => Err(Error::invalid(format!("{count} statements were sent; send exactly one"))),
    }
}

fn question(statement: Statement, explain: bool) -> Result<Question> {
    let Statement::Query(query) = statement else { return Err(refusal(&statement.to_string())) };
    match query.visit(&mut Changes) {
        ControlFlow::Break(change) => Err(refusal(&change)),
        ControlFlow::Continue(()) => Ok(Question { query, explain }),
    }
}

fn refusal(statement: &str) -> Error {
    let keyword = statement.split_whitespace().next().unwrap_or("this").to_ascii_uppercase();
    Error::invalid(format!(
        "{keyword} is refused: only queries are answered (SELECT, WITH, VALUES, and EXPLAIN of these)"
    ))
}

/// Finds statements inside of a query that would change something.
struct Changes;

impl Visitor for Changes {
    type Break = String;

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<String> {
        match statement {
            Statement::Query(_) => ControlFlow::Continue(()),
            other => ControlFlow::Break(other.to_string()),
        }
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<String> {
        if select.into.is_some() { ControlFlow::Break("INTO".into()) } else { ControlFlow::Continue(()) }
    }
}

/// The same for the plan, so that nothing slips through a syntax the first look does not know.
pub(crate) fn verify(plan: &LogicalPlan) -> Result<()> {
    SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false)
        .verify_plan(plan)
        .map_err(from_datafusion)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(sql: &str) -> String {
        parse(sql).unwrap_err().to_string()
    }

    #[test]
    fn whatever_is_no_query_is_refused_by_its_keyword() {
        for (sql, keyword) in [
            ("INSERT INTO t VALUES (1)", "INSERT"),
            ("DROP TABLE t", "DROP"),
            ("CREATE TABLE t (a INT)", "CREATE"),
            ("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'", "CREATE"),
            ("COPY t TO '/tmp/x.csv'", "COPY"),
            ("SET datafusion.execution.batch_size = 1", "SET"),
            ("SHOW TABLES", "SHOW"),
            ("UPDATE t SET a = 1", "UPDATE"),
            ("DELETE FROM t", "DELETE"),
            ("EXPLAIN DROP TABLE t", "DROP"),
            ("SELECT a INTO u FROM t", "INTO"),
        ] {
            let message = refused(sql);
            assert!(message.starts_with(&format!("{keyword} is refused")), "{sql}: {message}");
        }
    }

    #[test]
    fn one_statement_at_a_time_but_a_last_semicolon_is_fine() {
        assert!(refused("SELECT 1; SELECT 2").starts_with("2 statements were sent"));
        assert!(refused("").starts_with("0 statements were sent"));
        assert!(!parse("SELECT 1;").unwrap().explain);
        assert!(parse("EXPLAIN WITH a AS (SELECT 1) SELECT * FROM a").unwrap().explain);
        assert!(parse("VALUES (1), (2)").is_ok());
        refused("EXPLAIN ANALYZE SELECT 1");
    }
}
