//! One statement from text to rows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cube::catalog::{Catalog, CubeSnapshot};
use cube::spec::ModelSpec;
use cube::store::SegmentStore;
use cube::{Error, Result};
use datafusion::arrow::array::RecordBatch;
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
    MemorySchemaProvider, SchemaProvider,
};
use datafusion::common::config::Dialect;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryConsumer, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::functions_aggregate::approx_distinct::approx_distinct_udaf;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::optimizer::optimizer::Optimizer;
use datafusion::optimizer::simplify_expressions::SimplifyExpressions;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::SessionConfig;
use futures::TryStreamExt;

use crate::answer::{Answer, TableInfo};
use crate::error::from_datafusion;
use crate::report::{Collector, ScanReport, Stages};
use crate::request::{Cancel, QueryRequest};
use crate::rewrite::CuboidRewrite;
use crate::source::{Source, Stored};
use crate::sql::{Names, Question, parse, verify};
use crate::table::FactTable;
use crate::{explain, functions};

const CATALOG: &str = "kirin";
const SCHEMA: &str = "public";

/// Limits that hold for all queries of an [`Engine`].
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Bytes that all running queries together may hold.
    pub memory_limit: usize,
    /// Streams that one query is executed in.
    pub target_partitions: usize,
    /// Of one query, from its text to its last row.
    pub timeout: Duration,
    /// An answer with more rows is an error, unless the statement or the request has a LIMIT.
    pub max_rows: usize,
}

impl Default for EngineOptions {
    /// 1 GiB, a stream per processor, one minute, a million rows.
    fn default() -> Self {
        Self {
            memory_limit: 1 << 30,
            target_partitions: std::thread::available_parallelism().map_or(1, usize::from),
            timeout: Duration::from_secs(60),
            max_rows: 1_000_000,
        }
    }
}

/// Answers SQL from the cubes of one catalog; cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Arc<dyn Source>,
    options: EngineOptions,
    /// What every query starts from: functions, rules and limits, but no tables.
    template: SessionState,
}

impl Engine {
    /// # Errors
    /// `Invalid` if an option is 0.
    pub fn new(catalog: Arc<Catalog>, store: Arc<SegmentStore>, options: EngineOptions) -> Result<Self> {
        Self::with_source(Arc::new(Stored { catalog, store }), options)
    }

    /// The same over another source of cubes.
    pub fn with_source(source: Arc<dyn Source>, options: EngineOptions) -> Result<Self> {
        let limits = [
            ("memory_limit", options.memory_limit),
            ("target_partitions", options.target_partitions),
            ("max_rows", options.max_rows),
        ];
        if let Some((name, _)) = limits.into_iter().find(|(_, value)| *value == 0) {
            return Err(Error::invalid(format!("query {name} is 0; use 1 or more")));
        }
        let template = template(&options)?;
        Ok(Self(Arc::new(Inner { source, options, template })))
    }

    /// Answers one SELECT, WITH or VALUES; EXPLAIN of one answers its decisions and plan in a text
    /// column `plan`, without running it.
    ///
    /// # Errors
    /// `Invalid` if the statement is wrong or no cube can answer it, with what to add; `Unavailable`
    /// on a timeout, without memory, or if the store does not answer; `Conflict` if cancelled.
    pub async fn query(&self, sql: &str, request: QueryRequest) -> Result<Answer> {
        let cancel = request.cancel.clone();
        self.within_limits(cancel, self.answer(sql, request)).await
    }

    /// The decisions of a query, without running it.
    pub async fn explain(&self, sql: &str, request: QueryRequest) -> Result<ScanReport> {
        let cancel = request.cancel.clone();
        self.within_limits(cancel, async { Ok(self.plan(sql, request).await?.report(0.0)) }).await
    }

    /// The tables that SQL can name.
    pub async fn tables(&self) -> Result<Vec<TableInfo>> {
        let models = by_model(self.0.source.snapshot().await?);
        let table = |(model, _): (Arc<ModelSpec>, _)| TableInfo {
            name: model.table.clone(),
            columns: model
                .table_schema()
                .fields()
                .iter()
                .map(|field| (field.name().clone(), field.data_type().clone()))
                .collect(),
        };
        Ok(models.into_iter().map(table).collect())
    }

