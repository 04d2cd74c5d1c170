//! Dead letters: messages that could not be decoded, kept whole beside the segment as Parquet.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, Int32Builder, Int64Builder, ListBuilder, RecordBatch, StringBuilder,
    StructBuilder, TimestampMillisecondBuilder,
};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::SpooledFile;
use crate::Result;
use crate::offsets::PartitionId;

/// A batch is written when its messages hold this many bytes, which bounds the memory.
const BATCH_BYTES: usize = 4 << 20;

/// A message that could not be decoded.
#[derive(Clone, Debug, Default)]
pub struct RejectedMessage {
    pub partition: PartitionId,
    pub offset: i64,
    /// Kafka's, milliseconds UTC.
    pub timestamp: Option<i64>,
    pub key: Option<Vec<u8>>,
    /// In their order; names may repeat, values may be null.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    pub value: Option<Vec<u8>>,
    /// The code that the ledger counts it under.
    pub reason: String,
    /// Which field, which value, and what would be accepted.
    pub detail: String,
}

fn header_fields() -> Fields {
    Fields::from(vec![Field::new("name", DataType::Utf8, false), Field::new("value", DataType::Binary, true)])
}

/// The columns of a rejected file, one row a message.
pub fn rejected_schema() -> SchemaRef {
    let header = Field::new("item", DataType::Struct(header_fields()), true);
    Arc::new(Schema::new(vec![
        Field::new("topic", DataType::Utf8, false),
        Field::new("partition", DataType::Int32, false),
        Field::new("offset", DataType::Int64, false),
        Field::new("timestamp", DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())), true),
        Field::new("key", DataType::Binary, true),
        Field::new("headers", DataType::List(Arc::new(header)), false),
        Field::new("value", DataType::Binary, true),
        Field::new("reason", DataType::Utf8, false),
        Field::new("detail", DataType::Utf8, false),
    ]))
}

/// Writes rejected messages to a file on local disk, in any order of partitions.
pub struct RejectedWriter {
    topic: String,
    writer: ArrowWriter<SpooledFile>,
    waiting: Vec<RejectedMessage>,
    bytes: usize,
}

impl RejectedWriter {
    pub fn create(topic: &str) -> Result<Self> {
        let properties =
            WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?)).build();
        let writer = ArrowWriter::try_new(SpooledFile::new()?, rejected_schema(), Some(properties))?;
        Ok(Self { topic: topic.to_owned(), writer, waiting: vec![], bytes: 0 })
    }

    pub fn push(&mut self, message: RejectedMessage) -> Result<()> {
        self.bytes +=
            256 + message.value.as_ref().map_or(0, Vec::len) + message.key.as_ref().map_or(0, Vec::len);
        self.waiting.push(message);
        if self.bytes >= BATCH_BYTES { self.write() } else { Ok(()) }
    }

    pub fn finish(mut self) -> Result<SpooledFile> {
        self.write()?;
        Ok(self.writer.into_inner()?)
    }

    fn write(&mut self) -> Result<()> {
        let batch = batch(&self.topic, &std::mem::take(&mut self.waiting))?;
        self.bytes = 0;
        Ok(self.writer.write(&batch)?)
    }
}

fn batch(topic: &str, messages: &[RejectedMessage]) -> Result<RecordBatch> {
    let mut topics = StringBuilder::new();
    let mut partitions = Int32Builder::new();
    let mut offsets = Int64Builder::new();
    let mut timestamps = TimestampMillisecondBuilder::new().with_timezone("UTC");
    let mut keys = BinaryBuilder::new();
    let mut headers = ListBuilder::new(StructBuilder::from_fields(header_fields(), 0));
    let mut values = BinaryBuilder::new();
    let mut reasons = StringBuilder::new();
    let mut details = StringBuilder::new();
    for message in messages {
        topics.append_value(topic);
        partitions.append_value(message.partition);
        offsets.append_value(message.offset);
        timestamps.append_option(message.timestamp);
        keys.append_option(message.key.as_deref());
        for (name, value) in &message.headers {
            let fields = headers.values();
            if let Some(names) = fields.field_builder::<StringBuilder>(0) {
                names.append_value(name);
            }
            if let Some(values) = fields.field_builder::<BinaryBuilder>(1) {
                values.append_option(value.as_deref());
            }
            fields.append(true);
        }
        headers.append(true);
        values.append_option(message.value.as_deref());
        reasons.append_value(&message.reason);
        details.append_value(&message.detail);
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(topics.finish()),
        Arc::new(partitions.finish()),
        Arc::new(offsets.finish()),
        Arc::new(timestamps.finish()),
        Arc::new(keys.finish()),
        Arc::new(headers.finish()),
        Arc::new(values.finish()),
        Arc::new(reasons.finish()),
        Arc::new(details.finish()),
    ];
    Ok(RecordBatch::try_new(rejected_schema(), columns)?)
}
