use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{Field, TimeUnit};
use serde_json::{Value, json};

use arrow::datatypes::DataType;

use super::*;

fn encoded(columns: Vec<(&str, ArrayRef)>) -> Value {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batches = vec![RecordBatch::try_new(schema.clone(), arrays).unwrap()];
    let answer = Answer { schema, batches, report: ScanReport { complete: true, ..ScanReport::default() } };
    serde_json::from_slice(&encode(&answer, 178, "q".into()).unwrap()).unwrap()
}

#[test]
fn an_answer_is_the_golden_one() {
    let answer = encoded(vec![("C", Arc::new(Int64Array::from(vec![Some(14), None])) as ArrayRef)]);
    let meta = json!({
        "isNullable": 1, "displaySize": 20, "label": "C", "name": "C", "schemaName": null, "catelogName": null,
        "tableName": null, "precision": 19, "scale": 0, "columnType": -5, "columnTypeName": "BIGINT",
        "readOnly": true, "writable": false, "caseSensitive": true, "searchable": false, "currency": false,
        "signed": true, "autoIncrement": false, "definitelyWritable": false,
    });
    let stages = json!({ "parse_ms": 0.0, "plan_ms": 0.0, "optimize_ms": 0.0, "execute_ms": 0.0 });
    let expected = json!({
        "columnMetas": [meta], "results": [["14"], [null]], "cube": "", "affectedRowCount": 0, "isException": false,
        "exceptionMessage": null, "duration": 178, "totalScanCount": 0, "totalScanBytes": 0,
        "hitExceptionCache": false, "storageCacheUsed": false, "partial": false, "pushDown": false, "queryId": "q",
        "scanReport": { "scans": [], "rows_read": 0, "bytes_read": 0, "stages": stages, "complete": true },
    });
    assert_eq!(answer, expected);
}

/// One value and a null of each type, with the type's number, its name, and the text.
#[test]
fn every_cell_is_a_string_in_javas_words() {
    let micros = 1_380_000_000_123_000;
    let decimal =
        Decimal128Array::from(vec![Some(-1_234_500), None]).with_precision_and_scale(19, 4).unwrap();
    let cases: Vec<(ArrayRef, i32, &str, &str)> = vec![
        (Arc::new(BooleanArray::from(vec![Some(true), None])), 16, "BOOLEAN", "true"),
        (Arc::new(Int32Array::from(vec![Some(-7), None])), 4, "INTEGER", "-7"),
        (Arc::new(UInt64Array::from(vec![Some(7), None])), -5, "BIGINT", "7"),
        (Arc::new(Float64Array::from(vec![Some(0.1), None])), 8, "DOUBLE", "0.1"),
        (Arc::new(Float64Array::from(vec![Some(f64::INFINITY), None])), 8, "DOUBLE", "Infinity"),
        (Arc::new(Float32Array::from(vec![Some(0.1), None])), 8, "DOUBLE", "0.1"),
        (Arc::new(decimal), 3, "DECIMAL", "-123.4500"),
        (Arc::new(StringArray::from(vec![Some("a \"b\"\n"), None])), 12, "VARCHAR", "a \"b\"\n"),
        (Arc::new(Date32Array::from(vec![Some(15_706), None])), 91, "DATE", "2013-01-01"),
        (
            Arc::new(TimestampMicrosecondArray::from(vec![Some(micros), None])),
            93,
            "TIMESTAMP",
            "2013-09-24 05:20:00.123",
        ),
        (
            Arc::new(TimestampSecondArray::from(vec![Some(0), None]).with_timezone("UTC")),
            93,
            "TIMESTAMP",
            "1970-01-01 00:00:00",
        ),
    ];
    for (array, code, name, text) in cases {
        let answer = encoded(vec![("c", array)]);
        let meta = &answer["columnMetas"][0];
        assert_eq!((&meta["columnType"], &meta["columnTypeName"]), (&json!(code), &json!(name)));
        assert_eq!(answer["results"], json!([[text], [null]]), "{name}");
    }
    let nanos = DataType::Timestamp(TimeUnit::Nanosecond, None);
    assert_eq!(sql_type(&nanos).precision, 9);
}

#[test]
fn decimals_say_their_precision_and_scale() {
    let decimal = Decimal128Array::from(vec![1]).with_precision_and_scale(19, 4).unwrap();
    let meta = encoded(vec![("d", Arc::new(decimal))])["columnMetas"][0].clone();
    assert_eq!((&meta["precision"], &meta["scale"]), (&json!(19), &json!(4)));
}
