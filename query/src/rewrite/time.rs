//! The raw event time, of which a cube keeps only levels.
//!
//! It may be compared with bounds that are borders of a level's buckets, truncated, binned, and
//! taken apart, as long as the cube has a level that determines the result.

use cube::time::{EVENT_TIME_MAX, EVENT_TIME_MIN, TimeLevel, instant};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, Operator, lit};
use datafusion::scalar::ScalarValue;

use super::columns::{Missing, Translator};
use crate::functions::{self, Unit};
use crate::literal::{Instant, holds_micros};
use crate::route::Wanted;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Each follows from all after it.
const COARSEST_FIRST: [TimeLevel; 7] = [
    TimeLevel::Year,
    TimeLevel::Quarter,
    TimeLevel::Month,
    TimeLevel::Day,
    TimeLevel::Hour,
    TimeLevel::Minute15,
    TimeLevel::Minute,
];

/// What `node` is in terms of levels; `None` if it is no use of the event time that is known here.
///
/// # Errors
/// It is one, but the cube has no level for it.
pub(crate) fn replace(
    translator: &Translator,
    node: &Expr,
    wanted: &mut Wanted,
) -> Result<Option<Expr>, Missing> {
    match node {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let comparison = match (event_time(translator, left), event_time(translator, right)) {
                (Some(_), None) => Some((*op, right)),
                (None, Some(_)) => op.swap().map(|op| (op, left)),
                _ => None,
            };
            match comparison {
                Some((op, bound)) => compare(translator, op, bound, node, wanted).map(Some),
                None => Ok(None),
            }
        }
        // Every message has an event time.
        Expr::IsNull(inner) if event_time(translator, inner).is_some() => Ok(Some(lit(false))),
        Expr::IsNotNull(inner) if event_time(translator, inner).is_some() => Ok(Some(lit(true))),
        Expr::Cast(Cast { expr, field }) if *field.data_type() == DataType::Date32 => {
            match event_time(translator, expr) {
                Some(_) => translator.level(TimeLevel::Day, wanted).map(Some),
                None => Ok(None),
            }
        }
        Expr::ScalarFunction(function) => replace_function(translator, function, wanted),
        _ => Ok(None),
    }
}

/// The error for a use of the event time that needs its exact value.
pub(crate) fn needs_a_level(translator: &Translator, used: &str) -> Missing {
    let spec = &translator.cube.spec;
    let event_time = &translator.cube.model.event_time_column().name;
    let levels = spec.names(spec.level_mask());
    let cure = match levels.first() {
        None => format!("add a level such as minute_start to the dimensions of cube {}", spec.name),
        Some(level) => format!(
            "use {}, or date_trunc('hour', {event_time}); as a condition, compare it with a constant, such as \
             {event_time} >= TIMESTAMP '2026-01-01' (levels kept: {})",
            level,
            levels.join(", ")
        ),
    };
    Missing::new(
        format!("{used} needs the exact event time of each message, of which only levels are kept"),
        cure,
    )
}

/// The type of `expr` if it is the event time, or a cast of it that loses nothing.
fn event_time(translator: &Translator, expr: &Expr) -> Option<DataType> {
    match expr {
        Expr::Column(column) if translator.is_event_time(column) => {
            Some(DataType::Timestamp(TimeUnit::Microsecond, None))
        }
        Expr::Cast(Cast { expr, field }) if holds_micros(field.data_type()) => {
            event_time(translator, expr).map(|_| field.data_type().clone())
        }
        _ => None,
    }
}

/// `event time op bound` as a comparison of a level. With `x` on a border of the level's buckets,
/// `time >= x` holds exactly where `bucket start >= x` does, and likewise for `<`.
fn compare(
    translator: &Translator,
    op: Operator,
    bound: &Expr,
    node: &Expr,
    wanted: &mut Wanted,
) -> Result<Expr, Missing> {
    let literal = match bound {
        Expr::Literal(literal, _) => Instant::of(literal),
        _ => None,
    };
    let Some(at) = literal else { return Err(needs_a_level(translator, &node.to_string())) };
    let (op, at) = match op {
        Operator::GtEq => (Operator::GtEq, at.ceil),
        Operator::Gt => (Operator::GtEq, at.floor + 1),
        Operator::Lt => (Operator::Lt, at.ceil),
        Operator::LtEq => (Operator::Lt, at.floor + 1),
        _ => return Err(needs_a_level(translator, &node.to_string())),
    };
    // No event lies beyond, and there the calendar ends.
    let at = at.clamp(EVENT_TIME_MIN, EVENT_TIME_MAX + 1);
    let level = level_with_border(translator, at)?;
    let column = translator.level(level, wanted)?;
    let start = if level.data_type() == DataType::Date32 {
        ScalarValue::Date32(Some(at.div_euclid(MICROS_PER_DAY) as i32))
    } else {
        ScalarValue::TimestampMicrosecond(Some(at), None)
    };
    Ok(Expr::BinaryExpr(BinaryExpr::new(Box::new(column), op, Box::new(Expr::Literal(start, None)))))
}

