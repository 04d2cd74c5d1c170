//! Builds, holes and jobs over a broker inside the test's process.

use std::time::Duration;

use axum::http::StatusCode;
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, Producer};
use serde_json::{Value, json};

use super::kit::{Kit, SPEC};
use crate::produce::kafka::{Packing, Sender};

const CUBE: &str = "/kylin/api/cubes/orders_cube";
const PARTITIONS: i32 = 2;

/// A topic of 2 partitions with 30 orders in each.
struct Topic {
    brokers: String,
    /// The broker lives in it.
    _client: BaseProducer,
}

impl Topic {
    fn new() -> Self {
        let client: BaseProducer = ClientConfig::new().set("test.mock.num.brokers", "1").create().unwrap();
        let brokers = {
            let cluster = client.client().mock_cluster().unwrap();
            cluster.create_topic("orders", PARTITIONS, 1).unwrap();
            cluster.bootstrap_servers()
        };
        let mut sender = Sender::new(&brokers, "orders", &Packing::default()).unwrap();
        for i in 0..60i64 {
            let country = if i % 3 == 0 { "DE" } else { "FR" };
            let order = json!({ "at": 1_511_167_200_000 + i * 60_000, "country": country, "amount": 1.25 });
            sender.send((i % 2) as i32, None, Some(order.to_string().as_bytes())).unwrap();
        }
        sender.flush().unwrap();
        Self { brokers, _client: client }
    }
}

