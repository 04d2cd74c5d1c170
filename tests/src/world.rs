//! A whole Kirin in the test's process: catalog, store, job engine, query engine.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use cube::catalog::Catalog;
use cube::job::{Job, JobState};
use cube::ledger::LedgerTotals;
use cube::spec::SpecFile;
use cube::store::SegmentStore;
use cube::timeline::{Hole, Timeline};
use ingest::engine::{BuildOutcome, BuildRequest, Engine, EngineOptions};
use query::{Answer, QueryRequest};
use tempfile::TempDir;

use crate::Topic;
use crate::message::ORDERS;

pub struct World {
    folder: TempDir,
    options: EngineOptions,
    running: Option<Running>,
}

struct Running {
    engine: Engine,
    query: query::Engine,
}

impl World {
    /// A new Kirin with nothing in it.
    pub async fn new() -> Self {
        let mut options = EngineOptions::default();
        options.limits.stall = Duration::from_secs(20);
        Self::with_options(options).await
    }

    pub async fn with_options(options: EngineOptions) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut world = Self { folder, options, running: None };
        world.start().await;
        world
    }

    /// A new Kirin with the cube `orders_cube` over the topic.
    pub async fn with_orders(topic: &Topic) -> Self {
        let world = Self::new().await;
        world.define(&ORDERS.replace("{topic}", &topic.name).replace("{brokers}", &topic.brokers)).await;
        world
    }

    pub async fn define(&self, spec: &str) {
        let file = SpecFile::parse(spec).expect("the specification is accepted");
        self.catalog().create_cubes(&file, "test").await.expect("the cube is created");
    }

    async fn start(&mut self) {
        let catalog = Catalog::open_sqlite(&self.folder.path().join("catalog.sqlite"))
            .await
            .expect("the catalog opens");
        let catalog = Arc::new(catalog);
        let store = SegmentStore::local(&self.folder.path().join("store")).expect("the store opens");
        let engine = Engine::start(catalog.clone(), store.clone(), self.options.clone())
            .await
            .expect("the engine starts");
        let query = query::Engine::new(catalog, Arc::new(store), query::EngineOptions::default())
            .expect("a query engine");
        self.running = Some(Running { engine, query });
    }

    /// Stops everything and starts it again on the same folder.
    pub async fn restart(&mut self) {
        let catalog = Arc::downgrade(self.catalog());
        self.engine().stop();
        self.running = None;
        // The catalog closes when its last user has let go of it.
        for _ in 0..2000 {
            if catalog.upgrade().is_none() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.start().await;
    }

    pub fn engine(&self) -> &Engine {
        &self.running.as_ref().expect("Kirin runs").engine
    }

    pub fn query_engine(&self) -> &query::Engine {
        &self.running.as_ref().expect("Kirin runs").query
    }

    pub fn catalog(&self) -> &Arc<Catalog> {
        self.engine().catalog()
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The file behind an object of the store.
    pub fn object(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join("store").join(path)
    }

    pub async fn timeline(&self) -> Timeline {
        self.catalog().timeline(&"orders_cube".parse().expect("a name")).await.expect("the cube is there")
    }

    /// The ledgers of all published segments added up.
    pub async fn totals(&self) -> LedgerTotals {
        let mut totals = LedgerTotals::default();
        for segment in &self.timeline().await.segments {
            if let Some(ready) = segment.ready() {
                totals += ready.totals;
            }
        }
        totals
    }

    pub async fn holes(&self) -> Vec<Hole> {
        self.timeline().await.holes()
    }

    /// Queues a build of `orders_cube` to the tip.
    pub async fn queue(&self, request: BuildRequest) -> cube::Result<BuildOutcome> {
        self.engine().build("orders_cube", &request, "test").await
    }

    /// Builds `orders_cube` and waits; the job must finish.
    pub async fn build(&self, request: BuildRequest) -> Job {
        let outcome = self.queue(request).await.expect("the build is accepted");
        let job = self.engine().wait(outcome.job().id).await.expect("the job is known");
        assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
        job
    }

    pub async fn build_to_tip(&self) -> Job {
        self.build(BuildRequest::default()).await
    }

    /// Builds exactly these offsets (`0:10..20 1:5..9`) and waits.
    pub async fn build_range(&self, offsets: &str) -> Job {
        self.build(range(offsets)).await
    }

    pub async fn ask(&self, sql: &str) -> cube::Result<Answer> {
        self.query_engine().query(sql, QueryRequest::default()).await
    }

    /// The rows of an answer in canonical text, see [`crate::oracle`].
    pub async fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        let answer = self.ask(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        crate::oracle::canonical(&answer.batches)
    }

    /// Every row of a stored cuboid of `orders_cube`, as it lies in the file.
    pub async fn stored(&self, segment: usize, cuboid: u64) -> Vec<RecordBatch> {
        let info = self.catalog().cube("orders_cube").await.expect("the cube is there");
        let schema = cube::store::cuboid_schema(&info.model, &info.spec);
        let timeline = self.timeline().await;
        let ready = timeline.segments[segment].ready().expect("the segment is published").clone();
        let columns: Vec<usize> = (0..schema.fields().len()).collect();
        let store = self.engine().store();
        let rows = store.read_cuboid(&ready, cube::lattice::CuboidId::new(cuboid), &schema, &columns).await;
        rows.expect("the cuboid is read").batches
    }
}

/// A request for exactly these offsets.
pub fn range(offsets: &str) -> BuildRequest {
    let offsets: cube::offsets::SegmentOffsets = offsets.parse().expect("offsets");
    let mut request = BuildRequest::default();
    request.range.start = Some(offsets.starts());
    request.range.end = Some(offsets.ends());
    request
}
