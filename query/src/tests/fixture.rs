//! A small world of flights: a model, its messages, cubes built from them in memory, and an oracle
//! that keeps the messages.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cube::Result;
use cube::catalog::CubeSnapshot;
use cube::id::{AttemptToken, CubeName, JobId, SegmentId};
use cube::lattice::{CuboidId, Lattice};
use cube::ledger::LedgerTotals;
use cube::offsets::{OffsetRange, SegmentOffsets};
use cube::segment::{CuboidChunk, FileKind, ReadySegment, RowGroupChunk, Segment, SegmentFile, SegmentState};
use cube::spec::{Compression, CubeSpec, DimensionKind, ModelSpec, SpecFile};
use cube::store::{CuboidRows, cuboid_schema};
use cube::time::{MinuteSet, TimeLevel, TimeRange};
use cube::timeline::Timeline;
use datafusion::arrow::array::*;
use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::datatypes::{Schema, TimestampMicrosecondType};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::scalar::ScalarValue;

use crate::source::Source;
use crate::{Answer, Engine, EngineOptions, QueryRequest};

pub(crate) const MODEL: &str = "
model:
  name: flights
  table:
    name: flights
    topic: flights
    brokers: 'localhost:9092'
    columns:
      - { name: ts, type: timestamp }
      - { name: carrier, type: varchar }
      - { name: dest, type: varchar }
      - { name: cancelled, type: boolean }
      - { name: gate, type: integer }
      - { name: class, type: 'decimal(5,2)' }
      - { name: air_time, type: integer }
      - { name: fare, type: 'decimal(10,2)' }
      - { name: weight, type: double }
      - { name: passenger, type: bigint }
      - { name: tail, type: varchar }
      - { name: bags, type: bigint }
    event_time: { column: ts, format: epoch_us }
";

pub(crate) const CUBE: &str = "
cube:
  name: flights_cube
  model: flights
  dimensions: [carrier, dest, cancelled, gate, class, minute15_start, hour_start, day_start]
  measures:
    - { name: flights, function: count }
    - { name: flown, function: count, column: air_time }
    - { name: air_time, function: sum, column: air_time }
    - { name: air_time_min, function: min, column: air_time }
    - { name: air_time_max, function: max, column: air_time }
    - { name: fare_avg, function: avg, column: fare }
    - { name: fare_max, function: max, column: fare }
    - { name: weight_sum, function: sum, column: weight }
    - { name: weight_avg, function: avg, column: weight }
    - { name: passengers, function: count_distinct, column: passenger }
    - { name: tails, function: approx_count_distinct, column: tail }
    - { name: first_ts, function: min, column: ts }
  aggregation_groups:
    - { includes: [carrier, dest, cancelled, hour_start, day_start] }
    - { includes: [gate, class, carrier, day_start], mandatory: [gate] }
";

/// Microseconds of `2013-01-02 03:04:05`.
pub(crate) fn at(text: &str) -> i64 {
    chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap().and_utc().timestamp_micros()
}

/// Messages of one segment; the same for the same seed.
pub(crate) fn messages(model: &ModelSpec, seed: u64, count: usize, first: &str, days: u64) -> RecordBatch {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let start = at(first);
    let mut rows: Vec<[u64; 12]> = vec![];
    for _ in 0..count {
        rows.push([days * 86_400, 3, 6, 2, 5, 4, 300, 50_000, 4000, 40, 9, 100].map(&mut next));
    }
    let null = |row: &[u64; 12], of: u64| row[11].is_multiple_of(of);
    let column = |name: &str| -> ArrayRef {
        let ints = |i: usize| rows.iter().map(move |row| row[i] as i32);
        match name {
            "ts" => Arc::new(TimestampMicrosecondArray::from_iter_values(
                rows.iter().map(|row| start + row[0] as i64 * 1_000_000 + 7),
            )),
            "carrier" => Arc::new(StringArray::from_iter_values(
                rows.iter().map(|row| ["AA", "UA", "9E"][row[1] as usize]),
            )),
            "dest" => Arc::new(StringArray::from_iter(rows.iter().map(|row| {
                [None, Some("IAH"), Some("MIA"), Some("ord"), Some("ATL"), Some("")][row[2] as usize]
            }))),
            "cancelled" => Arc::new(BooleanArray::from_iter(rows.iter().map(|row| Some(row[3] == 1)))),
            "gate" => Arc::new(Int32Array::from_iter(ints(4).map(|gate| (gate > 0).then_some(gate * 7)))),
            "class" => Arc::new(
                Decimal128Array::from_iter(
                    rows.iter().map(|row| (row[5] > 0).then_some(row[5] as i128 * 125)),
                )
                .with_precision_and_scale(5, 2)
                .unwrap(),
            ),
            "air_time" => Arc::new(Int32Array::from_iter(
                rows.iter().map(|row| (!null(row, 5)).then_some(row[6] as i32 - 20)),
            )),
            "fare" => Arc::new(
                Decimal128Array::from_iter(
                    rows.iter().map(|row| (!null(row, 7)).then_some(row[7] as i128 - 5_000)),
                )
                .with_precision_and_scale(10, 2)
                .unwrap(),
            ),
            // Sums of quarters are exact in any order.
            "weight" => Arc::new(Float64Array::from_iter(
                rows.iter().map(|row| (!null(row, 11)).then_some(row[8] as f64 / 4.0)),
            )),
            "passenger" => Arc::new(Int64Array::from_iter(
                rows.iter().map(|row| (!null(row, 13)).then_some(row[9] as i64 - 5)),
            )),
            "tail" => Arc::new(StringArray::from_iter(
                rows.iter().map(|row| (!null(row, 17)).then(|| format!("N{}", row[10]))),
            )),
            _ => Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row[11] as i64))),
        }
    };
    let columns = model.columns.iter().map(|c| column(&c.name)).collect();
    RecordBatch::try_new(model.schema(), columns).unwrap()
}

