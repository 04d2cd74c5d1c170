//! The table of a model as SQL sees it. Its rows are nowhere: only aggregations over it have an
//! answer, and [`crate::rewrite`] puts cuboids in its place before it would be read.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cube::Error;
use cube::catalog::CubeSnapshot;
use cube::spec::ModelSpec;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::{TableType, source_as_provider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableScan};
use datafusion::physical_plan::ExecutionPlan;

use crate::error::into_datafusion;
use crate::report::Collector;
use crate::source::Source;

/// One model's table within one query.
#[derive(Clone, Debug)]
pub(crate) struct FactTable(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    model: Arc<ModelSpec>,
    cubes: Vec<Arc<CubeSnapshot>>,
    source: Arc<dyn Source>,
    collector: Arc<Collector>,
    schema: SchemaRef,
    /// Why the table was left in the plan.
    refusal: Mutex<Option<String>>,
}

impl FactTable {
    /// `cubes` are all cubes of the model, disabled ones too.
    pub(crate) fn new(
        model: Arc<ModelSpec>,
        cubes: Vec<Arc<CubeSnapshot>>,
        source: Arc<dyn Source>,
        collector: Arc<Collector>,
    ) -> Self {
        let schema = model.table_schema();
        Self(Arc::new(Inner { model, cubes, source, collector, schema, refusal: Mutex::default() }))
    }

    /// The table behind a scan, if it is one of ours.
    pub(crate) fn of(scan: &TableScan) -> Option<Self> {
        let provider = source_as_provider(&scan.source).ok()?;
        (provider.as_ref() as &dyn Any).downcast_ref::<Self>().cloned()
    }

    pub(crate) fn model(&self) -> &Arc<ModelSpec> {
        &self.0.model
    }

    pub(crate) fn cubes(&self) -> &[Arc<CubeSnapshot>] {
        &self.0.cubes
    }

    pub(crate) fn source(&self) -> &Arc<dyn Source> {
        &self.0.source
    }

    pub(crate) fn collector(&self) -> &Collector {
        &self.0.collector
    }

    /// Says why the table is still in the plan, for [`TableProvider::scan`].
    pub(crate) fn refuse(&self, why: String) {
        *self.0.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }
}

#[async_trait]
impl TableProvider for FactTable {
    fn schema(&self) -> SchemaRef {
        self.0.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// # Errors
    /// Always: whoever comes here asks for single rows, which are not kept.
    async fn scan(
        &self,
        _: &dyn Session,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let why = self.0.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Err(into_datafusion(Error::invalid(why.unwrap_or_else(|| {
            format!("the single rows of table {} are not kept; aggregate them", self.0.model.table)
        }))))
    }
}
