//! Which job runs first, and how many of a cube may build.

use cube::job::{Job, JobState};
use ingest::engine::{BuildRequest, EngineOptions, FillRequest};
use testkit::faults::Faults;
use testkit::message::ORDERS;
use testkit::world::range;
use testkit::{Event, Topic, World};

/// A topic of 100 messages, and a Kirin that runs one job at a time.
async fn one_worker(max_building_segments: usize) -> Option<(Topic, World)> {
    let topic = Topic::create(1, &[]).await?;
    topic.produce(&(0..100).map(|i| Event::at(0, i).record()).collect::<Vec<_>>());
    let mut options = EngineOptions { workers: 1, max_building_segments, ..EngineOptions::default() };
    options.limits.stall = std::time::Duration::from_secs(20);
    let world = World::with_options(options).await;
    world.define(&ORDERS.replace("{topic}", &topic.name).replace("{brokers}", &topic.brokers)).await;
    Some((topic, world))
}

/// Holds back the only partition, so that the job that runs does not end.
fn hold(topic: &Topic) -> Faults {
    Faults::set(&topic.name, &[("hold-partition-0", "return")])
}

async fn queued(world: &World, offsets: &str, priority: i32) -> Job {
    let request = BuildRequest { priority, ..range(offsets) };
    world.queue(request).await.expect("the build is accepted").job().clone()
}

async fn running(world: &World, job: &Job) {
    while world.engine().job(job.id).await.unwrap().state != JobState::Running {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_wait_by_priority_and_then_by_age_and_may_be_moved() {
    let Some((topic, world)) = one_worker(10).await else { return };
    let held = hold(&topic);
    let first = queued(&world, "0:0..10", 0).await;
    running(&world, &first).await;
    let old = queued(&world, "0:10..20", 0).await;
    let young = queued(&world, "0:20..30", 0).await;
    let urgent = queued(&world, "0:30..40", 5).await;
    let engine = world.engine();
    let positions = || [&first, &urgent, &old, &young].map(|job| engine.queue_position(job.id));
    assert_eq!(positions(), [None, Some(1), Some(2), Some(3)]);
    engine.set_priority(young.id, 9).await.unwrap();
    assert_eq!(positions(), [None, Some(2), Some(3), Some(1)]);
    engine.pause(urgent.id).await.unwrap();
    assert_eq!(positions(), [None, None, Some(2), Some(1)]);
    engine.resume(urgent.id).await.unwrap();
    drop(held);
    let mut started = vec![];
    for job in [&first, &old, &young, &urgent] {
        let job = engine.wait(job.id).await.unwrap();
        assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
        started.push((job.started_at.unwrap(), job.id));
        assert_eq!((job.messages, job.bytes > 0, job.memory_peak > 0), (10, true, true));
    }
    started.sort_unstable();
    let order: Vec<_> = started.into_iter().map(|(_, id)| id).collect();
    assert_eq!(order, [first.id, young.id, urgent.id, old.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_the_line() {
    let Some((topic, mut world)) = one_worker(10).await else { return };
    let held = hold(&topic);
    let first = queued(&world, "0:0..10", 0).await;
    running(&world, &first).await;
    let later = queued(&world, "0:10..20", -1).await;
    let sooner = queued(&world, "0:20..30", 1).await;
    world.restart().await;
    // One of them has the worker; whichever it is, the others wait in their order.
    let position = |job: &Job| world.engine().queue_position(job.id).unwrap_or(0);
    assert!(position(&sooner) < position(&later));
    drop(held);
    for job in [&first, &later, &sooner] {
        assert_eq!(world.engine().wait(job.id).await.unwrap().state, JobState::Finished);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cube_has_no_more_building_segments_than_the_server_allows() {
    let Some((topic, world)) = one_worker(2).await else { return };
    let held = hold(&topic);
    let first = queued(&world, "0:0..10", 0).await;
    let second = queued(&world, "0:20..30", 0).await;
    let refused = world.queue(BuildRequest::default()).await.unwrap_err();
    assert_eq!(refused.kind(), cube::ErrorKind::Conflict);
    let text = refused.to_string();
    for word in
        ["2 building segments", "build.max_building_segments", "0_10", "20_30", &second.id.to_string()]
    {
        assert!(text.contains(word), "{word:?} is missing in: {text}");
    }
    let fill = FillRequest { max_offsets_per_segment: Some(2), ..FillRequest::default() };
    let outcome = world.engine().fill_holes("orders_cube", &fill, "test").await.unwrap();
    assert!(outcome.jobs.is_empty() && outcome.skipped.len() == 1 && outcome.planned.len() == 5);
    assert!(outcome.skipped[0].reason.contains("fill the holes again"), "{}", outcome.skipped[0].reason);

    world.engine().discard(first.id, "test").await.unwrap();
    let outcome = world.engine().fill_holes("orders_cube", &fill, "test").await.unwrap();
    assert_eq!((outcome.jobs.len(), outcome.skipped.len()), (1, 1), "one has room, the rest is for later");
    drop(held);
}
