//! Which segments a filter can touch. Pure.

use std::sync::Arc;

use cube::segment::{ReadySegment, Segment};
use cube::time::{EVENT_TIME_MAX, EVENT_TIME_MIN, TimeLevel, TimeRange};
use cube::timeline::Timeline;
use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{Between, BinaryExpr, Cast, Expr, Operator};
use datafusion::scalar::ScalarValue;

use crate::literal::{Instant, is_utc};

/// The event times that rows can have which pass all of `filters`; `None`: no row can.
///
/// Reads comparisons of level columns with literals, and knows nothing of anything else, so the
/// range may be wider than the truth, never narrower.
pub(crate) fn time_range(filters: &[Expr]) -> Option<TimeRange> {
    filters.iter().try_fold(TimeRange::ALL, |range, filter| range.intersect(of_expr(filter)?))
}

fn of_expr(expr: &Expr) -> Option<TimeRange> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            of_expr(left)?.intersect(of_expr(right)?)
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            hull([of_expr(left), of_expr(right)].into_iter())
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            match (level(left), instant(right), level(right), instant(left)) {
                (Some(level), Some(instant), ..) => of_comparison(level, *op, instant),
                (.., Some(level), Some(instant)) => op.swap().map(|op| of_comparison(level, op, instant))?,
                _ => Some(TimeRange::ALL),
            }
        }
        Expr::Between(Between { expr, negated: false, low, high }) => {
            match (level(expr), instant(low), instant(high)) {
                (Some(level), Some(low), Some(high)) => of_comparison(level, Operator::GtEq, low)?
                    .intersect(of_comparison(level, Operator::LtEq, high)?),
                _ => Some(TimeRange::ALL),
            }
        }
        Expr::InList(InList { expr, list, negated: false }) => {
            let Some(level) = level(expr) else { return Some(TimeRange::ALL) };
            hull(list.iter().map(|item| match instant(item) {
                Some(instant) => of_comparison(level, Operator::Eq, instant),
                None => Some(TimeRange::ALL),
            }))
        }
        Expr::Literal(ScalarValue::Boolean(Some(false) | None), _) => None,
        _ => Some(TimeRange::ALL),
    }
}

/// `level op instant`, where the level's value is the start of the row's bucket.
fn of_comparison(level: TimeLevel, op: Operator, instant: Instant) -> Option<TimeRange> {
    let bucket_end = |start: i64| level.next(start.clamp(EVENT_TIME_MIN, EVENT_TIME_MAX)) - 1;
    let from = |min: i64| TimeRange { min, ..TimeRange::ALL };
    let to = |max: i64| TimeRange { max, ..TimeRange::ALL };
    match op {
        Operator::GtEq => Some(from(instant.ceil)),
        Operator::Gt => Some(from(instant.floor + 1)),
        Operator::LtEq => Some(to(bucket_end(instant.floor))),
        Operator::Lt => Some(to(bucket_end(instant.ceil - 1))),
        Operator::Eq | Operator::IsNotDistinctFrom => {
            from(instant.ceil).intersect(to(bucket_end(instant.floor)))
        }
        _ => Some(TimeRange::ALL),
    }
}

/// From the first to the last of all; `None` without any.
fn hull(ranges: impl Iterator<Item = Option<TimeRange>>) -> Option<TimeRange> {
    ranges.flatten().reduce(TimeRange::union)
}

/// The level whose bucket start is the value of `expr`.
fn level(expr: &Expr) -> Option<TimeLevel> {
    match expr {
        Expr::Column(column) => TimeLevel::of_column(&column.name),
        // Bucket starts are whole minutes, which every unit of timestamps holds.
        Expr::Cast(Cast { expr, field }) => match field.data_type() {
            DataType::Timestamp(_, zone) if is_utc(zone.as_deref()) => level(expr),
            _ => None,
        },
        _ => None,
    }
}

fn instant(expr: &Expr) -> Option<Instant> {
    match expr {
        Expr::Literal(literal, _) => Instant::of(literal),
        _ => None,
    }
}

/// The published segments of a cube, sorted by whether a time range touches them.
#[derive(Debug, Default)]
pub(crate) struct Pruned<'a> {
    pub(crate) touched: Vec<(&'a Segment, &'a Arc<ReadySegment>)>,
    pub(crate) untouched: usize,
    pub(crate) building: usize,
}

/// Sorts the segments of `timeline`; no range means that no row can match.
pub(crate) fn prune(timeline: &Timeline, range: Option<TimeRange>) -> Pruned<'_> {
    let mut pruned = Pruned { building: timeline.building().count(), ..Pruned::default() };
    for segment in &timeline.segments {
        let Some(ready) = segment.ready() else { continue };
        if range.is_some_and(|range| ready.touches(range)) {
            pruned.touched.push((segment, ready));
        } else {
            pruned.untouched += 1;
        }
    }
    pruned
}

#[cfg(test)]
mod tests;
