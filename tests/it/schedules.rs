//! A cube that builds itself. The clock is the test's: moments are given, not waited for.

use cube::id::CubeName;
use cube::job::JobState;
use cube::schedule::{Run, RunOutcome, ScheduleSpec};
use ingest::engine::{Change, SCHEDULER};
use testkit::faults::Faults;
use testkit::message::ORDERS;
use testkit::{Event, Topic, World};

const HOUR: i64 = 3_600_000;

async fn scheduled(json: &str) -> Option<(Topic, World)> {
    let topic = Topic::create(1, &[]).await?;
    topic.produce(&(0..10).map(|i| Event::at(0, i).record()).collect::<Vec<_>>());
    let world = World::with_orders(&topic).await;
    world.catalog().put_schedule(&orders(), &ScheduleSpec::parse(json).unwrap()).await.unwrap();
    Some((topic, world))
}

fn orders() -> CubeName {
    CubeName::new("orders_cube").unwrap()
}

/// What comes of the schedules at that many milliseconds after now.
async fn run_at(world: &World, later: i64) -> Vec<Run> {
    let runs = world.engine().run_due_schedules(cube::catalog::now() + later).await.unwrap();
    runs.into_iter().map(|(_, run)| run).collect()
}

async fn jobs(world: &World) -> u64 {
    world.catalog().count_jobs(&Default::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_builds_to_the_tip_and_missed_ones_are_one_range() {
    let Some((topic, world)) = scheduled(r#"{"every":"1h","priority":3}"#).await else { return };
    assert!(run_at(&world, 0).await.is_empty(), "the interval counts from when it was defined");
    let runs = run_at(&world, 5 * HOUR).await;
    assert_eq!(runs.iter().map(|run| run.outcome).collect::<Vec<_>>(), [RunOutcome::Queued]);
    let job = world.engine().wait(runs[0].job.unwrap()).await.unwrap();
    assert_eq!((job.state, job.submitter.as_str(), job.priority), (JobState::Finished, SCHEDULER, 3));
    assert_eq!(job.offsets.to_string(), "0:0..10", "five runs were missed, one range caught up");

    let quiet = run_at(&world, 7 * HOUR).await;
    assert_eq!((quiet[0].outcome, quiet[0].job), (RunOutcome::NothingNew, None));
    assert_eq!(jobs(&world).await, 1, "a quiet topic does not flood the list of jobs");
    topic.produce(&[Event::at(0, 10).record()]);
    assert!(run_at(&world, 7 * HOUR).await.is_empty(), "it ran a moment ago");
    assert_eq!(run_at(&world, 9 * HOUR).await[0].outcome, RunOutcome::Queued);
    let kept = world.catalog().schedule(&orders()).await.unwrap();
    assert_eq!((kept.last_outcome, kept.failures), (Some(RunOutcome::Queued), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_waits_for_the_job_of_the_one_before() {
    let Some((topic, world)) = scheduled(r#"{"every":"1h"}"#).await else { return };
    let held = Faults::set(&topic.name, &[("hold-partition-0", "return")]);
    let first = run_at(&world, 2 * HOUR).await[0].job.unwrap();
    topic.produce(&[Event::at(0, 10).record()]);
    let overlap = run_at(&world, 4 * HOUR).await.remove(0);
    assert_eq!((overlap.outcome, overlap.job), (RunOutcome::Overlap, None));
    assert!(overlap.message.contains(&first.to_string()), "{}", overlap.message);
    drop(held);
    world.engine().wait(first).await.unwrap();
    let next = run_at(&world, 6 * HOUR).await.remove(0);
    let job = world.engine().wait(next.job.unwrap()).await.unwrap();
    assert_eq!(job.offsets.to_string(), "0:10..11");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cannot_be_planned_says_why_and_is_tried_again_later_and_later() {
    let Some((topic, _)) = scheduled(r#"{"every":"1h"}"#).await else { return };
    let world = World::new().await;
    world.define(&ORDERS.replace("{topic}", "no-such-topic").replace("{brokers}", &topic.brokers)).await;
    let spec = ScheduleSpec::parse(r#"{"every":"10m"}"#).unwrap();
    world.catalog().put_schedule(&orders(), &spec).await.unwrap();
    let (mut moment, mut waits) = (HOUR, vec![]);
    for _ in 0..4 {
        let run = run_at(&world, moment).await.remove(0);
        assert_eq!(run.outcome, RunOutcome::Failed);
        assert!(run.message.contains("no-such-topic does not exist"), "{}", run.message);
        let schedule = world.catalog().schedule(&orders()).await.unwrap();
        let next = schedule.next_run(run.at);
        assert!(next.why.contains("failed"), "{}", next.why);
        waits.push((next.at.unwrap() - run.at) / 60_000);
        moment = next.at.unwrap() - cube::catalog::now() + 1000;
    }
    assert_eq!(waits, [10, 20, 40, 60]);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_clock_it_runs_without_being_asked_until_the_engine_stops() {
    let Some((topic, mut world)) = scheduled(r#"{"every":"1s"}"#).await else { return };
    let mut changes = world.engine().changes();
    let mut published = 0;
    while published < 1 {
        if changes.recv().await.unwrap() == Change::Cube(orders()) {
            published = world.totals().await.rows;
        }
    }
    assert_eq!(published, 10);
    world.engine().stop();
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    let stopped = world.catalog().schedule(&orders()).await.unwrap().last_run;
    topic.produce(&[Event::at(0, 10).record()]);
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    assert_eq!(world.catalog().schedule(&orders()).await.unwrap().last_run, stopped);
    world.restart().await;
    while world.totals().await.rows < 11 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
