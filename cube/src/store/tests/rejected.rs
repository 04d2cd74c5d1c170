use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Int32Type, Int64Type, TimestampMillisecondType};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::segment::FileKind;

async fn written(messages: &[RejectedMessage]) -> RecordBatch {
    let (store, _) = stores().remove(0);
    let mut writer = RejectedWriter::create("orders").unwrap();
    for message in messages {
        writer.push(message.clone()).unwrap();
    }
    let file = writer.finish().unwrap();
    let file = file.upload(&store, FileKind::Rejected, "rejected.parquet".into()).await.unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(store.get(&file.path).await.unwrap()).unwrap();
    assert_eq!(reader.schema().fields(), rejected_schema().fields());
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&rejected_schema(), &batches).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_kept_whole() {
    let full = RejectedMessage {
        partition: 3,
        offset: i64::MAX,
        timestamp: Some(1_767_225_600_000),
        key: Some(vec![]),
        headers: vec![
            ("trace".into(), Some(vec![0, 255])),
            ("trace".into(), None),
            (String::new(), Some(vec![])),
        ],
        value: Some(b"{\"a\": \xff".to_vec()),
        reason: "not JSON".into(),
        detail: "byte 6: ä".into(),
    };
    let bare = RejectedMessage { reason: "tombstone".into(), ..RejectedMessage::default() };
    let batch = written(&[full, bare]).await;
    assert_eq!(batch.num_rows(), 2);
    assert_eq!(batch.column(0).as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["orders", "orders"]);
    assert_eq!(batch.column(1).as_primitive::<Int32Type>().values(), &[3, 0]);
    assert_eq!(batch.column(2).as_primitive::<Int64Type>().values(), &[i64::MAX, 0]);
    let timestamps = batch.column(3).as_primitive::<TimestampMillisecondType>();
    assert_eq!(timestamps.iter().collect::<Vec<_>>(), [Some(1_767_225_600_000), None]);
    let keys = batch.column(4).as_binary::<i32>();
    assert_eq!(keys.iter().collect::<Vec<_>>(), [Some(&b""[..]), None], "an empty key is not a missing one");
    let values = batch.column(6).as_binary::<i32>();
    assert_eq!(values.iter().collect::<Vec<_>>(), [Some(&b"{\"a\": \xff"[..]), None]);
    assert_eq!(batch.column(8).as_string::<i32>().value(0), "byte 6: ä");

    let headers = batch.column(5).as_list::<i32>();
    assert_eq!((headers.value(0).len(), headers.value(1).len()), (3, 0));
    let first = headers.value(0);
    let fields = first.as_struct();
    assert_eq!(
        fields.column(0).as_string::<i32>().iter().flatten().collect::<Vec<_>>(),
        ["trace", "trace", ""]
    );
    let values: Vec<_> = fields.column(1).as_binary::<i32>().iter().collect();
    assert_eq!(values, [Some(&[0u8, 255][..]), None, Some(&[])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_dead_letters_are_an_empty_file() {
    assert_eq!(written(&[]).await.num_rows(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_dead_letters_than_fit_the_memory_come_out_in_their_order() {
    // 12 MiB, three times what is held at once.
    let messages: Vec<RejectedMessage> = (0..12_000)
        .map(|i| RejectedMessage {
            partition: i % 3,
            offset: i64::from(i),
            value: Some(vec![i as u8; 1024]),
            reason: "too long".into(),
            ..RejectedMessage::default()
        })
        .collect();
    let batch = written(&messages).await;
    let offsets = batch.column(2).as_primitive::<Int64Type>().values();
    assert!(offsets.iter().copied().eq(0..12_000));
    assert!(
        batch.column(6).as_binary::<i32>().iter().enumerate().all(|(i, v)| v.unwrap() == vec![i as u8; 1024])
    );
}
