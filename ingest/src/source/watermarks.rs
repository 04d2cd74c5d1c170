//! What a topic holds now.

use std::collections::BTreeMap;
use std::time::Duration;

use cube::Result;
use cube::offsets::PartitionId;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use super::KafkaSource;
use super::client::{LogContext, REQUEST_TIMEOUT, failed};

/// How often and how long a client is given to learn of a new partition.
const NEW_PARTITION_TRIES: usize = 25;
const NEW_PARTITION_WAIT: Duration = Duration::from_millis(200);

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
        self.partitions()?
            .into_iter()
            .map(|partition| {
                let (low, tip) = self.ask(&self.committed, partition)?;
                let (_, high) = self.ask(&self.uncommitted, partition)?;
                Ok((partition, Watermarks { low, tip, high: high.max(tip) }))
            })
            .collect()
    }

    fn ask(&self, consumer: &BaseConsumer<LogContext>, partition: PartitionId) -> Result<(i64, i64)> {
        let topic = self.model.topic.as_str();
        let mut answer = consumer.fetch_watermarks(topic, partition, REQUEST_TIMEOUT);
        for _ in 0..NEW_PARTITION_TRIES {
            let unknown =
                |error: &KafkaError| error.rdkafka_error_code() == Some(RDKafkaErrorCode::UnknownPartition);
            if !answer.as_ref().is_err_and(unknown) {
                break;
            }
            // The partition is new: this client has to look at the topic again before it can ask for it.
            let _ = consumer.fetch_metadata(Some(topic), REQUEST_TIMEOUT);
            std::thread::sleep(NEW_PARTITION_WAIT);
            answer = consumer.fetch_watermarks(topic, partition, REQUEST_TIMEOUT);
        }
        answer.map_err(|error| {
            failed(&self.model, &format!("asking for the offsets of partition {partition}"), &error)
        })
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
