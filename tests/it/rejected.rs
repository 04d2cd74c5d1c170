//! Messages that are no rows: filtered, or rejected and kept whole beside the segment.

use arrow::array::AsArray;
use arrow::datatypes::{Int32Type, Int64Type};
use cube::job::JobState;
use cube::segment::FileKind;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use testkit::topic::Record;
use testkit::{Event, Topic, World};

fn broken(partition: i32, text: &str) -> Record {
    Record {
        partition,
        key: Some("the key".into()),
        value: Some(text.as_bytes().to_vec()),
        timestamp: Some(1_700_000_000_000),
        headers: vec![("trace".into(), Some(b"1".to_vec())), ("trace".into(), None)],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_message_is_kept_with_everything_that_came_with_it() {
    let Some(topic) = Topic::create(1, &[]).await else { return };
    topic.produce(&[Event::at(0, 0).record(), broken(0, "{\"order_time\":1,"), Event::at(0, 1).record()]);
    let world = World::with_orders(&topic).await;
    let job = world.build_to_tip().await;
    let ledger = world.catalog().ledger(job.segment).await.unwrap();
    assert_eq!(ledger.0[&0].rejected.get("not_json"), Some(&1));
    assert!(ledger.0[&0].rejected_offsets.contains(1));
    let ready = world.timeline().await.segments[0].ready().unwrap().clone();
    let file = ready.files.iter().find(|file| file.kind == FileKind::Rejected).expect("a rejected file");
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(world.object(&file.path)).unwrap());
    let batch = reader.unwrap().build().unwrap().next().unwrap().unwrap();
    assert_eq!(batch.num_rows(), 1);
    let column = |name: &str| batch.column_by_name(name).expect("the column").clone();
    assert_eq!(column("topic").as_string::<i32>().value(0), topic.name);
    assert_eq!(column("partition").as_primitive::<Int32Type>().value(0), 0);
    assert_eq!(column("offset").as_primitive::<Int64Type>().value(0), 1);
    assert_eq!(column("key").as_binary::<i32>().value(0), b"the key");
    assert_eq!(column("value").as_binary::<i32>().value(0), b"{\"order_time\":1,");
    assert_eq!(column("reason").as_string::<i32>().value(0), "not_json");
    assert_eq!(column("headers").as_list::<i32>().value(0).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_rejected_messages_fail_the_build_and_the_evidence_is_kept() {
    let Some(topic) = Topic::create(1, &[]).await else { return };
    let good = (0..1000).map(|i| Event::at(0, i % 5).record());
    topic.produce(&good.chain((0..101).map(|_| broken(0, "no JSON"))).collect::<Vec<_>>());
    let world = World::with_orders(&topic).await;
    let queued = world.queue(Default::default()).await.unwrap();
    let job = world.engine().wait(queued.job().id).await.unwrap();
    assert_eq!(job.state, JobState::Error);
    let error = job.error.unwrap_or_default();
    assert!(error.contains("101 of 1101 messages were rejected (not_json 101)"), "{error}");
    let path =
        error.split("They are kept in ").nth(1).and_then(|rest| rest.split(':').next()).expect("a path");
    assert!(std::path::Path::new(path).exists(), "{path}");
    assert!(world.timeline().await.segments[0].ready().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_rejected_messages_of_any_number_do_not_fail_a_build() {
    let Some(topic) = Topic::create(1, &[]).await else { return };
    topic.produce(&(0..100).map(|_| broken(0, "no JSON")).collect::<Vec<_>>());
    let world = World::with_orders(&topic).await;
    let job = world.build_to_tip().await;
    let totals = world.catalog().ledger(job.segment).await.unwrap().totals();
    assert_eq!((totals.rows, totals.rejected), (0, 100));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tombstone_is_filtered_with_its_reason_counted() {
    let Some(topic) = Topic::create(1, &[]).await else { return };
    topic.produce(&[Record { key: Some("k".into()), ..Record::default() }, Event::at(0, 0).record()]);
    let world = World::with_orders(&topic).await;
    let job = world.build_to_tip().await;
    let ledger = world.catalog().ledger(job.segment).await.unwrap();
    assert_eq!(ledger.0[&0].filtered.get("tombstone"), Some(&1));
    assert_eq!(ledger.totals().rows, 1);
}
