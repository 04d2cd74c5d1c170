//! When a cube is built by itself: an interval or a cron expression, other ones in windows of the
//! week, and the pure decision when the next run is due, and why.
//!
//! A run builds to the tip, so runs that were missed are not made up one by one: one run reads all
//! that has arrived since.

mod next;
mod pace;
mod parse;
mod window;

use std::fmt;
use std::str::FromStr;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::id::{CubeName, JobId};
use crate::{Error, Result};

pub use next::{NextRun, RETRY_AT_LATEST, RunsSoFar, next_run};
pub use pace::{Cron, Every, Pace};
pub use window::{Days, Window};

use parse::RawSchedule;

/// A checked schedule. Read and written as JSON:
/// `{"every":"1h","time_zone":"Europe/Berlin","windows":[{"from":"08:00","to":"20:00","every":"5m"}]}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawSchedule", into = "RawSchedule")]
pub struct ScheduleSpec {
    /// Outside of all windows; `None`: nothing runs there.
    pub pace: Option<Pace>,
    /// In which cron expressions and windows are meant.
    pub time_zone: Tz,
    /// Offsets in one segment at most; the cube's own limit holds as well. What it leaves is left for
    /// the next run.
    pub max_messages_per_segment: Option<u64>,
    /// Of the jobs.
    pub priority: i32,
    /// The first that holds a moment decides.
    pub windows: Vec<Window>,
}

impl ScheduleSpec {
    /// # Errors
    /// `Invalid`, naming the field, the value, and what would be accepted.
    pub fn parse(json: &str) -> Result<Self> {
        let raw: RawSchedule = serde_json::from_str(json)
            .map_err(|error| Error::invalid(format!("the schedule cannot be read: {error}")))?;
        raw.check()
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What came of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// A job was made.
    Queued,
    /// There were no offsets to read.
    NothingNew,
    /// Builds that are not at their end stood in the way; the next run reads their offsets' followers.
    Overlap,
    /// It could not be planned; it is tried again, see [`next_run`].
    Failed,
}

impl RunOutcome {
    const ALL: [Self; 4] = [Self::Queued, Self::NothingNew, Self::Overlap, Self::Failed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::NothingNew => "nothing_new",
            Self::Overlap => "overlap",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for RunOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RunOutcome {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|outcome| outcome.as_str() == text);
        found.ok_or_else(|| Error::data(format!("outcome {text:?} of a scheduled run is not known")))
    }
}

/// A run that was made. Times in milliseconds since the epoch, UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub at: i64,
    pub outcome: RunOutcome,
    pub job: Option<JobId>,
    /// For people.
    pub message: String,
}

/// The schedule of a cube, as the catalog keeps it. Times in milliseconds since the epoch, UTC.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    pub cube: CubeName,
    pub spec: ScheduleSpec,
    /// Nothing runs until it is resumed.
    pub paused: bool,
    /// When it got its present definition.
    pub created_at: i64,
    pub last_run: Option<i64>,
    pub last_outcome: Option<RunOutcome>,
    /// Of the last run that made one.
    pub last_job: Option<JobId>,
    /// What the last run has to say.
    pub last_message: Option<String>,
    /// Runs that failed one after the other, up to the last.
    pub failures: u32,
}

impl Schedule {
    /// When it runs next, as seen at `now`.
    pub fn next_run(&self, now: i64) -> NextRun {
        if self.paused {
            return NextRun { at: None, why: "it is paused; resume it to run again".into() };
        }
        let since = self.last_run.map_or(self.created_at, |last| last.max(self.created_at));
        next_run(&self.spec, RunsSoFar { since, failures: self.failures }, now)
    }
}

#[cfg(test)]
mod tests;
