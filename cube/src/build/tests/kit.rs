//! Random rows of a model, a segment built of them, and what each of its cuboids should hold.
//! Tests of other modules use it too.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, TimestampMicrosecondArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use object_store::memory::InMemory;

use crate::Result;
use crate::build::{BaseBuilder, BuildLayout, CuboidSink, merge, write_cuboids};
use crate::lattice::{CuboidId, Lattice};
use crate::ledger::LedgerTotals;
use crate::measure::Function;
use crate::measure::tests::oracle::{Expected, expected};
use crate::measure::tests::values::{Value, array, read};
use crate::segment::{FileKind, ReadySegment};
use crate::spec::{CubeSpec, DimensionKind, ModelSpec, SpecFile};
use crate::store::{CuboidsFile, SegmentStore, cuboid_schema};
use crate::time::{MinuteSet, TimeLevel, TimeRange};

/// A column of every type; `at` is the event time.
pub(crate) const MODEL: &str = r#"
model:
  name: things
  table:
    name: things
    topic: things
    brokers: "127.0.0.1:9092"
    columns:
      - { name: at, type: timestamp }
      - { name: flag, type: boolean }
      - { name: small, type: integer }
      - { name: large, type: bigint }
      - { name: price, type: "decimal(19,4)" }
      - { name: vast, type: "decimal(38,10)" }
      - { name: name, type: varchar }
      - { name: city, type: varchar }
      - { name: day, type: date }
      - { name: seen, type: timestamp }
      - { name: single, type: float }
      - { name: double, type: double }
    event_time: { column: at, format: epoch_ms }
"#;

/// A measure of every kind over [`MODEL`].
pub(crate) const MEASURES: [&str; 27] = [
    "count, column: name",
    "count, column: at",
    "sum, column: small",
    "sum, column: large",
    "sum, column: price",
    "sum, column: vast",
    "sum, column: single",
    "sum, column: double",
    "avg, column: small",
    "avg, column: price",
    "avg, column: double",
    "min, column: flag",
    "max, column: small",
    "min, column: large",
    "max, column: price",
    "min, column: vast",
    "min, column: name",
    "max, column: city",
    "max, column: day",
    "min, column: seen",
    "max, column: at",
    "min, column: double",
    "count_distinct, column: small",
    "count_distinct, column: large",
    "approx_count_distinct, column: city",
    "approx_count_distinct, column: price, lg_k: 6",
    "approx_count_distinct, column: at",
];

/// A cube over [`MODEL`] with COUNT(*) and the numbered [`MEASURES`].
pub(crate) fn things(dimensions: &[&str], measures: &[usize], rest: &str) -> (ModelSpec, Arc<CubeSpec>) {
    let measures: String =
        measures.iter().map(|&i| format!("    - {{ name: m{i}, function: {} }}\n", MEASURES[i])).collect();
    cube(&format!(
        "{MODEL}\ncube:\n  name: cube\n  model: things\n  dimensions: [{}]\n  measures:\n    - {{ name: rows, function: \
         count }}\n{measures}{rest}",
        dimensions.join(", ")
    ))
}

pub(crate) fn cube(text: &str) -> (ModelSpec, Arc<CubeSpec>) {
    let mut file = SpecFile::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    (file.models.remove(0), Arc::new(file.cubes.remove(0)))
}

/// The values of the model's columns; the event time is never NULL.
pub(crate) type Row = Vec<Option<Value>>;

