//! Kafka clients of a model.

use std::ffi::CString;
use std::sync::Arc;
use std::time::Duration;

use cube::spec::ModelSpec;
use cube::{Error, ErrorKind, Result};
use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

/// How long one request for metadata or watermarks may take.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// Bytes fetched in one request and partition at most.
const MAX_FETCH_BYTES: usize = 8 << 20;

/// Sends the library's log lines to ours.
pub(super) struct LogContext;

impl ClientContext for LogContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
                tracing::error!(target: "kafka", facility, "{message}");
            }
            RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => {
                tracing::warn!(target: "kafka", facility, "{message}");
            }
            _ => tracing::debug!(target: "kafka", facility, "{message}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(target: "kafka", %error, "{reason}");
    }
}

impl ConsumerContext for LogContext {}

/// A topic, with clients that see committed messages only.
///
/// All calls block; run them where blocking is allowed.
#[derive(Clone)]
pub struct KafkaSource {
    pub(super) model: Arc<ModelSpec>,
    /// Sees up to the last stable offset.
    pub(super) committed: Arc<BaseConsumer<LogContext>>,
    /// Sees up to the high watermark.
    pub(super) uncommitted: Arc<BaseConsumer<LogContext>>,
}

impl KafkaSource {
    /// # Errors
    /// `Invalid` if a client property, or the secret it refers to, is not usable.
    pub fn new(model: Arc<ModelSpec>) -> Result<Self> {
        Ok(Self {
            committed: Arc::new(consumer(&model, "read_committed", &[])?),
            uncommitted: Arc::new(consumer(&model, "read_uncommitted", &[])?),
            model,
        })
    }

    /// The topic's partitions, ascending.
    ///
    /// # Errors
    /// `NotFound` if the topic does not exist; `Unavailable` if no broker answers.
    pub fn partitions(&self) -> Result<Vec<i32>> {
        let topic = &self.model.topic;
        let metadata = self
            .committed
            .fetch_metadata(Some(topic), REQUEST_TIMEOUT)
            .map_err(|error| failed(&self.model, "asking for the topic's partitions", &error))?;
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        let mut partitions: Vec<i32> =
            found.map(|found| found.partitions().iter().map(|p| p.id()).collect()).unwrap_or_default();
        partitions.sort_unstable();
        let error = found.and_then(|found| found.error()).map(RDKafkaErrorCode::from);
        match error {
            None if !partitions.is_empty() => Ok(partitions),
            None | Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
                Err(Error::not_found(format!(
                    "topic {topic} does not exist at {}; create it, or correct `table.topic`",
                    self.model.brokers
                )))
            }
            Some(code) => Err(Error::unavailable(format!(
                "topic {topic} at {} cannot be read: {code}; check the topic's access rights and state",
                self.model.brokers
            ))),
        }
    }

    /// A consumer of its own for one build, whose fetch queues share `queue_bytes`.
    pub(super) fn reading_consumer(
        &self,
        partitions: usize,
        queue_bytes: usize,
    ) -> Result<BaseConsumer<LogContext>> {
        let share = (queue_bytes / partitions.max(1)).max(1 << 16);
        let fetch = share.min(MAX_FETCH_BYTES);
        consumer(
            &self.model,
            "read_committed",
            &[
                ("queued.max.messages.kbytes", (share / 1024).to_string()),
                ("queued.min.messages", "200000".into()),
                ("fetch.message.max.bytes", fetch.to_string()),
                ("fetch.wait.max.ms", "50".into()),
                ("fetch.error.backoff.ms", "100".into()),
            ],
        )
    }

    pub(super) fn topic(&self) -> Result<CString> {
        CString::new(self.model.topic.as_str())
            .map_err(|_| Error::invalid(format!("topic {:?} holds a zero byte", self.model.topic)))
    }
}

fn consumer(model: &ModelSpec, isolation: &str, more: &[(&str, String)]) -> Result<BaseConsumer<LogContext>> {
    let mut config = ClientConfig::new();
    for (name, value) in more {
        config.set(*name, value);
    }
    for (name, property) in model.properties.iter() {
        config.set(name, property.resolve(name)?);
    }
    config
        .set("bootstrap.servers", &model.brokers)
        // The library wants a name; the group is never joined and nothing is committed to it.
        .set("group.id", "kirin")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        .set("enable.partition.eof", "true")
        .set("isolation.level", isolation)
        .set("allow.auto.create.topics", "false");
    config.create_with_context(LogContext).map_err(|error| {
        // The library's text names the property but not its value, so no secret is shown.
        Error::invalid(format!("model {}: the Kafka client cannot be made: {error}", model.name))
    })
}

/// An error of the client library, as who must act on it.
pub(super) fn failed(model: &ModelSpec, doing: &str, error: &KafkaError) -> Error {
    let kind = match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::ClusterAuthorizationFailed) => {
            ErrorKind::Invalid
        }
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
            ErrorKind::NotFound
        }
        _ => ErrorKind::Unavailable,
    };
    Error::new(
        kind,
        format!(
            "topic {} at {}: {doing}: {error}; check that the brokers run and can be reached from here",
            model.topic, model.brokers
        ),
    )
}
