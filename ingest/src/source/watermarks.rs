//! What a topic holds now.

use std::collections::BTreeMap;

use cube::Result;
use cube::offsets::PartitionId;
use rdkafka::consumer::Consumer;
use rdkafka::{Offset, TopicPartitionList};

use super::KafkaSource;
use super::client::{REQUEST_TIMEOUT, failed};

/// The offsets of one partition at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watermarks {
    /// The first offset that Kafka still has.
    pub low: i64,
    /// The last stable offset: the first one that is not yet decided, or the end of the log.
    /// Builds read up to here.
    pub tip: i64,
    /// The end of the log, open transactions included; lag is measured from here.
    pub high: i64,
}

/// By partition.
pub type TopicWatermarks = BTreeMap<PartitionId, Watermarks>;

impl KafkaSource {
    /// The watermarks of all partitions of the topic.
    pub fn watermarks(&self) -> Result<TopicWatermarks> {
        let ask = |consumer: &dyn Fn(i32) -> rdkafka::error::KafkaResult<(i64, i64)>, partition: i32| {
            consumer(partition)
                .map_err(|error| failed(&self.model, &format!("asking for the offsets of partition {partition}"), &error))
        };
        let topic = self.model.topic.as_str();
        self.partitions()?
            .into_iter()
            .map(|partition| {
                let (low, tip) =
                    ask(&|p| self.committed.fetch_watermarks(topic, p, REQUEST_TIMEOUT), partition)?;
                let (_, high) =
                    ask(&|p| self.uncommitted.fetch_watermarks(topic, p, REQUEST_TIMEOUT), partition)?;
                Ok((partition, Watermarks { low, tip, high: high.max(tip) }))
            })
            .collect()
    }

    /// For each partition the first offset whose message has a Kafka timestamp at or after
    /// `timestamp` (milliseconds UTC); `None` where there is no such message.
    pub fn offsets_for_time(&self, timestamp: i64) -> Result<BTreeMap<PartitionId, Option<i64>>> {
        let mut asked = TopicPartitionList::new();
        for partition in self.partitions()? {
            asked
                .add_partition_offset(&self.model.topic, partition, Offset::Offset(timestamp))
                .map_err(|error| failed(&self.model, "asking for offsets by time", &error))?;
        }
        let found = self
            .committed
            .offsets_for_times(asked, REQUEST_TIMEOUT)
            .map_err(|error| failed(&self.model, "asking for offsets by time", &error))?;
        found
            .elements()
            .iter()
            .map(|element| {
                element.error().map_err(|error| failed(&self.model, "asking for offsets by time", &error))?;
                let offset = match element.offset() {
                    Offset::Offset(offset) if offset >= 0 => Some(offset),
                    _ => None,
                };
                Ok((element.partition(), offset))
            })
            .collect()
    }
}
