//! Reads the chosen cuboids of a query's segments, one stream for a few segments each.
//!
//! Different segments may be read from different cuboids. All rows come out with one schema:
//! levels of event time that a cuboid does not hold are computed from its finest one.

use std::sync::Arc;

use async_trait::async_trait;
use cube::catalog::CubeSnapshot;
use cube::lattice::CuboidId;
use cube::segment::ReadySegment;
use cube::spec::DimensionKind;
use cube::store::cuboid_schema;
use cube::time::{TimeLevel, TimeRange};
use cube::{Error, measure::Measure};
use datafusion::arrow::array::{
    ArrayRef, AsArray, Date32Array, RecordBatch, RecordBatchOptions, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType};
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::TableType;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::{StreamExt, TryStreamExt, stream};

use crate::error::into_datafusion;
use crate::prune::time_range;
use crate::report::{Decision, Reading};
use crate::route::finest_level;
use crate::source::Source;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// What a scan offers: the plain dimensions of the cube, then `levels`, then the states of all
/// measures. Every column may hold NULL.
pub(crate) fn scan_schema(cube: &CubeSnapshot, levels: &[TimeLevel]) -> SchemaRef {
    let plain = cube.spec.dimensions.iter().filter_map(|dimension| match dimension.kind {
        DimensionKind::Column(i) => {
            Some(Field::new(&dimension.name, cube.model.columns[i].column_type.data_type(), true))
        }
        DimensionKind::Level(_) => None,
    });
    let levels = levels.iter().map(|level| Field::new(level.column(), level.data_type(), true));
    let states =
        cube.spec.measures.iter().flat_map(Measure::state_fields).map(|field| field.with_nullable(true));
    Arc::new(Schema::new(plain.chain(levels).chain(states).collect::<Vec<_>>()))
}

/// One segment, and the cuboid that answers for it.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) segment: Arc<ReadySegment>,
    pub(crate) cuboid: CuboidId,
    /// Of the cuboid.
    pub(crate) rows: u64,
    pub(crate) reading: Arc<Reading>,
}

/// The cuboids that stand for a fact table under one aggregation.
#[derive(Debug)]
pub(crate) struct CuboidScan {
    pub(crate) cube: Arc<CubeSnapshot>,
    pub(crate) source: Arc<dyn Source>,
    /// [`scan_schema`].
    pub(crate) schema: SchemaRef,
    pub(crate) parts: Vec<Part>,
    pub(crate) decision: Arc<Decision>,
}

#[async_trait]
impl TableProvider for CuboidScan {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// A filter from above the aggregation comes down to here late; what it says about levels
    /// leaves segments out, and it is applied to the rows of the others again.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(filters
            .iter()
            .map(|filter| match time_range(std::slice::from_ref(*filter)) {
                Some(TimeRange::ALL) => TableProviderFilterPushDown::Unsupported,
                _ => TableProviderFilterPushDown::Inexact,
            })
            .collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(projection) => Arc::new(self.schema.project(projection)?),
            None => self.schema.clone(),
        };
        let range = self.decision.narrow(time_range(filters));
        let touched = |part: &&Part| range.is_some_and(|range| part.segment.touches(range));
        let parts: Vec<Part> = self.parts.iter().filter(touched).cloned().collect();
        if parts.is_empty() {
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        parts.iter().for_each(|part| part.reading.plan());
        let streams = lanes(&parts, state.config().target_partitions()).into_iter().map(|parts| {
            let reader =
                Reader { cube: self.cube.clone(), source: self.source.clone(), schema: schema.clone() };
            Arc::new(Lane { reader: Arc::new(reader), parts }) as Arc<dyn PartitionStream>
        });
        let plan = StreamingTableExec::try_new(schema.clone(), streams.collect(), None, [], false, limit)?;
        Ok(Arc::new(plan))
    }
}

/// Deals the parts out to at most `count` lanes of about equal rows.
fn lanes(parts: &[Part], count: usize) -> Vec<Vec<Part>> {
    let mut largest_first: Vec<&Part> = parts.iter().collect();
    largest_first.sort_by_key(|part| std::cmp::Reverse(part.rows));
    let mut lanes = vec![(0, vec![]); count.clamp(1, parts.len().max(1))];
    for part in largest_first {
        if let Some((rows, lane)) = lanes.iter_mut().min_by_key(|(rows, _)| *rows) {
            // An empty cuboid takes its turn too.
            *rows += part.rows + 1;
            lane.push(part.clone());
        }
    }
    lanes.into_iter().map(|(_, lane)| lane).collect()
}

/// Some segments, read one after the other.
#[derive(Debug)]
struct Lane {
    reader: Arc<Reader>,
    parts: Vec<Part>,
}