    async fn within_limits<T>(
        &self,
        cancel: Option<Cancel>,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let timeout = self.0.options.timeout;
        let cancelled = async {
            match &cancel {
                Some(cancel) => cancel.cancelled().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            result = work => result,
            () = cancelled => Err(Error::conflict("the query was cancelled")),
            () = tokio::time::sleep(timeout) => Err(Error::unavailable(format!(
                "the query did not end within {} s; filter or group by less, or raise the limit",
                timeout.as_secs_f64()
            ))),
        }
    }

    async fn answer(&self, sql: &str, request: QueryRequest) -> Result<Answer> {
        let planned = self.plan(sql, request).await?;
        if planned.explain {
            let report = planned.report(0.0);
            let (schema, batch) = explain::answer(&report, &planned.logical)?;
            return Ok(Answer { schema, batches: vec![batch], report });
        }
        let started = Instant::now();
        let batches = self.execute(&planned).await?;
        let report = planned.report(millis(started));
        Ok(Answer { schema: planned.physical.schema(), batches, report })
    }

    async fn plan(&self, sql: &str, request: QueryRequest) -> Result<Planned> {
        let mut state = self.0.template.clone();
        let collector = Arc::new(Collector::default());
        let mut stages = Stages::default();

        let started = Instant::now();
        let mut question = parse(sql)?;
        question.bind(&request.params)?;
        question.translate()?;
        stages.parse_ms = millis(started);

        let started = Instant::now();
        let models = by_model(self.0.source.snapshot().await?);
        question.resolve(&names(&models, request.project.clone()));
        let (explain, limited) = (question.explain, question.is_limited() || request.limit.is_some());
        state.register_catalog_list(self.tables_of(models, &collector)?);
        state.mark_start_execution();
        let plan = logical(&state, question, &request).await?;
        stages.plan_ms = millis(started);

        let started = Instant::now();
        let logical = state.optimize(&plan).map_err(from_datafusion)?;
        let physical = state.query_planner().create_physical_plan(&logical, &state).await;
        let physical = physical.map_err(from_datafusion)?;
        stages.optimize_ms = millis(started);
        Ok(Planned { state, collector, stages, explain, limited, logical, physical })
    }

    /// A catalog with one table per model, for one query.
    fn tables_of(
        &self,
        models: Vec<(Arc<ModelSpec>, Vec<Arc<CubeSnapshot>>)>,
        collector: &Arc<Collector>,
    ) -> Result<Arc<dyn CatalogProviderList>> {
        let schema = MemorySchemaProvider::new();
        for (model, cubes) in models {
            let table = FactTable::new(model.clone(), cubes, self.0.source.clone(), collector.clone());
            schema.register_table(model.table.clone(), Arc::new(table)).map_err(from_datafusion)?;
        }
        let catalog = MemoryCatalogProvider::new();
        catalog.register_schema(SCHEMA, Arc::new(schema)).map_err(from_datafusion)?;
        let list = MemoryCatalogProviderList::new();
        list.register_catalog(CATALOG.into(), Arc::new(catalog));
        Ok(Arc::new(list))
    }

    /// Collects the rows, whose memory counts like any other of the query.
    async fn execute(&self, planned: &Planned) -> Result<Vec<RecordBatch>> {
        let context = planned.state.task_ctx();
        let memory = MemoryConsumer::new("answer").register(context.memory_pool());
        let mut rows = execute_stream(planned.physical.clone(), context).map_err(from_datafusion)?;
        let (mut batches, mut count) = (vec![], 0);
        while let Some(batch) = rows.try_next().await.map_err(from_datafusion)? {
            count += batch.num_rows();
            if count > self.0.options.max_rows && !planned.limited {
                return Err(Error::invalid(format!(
                    "the answer has more than {} rows; add a LIMIT, or group by less",
                    self.0.options.max_rows
                )));
            }
            memory.try_grow(batch.get_array_memory_size()).map_err(from_datafusion)?;
            batches.push(batch);
        }
        Ok(batches)
    }
}

/// A query that is ready to run.
struct Planned {
    state: SessionState,
    collector: Arc<Collector>,
    stages: Stages,
    explain: bool,
    limited: bool,
    logical: LogicalPlan,
    physical: Arc<dyn ExecutionPlan>,
}

impl Planned {
    fn report(&self, execute_ms: f64) -> ScanReport {
        self.collector.report(Stages { execute_ms, ..self.stages })
    }
}

async fn logical(state: &SessionState, question: Question, request: &QueryRequest) -> Result<LogicalPlan> {
    let plan = state.statement_to_plan(question.into_statement()).await.map_err(from_datafusion)?;
    verify(&plan)?;
    if request.limit.is_none() && request.offset.is_none() {
        return Ok(plan);
    }
    let limited = LogicalPlanBuilder::from(plan).limit(request.offset.unwrap_or(0), request.limit);
    limited.and_then(LogicalPlanBuilder::build).map_err(from_datafusion)
}

/// The models of a snapshot with their cubes, by table.
fn by_model(snapshot: Vec<Arc<CubeSnapshot>>) -> Vec<(Arc<ModelSpec>, Vec<Arc<CubeSnapshot>>)> {
    let mut models: BTreeMap<String, (Arc<ModelSpec>, Vec<Arc<CubeSnapshot>>)> = BTreeMap::new();
    for cube in snapshot {
        let entry = models.entry(cube.model.table.clone()).or_insert_with(|| (cube.model.clone(), vec![]));
        entry.1.push(cube);
    }
    models.into_values().collect()
}

fn names(models: &[(Arc<ModelSpec>, Vec<Arc<CubeSnapshot>>)], project: Option<String>) -> Names {
    let columns =
        |model: &ModelSpec| model.table_schema().fields().iter().map(|field| field.name().clone()).collect();
    let tables = models.iter().map(|(model, _)| (model.table.clone(), columns(model))).collect();
    Names { tables, project }
}

fn template(options: &EngineOptions) -> Result<SessionState> {
    let pool = TrackConsumersPool::new(
        GreedyMemoryPool::new(options.memory_limit),
        std::num::NonZeroUsize::MIN.saturating_add(2),
    );
    let no_disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .with_disk_manager_builder(no_disk)
        .build_arc()
        .map_err(from_datafusion)?;
    let mut config = SessionConfig::new()
        .with_target_partitions(options.target_partitions)
        .with_default_catalog_and_schema(CATALOG, SCHEMA)
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(true);
    let parser = &mut config.options_mut().sql_parser;
    parser.dialect = Dialect::Generic;
    // The tables hold Utf8; a cast to another kind of text around each literal helps nobody.
    parser.map_string_types_to_utf8view = false;
    let approximate = approx_distinct_udaf().as_ref().clone().with_aliases(["approx_count_distinct"]);
    let mut builder = SessionStateBuilder::new_with_default_features();
    builder.aggregate_functions().get_or_insert_default().push(Arc::new(approximate));
    builder.scalar_functions().get_or_insert_default().extend(functions::all());
    let state = builder.with_config(config).with_runtime_env(runtime).with_optimizer_rules(rules()).build();
    Ok(state)
}

/// DataFusion's rules behind ours, but for one: turning a single COUNT(DISTINCT) into a GROUP BY
/// makes SUM a SUM of SUMs, which is no merge of states and widens decimals.
fn rules() -> Vec<Arc<dyn datafusion::optimizer::OptimizerRule + Send + Sync>> {
    let mut rules: Vec<Arc<dyn datafusion::optimizer::OptimizerRule + Send + Sync>> =
        vec![Arc::new(SimplifyExpressions::new()), Arc::new(CuboidRewrite)];
    let theirs = Optimizer::new().rules.into_iter();
    rules.extend(theirs.filter(|rule| rule.name() != "single_distinct_aggregation_to_group_by"));
    rules
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