async fn kit(topic: &Topic) -> Kit {
    let kit = Kit::new().await;
    let reply = kit.call("POST", "/kylin/api/cubes", &SPEC.replace("127.0.0.1:1", &topic.brokers)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    kit
}

/// The job of a build of `from..to` in each partition, at its end.
async fn build(kit: &Kit, from: i64, to: i64) -> Value {
    let map = |offset: i64| json!({ "0": offset, "1": offset });
    let body = json!({
        "sourceOffsetStart": 2 * from, "sourceOffsetEnd": 2 * to, "buildType": "BUILD",
        "sourcePartitionOffsetStart": map(from), "sourcePartitionOffsetEnd": map(to),
    });
    let reply = kit.call("PUT", &format!("{CUBE}/build2"), &body.to_string()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    finished(kit, &reply.json).await
}

async fn finished(kit: &Kit, job: &Value) -> Value {
    let path = format!("/kylin/api/jobs/{}", job["uuid"].as_str().unwrap());
    for _ in 0..600 {
        let job = kit.call("GET", &path, "").await.json;
        match job["job_status"].as_str().unwrap() {
            "FINISHED" => return job,
            "PENDING" | "RUNNING" => tokio::time::sleep(Duration::from_millis(50)).await,
            _ => panic!("{job}"),
        }
    }
    panic!("{job} did not end");
}

async fn count(kit: &Kit) -> Value {
    let body = json!({ "sql": "select country, count(*) from orders group by country order by country" });
    kit.call("POST", "/kylin/api/query", &body.to_string()).await.json["results"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_segment_is_a_hole_that_a_dry_run_plans_and_a_fill_closes() {
    let topic = Topic::new();
    let kit = kit(&topic).await;
    for from in [0, 10, 20] {
        build(&kit, from, from + 10).await;
    }
    assert_eq!(count(&kit).await, json!([["DE", "20"], ["FR", "40"]]));

    let cube = kit.call("DELETE", &format!("{CUBE}/segs/20_40"), "").await;
    assert_eq!((cube.status, cube.json["segments"].as_array().map(Vec::len)), (StatusCode::OK, Some(2)));
    let holes = kit.call("GET", &format!("{CUBE}/holes"), "").await.json;
    let hole = &holes[0];
    assert_eq!(
        (holes.as_array().map(Vec::len), &hole["name"], &hole["offsets_count"]),
        (Some(1), &json!("20_40"), &json!(20))
    );
    assert_eq!(hole["source_partition_offset_start"], json!({ "0": 10, "1": 10 }));
    assert_eq!(hole["reason"], "segment 20_40 deleted by ADMIN");

    let body = json!({ "holes": ["20_40"], "maxOffsetsPerSegment": 15, "dryRun": true });
    let planned = kit.call("PUT", &format!("{CUBE}/holes"), &body.to_string()).await;
    let lengths: Vec<u64> = planned
        .json
        .as_array()
        .unwrap()
        .iter()
        .map(|range| range["offsets_count"].as_u64().unwrap())
        .collect();
    assert_eq!(lengths, [15, 5]);
    assert_eq!(kit.call("GET", &format!("{CUBE}/holes"), "").await.json, holes);

    let part = json!({ "holes": ["20_40"], "offsets": { "0": [10, 20] } });
    let jobs = kit.call("PUT", &format!("{CUBE}/holes"), &part.to_string()).await.json;
    finished(&kit, &jobs[0]).await;
    let left = kit.call("GET", &format!("{CUBE}/holes"), "").await.json;
    assert_eq!(left[0]["offsets_count"], 10, "{left}");
    let jobs = kit.call("PUT", &format!("{CUBE}/holes"), "").await.json;
    finished(&kit, &jobs[0]).await;
    assert_eq!(kit.call("GET", &format!("{CUBE}/holes"), "").await.json, json!([]));
    assert_eq!(count(&kit).await, json!([["DE", "20"], ["FR", "40"]]));

    let unknown = kit.call("PUT", &format!("{CUBE}/holes"), r#"{"holes":["1_2"]}"#).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_is_seen_in_all_resources() {
    let topic = Topic::new();
    let kit = kit(&topic).await;
    let tip = r#"{"sourceOffsetStart":0,"sourceOffsetEnd":9223372036854775807,"buildType":"BUILD","maxMessages":40}"#;
    let reply = kit.call("PUT", &format!("{CUBE}/rebuild2"), tip).await;
    assert_eq!(reply.json["offsets_left"], 20, "{}", reply.text);
    let job = finished(&kit, &reply.json).await;
    assert_eq!((&job["progress"], &job["related_segment_name"]), (&json!(100.0), &json!("0_40")));
    let rest = kit.call("PUT", &format!("{CUBE}/build2"), "").await.json;
    finished(&kit, &rest).await;
    let nothing = kit.call("PUT", &format!("{CUBE}/build2"), tip).await;
    assert_eq!((nothing.status, &nothing.json["job_status"]), (StatusCode::OK, &json!("FINISHED")));
    assert_eq!(nothing.json["nothing_new"], true);

    let jobs =
        kit.call("GET", "/kylin/api/jobs?cubeName=orders_cube&status=4&timeFilter=1&limit=2", "").await.json;
    assert_eq!(jobs.as_array().map(Vec::len), Some(2));
    let running = kit.call("GET", "/kylin/api/jobs?status=2", "").await.json;
    assert_eq!(running, json!([]));
    let step = job["steps"][0]["id"].as_str().unwrap();
    let output = kit
        .call("GET", &format!("/kylin/api/jobs/{}/steps/{step}/output", job["uuid"].as_str().unwrap()), "")
        .await;
    assert_eq!((output.status, &output.json["stepId"]), (StatusCode::OK, &json!(step)));
    let resumed =
        kit.call("PUT", &format!("/kylin/api/jobs/{}/resume", job["uuid"].as_str().unwrap()), "").await;
    assert_eq!(resumed.status, StatusCode::CONFLICT);

    let ledger = kit.call("GET", &format!("{CUBE}/segments/0_40/ledger"), "").await.json;
    let totals = json!({ "offsets": 40, "delivered": 40, "rows": 40, "filtered": 0, "rejected": 0, "absent": 0, "absent_unexplained": 0 });
    assert_eq!((&ledger["totals"], ledger["partitions"].as_array().map(Vec::len)), (&totals, Some(2)));

    let cube = kit.call("GET", CUBE, "").await.json;
    assert_eq!((&cube["status"], &cube["input_records_count"]), (&json!("READY"), &json!(60)));
    assert_eq!(cube["segments"][0]["source_partition_offset_end"], json!({ "0": 20, "1": 20 }));
    let tables = kit.call("GET", "/kylin/api/tables_and_columns", "").await.json;
    assert_eq!((tables.as_array().map(Vec::len), &tables[0]["table_NAME"]), (Some(1), &json!("ORDERS")));
    let metrics = kit.call("GET", "/metrics", "").await.text;
    for line in [
        "kirin_builds_finished_total 2",
        "kirin_rows_built_total 60",
        "kirin_cube_lag_offsets{cube=\"orders_cube\",partition=\"1\"} 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
    }
    let started = kit.call("PUT", &format!("{CUBE}/init_start_offsets"), "").await;
    assert_eq!(started.status, StatusCode::CONFLICT);
}

#[tokio::test(flavor = "multi_thread")]
async fn start_offsets_are_the_tips_as_a_java_map() {
    let topic = Topic::new();
    let kit = kit(&topic).await;
    let reply = kit.call("PUT", &format!("{CUBE}/init_start_offsets"), "").await;
    assert_eq!(reply.json, json!({ "result": "success", "offsets": "{0=30, 1=30}" }));
    let job = kit.call("PUT", &format!("{CUBE}/build2"), "").await.json;
    assert_eq!(job["nothing_new"], true, "{job}");
}

#[tokio::test(flavor = "multi_thread")]
async fn explicit_offsets_that_a_segment_holds_are_a_conflict_and_beyond_the_tip_invalid() {
    let topic = Topic::new();
    let kit = kit(&topic).await;
    build(&kit, 0, 10).await;
    for (from, to, status) in [(5, 15, StatusCode::CONFLICT), (10, 31, StatusCode::BAD_REQUEST)] {
        let body = json!({
            "sourceOffsetStart": from, "sourceOffsetEnd": to,
            "sourcePartitionOffsetStart": { "0": from }, "sourcePartitionOffsetEnd": { "0": to },
        });
        let reply = kit.call("PUT", &format!("{CUBE}/build2"), &body.to_string()).await;
        assert_eq!(reply.status, status, "{}", reply.text);
        assert!(reply.exception().contains("partition 0"));
    }
}