/// Rows as a decoder hands them over: the needed columns, text dictionary-coded if `coded`.
pub(crate) fn batch(model: &ModelSpec, columns: &[usize], rows: &[Row], coded: bool) -> RecordBatch {
    let mut fields = vec![];
    let mut arrays: Vec<ArrayRef> = vec![];
    for &column in columns {
        let values: Vec<_> = rows.iter().map(|row| row[column].clone()).collect();
        let array = array(model.columns[column].column_type, &values, coded);
        let nullable = column != model.event_time.column;
        fields.push(Field::new(&model.columns[column].name, array.data_type().clone(), nullable));
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

/// Counts what it is told.
#[derive(Default)]
pub(crate) struct Told(pub(crate) Mutex<BTreeMap<CuboidId, u64>>);

impl CuboidSink for Told {
    fn cuboid_done(&self, cuboid: CuboidId, rows: u64) -> Result<()> {
        assert_eq!(self.0.lock().unwrap().insert(cuboid, rows), None, "told twice about cuboid {cuboid}");
        Ok(())
    }
}

/// A segment that was built and not yet uploaded.
pub(crate) struct Built {
    pub(crate) model: ModelSpec,
    pub(crate) spec: Arc<CubeSpec>,
    pub(crate) lattice: Lattice,
    pub(crate) file: CuboidsFile,
    pub(crate) event_time: Option<TimeRange>,
    pub(crate) minutes: MinuteSet,
    pub(crate) count: u64,
    /// Rows of each cuboid, as the sink was told.
    pub(crate) told: BTreeMap<CuboidId, u64>,
}

/// Builds a segment: each worker pushes its batches.
pub(crate) fn build(model: &ModelSpec, spec: &Arc<CubeSpec>, workers: &[Vec<RecordBatch>]) -> Result<Built> {
    let columns = BuildLayout::needed_columns(model, spec);
    let layout = BuildLayout::new(model, spec.clone(), &columns)?;
    let mut parts = vec![];
    for batches in workers {
        let mut builder = BaseBuilder::new(layout.clone());
        for batch in batches {
            builder.push(batch)?;
        }
        parts.push(builder);
    }
    let base = merge(parts)?;
    let (event_time, minutes, count, rows) = (base.event_time, base.minutes.clone(), base.count, base.rows);
    let lattice = Lattice::new(spec)?;
    let told = Told::default();
    let file = write_cuboids(base, &lattice, &told)?;
    let told = told.0.into_inner().unwrap();
    assert_eq!(told[&lattice.base()], rows);
    Ok(Built { model: model.clone(), spec: spec.clone(), lattice, file, event_time, minutes, count, told })
}

pub(crate) fn memory() -> SegmentStore {
    SegmentStore::new(Arc::new(InMemory::new()), "memory")
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// A segment in a store.
pub(crate) struct Uploaded {
    pub(crate) store: SegmentStore,
    pub(crate) model: ModelSpec,
    pub(crate) spec: Arc<CubeSpec>,
    pub(crate) lattice: Lattice,
    pub(crate) ready: ReadySegment,
}

impl Built {
    pub(crate) fn upload(self, store: SegmentStore) -> Uploaded {
        let Self { model, spec, lattice, file, event_time, minutes, .. } = self;
        let upload = file.file.upload(&store, FileKind::Cuboids, "cubes/x/cuboids.parquet".into());
        let uploaded = block_on(upload).unwrap();
        let ready = ReadySegment {
            event_time,
            event_time_by_partition: BTreeMap::new(),
            minutes,
            files: vec![uploaded],
            cuboids: file.cuboids,
            totals: LedgerTotals::default(),
            published_at: 0,
        };
        Uploaded { store, model, spec, lattice, ready }
    }
}

impl Uploaded {
    /// All columns of a cuboid as one batch.
    pub(crate) fn cuboid(&self, cuboid: CuboidId) -> RecordBatch {
        let schema = cuboid_schema(&self.model, &self.spec);
        let columns: Vec<usize> = (0..schema.fields().len()).collect();
        let rows = block_on(self.store.read_cuboid(&self.ready, cuboid, &schema, &columns)).unwrap();
        concat_batches(&schema, &rows.batches).unwrap()
    }

    /// Expects that every cuboid of the lattice holds what the model says, in order.
    pub(crate) fn check(&self, rows: &[Row]) {
        if rows.is_empty() {
            assert!(self.ready.cuboids.is_empty());
            return;
        }
        assert_eq!(
            self.ready.cuboids.keys().copied().collect::<Vec<_>>(),
            self.lattice.iter().collect::<Vec<_>>()
        );
        for cuboid in self.lattice.iter() {
            self.check_cuboid(cuboid, rows);
        }
    }

    fn check_cuboid(&self, cuboid: CuboidId, rows: &[Row]) {
        let batch = self.cuboid(cuboid);
        let name = self.spec.names(cuboid.mask()).join(" ");
        let expected_groups = groups(&self.model, &self.spec, cuboid, rows);
        assert_eq!(batch.num_rows(), expected_groups.len(), "rows of cuboid ({name})");
        assert_eq!(self.ready.cuboids[&cuboid].rows(), expected_groups.len() as u64);
        let ids = batch.column(0).as_primitive::<Int64Type>();
        assert!(ids.values().iter().all(|&id| id == cuboid.mask() as i64));

        for (bit, dimension) in self.spec.dimensions.iter().enumerate() {
            let found = read(batch.column(bit + 1));
            let wanted: Vec<_> = expected_groups.iter().map(|group| group.key[bit].clone()).collect();
            assert_eq!(found, wanted, "dimension {} of cuboid ({name})", dimension.name);
        }
        let mut column = 1 + self.spec.dimensions.len();
        for measure in &self.spec.measures {
            let state_columns = measure.state_fields().len();
            let mut states = measure.states();
            states.grow(batch.num_rows());
            let all: Vec<u32> = (0..batch.num_rows() as u32).collect();
            states.merge_columns(&all, &batch.columns()[column..column + state_columns]).unwrap();
            column += state_columns;
            let found = read(&states.answer().unwrap());
            for (found, group) in found.iter().zip(&expected_groups) {
                let values: Vec<_> = group
                    .rows
                    .iter()
                    .map(|&row| {
                        measure.input.map_or(Some(Value::Exact(1)), |input| rows[row][input.column].clone())
                    })
                    .collect();
                let Expected::Answer(wanted) = expected(measure, &values) else {
                    panic!("{measure} has no answer")
                };
                let close = match (measure.function, found, &wanted) {
                    (Function::ApproxCountDistinct { .. }, Some(found), Some(wanted)) => {
                        let (found, wanted) = (found.exact() as f64, wanted.exact() as f64);
                        (found - wanted).abs() <= (wanted * 0.5).floor()
                    }
                    (_, found, wanted) => found == wanted,
                };
                assert!(
                    close,
                    "{measure} of {:?} in cuboid ({name}): {found:?}, expected {wanted:?}",
                    group.key
                );
            }
        }
        assert_eq!(column, batch.num_columns());
    }
}

/// Rows that agree in the dimensions of a cuboid.
struct Group {
    /// Values of all dimensions of the cube; NULL where the cuboid lacks one.
    key: Vec<Option<Value>>,
    rows: Vec<usize>,
}

/// The rows of a cuboid in the order of the file: NULL first, all levels at the first one's place.
fn groups(model: &ModelSpec, spec: &CubeSpec, cuboid: CuboidId, rows: &[Row]) -> Vec<Group> {
    let mut groups: BTreeMap<SortKey, Group> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        let time = row[model.event_time.column].as_ref().unwrap().exact() as i64;
        let key: Vec<Option<Value>> = spec
            .dimensions
            .iter()
            .enumerate()
            .map(|(bit, dimension)| match dimension.kind {
                _ if cuboid.mask() >> bit & 1 == 0 => None,
                DimensionKind::Column(column) => row[column].clone(),
                DimensionKind::Level(level) => Some(Value::Exact(bucket(level, time))),
            })
            .collect();
        let finest = spec
            .levels()
            .filter(|(bit, _)| cuboid.mask() >> bit & 1 == 1)
            .map(|(_, level)| level)
            .reduce(|a, b| if b.refines(a) { b } else { a });
        let mut sort = vec![];
        let mut seen_level = false;
        for (bit, dimension) in spec.dimensions.iter().enumerate() {
            match dimension.kind {
                DimensionKind::Column(_) => sort.push(key[bit].clone()),
                DimensionKind::Level(_) if seen_level => {}
                DimensionKind::Level(_) => {
                    seen_level = true;
                    sort.push(finest.map(|level| Value::Exact(bucket(level, time))));
                }
            }
        }
        groups.entry(SortKey(sort)).or_insert_with(|| Group { key, rows: vec![] }).rows.push(i);
    }
    groups.into_values().collect()
}

/// What a level's column holds: microseconds, or days for a date.
fn bucket(level: TimeLevel, time: i64) -> i128 {
    let start = level.floor(time);
    i128::from(if level.data_type() == DataType::Date32 { start.div_euclid(86_400_000_000) } else { start })
}

/// Dimensions are never floats, so their values are in a total order.
#[derive(PartialEq)]
struct SortKey(Vec<Option<Value>>);

impl Eq for SortKey {}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.partial_cmp(&other.0).unwrap()
    }
}

