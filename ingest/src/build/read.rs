//! Step 1: partitions are read, decoded and aggregated at the same time by a few workers.
//!
//! The partitions wait in a queue. A worker takes one, drains a batch of it into its own decoder
//! and builder, and puts it back until it is at its end; so a slow partition holds up nobody, and
//! a worker is never idle while any partition has messages.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use cube::build::{BaseBuilder, BuildLayout};
use cube::job::StepKind;
use cube::ledger::{PartitionLedger, SegmentLedger};
use cube::offsets::PartitionId;
use cube::store::{RejectedMessage, RejectedWriter};
use cube::time::TimeRange;
use cube::{Error, Result};

use super::BuildTask;
use crate::decode::{Decoder, Outcome};
use crate::faults;
use crate::source::{PartitionReader, Polled, RangeReader, RawMessage};

/// Rows decoded before they are aggregated.
const BATCH_ROWS: usize = 16_384;

/// Bytes of distinct text in one column, after which they are aggregated earlier.
const BATCH_TEXT: usize = 8 << 20;

/// How long a worker waits for a partition when others may have messages, and when none has.
const GLANCE: Duration = Duration::ZERO;
const PATIENCE: Duration = Duration::from_millis(20);

/// What the workers made of the messages.
pub(super) struct Read {
    pub(super) builders: Vec<BaseBuilder>,
    pub(super) ledger: SegmentLedger,
    pub(super) rejected: Option<RejectedWriter>,
}

/// A partition that waits for a worker.
struct Waiting {
    reader: PartitionReader,
    ledger: PartitionLedger,
}

/// What the workers share.
struct Shared<'a> {
    task: &'a BuildTask,
    layout: BuildLayout,
    waiting: Mutex<VecDeque<Waiting>>,
    finished: Mutex<Vec<Waiting>>,
    /// Partitions that are not at their end, those at a worker's hands included.
    open: AtomicUsize,
    rejected: Mutex<Option<RejectedWriter>>,
    memory: AtomicUsize,
    started: Instant,
    /// When a message last arrived, milliseconds after the start.
    last_arrival: AtomicI64,
    failure: Mutex<Option<Error>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

pub(super) fn read(task: &BuildTask) -> Result<Read> {
    let columns = BuildLayout::needed_columns(&task.model, &task.spec);
    let decoder_columns = Decoder::new(&task.model, &columns)?.columns().to_vec();
    let layout = BuildLayout::new(&task.model, task.spec.clone(), &decoder_columns)?;
    let (reader, partitions) = RangeReader::assign(&task.source, &task.offsets, task.limits.fetch_bytes)?;
    let ledger = SegmentLedger::new(&task.offsets);
    let waiting: VecDeque<Waiting> = partitions
        .into_iter()
        .map(|reader| Waiting { ledger: PartitionLedger::new(reader.range), reader })
        .collect();
    let shared = Shared {
        task,
        layout,
        open: AtomicUsize::new(waiting.len()),
        waiting: Mutex::new(waiting),
        finished: Mutex::default(),
        rejected: Mutex::default(),
        memory: AtomicUsize::new(0),
        started: Instant::now(),
        last_arrival: AtomicI64::new(0),
        failure: Mutex::default(),
    };
    log_plan(task, &decoder_columns);
    let builders = run_workers(&shared, &reader, &columns)?;
    collect(shared, ledger, builders)
}

/// What is going to be read, for people.
fn log_plan(task: &BuildTask, columns: &[usize]) {
    let log = |line| task.progress.log(StepKind::Read, line);
    log(format!(
        "attempt {} for {}: {} offsets of {} partitions of topic {}, {} of {} columns, {} threads, at most {} MiB",
        task.job.attempts,
        task.job.submitter,
        task.offsets.len(),
        task.offsets.partitions(),
        task.model.topic,
        columns.len(),
        task.model.columns.len(),
        task.limits.threads,
        task.limits.memory_bytes >> 20
    ));
    for (partition, range) in task.offsets.iter() {
        log(format!("partition {partition}: offsets {range}, {} of them", range.len()));
    }
}

