//! A cube in Kylin's shape.

use ::cube::catalog::CubeInfo;
use ::cube::lattice::Lattice;
use ::cube::timeline::Timeline;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::segment::Segment;
use super::{PROJECT, VERSION, millis};

/// Kylin's keys, and after them ours. Times in milliseconds UTC.
#[derive(Debug, Serialize, ToSchema)]
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
    topic: String,
    /// The event-time column.
    time_column: String,
    /// Partitions of the topic that the cube knows.
    partitions: usize,
    cuboids: usize,
    segments_count: usize,
    building_count: usize,
    holes_count: usize,
    /// Offsets in holes.
    holes_offsets: u64,
    /// Newest event time that is answered; 0 without rows.
    last_event_time: i64,
    last_build_time: i64,
    /// Offsets that no segment holds yet; `null` where the topic did not answer lately.
    lag: Option<u64>,
    /// The specification of the cube, as `POST /cubes` takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    spec: Option<Box<RawValue>>,
    /// The same of its model.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    model_spec: Option<Box<RawValue>>,
}

impl Cube {
    pub(crate) fn new(info: &CubeInfo, timeline: &Timeline) -> Self {
        let segments: Vec<Segment> = timeline.segments.iter().map(Segment::from).collect();
        let ready = || timeline.segments.iter().filter_map(|segment| segment.ready());
        let newest = ready().filter_map(|ready| ready.event_time).map(|range| range.max).max();
        let holes = timeline.holes();
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
            status: if info.enabled && ready().next().is_some() { "READY" } else { "DISABLED" },
            create_time_utc: info.created_at,
            size_kb: segments.iter().map(|segment| segment.size_kb).sum(),
            input_records_count: segments.iter().map(|segment| segment.input_records).sum(),
            input_records_size: 0,
            is_streaming: true,
            enabled: info.enabled,
            topic: info.model.topic.clone(),
            time_column: info.model.event_time_column().name.clone(),
            partitions: timeline.ends().len(),
            cuboids: Lattice::new(&info.spec).map_or(0, |lattice| lattice.len()),
            segments_count: segments.len(),
            building_count: timeline.building().count(),
            holes_count: holes.len(),
            holes_offsets: holes.iter().map(|hole| hole.offsets.len()).sum(),
            last_event_time: newest.map_or(0, millis),
            last_build_time: ready().map(|ready| ready.published_at).max().unwrap_or(0),
            lag: None,
            segments,
            spec: None,
            model_spec: None,
        }
    }

    pub(crate) fn with_lag(mut self, lag: Option<u64>) -> Self {
        self.lag = lag;
        self
    }

    /// Without its segments, which may be thousands.
    pub(crate) fn without_segments(mut self) -> Self {
        self.segments.clear();
        self
    }

    /// With the specifications, which are long.
    pub(crate) fn with_spec(mut self, info: &CubeInfo) -> Self {
        self.spec = RawValue::from_string(info.spec.to_json(&info.model)).ok();
        self.model_spec = RawValue::from_string(info.model.to_json()).ok();
        self
    }
}
