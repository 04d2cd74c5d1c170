//! Which offsets a build reads, on a real topic.

use std::collections::BTreeMap;

use ingest::engine::{BuildOutcome, BuildRequest};
use testkit::message::ORDERS;
use testkit::topic::Record;
use testkit::world::range;
use testkit::{Event, Topic, World};

async fn ten_messages() -> Option<(Topic, World)> {
    let topic = Topic::create(1, &[]).await?;
    topic.produce(&(0..10).map(|i| Event::at(0, i).record()).collect::<Vec<_>>());
    let world = World::with_orders(&topic).await;
    Some((topic, world))
}

async fn offsets(world: &World) -> Vec<String> {
    world.timeline().await.segments.iter().map(|segment| segment.offsets.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_beyond_the_tip_is_refused_naming_both() {
    let Some((_topic, world)) = ten_messages().await else { return };
    let refused = world.queue(range("0:0..11")).await.unwrap_err().to_string();
    assert!(refused.contains("the end 11 is beyond the tip 10"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_another_segment_holds_is_refused_naming_where_to_start() {
    let Some((_topic, world)) = ten_messages().await else { return };
    world.build_range("0:0..6").await;
    let refused = world.queue(range("0:4..8")).await.unwrap_err().to_string();
    assert!(refused.contains("already holds 0..6; start at 6"), "{refused}");
    world.build_range("0:6..10").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_topic_is_nothing_new_and_no_failure() {
    let Some((_topic, world)) = ten_messages().await else { return };
    world.build_to_tip().await;
    let BuildOutcome::NothingNew { job, at } = world.queue(BuildRequest::default()).await.unwrap() else {
        panic!("a quiet topic has nothing new");
    };
    assert!(job.nothing_new && job.state == cube::job::JobState::Finished);
    assert_eq!(at, BTreeMap::from([(0, 10)]));
    assert_eq!(offsets(&world).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cap_leaves_the_rest_for_the_next_build() {
    let Some((_topic, world)) = ten_messages().await else { return };
    let request = BuildRequest { max_messages: Some(4), ..BuildRequest::default() };
    for _ in 0..3 {
        world.build(request.clone()).await;
    }
    assert_eq!(offsets(&world).await, ["0:0..4", "0:4..8", "0:8..10"]);
}

async fn first_build(topic: &Topic, start: &str) -> Vec<String> {
    let world = World::new().await;
    let spec = ORDERS.replace("{topic}", &topic.name).replace("{brokers}", &topic.brokers);
    world.define(&format!("{spec}  build:\n    start: {start}\n")).await;
    world.queue(BuildRequest::default()).await.unwrap();
    offsets(&world).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_build_starts_at_earliest_latest_given_offsets_or_a_timestamp() {
    let Some(topic) = Topic::create(1, &[]).await else { return };
    let stamped =
        |i: i64| Record { timestamp: Some(1_700_000_000_000 + i * 1000), ..Event::at(0, i).record() };
    topic.produce(&(0..10).map(stamped).collect::<Vec<_>>());
    assert_eq!(first_build(&topic, "earliest").await, ["0:0..10"]);
    assert_eq!(first_build(&topic, "latest").await, Vec::<String>::new());
    assert_eq!(first_build(&topic, "{ offsets: { 0: 7 } }").await, ["0:7..10"]);
    assert_eq!(first_build(&topic, "{ timestamp: 1700000004000 }").await, ["0:4..10"]);
    assert_eq!(first_build(&topic, "{ timestamp: 2023-11-14T22:13:28Z }").await, ["0:8..10"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn init_start_offsets_makes_the_present_tip_the_first_start() {
    let Some((topic, world)) = ten_messages().await else { return };
    let tips = world.engine().init_start_offsets("orders_cube").await.unwrap();
    assert_eq!(tips, BTreeMap::from([(0, 10)]));
    topic.produce(&[Event::at(0, 11).record()]);
    world.build_to_tip().await;
    assert_eq!(offsets(&world).await, ["0:10..11"]);
    let refused = world.engine().init_start_offsets("orders_cube").await.unwrap_err().to_string();
    assert!(refused.contains("has been built already"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_that_retention_deleted_are_refused_and_stay_a_hole_when_skipped_on_purpose() {
    let Some((topic, world)) = ten_messages().await else { return };
    world.build_range("0:0..2").await;
    topic.delete_before(0, 5).await;
    let refused = world.queue(BuildRequest::default()).await.unwrap_err().to_string();
    assert!(
        refused.contains("Kafka no longer has offsets 2..5") && refused.contains("start at 5"),
        "{refused}"
    );
    world.build_range("0:5..10").await;
    let holes: Vec<String> = world.holes().await.iter().map(|hole| hole.offsets.to_string()).collect();
    assert_eq!(holes, ["0:2..5"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_not_there_is_named() {
    let Some((topic, _world)) = ten_messages().await else { return };
    let world = World::new().await;
    world.define(&ORDERS.replace("{topic}", "no-such-topic").replace("{brokers}", &topic.brokers)).await;
    let refused = world.queue(BuildRequest::default()).await.unwrap_err().to_string();
    assert!(refused.contains("topic no-such-topic does not exist"), "{refused}");
}
