//! One attempt of a job, from its start to its end in the catalog.

use std::sync::Arc;

use cube::catalog::Publication;
use cube::id::JobId;
use cube::job::{Job, StepKind};
use cube::{ErrorKind, Result};

use super::{Engine, add};
use crate::build::{self, BuildProgress, BuildTask, Built, cuboids_of};

impl Engine {
    /// Runs the job as soon as a worker is free.
    pub(super) fn enqueue(&self, id: JobId) {
        let engine = self.clone();
        tokio::spawn(async move {
            // Closed when the server stops; the next one takes the job up.
            let Ok(_worker) = engine.inner.workers.acquire().await else { return };
            if let Err(error) = engine.attempt(id).await {
                tracing::warn!(job = %id, %error, "a job ended without being published");
            }
        });
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
                    .record_attempt(id, job.attempt, &job.steps, Some(&error.to_string()))
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
            Err(error) => {
                add(&counters.builds_failed, 1);
                progress.fail(&error.to_string());
                // Refused if the job was discarded, paused or resumed meanwhile: then it is not ours any more.
                let recorded = self
                    .inner
                    .catalog
                    .record_attempt(id, job.attempt, &progress.steps(), Some(&error.to_string()))
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
        let timeline = catalog.timeline(&job.cube).await?;
        let offsets =
            timeline.segment(job.segment).map(|segment| segment.offsets.clone()).unwrap_or_default();
        Ok(BuildTask {
            job: job.clone(),
            cube_id: info.id,
            source: self.source(&info.model)?,
            progress: Arc::new(BuildProgress::new(&offsets, cuboids_of(&info.spec)?)),
            model: info.model,
            spec: info.spec,
            offsets,
            store: self.inner.store.clone(),
            limits: self.inner.options.limits.clone(),
        })
    }

    async fn publish(&self, job: &Job, progress: &BuildProgress, built: Built) -> Result<()> {
        progress.check()?;
        progress.begin(StepKind::Publish);
        let totals = built.ready.totals;
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
