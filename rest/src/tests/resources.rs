use axum::http::StatusCode;
use serde_json::json;

use super::kit::{Kit, SPEC};

const CUBE: &str = "/kylin/api/cubes/orders_cube";

async fn with_cube() -> Kit {
    let kit = Kit::new().await;
    let reply = kit.call("POST", "/kylin/api/cubes", SPEC).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    kit
}

#[tokio::test]
async fn a_cube_is_created_from_our_specification_and_listed_in_kylins_shape() {
    let kit = Kit::new().await;
    let reply = kit.call("POST", "/kylin/api/cubes", SPEC).await;
    assert_eq!(reply.json["successful"], true);
    assert_eq!(reply.json["cubeName"], "orders_cube");
    assert_eq!(reply.json["cubes"], json!(["orders_cube"]));

    let cube = kit.call("GET", CUBE, "").await.json;
    assert_eq!(cube["uuid"], reply.json["uuid"]);
    let kylins = [
        "uuid",
        "last_modified",
        "version",
        "name",
        "owner",
        "descriptor",
        "cost",
        "status",
        "segments",
        "create_time_utc",
        "size_kb",
        "input_records_count",
        "input_records_size",
        "display_name",
        "project",
        "model",
        "is_streaming",
    ];
    for key in kylins {
        assert!(cube.get(key).is_some(), "{key}");
    }
    assert_eq!(
        (&cube["status"], &cube["owner"], &cube["segments"]),
        (&json!("DISABLED"), &json!("ADMIN"), &json!([]))
    );
    assert_eq!(cube["spec"]["cube"]["name"], "orders_cube");
    assert_eq!(cube["model_spec"]["model"]["table"]["topic"], "orders");
}

#[tokio::test]
async fn a_cube_is_created_from_kylins_envelope_too() {
    let kit = Kit::new().await;
    let envelope =
        json!({ "cubeDescData": SPEC, "cubeName": "orders_cube", "project": "p", "streamingCube": "true" });
    let reply = kit.call("POST", "/kylin/api/cubes", &envelope.to_string()).await;
    assert_eq!((reply.status, &reply.json["successful"]), (StatusCode::OK, &json!(true)), "{}", reply.text);
    let again = kit.call("POST", "/kylin/api/cubes", &envelope.to_string()).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let other = json!({ "cubeDescData": SPEC, "cubeName": "sales" });
    let refusal = kit.call("POST", "/kylin/api/cubes", &other.to_string()).await;
    assert_eq!(refusal.status, StatusCode::BAD_REQUEST);
    assert!(refusal.exception().contains("orders_cube"));
}

#[tokio::test]
async fn a_model_whose_messages_no_build_could_decode_is_refused_at_once() {
    let kit = Kit::new().await;
    let spec = SPEC.replace("format: epoch_ms", "format: { pattern: \"%H:%M\" }");
    let refusal = kit.call("POST", "/kylin/api/cubes", &spec).await;
    assert_eq!(refusal.status, StatusCode::BAD_REQUEST, "{}", refusal.text);
    for word in ["model orders", "table.event_time.format", "%H:%M", "%Y-%m-%d"] {
        assert!(refusal.exception().contains(word), "{word}: {}", refusal.text);
    }
    assert_eq!(kit.call("GET", "/kylin/api/cubes", "").await.json, json!([]));
}

