//! Assigned ranges → batches of messages, one queue a partition.
//!
//! The library's batch call hands over messages where they lie in its fetch buffers, so nothing
//! is copied before it is decoded. It needs the C interface; all of it is in this file.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::slice;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cube::ledger::OffsetSet;
use cube::offsets::{OffsetRange, PartitionId, SegmentOffsets};
use cube::spec::ModelSpec;
use cube::{Error, Result};
use rdkafka::bindings as c;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{Message, Offset, TopicPartitionList};

use super::KafkaSource;
use super::client::{LogContext, failed};
use crate::faults;

/// Messages handed over at once at most.
const BATCH: usize = 8192;

/// A message, borrowed from the client library until the call that lends it returns.
pub struct RawMessage<'a> {
    pub offset: i64,
    pub key: Option<&'a [u8]>,
    /// `None`: a tombstone.
    pub value: Option<&'a [u8]>,
    native: *const c::rd_kafka_message_t,
}

impl RawMessage<'_> {
    /// Kafka's timestamp, milliseconds UTC.
    pub fn timestamp(&self) -> Option<i64> {
        let mut kind = c::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: `native` lives for as long as `self`.
        let timestamp = unsafe { c::rd_kafka_message_timestamp(self.native, &mut kind) };
        (kind != c::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE).then_some(timestamp)
    }

    /// Names and values in their order.
    pub fn headers(&self) -> Vec<(String, Option<Vec<u8>>)> {
        let mut headers = vec![];
        let mut native = ptr::null_mut();
        // SAFETY: `native` lives for as long as `self`, and so do its headers.
        unsafe {
            if c::rd_kafka_message_headers(self.native, &mut native)
                != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR
            {
                return headers;
            }
            let (mut name, mut value, mut length): (*const c_char, *const c_void, usize) =
                (ptr::null(), ptr::null(), 0);
            while c::rd_kafka_header_get_all(native, headers.len(), &mut name, &mut value, &mut length)
                == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR
            {
                let name = CStr::from_ptr(name).to_string_lossy().into_owned();
                headers.push((name, bytes(value.cast(), length).map(<[u8]>::to_vec)));
            }
        }
        headers
    }
}

/// # Safety
/// `data` is null or points to `length` bytes that live for `'a`.
unsafe fn bytes<'a>(data: *const u8, length: usize) -> Option<&'a [u8]> {
    // SAFETY: by this function's contract.
    (!data.is_null()).then(|| unsafe { slice::from_raw_parts(data, length) })
}

/// A consumer that is assigned one range per partition.
pub struct RangeReader {
    consumer: Arc<BaseConsumer<LogContext>>,
    model: Arc<ModelSpec>,
}

impl RangeReader {
    /// Assigns the non-empty ranges and gives a reader for each.
    ///
    /// `queue_bytes` bounds what all fetch queues hold together, but for one fetch of each.
    pub fn assign(
        source: &KafkaSource,
        offsets: &SegmentOffsets,
        queue_bytes: usize,
    ) -> Result<(Self, Vec<PartitionReader>)> {
        let ranges: Vec<(PartitionId, OffsetRange)> =
            offsets.iter().filter(|(_, range)| !range.is_empty()).collect();
        let consumer = Arc::new(source.reading_consumer(ranges.len(), queue_bytes)?);
        let topic = source.topic()?;
        let mut assignment = TopicPartitionList::new();
        let mut readers = vec![];
        for (partition, range) in ranges {
            let assign = assignment.add_partition_offset(
                &source.model.topic,
                partition,
                Offset::Offset(range.start()),
            );
            assign.map_err(|error| failed(&source.model, "assigning offsets", &error))?;
            // Taken before the assignment, or its first messages would go to the consumer's own queue.
            // SAFETY: the consumer outlives the queue, which holds a reference to it.
            let queue = unsafe {
                let queue = c::rd_kafka_queue_get_partition(
                    consumer.client().native_ptr(),
                    topic.as_ptr(),
                    partition,
                );
                if !queue.is_null() {
                    c::rd_kafka_queue_forward(queue, ptr::null_mut());
                }
                queue
            };
            if queue.is_null() {
                return Err(Error::internal(format!(
                    "partition {partition} has no queue in the Kafka client"
                )));
            }
            readers.push(PartitionReader {
                partition,
                range,
                next: range.start(),
                delivered: 0,
                absent: OffsetSet::default(),
                leader_epoch: None,
                end_seen: None,
                queue,
                model: source.model.clone(),
                _consumer: consumer.clone(),
            });
        }
        consumer.assign(&assignment).map_err(|error| failed(&source.model, "assigning offsets", &error))?;
        Ok((Self { consumer, model: source.model.clone() }, readers))
    }

