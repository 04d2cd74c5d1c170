//! Sends messages to Kafka: large batches, each message to the partition that it names, and an
//! error unless every one of them was taken.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cube::{Error, Result};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use rdkafka::types::RDKafkaErrorCode;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// How long the broker may take no message; then it is as good as gone.
const STALLED: Duration = Duration::from_secs(30);
/// Messages that wait for the broker at most.
const QUEUE: i32 = 200_000;
/// Messages between two looks at what was delivered.
const POLL_EVERY: u64 = 4096;

/// How messages are packed.
#[derive(Clone, Debug)]
pub struct Packing {
    /// `none`, `gzip`, `snappy`, `lz4` or `zstd`.
    pub compression: String,
    /// How long a batch may wait for more, in milliseconds.
    pub linger_ms: u32,
}

impl Default for Packing {
    fn default() -> Self {
        Self { compression: "zstd".into(), linger_ms: 50 }
    }
}

/// Sends to one topic.
pub struct Sender {
    producer: BaseProducer<Deliveries>,
    deliveries: Arc<Outcome>,
    topic: String,
    brokers: String,
    sent: BTreeMap<i32, u64>,
    messages: u64,
}

impl Sender {
    /// # Errors
    /// `Invalid` for a compression that is not known.
    pub fn new(brokers: &str, topic: &str, packing: &Packing) -> Result<Self> {
        let deliveries = Arc::<Outcome>::default();
        let producer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("client.id", "kirin-produce")
            // A batch that is sent again after a lost answer must not be in the topic twice.
            .set("enable.idempotence", "true")
            .set("compression.codec", &packing.compression)
            .set("linger.ms", packing.linger_ms.to_string())
            .set("batch.size", "1000000")
            .set("batch.num.messages", "100000")
            .set("queue.buffering.max.messages", QUEUE.to_string())
            .set("queue.buffering.max.kbytes", "131072")
            .create_with_context(Deliveries(deliveries.clone()))
            .map_err(|error| {
                Error::invalid(format!(
                    "a producer with compression {} cannot be made: {error}",
                    packing.compression
                ))
            })?;
        Ok(Self {
            producer,
            deliveries,
            topic: topic.to_owned(),
            brokers: brokers.to_owned(),
            sent: BTreeMap::new(),
            messages: 0,
        })
    }

