//! Which columns a SELECT sees, and how they are spelt.

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, TableAlias,
    TableFactor, TableWithJoins,
};

use super::Names;

/// How DataFusion reads an identifier: unquoted ones in lower case.
pub(super) fn normal(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

/// A quoted identifier of exactly this spelling.
pub(super) fn exact(name: &str) -> Ident {
    Ident::with_quote('"', name)
}

/// What stands in a FROM.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    /// Its alias, or its own name.
    pub(super) name: Option<String>,
    /// `None` if they are not known here.
    pub(super) columns: Option<Vec<String>>,
}

/// A common table expression.
#[derive(Clone, Debug)]
pub(super) struct Cte {
    pub(super) name: String,
    columns: Option<Vec<String>>,
}

/// The surroundings of a query.
#[derive(Clone, Debug)]
pub(super) struct Surroundings<'a> {
    pub(super) names: &'a Names,
    /// The innermost last.
    pub(super) ctes: Vec<Cte>,
}

impl Surroundings<'_> {
    /// Adds the common table expressions of `query`.
    pub(super) fn enter(&mut self, query: &Query) {
        let Some(with) = &query.with else { return };
        for cte in &with.cte_tables {
            let renamed = &cte.alias.columns;
            let columns = if !renamed.is_empty() {
                Some(renamed.iter().map(|column| normal(&column.name)).collect())
            } else if with.recursive {
                // It may name itself, whose columns are not known yet.
                None
            } else {
                self.outputs(&cte.query)
            };
            self.ctes.push(Cte { name: normal(&cte.alias.name), columns });
        }
    }

    pub(super) fn cte(&self, name: &ObjectName) -> Option<&Cte> {
        let [part] = name.0.as_slice() else { return None };
        let name = normal(part.as_ident()?);
        let exact = self.ctes.iter().rev().find(|cte| cte.name == name);
        exact.or_else(|| self.ctes.iter().rev().find(|cte| cte.name.eq_ignore_ascii_case(&name)))
    }

    /// The model's table of that name, bare or in one of the schemas that hold them.
    pub(super) fn table(&self, name: &ObjectName) -> Option<(&str, &[String])> {
        let parts: Vec<&Ident> = name.0.iter().map(|part| part.as_ident()).collect::<Option<_>>()?;
        let (table, schemas) = parts.split_last()?;
        if schemas.len() > 2 || schemas.last().is_some_and(|schema| !self.names.is_schema(&schema.value)) {
            return None;
        }
        let found = self.names.tables.get_key_value(&table.value.to_lowercase())?;
        Some((found.0, found.1))
    }

    /// All relations of a FROM.
    pub(super) fn relations(&self, from: &[TableWithJoins]) -> Vec<Relation> {
        let factors = from.iter().flat_map(|tables| {
            std::iter::once(&tables.relation).chain(tables.joins.iter().map(|join| &join.relation))
        });
        factors.flat_map(|factor| self.relations_of(factor)).collect()
    }

    fn relations_of(&self, factor: &TableFactor) -> Vec<Relation> {
        match factor {
            TableFactor::Table { name, alias, .. } => {
                let (own_name, columns) = match (self.cte(name), self.table(name)) {
                    (Some(cte), _) => (Some(cte.name.clone()), cte.columns.clone()),
                    (None, Some((table, columns))) => (Some(table.to_owned()), Some(columns.to_vec())),
                    (None, None) => (name.0.last().and_then(|part| part.as_ident()).map(normal), None),
                };
                vec![aliased(own_name, columns, alias)]
            }
            TableFactor::Derived { subquery, alias, .. } => {
                vec![aliased(None, self.outputs(subquery), alias)]
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                self.relations(std::slice::from_ref(table_with_joins))
            }
            TableFactor::NestedJoin { alias, .. }
            | TableFactor::TableFunction { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::UNNEST { alias, .. } => vec![aliased(None, None, alias)],
            _ => vec![Relation { name: None, columns: None }],
        }
    }

    /// The labels of a query's columns; `None` if some are not known here. An expression without
    /// an alias has the empty label, which no identifier has.
    pub(super) fn outputs(&self, query: &Query) -> Option<Vec<String>> {
        let mut inside = self.clone();
        inside.enter(query);
        inside.outputs_of(&query.body)
    }

    fn outputs_of(&self, body: &SetExpr) -> Option<Vec<String>> {
        match body {
            SetExpr::Select(select) => self.labels(select),
            SetExpr::Query(query) => self.outputs(query),
            SetExpr::SetOperation { left, .. } => self.outputs_of(left),
            _ => None,
        }
    }

    pub(super) fn labels(&self, select: &Select) -> Option<Vec<String>> {
        let relations = self.relations(&select.from);
        let mut labels = vec![];
        for item in &select.projection {
            match item {
                SelectItem::ExprWithAlias { alias, .. } => labels.push(normal(alias)),
                SelectItem::UnnamedExpr(Expr::Identifier(ident)) => labels.push(normal(ident)),
                SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => {
                    labels.push(parts.last().map(normal).unwrap_or_default());
                }
                SelectItem::UnnamedExpr(_) => labels.push(String::new()),
                SelectItem::Wildcard(_) => {
                    for relation in &relations {
                        labels.extend(relation.columns.clone()?);
                    }
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let name = name.0.last().and_then(|part| part.as_ident()).map(normal);
                    let named = |relation: &&Relation| relation.name.is_some() && relation.name == name;
                    labels.extend(relations.iter().find(named)?.columns.clone()?);
                }
                _ => return None,
            }
        }
        Some(labels)
    }
}

fn aliased(name: Option<String>, columns: Option<Vec<String>>, alias: &Option<TableAlias>) -> Relation {
    let Some(alias) = alias else { return Relation { name, columns } };
    let renamed: Vec<String> = alias.columns.iter().map(|column| normal(&column.name)).collect();
    let columns = match columns {
        Some(mut columns) => {
            columns.splice(..renamed.len().min(columns.len()), renamed);
            Some(columns)
        }
        None => (!renamed.is_empty()).then_some(renamed),
    };
    Relation { name: Some(normal(&alias.name)), columns }
}

/// Finds `name` among `known`, exactly or else without regard to case.
pub(super) fn spelling<'k>(
    name: &str,
    mut known: impl Iterator<Item = &'k String> + Clone,
) -> Option<&'k str> {
    let exact = known.clone().find(|known| *known == name);
    exact.or_else(|| known.find(|known| known.eq_ignore_ascii_case(name))).map(String::as_str)
}
