//! Partitions are read at the same time.

use std::time::Duration;

use cube::job::JobState;
use testkit::faults::Faults;
use testkit::{Event, Topic, World};

#[tokio::test(flavor = "multi_thread")]
async fn with_one_partition_held_back_the_others_reach_their_ends_and_the_job_shows_it() {
    let Some(topic) = Topic::create(4, &[]).await else { return };
    let faults = Faults::set(&topic.name, &[("hold-partition-2", "return")]);
    topic.produce(&(0..4000).map(|i| Event::at(i % 4, 0).record()).collect::<Vec<_>>());
    let world = World::with_orders(&topic).await;
    let queued = world.queue(Default::default()).await.unwrap();
    let id = queued.job().id;
    let positions = || -> Vec<i64> {
        world
            .engine()
            .progress(id)
            .map(|p| p.partitions().iter().map(|p| p.position()).collect())
            .unwrap_or_default()
    };
    for _ in 0..1000 {
        if positions() == [1000, 1000, 0, 1000] {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(positions(), [1000, 1000, 0, 1000]);
    let job = world.engine().job(id).await.unwrap();
    assert_eq!((job.state, job.steps[0].done, job.steps[0].total), (JobState::Running, 3000, 4000));
    drop(faults);
    let job = world.engine().wait(id).await.unwrap();
    assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
    assert_eq!(world.totals().await.rows, 4000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_appears_later_belongs_to_the_cube_from_its_first_message_on() {
    let Some(topic) = Topic::create(1, &[]).await else { return };
    topic.produce(&(0..10).map(|i| Event::at(0, i).record()).collect::<Vec<_>>());
    let world = World::with_orders(&topic).await;
    world.build_to_tip().await;
    topic.grow(3).await;
    topic.produce(&(0..30).map(|i| Event::at(i % 3, 0).record()).collect::<Vec<_>>());
    // The client learns of new partitions with its next look at the topic.
    world.build_to_tip().await;
    assert!(world.holes().await.is_empty());
    assert_eq!(world.totals().await.rows, 40);
}