fn level_array(level: TimeLevel, times: &ArrayRef) -> ArrayRef {
    let starts = times
        .as_primitive::<TimestampMicrosecondType>()
        .iter()
        .map(|time| time.map(|time| level.floor(time)));
    let starts: ArrayRef = Arc::new(starts.collect::<TimestampMicrosecondArray>());
    cast(&starts, &level.data_type()).unwrap()
}

/// One cuboid of some messages, as it would be stored.
fn cuboid(model: &ModelSpec, spec: &CubeSpec, rows: &RecordBatch, id: CuboidId) -> RecordBatch {
    let times = rows.column(model.event_time.column);
    let dimensions: Vec<Option<ArrayRef>> = spec
        .dimensions
        .iter()
        .enumerate()
        .map(|(i, dimension)| {
            id.covers(1 << i).then(|| match dimension.kind {
                DimensionKind::Column(column) => rows.column(column).clone(),
                DimensionKind::Level(level) => level_array(level, times),
            })
        })
        .collect();
    let mut numbers: HashMap<Vec<ScalarValue>, u32> = HashMap::new();
    let mut first_rows: Vec<u32> = vec![];
    let mut groups: Vec<u32> = vec![];
    for row in 0..rows.num_rows() {
        let key: Vec<ScalarValue> = dimensions
            .iter()
            .flatten()
            .map(|array| ScalarValue::try_from_array(array, row).unwrap())
            .collect();
        let next = numbers.len() as u32;
        let group = *numbers.entry(key).or_insert(next);
        if group == next {
            first_rows.push(row as u32);
        }
        groups.push(group);
    }
    let schema = cuboid_schema(model, spec);
    let count = first_rows.len();
    let first_rows = UInt32Array::from(first_rows);
    let mut columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(vec![id.mask() as i64; count]))];
    for (i, dimension) in dimensions.iter().enumerate() {
        columns.push(match dimension {
            Some(array) => datafusion::arrow::compute::take(array, &first_rows, None).unwrap(),
            None => new_null_array(schema.field(i + 1).data_type(), count),
        });
    }
    let order: Vec<u32> = (0..count as u32).collect();
    for measure in &spec.measures {
        let mut states = measure.states();
        states.grow(count);
        states.update(&groups, measure.input.map(|input| rows.column(input.column))).unwrap();
        columns.extend(states.columns(&order).unwrap());
    }
    RecordBatch::try_new(schema, columns).unwrap()
}

/// A published segment with these event times and stored cuboids (id, rows, bytes).
pub(crate) fn ready_segment(times: &[i64], cuboids: &[(u64, u64, u64)]) -> ReadySegment {
    let mut minutes = MinuteSet::default();
    times.iter().for_each(|&time| minutes.insert(time));
    let event_time = times.iter().map(|&time| TimeRange { min: time, max: time }).reduce(TimeRange::union);
    let chunk = |rows, bytes| CuboidChunk {
        file: 0,
        compression: Compression::None,
        row_groups: vec![RowGroupChunk { rows, offset: 0, columns: vec![(bytes, bytes, 0)] }],
    };
    ReadySegment {
        event_time,
        event_time_by_partition: event_time.map(|range| (0, range)).into_iter().collect(),
        minutes,
        files: vec![SegmentFile {
            kind: FileKind::Cuboids,
            path: String::new(),
            length: 0,
            sha256: String::new(),
        }],
        cuboids: cuboids.iter().map(|&(id, rows, bytes)| (CuboidId::new(id), chunk(rows, bytes))).collect(),
        totals: LedgerTotals::default(),
        published_at: 0,
    }
}

