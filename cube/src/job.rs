//! A job: one request to build something, and how it is going.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{AttemptToken, CubeName, JobId, SegmentId};
use crate::offsets::SegmentOffsets;
use crate::{Error, Result};

/// Kylin's job states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum JobState {
    /// Recorded, not yet queued.
    New,
    /// Queued for a worker.
    Pending,
    Running,
    Finished,
    /// Failed; keeps its reservation until it is resumed or discarded.
    Error,
    /// Paused; keeps its reservation.
    Stopped,
    /// Given up; its reservation is gone.
    Discarded,
}

impl JobState {
    pub const ALL: [Self; 7] = [
        Self::New,
        Self::Pending,
        Self::Running,
        Self::Finished,
        Self::Error,
        Self::Stopped,
        Self::Discarded,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Finished => "FINISHED",
            Self::Error => "ERROR",
            Self::Stopped => "STOPPED",
            Self::Discarded => "DISCARDED",
        }
    }

    /// Kylin's number for it in the filters of `GET /jobs`.
    pub fn code(self) -> u32 {
        match self {
            Self::New => 0,
            Self::Pending => 1,
            Self::Running => 2,
            Self::Finished => 4,
            Self::Error => 8,
            Self::Discarded => 16,
            Self::Stopped => 32,
        }
    }

    /// Whether nothing can happen to it any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Discarded)
    }

    /// Whether a job may go from `self` to `to`.
    pub fn may_become(self, to: Self) -> bool {
        use JobState::*;
        matches!(
            (self, to),
            (New, Pending | Discarded)
                | (Pending, Running | Stopped | Discarded)
                | (Running, Finished | Error | Stopped | Discarded | Pending)
                | (Error | Stopped, Pending | Discarded)
        )
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for JobState {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|state| state.as_str()).collect();
            Error::invalid(format!("job state {text:?} is not known: use one of {}", known.join(", ")))
        })
    }
}

/// The steps of a build, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Read from Kafka, decode, and aggregate into the base cuboid.
    Read,
    /// Roll up and write all cuboids.
    Cuboids,
    /// Make the segment visible.
    Publish,
}

impl StepKind {
    pub const ALL: [Self; 3] = [Self::Read, Self::Cuboids, Self::Publish];

    pub fn title(self) -> &'static str {
        match self {
            Self::Read => "Read messages and build the base cuboid",
            Self::Cuboids => "Roll up and write cuboids",
            Self::Publish => "Publish the segment",
        }
    }
}

/// One step of a job's latest attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub kind: StepKind,
    pub state: JobState,
    /// Milliseconds since the epoch, UTC.
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    /// How much of `total` is done: offsets read, cuboids written.
    pub done: u64,
    pub total: u64,
    /// Lines for people, oldest first.
    pub log: Vec<String>,
}

impl Step {
    pub fn new(kind: StepKind) -> Self {
        Self {
            kind,
            state: JobState::Pending,
            started_at: None,
            ended_at: None,
            done: 0,
            total: 0,
            log: vec![],
        }
    }
}

/// What an attempt has read so far, and what it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Messages delivered.
    pub messages: u64,
    /// Bytes of their values.
    pub bytes: u64,
    /// The most bytes that dictionaries, keys and states took at one time.
    pub memory_peak: u64,
}

/// A job as the catalog keeps it. All times in milliseconds since the epoch, UTC.
#[derive(Clone, Debug)]
pub struct Job {
    pub id: JobId,
    pub cube: CubeName,
    pub segment: SegmentId,
    pub segment_name: String,
    /// What it reads, the same in every attempt; known even when the segment is gone. Empty ranges
    /// where each partition stood if there was nothing new.
    pub offsets: SegmentOffsets,
    pub state: JobState,
    /// Of two jobs that wait, the one with the higher priority runs first.
    pub priority: i32,
    /// Who asked for it.
    pub submitter: String,
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub updated_at: i64,
    /// How often it was started.
    pub attempts: u32,
    /// The attempt that owns the segment.
    pub attempt: AttemptToken,
    /// Why it failed or was given up.
    pub error: Option<String>,
    /// There were no offsets to read, so nothing was built.
    pub nothing_new: bool,
    /// Messages that the latest attempt has read.
    pub messages: u64,
    /// Bytes of their values.
    pub bytes: u64,
    /// The most bytes that its dictionaries, keys and states took at one time.
    pub memory_peak: u64,
    pub steps: Vec<Step>,
}

impl Job {
    pub fn effort(&self) -> Effort {
        Effort { messages: self.messages, bytes: self.bytes, memory_peak: self.memory_peak }
    }

    pub fn set_effort(&mut self, effort: Effort) {
        Effort { messages: self.messages, bytes: self.bytes, memory_peak: self.memory_peak } = effort;
    }

    /// Checks a transition.
    ///
    /// # Errors
    /// `Conflict`, saying from which states it is possible.
    pub fn check_transition(&self, to: JobState) -> Result<()> {
        if self.state.may_become(to) {
            return Ok(());
        }
        let from: Vec<_> =
            JobState::ALL.into_iter().filter(|state| state.may_become(to)).map(JobState::as_str).collect();
        Err(Error::conflict(format!(
            "job {} is {}; only a job that is {} can become {to}",
            self.id,
            self.state,
            from.join(" or ")
        )))
    }
}
