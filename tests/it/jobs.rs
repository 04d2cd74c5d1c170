//! What an operator does with jobs that run, over REST, and what who watches sees of it.

use std::net::{Ipv4Addr, SocketAddr};

use kirin::server::{self, Server};
use kirin::settings::Settings;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::faults::Faults;
use testkit::message::ORDERS;
use testkit::{Event, Http, Topic};

const CUBE: &str = "/kylin/api/cubes/orders_cube";

/// A server in the test's process, so that faults can hold its builds.
struct Here {
    server: Server,
    http: Http,
    topic: Topic,
    _folder: TempDir,
}

impl Here {
    /// With a cube over a topic of 60 messages in two partitions.
    async fn start(change: impl FnOnce(&mut Settings)) -> Option<Self> {
        let topic = Topic::create(2, &[]).await?;
        topic.produce(&(0..60).map(|i| Event::at(i % 2, i64::from(i) / 2).record()).collect::<Vec<_>>());
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data_dir: folder.path().to_owned(),
            ..Settings::default()
        };
        change(&mut settings);
        let server = server::start(settings).await.unwrap();
        let http = Http::new(format!("http://{}", server.address));
        let spec = ORDERS.replace("{topic}", &topic.name).replace("{brokers}", &topic.brokers);
        let (status, body) = http.post("/kylin/api/cubes", json!({ "cubeDescData": spec })).await;
        assert_eq!(status, 200, "{body}");
        Some(Self { server, http, topic, _folder: folder })
    }

    /// Nothing is read of partition 1 while this lives.
    fn hold(&self) -> Faults {
        Faults::set(&self.topic.name, &[("hold-partition-1", "return")])
    }

    async fn build(&self) -> Value {
        let (status, job) = self.http.put(&format!("{CUBE}/build2"), Value::Null).await;
        assert_eq!(status, 200, "{job}");
        job
    }

    async fn act(&self, job: &Value, verb: &str) -> (u16, Value) {
        self.http.put(&format!("/kylin/api/jobs/{}/{verb}", id(job)), Value::Null).await
    }

    async fn job(&self, job: &Value) -> Value {
        self.http.get(&format!("/kylin/api/jobs/{}", id(job))).await.1
    }

    /// Waits until the build has read partition 0 to its end.
    async fn running(&self, job: &Value) -> Value {
        for _ in 0..2000 {
            let job = self.job(job).await;
            let read = job["partitions"].as_array().is_some_and(|partitions| {
                partitions.iter().any(|one| one["partition"] == 0 && one["position"] == one["end"])
            });
            if job["job_status"] == "RUNNING" && read {
                return job;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("it does not run: {}", self.job(job).await);
    }

    async fn count(&self) -> String {
        let (_, answer) =
            self.http.post("/kylin/api/query", json!({ "sql": "SELECT COUNT(*) FROM orders" })).await;
        answer["results"][0][0].as_str().unwrap_or_default().to_owned()
    }
}

fn id(job: &Value) -> &str {
    job["uuid"].as_str().expect("a job")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_job_is_paused_resumed_and_finishes_with_the_same_offsets() {
    let Some(here) = Here::start(|_| {}).await else { return };
    let held = here.hold();
    let job = here.build().await;
    let running = here.running(&job).await;
    assert_eq!(running["source_partition_offset_end"], json!({ "0": 30, "1": 30 }));
    assert_eq!((&running["messages"], &running["steps"][0]["done"]), (&json!(30), &json!(30)), "{running}");

    let (status, paused) = here.act(&job, "pause").await;
    assert_eq!((status, &paused["job_status"]), (200, &json!("STOPPED")), "{paused}");
    let (status, refused) = here.act(&job, "pause").await;
    assert_eq!(status, 409, "{refused}");
    let alerts = here.http.get("/kylin/api/alerts").await.1;
    assert_eq!(
        (&alerts[0]["kind"], &alerts[0]["cube"]),
        (&json!("job_stopped"), &json!("orders_cube")),
        "{alerts}"
    );
    assert!(alerts[0]["text"].as_str().unwrap().contains("60 offsets"), "{alerts}");

    drop(held);
    here.topic.produce(&[Event::at(0, 30).record()]);
    let (status, resumed) = here.act(&job, "resume").await;
    assert_eq!(status, 200, "{resumed}");
    let ended = here.http.wait(&job).await;
    assert_eq!((&ended["job_status"], &ended["attempts"]), (&json!("FINISHED"), &json!(2)), "{ended}");
    assert_eq!(ended["source_partition_offset_end"], job["source_partition_offset_end"]);
    assert_eq!(here.count().await, "60");
    here.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_job_is_cancelled_and_what_it_held_is_built_by_the_next() {
    let Some(here) = Here::start(|_| {}).await else { return };
    let held = here.hold();
    let job = here.build().await;
    here.running(&job).await;
    let dropped = here.http.delete(&format!("/kylin/api/jobs/{}/drop", id(&job))).await;
    assert_eq!(dropped.0, 409, "{}", dropped.1);
    let (status, cancelled) = here.act(&job, "cancel").await;
    assert_eq!((status, &cancelled["job_status"]), (200, &json!("DISCARDED")), "{cancelled}");
    drop(held);
    assert_eq!(here.count().await, "0");
    let again = here.http.wait(&here.build().await).await;
    assert_eq!(again["job_status"], "FINISHED");
    assert_eq!(here.count().await, "60");

    let (status, _) = here.http.delete(&format!("/kylin/api/jobs/{}/drop", id(&job))).await;
    assert_eq!(status, 200);
    assert_eq!(here.http.get(&format!("/kylin/api/jobs/{}", id(&job))).await.0, 404);
    let overview = here.http.get("/kylin/api/jobs/overview").await.1;
    assert_eq!((&overview["FINISHED"], &overview["DISCARDED"]), (&json!(1), &json!(0)));
    here.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_told_where_in_the_line_and_may_be_moved() {
    let Some(here) = Here::start(|settings| settings.workers = 1).await else { return };
    let held = here.hold();
    let range = |from: i64, to: i64| {
        let map = |offset: i64| json!({ "0": offset, "1": offset });
        json!({ "sourceOffsetStart": 2 * from, "sourceOffsetEnd": 2 * to,
                "sourcePartitionOffsetStart": map(from), "sourcePartitionOffsetEnd": map(to) })
    };
    let build = async |from, to| here.http.put(&format!("{CUBE}/build2"), range(from, to)).await.1;
    let first = build(0, 10).await;
    here.running(&first).await;
    let (second, third) = (build(10, 20).await, build(20, 30).await);
    assert_eq!(
        (&second["job_status"], &second["queue_position"]),
        (&json!("PENDING"), &json!(1)),
        "{second}"
    );
    assert_eq!(third["queue_position"], 2);
    let path = format!("/kylin/api/jobs/{}/priority", id(&third));
    let (status, moved) = here.http.put(&path, json!({ "priority": 5 })).await;
    assert_eq!((status, &moved["queue_position"]), (200, &json!(1)), "{moved}");
    assert_eq!(here.job(&second).await["queue_position"], 2);
    drop(held);
    for job in [first, second, third] {
        assert_eq!(here.http.wait(&job).await["job_status"], "FINISHED");
    }
    assert_eq!(here.count().await, "60");
    here.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_sees_the_build_as_it_goes_and_goes_on_after_a_cut() {
    let Some(here) = Here::start(|_| {}).await else { return };
    let mut events = here.http.events(None).await;
    let held = here.hold();
    let job = here.build().await;
    let pending = events.until(|event| event.kind == "job").await;
    assert_eq!(pending.data["uuid"], job["uuid"]);
    let tick = events.until(|event| event.kind == "job" && event.data["messages"] == 30).await;
    assert_eq!(tick.id, None, "numbers that pass need not be caught up with");
    drop(held);
    let state = |wanted: &'static str| {
        move |event: &testkit::http::Event| event.kind == "job" && event.data["job_status"] == wanted
    };
    let done = events.until(state("FINISHED")).await;
    let last = done.id.expect("a change has a number");
    drop(events);

    // While nobody listens a schedule comes and goes.
    let schedule = format!("{CUBE}/schedule");
    assert_eq!(here.http.put(&schedule, json!({ "cron": "0 3 1 1 *" })).await.0, 200);
    assert_eq!(here.http.delete(&schedule).await.0, 200);
    let mut events = here.http.events(Some(&last)).await;
    let kinds = [events.next().await.kind, events.next().await.kind, events.next().await.kind];
    assert!(kinds.iter().any(|kind| kind == "schedule_deleted"), "{kinds:?}");

    let mut stranger = here.http.events(Some("1-1")).await;
    assert_eq!(stranger.next().await.kind, "reset");
    // Open streams do not keep the server from stopping.
    tokio::time::timeout(std::time::Duration::from_secs(20), here.server.stop()).await.expect("it stops");
}
