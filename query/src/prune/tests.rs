use datafusion::logical_expr::{col, lit};

use super::*;
use crate::tests::{ready_segment, segment, timeline};

const DAY: i64 = 86_400_000_000;

fn day(days: i32) -> Expr {
    lit(ScalarValue::Date32(Some(days)))
}

fn time(micros: i64) -> Expr {
    lit(ScalarValue::TimestampMicrosecond(Some(micros), None))
}

fn range(filters: &[Expr]) -> Option<(i64, i64)> {
    time_range(filters).map(|range| (range.min, range.max))
}

#[test]
fn a_level_stands_for_its_whole_bucket() {
    let days = [col("day_start").gt_eq(day(10)), col("day_start").lt_eq(day(11))];
    assert_eq!(range(&days), Some((10 * DAY, 12 * DAY - 1)));
    assert_eq!(range(&[col("day_start").eq(day(10))]), Some((10 * DAY, 11 * DAY - 1)));
    // 1970-02-01 is day 31; the month has 28 days.
    assert_eq!(range(&[col("month_start").eq(day(31))]), Some((31 * DAY, 59 * DAY - 1)));
    assert_eq!(range(&[col("month_start").lt(day(31))]), Some((i64::MIN, 31 * DAY - 1)));
    assert_eq!(range(&[col("hour_start").gt(time(5))]), Some((6, i64::MAX)));
}

#[test]
fn the_literal_may_stand_left_and_the_column_in_a_cast() {
    assert_eq!(range(&[day(10).lt_eq(col("day_start"))]), Some((10 * DAY, i64::MAX)));
    let cast = Expr::Cast(Cast::new(
        Box::new(col("day_start")),
        DataType::Timestamp(datafusion::arrow::datatypes::TimeUnit::Nanosecond, None),
    ));
    assert_eq!(range(&[cast.eq(time(10 * DAY))]), Some((10 * DAY, 11 * DAY - 1)));
}

#[test]
fn or_spans_both_sides_and_what_is_unknown_limits_nothing() {
    let either = col("day_start").eq(day(3)).or(col("day_start").eq(day(9)));
    assert_eq!(range(&[either]), Some((3 * DAY, 10 * DAY - 1)));
    let half_known = col("day_start").eq(day(3)).or(col("carrier").eq(lit("AA")));
    assert_eq!(range(&[half_known]), Some((i64::MIN, i64::MAX)));
    let list = col("day_start").in_list(vec![day(4), day(2)], false);
    assert_eq!(range(&[list]), Some((2 * DAY, 5 * DAY - 1)));
    assert_eq!(range(&[col("day_start").in_list(vec![day(4)], true)]), Some((i64::MIN, i64::MAX)));
    assert_eq!(range(&[col("day_start").not_eq(day(4))]), Some((i64::MIN, i64::MAX)));
}

#[test]
fn contradictions_touch_nothing() {
    assert_eq!(range(&[col("day_start").gt(day(9)), col("day_start").lt(day(5))]), None);
    assert_eq!(range(&[lit(false)]), None);
    // A bucket that begins within the day is none.
    assert_eq!(range(&[col("day_start").eq(time(5))]), Some((5, DAY - 1)));
}

#[test]
fn segments_are_kept_by_the_minutes_they_hold_and_building_ones_are_counted() {
    let timeline = timeline(vec![
        segment(0, 10, Some(ready_segment(&[DAY, 20 * DAY], &[]))),
        segment(10, 20, Some(ready_segment(&[5 * DAY], &[]))),
        segment(20, 30, Some(ready_segment(&[], &[]))),
        segment(30, 40, None),
    ]);
    let all = prune(&timeline, Some(TimeRange::ALL));
    assert_eq!((all.touched.len(), all.untouched, all.building), (2, 1, 1));
    let fifth = prune(&timeline, Some(TimeRange { min: 5 * DAY, max: 6 * DAY }));
    assert_eq!((fifth.touched.len(), fifth.touched[0].0.offsets.name()), (1, "10_20".to_owned()));
    assert_eq!(prune(&timeline, None).touched.len(), 0);
}
