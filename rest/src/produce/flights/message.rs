//! One flight as JSON, in the form that `samples/flights/README.md` describes.

use arrow::array::{Array, Int16Array, StringArray};

use super::Month;
use crate::produce::json::{name, number, plain_string};

/// Appends the message.
pub(super) fn write(month: &Month, row: usize, out: &mut Vec<u8>) {
    out.push(b'{');
    name(out, "scheduled");
    number(out, month.scheduled.value(row));
    text(out, "carrier", &month.carrier, row);
    integer(out, "flight", &month.flight, row);
    text(out, "tailnum", &month.tailnum, row);
    text(out, "origin", &month.origin, row);
    text(out, "dest", &month.dest, row);
    integer(out, "sched_dep_time", &month.sched_dep_time, row);
    integer(out, "dep_time", &month.dep_time, row);
    integer(out, "dep_delay", &month.dep_delay, row);
    integer(out, "sched_arr_time", &month.sched_arr_time, row);
    integer(out, "arr_time", &month.arr_time, row);
    integer(out, "arr_delay", &month.arr_delay, row);
    integer(out, "air_time", &month.air_time, row);
    integer(out, "distance", &month.distance, row);
    name(out, "cancelled");
    out.extend_from_slice(if month.is_cancelled(row) { b"true" } else { b"false" });
    out.push(b'}');
}

fn integer(out: &mut Vec<u8>, field: &str, values: &Int16Array, row: usize) {
    name(out, field);
    if values.is_null(row) {
        out.extend_from_slice(b"null");
    } else {
        number(out, i64::from(values.value(row)));
    }
}

/// Codes of letters and digits, as this file has them, need no escapes.
fn text(out: &mut Vec<u8>, field: &str, values: &StringArray, row: usize) {
    name(out, field);
    if values.is_null(row) {
        out.extend_from_slice(b"null");
    } else {
        plain_string(out, values.value(row));
    }
}
