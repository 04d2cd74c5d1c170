//! Every offset is accounted for, by counters that do not know each other.

use cube::job::JobState;
use testkit::faults::Faults;
use testkit::{Event, Topic, World};

fn events(partition: i32, count: i64) -> Vec<Event> {
    (0..count).map(|i| Event::at(partition, i % 7)).collect()
}

async fn topic_with(count: i64) -> Option<(Topic, World)> {
    let topic = Topic::create(2, &[]).await?;
    let records: Vec<_> = (0..2).flat_map(|p| events(p, count)).map(|event| event.record()).collect();
    topic.produce(&records);
    let world = World::with_orders(&topic).await;
    Some((topic, world))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_accounts_for_every_offset() {
    let Some((_topic, world)) = topic_with(500).await else { return };
    let job = world.build_to_tip().await;
    let ledger = world.catalog().ledger(job.segment).await.unwrap();
    let totals = ledger.totals();
    assert_eq!((totals.offsets, totals.delivered, totals.rows), (1000, 1000, 1000));
    assert_eq!((totals.filtered, totals.rejected, totals.absent), (0, 0, 0));
}

/// A message that is lost after it was counted must be noticed before anything is published.
async fn loss_is_noticed(fail_point: &str, expected: &str) {
    let Some((topic, world)) = topic_with(500).await else { return };
    let _faults = Faults::set(&topic.name, &[(fail_point, "1*return")]);
    let queued = world.queue(Default::default()).await.unwrap();
    let job = world.engine().wait(queued.job().id).await.unwrap();
    assert_eq!(job.state, JobState::Error);
    let error = job.error.unwrap_or_default();
    assert!(error.contains(expected), "{error}");
    assert!(world.timeline().await.segments.iter().all(|segment| segment.ready().is_none()));
    // The same offsets again, without the fault, are exact.
    world.engine().resume(job.id).await.unwrap();
    let job = world.engine().wait(job.id).await.unwrap();
    assert_eq!((job.state, job.attempts), (JobState::Finished, 2), "{:?}", job.error);
    assert_eq!(world.catalog().ledger(job.segment).await.unwrap().totals().rows, 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_dropped_after_the_reader_counted_it_is_noticed() {
    loss_is_noticed("decode-lose-message", "the decoder did not account for every message").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_dropped_between_decoder_and_cuboid_is_noticed() {
    loss_is_noticed("build-lose-row", "the base cuboid counts 999 rows where the decoder counted 1000").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_dropped_before_it_was_counted_stands_by_number_in_absent() {
    let Some((topic, world)) = topic_with(500).await else { return };
    let _faults = Faults::set(&topic.name, &[("read-drop-before-count", "1*return")]);
    let job = world.build_to_tip().await;
    let ledger = world.catalog().ledger(job.segment).await.unwrap();
    let totals = ledger.totals();
    assert_eq!((totals.offsets, totals.rows, totals.absent), (1000, 999, 1));
    let absent: Vec<String> = ledger
        .0
        .iter()
        .flat_map(|(partition, terms)| {
            terms.absent_offsets.runs(10).into_iter().map(move |run| format!("{partition}:{run}"))
        })
        .collect();
    assert_eq!(absent.len(), 1, "{absent:?}");
}
