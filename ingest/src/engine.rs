//! Jobs: planned, reserved, queued, run by a bounded number of workers, and taken up again after
//! a restart.

mod holes;
mod queue;
mod request;
mod run;
mod schedule;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use cube::catalog::{Catalog, DEFAULT_MAX_BUILDING_SEGMENTS, JobFilter};
use cube::id::{CubeName, JobId, ModelName};
use cube::job::{Job, JobState};
use cube::offsets::PartitionId;
use cube::spec::ModelSpec;
use cube::store::SegmentStore;
use cube::{Error, Result};
use tokio::sync::{Notify, broadcast};

pub use cube::catalog::Change;
pub use holes::{FillOutcome, FillRequest, SkippedHole};
pub use request::{BuildOutcome, BuildRequest};
pub use schedule::SCHEDULER;

use self::queue::Queue;
use crate::build::{BuildLimits, BuildProgress};
use crate::source::{KafkaSource, TopicWatermarks};

/// How the engine works.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Jobs that run at the same time; more wait, by priority and then by age.
    pub workers: usize,
    /// Segments of one cube that may be building at the same time, those in error included, where the
    /// cube itself does not say.
    pub max_building_segments: usize,
    pub limits: BuildLimits,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            workers: 4,
            max_building_segments: DEFAULT_MAX_BUILDING_SEGMENTS,
            limits: BuildLimits::default(),
        }
    }
}

/// What the engine has done since it was started.
#[derive(Debug, Default)]
pub struct EngineCounters {
    pub builds_finished: AtomicU64,
    pub builds_failed: AtomicU64,
    pub messages_read: AtomicU64,
    pub bytes_read: AtomicU64,
    pub rows_built: AtomicU64,
    pub messages_rejected: AtomicU64,
    pub messages_filtered: AtomicU64,
}

/// The job engine; cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    catalog: Arc<Catalog>,
    store: SegmentStore,
    options: EngineOptions,
    queue: Mutex<Queue>,
    running: Mutex<HashMap<JobId, Arc<BuildProgress>>>,
    /// Cubes whose scheduled run is being planned.
    scheduled: Mutex<HashSet<CubeName>>,
    wake_scheduler: Arc<Notify>,
    stopping: AtomicBool,
    /// With the model that each was made for, which may have been defined anew since.
    sources: Mutex<HashMap<ModelName, (Arc<ModelSpec>, KafkaSource)>>,
    counters: EngineCounters,
}

