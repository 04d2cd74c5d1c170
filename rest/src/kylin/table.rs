//! `POST /streaming`: a table over a topic.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{last_part, read};
use crate::http::ApiError;

/// Kylin's request, in which the descriptions are strings that hold JSON.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct StreamingRequest {
    #[schema(example = "default")]
    pub(crate) project: Option<String>,
    /// The table: `{"name","columns":[{"id","name","datatype","comment"}]}`. A comment `user|id` is the path
    /// of a nested field.
    pub(crate) table_data: Option<String>,
    /// `{"name","type":"kafka"}`.
    pub(crate) streaming_config: Option<String>,
    /// `{"name","topic","parserProperties":"tsColName=order_time","clusters":[{"brokers":[{"id","host","port"}]}]}`.
    pub(crate) kafka_config: Option<String>,
    pub(crate) successful: bool,
    pub(crate) message: Option<String>,
}

/// A table that models can stand on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StreamingTable {
    /// Lower case, without the schema.
    pub(crate) name: String,
    /// The `table` of a model's specification.
    pub(crate) spec: Value,
}

#[derive(Debug, Deserialize)]
struct TableDesc {
    name: String,
    #[serde(default)]
    columns: Vec<ColumnDesc>,
}

#[derive(Debug, Deserialize)]
struct ColumnDesc {
    name: String,
    datatype: String,
    comment: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KafkaConfig {
    topic: String,
    #[serde(default)]
    parser_properties: String,
    timestamp_field: Option<String>,
    #[serde(default)]
    clusters: Vec<Cluster>,
}

#[derive(Debug, Deserialize)]
struct Cluster {
    #[serde(default)]
    brokers: Vec<Broker>,
}

#[derive(Debug, Deserialize)]
struct Broker {
    host: String,
    port: Value,
}

impl StreamingRequest {
    /// # Errors
    /// 400, naming the description and what is wrong in it.
    pub(crate) fn table(&self) -> Result<StreamingTable, ApiError> {
        let table: TableDesc = read("tableData", self.table_data.as_deref())?;
        let kafka: KafkaConfig = read("kafkaConfig", self.kafka_config.as_deref())?;
        let properties = properties(&kafka.parser_properties)?;
        let event_time = event_time(&kafka, &properties)?;
        // Kylin lists the levels that it derives among the columns; here every table has them.
        let columns = table
            .columns
            .iter()
            .filter(|column| ::cube::time::TimeLevel::of_column(&column.name.to_ascii_lowercase()).is_none());
        let columns: Vec<Value> = columns.map(ColumnDesc::spec).collect();
        let name = last_part(&table.name);
        let spec = json!({
            "name": name,
            "topic": kafka.topic,
            "brokers": brokers(&kafka)?,
            "columns": columns,
            "event_time": event_time,
        });
        Ok(StreamingTable { name, spec })
    }
}

impl ColumnDesc {
    fn spec(&self) -> Value {
        let path = match self.comment.as_deref().filter(|comment| comment.contains('|')) {
            Some(path) => json!(path.split('|').collect::<Vec<_>>()),
            None => json!([self.name.to_ascii_lowercase()]),
        };
        json!({ "name": self.name.to_ascii_lowercase(), "type": self.datatype, "path": path })
    }
}

fn brokers(kafka: &KafkaConfig) -> Result<String, ApiError> {
    let port = |port: &Value| port.as_str().map_or_else(|| port.to_string(), str::to_owned);
    let brokers = kafka.clusters.iter().flat_map(|cluster| &cluster.brokers);
    let brokers: Vec<String> =
        brokers.map(|broker| format!("{}:{}", broker.host, port(&broker.port))).collect();
    if brokers.is_empty() {
        return Err(ApiError::invalid(
            "kafkaConfig.clusters names no broker; give [{\"brokers\":[{\"id\":0,\"host\":\"kafka\",\"port\":9092}]}]",
        ));
    }
    Ok(brokers.join(","))
}

/// `k=v;k=v`, in which a value may hold `=`.
fn properties(text: &str) -> Result<BTreeMap<String, String>, ApiError> {
    let entry = |entry: &str| match entry.split_once('=') {
        Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
        None => Err(ApiError::invalid(format!(
            "kafkaConfig.parserProperties {entry:?} is not accepted: use key=value, several separated by semicolons"
        ))),
    };
    text.split(';').filter(|part| !part.trim().is_empty()).map(entry).collect()
}

fn event_time(kafka: &KafkaConfig, properties: &BTreeMap<String, String>) -> Result<Value, ApiError> {
    let column = properties.get("tsColName").or(kafka.timestamp_field.as_ref());
    let column = column.filter(|name| !name.is_empty()).map_or("timestamp", String::as_str);
    let parser = properties.get("tsParser").map_or("DefaultTimeParser", String::as_str);
    let format = match parser.rsplit('.').next().unwrap_or_default() {
        "DefaultTimeParser" => json!("epoch_ms"),
        "DateTimeParser" => {
            let pattern = properties.get("tsPattern").map_or("yyyy-MM-dd HH:mm:ss", String::as_str);
            json!({ "pattern": strftime(pattern)?, "zone": "UTC" })
        }
        other => {
            return Err(ApiError::invalid(format!(
                "kafkaConfig.parserProperties tsParser {other:?} is not available: use DefaultTimeParser (epoch \
                 milliseconds) or DateTimeParser with tsPattern"
            )));
        }
    };
    Ok(json!({ "column": column.to_ascii_lowercase(), "format": format }))
}

/// Java's pattern letters as `strftime`'s.
fn strftime(pattern: &str) -> Result<String, ApiError> {
    const KNOWN: [(&str, &str); 10] = [
        ("yyyy", "%Y"),
        ("MM", "%m"),
        ("dd", "%d"),
        ("HH", "%H"),
        ("mm", "%M"),
        ("ss", "%S"),
        ("SSS", "%3f"),
        ("XXX", "%:z"),
        ("Z", "%z"),
        ("'T'", "T"),
    ];
    let (mut rest, mut result) = (pattern, String::new());
    while let Some(next) = rest.chars().next() {
        if let Some((java, ours)) = KNOWN.iter().find(|(java, _)| {
            rest.strip_prefix(java)
                .is_some_and(|after| !after.starts_with(java.chars().last().unwrap_or(' ')))
        }) {
            result.push_str(ours);
            rest = &rest[java.len()..];
        } else if next.is_ascii_alphabetic() || next == '\'' {
            return Err(ApiError::invalid(format!(
                "kafkaConfig.parserProperties tsPattern {pattern:?}: {rest:?} is not available: use yyyy MM dd HH mm \
                 ss SSS XXX Z and 'T'"
            )));
        } else {
            if next == '%' {
                result.push('%');
            }
            result.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    Ok(result)
}
