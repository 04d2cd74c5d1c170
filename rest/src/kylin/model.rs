//! `POST /models`: a model on a streaming table.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{StreamingTable, last_part, read};
use crate::http::ApiError;

/// What Kirin reads of Kylin's `modelDescData`; dimensions and metrics of a model only bound what
/// its cubes may use, which the columns of the table do here.
#[derive(Debug, Deserialize)]
pub(crate) struct ModelDesc {
    pub(crate) name: String,
    pub(crate) fact_table: String,
    #[serde(default)]
    lookups: Vec<Value>,
    filter_condition: Option<String>,
}

impl ModelDesc {
    /// # Errors
    /// 400, naming what Kirin has not.
    pub(crate) fn parse(text: Option<&str>) -> Result<Self, ApiError> {
        let model: Self = read("modelDescData", text)?;
        if !model.lookups.is_empty() {
            return Err(ApiError::invalid(format!(
                "modelDescData.lookups of model {}: lookup tables are not available yet; leave them out",
                model.name
            )));
        }
        if let Some(filter) = model.filter_condition.as_deref().filter(|filter| !filter.trim().is_empty()) {
            return Err(ApiError::invalid(format!(
                "modelDescData.filter_condition {filter:?}: a model's filter is not available yet; leave it out"
            )));
        }
        Ok(model)
    }

    /// The name of the fact table, lower case, without its schema.
    pub(crate) fn table(&self) -> String {
        last_part(&self.fact_table)
    }

    /// The specification of the model, JSON.
    pub(crate) fn spec(&self, table: &StreamingTable) -> String {
        json!({ "model": { "name": self.name, "table": table.spec } }).to_string()
    }
}