#[tokio::test]
async fn cubes_are_filtered_and_paged() {
    let kit = with_cube().await;
    let count = async |query: &str| {
        kit.call("GET", &format!("/kylin/api/cubes?{query}"), "").await.json.as_array().unwrap().len()
    };
    for query in ["", "cubeName=ORDERS", "modelName=orders", "projectName=DEFAULT", "limit=15&offset=0"] {
        assert_eq!(count(query).await, 1, "{query}");
    }
    for query in ["cubeName=other", "modelName=order", "projectName=other", "limit=0", "offset=1"] {
        assert_eq!(count(query).await, 0, "{query}");
    }
    assert_eq!(kit.call("GET", "/kylin/api/cubes?limit=many", "").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_cube_is_disabled_enabled_and_deleted() {
    let kit = with_cube().await;
    assert_eq!(kit.call("PUT", &format!("{CUBE}/disable"), "").await.json["enabled"], false);
    assert_eq!(kit.call("PUT", &format!("{CUBE}/enable"), "").await.json["enabled"], true);
    assert_eq!(kit.call("DELETE", CUBE, "").await.status, StatusCode::OK);
    let gone = kit.call("GET", CUBE, "").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(gone.exception().contains("there is no cube \"orders_cube\""));
    assert_eq!(gone.json["url"], "http://localhost:7070/kylin/api/cubes/orders_cube");
}

#[tokio::test]
async fn errors_have_kylins_keys() {
    let kit = Kit::new().await;
    let reply = kit.call("GET", "/kylin/api/cubes/none", "").await;
    let keys: Vec<&String> = reply.json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["code", "data", "exception", "msg", "stacktrace", "url"]);
    assert_eq!(kit.call("GET", "/kylin/api/nothing", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(kit.call("GET", "/nothing", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(kit.call("DELETE", "/kylin/api/query", "").await.status, StatusCode::METHOD_NOT_ALLOWED);
    let long = format!("{{\"sql\":\"{}\"}}", "x".repeat(1 << 20));
    assert_eq!(kit.call("POST", "/kylin/api/query", &long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn every_sql_error_is_500_with_an_exception_as_kylinpy_expects() {
    let kit = with_cube().await;
    for sql in ["selec 1", "select * from nowhere", "select note from orders", "drop table orders"] {
        let reply = kit.call("POST", "/kylin/api/query", &json!({ "sql": sql }).to_string()).await;
        assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{sql}: {}", reply.text);
        assert!(!reply.exception().is_empty());
    }
    assert_eq!(kit.call("POST", "/kylin/api/query", "select 1").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_query_answers_all_of_kylins_keys() {
    let kit = with_cube().await;
    let body =
        json!({ "sql": "select count(*) as n from orders", "project": "learn_kylin", "acceptPartial": true });
    let reply = kit.call("POST", "/kylin/api/query", &body.to_string()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    assert_eq!(reply.json["results"], json!([["0"]]));
    assert_eq!(reply.json["columnMetas"][0]["columnTypeName"], "BIGINT");
    assert_eq!(reply.json["cube"], "CUBE[name=orders_cube]");
    for key in [
        "affectedRowCount",
        "isException",
        "exceptionMessage",
        "duration",
        "totalScanCount",
        "hitExceptionCache",
        "storageCacheUsed",
        "partial",
        "scanReport",
        "queryId",
    ] {
        assert!(reply.json.get(key).is_some(), "{key}");
    }
}

#[tokio::test]
async fn what_is_not_available_says_so() {
    let kit = with_cube().await;
    for (path, body, expected) in [
        ("build", "{}", "build2"),
        ("rebuild", "{}", "build2"),
        ("build2", r#"{"buildType":"MERGE"}"#, "not available yet"),
        ("rebuild2", r#"{"buildType":"REFRESH"}"#, "not available yet"),
    ] {
        let reply = kit.call("PUT", &format!("{CUBE}/{path}"), body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert!(reply.exception().contains(expected), "{}", reply.text);
    }
    assert_eq!(kit.call("PUT", "/kylin/api/cubes/none/build2", "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_cube_without_segments_has_no_holes_no_jobs_and_no_table() {
    let kit = with_cube().await;
    for path in [
        format!("{CUBE}/holes"),
        "/kylin/api/jobs".into(),
        "/kylin/api/tables_and_columns?project=default".into(),
    ] {
        let reply = kit.call("GET", &path, "").await;
        assert_eq!((reply.status, reply.json), (StatusCode::OK, json!([])), "{path}");
    }
    let filled = kit.call("PUT", &format!("{CUBE}/holes"), "").await;
    assert_eq!((filled.status, filled.json), (StatusCode::OK, json!([])));
    assert_eq!(kit.call("DELETE", &format!("{CUBE}/segs/0_10"), "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        kit.call("GET", &format!("{CUBE}/segments/0_10/ledger"), "").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(kit.call("GET", "/kylin/api/jobs/none", "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_one_project_lists_its_cubes() {
    let kit = with_cube().await;
    let projects = kit.call("GET", "/kylin/api/projects?pageOffset=0&pageSize=10", "").await.json;
    assert_eq!(projects[0]["name"], "default");
    let realization = json!({ "name": "orders_cube", "type": "CUBE", "realization": "CUBE" });
    assert_eq!(projects[0]["realizations"], json!([realization]));
    assert_eq!(projects[0]["tables"], json!(["DEFAULT.ORDERS"]));
}

/// In a runtime of its own: the call to the broker, which nobody waits for any more, ends later
/// than the test.
#[test]
fn metrics_are_text_and_a_topic_that_does_not_answer_is_no_error() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(metrics());
    runtime.shutdown_background();
}

async fn metrics() {
    let kit = with_cube().await;
    let _ = kit.call("POST", "/kylin/api/query", r#"{"sql":"selec"}"#).await;
    let text = kit.call("GET", "/metrics", "").await.text;
    for line in [
        "kirin_queries_total 1",
        "kirin_queries_failed_total 1",
        "kirin_query_seconds_count 1",
        "kirin_builds_finished_total 0",
        "kirin_jobs_running 0",
        "kirin_cube_holes{cube=\"orders_cube\"} 0",
        "kirin_cube_segments{cube=\"orders_cube\",state=\"ready\"} 0",
        "kirin_cube_lag_unknown{cube=\"orders_cube\"} 1",
        "# EOF",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}
