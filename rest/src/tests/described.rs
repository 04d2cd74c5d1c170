//! The description of the interface holds what it promises.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::Value;

use super::kit::{Kit, SPEC};

async fn description(kit: &Kit) -> Value {
    let reply = kit.call("GET", "/kylin/api/openapi.json", "").await;
    assert_eq!(reply.status, StatusCode::OK);
    reply.json
}

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| match value.as_str() {
            Some(name) if key == "$ref" => {
                found.insert(name.trim_start_matches("#/components/schemas/"));
            }
            _ => references(value, found),
        }),
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_operation_says_what_it_does_and_every_shape_is_there() {
    let description = description(&Kit::new().await).await;
    let paths = description["paths"].as_object().unwrap();
    let mut operations = 0;
    for (path, item) in paths {
        assert!(path.starts_with("/kylin/api/"), "{path}");
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            let at = format!("{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{at}");
            assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{at}");
            assert!(operation["responses"].get("200").is_some() || path.ends_with("/build"), "{at}");
        }
    }
    assert!(operations >= 60, "{operations}");
    let mut named = BTreeSet::new();
    references(&description, &mut named);
    let schemas = description["components"]["schemas"].as_object().unwrap();
    for name in named {
        assert!(schemas.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn what_can_be_read_without_a_name_answers() {
    let kit = Kit::new().await;
    kit.call("POST", "/kylin/api/cubes", SPEC).await;
    let description = description(&kit).await;
    for (path, item) in description["paths"].as_object().unwrap() {
        let endless = path.ends_with("/events");
        let needs_more = path.contains('{') || path.ends_with("/csv");
        if item.get("get").is_none() || endless || needs_more {
            continue;
        }
        let reply = kit.call("GET", path, "").await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text);
    }
}

#[tokio::test]
async fn it_can_be_read_in_a_browser() {
    let kit = Kit::new().await;
    let reply = kit.call("GET", "/api/", "").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.text.contains("swagger-ui"), "{}", reply.text);
}
