//! Holes: made by a discarded build, listed with their cause, filled whole or in part, and named
//! in every answer that they may touch.

use cube::job::JobState;
use cube::timeline::HoleCause;
use ingest::engine::FillRequest;
use testkit::faults::Faults;
use testkit::{Event, Topic, World};

async fn three_slices() -> Option<(Topic, World)> {
    let topic = Topic::create(2, &[]).await?;
    let events = (0..300).map(|i| Event::at(i % 2, i64::from(i) / 2));
    topic.produce(&events.map(|event| event.record()).collect::<Vec<_>>());
    let world = World::with_orders(&topic).await;
    Some((topic, world))
}

/// The middle third is held back while it reads, and discarded.
async fn with_a_hole() -> Option<(Topic, World)> {
    let (topic, world) = three_slices().await?;
    world.build_range("0:0..50 1:0..50").await;
    let faults = Faults::set(&topic.name, &[("hold-partition-1", "return")]);
    let middle = world.queue(testkit::world::range("0:50..100 1:50..100")).await.unwrap();
    let last = world.queue(testkit::world::range("0:100..150 1:100..150")).await.unwrap();
    let discarded = world.engine().discard(middle.job().id, "an operator").await.unwrap();
    assert_eq!(discarded.state, JobState::Discarded);
    drop(faults);
    let last = world.engine().wait(last.job().id).await.unwrap();
    assert_eq!(last.state, JobState::Finished, "{:?}", last.error);
    Some((topic, world))
}

async fn count(world: &World) -> (String, bool) {
    let answer = world.ask("SELECT count(*) FROM orders").await.unwrap();
    let rows = testkit::oracle::canonical(&answer.batches);
    (rows[0][0].clone().unwrap_or_default(), answer.report.complete)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_build_in_the_middle_is_a_hole_with_a_name_a_cause_and_an_estimate() {
    let Some((_topic, world)) = with_a_hole().await else { return };
    let holes = world.holes().await;
    assert_eq!(holes.len(), 1);
    assert_eq!(
        (holes[0].name.as_str(), holes[0].offsets.to_string().as_str()),
        ("100_200", "0:50..100 1:50..100")
    );
    assert!(matches!(&holes[0].cause, HoleCause::Discarded { reason, .. } if reason.contains("an operator")));
    assert_eq!(count(&world).await, ("200".into(), false));
    // The hole lies between minutes 0 and 149; what is outside is complete.
    let outside = "SELECT count(*) FROM orders WHERE minute_start >= TIMESTAMP '2026-01-02 00:00:00'";
    assert!(world.ask(outside).await.unwrap().report.complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_is_filled_whole_and_filling_twice_at_once_is_harmless() {
    let Some((_topic, world)) = with_a_hole().await else { return };
    let fill = FillRequest::default();
    let (first, second) = futures::join!(
        world.engine().fill_holes("orders_cube", &fill, "test"),
        world.engine().fill_holes("orders_cube", &fill, "test")
    );
    let jobs: Vec<_> =
        [first.unwrap(), second.unwrap()].into_iter().flat_map(|outcome| outcome.jobs).collect();
    assert_eq!(jobs.len(), 1);
    let job = world.engine().wait(jobs[0].id).await.unwrap();
    assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
    assert!(world.holes().await.is_empty());
    assert_eq!(count(&world).await, ("300".into(), true));
    let again = world.engine().fill_holes("orders_cube", &fill, "test").await.unwrap();
    assert!(again.jobs.is_empty() && again.skipped.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_is_filled_in_part_and_the_rest_stays_a_hole() {
    let Some((_topic, world)) = with_a_hole().await else { return };
    let part = FillRequest {
        holes: Some(vec!["100_200".into()]),
        offsets: Some("0:50..100 1:60..70".parse().unwrap()),
        ..FillRequest::default()
    };
    let dry = FillRequest { dry_run: true, ..part.clone() };
    let planned = world.engine().fill_holes("orders_cube", &dry, "test").await.unwrap();
    assert_eq!((planned.jobs.len(), planned.planned.len()), (0, 1));
    let filled = world.engine().fill_holes("orders_cube", &part, "test").await.unwrap();
    world.engine().wait(filled.jobs[0].id).await.unwrap();
    let left: Vec<String> = world.holes().await.iter().map(|hole| hole.offsets.to_string()).collect();
    assert_eq!(left.iter().filter(|offsets| offsets.contains("1:50..60")).count(), 1, "{left:?}");
    assert_eq!(left.iter().filter(|offsets| offsets.contains("1:70..100")).count(), 1, "{left:?}");
    assert_eq!(count(&world).await, ("260".into(), false));
    let outside = FillRequest {
        offsets: Some("0:0..5".parse().unwrap()),
        holes: Some(vec![world.holes().await[0].name.clone()]),
        ..FillRequest::default()
    };
    let refused = world.engine().fill_holes("orders_cube", &outside, "test").await.unwrap_err().to_string();
    assert!(refused.contains("are not a part of hole"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_is_filled_in_parts_of_at_most_so_many_offsets() {
    let Some((_topic, world)) = with_a_hole().await else { return };
    let fill = FillRequest { max_offsets_per_segment: Some(30), ..FillRequest::default() };
    let outcome = world.engine().fill_holes("orders_cube", &fill, "test").await.unwrap();
    assert_eq!(outcome.jobs.len(), 4);
    for job in outcome.jobs {
        world.engine().wait(job.id).await.unwrap();
    }
    assert_eq!(count(&world).await, ("300".into(), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_whose_offsets_kafka_deleted_is_skipped_with_the_reason() {
    let Some((topic, world)) = with_a_hole().await else { return };
    topic.delete_before(0, 70).await;
    let outcome = world.engine().fill_holes("orders_cube", &FillRequest::default(), "test").await.unwrap();
    assert!(outcome.jobs.is_empty());
    let reason = &outcome.skipped[0].reason;
    assert!(reason.contains("Kafka no longer has offsets 50..70"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_stops_and_starts_between_builds_and_nothing_is_lost_or_doubled() {
    let Some((topic, mut world)) = with_a_hole().await else { return };
    world.restart().await;
    assert_eq!(world.holes().await.len(), 1);
    world.engine().fill_holes("orders_cube", &FillRequest::default(), "test").await.unwrap();
    // Stopped while the build may be at any point: the next start takes it up again.
    world.restart().await;
    for job in world.engine().jobs(&Default::default(), 0, 100).await.unwrap() {
        world.engine().wait(job.id).await.unwrap();
    }
    topic.produce(&[Event::at(0, 151).record()]);
    world.build_to_tip().await;
    assert_eq!(count(&world).await, ("301".into(), true));
}