/// Offsets `start..end` of partition 0; building without a ready part.
pub(crate) fn segment(start: i64, end: i64, ready: Option<ReadySegment>) -> Segment {
    Segment {
        id: SegmentId::fresh(),
        cube: CubeName::new("c").unwrap(),
        offsets: SegmentOffsets::new([(0, OffsetRange::new(start, end).unwrap())]),
        job: JobId::fresh(),
        created_at: 0,
        state: match ready {
            Some(ready) => SegmentState::Ready(Arc::new(ready)),
            None => SegmentState::Building { attempt: AttemptToken::fresh() },
        },
    }
}

pub(crate) fn timeline(segments: Vec<Segment>) -> Timeline {
    Timeline {
        cube: CubeName::new("c").unwrap(),
        starts: BTreeMap::from([(0, 0)]),
        segments,
        discarded: vec![],
    }
}

/// Cubes whose cuboids are in memory.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    cubes: Vec<Arc<CubeSnapshot>>,
    /// By the segment's path and the cuboid.
    cuboids: HashMap<(String, CuboidId), RecordBatch>,
    pub(crate) delay: Duration,
    pub(crate) reads: AtomicU64,
}

#[async_trait]
impl Source for Memory {
    async fn snapshot(&self) -> Result<Vec<Arc<CubeSnapshot>>> {
        Ok(self.cubes.clone())
    }

    async fn read_cuboid(
        &self,
        _: &CubeSnapshot,
        segment: &ReadySegment,
        cuboid: CuboidId,
        columns: &[usize],
    ) -> Result<CuboidRows> {
        tokio::time::sleep(self.delay).await;
        self.reads.fetch_add(1, Ordering::Relaxed);
        let rows = &self.cuboids[&(segment.files[0].path.clone(), cuboid)];
        let batch = rows.project(columns)?;
        Ok(CuboidRows { bytes_read: batch.num_rows() as u64 * columns.len() as u64, batches: vec![batch] })
    }
}

/// A model with its messages and cubes.
pub(crate) struct World {
    pub(crate) model: Arc<ModelSpec>,
    pub(crate) memory: Memory,
    messages: Vec<RecordBatch>,
}

impl World {
    /// Three segments of one cube, which overlap in event time.
    pub(crate) fn of_flights() -> Self {
        let mut world = Self::new();
        world.add_cube(CUBE, true);
        world
    }

    /// The messages, and no cube yet.
    pub(crate) fn new() -> Self {
        let model = Arc::new(SpecFile::parse(MODEL).unwrap().models.remove(0));
        let messages = vec![
            messages(&model, 1, 300, "2013-01-01 00:00:00", 31),
            messages(&model, 2, 200, "2013-01-20 00:00:00", 30),
            messages(&model, 3, 100, "2013-03-01 00:00:00", 2),
        ];
        Self { model, memory: Memory::default(), messages }
    }

    /// Builds a cube over all segments.
    pub(crate) fn add_cube(&mut self, yaml: &str, enabled: bool) {
        self.add_cube_of(yaml, enabled, &[0, 1, 2]);
    }

    /// Builds a cube over some segments; offsets are as if all had been built.
    pub(crate) fn add_cube_of(&mut self, yaml: &str, enabled: bool, which: &[usize]) {
        let model = self.model.clone();
        let spec = SpecFile::parse_with(yaml, |_| Some(model.as_ref().clone())).unwrap().cubes.remove(0);
        let lattice = Lattice::new(&spec).unwrap();
        let (mut segments, mut start) = (vec![], 0);
        for (i, rows) in self.messages.iter().enumerate() {
            let end = start + rows.num_rows() as i64;
            if which.contains(&i) {
                let path = format!("{}/{i}", spec.name);
                let built: Vec<_> = lattice.iter().map(|id| (id, cuboid(&model, &spec, rows, id))).collect();
                let sizes: Vec<_> = built
                    .iter()
                    .map(|(id, rows)| (id.mask(), rows.num_rows() as u64, rows.num_rows() as u64))
                    .collect();
                let times = rows.column(model.event_time.column).as_primitive::<TimestampMicrosecondType>();
                let mut ready = ready_segment(times.values(), &sizes);
                ready.files[0].path = path.clone();
                self.memory.cuboids.extend(built.into_iter().map(|(id, rows)| ((path.clone(), id), rows)));
                segments.push(segment(start, end, Some(ready)));
            }
            start = end;
        }
        let timeline = Arc::new(timeline(segments));
        self.memory.cubes.push(Arc::new(CubeSnapshot { model, spec: Arc::new(spec), timeline, enabled }));
    }

