//! What Kylin's clients write and DataFusion's planner does not read, in DataFusion's words.
//!
//! `FLOOR(x TO unit)`, TIMESTAMPADD and the like become calls of [`crate::functions`]; YEAR, MONTH,
//! … become `date_part`; FETCH NEXT becomes LIMIT. A column that loses its text by this keeps it
//! as its label.

use std::ops::ControlFlow;

use cube::{Error, Result};
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CeilFloorKind, DateTimeField, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentList, FunctionArguments, Ident, LimitClause, ObjectName, OrderBy, OrderByKind, Query,
    Select, SelectItem, SetExpr, Value, VisitMut, VisitorMut,
};

use crate::functions::{self, Unit};

/// # Errors
/// `Invalid` for a unit of time that is not known.
pub(super) fn translate(query: &mut Query) -> Result<()> {
    match query.visit(&mut Translator::default()) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

#[derive(Default)]
struct Translator {
    /// The columns without an alias of each open SELECT, as they were written.
    written: Vec<Vec<Option<Expr>>>,
}

impl VisitorMut for Translator {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Error> {
        limit_instead_of_fetch(query).map_or_else(ControlFlow::Break, ControlFlow::Continue)
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<Error> {
        order_distinct_by_position(query);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Error> {
        let unnamed = |item: &SelectItem| match item {
            SelectItem::UnnamedExpr(expr) => Some(expr.clone()),
            _ => None,
        };
        self.written.push(select.projection.iter().map(unnamed).collect());
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<Error> {
        for (item, written) in select.projection.iter_mut().zip(self.written.pop().unwrap_or_default()) {
            if let (SelectItem::UnnamedExpr(expr), Some(written)) = (&*item, written)
                && *expr != written
            {
                let alias = Ident::with_quote('"', written.to_string());
                *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        match translated(expr) {
            Ok(Some(translated)) => *expr = translated,
            Ok(None) => {}
            Err(error) => return ControlFlow::Break(error),
        }
        ControlFlow::Continue(())
    }
}

fn translated(expr: &Expr) -> Result<Option<Expr>> {
    match expr {
        Expr::Floor { expr, field: CeilFloorKind::DateTimeField(field) } => {
            rounded(functions::FLOOR, expr, field)
        }
        Expr::Ceil { expr, field: CeilFloorKind::DateTimeField(field) } => {
            rounded(functions::CEIL, expr, field)
        }
        Expr::Extract { field: DateTimeField::DayOfWeek, expr, .. } => {
            Ok(part_of("DAYOFWEEK", expr.as_ref().clone()))
        }
        Expr::Extract { field: DateTimeField::DayOfYear, expr, .. } => {
            Ok(part_of("DAYOFYEAR", expr.as_ref().clone()))
        }
        Expr::Function(function) => of_call(function),
        _ => Ok(None),
    }
}

fn rounded(function: &str, expr: &Expr, field: &DateTimeField) -> Result<Option<Expr>> {
    if *field == DateTimeField::NoDateTime {
        return Ok(None);
    }
    let unit: Unit = field.to_string().parse()?;
    Ok(Some(call(function, vec![text(unit.name()), expr.clone()])))
}

fn of_call(function: &Function) -> Result<Option<Expr>> {
    let ([name], Some(args)) = (function.name.0.as_slice(), plain_arguments(function)) else {
        return Ok(None);
    };
    let Some(name) = name.as_ident().map(|name| name.value.to_ascii_uppercase()) else { return Ok(None) };
    match (name.as_str(), args.as_slice()) {
        ("TIMESTAMPADD", [unit, count, time]) => {
            Ok(Some(call(functions::ADD, vec![unit_name(unit)?, count.clone(), time.clone()])))
        }
        ("TIMESTAMPDIFF", [unit, from, to]) => {
            Ok(Some(call(functions::DIFFERENCE, vec![unit_name(unit)?, from.clone(), to.clone()])))
        }
        (part, [time]) if part_of(part, time.clone()).is_some() => Ok(part_of(part, time.clone())),
        ("MOD", [left, right]) => Ok(Some(binary(left.clone(), BinaryOperator::Modulo, right.clone()))),
        (name, _) => Ok(renamed(name).map(|name| call(name, args))),
    }
}

/// Functions of ODBC that DataFusion has under another name.
fn renamed(name: &str) -> Option<&'static str> {
    Some(match name {
        "UCASE" => "upper",
        "LCASE" => "lower",
        "CURDATE" => "current_date",
        "CURTIME" => "current_time",
        "TRUNCATE" => "trunc",
        _ => return None,
    })
}

/// The arguments of a call that has nothing but arguments.
fn plain_arguments(function: &Function) -> Option<Vec<Expr>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let plain = list.duplicate_treatment.is_none()
        && list.clauses.is_empty()
        && function.over.is_none()
        && function.filter.is_none();
    let expr = |arg: &FunctionArg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
        _ => None,
    };
    if plain { list.args.iter().map(expr).collect() } else { None }
}

/// YEAR(x) and its kin; `None` if `function` is none of them.
fn part_of(function: &str, time: Expr) -> Option<Expr> {
    let part = match function {
        "YEAR" => "year",
        "QUARTER" => "quarter",
        "MONTH" => "month",
        "WEEK" => "week",
        "DAY" | "DAYOFMONTH" => "day",
        "DAYOFYEAR" => "doy",
        "DAYOFWEEK" => "dow",
        "HOUR" => "hour",
        "MINUTE" => "minute",
        "SECOND" => "second",
        _ => return None,
    };
    let part_of_time = call("date_part", vec![text(part), time]);
    if function != "DAYOFWEEK" {
        return Some(part_of_time);
    }
    // Sunday is 1, and 0 in `date_part`.
    let one = Expr::value(Value::Number("1".into(), false));
    Some(binary(part_of_time, BinaryOperator::Plus, one))
}

/// DAY, SQL_TSI_DAY or 'day' as a literal.
fn unit_name(expr: &Expr) -> Result<Expr> {
    let name = match expr {
        Expr::Identifier(ident) => ident.value.clone(),
        Expr::Value(value) => value.value.clone().into_string().unwrap_or_else(|| expr.to_string()),
        other => other.to_string(),
    };
    let unit: Unit = name.parse()?;
    Ok(text(unit.name()))
}

fn limit_instead_of_fetch(query: &mut Query) -> Result<()> {
    let Some(fetch) = &query.fetch else { return Ok(()) };
    if fetch.with_ties || fetch.percent {
        return Err(Error::invalid(format!(
            "{fetch} is not supported; use FETCH NEXT n ROWS ONLY or LIMIT n"
        )));
    }
    let one = || Expr::value(Value::Number("1".into(), false));
    let quantity = fetch.quantity.clone().unwrap_or_else(one);
    match &mut query.limit_clause {
        Some(LimitClause::LimitOffset { limit: limit @ None, .. }) => *limit = Some(quantity),
        None => {
            query.limit_clause =
                Some(LimitClause::LimitOffset { limit: Some(quantity), offset: None, limit_by: vec![] });
        }
        Some(_) => return Err(Error::invalid(format!("the statement has both LIMIT and {fetch}; use one"))),
    }
    query.fetch = None;
    Ok(())
}

/// `SELECT DISTINCT f(x) … ORDER BY f(x)` as `ORDER BY 1`: the planner would look for x in what is
/// left after DISTINCT.
fn order_distinct_by_position(query: &mut Query) {
    let SetExpr::Select(select) = query.body.as_ref() else { return };
    let Some(OrderBy { kind: OrderByKind::Expressions(keys), .. }) = &mut query.order_by else { return };
    let columns: Option<Vec<&Expr>> = select.projection.iter().map(column).collect();
    let (Some(columns), true) = (columns, select.distinct.is_some()) else { return };
    for key in keys.iter_mut().filter(|key| !matches!(key.expr, Expr::Identifier(_) | Expr::Value(_))) {
        if let Some(i) = columns.iter().position(|column| **column == key.expr) {
            key.expr = Expr::value(Value::Number((i + 1).to_string(), false));
        }
    }
}

/// `None` for an item that may be several columns.
fn column(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    let expr = Expr::BinaryOp { left: Box::new(nested(left)), op, right: Box::new(nested(right)) };
    nested(expr)
}

/// In brackets, so that the text of a statement says the same as its tree.
fn nested(expr: Expr) -> Expr {
    Expr::Nested(Box::new(expr))
}

fn call(name: &str, args: Vec<Expr>) -> Expr {
    let args = args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))).collect();
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses: vec![],
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: vec![],
    })
}

fn text(text: &str) -> Expr {
    Expr::value(Value::SingleQuotedString(text.to_owned()))
}

#[cfg(test)]
mod tests;