    /// Hands a message to the library, waiting while its queue is full.
    pub fn send(&mut self, partition: i32, key: Option<&[u8]>, value: Option<&[u8]>) -> Result<()> {
        let mut record = BaseRecord::<[u8], [u8]>::to(&self.topic).partition(partition);
        record.key = key;
        record.payload = value;
        while let Err((error, refused)) = self.producer.send(record) {
            if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                return Err(self.failed(&error.to_string()));
            }
            self.wait(QUEUE / 2)?;
            record = refused;
        }
        *self.sent.entry(partition).or_default() += 1;
        self.messages += 1;
        if self.messages.is_multiple_of(POLL_EVERY) {
            self.producer.poll(Duration::ZERO);
            self.deliveries.check().map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    /// Waits until everything sent was taken.
    ///
    /// # Errors
    /// `Unavailable` if the broker refused a message, or does not answer.
    pub fn flush(&mut self) -> Result<()> {
        // The library's own flush starts anew with each call of its wrapper, and so waits for the
        // linger time and for a tenth of a second more.
        self.wait(0)?;
        let delivered = self.deliveries.delivered.load(Ordering::Acquire);
        if delivered != self.messages {
            return Err(self.failed(&format!("{} were sent but {delivered} delivered", self.messages)));
        }
        Ok(())
    }

    /// Lets the library deliver until at most `left` messages wait.
    fn wait(&self, left: i32) -> Result<()> {
        let mut waiting = self.producer.in_flight_count();
        let mut since = Instant::now();
        while waiting > left {
            self.producer.poll(Duration::from_millis(5));
            self.deliveries.check().map_err(|error| self.failed(&error))?;
            let now = self.producer.in_flight_count();
            if now < waiting {
                since = Instant::now();
            } else if since.elapsed() > STALLED {
                return Err(self.failed(&format!("none of {now} was taken for {} s", STALLED.as_secs())));
            }
            waiting = now;
        }
        self.deliveries.check().map_err(|error| self.failed(&error))
    }

    /// Messages by partition.
    pub fn sent(&self) -> &BTreeMap<i32, u64> {
        &self.sent
    }

    /// The first offset and the end of a partition.
    pub fn watermarks(&self, partition: i32) -> Result<(i64, i64)> {
        self.producer
            .client()
            .fetch_watermarks(&self.topic, partition, REQUEST_TIMEOUT)
            .map_err(|error| self.failed(&error.to_string()))
    }

    fn failed(&self, what: &str) -> Error {
        Error::unavailable(format!(
            "topic {} at {}: messages could not be sent: {what}; check that the brokers run, and that the topic has \
             the partitions asked for",
            self.topic, self.brokers
        ))
    }
}

/// Creates the topic; `false` if it was there, with at least these partitions.
///
/// # Errors
/// `Conflict` if it is there with fewer; `Unavailable` if the broker refuses or does not answer.
pub async fn create_topic(brokers: &str, topic: &str, partitions: i32) -> Result<bool> {
    let failed = |what: String| {
        Error::unavailable(format!(
            "topic {topic} at {brokers} cannot be created: {what}; check that the brokers run"
        ))
    };
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .create()
        .map_err(|error| failed(error.to_string()))?;
    let wanted = NewTopic::new(topic, partitions, TopicReplication::Fixed(-1));
    let options =
        AdminOptions::new().request_timeout(Some(REQUEST_TIMEOUT)).operation_timeout(Some(REQUEST_TIMEOUT));
    let results =
        admin.create_topics([&wanted], &options).await.map_err(|error| failed(error.to_string()))?;
    match results.into_iter().next() {
        Some(Ok(_)) => Ok(true),
        Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => {
            let topic_name = topic.to_owned();
            let metadata = tokio::task::spawn_blocking(move || {
                admin.inner().fetch_metadata(Some(&topic_name), REQUEST_TIMEOUT)
            });
            let metadata = metadata.await.map_err(|error| Error::internal(error.to_string()))?;
            let metadata = metadata.map_err(|error| failed(error.to_string()))?;
            let there = metadata.topics().iter().map(|found| found.partitions().len()).next().unwrap_or(0);
            if there < partitions.max(0) as usize {
                return Err(Error::conflict(format!(
                    "topic {topic} at {brokers} has {there} partitions, not {partitions}; use --partitions {there}, or \
                     another topic"
                )));
            }
            Ok(false)
        }
        Some(Err((_, code))) => Err(failed(code.to_string())),
        None => Err(failed("the broker did not answer".into())),
    }
}

/// What became of the messages.
#[derive(Debug, Default)]
struct Outcome {
    delivered: AtomicU64,
    refused: AtomicU64,
    first_error: Mutex<Option<String>>,
}

impl Outcome {
    fn check(&self) -> std::result::Result<(), String> {
        let refused = self.refused.load(Ordering::Acquire);
        if refused == 0 {
            return Ok(());
        }
        let first = self.first_error.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Err(format!("{refused} messages were refused, the first because of {}", first.unwrap_or_default()))
    }
}

struct Deliveries(Arc<Outcome>);

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
                tracing::debug!(target: "kafka", facility, "{message}");
            }
            _ => tracing::warn!(target: "kafka", facility, "{message}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(target: "kafka", %error, "{reason}");
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _: ()) {
        match result {
            Ok(_) => {
                self.0.delivered.fetch_add(1, Ordering::AcqRel);
            }
            Err((error, _)) => {
                self.0
                    .first_error
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(error.to_string());
                self.0.refused.fetch_add(1, Ordering::AcqRel);
            }
        }
    }
}
