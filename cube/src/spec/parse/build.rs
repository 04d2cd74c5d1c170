//! What stands under `cube.build` and `cube.storage`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::offsets::PartitionId;
use crate::spec::{BuildSpec, Compression, FirstStart, RejectedLimit};
use crate::{Error, Result};

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBuild {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<RawStart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_messages_per_segment: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rejected: Option<RawRejected>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_building_segments: Option<usize>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "build.start is earliest, latest, { offsets: { 0: 100 } } or { timestamp: 2026-01-01T00:00:00Z }"
)]
enum RawStart {
    Name(String),
    Offsets(RawOffsets),
    Timestamp(RawTimestamp),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOffsets {
    #[serde(deserialize_with = "crate::offsets::by_partition")]
    offsets: BTreeMap<PartitionId, i64>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTimestamp {
    /// RFC 3339, or milliseconds since the epoch.
    timestamp: RawInstant,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, expecting = "timestamp is RFC 3339 or milliseconds since the epoch")]
enum RawInstant {
    Millis(i64),
    Text(String),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRejected {
    max_percent: f64,
    max_messages: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStorage {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compression: Option<String>,
}

impl RawBuild {
    pub(super) fn check(self, at: &str) -> Result<BuildSpec> {
        if self.max_messages_per_segment == Some(0) {
            return Err(Error::invalid(format!(
                "{at}: build.max_messages_per_segment is 0; use 1 or more, or leave it out"
            )));
        }
        if let Some(number) = self.max_building_segments.filter(|number| !(1..=1000).contains(number)) {
            return Err(Error::invalid(format!(
                "{at}: build.max_building_segments {number} is not accepted: use 1 to 1000"
            )));
        }
        let rejected = match self.rejected {
            None => RejectedLimit::default(),
            Some(RawRejected { max_percent, max_messages }) if (0.0..=100.0).contains(&max_percent) => {
                RejectedLimit { max_percent, max_messages }
            }
            Some(RawRejected { max_percent, .. }) => {
                return Err(Error::invalid(format!(
                    "{at}: build.rejected.max_percent {max_percent} is not accepted: use 0 to 100"
                )));
            }
        };
        Ok(BuildSpec {
            start: self.start.map_or(Ok(FirstStart::Earliest), |start| start.check(at))?,
            max_messages_per_segment: self.max_messages_per_segment,
            rejected,
            max_building_segments: self.max_building_segments,
        })
    }

    pub(super) fn of(build: &BuildSpec) -> Self {
        Self {
            start: Some(match &build.start {
                FirstStart::Earliest => RawStart::Name("earliest".into()),
                FirstStart::Latest => RawStart::Name("latest".into()),
                FirstStart::Offsets(offsets) => RawStart::Offsets(RawOffsets { offsets: offsets.clone() }),
                FirstStart::Timestamp(millis) => {
                    RawStart::Timestamp(RawTimestamp { timestamp: RawInstant::Millis(*millis) })
                }
            }),
            max_messages_per_segment: build.max_messages_per_segment,
            rejected: Some(RawRejected {
                max_percent: build.rejected.max_percent,
                max_messages: build.rejected.max_messages,
            }),
            max_building_segments: build.max_building_segments,
        }
    }
}

impl RawStart {
    fn check(self, at: &str) -> Result<FirstStart> {
        match self {
            Self::Name(name) if name == "earliest" => Ok(FirstStart::Earliest),
            Self::Name(name) if name == "latest" => Ok(FirstStart::Latest),
            Self::Name(name) => Err(Error::invalid(format!(
                "{at}: build.start {name:?} is not known: use earliest, latest, {{ offsets: {{ 0: 100 }} }} or \
                 {{ timestamp: 2026-01-01T00:00:00Z }}"
            ))),
            Self::Offsets(RawOffsets { offsets }) => {
                match offsets.iter().find(|(partition, offset)| **partition < 0 || **offset < 0) {
                    None => Ok(FirstStart::Offsets(offsets)),
                    Some((partition, offset)) => Err(Error::invalid(format!(
                        "{at}: build.start.offsets: partition {partition}, offset {offset}: neither may be negative"
                    ))),
                }
            }
            Self::Timestamp(RawTimestamp { timestamp: RawInstant::Millis(millis) }) => {
                Ok(FirstStart::Timestamp(millis))
            }
            Self::Timestamp(RawTimestamp { timestamp: RawInstant::Text(text) }) => {
                chrono::DateTime::parse_from_rfc3339(&text)
                    .map(|time| FirstStart::Timestamp(time.timestamp_millis()))
                    .map_err(|error| {
                        Error::invalid(format!(
                            "{at}: build.start.timestamp {text:?}: {error}; use RFC 3339 or milliseconds since the epoch"
                        ))
                    })
            }
        }
    }
}

impl RawStorage {
    pub(super) fn check(self, at: &str) -> Result<Compression> {
        let text = self.compression.unwrap_or_else(|| "zstd".into());
        let (name, level) =
            text.split_once(':').map_or((text.as_str(), None), |(name, level)| (name, Some(level)));
        match (name, level.map(str::parse::<i32>)) {
            ("none", None) => Ok(Compression::None),
            ("lz4", None) => Ok(Compression::Lz4),
            ("zstd", None) => Ok(Compression::Zstd(1)),
            ("zstd", Some(Ok(level @ 1..=22))) => Ok(Compression::Zstd(level)),
            _ => Err(Error::invalid(format!(
                "{at}: storage.compression {text:?} is not known: use none, lz4, zstd or zstd:LEVEL (1 to 22)"
            ))),
        }
    }

    pub(super) fn of(compression: Compression) -> Self {
        Self {
            compression: Some(match compression {
                Compression::None => "none".into(),
                Compression::Lz4 => "lz4".into(),
                Compression::Zstd(level) => format!("zstd:{level}"),
            }),
        }
    }
}
