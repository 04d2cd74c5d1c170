//! Kylin's own descriptions of streaming tables, models and cubes, read into Kirin's
//! specifications, so that scripts which define cubes for Kylin define them here.
//!
//! The result goes through the same checks as a specification of Kirin. What Kylin has and Kirin
//! has not is refused by name; keys that only say how Kylin stores things (`rowkey`,
//! `hbase_mapping`, `engine_type`, `auto_merge_time_ranges`, …) are read over.

mod cube;
mod model;
mod table;

use serde::de::DeserializeOwned;

use crate::http::ApiError;

pub(crate) use cube::CubeDesc;
pub(crate) use model::ModelDesc;
pub(crate) use table::{StreamingRequest, StreamingTable};

/// A description that came as JSON in a string.
fn read<T: DeserializeOwned>(field: &str, text: Option<&str>) -> Result<T, ApiError> {
    let text = text.filter(|text| !text.trim().is_empty()).ok_or_else(|| {
        ApiError::invalid(format!("{field} is missing; it is a string that holds a JSON object"))
    })?;
    serde_json::from_str(text).map_err(|error| ApiError::invalid(format!("{field} cannot be read: {error}")))
}

/// The last part of `DEFAULT.TABLE` or `TABLE.COLUMN`, in lower case.
pub(crate) fn last_part(name: &str) -> String {
    name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
