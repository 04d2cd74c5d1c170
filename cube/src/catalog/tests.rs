//! The catalog over SQLite: what a transaction changes, what it refuses, and what the database
//! itself refuses whoever writes to it.

mod changes;
mod constraints;
mod cubes;
mod jobs;
mod migrations;
mod publishing;
mod saved_queries;
mod schedules;

use std::collections::BTreeMap;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::ErrorKind;
use crate::id::CubeName;
use crate::job::{Effort, Job, JobState, Step, StepKind};
use crate::lattice::CuboidId;
use crate::ledger::SegmentLedger;
use crate::offsets::{OffsetRange, SegmentOffsets};
use crate::segment::{CuboidChunk, FileKind, ReadySegment, RowGroupChunk, SegmentFile};
use crate::spec::{Compression, SpecFile};
use crate::time::{MinuteSet, TimeRange};
use crate::timeline::Timeline;

const FLIGHTS: &str = include_str!("../../../samples/flights/flights.yaml");
const SAMPLE_STREAM: &str = include_str!("../../../samples/sample-stream/sample-stream.yaml");

/// A catalog in a folder of its own.
struct Fixture {
    folder: TempDir,
    catalog: Catalog,
}

impl Fixture {
    async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open_sqlite(&folder.path().join("catalog.db")).await.unwrap();
        Self { folder, catalog }
    }

    /// With the cube of flights.
    async fn flights() -> Self {
        let fixture = Self::empty().await;
        fixture.catalog.create_cubes(&SpecFile::parse(FLIGHTS).unwrap(), "ada").await.unwrap();
        fixture
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("catalog.db")
    }

    /// The same catalog, as after a restart.
    async fn reopened(self) -> Self {
        let Self { folder, catalog } = self;
        drop(catalog);
        let catalog = Catalog::open_sqlite(&folder.path().join("catalog.db")).await.unwrap();
        Self { folder, catalog }
    }

    async fn reserve(&self, offsets: &str) -> crate::Result<Job> {
        Ok(self.catalog.reserve(reservation(offsets)).await?)
    }

    /// Reserves, builds and publishes.
    async fn publish(&self, offsets: &str) -> Publication {
        let job = self.reserve(offsets).await.unwrap();
        let job = self.catalog.begin_attempt(job.id).await.unwrap();
        let publication = publication(&job, offsets);
        self.catalog.publish(publication.clone()).await.unwrap();
        publication
    }

    async fn timeline(&self) -> Timeline {
        self.catalog.timeline(&flights()).await.unwrap()
    }

    /// Everything that a refused change must leave alone.
    async fn state(&self) -> String {
        let timeline = self.timeline().await;
        let jobs = self.catalog.jobs(&JobFilter::default(), 0, 1000).await.unwrap();
        let commits = self.catalog.commits_to_store().await.unwrap();
        format!("{timeline:?}\n{jobs:?}\n{commits:?}")
    }
}

fn flights() -> CubeName {
    CubeName::new("flights_cube").unwrap()
}

fn offsets(text: &str) -> SegmentOffsets {
    text.parse().unwrap()
}

/// Starts every partition at 0.
fn reservation(text: &str) -> Reservation {
    let offsets = offsets(text);
    let starts = offsets.iter().map(|(partition, _)| (partition, 0)).collect();
    Reservation {
        cube: flights(),
        offsets,
        starts,
        submitter: "bob".into(),
        priority: 0,
        max_building_segments: DEFAULT_MAX_BUILDING_SEGMENTS,
    }
}

/// What an attempt might have built: of every partition with room for it the first message was
/// rejected, the second a tombstone, and the last a transaction marker.
fn publication(job: &Job, text: &str) -> Publication {
    let mut ledger = SegmentLedger::new(&offsets(text));
    for terms in ledger.0.values_mut() {
        let (start, end) = (terms.range.start(), terms.range.end());
        terms.delivered = terms.range.len();
        terms.rows = terms.range.len();
        if terms.range.len() >= 3 {
            terms.delivered -= 1;
            terms.rows -= 3;
            terms.filtered.insert("tombstone".into(), 1);
            terms.rejected.insert("not JSON".into(), 1);
            terms.rejected_offsets.insert(start);
            terms.absent_offsets.insert_range(OffsetRange::new(end - 1, end).unwrap());
            terms.event_time = Some(TimeRange { min: start * 60_000_000, max: end * 60_000_000 });
            terms.leader_epoch = Some(7);
        }
    }
    let event_times: BTreeMap<_, _> =
        ledger.0.iter().filter_map(|(&partition, terms)| Some((partition, terms.event_time?))).collect();
    let mut minutes = MinuteSet::default();
    event_times.values().for_each(|range| {
        minutes.insert(range.min);
        minutes.insert(range.max);
    });
    let folder = format!("cubes/x/segments/{}/{}", job.segment, job.attempt);
    let chunk = CuboidChunk {
        file: 0,
        compression: Compression::Zstd(1),
        row_groups: vec![RowGroupChunk { rows: 4, offset: 4, columns: vec![(10, 20, 0), (30, 40, 5)] }],
    };
    let ready = ReadySegment {
        event_time: event_times.values().copied().reduce(TimeRange::union),
        event_time_by_partition: event_times,
        minutes,
        files: vec![SegmentFile {
            kind: FileKind::Cuboids,
            path: format!("{folder}/cuboids.parquet"),
            length: 1234,
            sha256: "ab".repeat(32),
        }],
        cuboids: BTreeMap::from([(CuboidId::new(0), chunk.clone()), (CuboidId::new(127), chunk)]),
        totals: ledger.totals(),
        published_at: now(),
    };
    let steps =
        StepKind::ALL.map(|kind| Step { state: JobState::Finished, done: 5, total: 5, ..Step::new(kind) });
    Publication {
        job: job.id,
        segment: job.segment,
        attempt: job.attempt,
        ready,
        ledger,
        manifest: format!("{folder}/manifest.json"),
        steps: steps.to_vec(),
        effort: Effort { messages: 9, bytes: 900, memory_peak: 90 },
    }
}

/// A published segment as it is stored, to compare.
fn stored(ready: &ReadySegment) -> String {
    StoredSegment::new(ready, String::new()).to_json().unwrap()
}
