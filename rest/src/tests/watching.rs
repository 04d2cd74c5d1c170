//! Schedules, alerts, pages, and the job list of an empty server.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, ETAG};
use serde_json::json;

use super::kit::{Kit, SPEC};

const SCHEDULE: &str = "/kylin/api/cubes/orders_cube/schedule";

async fn with_cube() -> Kit {
    let kit = Kit::new().await;
    kit.call("POST", "/kylin/api/cubes", SPEC).await;
    kit
}

#[tokio::test]
async fn a_schedule_is_put_paused_resumed_and_deleted() {
    let kit = with_cube().await;
    assert_eq!(kit.call("GET", SCHEDULE, "").await.status, StatusCode::NOT_FOUND);
    let spec = json!({ "cron": "0 3 1 1 *", "time_zone": "Europe/Berlin" }).to_string();
    let put = kit.call("PUT", SCHEDULE, &spec).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.text);
    assert_eq!((&put.json["cube"], &put.json["cron"]), (&json!("orders_cube"), &json!("0 3 1 1 *")));
    assert!(put.json["next_run"].as_i64().unwrap() > 0, "{}", put.text);
    assert!(!put.json["why"].as_str().unwrap().is_empty());
    let paused = kit.call("PUT", &format!("{SCHEDULE}/pause"), "").await.json;
    assert_eq!((&paused["paused"], &paused["next_run"]), (&json!(true), &json!(0)));
    assert_eq!(kit.call("PUT", &format!("{SCHEDULE}/resume"), "").await.json["paused"], false);
    let list = kit.call("GET", "/kylin/api/schedules", "").await.json;
    assert_eq!(list.as_array().map(Vec::len), Some(1));
    assert_eq!(kit.call("DELETE", SCHEDULE, "").await.status, StatusCode::OK);
    assert_eq!(kit.call("GET", "/kylin/api/schedules", "").await.json, json!([]));
}

#[tokio::test]
async fn a_schedule_that_means_nothing_is_refused_by_field() {
    let kit = with_cube().await;
    for (spec, word) in [
        (json!({ "cron": "every day" }), "cron"),
        (json!({ "every": "soon" }), "every"),
        (json!({ "every": "5m", "time_zone": "Mars/Base" }), "time_zone"),
        (json!({}), "every"),
        (json!({ "every": "5m", "evry": "1m" }), "evry"),
    ] {
        let reply = kit.call("PUT", SCHEDULE, &spec.to_string()).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{spec}: {}", reply.text);
        assert!(reply.exception().contains(word), "{spec}: {}", reply.text);
    }
    let reply = kit.call("PUT", "/kylin/api/cubes/none/schedule", r#"{"every":"5m"}"#).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_idle_server_alerts_nobody_and_counts_no_jobs() {
    let kit = with_cube().await;
    assert_eq!(kit.call("GET", "/kylin/api/alerts", "").await.json, json!([]));
    let overview = kit.call("GET", "/kylin/api/jobs/overview", "").await.json;
    assert_eq!((&overview["RUNNING"], overview.as_object().map(|map| map.len())), (&json!(0), Some(7)));
    let jobs = kit.call("GET", "/kylin/api/jobs", "").await;
    assert_eq!(jobs.headers["x-total-count"], "0");
    let cubes = kit.call("GET", "/kylin/api/cubes?segments=false", "").await;
    assert_eq!(cubes.headers["x-total-count"], "1");
    assert_eq!((&cubes.json[0]["topic"], &cubes.json[0]["segments_count"]), (&json!("orders"), &json!(0)));
}

#[tokio::test]
async fn addresses_of_pages_give_their_document_and_others_do_not() {
    let kit = Kit::new().await;
    for path in ["/", "/monitor", "/cubes/orders_cube/segments?view=offset", "/insight"] {
        let reply = kit.call("GET", path, "").await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        assert!(reply.headers[CONTENT_TYPE].to_str().unwrap().starts_with("text/html"), "{path}");
    }
    assert_eq!(kit.call("GET", "/assets/none.js", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(kit.call("POST", "/", "").await.status, StatusCode::NOT_FOUND);
    let first = kit.call("GET", "/", "").await;
    if let Some(tag) = first.headers.get(ETAG) {
        let again = kit.call_with("GET", "/", "", &[("if-none-match", tag.to_str().unwrap())]).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
        assert!(first.headers["content-security-policy"].to_str().unwrap().contains("default-src 'self'"));
    }
}
