//! 3 million messages from a real broker to 256 published cuboids: the job engine as it ships.

use std::path::PathBuf;
use std::sync::Arc;

use cube::catalog::Catalog;
use cube::job::JobState;
use cube::spec::SpecFile;
use cube::store::SegmentStore;
use ingest::engine::{BuildRequest, Engine, EngineOptions};

use crate::measure::{Figure, measure};
use crate::{Failure, peer, sample};

/// Where the last run leaves its cuboids, for the comparison of contents.
pub fn output() -> PathBuf {
    peer::work().join("kirin.parquet")
}

pub fn kirin(runs: usize) -> Result<Figure, Failure> {
    let (topic, brokers) = peer::filled_topic()?;
    let spec = sample::SPEC.replace("{topic}", &topic).replace("{brokers}", &brokers);
    let runtime = tokio::runtime::Runtime::new()?;
    measure(
        runs,
        "s",
        |seconds| seconds,
        || {
            let folder = tempfile::tempdir()?;
            runtime.block_on(build(folder.path(), &spec))
        },
    )
}

/// From an empty folder to a published segment, whose file is kept.
async fn build(folder: &std::path::Path, spec: &str) -> Result<(), Failure> {
    let catalog = Arc::new(Catalog::open_sqlite(&folder.join("catalog.sqlite")).await?);
    let store = SegmentStore::local(&folder.join("store"))?;
    let engine = Engine::start(catalog.clone(), store, EngineOptions::default()).await?;
    catalog.create_cubes(&SpecFile::parse(spec)?, "bench").await?;
    let outcome = engine.build("sample_cube", &BuildRequest::default(), "bench").await?;
    let job = engine.wait(outcome.job().id).await?;
    if job.state != JobState::Finished {
        return Err(job.error.unwrap_or_default().into());
    }
    for line in job.steps.iter().flat_map(|step| &step.log) {
        eprintln!("    {line}");
    }
    let timeline = catalog.timeline(&"sample_cube".parse()?).await?;
    let ready = timeline.segments[0].ready().ok_or("the segment is not published")?;
    std::fs::rename(folder.join("store").join(&ready.files[0].path), output())?;
    Ok(())
}
