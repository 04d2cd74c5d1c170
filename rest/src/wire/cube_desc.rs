//! What a cube is made of, in the shape of Kylin's CubeDesc.

use std::collections::BTreeMap;

use ::cube::catalog::CubeInfo;
use ::cube::measure::{Function, Measure};
use ::cube::offsets::PartitionId;
use ::cube::spec::{AggregationGroup, CubeSpec, FirstStart, ModelSpec};
use serde::Serialize;
use utoipa::ToSchema;

use super::VERSION;
use super::model::type_name;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CubeDesc {
    uuid: String,
    last_modified: i64,
    version: &'static str,
    name: String,
    is_draft: bool,
    model_name: String,
    description: &'static str,
    null_string: Option<&'static str>,
    dimensions: Vec<DimensionDesc>,
    measures: Vec<MeasureDesc>,
    #[schema(value_type = Vec<Object>)]
    dictionaries: [(); 0],
    rowkey: RowKey,
    signature: Option<&'static str>,
    notify_list: Vec<String>,
    status_need_notify: Vec<String>,
    partition_date_start: i64,
    partition_date_end: i64,
    auto_merge_time_ranges: Vec<i64>,
    retention_range: i64,
    aggregation_groups: Vec<Group>,
    engine_type: u32,
    storage_type: u32,
    override_kylin_properties: BTreeMap<String, String>,
    #[schema(value_type = BTreeMap<String, i64>)]
    partition_offset_start: BTreeMap<PartitionId, i64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct DimensionDesc {
    name: String,
    table: String,
    column: String,
    derived: Option<Vec<String>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MeasureDesc {
    name: String,
    function: FunctionDesc,
    dependent_measure_ref: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct FunctionDesc {
    expression: &'static str,
    parameter: ParameterDesc,
    returntype: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct ParameterDesc {
    r#type: &'static str,
    value: String,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    next_parameter: Option<()>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RowKey {
    rowkey_columns: Vec<RowKeyColumn>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RowKeyColumn {
    column: String,
    encoding: &'static str,
    is_shard_by: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct Group {
    includes: Vec<String>,
    select_rule: SelectRule,
}

#[derive(Debug, Serialize, ToSchema)]
struct SelectRule {
    hierarchy_dims: Vec<Vec<String>>,
    mandatory_dims: Vec<String>,
    joint_dims: Vec<Vec<String>>,
}

impl From<&CubeInfo> for CubeDesc {
    fn from(info: &CubeInfo) -> Self {
        let (spec, model) = (&info.spec, &info.model);
        let table = model.table.to_ascii_uppercase();
        let columns = || spec.dimensions.iter().map(|dimension| dimension.name.to_ascii_uppercase());
        Self {
            uuid: info.id.to_string(),
            last_modified: info.updated_at,
            version: VERSION,
            name: spec.name.to_string(),
            is_draft: false,
            model_name: model.name.to_string(),
            description: "",
            null_string: None,
            dimensions: columns()
                .map(|column| DimensionDesc {
                    name: column.clone(),
                    table: table.clone(),
                    column,
                    derived: None,
                })
                .collect(),
            measures: spec.measures.iter().map(|measure| MeasureDesc::new(measure, model)).collect(),
            dictionaries: [],
            rowkey: RowKey {
                rowkey_columns: columns()
                    .map(|column| RowKeyColumn { column, encoding: "dict", is_shard_by: false })
                    .collect(),
            },
            signature: None,
            notify_list: vec![],
            status_need_notify: vec![],
            partition_date_start: 0,
            partition_date_end: 0,
            auto_merge_time_ranges: vec![],
            retention_range: 0,
            aggregation_groups: spec.aggregation_groups.iter().map(|group| Group::new(group, spec)).collect(),
            engine_type: 2,
            storage_type: 2,
            override_kylin_properties: BTreeMap::new(),
            partition_offset_start: match &spec.build.start {
                FirstStart::Offsets(offsets) => offsets.clone(),
                _ => BTreeMap::new(),
            },
        }
    }
}

impl MeasureDesc {
    fn new(measure: &Measure, model: &ModelSpec) -> Self {
        let column = measure.input.map(|input| &model.columns[input.column]);
        let returntype = match measure.function {
            Function::Count => "bigint".to_owned(),
            Function::CountDistinct => "bitmap".to_owned(),
            Function::ApproxCountDistinct { lg_k } => format!("hllc({lg_k})"),
            _ => column.map_or_else(|| "bigint".to_owned(), |column| type_name(column.column_type)),
        };
        let expression = match measure.function {
            Function::Count => "COUNT",
            Function::Sum => "SUM",
            Function::Avg => "AVG",
            Function::Min => "MIN",
            Function::Max => "MAX",
            Function::CountDistinct | Function::ApproxCountDistinct { .. } => "COUNT_DISTINCT",
        };
        let (kind, value) = match column {
            Some(column) => ("column", column.name.to_ascii_uppercase()),
            None => ("constant", "1".to_owned()),
        };
        Self {
            name: measure.name.to_ascii_uppercase(),
            function: FunctionDesc {
                expression,
                parameter: ParameterDesc { r#type: kind, value, next_parameter: None },
                returntype,
            },
            dependent_measure_ref: None,
        }
    }
}

impl Group {
    fn new(group: &AggregationGroup, spec: &CubeSpec) -> Self {
        let names =
            |mask| -> Vec<String> { spec.names(mask).into_iter().map(str::to_ascii_uppercase).collect() };
        let hierarchy = |list: &Vec<usize>| -> Vec<String> {
            list.iter().map(|&i| spec.dimensions[i].name.to_ascii_uppercase()).collect()
        };
        Self {
            includes: names(group.includes),
            select_rule: SelectRule {
                hierarchy_dims: group.hierarchies.iter().map(hierarchy).collect(),
                mandatory_dims: names(group.mandatory),
                joint_dims: group.joints.iter().map(|&mask| names(mask)).collect(),
            },
        }
    }
}
