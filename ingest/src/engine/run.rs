//! One attempt of a job, from its start to its end in the catalog.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use cube::catalog::Publication;
use cube::id::JobId;
use cube::job::{Job, StepKind};
use cube::{ErrorKind, Result};

use super::{Engine, add, lock};
use crate::build::{self, BuildProgress, BuildTask, Built, cuboids_of};

impl Engine {
    /// Runs the job as soon as a worker is free and no other job is before it.
    pub(super) fn enqueue(&self, job: &Job) {
        lock(&self.inner.queue).insert(job);
        self.start_waiting();
    }

    /// Starts as many waiting jobs as there are free workers.
    pub(super) fn start_waiting(&self) {
        while let Some(id) = self.next() {
            tokio::spawn(self.clone().work(id));
        }
    }

    fn next(&self) -> Option<JobId> {
        lock(&self.inner.queue).start_next()
    }

    /// One worker: a job, and then whichever is next.
    async fn work(self, first: JobId) {
        let mut next = Some(first);
        while let Some(id) = next {
            let engine = self.clone();
            // On a task of its own, so that a panic costs the job and not the worker.
            match tokio::spawn(async move { engine.attempt(id).await }).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(job = %id, %error, "a job ended without being published"),
                Err(error) => {
                    tracing::error!(job = %id, %error, "a job ended unexpectedly");
                    self.record_end_without_words(id).await;
                }
            }
            lock(&self.inner.queue).finish();
            next = self.next();
        }
    }

    /// A job whose task is gone must not be shown as running for ever.
    async fn record_end_without_words(&self, id: JobId) {
        let catalog = &self.inner.catalog;
        let message = "the build ended unexpectedly, which is a defect of Kirin; the server's log says where";
        let recorded = match catalog.job(id).await {
            Ok(job) => catalog.record_attempt(id, job.attempt, &job.steps, job.effort(), Some(message)).await,
            Err(error) => Err(error),
        };
        if let Err(error) = recorded {
            tracing::error!(job = %id, %error, "its end was not recorded");
        }
    }

    async fn attempt(&self, id: JobId) -> Result<()> {
        let job = match self.inner.catalog.begin_attempt(id).await {
            // Not PENDING any more: it was paused or discarded while it waited.
            Err(error) if error.kind() == ErrorKind::Conflict => return Ok(()),
            begun => begun?,
        };
        let prepared = self.prepare(&job).await;
        let (task, progress) = match prepared {
            Ok(task) => (task.clone(), task.progress),
            Err(error) => {
                self.inner
                    .catalog
                    .record_attempt(id, job.attempt, &job.steps, job.effort(), Some(&error.to_string()))
                    .await?;
                return Err(error);
            }
        };
        self.register(id, &progress);
        let result = match build::run(task).await {
            Ok(built) => self.publish(&job, &progress, built).await,
            Err(error) => Err(error),
        };
        self.unregister(id, &progress);
        let counters = &self.inner.counters;
        add(&counters.messages_read, progress.messages());
        add(&counters.bytes_read, progress.bytes());
        match result {
            Ok(()) => add(&counters.builds_finished, 1),
            // Cancelled with the server: the job stays RUNNING, and the next start takes it up.
            Err(error) if self.inner.stopping.load(Ordering::SeqCst) => return Err(error),
            Err(error) => {
                add(&counters.builds_failed, 1);
                progress.fail(&error.to_string());
                // Refused if the job was discarded, paused or resumed meanwhile: then it is not ours any more.
                let recorded = self
                    .inner
                    .catalog
                    .record_attempt(
                        id,
                        job.attempt,
                        &progress.steps(),
                        progress.effort(),
                        Some(&error.to_string()),
                    )
                    .await;
                match recorded {
                    Err(refused) if refused.kind() != ErrorKind::Conflict => return Err(refused),
                    _ => return Err(error),
                }
            }
        }
        tracing::info!(job = %id, cube = %job.cube, segment = job.segment_name, "published a segment");
        Ok(())
    }

    async fn prepare(&self, job: &Job) -> Result<BuildTask> {
        let catalog = &self.inner.catalog;
        let info = catalog.cube(job.cube.as_str()).await?;
        Ok(BuildTask {
            job: job.clone(),
            cube_id: info.id,
            source: self.source(&info.model)?,
            progress: Arc::new(BuildProgress::new(&job.offsets, cuboids_of(&info.spec)?)),
            model: info.model,
            spec: info.spec,
            offsets: job.offsets.clone(),
            store: self.inner.store.clone(),
            limits: self.inner.options.limits.clone(),
        })
    }

    async fn publish(&self, job: &Job, progress: &BuildProgress, built: Built) -> Result<()> {
        progress.check()?;
        progress.begin(StepKind::Publish);
        let totals = built.ready.totals;
        progress.log(
            StepKind::Publish,
            format!(
                "publishing segment {}: {} cuboids, {} bytes; of {} offsets {} are rows, {} filtered, {} rejected, {} absent",
                job.segment_name,
                built.ready.cuboids.len(),
                built.ready.size(),
                totals.offsets,
                totals.rows,
                totals.filtered,
                totals.rejected,
                totals.absent
            ),
        );
        progress.end(StepKind::Publish);
        self.inner
            .catalog
            .publish(Publication {
                job: job.id,
                segment: job.segment,
                attempt: job.attempt,
                ready: built.ready,
                ledger: built.ledger,
                manifest: built.manifest,
                steps: progress.steps(),
                effort: progress.effort(),
            })
            .await?;
        let counters = &self.inner.counters;
        add(&counters.rows_built, totals.rows);
        add(&counters.messages_rejected, totals.rejected);
        add(&counters.messages_filtered, totals.filtered);
        // The segment is visible; a record that cannot be put now is put at the next chance.
        if let Err(error) = self.store_commits().await {
            tracing::warn!(%error, "a commit record is not in the store yet; it is put again later");
        }
        Ok(())
    }
}
