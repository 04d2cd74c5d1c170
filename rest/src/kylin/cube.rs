//! `POST /cubes` with Kylin's `cubeDescData`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{last_part, read};
use crate::http::ApiError;

/// What Kirin reads of Kylin's `cubeDescData`.
#[derive(Debug, Deserialize)]
pub(crate) struct CubeDesc {
    pub(crate) name: String,
    model_name: String,
    #[serde(default)]
    dimensions: Vec<DimensionDesc>,
    #[serde(default)]
    measures: Vec<MeasureDesc>,
    #[serde(default)]
    aggregation_groups: Vec<GroupDesc>,
    #[serde(default)]
    partition_offset_start: BTreeMap<String, i64>,
}

#[derive(Debug, Deserialize)]
struct DimensionDesc {
    name: String,
    column: Option<String>,
    derived: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct MeasureDesc {
    name: String,
    function: FunctionDesc,
}

#[derive(Debug, Deserialize)]
struct FunctionDesc {
    expression: String,
    parameter: Option<ParameterDesc>,
    returntype: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ParameterDesc {
    r#type: String,
    value: String,
    next_parameter: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct GroupDesc {
    includes: Vec<String>,
    #[serde(default)]
    select_rule: SelectRule,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SelectRule {
    hierarchy_dims: Vec<Vec<String>>,
    mandatory_dims: Vec<String>,
    joint_dims: Vec<Vec<String>>,
    dim_cap: Option<u64>,
}

/// Whether `text` is Kylin's description rather than a specification of Kirin.
fn is_kylins(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|json| json.get("model_name").is_some())
}

impl CubeDesc {
    /// `None` if `text` is no description of Kylin's.
    ///
    /// # Errors
    /// 400, naming what cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, ApiError> {
        if is_kylins(text) { read("cubeDescData", Some(text)).map(Some) } else { Ok(None) }
    }

    /// The specification of the cube, JSON.
    ///
    /// # Errors
    /// 400, naming what Kirin has not.
    pub(crate) fn spec(&self) -> Result<String, ApiError> {
        let dimensions = self.dimensions.iter().map(|dimension| self.dimension(dimension));
        let measures = self.measures.iter().map(|measure| self.measure(measure));
        let groups = self.aggregation_groups.iter().map(|group| self.group(group));
        let mut cube = json!({
            "name": self.name,
            "model": self.model_name,
            "dimensions": dimensions.collect::<Result<Vec<_>, _>>()?,
            "measures": measures.collect::<Result<Vec<_>, _>>()?,
            "aggregation_groups": groups.collect::<Result<Vec<_>, _>>()?,
        });
        if !self.partition_offset_start.is_empty() {
            cube["build"] = json!({ "start": { "offsets": self.partition_offset_start } });
        }
        Ok(json!({ "cube": cube }).to_string())
    }

    fn dimension(&self, dimension: &DimensionDesc) -> Result<Value, ApiError> {
        if dimension.derived.as_ref().is_some_and(|derived| !derived.is_null()) {
            return Err(self.lacks(&format!("dimension {}: derived", dimension.name), "derived dimensions"));
        }
        // Kylin 1.x writes `{FK}` for the key of a lookup, which there is none of.
        Ok(json!(last_part(dimension.column.as_ref().unwrap_or(&dimension.name))))
    }

    fn measure(&self, measure: &MeasureDesc) -> Result<Value, ApiError> {
        let function = &measure.function;
        let at = format!("measure {}: function.expression", measure.name);
        let column = match &function.parameter {
            Some(parameter) if parameter.r#type == "column" => Some(last_part(&parameter.value)),
            _ => None,
        };
        let more = function.parameter.as_ref().and_then(|parameter| parameter.next_parameter.as_ref());
        if more.is_some_and(|more| !more.is_null()) {
            return Err(self.lacks(
                &format!("measure {}: next_parameter", measure.name),
                "measures over several columns",
            ));
        }
        let returns = function.returntype.as_deref().unwrap_or_default().to_ascii_lowercase();
        let name = match function.expression.to_ascii_uppercase().as_str() {
            "COUNT" => "count",
            "SUM" => "sum",
            "MIN" => "min",
            "MAX" => "max",
            "AVG" => "avg",
            "COUNT_DISTINCT" if returns.starts_with("bitmap") => "count_distinct",
            "COUNT_DISTINCT" => "approx_count_distinct",
            other => {
                return Err(self.lacks(
                    &format!("{at} {other:?}"),
                    "measures other than COUNT, SUM, MIN, MAX, AVG and COUNT_DISTINCT",
                ));
            }
        };
        let mut spec = Map::from_iter([
            ("name".to_owned(), json!(identifier(&measure.name))),
            ("function".to_owned(), json!(name)),
        ]);
        if let Some(column) = column {
            spec.insert("column".to_owned(), json!(column));
        }
        if let Some(lg_k) = name.eq("approx_count_distinct").then(|| registers(&returns)).flatten() {
            spec.insert("lg_k".to_owned(), json!(lg_k));
        }
        Ok(Value::Object(spec))
    }

    fn group(&self, group: &GroupDesc) -> Result<Value, ApiError> {
        let rule = &group.select_rule;
        if rule.dim_cap.is_some_and(|cap| cap > 0) {
            return Err(
                self.lacks("aggregation_groups: select_rule.dim_cap", "a cap on the dimensions of cuboids")
            );
        }
        let names = |list: &[String]| list.iter().map(|name| last_part(name)).collect::<Vec<_>>();
        let lists = |lists: &[Vec<String>]| lists.iter().map(|list| names(list)).collect::<Vec<_>>();
        Ok(json!({
            "includes": names(&group.includes),
            "mandatory": names(&rule.mandatory_dims),
            "hierarchies": lists(&rule.hierarchy_dims),
            "joints": lists(&rule.joint_dims),
        }))
    }

    fn lacks(&self, at: &str, what: &str) -> ApiError {
        ApiError::invalid(format!(
            "cubeDescData of cube {}: {at}: {what} are not available; leave it out",
            self.name
        ))
    }
}

/// Kylin names measures freely, such as `_COUNT_` or `GMV.SUM`; ours name columns of files.
fn identifier(name: &str) -> String {
    let safe = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    let name: String = safe.collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// `hllc(12)` or `hllc12` has 2^12 registers.
fn registers(returns: &str) -> Option<u8> {
    let digits: String = returns.strip_prefix("hllc")?.chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok()
}