    /// Serves the client library's events; call it now and then while partitions are read.
    ///
    /// # Errors
    /// `Unavailable` on an error that waiting does not mend.
    pub fn serve(&self, timeout: Duration) -> Result<()> {
        match self.consumer.poll(timeout) {
            None => Ok(()),
            Some(Ok(message)) => Err(Error::internal(format!(
                "partition {} offset {} arrived outside of its partition's queue; nothing was published",
                message.partition(),
                message.offset()
            ))),
            Some(Err(error)) => match error.rdkafka_error_code() {
                // The library goes on by itself; a lasting outage ends in the reader's stall limit.
                Some(code) if is_passing(code) => Ok(()),
                _ => Err(failed(&self.model, "reading", &error)),
            },
        }
    }
}

fn is_passing(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode::*;
    matches!(
        code,
        BrokerTransportFailure
            | AllBrokersDown
            | Resolve
            | OperationTimedOut
            | NotLeaderForPartition
            | LeaderNotAvailable
            | RequestTimedOut
            | NetworkException
            | UnknownLeaderEpoch
            | FencedLeaderEpoch
            | OffsetNotAvailable
            | CoordinatorNotAvailable
            | CoordinatorLoadInProgress
            | NotCoordinator
            | WaitingForCoordinator
    )
}

/// What one call to [`PartitionReader::poll`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled {
    /// Nothing has arrived yet.
    Nothing,
    /// This many messages of the range.
    Messages(usize),
    /// Every offset of the range is accounted for; the last messages were handed over before.
    End,
}

/// The reading of one partition's range, with its part of the ledger.
pub struct PartitionReader {
    pub partition: PartitionId,
    pub range: OffsetRange,
    /// The first offset that is not accounted for.
    next: i64,
    delivered: u64,
    absent: OffsetSet,
    leader_epoch: Option<i32>,
    /// Where the partition's end was last reported before the range's end.
    end_seen: Option<(i64, Instant)>,
    queue: *mut c::rd_kafka_queue_t,
    model: Arc<ModelSpec>,
    /// Keeps the client alive for as long as the queue.
    _consumer: Arc<BaseConsumer<LogContext>>,
}

// SAFETY: the library's queues may be used from any thread.
unsafe impl Send for PartitionReader {}

impl Drop for PartitionReader {
    fn drop(&mut self) {
        // SAFETY: the queue was obtained by us and is not used after.
        unsafe { c::rd_kafka_queue_destroy(self.queue) }
    }
}

/// A batch of the library's messages, given back when dropped.
struct Batch(Vec<*mut c::rd_kafka_message_t>);

impl Drop for Batch {
    fn drop(&mut self) {
        for &message in &self.0 {
            // SAFETY: each came from the library and is given back once.
            unsafe { c::rd_kafka_message_destroy(message) }
        }
    }
}

impl PartitionReader {
    /// The offset up to which everything is accounted for.
    pub fn position(&self) -> i64 {
        self.next
    }

    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// The offsets of the range, up to the position, that were never delivered.
    pub fn absent(&self) -> &OffsetSet {
        &self.absent
    }

    pub fn leader_epoch(&self) -> Option<i32> {
        self.leader_epoch
    }

    /// Why it may be standing still, for people.
    pub fn standing_still(&self) -> String {
        match self.end_seen {
            Some((end, _)) => format!(
                "partition {} ends at offset {end} for committed messages, before the range's end {}: an open \
                 transaction, or a log that was cut or recreated",
                self.partition,
                self.range.end()
            ),
            None => format!("partition {} delivers nothing after offset {}", self.partition, self.next),
        }
    }