impl PartitionStream for Lane {
    fn schema(&self) -> &SchemaRef {
        &self.reader.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let reader = self.reader.clone();
        let read = move |part: Part| {
            let (reader, context) = (reader.clone(), context.clone());
            async move {
                let batches = reader.read(&part).await?;
                let memory = MemoryConsumer::new("cuboid scan").register(context.memory_pool());
                memory.try_grow(batches.iter().map(RecordBatch::get_array_memory_size).sum())?;
                // The reservation lives as long as the batches wait.
                let rows = stream::iter(batches).map(move |batch| {
                    memory.shrink(batch.get_array_memory_size().min(memory.size()));
                    Ok::<_, DataFusionError>(batch)
                });
                Ok::<_, DataFusionError>(rows)
            }
        };
        let rows = stream::iter(self.parts.clone()).then(read).try_flatten();
        Box::pin(RecordBatchStreamAdapter::new(self.reader.schema.clone(), rows))
    }
}

/// Reads cuboids as rows of one schema.
#[derive(Debug)]
struct Reader {
    cube: Arc<CubeSnapshot>,
    source: Arc<dyn Source>,
    schema: SchemaRef,
}

/// Where one column of the scan comes from in one cuboid.
enum Origin {
    Stored(String),
    /// Computed from a finer level's column.
    Floor(TimeLevel, String),
}

impl Reader {
    async fn read(&self, part: &Part) -> Result<Vec<RecordBatch>> {
        let origins: Vec<Origin> = self
            .schema
            .fields()
            .iter()
            .map(|field| self.origin(field.name(), part.cuboid))
            .collect::<Result<_>>()?;
        let stored = cuboid_schema(&self.cube.model, &self.cube.spec);
        let mut columns = origins
            .iter()
            .map(|(Origin::Stored(name) | Origin::Floor(_, name))| stored.index_of(name))
            .collect::<Result<Vec<_>, _>>()?;
        if columns.is_empty() {
            // Some column has to say how many rows there are.
            columns.push(0);
        }
        columns.sort_unstable();
        columns.dedup();
        let rows = self
            .source
            .read_cuboid(&self.cube, &part.segment, part.cuboid, &columns)
            .await
            .map_err(into_datafusion)?;
        let count = rows.batches.iter().map(|batch| batch.num_rows() as u64).sum();
        part.reading.add(count, rows.bytes_read);
        rows.batches.iter().map(|batch| self.shape(batch, &origins)).collect()
    }

    fn origin(&self, name: &str, cuboid: CuboidId) -> Result<Origin> {
        let spec = &self.cube.spec;
        let Some(level) = TimeLevel::of_column(name) else { return Ok(Origin::Stored(name.to_owned())) };
        if spec.dimension(name).is_some_and(|i| cuboid.covers(1 << i)) {
            return Ok(Origin::Stored(name.to_owned()));
        }
        let finest = finest_level(spec, cuboid).filter(|(_, finest)| finest.refines(level));
        let (_, finest) = finest.ok_or_else(|| {
            into_datafusion(Error::internal(format!(
                "cuboid {cuboid} was chosen for {name}, which it cannot answer"
            )))
        })?;
        Ok(Origin::Floor(level, finest.column().to_owned()))
    }

    fn shape(&self, batch: &RecordBatch, origins: &[Origin]) -> Result<RecordBatch> {
        let missing = |name: &str| {
            into_datafusion(Error::data(format!(
                "the stored cuboid has no column {name}, which was asked for"
            )))
        };
        let column = |name: &str| batch.column_by_name(name).ok_or_else(|| missing(name));
        let columns = origins.iter().map(|origin| match origin {
            Origin::Stored(name) => column(name).cloned(),
            Origin::Floor(level, name) => floor(*level, column(name)?),
        });
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }
}

/// The bucket starts of `level` for bucket starts of a finer one.
fn floor(level: TimeLevel, finer: &ArrayRef) -> Result<ArrayRef> {
    let micros = cast(finer, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
    let starts = micros
        .as_primitive::<TimestampMicrosecondType>()
        .iter()
        .map(|time| time.map(|time| level.floor(time)));
    Ok(if level.data_type() == DataType::Date32 {
        Arc::new(
            starts
                .map(|start| start.map(|start| start.div_euclid(MICROS_PER_DAY) as i32))
                .collect::<Date32Array>(),
        )
    } else {
        Arc::new(starts.collect::<TimestampMicrosecondArray>())
    })
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::Array;

    use super::*;

    #[test]
    fn coarser_levels_are_computed_from_days_and_null_stays_null() {
        let days: ArrayRef = Arc::new(Date32Array::from(vec![Some(-1), Some(45), None]));
        let months = floor(TimeLevel::Month, &days).unwrap();
        let months: &Date32Array = months.as_primitive();
        assert_eq!((months.value(0), months.value(1), months.is_null(2)), (-31, 31, true));
    }

    #[test]
    fn lanes_are_balanced_by_rows_and_lose_no_part() {
        let parts: Vec<Part> = [9, 5, 4, 1].map(part).into();
        let rows = |lane: &Vec<Part>| lane.iter().map(|part| part.rows).sum::<u64>();
        assert_eq!(lanes(&parts, 2).iter().map(rows).collect::<Vec<_>>(), [10, 9]);
        assert_eq!(lanes(&parts, 16).len(), 4);
    }

    fn part(rows: u64) -> Part {
        Part {
            segment: Arc::new(crate::tests::ready_segment(&[], &[])),
            cuboid: CuboidId::new(1),
            rows,
            reading: Arc::default(),
        }
    }
}
