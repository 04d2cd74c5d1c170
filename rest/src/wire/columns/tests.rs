use std::collections::BTreeMap;

use ::cube::id::{AttemptToken, JobId, SegmentId};
use ::cube::ledger::LedgerTotals;
use ::cube::segment::{ReadySegment, Segment, SegmentState};
use ::cube::spec::SpecFile;
use ::cube::time::MinuteSet;
use ::cube::timeline::Timeline;
use serde_json::{Value, json};

use super::*;

const SPEC: &str = "
model:
  name: m
  table:
    name: orders
    topic: t
    brokers: localhost:9092
    columns:
      - { name: at, type: timestamp }
      - { name: country, type: varchar }
      - { name: amount, type: 'decimal(19,4)' }
      - { name: note, type: varchar }
    event_time: { column: at, format: epoch_ms }
cube: { name: c, model: m, dimensions: [country, day_start], measures: [{ name: s, function: sum, column: amount }] }
";

/// The cube with one segment.
fn snapshot(enabled: bool, ready: bool) -> Arc<CubeSnapshot> {
    let mut file = SpecFile::parse(SPEC).unwrap();
    let spec = file.cubes.remove(0);
    let published = ReadySegment {
        event_time: None,
        event_time_by_partition: BTreeMap::new(),
        minutes: MinuteSet::default(),
        files: vec![],
        cuboids: BTreeMap::new(),
        totals: LedgerTotals::default(),
        published_at: 0,
    };
    let state = match ready {
        true => SegmentState::Ready(Arc::new(published)),
        false => SegmentState::Building { attempt: AttemptToken::fresh() },
    };
    let segment = Segment {
        id: SegmentId::fresh(),
        cube: spec.name.clone(),
        offsets: "0:0..10".parse().unwrap(),
        job: JobId::fresh(),
        created_at: 0,
        state,
    };
    let starts = BTreeMap::from([(0, 0)]);
    let timeline = Timeline { cube: spec.name.clone(), starts, segments: vec![segment], discarded: vec![] };
    Arc::new(CubeSnapshot {
        model: Arc::new(file.models.remove(0)),
        spec: Arc::new(spec),
        timeline: Arc::new(timeline),
        enabled,
    })
}

fn shape(cubes: &[Arc<CubeSnapshot>]) -> Value {
    serde_json::to_value(tables(cubes)).unwrap()
}

#[test]
fn a_column_has_exactly_kylins_keys() {
    let tables = shape(&[snapshot(true, true)]);
    let country = json!({
        "table_NAME": "ORDERS", "table_SCHEM": "DEFAULT", "table_CAT": "defaultCatalog", "column_NAME": "COUNTRY",
        "data_TYPE": 12, "type_NAME": "VARCHAR", "column_SIZE": -1, "buffer_LENGTH": -1, "decimal_DIGITS": 0,
        "num_PREC_RADIX": 10, "nullable": 1, "remarks": null, "column_DEF": null, "sql_DATA_TYPE": -1,
        "sql_DATETIME_SUB": -1, "char_OCTET_LENGTH": -1, "ordinal_POSITION": 2, "is_NULLABLE": "YES",
        "scope_CATLOG": null, "scope_SCHEMA": null, "scope_TABLE": null, "source_DATA_TYPE": -1,
        "is_AUTOINCREMENT": null,
    });
    assert_eq!(tables[0]["columns"][1], country);
    let mut table = tables[0].clone();
    table["columns"] = json!([]);
    let expected = json!({
        "columns": [], "table_NAME": "ORDERS", "table_SCHEM": "DEFAULT", "table_CAT": "defaultCatalog",
        "table_TYPE": "TABLE", "remarks": null, "type_CAT": null, "type_SCHEM": null, "type_NAME": null,
        "self_REFERENCING_COL_NAME": null, "ref_GENERATION": null,
    });
    assert_eq!(table, expected);
}

#[test]
fn only_columns_that_some_cube_can_answer_for_are_listed() {
    let tables = shape(&[snapshot(true, true)]);
    let names: Vec<&str> =
        tables[0]["columns"].as_array().unwrap().iter().map(|c| c["column_NAME"].as_str().unwrap()).collect();
    let expected =
        ["AT", "COUNTRY", "AMOUNT", "DAY_START", "WEEK_START", "MONTH_START", "QUARTER_START", "YEAR_START"];
    assert_eq!(names, expected);
}

#[test]
fn disabled_and_empty_cubes_have_no_table() {
    assert_eq!(shape(&[snapshot(false, true), snapshot(true, false)]), json!([]));
}