/// A batch with a whole-number column for each list, after the event time.
pub(crate) fn wide_batch(times: Vec<i64>, columns: Vec<Vec<Option<i64>>>) -> RecordBatch {
    let mut fields = vec![Field::new("at", TimeLevel::Minute.data_type(), false)];
    let mut arrays: Vec<ArrayRef> = vec![Arc::new(TimestampMicrosecondArray::from(times))];
    for (i, values) in columns.into_iter().enumerate() {
        fields.push(Field::new(format!("d{i}"), DataType::Int64, true));
        arrays.push(Arc::new(arrow::array::Int64Array::from(values)));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

/// A model of `at` and the bigints `d0`, `d1`, …, and a cube over them all with the given rules.
pub(crate) fn wide_cube(dimensions: usize, rules: &str) -> (ModelSpec, Arc<CubeSpec>) {
    let names: Vec<String> = (0..dimensions).map(|i| format!("d{i}")).collect();
    let columns: String =
        names.iter().map(|name| format!("      - {{ name: {name}, type: bigint }}\n")).collect();
    let list = names.join(", ");
    cube(&format!(
        "model:\n  name: wide\n  table:\n    name: wide\n    topic: wide\n    brokers: \"localhost:9092\"\n    columns:\n      \
         - {{ name: at, type: timestamp }}\n{columns}    event_time: {{ column: at, format: epoch_ms }}\ncube:\n  name: \
         wide\n  model: wide\n  dimensions: [{list}]\n  measures:\n    - {{ name: rows, function: count }}\n  \
         aggregation_groups:\n    - {{ includes: [{list}], {rules} }}\n"
    ))
}
