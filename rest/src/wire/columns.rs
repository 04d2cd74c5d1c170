//! Tables and columns as JDBC metadata, with exactly Kylin's keys.

use std::sync::Arc;

use ::cube::catalog::CubeSnapshot;
use ::cube::spec::{CubeSpec, ModelSpec};
use ::cube::time::TimeLevel;
use arrow::datatypes::Field;
use serde::Serialize;
use utoipa::ToSchema;

use super::sql_type::sql_type;

const CATALOG: &str = "defaultCatalog";
const SCHEMA: &str = "DEFAULT";

#[derive(Debug, Serialize, ToSchema)]
#[allow(non_snake_case, reason = "the keys are Kylin's")]
pub(crate) struct TableMeta {
    columns: Vec<ColumnMeta>,
    table_NAME: String,
    table_SCHEM: &'static str,
    table_CAT: &'static str,
    table_TYPE: &'static str,
    remarks: Option<&'static str>,
    type_CAT: Option<&'static str>,
    type_SCHEM: Option<&'static str>,
    type_NAME: Option<&'static str>,
    self_REFERENCING_COL_NAME: Option<&'static str>,
    ref_GENERATION: Option<&'static str>,
}

#[derive(Debug, Serialize, ToSchema)]
#[allow(non_snake_case, reason = "the keys are Kylin's")]
struct ColumnMeta {
    table_NAME: String,
    table_SCHEM: &'static str,
    table_CAT: &'static str,
    column_NAME: String,
    data_TYPE: i32,
    type_NAME: &'static str,
    column_SIZE: i32,
    buffer_LENGTH: i32,
    decimal_DIGITS: i32,
    num_PREC_RADIX: i32,
    nullable: i32,
    remarks: Option<&'static str>,
    column_DEF: Option<&'static str>,
    sql_DATA_TYPE: i32,
    sql_DATETIME_SUB: i32,
    char_OCTET_LENGTH: i32,
    ordinal_POSITION: usize,
    is_NULLABLE: &'static str,
    scope_CATLOG: Option<&'static str>,
    scope_SCHEMA: Option<&'static str>,
    scope_TABLE: Option<&'static str>,
    source_DATA_TYPE: i32,
    is_AUTOINCREMENT: Option<&'static str>,
}

/// The tables that some enabled cube with a published segment stands for, each with the columns
/// that such cubes can answer for. Names are in upper case, as Kylin's are; SQL ignores case.
pub(crate) fn tables(cubes: &[Arc<CubeSnapshot>]) -> Vec<TableMeta> {
    let ready: Vec<&CubeSnapshot> = cubes
        .iter()
        .map(Arc::as_ref)
        .filter(|cube| cube.enabled && cube.timeline.segments.iter().any(|segment| segment.ready().is_some()))
        .collect();
    let mut models: Vec<&Arc<ModelSpec>> = ready.iter().map(|cube| &cube.model).collect();
    models.sort_by(|a, b| a.table.cmp(&b.table));
    models.dedup_by(|a, b| a.name == b.name);
    let of = |model: &ModelSpec| -> Vec<&CubeSpec> {
        ready.iter().filter(|cube| cube.model.name == model.name).map(|cube| cube.spec.as_ref()).collect()
    };
    models.into_iter().map(|model| table(model, &of(model))).collect()
}

fn table(model: &ModelSpec, cubes: &[&CubeSpec]) -> TableMeta {
    let name = model.table.to_ascii_uppercase();
    let schema = model.table_schema();
    let columns = schema
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| cubes.iter().any(|cube| knows(cube, model, field.name())))
        .map(|(i, field)| column(&name, i + 1, field))
        .collect();
    TableMeta {
        columns,
        table_NAME: name,
        table_SCHEM: SCHEMA,
        table_CAT: CATALOG,
        table_TYPE: "TABLE",
        remarks: None,
        type_CAT: None,
        type_SCHEM: None,
        type_NAME: None,
        self_REFERENCING_COL_NAME: None,
        ref_GENERATION: None,
    }
}

/// Whether the cube can answer something about the column: it is a dimension or what a measure
/// reads, a level that follows from one of its levels, or the event time behind these.
fn knows(cube: &CubeSpec, model: &ModelSpec, column: &str) -> bool {
    if let Some(level) = TimeLevel::of_column(column) {
        return cube.levels().any(|(_, kept)| kept.refines(level));
    }
    let is_measured =
        |index| cube.measures.iter().any(|measure| measure.input.is_some_and(|input| input.column == index));
    let is_event_time = |index| index == model.event_time.column && cube.finest_level().is_some();
    let index = model.column(column).map(|(index, _)| index);
    cube.dimension(column).is_some() || index.is_some_and(|index| is_measured(index) || is_event_time(index))
}

fn column(table: &str, position: usize, field: &Field) -> ColumnMeta {
    let sql = sql_type(field.data_type());
    let is_decimal = sql.name == "DECIMAL";
    ColumnMeta {
        table_NAME: table.to_owned(),
        table_SCHEM: SCHEMA,
        table_CAT: CATALOG,
        column_NAME: field.name().to_ascii_uppercase(),
        data_TYPE: sql.code,
        type_NAME: sql.name,
        column_SIZE: if is_decimal { sql.precision } else { -1 },
        buffer_LENGTH: -1,
        decimal_DIGITS: sql.scale,
        num_PREC_RADIX: 10,
        nullable: i32::from(field.is_nullable()),
        remarks: None,
        column_DEF: None,
        sql_DATA_TYPE: -1,
        sql_DATETIME_SUB: -1,
        char_OCTET_LENGTH: -1,
        ordinal_POSITION: position,
        is_NULLABLE: if field.is_nullable() { "YES" } else { "NO" },
        scope_CATLOG: None,
        scope_SCHEMA: None,
        scope_TABLE: None,
        source_DATA_TYPE: -1,
        is_AUTOINCREMENT: None,
    }
}

#[cfg(test)]
mod tests;
