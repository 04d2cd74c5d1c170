//! Aggregates over messages as aggregates over stored states.
//!
//! An aggregate is answered from a measure if the cube keeps one, because that needs no further
//! dimension; otherwise from dimensions, where every stored row stands for as many messages as its
//! COUNT(*) says.

use std::sync::Arc;

use cube::measure::{Function, Input, Measure};
use cube::spec::ColumnType;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{AggregateUDF, BinaryExpr, Cast, Expr, Operator, lit, when};

use super::columns::{Missing, Translator, column_names};
use crate::literal::holds_micros;
use crate::merge::merge;
use crate::route::Wanted;

/// An aggregate function over columns of the scan.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) function: Arc<AggregateUDF>,
    pub(crate) args: Vec<Expr>,
    pub(crate) distinct: bool,
    pub(crate) filter: Option<Expr>,
}

/// How one of `SUM`, `AVG`, … of a cube's table is answered.
pub(crate) struct Aggregates<'a> {
    pub(crate) translator: Translator<'a>,
    /// Of the fact table and what it is joined with, for types.
    pub(crate) schema: &'a DFSchema,
}

impl Aggregates<'_> {
    /// # Errors
    /// What the cube lacks.
    pub(crate) fn call(&self, aggregate: &AggregateFunction) -> Result<(Call, Wanted), Missing> {
        let params = &aggregate.params;
        if !params.order_by.is_empty() {
            return Err(Missing::new(
                format!("{} depends on the order of single messages, which is not kept", shown(aggregate)),
                "leave its ORDER BY out",
            ));
        }
        let (mut call, mut wanted) = self.unfiltered(aggregate)?;
        if let Some(filter) = &params.filter {
            let (filter, needed) = self.translator.translate(filter)?;
            call.filter = Some(filter);
            wanted.add(&needed);
        }
        Ok((call, wanted))
    }

    fn unfiltered(&self, aggregate: &AggregateFunction) -> Result<(Call, Wanted), Missing> {
        let params = &aggregate.params;
        let name = aggregate.func.name();
        match (name, params.distinct, params.args.as_slice()) {
            ("count", false, []) => Ok((self.row_count(), Wanted::default())),
            ("count", false, [arg]) => self.count(arg, aggregate),
            ("sum", false, [arg]) => self.sum(arg, aggregate),
            ("avg", false, [arg]) => self.average(arg, aggregate),
            ("min", _, [arg]) => self.native_or(Function::Min, Loss::Order, arg, aggregate),
            ("max", _, [arg]) => self.native_or(Function::Max, Loss::Order, arg, aggregate),
            ("count", true, [arg]) => self.native_or(Function::CountDistinct, Loss::Identity, arg, aggregate),
            ("approx_distinct", _, [arg]) => self.approximate_distinct(arg, aggregate),
            ("bool_and" | "bool_or" | "bit_and" | "bit_or", ..) => self.native(aggregate),
            // Over distinct values it does not matter how often each occurs.
            (_, true, _) => self.native(aggregate),
            _ => Err(Missing::new(
                format!("{} cannot be answered from stored states", shown(aggregate)),
                "use COUNT, SUM, AVG, MIN, MAX, COUNT(DISTINCT …) or APPROX_DISTINCT",
            )),
        }
    }

    fn count(&self, arg: &Expr, aggregate: &AggregateFunction) -> Result<(Call, Wanted), Missing> {
        let arg = look_through(arg, Loss::Identity, self.schema);
        let never_null = match arg {
            Expr::Literal(literal, _) => !literal.is_null(),
            Expr::Column(column) => {
                self.translator.is_event_time(column) || self.translator.level_of(column).is_some()
            }
            _ => false,
        };
        if never_null {
            return Ok((self.row_count(), Wanted::default()));
        }
        match self.count_column(arg) {
            Some(state) => Ok((self.merging(Function::Count, arg, vec![state]), Wanted::default())),
            None => self.weighed(Function::Count, arg, aggregate),
        }
    }

    fn sum(&self, arg: &Expr, aggregate: &AggregateFunction) -> Result<(Call, Wanted), Missing> {
        let arg = look_through(arg, Loss::Rounding, self.schema);
        match self.sum_column(arg) {
            Some(state) => Ok((self.merging(Function::Sum, arg, vec![state]), Wanted::default())),
            None => self.weighed(Function::Sum, arg, aggregate),
        }
    }

    fn average(&self, arg: &Expr, aggregate: &AggregateFunction) -> Result<(Call, Wanted), Missing> {
        let arg = look_through(arg, Loss::Average, self.schema);
        match (self.sum_column(arg), self.count_column(arg)) {
            (Some(sum), Some(count)) => {
                Ok((self.merging(Function::Avg, arg, vec![sum, count]), Wanted::default()))
            }
            _ => self.weighed(Function::Avg, arg, aggregate),
        }
    }

    fn approximate_distinct(
        &self,
        arg: &Expr,
        aggregate: &AggregateFunction,
    ) -> Result<(Call, Wanted), Missing> {
        let inner = look_through(arg, Loss::Identity, self.schema);
        let found = self.measure(inner, |function| matches!(function, Function::ApproxCountDistinct { .. }));
        match found.or_else(|| self.measure(inner, |function| function == Function::CountDistinct)) {
            Some(measure) => Ok((self.merging_measure(measure), Wanted::default())),
            None => self.dimensions_or(Function::ApproxCountDistinct { lg_k: 12 }, aggregate),
        }
    }

    /// From the measure of `function` over `arg`, else by the function itself over dimensions,
    /// where it does not matter how often a value occurs.
    fn native_or(
        &self,
        function: Function,
        loss: Loss,
        arg: &Expr,
        aggregate: &AggregateFunction,
    ) -> Result<(Call, Wanted), Missing> {
        let inner = look_through(arg, loss, self.schema);
        match self.measure(inner, |kept| kept == function) {
            Some(measure) => Ok((self.merging_measure(measure), Wanted::default())),
            None => self.dimensions_or(function, aggregate),
        }
    }

    fn native(&self, aggregate: &AggregateFunction) -> Result<(Call, Wanted), Missing> {
        let mut wanted = Wanted::default();
        let mut args = vec![];
        for arg in &aggregate.params.args {
            let (arg, needed) = self.translator.translate(arg).map_err(|missing| {
                Missing::new(
                    format!("{} can be answered over dimensions only: {}", shown(aggregate), missing.what),
                    missing.cure,
                )
            })?;
            wanted.add(&needed);
            args.push(arg);
        }
        let distinct = aggregate.params.distinct;
        Ok((Call { function: aggregate.func.clone(), args, distinct, filter: None }, wanted))
    }

    /// [`Self::native`], proposing a measure where the argument is no dimension.
    fn dimensions_or(
        &self,
        function: Function,
        aggregate: &AggregateFunction,
    ) -> Result<(Call, Wanted), Missing> {
        self.native(aggregate).map_err(|_| self.lacking(function, aggregate))
    }

    /// From dimensions: each stored row counts as many times as it has messages.
    fn weighed(
        &self,
        function: Function,
        arg: &Expr,
        aggregate: &AggregateFunction,
    ) -> Result<(Call, Wanted), Missing> {
        let (value, wanted) =
            self.translator.translate(arg).map_err(|_| self.lacking(function, aggregate))?;
        let unsupported = |what: &dyn std::fmt::Display| {
            Missing::new(format!("{} is not supported: {what}", shown(aggregate)), "use a numeric argument")
        };
        let n = self.rows_column();
        let occurs = when(value.clone().is_not_null(), n.clone()).otherwise(lit(0i64));
        let occurs = occurs.map_err(|error| unsupported(&error))?;
        if function == Function::Count {
            return Ok((self.merging(function, arg, vec![occurs]), wanted));
        }
        let data_type = data_type(arg, self.schema).map_err(|error| unsupported(&error))?;
        let column_type = summable(&data_type).ok_or_else(|| unsupported(&data_type))?;
        let state = match column_type {
            ColumnType::Double => DataType::Float64,
            ColumnType::Decimal { scale, .. } => DataType::Decimal128(38, scale),
            _ => DataType::Decimal128(38, 0),
        };
        let factor = if state == DataType::Float64 { DataType::Float64 } else { DataType::Decimal128(38, 0) };
        let product =
            BinaryExpr::new(Box::new(cast(value, state)), Operator::Multiply, Box::new(cast(n, factor)));
        let sum = Expr::BinaryExpr(product);
        let states = if function == Function::Avg { vec![sum, occurs] } else { vec![sum] };
        Ok((merging(shown(aggregate), function, Some(column_type), states), wanted))
    }

    fn row_count(&self) -> Call {
        merging("COUNT(*)".into(), Function::Count, None, vec![self.rows_column()])
    }

    /// The state of COUNT(*), which every cube has as its first measure.
    fn rows_column(&self) -> Expr {
        let name = self.translator.cube.spec.measures.first().map_or("", |measure| measure.name.as_str());
        self.translator.column(name)
    }

    fn count_column(&self, arg: &Expr) -> Option<Expr> {
        let counted = self.measure(arg, |function| function == Function::Count);
        let states = match counted {
            Some(measure) => measure.state_fields(),
            None => self.measure(arg, |function| function == Function::Avg)?.state_fields(),
        };
        states.last().map(|field| self.translator.column(field.name()))
    }

    fn sum_column(&self, arg: &Expr) -> Option<Expr> {
        let summed = self.measure(arg, |function| function == Function::Sum);
        let measure = summed.or_else(|| self.measure(arg, |function| function == Function::Avg))?;
        measure.state_fields().first().map(|field| self.translator.column(field.name()))
    }

    /// A measure over exactly the column `arg`.
    fn measure(&self, arg: &Expr, function: impl Fn(Function) -> bool) -> Option<&Measure> {
        let column = self.model_column(arg)?;
        let measures = &self.translator.cube.spec.measures;
        measures.iter().find(|measure| {
            function(measure.function) && measure.input.is_some_and(|input| input.column == column)
        })
    }

    fn model_column(&self, arg: &Expr) -> Option<usize> {
        match arg {
            Expr::Column(column) if self.translator.owns(column) => {
                self.translator.cube.model.column(&column.name).map(|(index, _)| index)
            }
            _ => None,
        }
    }

    fn merging_measure(&self, measure: &Measure) -> Call {
        let args = measure.state_fields().iter().map(|field| self.translator.column(field.name())).collect();
        Call { function: merge(measure.clone()), args, distinct: false, filter: None }
    }

    /// Merges states over a column of the model, whichever measures they belong to.
    fn merging(&self, function: Function, arg: &Expr, states: Vec<Expr>) -> Call {
        let column =
            self.model_column(arg).map(|column| self.translator.cube.model.columns[column].column_type);
        merging(arg.to_string(), function, column, states)
    }

    /// That neither a measure nor dimensions answer.
    fn lacking(&self, function: Function, aggregate: &AggregateFunction) -> Missing {
        let spec = &self.translator.cube.spec;
        let loss = if function == Function::Avg { Loss::Average } else { Loss::Identity };
        let arg = aggregate.params.args.first().map(|arg| look_through(arg, loss, self.schema));
        let Some((_, column)) =
            arg.and_then(|arg| self.model_column(arg)).map(|i| (i, &self.translator.cube.model.columns[i]))
        else {
            let columns = column_names(&aggregate.params.args, |column| self.translator.owns(column));
            let not_kept: Vec<_> =
                columns.iter().filter(|name| spec.dimension(name).is_none()).cloned().collect();
            return Missing::new(
                format!(
                    "{} computes with {}, which cube {} does not keep as a dimension",
                    shown(aggregate),
                    not_kept.join(", "),
                    spec.name
                ),
                "aggregate one column alone and compute with the results, or add the columns to its dimensions",
            );
        };
        let known =
            Measure::new("proposed", function, Some(Input { column: 0, column_type: column.column_type }));
        let measure = if known.is_ok() { function } else { Function::ApproxCountDistinct { lg_k: 12 } };
        let short = match measure {
            Function::CountDistinct => "distinct",
            Function::ApproxCountDistinct { .. } => "approx_distinct",
            other => other.name(),
        };
        let estimate = if known.is_ok() { "" } else { " for an estimate by APPROX_DISTINCT" };
        Missing::new(
            format!("{} is not kept in cube {}", shown(aggregate), spec.name),
            format!(
                "add the measure {{ name: {name}_{short}, function: {}, column: {name} }} to it{estimate}, \
                 or {name} to its dimensions",
                measure.name(),
                name = column.name
            ),
        )
    }
}

