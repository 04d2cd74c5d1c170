//! A request to build → a reserved segment and its job.

use std::collections::BTreeMap;

use cube::Result;
use cube::catalog::{CubeInfo, Reservation, ReserveError};
use cube::id::CubeName;
use cube::job::Job;
use cube::offsets::{PartitionId, SegmentOffsets};
use cube::spec::FirstStart;

use super::{Engine, blocking};
use crate::plan::{FirstOffsets, Plan, PlanInput, RangeRequest, plan};
use crate::source::KafkaSource;

/// Another build may reserve between our look at the catalog and our reservation; then we plan again.
const PLANNING_TRIES: usize = 20;

/// A request for one build.
#[derive(Clone, Debug, Default)]
pub struct BuildRequest {
    pub range: RangeRequest,
    /// Offsets in the segment at most; the cube's own limit holds as well.
    pub max_messages: Option<u64>,
    /// Of the job; 0 unless told otherwise. Higher runs first.
    pub priority: i32,
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum BuildOutcome {
    /// The job is queued. `left`: offsets that the limit left for the next build.
    Queued { job: Job, left: u64 },
    /// There are no new offsets; `job` records that, finished. `at`: where each partition stands.
    NothingNew { job: Job, at: BTreeMap<PartitionId, i64> },
}

impl BuildOutcome {
    pub fn job(&self) -> &Job {
        match self {
            Self::Queued { job, .. } | Self::NothingNew { job, .. } => job,
        }
    }
}

/// A request that was planned, and queued if there is anything to read.
pub(super) enum Planned {
    Queued { job: Box<Job>, left: u64 },
    NothingNew { cube: CubeName, at: BTreeMap<PartitionId, i64> },
}

impl Engine {
    /// Plans, reserves and queues a build.
    ///
    /// # Errors
    /// As [`plan`] and [`cube::catalog::Catalog::reserve`].
    pub async fn build(&self, cube: &str, request: &BuildRequest, submitter: &str) -> Result<BuildOutcome> {
        match self.plan_and_reserve(cube, request, submitter).await? {
            Planned::Queued { job, left } => Ok(BuildOutcome::Queued { job: *job, left }),
            Planned::NothingNew { cube, at } => {
                let job = self.inner.catalog.record_nothing_new(&cube, &at, submitter).await?;
                Ok(BuildOutcome::NothingNew { job, at })
            }
        }
    }

    pub(super) async fn plan_and_reserve(
        &self,
        cube: &str,
        request: &BuildRequest,
        submitter: &str,
    ) -> Result<Planned, ReserveError> {
        let info = self.inner.catalog.cube(cube).await?;
        let source = self.source(&info.model)?;
        // Explicit ranges fail for good when something is in the way; ranges to the tip move on.
        let tries = if request.range.start.is_some() { 1 } else { PLANNING_TRIES };
        let mut result = self.try_build(&info, source.clone(), request, submitter).await;
        for _ in 1..tries {
            if !matches!(result, Err(ReserveError::Overlap(_))) {
                break;
            }
            result = self.try_build(&info, source.clone(), request, submitter).await;
        }
        result
    }

    async fn try_build(
        &self,
        info: &CubeInfo,
        source: KafkaSource,
        request: &BuildRequest,
        submitter: &str,
    ) -> Result<Planned, ReserveError> {
        let catalog = &self.inner.catalog;
        let cube = info.spec.name.clone();
        let timeline = catalog.timeline(&cube).await?;
        let asked = catalog.initial_offsets(&cube).await?;
        let start = info.spec.build.start.clone();
        let (watermarks, first) = blocking(move || {
            let watermarks = source.watermarks()?;
            Ok((watermarks, first_offsets(&source, asked, start)?))
        })
        .await?;
        let caps = [request.max_messages, info.spec.build.max_messages_per_segment];
        let input = PlanInput {
            timeline: &timeline,
            request: &request.range,
            watermarks: &watermarks,
            first: &first,
            cap: caps.into_iter().flatten().min(),
        };
        match plan(&input)? {
            Plan::NothingNew { at } => Ok(Planned::NothingNew { cube, at }),
            Plan::Build { offsets, starts, left } => {
                let priority = request.priority;
                let job = self.reserve(cube, offsets, starts, submitter, priority).await?;
                Ok(Planned::Queued { job: Box::new(job), left })
            }
        }
    }

    /// Reserves and queues a build of exactly these offsets.
    pub(super) async fn reserve(
        &self,
        cube: CubeName,
        offsets: SegmentOffsets,
        starts: BTreeMap<PartitionId, i64>,
        submitter: &str,
        priority: i32,
    ) -> Result<Job, ReserveError> {
        let reservation = Reservation {
            cube,
            offsets,
            starts,
            submitter: submitter.to_owned(),
            priority,
            max_building_segments: self.inner.options.max_building_segments,
        };
        let job = self.inner.catalog.reserve(reservation).await?;
        self.enqueue(&job);
        Ok(job)
    }
}

fn first_offsets(
    source: &KafkaSource,
    asked: BTreeMap<PartitionId, i64>,
    start: FirstStart,
) -> Result<FirstOffsets> {
    if !asked.is_empty() {
        return Ok(FirstOffsets::At(asked));
    }
    Ok(match start {
        FirstStart::Earliest => FirstOffsets::Earliest,
        FirstStart::Latest => FirstOffsets::Latest,
        FirstStart::Offsets(offsets) => FirstOffsets::At(offsets),
        FirstStart::Timestamp(timestamp) => {
            let tips = source.watermarks()?;
            // Where nothing is as new as the timestamp, what arrives next is.
            let at = source.offsets_for_time(timestamp)?.into_iter().map(|(partition, offset)| {
                let tip = tips.get(&partition).map_or(0, |watermarks| watermarks.tip);
                (partition, offset.unwrap_or(tip))
            });
            FirstOffsets::At(at.collect())
        }
    })
}