/// The coarsest level that begins a bucket `at` this instant.
fn level_with_border(translator: &Translator, at: i64) -> Result<TimeLevel, Missing> {
    let spec = &translator.cube.spec;
    let begins = |level: TimeLevel| level.floor(at) == at;
    let weeks = translator.prefer_weeks && begins(TimeLevel::Week);
    let coarsest =
        if weeks { Some(TimeLevel::Week) } else { COARSEST_FIRST.into_iter().find(|&level| begins(level)) };
    let kept = |level: TimeLevel| spec.levels().any(|(_, declared)| declared.refines(level));
    if let Some(level) = coarsest.filter(|&level| kept(level)) {
        return Ok(level);
    }
    let event_time = &translator.cube.model.event_time_column().name;
    let Some(finest) = spec.finest_level() else {
        return Err(needs_a_level(translator, event_time));
    };
    let finer = match coarsest {
        Some(level) => format!(", or add {level} to its dimensions"),
        None => String::new(),
    };
    Err(Missing::new(
        format!(
            "the bound {} of {event_time} lies within a bucket of {finest}, the finest level of cube {}",
            instant(at),
            spec.name
        ),
        format!("move the bound to {} or {}{finer}", instant(finest.floor(at)), instant(finest.next(at))),
    ))
}

/// `date_trunc`, FLOOR to a unit, `date_part` (which EXTRACT is) and `date_bin` of the event time.
/// CEIL does not follow from any level: at the border of a bucket it answers that border, and a
/// moment later the next one.
fn replace_function(
    translator: &Translator,
    function: &ScalarFunction,
    wanted: &mut Wanted,
) -> Result<Option<Expr>, Missing> {
    let name = function.func.name();
    let (Some(first), Some(value)) = (function.args.first(), function.args.get(1)) else { return Ok(None) };
    let Some(data_type) = event_time(translator, value) else { return Ok(None) };
    let refusal = || needs_a_level(translator, &as_written(function, value));
    let level = match name {
        "date_trunc" | "date_part" => unit(first).and_then(|unit| determining_level(&unit)),
        "date_bin" => bin_level(&function.args),
        functions::FLOOR => {
            unit(first).and_then(|unit| unit.parse::<Unit>().ok()).and_then(|unit| unit.level())
        }
        functions::CEIL => None,
        _ => return Ok(None),
    };
    let level = level.ok_or_else(refusal)?;
    let start = bucket_start(translator.level(level, wanted)?, level, &data_type);
    let monday = name == "date_trunc" && unit(first).as_deref() == Some("week");
    if name == functions::FLOOR || name == "date_trunc" && !monday {
        return Ok(Some(start));
    }
    let mut args = function.args.clone();
    args[1] = start;
    Ok(Some(Expr::ScalarFunction(ScalarFunction::new_udf(function.func.clone(), args))))
}

fn as_written(function: &ScalarFunction, value: &Expr) -> String {
    let rounding = match function.func.name() {
        functions::FLOOR => "FLOOR",
        functions::CEIL => "CEIL",
        _ => return Expr::ScalarFunction(function.clone()).to_string(),
    };
    let unit = function.args.first().and_then(unit).unwrap_or_default().to_uppercase();
    format!("{rounding}({value} TO {unit})")
}

/// A level's column in the type that the event time had.
fn bucket_start(column: Expr, level: TimeLevel, data_type: &DataType) -> Expr {
    let cast = |expr: Expr, to: &DataType| Expr::Cast(Cast::new(Box::new(expr), to.clone()));
    let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
    let column = if level.data_type() == micros { column } else { cast(column, &micros) };
    if *data_type == micros { column } else { cast(column, data_type) }
}

fn unit(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Literal(literal, _) => {
            literal.try_as_str().flatten().map(|unit| unit.trim_matches(['\'', '"']).to_ascii_lowercase())
        }
        _ => None,
    }
}

/// The coarsest level from which a unit of `date_trunc` or `date_part` follows. Weeks begin on
/// Monday there, on Sunday in WEEK_START.
fn determining_level(unit: &str) -> Option<TimeLevel> {
    Some(match unit {
        "year" => TimeLevel::Year,
        "quarter" => TimeLevel::Quarter,
        "month" => TimeLevel::Month,
        "week" | "day" | "dow" | "isodow" | "doy" | "isoyear" => TimeLevel::Day,
        "hour" => TimeLevel::Hour,
        "minute" => TimeLevel::Minute,
        _ => return None,
    })
}

/// The coarsest level of which each bucket lies in one bin of `date_bin(stride, time[, origin])`.
fn bin_level(args: &[Expr]) -> Option<TimeLevel> {
    let origin = match args.get(2) {
        None => 0,
        Some(Expr::Literal(literal, _)) => Instant::of(literal).filter(|at| at.floor == at.ceil)?.floor,
        Some(_) => return None,
    };
    let (months, micros) = match args.first()? {
        Expr::Literal(ScalarValue::IntervalMonthDayNano(Some(stride)), _) => {
            let nanos = i128::from(stride.days) * 86_400_000_000_000 + i128::from(stride.nanoseconds);
            (stride.months, (nanos % 1_000 == 0).then_some(nanos / 1_000)?)
        }
        Expr::Literal(ScalarValue::IntervalDayTime(Some(stride)), _) => (
            0,
            i128::from(stride.days) * i128::from(MICROS_PER_DAY) + i128::from(stride.milliseconds) * 1_000,
        ),
        Expr::Literal(ScalarValue::IntervalYearMonth(Some(months)), _) => (*months, 0),
        _ => return None,
    };
    match (months, micros) {
        (1.., 0) => (TimeLevel::Month.floor(origin) == origin).then_some(TimeLevel::Month),
        (0, 1..) => [
            (TimeLevel::Day, MICROS_PER_DAY),
            (TimeLevel::Hour, MICROS_PER_DAY / 24),
            (TimeLevel::Minute15, MICROS_PER_DAY / 96),
            (TimeLevel::Minute, MICROS_PER_DAY / 1440),
        ]
        .into_iter()
        .find(|(_, size)| micros % i128::from(*size) == 0 && origin % size == 0)
        .map(|(level, _)| level),
        _ => None,
    }
}