fn merging(name: String, function: Function, column_type: Option<ColumnType>, states: Vec<Expr>) -> Call {
    // The column's number is not used in merging.
    let input = column_type.map(|column_type| Input { column: 0, column_type });
    let measure = Measure { name, function, input };
    Call { function: merge(measure), args: states, distinct: false, filter: None }
}

fn shown(aggregate: &AggregateFunction) -> String {
    let params = &aggregate.params;
    let args: Vec<_> = params.args.iter().map(|arg| shown_arg(arg).to_string()).collect();
    let distinct = if params.distinct { "DISTINCT " } else { "" };
    format!("{}({distinct}{})", aggregate.func.name().to_ascii_uppercase(), args.join(", "))
}

/// Without the casts around it, which the statement need not have written.
fn shown_arg(arg: &Expr) -> String {
    match arg {
        Expr::Cast(Cast { expr, .. }) => shown_arg(expr),
        Expr::Column(column) => column.name.clone(),
        other => other.to_string(),
    }
}

fn cast(expr: Expr, data_type: DataType) -> Expr {
    Expr::Cast(Cast::new(Box::new(expr), data_type))
}

fn data_type(expr: &Expr, schema: &DFSchema) -> datafusion::error::Result<DataType> {
    use datafusion::logical_expr::ExprSchemable;
    expr.get_type(schema)
}

