//! A table in the shape of `GET /tables`, and its topic in those of `GET /streaming`.

use std::collections::BTreeMap;

use ::cube::spec::{EventTimeFormat, ModelSpec};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::type_name;
use super::{VERSION, table_name};

/// Kylin's number for a table over Kafka that is built by offsets.
const STREAMING: u32 = 1;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Table {
    uuid: String,
    last_modified: i64,
    version: &'static str,
    name: String,
    database: &'static str,
    columns: Vec<TableColumn>,
    /// 1: built by the offsets of a topic.
    source_type: u32,
    table_type: Option<&'static str>,
    exd: BTreeMap<String, String>,
    cardinality: BTreeMap<String, u64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct TableColumn {
    id: String,
    name: String,
    datatype: String,
    /// Where a nested field stands in the message, such as `user|id`.
    comment: Option<String>,
}

impl From<&ModelSpec> for Table {
    fn from(model: &ModelSpec) -> Self {
        let fields = model.columns.iter().map(|column| {
            let nested = column.path.len() > 1;
            (column.name.clone(), type_name(column.column_type), nested.then(|| column.path.join("|")))
        });
        let levels = ::cube::time::TimeLevel::ALL.map(|level| {
            let date = level.data_type() == arrow::datatypes::DataType::Date32;
            (level.column().to_owned(), if date { "date" } else { "timestamp" }.to_owned(), None)
        });
        let columns = fields.chain(levels).enumerate().map(|(i, (name, datatype, comment))| TableColumn {
            id: (i + 1).to_string(),
            name: name.to_ascii_uppercase(),
            datatype,
            comment,
        });
        Self {
            uuid: uuid::Uuid::from_u64_pair(1, super::digest(&model.table)).to_string(),
            last_modified: 0,
            version: VERSION,
            name: model.table.to_ascii_uppercase(),
            database: "DEFAULT",
            columns: columns.collect(),
            source_type: STREAMING,
            table_type: None,
            exd: BTreeMap::new(),
            cardinality: BTreeMap::new(),
        }
    }
}

/// What kind of source a table has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StreamingConfig {
    uuid: String,
    last_modified: i64,
    version: &'static str,
    name: String,
    r#type: &'static str,
}

impl From<&ModelSpec> for StreamingConfig {
    fn from(model: &ModelSpec) -> Self {
        Self {
            uuid: uuid::Uuid::from_u64_pair(2, super::digest(&model.table)).to_string(),
            last_modified: 0,
            version: VERSION,
            name: table_name(&model.table),
            r#type: "kafka",
        }
    }
}

/// The topic of a table.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KafkaConfig {
    uuid: String,
    last_modified: i64,
    version: &'static str,
    name: String,
    topic: String,
    timeout: u32,
    #[serde(rename = "parserName")]
    parser_name: &'static str,
    #[serde(rename = "parserProperties")]
    parser_properties: String,
    #[serde(rename = "timestampField")]
    timestamp_field: String,
    margin: u32,
    #[serde(rename = "splitRows")]
    split_rows: u32,
    clusters: Vec<Cluster>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Cluster {
    brokers: Vec<Broker>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Broker {
    id: usize,
    host: String,
    port: u16,
}

impl From<&ModelSpec> for KafkaConfig {
    fn from(model: &ModelSpec) -> Self {
        let brokers = model.brokers.split(',').enumerate().filter_map(|(id, broker)| {
            let (host, port) = broker.trim().rsplit_once(':')?;
            Some(Broker { id, host: host.to_owned(), port: port.parse().ok()? })
        });
        let column = &model.event_time_column().name;
        let parser = match model.event_time.format {
            EventTimeFormat::Rfc3339 | EventTimeFormat::Pattern { .. } => "DateTimeParser",
            _ => "DefaultTimeParser",
        };
        Self {
            uuid: uuid::Uuid::from_u64_pair(3, super::digest(&model.table)).to_string(),
            last_modified: 0,
            version: VERSION,
            name: table_name(&model.table),
            topic: model.topic.clone(),
            timeout: 60_000,
            parser_name: "org.apache.kylin.source.kafka.TimedJsonStreamParser",
            parser_properties: format!("tsColName={column};tsParser=org.apache.kylin.source.kafka.{parser}"),
            timestamp_field: column.clone(),
            margin: 0,
            split_rows: 1_000_000,
            clusters: vec![Cluster { brokers: brokers.collect() }],
        }
    }
}