    /// As if the base cuboid of one segment of the first cube had not been built.
    pub(crate) fn forget_base_cuboid(&mut self, segment: usize) {
        let cube = self.memory.cubes[0].as_ref();
        let mut timeline = cube.timeline.as_ref().clone();
        let mut ready = timeline.segments[segment].ready().unwrap().as_ref().clone();
        ready.cuboids.remove(&CuboidId::new(cube.spec.full_mask()));
        timeline.segments[segment].state = SegmentState::Ready(Arc::new(ready));
        let (model, spec) = (cube.model.clone(), cube.spec.clone());
        self.memory.cubes[0] =
            Arc::new(CubeSnapshot { model, spec, timeline: Arc::new(timeline), enabled: true });
    }

    pub(crate) fn engine(self) -> (Engine, Oracle) {
        let oracle = Oracle::new(&self.model, &self.messages);
        (Engine::with_source(Arc::new(self.memory), options()).unwrap(), oracle)
    }
}

pub(crate) fn options() -> EngineOptions {
    EngineOptions {
        memory_limit: 64 << 20,
        target_partitions: 2,
        timeout: Duration::from_secs(20),
        max_rows: 10_000,
    }
}

/// Plain DataFusion over the messages.
pub(crate) struct Oracle(SessionContext);

impl Oracle {
    fn new(model: &ModelSpec, messages: &[RecordBatch]) -> Self {
        let rows = concat_batches(&model.schema(), messages).unwrap();
        let levels = TimeLevel::ALL.map(|level| level_array(level, rows.column(model.event_time.column)));
        let columns = rows.columns().iter().cloned().chain(levels).collect();
        let schema: Arc<Schema> = model.table_schema();
        let batch = RecordBatch::try_new(schema.clone(), columns).unwrap();
        let mut config = SessionConfig::new().with_target_partitions(2);
        config.options_mut().sql_parser.map_string_types_to_utf8view = false;
        let context = SessionContext::new_with_config(config);
        context.remove_optimizer_rule("single_distinct_aggregation_to_group_by");
        let table = MemTable::try_new(schema, vec![vec![batch]]).unwrap();
        context.register_table(&*model.table, Arc::new(table)).unwrap();
        Self(context)
    }

    pub(crate) async fn rows(&self, sql: &str) -> Vec<String> {
        lines(&self.0.sql(sql).await.unwrap().collect().await.unwrap())
    }
}

/// Header and rows, the rows sorted.
pub(crate) fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let text = pretty_format_batches(batches).unwrap().to_string();
    let mut lines: Vec<String> =
        text.lines().filter(|line| line.starts_with('|')).map(str::to_owned).collect();
    // The width of columns is that of their widest value.
    lines.iter_mut().for_each(|line| *line = line.split_whitespace().collect::<Vec<_>>().join(" "));
    if lines.len() > 1 {
        lines[1..].sort();
    }
    if let Some(batch) = batches.first() {
        let types =
            batch.schema().fields().iter().map(|field| field.data_type().to_string()).collect::<Vec<_>>();
        lines.insert(0, types.join(" "));
    }
    lines
}

pub(crate) async fn ask(engine: &Engine, sql: &str) -> Answer {
    match engine.query(sql, QueryRequest::default()).await {
        Ok(answer) => answer,
        Err(error) => panic!("{sql}\n{error}"),
    }
}

/// The engine answers what the messages themselves answer.
pub(crate) async fn check(engine: &Engine, oracle: &Oracle, sql: &str) -> Answer {
    let answer = ask(engine, sql).await;
    assert_eq!(lines(&answer.batches), oracle.rows(sql).await, "{sql}");
    answer
}

/// The same where plain DataFusion needs other words; labels are those of `sql`.
pub(crate) async fn check_as(engine: &Engine, oracle: &Oracle, sql: &str, plain: &str) -> Answer {
    let answer = ask(engine, sql).await;
    let (mut found, mut expected) = (lines(&answer.batches), oracle.rows(plain).await);
    found.remove(1);
    expected.remove(1);
    assert_eq!(found, expected, "{sql}");
    answer
}

pub(crate) async fn refusal(engine: &Engine, sql: &str) -> String {
    match engine.query(sql, QueryRequest::default()).await {
        Err(error) => error.to_string(),
        Ok(answer) => panic!("{sql}\nanswered {:?}", lines(&answer.batches)),
    }
}
