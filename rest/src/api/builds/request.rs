//! The body of `build2`: Kylin's scalars, which are sums over partitions, and the maps that say
//! what is meant.

use std::collections::BTreeMap;

use cube::offsets::PartitionId;
use ingest::engine::BuildRequest;
use ingest::plan::RangeRequest;
use serde::Deserialize;
use serde_json::{Number, Value};
use utoipa::ToSchema;

use crate::http::{ApiError, Body};

/// Kylin's request, with `maxMessages` of ours. Other keys, such as `force`, are read over.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = BuildRequest)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RawBuild {
    /// 0: after the last segment; else the sum of the map of starts.
    #[schema(value_type = Option<i64>, example = 0)]
    source_offset_start: Option<Value>,
    /// 9223372036854775807: to the tip; else the sum of the map of ends.
    #[schema(value_type = Option<i64>, example = 9223372036854775807i64)]
    source_offset_end: Option<Value>,
    /// The first offset of each partition.
    #[schema(value_type = BTreeMap<String, i64>)]
    source_partition_offset_start: BTreeMap<String, Value>,
    /// The first offset of each partition that is not read.
    #[schema(value_type = BTreeMap<String, i64>)]
    source_partition_offset_end: BTreeMap<String, Value>,
    /// BUILD.
    #[schema(example = "BUILD")]
    build_type: Option<String>,
    /// Offsets in the segment at most.
    max_messages: Option<u64>,
    /// Higher runs first; Kylin 3 calls it `priorityOffset`.
    #[serde(alias = "priorityOffset")]
    priority: Option<i32>,
}

/// JavaScript cannot write `2^63 - 1`: from here on every number means "to the tip".
const TIP: i64 = i64::MAX - 1023;

/// # Errors
/// 400, naming the key, its value, and what would be accepted. An empty body is a build to the tip.
pub(super) fn parse(body: &Body) -> Result<BuildRequest, ApiError> {
    let raw: RawBuild = body.json_or_default()?;
    match raw.build_type.as_deref().unwrap_or("BUILD") {
        "BUILD" => {}
        merge @ ("MERGE" | "REFRESH") => {
            return Err(ApiError::invalid(format!("buildType {merge} is not available yet; only BUILD is")));
        }
        other => return Err(ApiError::invalid(format!("buildType {other:?} is not known; use BUILD"))),
    }
    let start = offsets("sourcePartitionOffsetStart", &raw.source_partition_offset_start)?;
    let end = offsets("sourcePartitionOffsetEnd", &raw.source_partition_offset_end)?;
    let start_sum = scalar("sourceOffsetStart", raw.source_offset_start.as_ref())?
        .unwrap_or_else(|| sum(&start).unwrap_or(0));
    let end_sum = scalar("sourceOffsetEnd", raw.source_offset_end.as_ref())?
        .unwrap_or_else(|| sum(&end).unwrap_or(TIP));
    if start_sum >= TIP {
        return Err(ApiError::invalid(
            "sourceOffsetStart is beyond every offset; 0 means after the last segment",
        ));
    }
    check_sum("sourceOffsetStart", start_sum, "sourcePartitionOffsetStart", &start, start_sum == 0)?;
    check_sum("sourceOffsetEnd", end_sum, "sourcePartitionOffsetEnd", &end, end_sum >= TIP)?;
    if !start.is_empty() && end_sum < TIP && start_sum >= end_sum {
        return Err(ApiError::invalid(format!(
            "sourceOffsetStart {start_sum} is not below sourceOffsetEnd {end_sum}; the end is the first offset not read"
        )));
    }
    let given = |map: BTreeMap<PartitionId, i64>| (!map.is_empty()).then_some(map);
    Ok(BuildRequest {
        range: RangeRequest { start: given(start), end: given(end) },
        max_messages: raw.max_messages,
        priority: raw.priority.unwrap_or(0),
    })
}

/// The scalar must be the sum of its map; without a map it must be the one that needs none.
fn check_sum(
    scalar: &str,
    value: i64,
    map: &str,
    offsets: &BTreeMap<PartitionId, i64>,
    needs_no_map: bool,
) -> Result<(), ApiError> {
    match sum(offsets) {
        Some(sum) if sum == value => Ok(()),
        Some(sum) => {
            Err(ApiError::invalid(format!("{scalar} is {value}, but the offsets in {map} add up to {sum}")))
        }
        None if needs_no_map => Ok(()),
        None => Err(ApiError::invalid(format!(
            "{scalar} is {value}, which needs {map} with an offset for each partition, such as {{\"0\":100,\"1\":250}}"
        ))),
    }
}

/// `None` without partitions.
fn sum(offsets: &BTreeMap<PartitionId, i64>) -> Option<i64> {
    // Each is below TIP; more partitions than fit saturate, and then equal no honest scalar.
    (!offsets.is_empty()).then(|| offsets.values().fold(0, |sum: i64, offset| sum.saturating_add(*offset)))
}

fn offsets(name: &str, raw: &BTreeMap<String, Value>) -> Result<BTreeMap<PartitionId, i64>, ApiError> {
    raw.iter()
        .map(|(partition, offset)| {
            let key = partition.parse().ok().filter(|partition: &PartitionId| *partition >= 0);
            let key = key.ok_or_else(|| {
                ApiError::invalid(format!("{name}: {partition:?} is not a partition's number, such as \"0\""))
            })?;
            let at = format!("{name}[{partition:?}]");
            match scalar(&at, Some(offset))? {
                Some(offset) if offset < TIP => Ok((key, offset)),
                _ => Err(ApiError::invalid(format!(
                    "{at} must be an offset; the constant for the tip has no map"
                ))),
            }
        })
        .collect()
}

