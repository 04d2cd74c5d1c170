//! How a build is going: counters that its workers raise and everyone may read.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use cube::catalog::now;
use cube::job::{Effort, JobState, Step, StepKind};
use cube::offsets::{OffsetRange, PartitionId, SegmentOffsets};
use cube::{Error, Result};

use super::rate::{Rate, Sample};

/// Log lines kept per step; beyond it the oldest go.
const LOG_LINES: usize = 500;

/// One partition of a build.
#[derive(Debug)]
pub struct PartitionProgress {
    pub partition: PartitionId,
    pub range: OffsetRange,
    position: AtomicI64,
}

impl PartitionProgress {
    /// The offset up to which everything is read.
    pub fn position(&self) -> i64 {
        self.position.load(Ordering::Relaxed)
    }
}

/// Bytes of dictionaries, keys and states of a build's workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryUse {
    pub now: u64,
    pub peak: u64,
}

/// Shared between the workers of a build and those who watch it.
#[derive(Debug)]
pub struct BuildProgress {
    partitions: Vec<PartitionProgress>,
    cuboids: u64,
    cuboids_done: AtomicU64,
    messages: AtomicU64,
    bytes: AtomicU64,
    memory: AtomicU64,
    memory_peak: AtomicU64,
    started: Instant,
    rate: Mutex<Rate>,
    cancelled: AtomicBool,
    steps: Mutex<Vec<Step>>,
}

impl BuildProgress {
    pub fn new(offsets: &SegmentOffsets, cuboids: u64) -> Self {
        let partition = |(partition, range): (PartitionId, OffsetRange)| PartitionProgress {
            partition,
            range,
            position: AtomicI64::new(range.start()),
        };
        Self {
            partitions: offsets.iter().map(partition).collect(),
            cuboids,
            cuboids_done: AtomicU64::new(0),
            messages: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            memory: AtomicU64::new(0),
            memory_peak: AtomicU64::new(0),
            started: Instant::now(),
            rate: Mutex::default(),
            cancelled: AtomicBool::new(false),
            steps: Mutex::new(StepKind::ALL.map(Step::new).to_vec()),
        }
    }

    pub fn partitions(&self) -> &[PartitionProgress] {
        &self.partitions
    }

    /// Messages delivered so far.
    pub fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }

    /// Bytes of their values.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// What counts against the build's limit of memory. While cuboids are written it stays as it was
    /// after reading; it is 0 when they are.
    pub fn memory(&self) -> MemoryUse {
        MemoryUse { now: self.memory.load(Ordering::Relaxed), peak: self.memory_peak.load(Ordering::Relaxed) }
    }

    /// Messages delivered per second: over the last 5 s or so while the build reads, over the whole
    /// read step afterwards.
    pub fn messages_per_second(&self) -> f64 {
        lock(&self.rate).at(self.sample()).0
    }

    /// Bytes of their values per second, likewise.
    pub fn bytes_per_second(&self) -> f64 {
        lock(&self.rate).at(self.sample()).1
    }

    /// What goes into the job.
    pub fn effort(&self) -> Effort {
        Effort { messages: self.messages(), bytes: self.bytes(), memory_peak: self.memory().peak }
    }

    fn sample(&self) -> Sample {
        Sample { at: self.started.elapsed(), messages: self.messages(), bytes: self.bytes() }
    }

    pub(super) fn set_memory(&self, bytes: u64) {
        self.memory.store(bytes, Ordering::Relaxed);
        self.memory_peak.fetch_max(bytes, Ordering::Relaxed);
    }

    /// Asks the workers to stop soon.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// # Errors
    /// `Conflict` once [`Self::cancel`] was called.
    pub(crate) fn check(&self) -> Result<()> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Error::conflict("the build was stopped by request"));
        }
        Ok(())
    }

    pub(super) fn advance(&self, partition: PartitionId, position: i64, messages: u64, bytes: u64) {
        if let Some(progress) = self.partitions.iter().find(|progress| progress.partition == partition) {
            progress.position.store(position, Ordering::Relaxed);
        }
        self.messages.fetch_add(messages, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        // Whoever finds it locked need not wait: another worker is noting the same.
        if let Ok(mut rate) = self.rate.try_lock() {
            rate.note(self.sample());
        }
    }

    pub(super) fn cuboid_done(&self) {
        self.cuboids_done.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn begin(&self, kind: StepKind) {
        self.step(kind, |step| {
            step.state = JobState::Running;
            step.started_at = Some(now());
        });
    }

    pub(crate) fn end(&self, kind: StepKind) {
        match kind {
            StepKind::Read => lock(&self.rate).end(self.sample()),
            StepKind::Cuboids => self.memory.store(0, Ordering::Relaxed),
            StepKind::Publish => {}
        }
        self.step(kind, |step| {
            step.state = JobState::Finished;
            step.ended_at = Some(now());
        });
    }

    /// Marks the running step as failed.
    pub(crate) fn fail(&self, message: &str) {
        let running = self.lock().iter().find(|step| step.state == JobState::Running).map(|step| step.kind);
        if let Some(kind) = running {
            self.log(kind, message);
            self.step(kind, |step| {
                step.state = JobState::Error;
                step.ended_at = Some(now());
            });
        }
    }

    /// Adds a line to a step's log.
    pub(crate) fn log(&self, kind: StepKind, line: impl Into<String>) {
        let line = format!("{} {}", cube::time::instant(now() * 1000), line.into());
        self.step(kind, |step| {
            if step.log.len() == LOG_LINES {
                step.log.remove(0);
            }
            step.log.push(line);
        });
    }

    /// The steps with the numbers of this moment.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps = self.lock().clone();
        for step in &mut steps {
            (step.done, step.total) = match step.kind {
                StepKind::Read => (
                    self.partitions.iter().map(|p| (p.position() - p.range.start()) as u64).sum(),
                    self.partitions.iter().map(|p| p.range.len()).sum(),
                ),
                StepKind::Cuboids => (self.cuboids_done.load(Ordering::Relaxed), self.cuboids),
                StepKind::Publish => (u64::from(step.state == JobState::Finished), 1),
            };
        }
        steps
    }

    fn step(&self, kind: StepKind, change: impl FnOnce(&mut Step)) {
        if let Some(step) = self.lock().iter_mut().find(|step| step.kind == kind) {
            change(step);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Step>> {
        lock(&self.steps)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress() -> BuildProgress {
        BuildProgress::new(&"0:10..20 1:0..5".parse().unwrap(), 4)
    }

    #[test]
    fn memory_is_what_is_held_now_and_its_peak_outlives_the_build() {
        let progress = progress();
        progress.set_memory(900);
        progress.set_memory(400);
        assert_eq!(progress.memory(), MemoryUse { now: 400, peak: 900 });
        progress.end(StepKind::Cuboids);
        assert_eq!(progress.memory(), MemoryUse { now: 0, peak: 900 });
        assert_eq!(progress.effort().memory_peak, 900);
    }

    #[test]
    fn messages_and_bytes_add_up_and_have_a_rate() {
        let progress = progress();
        progress.advance(0, 15, 5, 500);
        progress.advance(1, 5, 4, 100);
        assert_eq!(progress.effort(), Effort { messages: 9, bytes: 600, memory_peak: 0 });
        progress.end(StepKind::Read);
        let (messages, bytes) = (progress.messages_per_second(), progress.bytes_per_second());
        assert!(messages > 0.0 && bytes > messages);
        assert_eq!(progress.messages_per_second(), messages, "after its end the step's rate stays");
        assert_eq!((progress.steps()[0].done, progress.steps()[0].total), (10, 15));
    }
}
