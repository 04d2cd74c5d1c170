//! A model in Kylin's shape.

use ::cube::spec::{ColumnType, ModelSpec};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{PROJECT, VERSION, table_name};

/// Kylin's keys, and after them ours.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Model {
    uuid: String,
    last_modified: i64,
    version: &'static str,
    name: String,
    owner: &'static str,
    is_draft: bool,
    description: &'static str,
    /// `DEFAULT.` and the table's name.
    fact_table: String,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    lookups: [(); 0],
    dimensions: Vec<Dimensions>,
    metrics: Vec<String>,
    filter_condition: &'static str,
    partition_desc: PartitionDesc,
    capacity: &'static str,
    project: &'static str,
    /// The specification, as `POST /cubes` takes it.
    #[schema(value_type = Option<Object>)]
    spec: Option<Box<RawValue>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Dimensions {
    table: String,
    columns: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct PartitionDesc {
    partition_date_column: String,
    partition_time_column: Option<String>,
    partition_date_start: i64,
    partition_date_format: &'static str,
    partition_type: &'static str,
    partition_condition_builder: &'static str,
}

impl From<&ModelSpec> for Model {
    fn from(model: &ModelSpec) -> Self {
        let table = model.table.to_ascii_uppercase();
        let columns = model.table_schema();
        let metrics = model.columns.iter().filter(|column| column.column_type.is_numeric());
        Self {
            // A name never stands for two models, so it makes the same id everywhere.
            uuid: uuid::Uuid::from_u64_pair(0, super::digest(model.name.as_str())).to_string(),
            last_modified: 0,
            version: VERSION,
            name: model.name.to_string(),
            owner: "ADMIN",
            is_draft: false,
            description: "",
            fact_table: table_name(&model.table),
            lookups: [],
            dimensions: vec![Dimensions {
                table: table.clone(),
                columns: columns.fields().iter().map(|field| field.name().to_ascii_uppercase()).collect(),
            }],
            metrics: metrics.map(|column| format!("{table}.{}", column.name.to_ascii_uppercase())).collect(),
            filter_condition: "",
            partition_desc: PartitionDesc {
                partition_date_column: format!(
                    "{table}.{}",
                    model.event_time_column().name.to_ascii_uppercase()
                ),
                partition_time_column: None,
                partition_date_start: 0,
                partition_date_format: "yyyy-MM-dd HH:mm:ss",
                partition_type: "APPEND",
                partition_condition_builder: "org.apache.kylin.metadata.model.PartitionDesc$DefaultPartitionConditionBuilder",
            },
            capacity: "MEDIUM",
            project: PROJECT,
            spec: RawValue::from_string(model.to_json()).ok(),
        }
    }
}

/// The name of a type as Kylin's descriptions have it.
pub(super) fn type_name(column_type: ColumnType) -> String {
    match column_type {
        ColumnType::Varchar => "varchar(256)".to_owned(),
        other => other.to_string(),
    }
}
