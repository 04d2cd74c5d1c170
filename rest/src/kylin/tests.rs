use ::cube::spec::SpecFile;
use serde_json::json;

use super::*;

fn streaming() -> StreamingRequest {
    let table = json!({ "name": "DEFAULT.KYLIN_STREAMING_TABLE", "columns": [
        { "id": "1", "name": "amount", "datatype": "decimal" },
        { "id": "2", "name": "order_time", "datatype": "timestamp" },
        { "id": "3", "name": "user_id", "datatype": "varchar(256)", "comment": "user|id" },
        { "id": "4", "name": "country", "datatype": "varchar(256)" },
        { "id": "5", "name": "minute_start", "datatype": "timestamp" },
        { "id": "6", "name": "hour_start", "datatype": "timestamp" },
    ]});
    let kafka = json!({ "name": "DEFAULT.KYLIN_STREAMING_TABLE", "topic": "kylin_streaming_topic", "timeout": 60000,
        "parserName": "org.apache.kylin.source.kafka.TimedJsonStreamParser",
        "parserProperties": "tsColName=order_time;tsParser=org.apache.kylin.source.kafka.DefaultTimeParser",
        "clusters": [{ "brokers": [{ "id": 0, "host": "sandbox", "port": 6667 }, { "id": 1, "host": "b", "port": "9092" }] }] });
    StreamingRequest {
        table_data: Some(table.to_string()),
        kafka_config: Some(kafka.to_string()),
        streaming_config: Some(
            json!({ "name": "DEFAULT.KYLIN_STREAMING_TABLE", "type": "kafka" }).to_string(),
        ),
        ..Default::default()
    }
}

fn cube_desc() -> serde_json::Value {
    json!({
        "name": "streaming_cube", "model_name": "streaming_model", "engine_type": 2, "storage_type": 2,
        "dimensions": [
            { "name": "COUNTRY", "table": "KYLIN_STREAMING_TABLE", "column": "COUNTRY", "derived": null },
            { "name": "MINUTE_START", "table": "KYLIN_STREAMING_TABLE", "column": "MINUTE_START", "derived": null },
            { "name": "HOUR_START", "table": "KYLIN_STREAMING_TABLE", "column": "HOUR_START" },
        ],
        "measures": [
            { "name": "_COUNT_", "function": { "expression": "COUNT", "parameter": { "type": "constant", "value": "1" }, "returntype": "bigint" } },
            { "name": "AMOUNT_SUM", "function": { "expression": "SUM", "parameter": { "type": "column", "value": "KYLIN_STREAMING_TABLE.AMOUNT", "next_parameter": null }, "returntype": "decimal(19,4)" } },
            { "name": "USERS", "function": { "expression": "COUNT_DISTINCT", "parameter": { "type": "column", "value": "USER_ID" }, "returntype": "hllc(12)" } },
        ],
        "aggregation_groups": [{ "includes": ["COUNTRY", "HOUR_START", "MINUTE_START"], "select_rule": {
            "hierarchy_dims": [["HOUR_START", "MINUTE_START"]], "mandatory_dims": [], "joint_dims": [] } }],
    })
}

#[test]
fn kylins_table_model_and_cube_become_a_specification_that_passes_the_checks() {
    let table = streaming().table().unwrap();
    assert_eq!(table.name, "kylin_streaming_table");
    let model = ModelDesc::parse(Some(
        &json!({ "name": "streaming_model", "fact_table": "DEFAULT.KYLIN_STREAMING_TABLE", "lookups": [],
                 "dimensions": [], "metrics": [], "filter_condition": "" })
        .to_string(),
    ))
    .unwrap();
    assert_eq!(model.table(), table.name);
    let file = SpecFile::parse(&model.spec(&table)).unwrap();
    let model = &file.models[0];
    assert_eq!(model.brokers, "sandbox:6667,b:9092");
    assert_eq!(model.column("user_id").unwrap().1.path, ["user", "id"]);
    assert_eq!(model.columns.len(), 4, "the levels are no columns");
    assert_eq!(model.event_time_column().name, "order_time");

    let text = CubeDesc::parse(&cube_desc().to_string()).unwrap().unwrap().spec().unwrap();
    let cubes = SpecFile::parse_with(&text, |_| Some(model.clone())).unwrap().cubes;
    assert_eq!(cubes[0].dimensions.len(), 3);
    let functions: Vec<_> = cubes[0].measures.iter().map(|measure| measure.function.name()).collect();
    assert_eq!(functions, ["count", "sum", "approx_count_distinct"]);
    // Day over hour over minute is what levels are anyway.
    assert_eq!(cubes[0].aggregation_groups[0].includes, 0b111);
}

#[test]
fn a_specification_of_kirin_is_not_taken_for_kylins() {
    assert!(CubeDesc::parse("cube:\n  name: c\n").unwrap().is_none());
    assert!(CubeDesc::parse(r#"{"cube":{"name":"c","model":"m"}}"#).unwrap().is_none());
}

#[test]
fn what_kirin_lacks_is_named() {
    let with = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut desc = cube_desc();
        change(&mut desc);
        CubeDesc::parse(&desc.to_string()).unwrap().unwrap().spec().unwrap_err().message().to_owned()
    };
    let text = with(&|desc| desc["measures"][1]["function"]["expression"] = json!("TOP_N"));
    assert!(text.contains("AMOUNT_SUM") && text.contains("TOP_N"), "{text}");
    let text = with(&|desc| desc["dimensions"][0]["derived"] = json!(["NAME"]));
    assert!(text.contains("derived dimensions"), "{text}");
    let text = with(&|desc| desc["aggregation_groups"][0]["select_rule"]["dim_cap"] = json!(2));
    assert!(text.contains("dim_cap"), "{text}");
    let lookups = json!({ "name": "m", "fact_table": "DEFAULT.T", "lookups": [{ "table": "DEFAULT.L" }] });
    let text = ModelDesc::parse(Some(&lookups.to_string())).unwrap_err().message().to_owned();
    assert!(text.contains("lookup tables are not available yet"), "{text}");
}

#[test]
fn patterns_of_java_are_translated_or_refused() {
    let with = |pattern: &str| {
        let mut request = streaming();
        let kafka = request.kafka_config.as_ref().unwrap().replace(
            "tsParser=org.apache.kylin.source.kafka.DefaultTimeParser",
            &format!("tsParser=org.apache.kylin.source.kafka.DateTimeParser;tsPattern={pattern}"),
        );
        request.kafka_config = Some(kafka);
        request.table()
    };
    let format = |pattern| with(pattern).unwrap().spec["event_time"]["format"]["pattern"].clone();
    assert_eq!(format("yyyy-MM-dd HH:mm:ss"), "%Y-%m-%d %H:%M:%S");
    assert_eq!(format("yyyy-MM-dd'T'HH:mm:ss.SSSZ"), "%Y-%m-%dT%H:%M:%S.%3f%z");
    assert!(with("EEE yyyy").unwrap_err().message().contains("EEE"));
}

#[test]
fn a_description_that_is_missing_or_no_json_is_named() {
    let request = StreamingRequest { kafka_config: Some("{".into()), ..streaming() };
    assert!(request.table().unwrap_err().message().starts_with("kafkaConfig cannot be read"));
    let request = StreamingRequest { table_data: None, ..streaming() };
    assert!(request.table().unwrap_err().message().starts_with("tableData is missing"));
}
