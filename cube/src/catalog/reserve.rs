//! Reserving a segment: from then on its offsets are nobody else's.

use std::collections::BTreeMap;

use thiserror::Error as ThisError;

use super::database::{Transaction, parameters};
use super::jobs::{insert_job, job};
use super::{Catalog, cubes, now};
use crate::id::{AttemptToken, CubeName, JobId, SegmentId};
use crate::job::{Job, JobState, Step, StepKind};
use crate::offsets::{PartitionId, SegmentOffsets};
use crate::timeline::{Overlap, Timeline};
use crate::{Error, ErrorKind, Result};

/// A request to build offsets that a plan decided on.
#[derive(Clone, Debug)]
pub struct Reservation {
    pub cube: CubeName,
    pub offsets: SegmentOffsets,
    /// The first offset of each partition that the cube did not know before.
    pub starts: BTreeMap<PartitionId, i64>,
    pub submitter: String,
    /// Of the job.
    pub priority: i32,
    /// Segments of the cube that may be building, this one included, if the cube does not say.
    pub max_building_segments: usize,
}

/// As Kylin has it.
pub const DEFAULT_MAX_BUILDING_SEGMENTS: usize = 10;

/// Why nothing was reserved.
#[derive(Debug, ThisError)]
pub enum ReserveError {
    /// Another segment holds some of the offsets. Who wants no particular ones plans again.
    #[error(transparent)]
    Overlap(#[from] Overlap),
    /// As many segments of the cube are building as may.
    #[error(transparent)]
    TooManyBuilding(#[from] TooManyBuilding),
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<ReserveError> for Error {
    fn from(error: ReserveError) -> Self {
        match error {
            ReserveError::Overlap(overlap) => overlap.into(),
            ReserveError::TooManyBuilding(building) => building.into(),
            ReserveError::Other(error) => error,
        }
    }
}

/// A cube may not have another building segment now.
#[derive(Clone, Debug, ThisError)]
#[error(
    "cube {cube} has {} building segments, as many as it may ({limit}, build.max_building_segments): {}; wait for one to \
     finish, or resume or discard those that stand still",
    building.len(), list(building)
)]
pub struct TooManyBuilding {
    pub cube: CubeName,
    pub limit: usize,
    /// In order of creation.
    pub building: Vec<BuildingSegment>,
}

/// A segment that is reserved and not published.
#[derive(Clone, Debug)]
pub struct BuildingSegment {
    pub name: String,
    pub job: JobId,
    pub state: JobState,
    /// How long the job has been in that state, milliseconds.
    pub age: i64,
}

impl From<TooManyBuilding> for Error {
    fn from(building: TooManyBuilding) -> Self {
        Self::conflict(building.to_string()).with_source(building)
    }
}

fn list(building: &[BuildingSegment]) -> String {
    let one = |segment: &BuildingSegment| match segment.state {
        JobState::Error | JobState::Stopped => {
            format!("{} of job {} ({} for {})", segment.name, segment.job, segment.state, age(segment.age))
        }
        state => format!("{} of job {} ({state})", segment.name, segment.job),
    };
    building.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A duration for people, in its largest unit.
fn age(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

impl Catalog {
    /// Reserves a segment and records its job, PENDING, in one transaction.
    ///
    /// # Errors
    /// [`ReserveError`]; nothing is changed then.
    pub async fn reserve(&self, reservation: Reservation) -> Result<Job, ReserveError> {
        let mut transaction = self.database.begin().await?;
        let info = cubes::cube(&self.specs, &mut *transaction, reservation.cube.as_str()).await?;
        let cube = info.spec.name.clone();
        let timeline = self.load_timeline(&mut *transaction, &cube).await?;
        timeline.check_free(&reservation.offsets)?;
        let limit = info.spec.build.max_building_segments.unwrap_or(reservation.max_building_segments);
        check_limit(&mut *transaction, &timeline, limit).await?;
        let job = new_job(cube, &reservation);
        insert_segment(&mut *transaction, &job, &reservation.offsets).await?;
        insert_job(&mut *transaction, &job).await?;
        insert_starts(&mut *transaction, &job.cube, &reservation.starts).await?;
        transaction.commit().await?;
        self.changed_by_job(&job);
        Ok(job)
    }
}

async fn check_limit(
    transaction: &mut dyn Transaction,
    timeline: &Timeline,
    limit: usize,
) -> Result<(), ReserveError> {
    if timeline.building().count() < limit {
        return Ok(());
    }
    let at = now();
    let mut building = vec![];
    for segment in timeline.building() {
        let job = job(transaction, segment.job).await?;
        let age = at - job.updated_at;
        building.push(BuildingSegment { name: segment.name(), job: job.id, state: job.state, age });
    }
    Err(TooManyBuilding { cube: timeline.cube.clone(), limit, building }.into())
}

fn new_job(cube: CubeName, reservation: &Reservation) -> Job {
    let at = now();
    Job {
        id: JobId::fresh(),
        cube,
        segment: SegmentId::fresh(),
        segment_name: reservation.offsets.name(),
        offsets: reservation.offsets.clone(),
        state: JobState::Pending,
        priority: reservation.priority,
        submitter: reservation.submitter.clone(),
        created_at: at,
        started_at: None,
        ended_at: None,
        updated_at: at,
        attempts: 0,
        attempt: AttemptToken::fresh(),
        error: None,
        nothing_new: false,
        messages: 0,
        bytes: 0,
        memory_peak: 0,
        steps: StepKind::ALL.map(Step::new).to_vec(),
    }
}

async fn insert_starts(
    transaction: &mut dyn Transaction,
    cube: &CubeName,
    starts: &BTreeMap<PartitionId, i64>,
) -> Result<()> {
    for (&partition, &start) in starts {
        transaction
            .execute(
                "INSERT INTO partition_starts (cube, partition, start_offset) VALUES (?1, ?2, ?3)
                 ON CONFLICT (cube, partition) DO NOTHING",
                parameters![cube.as_str(), i64::from(partition), start],
            )
            .await?;
    }
    Ok(())
}

async fn insert_segment(
    transaction: &mut dyn Transaction,
    job: &Job,
    offsets: &SegmentOffsets,
) -> Result<()> {
    transaction
        .execute(
            "INSERT INTO segments (id, cube, state, attempt, job, created_at) VALUES (?1, ?2, 'building', ?3, ?4, ?5)",
            parameters![
                job.segment.to_string(),
                job.cube.as_str(),
                job.attempt.to_string(),
                job.id.to_string(),
                job.created_at
            ],
        )
        .await?;
    for (partition, range) in offsets.iter() {
        transaction
            .execute(
                "INSERT INTO segment_ranges (segment, cube, partition, start_offset, end_offset)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                parameters![
                    job.segment.to_string(),
                    job.cube.as_str(),
                    i64::from(partition),
                    range.start(),
                    range.end()
                ],
            )
            .await
            .map_err(|error| match error.kind() {
                ErrorKind::Conflict => error.context(format!("partition {partition} offsets {range}")),
                _ => error,
            })?;
    }
    Ok(())
}
