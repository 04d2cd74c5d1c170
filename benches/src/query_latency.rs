//! SQL → rows over one published segment in a local folder, one client, warm.

use std::sync::Arc;

use cube::catalog::{Catalog, Publication, Reservation};
use cube::lattice::Lattice;
use cube::ledger::SegmentLedger;
use cube::segment::{FileKind, ReadySegment};
use cube::spec::SpecFile;
use cube::store::{SegmentPaths, SegmentStore};

use crate::build::{Input, Nobody};
use crate::measure::{Figure, measure};
use crate::{Failure, sample};

const COUNT: usize = 1_000_000;
const REPEAT: usize = 50;

pub fn by_country(runs: usize) -> Result<Figure, Failure> {
    latency(runs, "SELECT country, count(*), sum(amount) FROM orders GROUP BY country ORDER BY 3 DESC")
}

pub fn total(runs: usize) -> Result<Figure, Failure> {
    latency(runs, "SELECT count(*), sum(qty) FROM orders")
}

fn latency(runs: usize, sql: &str) -> Result<Figure, Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    let folder = tempfile::tempdir()?;
    let engine = runtime.block_on(published(folder.path()))?;
    measure(
        runs,
        "ms/query",
        |seconds| seconds * 1000.0 / REPEAT as f64,
        || {
            for _ in 0..REPEAT {
                runtime.block_on(engine.query(sql, query::QueryRequest::default()))?;
            }
            Ok(())
        },
    )
}

/// The sample cube with one segment that was built without Kafka.
async fn published(folder: &std::path::Path) -> Result<query::Engine, Failure> {
    let catalog = Arc::new(Catalog::open_sqlite(&folder.join("catalog.sqlite")).await?);
    let store = SegmentStore::local(&folder.join("store"))?;
    let file = SpecFile::parse(&sample::SPEC.replace("{topic}", "t").replace("{brokers}", "localhost:9092"))?;
    catalog.create_cubes(&file, "bench").await?;
    let info = catalog.cube("sample_cube").await?;
    let reservation = Reservation {
        cube: info.spec.name.clone(),
        offsets: format!("0:0..{COUNT}").parse()?,
        starts: [(0, 0)].into(),
        submitter: "bench".into(),
        priority: 0,
        max_building_segments: 1,
    };
    let mut ledger = SegmentLedger::new(&reservation.offsets);
    for terms in ledger.0.values_mut() {
        (terms.delivered, terms.rows) = (COUNT as u64, COUNT as u64);
    }
    let job = catalog.begin_attempt(catalog.reserve(reservation).await?.id).await?;
    let base = Input::new(COUNT)?.base()?;
    let mut ready = ReadySegment {
        event_time: base.event_time,
        event_time_by_partition: Default::default(),
        minutes: base.minutes.clone(),
        files: vec![],
        cuboids: Default::default(),
        totals: ledger.totals(),
        published_at: cube::catalog::now(),
    };
    let written = write_cuboids_of(base, &Lattice::new(&info.spec)?)?;
    let paths = SegmentPaths::new(info.id, job.segment, job.attempt);
    ready.files.push(written.file.upload(&store, FileKind::Cuboids, paths.cuboids()).await?);
    ready.cuboids = written.cuboids;
    let publication = Publication {
        job: job.id,
        segment: job.segment,
        attempt: job.attempt,
        ready,
        ledger,
        manifest: paths.manifest(),
        effort: job.effort(),
        steps: job.steps,
    };
    catalog.publish(publication).await?;
    Ok(query::Engine::new(catalog, Arc::new(store), query::EngineOptions::default())?)
}

fn write_cuboids_of(
    base: cube::build::BaseCuboid,
    lattice: &Lattice,
) -> cube::Result<cube::store::CuboidsFile> {
    cube::build::write_cuboids(base, lattice, &Nobody)
}
