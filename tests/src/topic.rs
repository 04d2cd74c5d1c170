//! A topic of a test's own on the real broker.

use std::time::Duration;

use rdkafka::admin::{
    AdminClient, AdminOptions, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::services;

const TIMEOUT: Duration = Duration::from_secs(30);

/// One message to be produced.
#[derive(Clone, Debug, Default)]
pub struct Record {
    pub partition: i32,
    pub key: Option<String>,
    /// `None`: a tombstone.
    pub value: Option<Vec<u8>>,
    /// Kafka's timestamp, milliseconds; `None`: now.
    pub timestamp: Option<i64>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

pub struct OpenTransaction<'a> {
    topic: &'a Topic,
    producer: ThreadedProducer<rdkafka::producer::DefaultProducerContext>,
    partitions: Vec<i32>,
}

impl OpenTransaction<'_> {
    pub fn commit(self) {
        self.producer.commit_transaction(TIMEOUT).expect("the transaction commits");
        self.topic.wait_for_markers(&self.partitions);
    }
}

fn partitions(records: &[Record]) -> Vec<i32> {
    let mut partitions: Vec<i32> = records.iter().map(|record| record.partition).collect();
    partitions.sort_unstable();
    partitions.dedup();
    partitions
}

pub struct Topic {
    pub name: String,
    pub brokers: String,
    admin: AdminClient<DefaultClientContext>,
}

impl Topic {
    /// A new topic with a name that no other test has; `None` if there is no broker.
    pub async fn create(partitions: i32, config: &[(&str, &str)]) -> Option<Self> {
        let brokers = services::kafka()?.to_owned();
        let name = format!("t-{}", cube::id::JobId::fresh());
        Some(Self::create_named(name, brokers, partitions, config).await)
    }

    pub async fn create_named(
        name: String,
        brokers: String,
        partitions: i32,
        config: &[(&str, &str)],
    ) -> Self {
        let admin: AdminClient<_> =
            ClientConfig::new().set("bootstrap.servers", &brokers).create().expect("an admin client");
        let mut topic = NewTopic::new(&name, partitions, TopicReplication::Fixed(1));
        for (key, value) in config {
            topic = topic.set(key, value);
        }
        let created =
            admin.create_topics([&topic], &AdminOptions::new().operation_timeout(Some(TIMEOUT))).await;
        for result in created.expect("the broker answers") {
            result.expect("the topic is created");
        }
        Self { name, brokers, admin }
    }

