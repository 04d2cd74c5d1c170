//! Where the demo's messages go: a broker inside this process, or a real one.

use cube::{Error, Result};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, Producer};

use crate::produce::kafka::create_topic;

/// A topic that exists, is empty, and lives as long as this.
pub(super) struct Broker {
    pub(super) address: String,
    pub(super) topic: String,
    pub(super) partitions: i32,
    /// The client inside which an embedded broker lives.
    embedded: Option<BaseProducer>,
}

impl Broker {
    /// A broker in this process, in memory. It keeps 5 MiB of compressed messages a partition and
    /// silently drops the oldest beyond that, so whoever sends has to look at the low watermarks.
    pub(super) fn embedded(partitions: i32) -> Result<Self> {
        let failed = |what: &dyn std::fmt::Display| {
            Error::internal(format!(
                "the broker inside the demo cannot be started: {what}; use a real one with --broker HOST:PORT"
            ))
        };
        let client: BaseProducer =
            ClientConfig::new().set("test.mock.num.brokers", "1").create().map_err(|error| failed(&error))?;
        let address = {
            let cluster = client.client().mock_cluster().ok_or_else(|| failed(&"the library has none"))?;
            cluster.create_topic("flights", partitions, 1).map_err(|error| failed(&error))?;
            cluster.bootstrap_servers()
        };
        Ok(Self { address, topic: "flights".into(), partitions, embedded: Some(client) })
    }

    /// A new topic at a broker that runs already.
    pub(super) async fn real(address: &str, partitions: i32) -> Result<Self> {
        let unique = uuid::Uuid::new_v4().simple().to_string();
        let topic = format!("kirin_demo_flights_{}", &unique[..8]);
        create_topic(address, &topic, partitions).await?;
        Ok(Self { address: address.to_owned(), topic, partitions, embedded: None })
    }

    pub(super) fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }
}
