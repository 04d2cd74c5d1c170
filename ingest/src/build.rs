//! Runs one attempt of one build: read and decode, roll up and write, upload. Publishing is left
//! to the caller, who owns the catalog.

mod progress;
mod rate;
mod read;
mod write;

use std::sync::Arc;

use cube::id::CubeId;
use cube::job::{Job, StepKind};
use cube::lattice::Lattice;
use cube::ledger::SegmentLedger;
use cube::offsets::SegmentOffsets;
use cube::segment::ReadySegment;
use cube::spec::{CubeSpec, ModelSpec};
use cube::store::SegmentStore;
use cube::{Error, Result};

pub use progress::{BuildProgress, MemoryUse, PartitionProgress};

use crate::source::KafkaSource;

/// Limits of one build.
#[derive(Clone, Debug)]
pub struct BuildLimits {
    /// Threads that read, decode and roll up.
    pub threads: usize,
    /// Bytes that the Kafka fetch queues of all partitions hold together.
    pub fetch_bytes: usize,
    /// Bytes of dictionaries, keys and states.
    pub memory_bytes: usize,
    /// How long no partition may make progress before the build gives up.
    pub stall: std::time::Duration,
}

impl Default for BuildLimits {
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(2, usize::from),
            fetch_bytes: 128 << 20,
            memory_bytes: 1 << 30,
            stall: std::time::Duration::from_secs(60),
        }
    }
}

/// Everything an attempt needs to know.
#[derive(Clone)]
pub struct BuildTask {
    pub job: Job,
    pub cube_id: CubeId,
    pub model: Arc<ModelSpec>,
    pub spec: Arc<CubeSpec>,
    pub offsets: SegmentOffsets,
    pub source: KafkaSource,
    pub store: SegmentStore,
    pub limits: BuildLimits,
    pub progress: Arc<BuildProgress>,
}

/// What an attempt has built and uploaded.
pub struct Built {
    pub ready: ReadySegment,
    pub ledger: SegmentLedger,
    /// The manifest's object name.
    pub manifest: String,
}

/// Runs the attempt up to the point where only publishing is left.
///
/// # Errors
/// `Data` if the counters disagree or too many messages were rejected; whatever the source, the
/// store or the limits refuse. Nothing is visible then.
pub async fn run(task: BuildTask) -> Result<Built> {
    let task = Arc::new(task);
    let reading = task.clone();
    task.progress.begin(StepKind::Read);
    let read = blocking(move || read::read(&reading)).await?;
    task.progress.end(StepKind::Read);

    task.progress.begin(StepKind::Cuboids);
    let built = write::write(task.clone(), read).await?;
    task.progress.end(StepKind::Cuboids);
    Ok(built)
}

/// The number of cuboids a build writes.
pub fn cuboids_of(spec: &CubeSpec) -> Result<u64> {
    Ok(Lattice::new(spec)?.len() as u64)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Error::internal(format!("a build's worker ended unexpectedly: {error}"))))
}
