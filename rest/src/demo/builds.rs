//! Builds in flight.

use std::collections::VecDeque;
use std::time::Duration;

use cube::job::JobState;
use cube::{Error, Result};

use super::client::{Client, Job};
use super::print::Printer;

/// How often a running job is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Jobs that were started and not yet seen to end, oldest first.
pub(super) struct Builds {
    client: Client,
    printer: Printer,
    running: VecDeque<Job>,
}

impl Builds {
    pub(super) fn new(client: Client, printer: Printer) -> Self {
        Self { client, printer, running: VecDeque::new() }
    }

    pub(super) fn add(&mut self, job: Job) {
        self.running.push_back(job);
    }

    /// Forgets what has ended, and gives how many have not.
    ///
    /// # Errors
    /// If one of them failed.
    pub(super) async fn look(&mut self) -> Result<usize> {
        for _ in 0..self.running.len() {
            let Some(job) = self.running.pop_front() else { break };
            let job = self.client.job(&job.uuid).await?;
            match job.job_status {
                JobState::Finished => {}
                JobState::New | JobState::Pending | JobState::Running => self.running.push_back(job),
                state => {
                    return Err(Error::data(format!(
                        "the build of segment {} ended as {state}: {}",
                        job.related_segment_name,
                        job.error.unwrap_or_default()
                    )));
                }
            }
        }
        Ok(self.running.len())
    }

    /// Waits until at most `allowed` are left.
    pub(super) async fn wait(&mut self, allowed: usize) -> Result<()> {
        let all = self.running.len();
        let bar = self.printer.progress("building");
        while self.look().await? > allowed {
            let left: f64 = self.running.iter().map(|job| 100.0 - job.progress).sum();
            bar.set_position((100.0 - left / all.max(1) as f64) as u64);
            tokio::time::sleep(LOOK_EVERY).await;
        }
        bar.finish_and_clear();
        Ok(())
    }
}