    /// Waits up to `timeout` for messages and hands those of the range to `each`, in order.
    ///
    /// # Errors
    /// `Data` if Kafka no longer has an offset of the range, or delivers offsets out of order.
    pub fn poll(
        &mut self,
        timeout: Duration,
        mut each: impl FnMut(&RawMessage<'_>) -> Result<()>,
    ) -> Result<Polled> {
        if faults::holds_back(self.partition, &self.model.topic) {
            return Ok(Polled::Nothing);
        }
        let batch = self.receive(timeout)?;
        let mut taken = 0;
        for &native in &batch.0 {
            // SAFETY: the batch holds it until the end of this function.
            let message = unsafe { &*native };
            if message.err != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
                if self.event(message)? {
                    return Ok(Polled::End);
                }
                continue;
            }
            if message.offset >= self.range.end() {
                self.finish();
                return Ok(Polled::End);
            }
            // Asked once a batch, so that it costs nothing per message.
            if taken == 0 && faults::fires("read-drop-before-count", &self.model.topic) {
                continue;
            }
            self.account(message.offset)?;
            self.end_seen = None;
            // SAFETY: pointers and lengths come from the library and live as long as the message.
            let raw = unsafe {
                RawMessage {
                    offset: message.offset,
                    key: bytes(message.key.cast(), message.key_len),
                    value: bytes(message.payload.cast(), message.len),
                    native,
                }
            };
            each(&raw)?;
            taken += 1;
        }
        if let Some(&last) = batch.0.last() {
            // SAFETY: as above.
            let epoch = unsafe { c::rd_kafka_message_leader_epoch(last) };
            self.leader_epoch = if epoch >= 0 { Some(epoch) } else { self.leader_epoch };
        }
        Ok(if taken == 0 { Polled::Nothing } else { Polled::Messages(taken) })
    }

    fn receive(&self, timeout: Duration) -> Result<Batch> {
        let mut messages: Vec<*mut c::rd_kafka_message_t> = Vec::with_capacity(BATCH);
        let millis = timeout.as_millis().min(i32::MAX as u128) as i32;
        // SAFETY: the library fills at most the room there is and says how much it filled.
        let count = unsafe {
            let count = c::rd_kafka_consume_batch_queue(self.queue, millis, messages.as_mut_ptr(), BATCH);
            if count > 0 {
                messages.set_len(count as usize);
            }
            count
        };
        if count < 0 {
            return Err(Error::unavailable(format!(
                "reading partition {} failed; resume the job",
                self.partition
            )));
        }
        Ok(Batch(messages))
    }

    /// Whether the event ends the range.
    fn event(&mut self, message: &c::rd_kafka_message_t) -> Result<bool> {
        match RDKafkaErrorCode::from(message.err) {
            RDKafkaErrorCode::PartitionEOF if message.offset >= self.range.end() => {
                self.finish();
                Ok(true)
            }
            RDKafkaErrorCode::PartitionEOF => {
                self.end_seen.get_or_insert((message.offset, Instant::now())).0 = message.offset;
                Ok(false)
            }
            RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange => {
                Err(Error::data(format!(
                    "topic {} partition {}: Kafka no longer has offset {} (the range is {}); nothing was published. Discard \
                 the job and build from the earliest offset that is left: what is gone stays listed as a hole",
                    self.model.topic, self.partition, self.next, self.range
                )))
            }
            code if is_passing(code) => Ok(false),
            code => Err(Error::unavailable(format!(
                "topic {} partition {} at offset {}: {code}: {}; nothing was published, resume the job",
                self.model.topic,
                self.partition,
                self.next,
                text_of(message)
            ))),
        }
    }

    /// Counts one delivered offset; those left out before it are absent.
    fn account(&mut self, offset: i64) -> Result<()> {
        if offset < self.next {
            return Err(Error::data(format!(
                "topic {} partition {}: offset {offset} arrived after offset {}; nothing was published, resume the job",
                self.model.topic,
                self.partition,
                self.next - 1
            )));
        }
        if offset > self.next {
            self.absent.insert_range(OffsetRange::new(self.next, offset)?);
        }
        self.delivered += 1;
        self.next = offset + 1;
        Ok(())
    }

    /// Nothing more of the range will come.
    fn finish(&mut self) {
        if let Ok(rest) = OffsetRange::new(self.next, self.range.end()) {
            self.absent.insert_range(rest);
        }
        self.next = self.range.end();
    }
}

fn text_of(message: &c::rd_kafka_message_t) -> String {
    // SAFETY: an error message carries its text as payload.
    let text = unsafe { bytes(message.payload.cast(), message.len) };
    text.map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default()
}
