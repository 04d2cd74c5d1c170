//! The real binary over HTTP, with Kylin's calls: defined, built, asked, killed, started again.

use serde_json::json;
use testkit::binary::{self, Server};
use testkit::message::ORDERS;
use testkit::{Event, Topic};

const TIP: i64 = i64::MAX;

/// What every tutorial's crontab line sends.
fn to_the_tip() -> serde_json::Value {
    json!({"sourceOffsetStart": 0, "sourceOffsetEnd": TIP, "buildType": "BUILD"})
}

fn range(from: i64, to: i64) -> serde_json::Value {
    let map = |offset: i64| json!({"0": offset, "1": offset});
    json!({"sourceOffsetStart": 2 * from, "sourceOffsetEnd": 2 * to, "buildType": "BUILD",
           "sourcePartitionOffsetStart": map(from), "sourcePartitionOffsetEnd": map(to)})
}

async fn filled_topic() -> Option<Topic> {
    let topic = Topic::create(2, &[]).await?;
    topic.produce(&(0..300).map(|i| Event::at(i % 2, i64::from(i) / 2).record()).collect::<Vec<_>>());
    Some(topic)
}

async fn define(server: &Server, topic: &Topic) {
    let spec = ORDERS.replace("{topic}", &topic.name).replace("{brokers}", &topic.brokers);
    let (status, body) =
        server.post("/kylin/api/cubes", json!({"cubeDescData": spec, "cubeName": "orders_cube"})).await;
    assert!(status == 200 || status == 201, "{status} {body}");
}

async fn count(server: &Server) -> String {
    let (status, answer) = server
        .post("/kylin/api/query", json!({"sql": "SELECT COUNT(*) FROM ORDERS", "project": "default"}))
        .await;
    assert_eq!(status, 200, "{answer}");
    answer["results"][0][0].as_str().expect("a cell is a string").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_day_of_a_data_engineer_over_kylins_rest() {
    let Some(topic) = filled_topic().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]).await;
    define(&server, &topic).await;

    // Three explicit ranges, the middle one cancelled: a hole.
    let cube = "/kylin/api/cubes/orders_cube";
    let (status, first) = server.put(&format!("{cube}/build2"), range(0, 50)).await;
    assert_eq!(status, 200, "{first}");
    let (_, last) = server.put(&format!("{cube}/rebuild2"), range(100, 150)).await;
    assert_eq!(server.wait(&first).await["job_status"], "FINISHED");
    assert_eq!(server.wait(&last).await["job_status"], "FINISHED");
    let (status, holes) = server.get(&format!("{cube}/holes")).await;
    assert_eq!((status, holes[0]["name"].as_str()), (200, Some("100_200")), "{holes}");
    assert_eq!(count(&server).await, "200");
    let (status, jobs) = server.put(&format!("{cube}/holes"), json!(null)).await;
    assert_eq!((status, jobs.as_array().map(Vec::len)), (200, Some(1)), "{jobs}");
    assert_eq!(server.wait(&jobs[0]).await["job_status"], "FINISHED");
    assert_eq!(server.get(&format!("{cube}/holes")).await.1, json!([]));
    assert_eq!(count(&server).await, "300");

    // The crontab line on a quiet topic: nothing new is no failure.
    let (status, job) = server.put(&format!("{cube}/build2"), to_the_tip()).await;
    assert_eq!(
        (status, job["job_status"].as_str(), &job["nothing_new"]),
        (200, Some("FINISHED"), &json!(true)),
        "{job}"
    );
    topic.produce(&[Event::at(0, 1).record()]);
    let (_, job) = server.put(&format!("{cube}/build2"), to_the_tip()).await;
    let job = server.wait(&job).await;
    assert_eq!(job["job_status"], "FINISHED");
    assert_eq!(count(&server).await, "301");

    // Bad SQL is HTTP 500 with `exception`; so clients of Kylin expect it.
    let (status, body) = server.post("/kylin/api/query", json!({"sql": "SELECT nonsense FROM ORDERS"})).await;
    assert_eq!(status, 500);
    assert!(body["exception"].as_str().is_some_and(|text| text.contains("nonsense")), "{body}");
    let steps = job["steps"].as_array().expect("steps");
    let (id, step) = (job["uuid"].as_str().unwrap(), steps[0]["id"].as_str().unwrap());
    let (status, output) = server.get(&format!("/kylin/api/jobs/{id}/steps/{step}/output")).await;
    assert_eq!(status, 200);
    assert!(output["cmd_output"].as_str().is_some_and(|text| text.contains("offsets")), "{output}");
    let (status, metrics) = server.get("/metrics").await;
    assert_eq!(status, 200);
    assert!(metrics.as_str().is_some_and(|text| text.contains("kirin_")), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_while_it_builds_finishes_the_build_after_its_next_start() {
    let Some(topic) = filled_topic().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]).await;
    define(&server, &topic).await;
    let (status, job) = server.put("/kylin/api/cubes/orders_cube/build2", to_the_tip()).await;
    assert_eq!(status, 200, "{job}");
    server.kill();
    let server = Server::start(folder.path(), &[]).await;
    let job = server.wait(&job).await;
    assert_eq!(job["job_status"], "FINISHED", "{job}");
    assert_eq!(count(&server).await, "300");
    assert_eq!(server.get("/kylin/api/cubes/orders_cube/holes").await.1, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_same_data_is_refused_naming_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let _server = Server::start(folder.path(), &[]).await;
    let second = binary::run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        &folder.path().display().to_string(),
    ]);
    assert!(!second.status.success());
    let error = binary::stderr(&second);
    assert!(error.contains("is open in another process (pid"), "{error}");
}

#[test]
fn another_address_without_users_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused =
        binary::run(&["serve", "--listen", "0.0.0.0:0", "--data-dir", &folder.path().display().to_string()]);
    assert!(!refused.status.success());
    assert!(binary::stderr(&refused).contains("users"), "{}", binary::stderr(&refused));
}

#[test]
fn check_says_what_is_wrong_or_what_it_means() {
    let root = testkit::services::root();
    let good =
        binary::run(&["check", &root.join("samples/sample-stream/sample-stream.yaml").display().to_string()]);
    assert!(good.status.success(), "{}", binary::stderr(&good));
    assert!(String::from_utf8_lossy(&good.stdout).contains("256 cuboids"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wrong.yaml");
    let spec = ORDERS.replace("{topic}", "orders").replace("{brokers}", "localhost:9092");
    std::fs::write(&path, spec.replace("function: sum, column: qty", "function: sum, column: country"))
        .unwrap();
    let wrong = binary::run(&["check", &path.display().to_string()]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        binary::stderr(&wrong).contains("sum over varchar is not accepted"),
        "{}",
        binary::stderr(&wrong)
    );
}
