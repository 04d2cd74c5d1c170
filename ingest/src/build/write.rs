//! Step 2: base cuboid → all cuboids → one file in the store, with its manifest.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use cube::build::{BaseCuboid, CuboidSink, merge, write_cuboids};
use cube::catalog::{StoredSegment, now};
use cube::job::StepKind;
use cube::lattice::{CuboidId, Lattice};
use cube::ledger::SegmentLedger;
use cube::segment::{FileKind, ReadySegment};
use cube::store::{CuboidsFile, MANIFEST_FORMAT_VERSION, Manifest, RejectedWriter, SegmentPaths};
use cube::{Error, Result};

use super::read::Read;
use super::{BuildTask, Built, blocking};

/// What is left of the base cuboid once all cuboids are on local disk.
struct Rolled {
    ready: ReadySegment,
    file: Option<CuboidsFile>,
}

pub(super) async fn write(task: Arc<BuildTask>, read: Read) -> Result<Built> {
    let Read { builders, ledger, rejected } = read;
    let paths = SegmentPaths::new(task.cube_id, task.job.segment, task.job.attempt);
    // The evidence is kept whatever becomes of the build.
    let rejected = keep_rejected(&task, &paths, rejected).await?;
    check_rejected(&task, &ledger, rejected.as_ref().map(|file| file.path.as_str()))?;

    let started = Instant::now();
    let rolling = task.clone();
    let counted = ledger.clone();
    let Rolled { mut ready, file } = blocking(move || roll_up(&rolling, merge(builders)?, &counted)).await?;
    if let Some(CuboidsFile { file, cuboids }) = file {
        let uploaded = file.upload(&task.store, FileKind::Cuboids, paths.cuboids()).await?;
        task.progress.log(
            StepKind::Cuboids,
            format!(
                "wrote {} cuboids in {:.2} s: {} rows, {} bytes, to {}",
                cuboids.len(),
                started.elapsed().as_secs_f64(),
                cuboids.values().map(cube::segment::CuboidChunk::rows).sum::<u64>(),
                uploaded.length,
                uploaded.path
            ),
        );
        ready.files.push(uploaded);
        ready.cuboids = cuboids;
    }
    ready.files.extend(rejected);
    ready.published_at = now();
    let manifest = manifest(&task, &paths, &ready);
    task.store.put_new(&paths.manifest(), manifest.to_bytes()?).await?;
    Ok(Built { ready, ledger, manifest: paths.manifest() })
}

async fn keep_rejected(
    task: &BuildTask,
    paths: &SegmentPaths,
    rejected: Option<RejectedWriter>,
) -> Result<Option<cube::segment::SegmentFile>> {
    let Some(rejected) = rejected else { return Ok(None) };
    let spooled = blocking(move || rejected.finish()).await?;
    spooled.upload(&task.store, FileKind::Rejected, paths.rejected()).await.map(Some)
}

fn check_rejected(task: &BuildTask, ledger: &SegmentLedger, kept: Option<&str>) -> Result<()> {
    let totals = ledger.totals();
    let limit = &task.spec.build.rejected;
    if !limit.is_exceeded(totals.rejected, totals.delivered) {
        return Ok(());
    }
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for (reason, count) in ledger.0.values().flat_map(|terms| &terms.rejected) {
        *reasons.entry(reason).or_default() += count;
    }
    let reasons: Vec<String> = reasons.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    Err(Error::data(format!(
        "{} of {} messages were rejected ({}), more than {} % and more than {}; nothing was published. They are kept in \
         {}/{}: look at them, correct the model or raise build.rejected, then resume or discard the job",
        totals.rejected,
        totals.delivered,
        reasons.join(", "),
        limit.max_percent,
        limit.max_messages,
        task.store.location(),
        kept.unwrap_or("(no file)")
    )))
}

/// Counts the cuboids and stops between two of them when asked to.
struct Watch<'a>(&'a BuildTask);

impl CuboidSink for Watch<'_> {
    fn cuboid_done(&self, _: CuboidId, _: u64) -> Result<()> {
        self.0.progress.cuboid_done();
        self.0.progress.check()
    }
}

fn roll_up(task: &BuildTask, base: BaseCuboid, ledger: &SegmentLedger) -> Result<Rolled> {
    ledger.check(base.count)?;
    let lattice = Lattice::new(&task.spec)?;
    task.progress.log(
        StepKind::Cuboids,
        format!(
            "the base cuboid has {} rows of {} messages; rolling up {} cuboids",
            base.rows,
            base.count,
            lattice.len()
        ),
    );
    let ready = ReadySegment {
        event_time: base.event_time,
        event_time_by_partition: ledger
            .0
            .iter()
            .filter_map(|(&partition, terms)| terms.event_time.map(|range| (partition, range)))
            .collect(),
        minutes: base.minutes.clone(),
        files: vec![],
        cuboids: BTreeMap::new(),
        totals: ledger.totals(),
        published_at: 0,
    };
    if base.rows == 0 {
        return Ok(Rolled { ready, file: None });
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(task.limits.threads)
        .thread_name(|i| format!("cuboids-{i}"))
        .build()
        .map_err(|error| Error::unavailable(format!("no threads for rolling up cuboids: {error}")))?;
    let file = pool.install(|| write_cuboids(base, &lattice, &Watch(task)))?;
    Ok(Rolled { ready, file: Some(file) })
}

fn manifest(task: &BuildTask, paths: &SegmentPaths, ready: &ReadySegment) -> Manifest {
    Manifest {
        format_version: MANIFEST_FORMAT_VERSION,
        cube: task.spec.name.clone(),
        cube_id: task.cube_id,
        segment: task.job.segment,
        job: task.job.id,
        attempt: task.job.attempt,
        topic: task.model.topic.clone(),
        offsets: task.offsets.clone(),
        model_spec: task.model.to_json(),
        cube_spec: task.spec.to_json(&task.model),
        content: StoredSegment::new(ready, paths.manifest()),
    }
}
