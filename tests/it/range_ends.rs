//! A range is read completely however it ends: in transaction markers, aborted messages or
//! compacted records, with later traffic or without.

use std::time::Duration;

use testkit::topic::Record;
use testkit::{Event, Topic, World};

fn records(partition: i32, count: i64) -> Vec<Record> {
    (0..count).map(|i| Event::at(partition, i).record()).collect()
}

async fn counted(world: &World) -> String {
    world.rows("SELECT count(*) FROM orders").await[0][0].clone().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_ends_in_a_commit_marker_without_later_traffic() {
    let Some(topic) = Topic::create(1, &[]).await else { return };
    topic.transaction(&records(0, 3), true);
    let world = World::with_orders(&topic).await;
    let job = world.build_to_tip().await;
    let totals = world.catalog().ledger(job.segment).await.unwrap().totals();
    assert_eq!((totals.offsets, totals.rows, totals.absent), (4, 3, 1));
    assert_eq!(counted(&world).await, "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_ends_in_aborted_messages_without_later_traffic() {
    let Some(topic) = Topic::create(1, &[]).await else { return };
    topic.transaction(&records(0, 3), true);
    topic.transaction(&records(0, 5), false);
    let world = World::with_orders(&topic).await;
    let job = world.build_to_tip().await;
    let ledger = world.catalog().ledger(job.segment).await.unwrap();
    assert_eq!(ledger.totals().rows, 3);
    // The commit marker, five aborted messages and the abort marker.
    let absent: Vec<String> = ledger.0[&0].absent_offsets.runs(9).iter().map(ToString::to_string).collect();
    assert_eq!(absent, ["3..10"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_of_only_aborted_messages_makes_an_empty_segment_that_counts() {
    let Some(topic) = Topic::create(1, &[]).await else { return };
    topic.transaction(&records(0, 5), false);
    let world = World::with_orders(&topic).await;
    let job = world.build_to_tip().await;
    let totals = world.catalog().ledger(job.segment).await.unwrap().totals();
    assert_eq!((totals.offsets, totals.rows, totals.absent), (6, 0, 6));
    assert_eq!(counted(&world).await, "0");
    topic.produce(&records(0, 2));
    world.build_to_tip().await;
    assert_eq!(counted(&world).await, "2");
    assert!(world.holes().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn aborted_messages_in_the_middle_and_later_traffic() {
    let Some(topic) = Topic::create(1, &[]).await else { return };
    topic.produce(&records(0, 2));
    topic.transaction(&records(0, 4), false);
    topic.produce(&records(0, 3));
    topic.transaction(&records(0, 1), true);
    topic.produce(&records(0, 2));
    let world = World::with_orders(&topic).await;
    // A range that ends in the middle of the aborted messages, then the rest.
    world.build_range("0:0..4").await;
    assert_eq!(counted(&world).await, "2");
    world.build_to_tip().await;
    assert_eq!(counted(&world).await, "8");
    assert!(world.holes().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_transaction_holds_the_tip_back_and_the_next_build_goes_on() {
    let Some(topic) = Topic::create(1, &[]).await else { return };
    topic.produce(&records(0, 2));
    let world = World::with_orders(&topic).await;
    let open = topic.open_transaction(&records(0, 3));
    let watermarks = world.engine().watermarks("orders_cube").await.unwrap()[&0];
    assert_eq!((watermarks.tip, watermarks.high), (2, 5));
    world.build_to_tip().await;
    assert_eq!(counted(&world).await, "2");
    open.commit();
    world.build_to_tip().await;
    assert_eq!(counted(&world).await, "5");
}

#[tokio::test(flavor = "multi_thread")]
async fn compacted_records_at_the_end_of_a_range() {
    let compact = [
        ("cleanup.policy", "compact"),
        ("segment.ms", "500"),
        ("min.cleanable.dirty.ratio", "0.01"),
        ("max.compaction.lag.ms", "1000"),
        ("delete.retention.ms", "500"),
    ];
    let Some(topic) = Topic::create(1, &compact).await else { return };
    let keyed = |i: i64| Record { key: Some(format!("k{}", i % 2)), ..Event::at(0, i).record() };
    topic.produce(&(0..30).map(keyed).collect::<Vec<_>>());
    let world = World::with_orders(&topic).await;
    // Another record rolls the segment; the cleaner then leaves the last record of each key.
    for i in 0..60 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        topic.produce(&[Record { key: Some("roll".into()), ..Event::at(0, i).record() }]);
        if topic.count(0, 0, 28) == 0 {
            break;
        }
    }
    assert_eq!(topic.count(0, 0, 28), 0, "the broker compacts within half a minute");
    world.build_range("0:0..28").await;
    assert_eq!(counted(&world).await, "0");
    let before = world.timeline().await.segments[0].clone();
    assert_eq!(before.ready().unwrap().totals.absent, 28);
    let job = world.build_to_tip().await;
    let totals = world.catalog().ledger(job.segment).await.unwrap().totals();
    assert_eq!(totals.rows + totals.absent, totals.offsets);
    assert_eq!(counted(&world).await, totals.rows.to_string());
}
