//! Cubes as Kylin's own scripts define and read them.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::kit::{Kit, SPEC};

fn streaming() -> String {
    let table = json!({ "name": "DEFAULT.STREAM", "columns": [
        { "id": "1", "name": "order_time", "datatype": "timestamp" },
        { "id": "2", "name": "country", "datatype": "varchar(256)" },
        { "id": "3", "name": "amount", "datatype": "decimal(19,4)" },
    ]});
    let kafka = json!({ "name": "DEFAULT.STREAM", "topic": "stream",
        "parserProperties": "tsColName=order_time", "clusters": [{ "brokers": [{ "id": 0, "host": "127.0.0.1", "port": 1 }] }] });
    let config = json!({ "name": "DEFAULT.STREAM", "type": "kafka" });
    json!({ "project": "default", "tableData": table.to_string(), "streamingConfig": config.to_string(),
            "kafkaConfig": kafka.to_string() })
    .to_string()
}

fn model() -> String {
    let desc = json!({ "name": "stream_model", "fact_table": "DEFAULT.STREAM", "lookups": [] });
    json!({ "modelDescData": desc.to_string(), "project": "default" }).to_string()
}

fn cube() -> String {
    let dimension = |name: &str| json!({ "name": name, "table": "STREAM", "column": name });
    let desc = json!({
        "name": "stream_cube", "model_name": "stream_model",
        "dimensions": [dimension("COUNTRY"), dimension("HOUR_START")],
        "measures": [{ "name": "_COUNT_", "function": { "expression": "COUNT",
            "parameter": { "type": "constant", "value": "1" }, "returntype": "bigint" } }],
        "aggregation_groups": [{ "includes": ["COUNTRY", "HOUR_START"], "select_rule": {} }],
    });
    json!({ "cubeDescData": desc.to_string(), "cubeName": "stream_cube", "project": "default" }).to_string()
}

async fn post(kit: &Kit, path: &str, body: &str) -> Value {
    let reply = kit.call("POST", path, body).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text);
    assert_eq!(reply.json["successful"], true, "{}", reply.text);
    reply.json
}

#[tokio::test]
async fn kylins_three_steps_make_a_cube() {
    let kit = Kit::new().await;
    let early = kit.call("POST", "/kylin/api/models", &model()).await;
    assert_eq!(early.status, StatusCode::NOT_FOUND);
    assert!(early.exception().contains("POST /kylin/api/streaming"), "{}", early.text);
    post(&kit, "/kylin/api/streaming", &streaming()).await;
    post(&kit, "/kylin/api/streaming", &streaming()).await;
    post(&kit, "/kylin/api/models", &model()).await;
    let made = post(&kit, "/kylin/api/cubes", &cube()).await;
    assert_eq!(made["cubeName"], "stream_cube");

    let desc = kit.call("GET", "/kylin/api/cube_desc/stream_cube/desc", "").await.json;
    assert_eq!(desc["model_name"], "stream_model");
    assert_eq!(
        desc["dimensions"][0],
        json!({ "name": "COUNTRY", "table": "STREAM", "column": "COUNTRY", "derived": null })
    );
    let tables = kit.call("GET", "/kylin/api/tables?project=default&ext=true", "").await.json;
    assert_eq!((&tables[0]["name"], &tables[0]["source_type"]), (&json!("STREAM"), &json!(1)));
    let config = kit.call("GET", "/kylin/api/streaming/getConfig?table=DEFAULT.STREAM", "").await.json;
    assert_eq!((&config[0]["name"], &config[0]["type"]), (&json!("DEFAULT.STREAM"), &json!("kafka")));
    let kafka = kit.call("GET", "/kylin/api/streaming/getKfkConfig?kafkaConfigName=DEFAULT.STREAM", "").await;
    assert_eq!(kafka.json[0]["clusters"][0]["brokers"][0]["host"], "127.0.0.1");
    // A model stands on it now.
    let late = kit.call("PUT", "/kylin/api/streaming", &streaming()).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text);
}

#[tokio::test]
async fn kylinpys_four_sources_agree() {
    let kit = Kit::new().await;
    kit.call("POST", "/kylin/api/cubes", SPEC).await;
    let desc = kit.call("GET", "/kylin/api/cube_desc/orders_cube/desc", "").await.json;
    let list = kit.call("GET", "/kylin/api/cube_desc/orders_cube", "").await.json;
    assert_eq!(list, json!([desc]));
    let models = kit.call("GET", "/kylin/api/models?projectName=default&pageOffset=0", "").await.json;
    assert_eq!(models[0]["name"], desc["model_name"]);
    assert_eq!(models[0]["fact_table"], "DEFAULT.ORDERS");
    assert_eq!(models[0]["lookups"], json!([]));
    assert_eq!(desc["dimensions"][0]["table"], "ORDERS");
    assert_eq!(desc["measures"][1]["function"]["parameter"]["value"], "AMOUNT");
    assert_eq!(kit.call("GET", "/kylin/api/model/ORDERS", "").await.json["name"], "orders");
    for path in ["/kylin/api/cube_desc/none", "/kylin/api/cube_desc/none/desc", "/kylin/api/model/none"] {
        assert_eq!(kit.call("GET", path, "").await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_model_goes_only_when_no_cube_uses_it() {
    let kit = Kit::new().await;
    kit.call("POST", "/kylin/api/cubes", SPEC).await;
    let used = kit.call("DELETE", "/kylin/api/models/orders", "").await;
    assert_eq!(used.status, StatusCode::CONFLICT);
    assert!(used.exception().contains("orders_cube"), "{}", used.text);
    kit.call("DELETE", "/kylin/api/cubes/orders_cube", "").await;
    assert_eq!(kit.call("DELETE", "/kylin/api/models/orders", "").await.status, StatusCode::OK);
    assert_eq!(kit.call("GET", "/kylin/api/models", "").await.json, json!([]));
}

#[tokio::test]
async fn a_cube_is_cloned_and_purged() {
    let kit = Kit::new().await;
    kit.call("POST", "/kylin/api/cubes", SPEC).await;
    let clone = |name: &str| json!({ "cubeName": name, "project": "default" }).to_string();
    let made = kit.call("PUT", "/kylin/api/cubes/orders_cube/clone", &clone("copy")).await;
    assert_eq!((made.status, &made.json["name"]), (StatusCode::OK, &json!("copy")), "{}", made.text);
    assert_eq!(made.json["model"], "orders");
    let again = kit.call("PUT", "/kylin/api/cubes/orders_cube/clone", &clone("copy")).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let purged = kit.call("PUT", "/kylin/api/cubes/orders_cube/purge", "").await;
    assert_eq!((purged.status, &purged.json["segments"]), (StatusCode::OK, &json!([])), "{}", purged.text);
}