    fn producer(&self, more: &[(&str, &str)]) -> ThreadedProducer<rdkafka::producer::DefaultProducerContext> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers).set("compression.type", "lz4").set("linger.ms", "5");
        config.set("queue.buffering.max.messages", "1000000");
        for (key, value) in more {
            config.set(*key, *value);
        }
        config.create().expect("a producer")
    }

    /// Produces and waits until all are acknowledged.
    pub fn produce(&self, records: &[Record]) {
        let producer = self.producer(&[]);
        self.send(&producer, records);
        producer.flush(TIMEOUT).expect("all messages are delivered");
        assert_eq!(producer.in_flight_count(), 0);
    }

    /// One transaction with these records, committed or aborted.
    pub fn transaction(&self, records: &[Record], commit: bool) {
        let producer = self.producer(&[("transactional.id", &format!("tx-{}", cube::id::JobId::fresh()))]);
        producer.init_transactions(TIMEOUT).expect("transactions are initialised");
        producer.begin_transaction().expect("a transaction begins");
        self.send(&producer, records);
        producer.flush(TIMEOUT).expect("all messages are delivered");
        if commit {
            producer.commit_transaction(TIMEOUT).expect("the transaction commits");
        } else {
            producer.abort_transaction(TIMEOUT).expect("the transaction aborts");
        }
        self.wait_for_markers(&partitions(records));
    }

    /// The broker answers the end of a transaction before it has written the markers.
    fn wait_for_markers(&self, partitions: &[i32]) {
        let consumer = |isolation: &str| -> BaseConsumer {
            let mut config = ClientConfig::new();
            config.set("bootstrap.servers", &self.brokers).set("isolation.level", isolation);
            config.create().expect("a consumer")
        };
        let (stable, all) = (consumer("read_committed"), consumer("read_uncommitted"));
        let end = |consumer: &BaseConsumer, partition| {
            consumer.fetch_watermarks(&self.name, partition, TIMEOUT).expect("the broker answers").1
        };
        for &partition in partitions {
            let begin = std::time::Instant::now();
            while end(&stable, partition) < end(&all, partition) {
                assert!(begin.elapsed() < TIMEOUT, "partition {partition}: its markers are not written");
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// A transaction that is neither committed nor aborted until its holder says so.
    pub fn open_transaction(&self, records: &[Record]) -> OpenTransaction<'_> {
        let producer = self.producer(&[("transactional.id", &format!("tx-{}", cube::id::JobId::fresh()))]);
        producer.init_transactions(TIMEOUT).expect("transactions are initialised");
        producer.begin_transaction().expect("a transaction begins");
        self.send(&producer, records);
        producer.flush(TIMEOUT).expect("all messages are delivered");
        OpenTransaction { topic: self, producer, partitions: partitions(records) }
    }

    /// How many messages Kafka still has at offsets `from..to` of a partition.
    pub fn count(&self, partition: i32, from: i64, to: i64) -> usize {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.brokers)
            .set("group.id", "counting")
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "error")
            .set("enable.partition.eof", "true")
            .create()
            .expect("a consumer");
        let mut assignment = TopicPartitionList::new();
        assignment.add_partition_offset(&self.name, partition, Offset::Offset(from)).expect("an offset");
        consumer.assign(&assignment).expect("an assignment");
        let mut count = 0;
        loop {
            match consumer.poll(TIMEOUT) {
                Some(Ok(message)) if message.offset() < to => count += 1,
                Some(Ok(_)) | Some(Err(KafkaError::PartitionEOF(_))) => return count,
                Some(Err(error)) => panic!("counting messages: {error}"),
                None => panic!("counting messages: nothing arrives"),
            }
        }
    }

    fn send(
        &self,
        producer: &ThreadedProducer<rdkafka::producer::DefaultProducerContext>,
        records: &[Record],
    ) {
        for record in records {
            let mut message: BaseRecord<'_, String, Vec<u8>> =
                BaseRecord::to(&self.name).partition(record.partition);
            if let Some(key) = &record.key {
                message = message.key(key);
            }
            if let Some(value) = &record.value {
                message = message.payload(value);
            }
            if let Some(timestamp) = record.timestamp {
                message = message.timestamp(timestamp);
            }
            if !record.headers.is_empty() {
                let headers = record.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
                    headers.insert(Header { key, value: value.as_ref() })
                });
                message = message.headers(headers);
            }
            let mut next = Some(message);
            while let Some(message) = next.take() {
                if let Err((error, back)) = producer.send(message) {
                    assert!(error.to_string().contains("Queue full"), "{error}");
                    std::thread::sleep(Duration::from_millis(5));
                    next = Some(back);
                }
            }
        }
    }

    /// Adds partitions until there are `total`.
    pub async fn grow(&self, total: usize) {
        let results = self
            .admin
            .create_partitions([&NewPartitions::new(&self.name, total)], &AdminOptions::new())
            .await;
        results.expect("the broker answers").into_iter().for_each(|result| {
            result.expect("partitions are added");
        });
    }

    /// Deletes all messages before the offset, as retention does.
    pub async fn delete_before(&self, partition: i32, offset: i64) {
        let mut offsets = TopicPartitionList::new();
        offsets.add_partition_offset(&self.name, partition, Offset::Offset(offset)).expect("an offset");
        self.admin.delete_records(&offsets, &AdminOptions::new()).await.expect("records are deleted");
    }

    /// Deletes the topic.
    pub async fn delete(&self) {
        self.admin.delete_topics(&[&self.name], &AdminOptions::new()).await.expect("the topic is deleted");
    }

    /// A topic's setting, as the broker tells it.
    pub async fn setting(&self, name: &str) -> Option<String> {
        let resource = ResourceSpecifier::Topic(&self.name);
        let answers = self.admin.describe_configs([&resource], &AdminOptions::new()).await.expect("settings");
        answers
            .into_iter()
            .flatten()
            .find_map(|answer| answer.get(name).and_then(|entry| entry.value.clone()))
    }
}
