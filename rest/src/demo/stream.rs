//! Sends the flights, one delivery at a time, and checks that the broker has all of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cube::offsets::{OffsetRange, SegmentOffsets};
use cube::{Error, Result};

use super::broker::Broker;
use crate::produce::Counts;
use crate::produce::flights::{FlightStream, Flights, Month, StreamOptions};
use crate::produce::kafka::{Packing, Sender};

/// The flights on their way to a topic.
pub(super) struct Feed {
    /// Sending goes on aside even if the demo is interrupted; the broker has to outlive it.
    _broker: Arc<Broker>,
    stream: FlightStream,
    sender: Sender,
    partitions: i32,
    counts: Counts,
}

/// One delivery that has arrived.
pub(super) struct Delivered {
    /// `None`: only flights that are late for the last month.
    pub(super) month: Option<Month>,
    /// Where its messages stand.
    pub(super) offsets: SegmentOffsets,
    pub(super) counts: Counts,
    pub(super) took: Duration,
}

impl Feed {
    pub(super) fn new(broker: Arc<Broker>, late_percent: f64) -> Result<Self> {
        let partitions = broker.partitions;
        let options = StreamOptions { partitions, late_percent, faults: true };
        Ok(Self {
            stream: FlightStream::new(Flights::embedded()?, options)?,
            sender: Sender::new(&broker.address, &broker.topic, &Packing::default())?,
            _broker: broker,
            partitions,
            counts: Counts::default(),
        })
    }

    pub(super) fn deliveries(&self) -> usize {
        self.stream.deliveries()
    }

    /// What was sent so far.
    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Sends the next delivery; sending blocks, so it is done aside.
    pub(super) async fn next(mut self) -> Result<(Self, Delivered)> {
        let sending = tokio::task::spawn_blocking(move || {
            let delivered = self.send_next()?;
            Ok((self, delivered))
        });
        sending.await.unwrap_or_else(|error| Err(Error::internal(format!("sending did not end: {error}"))))
    }

    fn send_next(&mut self) -> Result<Delivered> {
        let started = Instant::now();
        let before = self.sender.sent().clone();
        let mut counts = Counts::default();
        let sender = &mut self.sender;
        let month = self.stream.deliver(|message| {
            counts.add(message.kind);
            sender.send(message.partition, message.key, message.value)
        })?;
        self.sender.flush()?;
        self.counts.extend(&counts);
        let offsets = self.check(&before)?;
        Ok(Delivered { month, offsets, counts, took: started.elapsed() })
    }

    /// The offsets of what was sent since `before`, all of which the broker must have.
    fn check(&self, before: &BTreeMap<i32, u64>) -> Result<SegmentOffsets> {
        let mut offsets = SegmentOffsets::default();
        for partition in 0..self.partitions {
            let sent = |counts: &BTreeMap<i32, u64>| counts.get(&partition).copied().unwrap_or(0) as i64;
            let (low, high) = self.sender.watermarks(partition)?;
            let total = sent(self.sender.sent());
            if low != 0 || high != total {
                return Err(Error::data(format!(
                    "partition {partition} of the demo's topic holds offsets {low}..{high}, but 0..{total} were sent: \
                     the broker dropped some; run the demo with a real one, --broker HOST:PORT"
                )));
            }
            offsets.insert(partition, OffsetRange::new(sent(before), total)?);
        }
        Ok(offsets)
    }
}
