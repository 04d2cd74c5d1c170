//! A cube in Kylin's shape.

use ::cube::catalog::CubeInfo;
use ::cube::timeline::Timeline;
use serde::Serialize;
use serde_json::value::RawValue;

use super::segment::Segment;
use super::{PROJECT, VERSION};

/// Kylin's keys, and after them ours. Times in milliseconds UTC.
#[derive(Debug, Serialize)]
pub(crate) struct Cube {
    uuid: String,
    last_modified: i64,
    version: &'static str,
    name: String,
    display_name: String,
    owner: String,
    project: &'static str,
    model: String,
    descriptor: String,
    cost: u32,
    /// READY if queries may use it and have something to read.
    status: &'static str,
    segments: Vec<Segment>,
    create_time_utc: i64,
    size_kb: u64,
    input_records_count: u64,
    input_records_size: u64,
    is_streaming: bool,
    /// Whether queries may use it, with or without segments.
    enabled: bool,
    holes_count: usize,
    /// The specification of the cube, as `POST /cubes` takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    spec: Option<Box<RawValue>>,
    /// The same of its model.
    #[serde(skip_serializing_if = "Option::is_none")]
    model_spec: Option<Box<RawValue>>,
}

impl Cube {
    pub(crate) fn new(info: &CubeInfo, timeline: &Timeline) -> Self {
        let segments: Vec<Segment> = timeline.segments.iter().map(Segment::from).collect();
        let has_rows = timeline.segments.iter().any(|segment| segment.ready().is_some());
        Self {
            uuid: info.id.to_string(),
            last_modified: info.updated_at,
            version: VERSION,
            name: info.spec.name.to_string(),
            display_name: info.spec.name.to_string(),
            owner: info.owner.clone(),
            project: PROJECT,
            model: info.model.name.to_string(),
            descriptor: info.spec.name.to_string(),
            cost: 50,
            status: if info.enabled && has_rows { "READY" } else { "DISABLED" },
            create_time_utc: info.created_at,
            size_kb: segments.iter().map(|segment| segment.size_kb).sum(),
            input_records_count: segments.iter().map(|segment| segment.input_records).sum(),
            input_records_size: 0,
            is_streaming: true,
            enabled: info.enabled,
            holes_count: timeline.holes().len(),
            segments,
            spec: None,
            model_spec: None,
        }
    }

    /// With the specifications, which are long.
    pub(crate) fn with_spec(mut self, info: &CubeInfo) -> Self {
        self.spec = RawValue::from_string(info.spec.to_json(&info.model)).ok();
        self.model_spec = RawValue::from_string(info.model.to_json()).ok();
        self
    }
}
