use ::cube::time::TimeRange;
use serde_json::{Value, json};

use super::*;

fn hole() -> CubeHole {
    CubeHole {
        name: "1000_1600".into(),
        offsets: "0:500..800 1:500..800".parse().unwrap(),
        cause: HoleCause::NeverBuilt,
        since: None,
        event_time: TimeRange { min: i64::MIN, max: 1_480_377_600_000_999 },
    }
}

/// The example of Kylin's interface, and our keys.
#[test]
fn a_hole_is_the_golden_one() {
    let expected = json!({
        "uuid": null, "name": "1000_1600", "storage_location_identifier": null, "date_range_start": 0,
        "date_range_end": 0, "source_offset_start": 1000, "source_offset_end": 1600,
        "source_partition_offset_start": { "0": 500, "1": 500 }, "source_partition_offset_end": { "0": 800, "1": 800 },
        "status": null, "size_kb": 0, "input_records": 0, "input_records_size": 0, "last_build_time": 0,
        "last_build_job_id": null, "create_time_utc": 0, "cuboid_shard_nums": {}, "total_shards": 0,
        "blackout_cuboids": [], "binary_signature": null, "dictionaries": null, "snapshots": null,
        "index_path": null, "rowkey_stats": [],
        "reason": "no build has asked for these offsets", "job": null, "since": null, "offsets_count": 600,
        "event_time_min": null, "event_time_max": 1_480_377_600_000i64,
    });
    assert_eq!(serde_json::to_value(Hole::from(&hole())).unwrap(), expected);
}

#[test]
fn a_planned_range_has_the_name_that_its_segment_will_have() {
    let shape: Value = serde_json::to_value(PlannedRange::from(&hole().offsets)).unwrap();
    assert_eq!((&shape["name"], &shape["offsets_count"]), (&json!("1000_1600"), &json!(600)));
    assert_eq!(shape["source_partition_offset_end"], json!({ "0": 800, "1": 800 }));
}
