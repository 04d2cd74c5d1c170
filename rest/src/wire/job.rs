//! A job in Kylin's shape, the JobInstance.

use std::collections::BTreeMap;

use ::cube::catalog::now;
use ::cube::job::{Job as CubeJob, JobState, Step as CubeStep, StepKind};
use ingest::build::BuildProgress;
use serde::Serialize;
use utoipa::ToSchema;

use super::{PROJECT, PartitionOffsets, VERSION};
use crate::app::App;

/// Kylin's keys, and after them ours. Times in milliseconds UTC, 0 for "not yet".
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Job {
    uuid: String,
    last_modified: i64,
    version: &'static str,
    name: String,
    #[serde(rename = "projectName")]
    project_name: &'static str,
    r#type: &'static str,
    /// Seconds.
    duration: i64,
    related_cube: String,
    display_cube_name: String,
    related_segment: String,
    related_segment_name: String,
    exec_start_time: i64,
    exec_end_time: i64,
    exec_interrupt_time: i64,
    /// Seconds in the queue.
    mr_waiting: i64,
    steps: Vec<Step>,
    submitter: String,
    job_status: &'static str,
    build_instance: String,
    /// Percent.
    progress: f64,
    create_time_utc: i64,
    /// There were no offsets to read, so nothing was built.
    nothing_new: bool,
    /// Why it failed or was given up.
    error: Option<String>,
    attempts: u32,
    /// Higher runs first.
    priority: i32,
    /// 1 for the next to run; only while it waits for a worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_position: Option<usize>,
    /// Its offsets, which never change: the first of each partition, and the first after the last.
    #[schema(value_type = BTreeMap<String, i64>)]
    source_partition_offset_start: PartitionOffsets,
    #[schema(value_type = BTreeMap<String, i64>)]
    source_partition_offset_end: PartitionOffsets,
    /// Read by the latest attempt.
    messages: u64,
    bytes: u64,
    /// Of the last seconds while it runs; afterwards of the whole reading.
    messages_per_second: u64,
    bytes_per_second: u64,
    /// Of dictionaries, keys and states: now while it runs; afterwards the most that it was.
    memory_bytes: u64,
    /// Where each partition stands, while it runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    partitions: Vec<JobPartition>,
    /// Offsets that the limit of a segment left for the next build; only in the answer of a build.
    #[serde(skip_serializing_if = "Option::is_none")]
    offsets_left: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Step {
    #[serde(rename = "interruptCmd")]
    interrupt: Option<&'static str>,
    id: String,
    name: &'static str,
    sequence_id: usize,
    exec_cmd: Option<&'static str>,
    interrupt_cmd: Option<&'static str>,
    exec_start_time: i64,
    exec_end_time: i64,
    exec_wait_time: i64,
    step_status: &'static str,
    cmd_type: &'static str,
    info: BTreeMap<&'static str, String>,
    run_async: bool,
    /// Of `total` offsets, cuboids or segments.
    done: u64,
    total: u64,
    unit: &'static str,
    /// Lines of its output.
    log_lines: usize,
}

/// One partition of a running build: offsets `start..end`, read up to `position`.
#[derive(Debug, Serialize, ToSchema)]
struct JobPartition {
    partition: i32,
    start: i64,
    end: i64,
    position: i64,
}

impl Job {
    /// With what the engine knows of it at this moment.
    pub(crate) fn of(app: &App, job: &CubeJob) -> Self {
        let progress = app.engine.progress(job.id).filter(|_| job.state == JobState::Running);
        let mut shape = Self::new(job, progress.as_deref(), now());
        if job.state == JobState::Pending {
            shape.queue_position = app.engine.queue_position(job.id);
        }
        shape
    }

    /// `progress` of a job that runs now; `now` is the time until which it has run.
    fn new(job: &CubeJob, progress: Option<&BuildProgress>, now: i64) -> Self {
        let partitions = progress.map(BuildProgress::partitions).unwrap_or_default();
        let (messages_per_second, bytes_per_second) = rates(job, progress);
        let until = job.ended_at.unwrap_or(if job.state == JobState::Running { now } else { job.updated_at });
        Self {
            uuid: job.id.to_string(),
            last_modified: job.updated_at,
            version: VERSION,
            name: format!(
                "{} - {} - BUILD - UTC {}",
                job.cube,
                job.segment_name,
                ::cube::time::instant(job.created_at / 1000 * 1_000_000)
            ),
            project_name: PROJECT,
            r#type: "BUILD",
            duration: job.started_at.map_or(0, |started| (until - started).max(0) / 1000),
            related_cube: job.cube.to_string(),
            display_cube_name: job.cube.to_string(),
            related_segment: job.segment.to_string(),
            related_segment_name: job.segment_name.clone(),
            exec_start_time: job.started_at.unwrap_or(0),
            exec_end_time: job.ended_at.unwrap_or(0),
            exec_interrupt_time: if job.state == JobState::Stopped { job.updated_at } else { 0 },
            mr_waiting: job.started_at.map_or(0, |started| (started - job.created_at).max(0) / 1000),
            steps: job.steps.iter().enumerate().map(|(i, step)| Step::new(job, i, step)).collect(),
            submitter: job.submitter.clone(),
            job_status: job.state.as_str(),
            build_instance: format!("{}@localhost", std::process::id()),
            progress: percent(job),
            create_time_utc: job.created_at,
            nothing_new: job.nothing_new,
            error: job.error.clone(),
            attempts: job.attempts,
            priority: job.priority,
            queue_position: None,
            source_partition_offset_start: job.offsets.starts(),
            source_partition_offset_end: job.offsets.ends(),
            messages: progress.map_or(job.messages, BuildProgress::messages),
            bytes: progress.map_or(job.bytes, BuildProgress::bytes),
            messages_per_second,
            bytes_per_second,
            memory_bytes: progress.map_or(job.memory_peak, |progress| progress.memory().now),
            partitions: partitions
                .iter()
                .map(|partition| JobPartition {
                    partition: partition.partition,
                    start: partition.range.start(),
                    end: partition.range.end(),
                    position: partition.position(),
                })
                .collect(),
            offsets_left: None,
        }
    }

    pub(crate) fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    pub(crate) fn with_offsets_left(mut self, left: u64) -> Self {
        self.offsets_left = Some(left);
        self
    }
}

impl Step {
    fn new(job: &CubeJob, sequence_id: usize, step: &CubeStep) -> Self {
        let started = step.started_at.unwrap_or(0);
        let mut info = BTreeMap::new();
        if let Some(started) = step.started_at {
            info.insert("startTime", started.to_string());
        }
        if let Some(ended) = step.ended_at {
            info.insert("endTime", ended.to_string());
        }
        Self {
            interrupt: None,
            id: step_id(job, sequence_id),
            name: step.kind.title(),
            sequence_id,
            exec_cmd: None,
            interrupt_cmd: None,
            exec_start_time: started,
            exec_end_time: step.ended_at.unwrap_or(0),
            exec_wait_time: 0,
            step_status: step.state.as_str(),
            cmd_type: "SHELL_CMD",
            info,
            run_async: false,
            done: step.done,
            total: step.total,
            unit: match step.kind {
                StepKind::Read => "offsets",
                StepKind::Cuboids => "cuboids",
                StepKind::Publish => "segments",
            },
            log_lines: step.log.len(),
        }
    }
}

/// What `GET /jobs/{id}/steps/{step}/output` finds a step by.
pub(crate) fn step_id(job: &CubeJob, sequence_id: usize) -> String {
    format!("{}-{sequence_id:02}", job.id)
}

/// Messages and bytes a second: of the last seconds, or over the whole step that read them.
fn rates(job: &CubeJob, progress: Option<&BuildProgress>) -> (u64, u64) {
    if let Some(progress) = progress {
        return (progress.messages_per_second() as u64, progress.bytes_per_second() as u64);
    }
    let read = job.steps.iter().find(|step| step.kind == StepKind::Read);
    let took = read.and_then(|step| Some(step.ended_at? - step.started_at?)).filter(|&millis| millis > 0);
    let rate = |count: u64| took.map_or(0, |millis| (count as f64 * 1000.0 / millis as f64) as u64);
    (rate(job.messages), rate(job.bytes))
}

/// Kylin counts finished steps; a step that runs counts by how much of it is done. One decimal.
fn percent(job: &CubeJob) -> f64 {
    if job.state == JobState::Finished {
        return 100.0;
    }
    let part = |step: &CubeStep| match step.state {
        JobState::Finished => 1.0,
        _ if step.total == 0 => 0.0,
        _ => step.done as f64 / step.total as f64,
    };
    let done: f64 = job.steps.iter().map(part).sum();
    (done / job.steps.len().max(1) as f64 * 1000.0).round() / 10.0
}

/// What a step wrote for people.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StepOutput {
    job_id: String,
    step_id: String,
    #[serde(rename = "cmd_output")]
    cmd_output: String,
}

impl StepOutput {
    pub(crate) fn new(job: &CubeJob, sequence_id: usize, step: &CubeStep) -> Self {
        Self {
            job_id: job.id.to_string(),
            step_id: step_id(job, sequence_id),
            cmd_output: step.log.join("\n"),
        }
    }
}

#[cfg(test)]
mod tests;