/// One worker on every thread of the pool, while this thread serves the client library.
fn run_workers(shared: &Shared<'_>, reader: &RangeReader, columns: &[usize]) -> Result<Vec<BaseBuilder>> {
    let threads = shared.task.limits.threads.max(1);
    let builders = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut worker = Worker::new(shared, columns)?;
                    let result = worker.run();
                    if let Err(error) = result {
                        lock(&shared.failure).get_or_insert(error);
                    }
                    Ok(worker.builder)
                })
            })
            .collect();
        while shared.open.load(Ordering::Acquire) > 0 && lock(&shared.failure).is_none() {
            if let Err(error) = watch(shared, reader) {
                lock(&shared.failure).get_or_insert(error);
            }
        }
        let joined = workers.into_iter().map(|worker| {
            worker.join().unwrap_or_else(|_| {
                Err(Error::internal("a worker of the build panicked; nothing was published"))
            })
        });
        joined.collect::<Result<Vec<_>>>()
    });
    match lock(&shared.failure).take() {
        Some(error) => Err(error),
        None => builders,
    }
}

/// Serves the client for a moment and gives up when nothing has moved for too long.
fn watch(shared: &Shared<'_>, reader: &RangeReader) -> Result<()> {
    shared.task.progress.check()?;
    reader.serve(Duration::from_millis(5))?;
    let quiet = shared.started.elapsed().as_millis() as i64 - shared.last_arrival.load(Ordering::Relaxed);
    if quiet as u128 > shared.task.limits.stall.as_millis() {
        let reasons: Vec<String> =
            lock(&shared.waiting).iter().map(|waiting| waiting.reader.standing_still()).collect();
        return Err(Error::unavailable(format!(
            "nothing has arrived for {} s: {}; nothing was published, resume the job when the cause is gone",
            quiet / 1000,
            reasons.join("; ")
        )));
    }
    Ok(())
}

struct Worker<'a> {
    shared: &'a Shared<'a>,
    decoder: Decoder,
    builder: BaseBuilder,
    /// What the builder held when it was last counted.
    counted: usize,
}

impl<'a> Worker<'a> {
    fn new(shared: &'a Shared<'a>, columns: &[usize]) -> Result<Self> {
        Ok(Self {
            shared,
            decoder: Decoder::new(&shared.task.model, columns)?,
            builder: BaseBuilder::new(shared.layout.clone()),
            counted: 0,
        })
    }

    fn run(&mut self) -> Result<()> {
        let mut empty_handed = 0;
        while self.shared.open.load(Ordering::Acquire) > 0 && lock(&self.shared.failure).is_none() {
            let (next, others) = {
                let mut waiting = lock(&self.shared.waiting);
                (waiting.pop_front(), waiting.len())
            };
            let Some(mut partition) = next else {
                // The others have all of them; they end soon or give one back.
                std::thread::sleep(Duration::from_millis(1));
                continue;
            };
            // Only when every waiting partition was found empty is it worth to wait for one.
            let timeout = if empty_handed > others { PATIENCE } else { GLANCE };
            let polled = self.drain(&mut partition, timeout)?;
            match polled {
                Polled::Nothing => empty_handed += 1,
                _ => empty_handed = 0,
            }
            if polled == Polled::End {
                self.end(partition);
            } else {
                lock(&self.shared.waiting).push_back(partition);
            }
        }
        self.flush()
    }

    /// One batch of messages: counted, decoded, aggregated.
    fn drain(&mut self, waiting: &mut Waiting, timeout: Duration) -> Result<Polled> {
        let Waiting { reader, ledger } = waiting;
        let (partition, before) = (reader.partition, reader.delivered());
        let mut bytes = 0;
        let mut first = true;
        let polled = reader.poll(timeout, |message| {
            bytes += message.value.map_or(0, <[u8]>::len) as u64;
            if std::mem::take(&mut first)
                && faults::fires("decode-lose-message", &self.shared.task.model.topic)
            {
                return Ok(());
            }
            self.decode(partition, message, ledger)
        })?;
        let messages = reader.delivered() - before;
        if messages > 0 || polled == Polled::End {
            let elapsed = self.shared.started.elapsed().as_millis() as i64;
            self.shared.last_arrival.store(elapsed, Ordering::Relaxed);
            self.shared.task.progress.advance(partition, reader.position(), messages, bytes);
            self.shared.task.progress.check()?;
        }
        Ok(polled)
    }

