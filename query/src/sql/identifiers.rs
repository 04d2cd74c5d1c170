//! Names without regard to case, as Kylin's clients write them: `"DEFAULT"."ORDERS"."COUNTRY"`.
//!
//! Tables and columns that the catalog knows get its lower-case spelling; schemas that hold them
//! are folded away. Aliases stay as they are, and a quoted column in a select list keeps its
//! spelling as its label.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, VisitMut,
    VisitorMut,
};

use super::Names;
use super::scope::{Relation, Surroundings, exact, normal, spelling};

pub(super) fn resolve(query: &mut Query, names: &Names) {
    let around = Surroundings { names, ctes: vec![] };
    let _ = query.visit(&mut Resolver { around, entered: vec![], scopes: vec![] });
}

struct Resolver<'a> {
    around: Surroundings<'a>,
    /// How many common table expressions were known before each open query.
    entered: Vec<usize>,
    /// What each open SELECT sees, the innermost last.
    scopes: Vec<Vec<Relation>>,
}

impl VisitorMut for Resolver<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        self.entered.push(self.around.ctes.len());
        self.around.enter(query);
        let labels = self.around.outputs(query).unwrap_or_default();
        let from = match query.body.as_ref() {
            SetExpr::Select(select) => self.around.relations(&select.from),
            _ => vec![],
        };
        self.scopes.push(from);
        if let Some(order_by) = &mut query.order_by {
            self.spell(order_by, &labels);
        }
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.around.ctes.truncate(self.entered.pop().unwrap_or_default());
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let labels = self.around.labels(select).unwrap_or_default();
        self.scopes.push(self.around.relations(&select.from));
        select.projection.iter_mut().for_each(|item| self.label(item));
        self.spell(&mut select.projection, &[]);
        self.spell(&mut select.from, &[]);
        self.spell(&mut select.selection, &[]);
        self.spell(&mut select.distinct, &labels);
        self.spell(&mut select.group_by, &labels);
        self.spell(&mut select.having, &labels);
        self.spell(&mut select.named_window, &[]);
        self.spell(&mut select.qualify, &labels);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _: &mut Select) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &mut ObjectName) -> ControlFlow<()> {
        let found = match self.around.cte(name) {
            Some(cte) => Some(cte.name.as_str()),
            None => self.around.table(name).map(|(table, _)| table),
        };
        if let Some(found) = found {
            *name = ObjectName::from(vec![exact(found)]);
        }
        ControlFlow::Continue(())
    }
}

impl Resolver<'_> {
    /// Keeps the spelling of a quoted column as its label.
    fn label(&self, item: &mut SelectItem) {
        match item {
            SelectItem::UnnamedExpr(expr @ (Expr::Identifier(_) | Expr::CompoundIdentifier(_))) => {
                let written = match &*expr {
                    Expr::Identifier(ident) => Some(ident),
                    Expr::CompoundIdentifier(parts) => parts.last(),
                    _ => None,
                };
                let Some(written) = written.filter(|ident| ident.quote_style.is_some()).cloned() else {
                    return;
                };
                self.rename(expr, &[]);
                let renamed = match &*expr {
                    Expr::Identifier(ident) => Some(ident),
                    Expr::CompoundIdentifier(parts) => parts.last(),
                    _ => None,
                };
                if renamed.is_some_and(|renamed| normal(renamed) != normal(&written)) {
                    *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias: written };
                }
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                let qualifier =
                    name.0.last().and_then(|part| part.as_ident()).and_then(|part| self.relation(part));
                if let Some((_, relation)) = qualifier {
                    *name = ObjectName::from(vec![relation]);
                }
            }
            _ => {}
        }
    }

    /// Renames columns in `node`, without those of its subqueries; names in `labels` stay.
    fn spell<T: VisitMut>(&self, node: &mut T, labels: &[String]) {
        let _ = node.visit(&mut Columns { resolver: self, labels, queries: 0, calls: 0 });
    }

    fn rename(&self, expr: &mut Expr, labels: &[String]) {
        match expr {
            Expr::Identifier(ident) if !labels.contains(&normal(ident)) => {
                if let Some(column) = self.column(ident) {
                    *ident = column;
                }
            }
            Expr::CompoundIdentifier(parts) => {
                let [.., qualifier, column] = parts.as_slice() else { return };
                if let Some((columns, relation)) = self.relation(qualifier) {
                    let column = match columns.and_then(|columns| spelling(&normal(column), columns.iter())) {
                        Some(spelt) => exact(spelt),
                        None => column.clone(),
                    };
                    *parts = vec![relation, column];
                }
            }
            _ => {}
        }
    }

    /// An unqualified column in the catalog's spelling, from the innermost SELECT that has it.
    fn column(&self, ident: &Ident) -> Option<Ident> {
        let name = normal(ident);
        for scope in self.scopes.iter().rev() {
            let columns = scope.iter().filter_map(|relation| relation.columns.as_ref()).flatten();
            match spelling(&name, columns) {
                Some(spelt) if spelt == name => return None,
                Some(spelt) => return Some(exact(spelt)),
                // It may be a column that is not known here.
                None if scope.iter().any(|relation| relation.columns.is_none()) => return None,
                None => {}
            }
        }
        None
    }

    /// A relation by its name, with its columns and its spelling.
    fn relation(&self, ident: &Ident) -> Option<(Option<&Vec<String>>, Ident)> {
        let name = normal(ident);
        self.scopes.iter().rev().find_map(|scope| {
            let spelt = spelling(&name, scope.iter().filter_map(|relation| relation.name.as_ref()))?;
            let relation = scope.iter().find(|relation| relation.name.as_deref() == Some(spelt))?;
            Some((relation.columns.as_ref(), exact(spelt)))
        })
    }
}

/// Visits the expressions of one SELECT; those of its subqueries get their turn with their own
/// scope.
struct Columns<'r> {
    resolver: &'r Resolver<'r>,
    labels: &'r [String],
    /// How deep in subqueries the visit is.
    queries: usize,
    /// How deep in arguments, where columns are meant and no labels: in
    /// `SELECT FLOOR("TS" TO DAY) AS "TS" … GROUP BY FLOOR("TS" TO DAY)` both are rounded once.
    calls: usize,
}

impl VisitorMut for Columns<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if self.queries == 0 {
            self.resolver.rename(expr, if self.calls == 0 { self.labels } else { &[] });
        }
        self.calls += usize::from(has_arguments(expr));
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        self.calls -= usize::from(has_arguments(expr));
        ControlFlow::Continue(())
    }
}

/// Whether an expression is computed by more than operators.
fn has_arguments(expr: &Expr) -> bool {
    !matches!(
        expr,
        Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::Nested(_)
            | Expr::BinaryOp { .. }
            | Expr::UnaryOp { .. }
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::Between { .. }
            | Expr::InList { .. }
            | Expr::Like { .. }
    )
}

#[cfg(test)]
mod tests;