/// A number or a string of digits; all tips become [`TIP`].
fn scalar(name: &str, value: Option<&Value>) -> Result<Option<i64>, ApiError> {
    let number = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => whole(number),
        Some(Value::String(text)) => text.trim().parse::<Number>().ok().as_ref().and_then(whole),
        Some(_) => None,
    };
    match (number, value) {
        (Some(number), _) if number >= 0 => Ok(Some(number.min(TIP))),
        (_, Some(value)) => Err(ApiError::invalid(format!("{name} is {value}; use a whole number from 0"))),
        (_, None) => Ok(None),
    }
}

fn whole(number: &Number) -> Option<i64> {
    if let Some(integer) = number.as_i64() {
        return Some(integer);
    }
    if number.as_u64().is_some() {
        return Some(TIP);
    }
    // 2^53: up to here a float holds every whole number exactly.
    let float = number.as_f64()?;
    if float >= TIP as f64 {
        return Some(TIP);
    }
    (float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0).then_some(float as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(body: &str) -> Result<BuildRequest, String> {
        parse(&Body::from(body)).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn every_spelling_of_the_tip_is_the_tip() {
        let tips = [
            "9223372036854775807",
            "9223372036854774784",
            "9223372036854775808",
            "9223372036854776000",
            "9.223372036854775807e18",
            "9.223372036854776E18",
            "\"9223372036854775807\"",
            "\"9.223372036854776E18\"",
        ];
        for tip in tips {
            let body = format!(r#"{{"sourceOffsetStart":0,"sourceOffsetEnd":{tip},"buildType":"BUILD"}}"#);
            assert_eq!(parsed(&body).unwrap().range, RangeRequest::default(), "{tip}");
        }
        assert_eq!(parsed("").unwrap().range, RangeRequest::default());
        assert_eq!(parsed("{}").unwrap().range, RangeRequest::default());
    }

    #[test]
    fn just_below_the_tip_is_an_offset_that_needs_its_map() {
        let refusal = parsed(r#"{"sourceOffsetStart":0,"sourceOffsetEnd":9223372036854774783}"#).unwrap_err();
        assert!(refusal.contains("needs sourcePartitionOffsetEnd"), "{refusal}");
    }

    #[test]
    fn explicit_offsets_come_as_maps_whose_sums_are_the_scalars() {
        let body = r#"{"sourceOffsetStart":350,"sourceOffsetEnd":"550","sourcePartitionOffsetStart":{"0":100,"1":250},
                       "sourcePartitionOffsetEnd":{"0":200,"1":350.0},"force":false}"#;
        let range = parsed(body).unwrap().range;
        assert_eq!(range.start, Some(BTreeMap::from([(0, 100), (1, 250)])));
        assert_eq!(range.end, Some(BTreeMap::from([(0, 200), (1, 350)])));
    }

    #[test]
    fn a_start_at_zero_with_its_map_is_explicit_and_one_end_may_stay_open() {
        let range = parsed(r#"{"sourceOffsetStart":0,"sourcePartitionOffsetStart":{"0":0}}"#).unwrap().range;
        assert_eq!(range, RangeRequest { start: Some(BTreeMap::from([(0, 0)])), end: None });
        let range = parsed(r#"{"sourcePartitionOffsetEnd":{"0":10}}"#).unwrap().range;
        assert_eq!(range, RangeRequest { start: None, end: Some(BTreeMap::from([(0, 10)])) });
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            (r#"{"sourceOffsetStart":-1}"#, "use a whole number from 0"),
            (r#"{"sourceOffsetStart":1.5}"#, "use a whole number from 0"),
            (r#"{"sourceOffsetStart":"ten"}"#, "use a whole number from 0"),
            (r#"{"sourceOffsetStart":10}"#, "needs sourcePartitionOffsetStart"),
            (r#"{"sourceOffsetStart":9223372036854775807}"#, "beyond every offset"),
            (r#"{"sourceOffsetStart":10,"sourcePartitionOffsetStart":{"0":11}}"#, "add up to 11"),
            (
                r#"{"sourceOffsetEnd":9223372036854775807,"sourcePartitionOffsetEnd":{"0":11}}"#,
                "add up to 11",
            ),
            (r#"{"sourcePartitionOffsetStart":{"a":11}}"#, "partition's number"),
            (r#"{"sourcePartitionOffsetStart":{"-1":11}}"#, "partition's number"),
            (r#"{"sourcePartitionOffsetEnd":{"0":9223372036854775807}}"#, "has no map"),
            (r#"{"sourcePartitionOffsetStart":{"0":5},"sourcePartitionOffsetEnd":{"0":5}}"#, "is not below"),
            (r#"{"buildType":"MERGE"}"#, "not available yet"),
            (r#"{"buildType":"REFRESH"}"#, "not available yet"),
            (r#"{"buildType":"PAINT"}"#, "use BUILD"),
            ("[]", "not the JSON"),
            ("{", "not the JSON"),
        ];
        for (body, expected) in cases {
            let refusal = parsed(body).unwrap_err();
            assert!(refusal.contains(expected), "{body}: {refusal}");
        }
        let deep = "[".repeat(1000);
        assert!(parsed(&format!(r#"{{"force":{deep}"#)).unwrap_err().contains("not the JSON"));
    }
}