    fn decode(
        &mut self,
        partition: PartitionId,
        message: &RawMessage<'_>,
        ledger: &mut PartitionLedger,
    ) -> Result<()> {
        match self.decoder.push(message.value) {
            Outcome::Row { event_time } => {
                ledger.rows += 1;
                let seen = ledger.event_time.get_or_insert(TimeRange { min: event_time, max: event_time });
                seen.min = seen.min.min(event_time);
                seen.max = seen.max.max(event_time);
                let full = self.decoder.rows() >= BATCH_ROWS || self.decoder.text_bytes() >= BATCH_TEXT;
                if full { self.flush() } else { Ok(()) }
            }
            Outcome::Filtered(reason) => {
                count(&mut ledger.filtered, reason);
                Ok(())
            }
            Outcome::Rejected(rejection) => {
                count(&mut ledger.rejected, rejection.reason);
                ledger.rejected_offsets.insert(message.offset);
                self.shared.keep_rejected(RejectedMessage {
                    partition,
                    offset: message.offset,
                    timestamp: message.timestamp(),
                    key: message.key.map(<[u8]>::to_vec),
                    headers: message.headers(),
                    value: message.value.map(<[u8]>::to_vec),
                    reason: rejection.reason.to_owned(),
                    detail: rejection.detail,
                })
            }
        }
    }

    /// Decoded rows → groups; checks the memory limit.
    fn flush(&mut self) -> Result<()> {
        if self.decoder.rows() == 0 {
            return Ok(());
        }
        let batch = self.decoder.finish()?;
        let lose = usize::from(faults::fires("build-lose-row", &self.shared.task.model.topic));
        let batch = batch.slice(lose, batch.num_rows() - lose);
        self.builder.push(&batch)?;
        let held = self.builder.memory();
        let total = self.shared.memory.fetch_add(held, Ordering::Relaxed) + held - self.counted;
        self.shared.memory.fetch_sub(self.counted, Ordering::Relaxed);
        self.counted = held;
        self.shared.task.progress.set_memory(total as u64);
        let limit = self.shared.task.limits.memory_bytes;
        if total > limit {
            return Err(Error::invalid(format!(
                "the base cuboid needs more than the {} MiB that a build may use ({} rows so far); build fewer messages \
                 per segment (build.max_messages_per_segment), keep fewer dimensions, or raise --build-memory",
                limit >> 20,
                self.builder.groups()
            )));
        }
        Ok(())
    }

    fn end(&self, partition: Waiting) {
        let line = format!(
            "partition {} is at its end {} after {:.2} s: {} messages delivered, {} offsets absent",
            partition.reader.partition,
            partition.reader.range.end(),
            self.shared.started.elapsed().as_secs_f64(),
            partition.reader.delivered(),
            partition.reader.absent().len()
        );
        self.shared.task.progress.log(StepKind::Read, line);
        lock(&self.shared.finished).push(partition);
        self.shared.open.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Shared<'_> {
    fn keep_rejected(&self, message: RejectedMessage) -> Result<()> {
        let mut rejected = lock(&self.rejected);
        let writer = match &mut *rejected {
            Some(writer) => writer,
            none => none.insert(RejectedWriter::create(&self.task.model.topic)?),
        };
        writer.push(message)
    }
}

fn count(reasons: &mut BTreeMap<String, u64>, reason: &'static str) {
    match reasons.get_mut(reason) {
        Some(count) => *count += 1,
        None => {
            reasons.insert(reason.to_owned(), 1);
        }
    }
}

/// The readers' counters joined with the decoders'.
fn collect(shared: Shared<'_>, mut ledger: SegmentLedger, builders: Vec<BaseBuilder>) -> Result<Read> {
    for Waiting { reader, ledger: mut terms } in lock(&shared.finished).drain(..) {
        terms.delivered = reader.delivered();
        terms.absent_offsets = reader.absent().clone();
        terms.leader_epoch = reader.leader_epoch();
        ledger.0.insert(reader.partition, terms);
    }
    let totals = ledger.totals();
    shared.task.progress.log(
        StepKind::Read,
        format!(
            "read {} messages in {:.2} s: {} rows, {} filtered, {} rejected, {} offsets absent",
            totals.delivered,
            shared.started.elapsed().as_secs_f64(),
            totals.rows,
            totals.filtered,
            totals.rejected,
            totals.absent
        ),
    );
    let rejected = lock(&shared.rejected).take();
    Ok(Read { builders, ledger, rejected })
}
