//! Statements, kept and running, and their answers in other formats.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use serde_json::json;

use super::kit::{Kit, SPEC};

async fn with_cube() -> Kit {
    let kit = Kit::new().await;
    kit.call("POST", "/kylin/api/cubes", SPEC).await;
    kit
}

#[tokio::test]
async fn an_answer_comes_as_csv() {
    let kit = with_cube().await;
    let sql = "select%20count(*)%20as%20%22a,b%22,%20sum(amount)%20as%20s%20from%20orders";
    let reply = kit.call("GET", &format!("/kylin/api/query/format/csv?sql={sql}&project=default"), "").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    assert_eq!(reply.headers[CONTENT_TYPE], "text/csv;charset=UTF-8");
    assert_eq!(reply.text, "\u{feff}\"a,b\",s\r\n0,\r\n");
    let body = json!({ "sql": "select count(*) as n from orders" }).to_string();
    let reply = kit.call("POST", "/kylin/api/query/format/csv", &body).await;
    assert_eq!(reply.text, "\u{feff}n\r\n0\r\n");
    let wrong = kit.call("GET", "/kylin/api/query/format/csv?sql=selec", "").await;
    assert_eq!(wrong.status, StatusCode::INTERNAL_SERVER_ERROR);
    let missing = kit.call("GET", "/kylin/api/query/format/csv", "").await;
    assert!(missing.exception().contains("`sql` is missing"), "{}", missing.text);
}

#[tokio::test]
async fn a_prepared_statement_takes_its_values_from_params() {
    let kit = with_cube().await;
    let body = |params: serde_json::Value| {
        json!({ "sql": "select count(*) as n, ? as t from orders where country = ?", "params": params })
            .to_string()
    };
    let text = |value: &str| json!({ "className": "java.lang.String", "value": value });
    let params = json!([{ "className": "java.lang.Integer", "value": "7" }, text("it's; --")]);
    let reply = kit.call("POST", "/kylin/api/query/prestate", &body(params)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    assert_eq!(reply.json["results"], json!([["0", "7"]]));
    let few = kit.call("POST", "/kylin/api/query", &body(json!([text("x")]))).await;
    assert_eq!(few.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(few.exception().contains('2') && few.exception().contains('1'), "{}", few.text);
}

#[tokio::test]
async fn statements_are_kept_and_forgotten() {
    let kit = Kit::new().await;
    let saved = json!({ "name": "orders", "project": "default", "sql": "select 1", "description": "one" });
    let kept = kit.call("POST", "/kylin/api/saved_queries", &saved.to_string()).await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.text);
    let id = kept.json["id"].as_str().unwrap().to_owned();
    let list = kit.call("GET", "/kylin/api/saved_queries?project=default", "").await.json;
    assert_eq!((&list[0]["sql"], &list[0]["owner"]), (&json!("select 1"), &json!("ADMIN")));
    let path = format!("/kylin/api/saved_queries/{id}");
    assert_eq!(kit.call("DELETE", &path, "").await.status, StatusCode::OK);
    assert_eq!(kit.call("DELETE", &path, "").await.status, StatusCode::NOT_FOUND);
    let empty = json!({ "name": "", "sql": "select 1" }).to_string();
    assert_eq!(kit.call("POST", "/kylin/api/saved_queries", &empty).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_runs_is_listed_and_what_does_not_cannot_be_stopped() {
    let kit = Kit::new().await;
    let running = kit.call("GET", "/kylin/api/query/runningQueries?runTimeMoreThan=1", "").await;
    assert_eq!((running.status, running.json), (StatusCode::OK, json!([])));
    let stopped = kit.call("PUT", "/kylin/api/query/none/stop", "").await;
    assert_eq!(stopped.status, StatusCode::NOT_FOUND);
    assert!(stopped.exception().contains("runningQueries"), "{}", stopped.text);
}