/// The type of which exact or floating sums are made.
fn summable(data_type: &DataType) -> Option<ColumnType> {
    Some(match data_type {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => ColumnType::BigInt,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
            ColumnType::Decimal { precision: 20, scale: 0 }
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => ColumnType::Double,
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale) => {
            ColumnType::Decimal { precision: *precision, scale: *scale }
        }
        _ => return None,
    })
}

/// What a cast may lose without changing what an aggregate answers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Loss {
    /// Nothing: equal values stay equal and different ones different.
    Identity,
    /// Different values may become equal, but none changes places with another.
    Order,
    /// The last digits of a sum, which is then more exact than asked for.
    Rounding,
    /// As much as makes no other type of average.
    Average,
}

/// `expr` without casts that matter to no aggregate of this kind.
fn look_through<'a>(expr: &'a Expr, loss: Loss, schema: &DFSchema) -> &'a Expr {
    if let Expr::Cast(Cast { expr: inner, field }) = expr
        && let Ok(from) = data_type(inner, schema)
        && may_drop_cast(loss, &from, field.data_type())
    {
        return look_through(inner, loss, schema);
    }
    expr
}

fn may_drop_cast(loss: Loss, from: &DataType, to: &DataType) -> bool {
    use DataType::*;
    let to_double = matches!((from, to), (Int32 | Int64 | Float32 | Decimal128(..), Float64));
    match loss {
        Loss::Identity => keeps_identity(from, to),
        Loss::Order | Loss::Rounding => keeps_identity(from, to) || to_double,
        Loss::Average => match (from, to) {
            (Decimal128(_, scale), Decimal128(_, wider)) => scale == wider && keeps_identity(from, to),
            (Int32 | Int64 | Float32, Float64) | (Int32, Int64) => true,
            _ => from == to,
        },
    }
}

/// Whether no two values become one, and none is refused.
fn keeps_identity(from: &DataType, to: &DataType) -> bool {
    use DataType::*;
    let fits =
        |digits: u8, precision: u8, scale: i8| i16::from(precision) - i16::from(scale) >= i16::from(digits);
    match (from, to) {
        (a, b) if a == b => true,
        (Int32, Int64 | Float64) | (Float32, Float64) => true,
        (Utf8, LargeUtf8 | Utf8View) => true,
        (Date32, Date64 | Timestamp(..)) => true,
        (Timestamp(..), Timestamp(..)) => holds_micros(from) && holds_micros(to),
        (Int32, Decimal128(precision, scale)) => fits(10, *precision, *scale),
        (Int64, Decimal128(precision, scale)) => fits(19, *precision, *scale),
        (Decimal128(p, s), Decimal128(precision, scale)) => {
            scale >= s && i16::from(*precision) - i16::from(*scale) >= i16::from(*p) - i16::from(*s)
        }
        _ => false,
    }
}