impl Engine {
    /// Starts the engine: puts commit records that the store may miss, queues the jobs that the last
    /// server left unfinished, and runs the schedules.
    pub async fn start(catalog: Arc<Catalog>, store: SegmentStore, options: EngineOptions) -> Result<Self> {
        let inner = Inner {
            catalog,
            store,
            queue: Mutex::new(Queue::new(options.workers)),
            options,
            running: Mutex::default(),
            scheduled: Mutex::default(),
            wake_scheduler: Arc::default(),
            stopping: AtomicBool::new(false),
            sources: Mutex::default(),
            counters: EngineCounters::default(),
        };
        let engine = Self { inner: Arc::new(inner) };
        engine.store_commits().await?;
        for job in engine.inner.catalog.unfinished_jobs().await? {
            let job = match job.state {
                JobState::Pending => job,
                _ => engine.inner.catalog.set_job_state(job.id, JobState::Pending).await?,
            };
            tracing::info!(job = %job.id, cube = %job.cube, segment = job.segment_name, "taking up an unfinished job");
            lock(&engine.inner.queue).insert(&job);
        }
        engine.start_waiting();
        engine.start_scheduler();
        Ok(engine)
    }

    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.inner.catalog
    }

    pub fn store(&self) -> &SegmentStore {
        &self.inner.store
    }

    pub fn counters(&self) -> &EngineCounters {
        &self.inner.counters
    }

    /// A job, with the live numbers of its steps while it runs.
    pub async fn job(&self, id: JobId) -> Result<Job> {
        let job = self.inner.catalog.job(id).await?;
        Ok(self.with_live_steps(job))
    }

    /// Jobs, newest first, with live numbers.
    pub async fn jobs(&self, filter: &JobFilter, offset: usize, limit: usize) -> Result<Vec<Job>> {
        let jobs = self.inner.catalog.jobs(filter, offset, limit).await?;
        Ok(jobs.into_iter().map(|job| self.with_live_steps(job)).collect())
    }

    /// The progress of a job that runs now.
    pub fn progress(&self, id: JobId) -> Option<Arc<BuildProgress>> {
        lock(&self.inner.running).get(&id).cloned()
    }

    /// Where a job stands in the line for a worker: 1 for the next; `None` if it does not wait.
    pub fn queue_position(&self, id: JobId) -> Option<usize> {
        lock(&self.inner.queue).position(id)
    }

    /// Of two jobs that wait, the one with the higher priority runs first.
    ///
    /// # Errors
    /// `Conflict` if the job is at its end.
    pub async fn set_priority(&self, id: JobId, priority: i32) -> Result<Job> {
        let job = self.inner.catalog.set_job_priority(id, priority).await?;
        lock(&self.inner.queue).set_priority(id, priority);
        Ok(self.with_live_steps(job))
    }

    /// Every change of jobs, cubes and schedules from now on, see [`Catalog::changes`].
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.inner.catalog.changes()
    }

    /// Queues a job in error or stopped again: the same offsets, a new attempt.
    ///
    /// # Errors
    /// `Conflict` if it is in another state.
    pub async fn resume(&self, id: JobId) -> Result<Job> {
        let job = self.inner.catalog.set_job_state(id, JobState::Pending).await?;
        self.enqueue(&job);
        Ok(job)
    }

    /// Stops a job that waits or runs; it keeps its reservation and may be resumed.
    pub async fn pause(&self, id: JobId) -> Result<Job> {
        let job = self.inner.catalog.set_job_state(id, JobState::Stopped).await?;
        lock(&self.inner.queue).remove(id);
        self.cancel_progress(id);
        Ok(job)
    }

    /// Gives a job and its reservation up; in the middle of a cube that leaves a hole.
    pub async fn discard(&self, id: JobId, by: &str) -> Result<Job> {
        let job = self.inner.catalog.discard(id, &format!("job discarded by {by}")).await?;
        lock(&self.inner.queue).remove(id);
        self.cancel_progress(id);
        Ok(job)
    }

    /// What the topic of a cube holds now.
    pub async fn watermarks(&self, cube: &str) -> Result<TopicWatermarks> {
        let model = self.inner.catalog.cube(cube).await?.model;
        let source = self.source(&model)?;
        blocking(move || source.watermarks()).await
    }

    /// Offsets at the end of each partition's log that no segment holds yet, building ones
    /// included; open transactions count.
    pub async fn lag(&self, cube: &str) -> Result<BTreeMap<PartitionId, u64>> {
        let name = self.inner.catalog.cube(cube).await?.spec.name.clone();
        let ends = self.inner.catalog.timeline(&name).await?.ends();
        let lag = self.watermarks(cube).await?.into_iter().map(|(partition, watermarks)| {
            let position = ends.get(&partition).copied().unwrap_or(watermarks.low);
            (partition, (watermarks.high - position).max(0) as u64)
        });
        Ok(lag.collect())
    }

    /// Makes the present tip of each partition the start of the cube's first build.
    pub async fn init_start_offsets(&self, cube: &str) -> Result<BTreeMap<PartitionId, i64>> {
        let name = self.inner.catalog.cube(cube).await?.spec.name.clone();
        let tips = self
            .watermarks(cube)
            .await?
            .into_iter()
            .map(|(partition, watermarks)| (partition, watermarks.tip));
        let tips: BTreeMap<PartitionId, i64> = tips.collect();
        self.inner.catalog.set_initial_offsets(&name, &tips).await?;
        Ok(tips)
    }

    /// Waits until the job is finished, discarded, stopped or in error, and gives it.
    pub async fn wait(&self, id: JobId) -> Result<Job> {
        loop {
            let job = self.job(id).await?;
            if !matches!(job.state, JobState::New | JobState::Pending | JobState::Running) {
                return Ok(job);
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Stops all running builds and the schedules; the next start takes them up again.
    pub fn stop(&self) {
        lock(&self.inner.queue).close();
        self.inner.stopping.store(true, Ordering::SeqCst);
        self.inner.wake_scheduler.notify_one();
        lock(&self.inner.running).values().for_each(|progress| progress.cancel());
    }

    fn with_live_steps(&self, mut job: Job) -> Job {
        if let Some(progress) = self.progress(job.id).filter(|_| job.state == JobState::Running) {
            job.steps = progress.steps();
            job.set_effort(progress.effort());
        }
        job
    }

    /// Makes a build that starts known to those who may stop it.
    fn register(&self, id: JobId, progress: &Arc<BuildProgress>) {
        lock(&self.inner.running).insert(id, progress.clone());
        if self.inner.stopping.load(Ordering::SeqCst) {
            progress.cancel();
        }
    }

    /// Forgets a build, unless a later attempt of the job has taken its place.
    fn unregister(&self, id: JobId, progress: &Arc<BuildProgress>) {
        let mut running = lock(&self.inner.running);
        if running.get(&id).is_some_and(|held| Arc::ptr_eq(held, progress)) {
            running.remove(&id);
        }
    }

    fn cancel_progress(&self, id: JobId) {
        if let Some(progress) = self.progress(id) {
            progress.cancel();
        }
    }

    fn source(&self, model: &Arc<ModelSpec>) -> Result<KafkaSource> {
        let mut sources = lock(&self.inner.sources);
        if let Some((_, source)) = sources.get(&model.name).filter(|(known, _)| known == model) {
            return Ok(source.clone());
        }
        let source = KafkaSource::new(model.clone())?;
        sources.insert(model.name.clone(), (model.clone(), source.clone()));
        Ok(source)
    }

    /// Puts every commit record that the store may not have.
    async fn store_commits(&self) -> Result<()> {
        for record in self.inner.catalog.commits_to_store().await? {
            self.inner.store.put_commit(&record).await?;
            self.inner.catalog.commit_is_stored(&record).await?;
        }
        Ok(())
    }

    async fn cube_name(&self, cube: &str) -> Result<CubeName> {
        Ok(self.inner.catalog.cube(cube).await?.spec.name.clone())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Error::internal(format!("a call to Kafka did not end: {error}"))))
}
