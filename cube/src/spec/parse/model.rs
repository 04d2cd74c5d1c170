//! What stands under `model`: the topic, and how its messages become a table.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::identifier;
use crate::id::ModelName;
use crate::spec::{
    ClientProperties, Column, ColumnType, EventTime, EventTimeFormat, MessageFormat, ModelSpec,
};
use crate::time::TimeLevel;
use crate::{Error, Result};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawModel {
    name: String,
    table: RawTable,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    name: String,
    topic: String,
    brokers: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<String, String>,
    #[serde(default = "json_format")]
    format: String,
    columns: Vec<RawColumn>,
    event_time: RawEventTime,
}

fn json_format() -> String {
    "json".into()
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawColumn {
    name: String,
    r#type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<RawPath>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, expecting = "path is keys separated by dots, such as user.id, or a list of keys")]
enum RawPath {
    /// Keys separated by dots.
    Dotted(String),
    /// For keys that hold dots themselves.
    Keys(Vec<String>),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEventTime {
    column: String,
    format: RawTimeFormat,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "event_time.format is epoch_s, epoch_ms, epoch_us, rfc3339 or \
                 { pattern: \"%Y-%m-%d %H:%M:%S\", zone: Europe/Berlin }"
)]
enum RawTimeFormat {
    Name(String),
    Pattern(RawPattern),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPattern {
    pattern: String,
    #[serde(default = "utc")]
    zone: String,
}

fn utc() -> String {
    "UTC".into()
}

impl RawModel {
    pub(super) fn check(self) -> Result<ModelSpec> {
        let name = ModelName::new(self.name).map_err(|error| error.context("model.name"))?;
        let table = self.table;
        let at = |field: &str| format!("model {name}: table.{field}");
        let table_name = identifier(&table.name, &at("name"))?;
        if table.topic.is_empty() || table.topic.len() > 249 {
            return Err(Error::invalid(format!(
                "{} {:?}: a topic's name has 1 to 249 characters",
                at("topic"),
                table.topic
            )));
        }
        check_brokers(&table.brokers).map_err(|error| error.context(at("brokers")))?;
        if table.format != "json" {
            return Err(Error::invalid(format!(
                "{} {:?} is not known: use json",
                at("format"),
                table.format
            )));
        }
        let columns = check_columns(table.columns, &at("columns"))?;
        let event_time = table.event_time.check(&columns, &at("event_time"))?;
        let properties = ClientProperties::try_from(table.properties)
            .map_err(|error| error.context(format!("model {name}")))?;
        Ok(ModelSpec {
            name,
            table: table_name,
            topic: table.topic,
            brokers: table.brokers,
            properties,
            format: MessageFormat::Json,
            columns,
            event_time,
        })
    }

    pub(super) fn of(model: &ModelSpec) -> Self {
        let columns = model
            .columns
            .iter()
            .map(|column| RawColumn {
                name: column.name.clone(),
                r#type: column.column_type.to_string(),
                path: Some(RawPath::Keys(column.path.clone())),
            })
            .collect();
        Self {
            name: model.name.to_string(),
            table: RawTable {
                name: model.table.clone(),
                topic: model.topic.clone(),
                brokers: model.brokers.clone(),
                properties: model.properties.clone().into(),
                format: json_format(),
                columns,
                event_time: RawEventTime {
                    column: model.event_time_column().name.clone(),
                    format: RawTimeFormat::of(&model.event_time.format),
                },
            },
        }
    }
}

fn check_brokers(brokers: &str) -> Result<()> {
    let ok = |broker: &str| {
        let broker = broker.trim();
        broker
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0))
    };
    if brokers.split(',').all(ok) {
        return Ok(());
    }
    Err(Error::invalid(format!("{brokers:?} is not accepted: use HOST:PORT, several separated by commas")))
}

fn check_columns(raw: Vec<RawColumn>, at: &str) -> Result<Vec<Column>> {
    let mut names = HashSet::new();
    let mut columns: Vec<Column> = vec![];
    for column in raw {
        let name = identifier(&column.name, &format!("{at}: name"))?;
        if TimeLevel::of_column(&name).is_some() {
            return Err(Error::invalid(format!(
                "{at}: {name} is the name of an event-time level, which every table has; name the column otherwise"
            )));
        }
        if !names.insert(name.clone()) {
            return Err(Error::invalid(format!("{at}: {name} is named twice (names ignore case)")));
        }
        let column_type: ColumnType =
            column.r#type.parse().map_err(|error: Error| error.context(format!("{at}: {name}")))?;
        let path = match column.path {
            None => vec![column.name],
            Some(RawPath::Dotted(path)) => path.split('.').map(str::to_owned).collect(),
            Some(RawPath::Keys(keys)) => keys,
        };
        if path.is_empty() || path.len() > 32 || path.iter().any(String::is_empty) {
            return Err(Error::invalid(format!(
                "{at}: {name}: path {path:?} is not accepted: use 1 to 32 keys, none empty, such as user.id"
            )));
        }
        if let Some(other) = columns.iter().find(|other| overlapping_paths(&other.path, &path)) {
            return Err(Error::invalid(format!(
                "{at}: {name} reads {path:?} and {} reads {:?}: one place cannot be both a value and an object, \
                 or fill two columns",
                other.name, other.path
            )));
        }
        columns.push(Column { name, column_type, path });
    }
    if columns.is_empty() || columns.len() > 1000 {
        return Err(Error::invalid(format!("{at}: has {} columns; use 1 to 1000", columns.len())));
    }
    Ok(columns)
}

fn overlapping_paths(a: &[String], b: &[String]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

impl RawEventTime {
    fn check(self, columns: &[Column], at: &str) -> Result<EventTime> {
        let names: Vec<_> = columns
            .iter()
            .filter(|c| c.column_type == ColumnType::Timestamp)
            .map(|c| c.name.as_str())
            .collect();
        let column = columns
            .iter()
            .position(|column| {
                column.name.eq_ignore_ascii_case(&self.column) && column.column_type == ColumnType::Timestamp
            })
            .ok_or_else(|| {
                Error::invalid(format!(
                    "{at}.column {:?} is not a column of type timestamp; there are: {}",
                    self.column,
                    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
                ))
            })?;
        Ok(EventTime { column, format: self.format.check(&format!("{at}.format"))? })
    }
}

impl RawTimeFormat {
    fn check(self, at: &str) -> Result<EventTimeFormat> {
        match self {
            Self::Name(name) => match name.as_str() {
                "epoch_s" => Ok(EventTimeFormat::EpochSeconds),
                "epoch_ms" => Ok(EventTimeFormat::EpochMillis),
                "epoch_us" => Ok(EventTimeFormat::EpochMicros),
                "rfc3339" => Ok(EventTimeFormat::Rfc3339),
                _ => Err(Error::invalid(format!(
                    "{at} {name:?} is not known: use epoch_s, epoch_ms, epoch_us, rfc3339 or \
                     {{ pattern: \"%Y-%m-%d %H:%M:%S\", zone: Europe/Berlin }}"
                ))),
            },
            Self::Pattern(RawPattern { pattern, zone }) => {
                let zone = zone.parse().map_err(|_| {
                    Error::invalid(format!(
                        "{at}.zone {zone:?} is not a time zone of the tz database, such as Europe/Berlin"
                    ))
                })?;
                let wrong = chrono::format::StrftimeItems::new(&pattern)
                    .any(|item| item == chrono::format::Item::Error);
                if wrong || pattern.is_empty() {
                    return Err(Error::invalid(format!(
                        "{at}.pattern {pattern:?} is not a strftime pattern such as %Y-%m-%d %H:%M:%S"
                    )));
                }
                Ok(EventTimeFormat::Pattern { pattern, zone })
            }
        }
    }

    fn of(format: &EventTimeFormat) -> Self {
        match format {
            EventTimeFormat::EpochSeconds => Self::Name("epoch_s".into()),
            EventTimeFormat::EpochMillis => Self::Name("epoch_ms".into()),
            EventTimeFormat::EpochMicros => Self::Name("epoch_us".into()),
            EventTimeFormat::Rfc3339 => Self::Name("rfc3339".into()),
            EventTimeFormat::Pattern { pattern, zone } => {
                Self::Pattern(RawPattern { pattern: pattern.clone(), zone: zone.to_string() })
            }
        }
    }
}
