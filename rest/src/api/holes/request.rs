//! The body of `PUT holes`; Kylin's clients send none.

use std::collections::BTreeMap;

use cube::offsets::{OffsetRange, PartitionId, SegmentOffsets};
use ingest::engine::FillRequest;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::{ApiError, Body};

#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = FillRequest)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct RawFill {
    /// By name; all if left out.
    holes: Option<Vec<String>>,
    /// `[first, first after]` by partition.
    #[schema(value_type = Option<BTreeMap<String, Vec<i64>>>, example = json!({"0": [500, 800]}))]
    offsets: Option<BTreeMap<PartitionId, (i64, i64)>>,
    max_offsets_per_segment: Option<u64>,
    dry_run: bool,
}

/// # Errors
/// 400, for keys or values that are not known: a misspelled key would fill more than was meant.
pub(super) fn parse(body: &Body) -> Result<FillRequest, ApiError> {
    let raw: RawFill = body.json_or_default()?;
    if raw.max_offsets_per_segment == Some(0) {
        return Err(ApiError::invalid("maxOffsetsPerSegment is 0; use 1 or more, or leave it out"));
    }
    let range = |(partition, (start, end)): (PartitionId, (i64, i64))| {
        let range = OffsetRange::new(start, end)
            .map_err(|error| error.context(format!("offsets[\"{partition}\"]")))?;
        Ok::<_, ApiError>((partition, range))
    };
    let offsets =
        raw.offsets.map(|map| map.into_iter().map(range).collect::<Result<Vec<_>, _>>()).transpose()?;
    Ok(FillRequest {
        holes: raw.holes,
        offsets: offsets.map(SegmentOffsets::new),
        max_offsets_per_segment: raw.max_offsets_per_segment,
        dry_run: raw.dry_run,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_body_fills_all() {
        for body in ["", "  ", "{}", "null"] {
            let request = parse(&Body::from(body)).unwrap();
            assert!(request.holes.is_none() && request.offsets.is_none() && !request.dry_run);
        }
    }

    #[test]
    fn a_part_of_one_hole_can_be_named() {
        let body = r#"{"holes":["10_20"],"offsets":{"0":[10,15]},"maxOffsetsPerSegment":3,"dryRun":true}"#;
        let request = parse(&Body::from(body)).unwrap();
        assert_eq!(request.holes, Some(vec!["10_20".to_owned()]));
        assert_eq!(request.offsets.unwrap().to_string(), "0:10..15");
        assert_eq!((request.max_offsets_per_segment, request.dry_run), (Some(3), true));
    }

    #[test]
    fn a_misspelled_key_or_a_wrong_range_is_refused() {
        let cases = [
            (r#"{"hole":["10_20"]}"#, "unknown field `hole`"),
            (r#"{"offsets":{"0":[15,10]}}"#, "offsets[\"0\"]"),
            (r#"{"offsets":{"0":[15]}}"#, "not the JSON"),
            (r#"{"maxOffsetsPerSegment":0}"#, "use 1 or more"),
        ];
        for (body, expected) in cases {
            let refusal = parse(&Body::from(body)).unwrap_err();
            assert!(refusal.message().contains(expected), "{body}: {}", refusal.message());
        }
    }
}
