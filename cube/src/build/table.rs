//! The base cuboid of a segment, made of the parts of all workers.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch, new_null_array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};

use super::base::{BaseBuilder, each_width};
use super::dictionary::{DecodedValues, Dictionary, Values, decode};
use super::groups::KeyGroups;
use super::key::{Key, Packing, get, put};
use super::layout::{BuildLayout, Slot};
use crate::lattice::CuboidId;
use crate::measure::States;
use crate::spec::DimensionKind;
use crate::time::{MinuteSet, TimeLevel, TimeRange};
use crate::{Error, Result};

/// The rows of one cuboid: distinct keys and a state of every measure for each.
pub(super) struct CuboidTable<const W: usize> {
    pub(super) cuboid: CuboidId,
    /// The level whose ids the time slot holds.
    pub(super) level: Option<TimeLevel>,
    pub(super) keys: Vec<Key<W>>,
    /// The rows in order of their keys.
    pub(super) order: Vec<u32>,
    pub(super) states: Vec<Box<dyn States>>,
}

impl<const W: usize> CuboidTable<W> {
    pub(super) fn new(
        cuboid: CuboidId,
        level: Option<TimeLevel>,
        keys: Vec<Key<W>>,
        states: Vec<Box<dyn States>>,
    ) -> Self {
        let mut order: Vec<u32> = (0..keys.len() as u32).collect();
        if !keys.is_sorted() {
            order.sort_unstable_by_key(|&row| keys[row as usize]);
        }
        Self { cuboid, level, keys, order, states }
    }
}

/// [`CuboidTable`] of the width that the keys need.
pub(super) enum AnyTable {
    W1(CuboidTable<1>),
    W2(CuboidTable<2>),
    W4(CuboidTable<4>),
    W8(CuboidTable<8>),
    W32(CuboidTable<32>),
}

/// The base cuboid of a segment and everything its roll-ups share.
pub struct BaseCuboid {
    pub(super) shared: Arc<Shared>,
    pub(super) table: AnyTable,
    /// First and last event time of all rows; `None` without rows.
    pub event_time: Option<TimeRange>,
    pub minutes: MinuteSet,
    /// What COUNT(*) over the base cuboid answers.
    pub count: u64,
    /// Rows of the base cuboid.
    pub rows: u64,
}

/// Dictionaries and places of a segment's keys.
pub(super) struct Shared {
    pub(super) layout: BuildLayout,
    pub(super) packing: Packing,
    /// The number of ids of each slot, NULL's included.
    pub(super) ids: Vec<usize>,
    /// For each slot its values; the time slot's are in `levels`.
    values: Vec<Arc<DecodedValues>>,
    pub(super) levels: BTreeMap<TimeLevel, Level>,
    written: SchemaRef,
}

/// The buckets of one level that occur in a segment, ascending; ids count from 1.
pub(super) struct Level {
    pub(super) starts: Vec<i64>,
    values: Arc<DecodedValues>,
}

/// Brings the parts of all workers together.
pub fn merge(parts: Vec<BaseBuilder>) -> Result<BaseCuboid> {
    let layout = match parts.first() {
        Some(part) => part.layout.clone(),
        None => return Err(Error::internal("a segment was built by no worker")),
    };
    let (values, maps, mut parts) = merge_dictionaries(&layout, parts)?;
    let bits: Vec<u32> = values.iter().map(|values| Packing::bits_for(values.len() + 1)).collect();
    let shared = Arc::new(Shared::new(layout, Packing::new(&bits), values)?);
    let event_time = parts.iter().filter_map(|part| part.event_time).reduce(TimeRange::union);
    let mut minutes = MinuteSet::default();
    parts.iter().for_each(|part| minutes.union(&part.minutes));
    parts.reverse(); // Popped in their order, each freed before the next.
    let table = match shared.packing.words {
        0 | 1 => AnyTable::W1(merge_tables(&shared, parts, &maps)?),
        2 => AnyTable::W2(merge_tables(&shared, parts, &maps)?),
        3 | 4 => AnyTable::W4(merge_tables(&shared, parts, &maps)?),
        5..=8 => AnyTable::W8(merge_tables(&shared, parts, &maps)?),
        _ => AnyTable::W32(merge_tables(&shared, parts, &maps)?),
    };
    let (rows, states) = match &table {
        AnyTable::W1(table) => (table.keys.len(), &table.states),
        AnyTable::W2(table) => (table.keys.len(), &table.states),
        AnyTable::W4(table) => (table.keys.len(), &table.states),
        AnyTable::W8(table) => (table.keys.len(), &table.states),
        AnyTable::W32(table) => (table.keys.len(), &table.states),
    };
    let counts = states.first().map(|states| states.answer()).transpose()?;
    let count = counts.map_or(0, |counts| counts.as_primitive::<Int64Type>().values().iter().sum::<i64>());
    Ok(BaseCuboid { shared, table, event_time, minutes, count: count as u64, rows: rows as u64 })
}

/// For each part, for each slot: the new id of every old one.
type IdMaps = Vec<Vec<Vec<u32>>>;

fn merge_dictionaries(
    layout: &BuildLayout,
    mut parts: Vec<BaseBuilder>,
) -> Result<(Vec<Values>, IdMaps, Vec<BaseBuilder>)> {
    let mut values = vec![];
    let mut maps: IdMaps = parts.iter().map(|_| vec![]).collect();
    for slot in 0..layout.slots.len() {
        let empty = || Dictionary::new(&DataType::Int64);
        let dictionaries =
            parts.iter_mut().map(|p| std::mem::replace(&mut p.dictionaries[slot], empty())).collect();
        let (sorted, remaps) = Dictionary::sorted(dictionaries)?;
        values.push(sorted);
        maps.iter_mut().zip(remaps).for_each(|(maps, remap)| maps.push(remap));
    }
    Ok((values, maps, parts))
}

fn merge_tables<const W: usize>(
    shared: &Shared,
    mut parts: Vec<BaseBuilder>,
    maps: &[Vec<Vec<u32>>],
) -> Result<CuboidTable<W>> {
    let mut merged: KeyGroups<W> = KeyGroups::default();
    let mut states: Vec<Box<dyn States>> =
        shared.layout.measures.iter().map(|(measure, _)| measure.states()).collect();
    for maps in maps {
        let Some(part) = parts.pop() else { break };
        let from = Packing::new(&part.bits);
        let numbers: Vec<u32> = each_width!(&part.groups, groups => groups
            .keys
            .iter()
            .map(|key| {
                let mut sorted = [0; W];
                for ((&old, &new), map) in from.fields.iter().zip(&shared.packing.fields).zip(maps) {
                    put(&mut sorted, new, map[get(key, old) as usize]);
                }
                merged.group(sorted)
            })
            .collect());
        for (merged_states, part_states) in states.iter_mut().zip(&part.states) {
            merged_states.grow(merged.keys.len());
            merged_states.merge(&numbers, &**part_states)?;
        }
    }
    let base = CuboidId::new(shared.layout.spec.full_mask());
    Ok(CuboidTable::new(base, shared.layout.finest, merged.keys, states))
}

impl Shared {
    fn new(layout: BuildLayout, packing: Packing, values: Vec<Values>) -> Result<Self> {
        let ids = values.iter().map(|values| values.len() + 1).collect();
        let mut levels = BTreeMap::new();
        let mut decoded = vec![];
        for (slot, values) in layout.slots.iter().zip(&values) {
            let data_type = match slot {
                Slot::Dimension { bit, .. } => layout.schema.field(bit + 1).data_type().clone(),
                Slot::Time => DataType::Int64,
            };
            decoded.push(Arc::new(DecodedValues::new(values, &data_type)?));
            if let (Slot::Time, Values::Integer(starts)) = (slot, values) {
                for (_, level) in layout.spec.levels() {
                    levels.insert(level, Level::new(level, starts)?);
                }
            }
        }
        let written = written_schema(&layout);
        Ok(Self { layout, packing, ids, values: decoded, levels, written })
    }

    /// What [`crate::store::CuboidWriter::create`] takes for these batches.
    pub(super) fn written_schema(&self) -> SchemaRef {
        self.written.clone()
    }

    /// The rows `from..to` of a table, in order, with the columns of the cuboids file.
    pub(super) fn batch<const W: usize>(
        &self,
        table: &CuboidTable<W>,
        from: usize,
        to: usize,
    ) -> Result<RecordBatch> {
        let rows = &table.order[from..to];
        let mask = table.cuboid.mask();
        let mut columns = vec![Arc::new(Int64Array::from_value(mask as i64, rows.len())) as _];
        for (bit, dimension) in self.layout.spec.dimensions.iter().enumerate() {
            let field = self.written.field(bit + 1);
            if mask >> bit & 1 == 0 {
                columns.push(new_null_array(field.data_type(), rows.len()));
                continue;
            }
            let ids = |place| rows.iter().map(move |&row| get(&table.keys[row as usize], place));
            columns.push(match dimension.kind {
                DimensionKind::Column(_) => {
                    let slot = self.slot_of(bit)?;
                    decode(&self.values[slot], ids(self.packing.fields[slot]))?
                }
                DimensionKind::Level(level) => {
                    let place = self.packing.fields[self.time_slot()?];
                    let map = self.level_map(table.level, level)?;
                    let values = &self.level(level)?.values;
                    decode(values, ids(place).map(|id| map[id as usize]))?
                }
            });
        }
        for states in &table.states {
            columns.extend(states.columns(rows)?);
        }
        Ok(RecordBatch::try_new(self.written.clone(), columns)?)
    }

    fn slot_of(&self, wanted: usize) -> Result<usize> {
        let found = self
            .layout
            .slots
            .iter()
            .position(|slot| matches!(slot, Slot::Dimension { bit, .. } if *bit == wanted));
        found.ok_or_else(|| Error::internal("a dimension without a slot"))
    }

    pub(super) fn time_slot(&self) -> Result<usize> {
        let found = self.layout.slots.iter().position(|slot| *slot == Slot::Time);
        found.ok_or_else(|| Error::internal("a level without a time slot"))
    }

    fn level(&self, level: TimeLevel) -> Result<&Level> {
        self.levels.get(&level).ok_or_else(|| Error::internal(format!("level {level} is not of this cube")))
    }

    /// For each id of `fine`, NULL's included, the id of the bucket of `coarse` that holds it.
    pub(super) fn level_map(&self, fine: Option<TimeLevel>, coarse: TimeLevel) -> Result<Vec<u32>> {
        let fine = fine.ok_or_else(|| Error::internal("a level is wanted of a cuboid without time"))?;
        let coarse_starts = &self.level(coarse)?.starts;
        let id = |&start: &i64| {
            coarse_starts.binary_search(&coarse.floor(start)).map_or(0, |rank| rank as u32 + 1)
        };
        Ok(std::iter::once(0).chain(self.level(fine)?.starts.iter().map(id)).collect())
    }
}

impl Level {
    fn new(level: TimeLevel, finest_starts: &[i64]) -> Result<Self> {
        const DAY: i64 = 86_400_000_000;
        let mut starts: Vec<i64> = finest_starts.iter().map(|&start| level.floor(start)).collect();
        starts.dedup();
        let written = match level.data_type() {
            DataType::Date32 => starts.iter().map(|start| start.div_euclid(DAY)).collect(),
            _ => starts.clone(),
        };
        let values = Arc::new(DecodedValues::new(&Values::Integer(written), &level.data_type())?);
        Ok(Self { starts, values })
    }
}

/// The columns of the cuboids file, text dimensions coded.
fn written_schema(layout: &BuildLayout) -> SchemaRef {
    let coded = DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8));
    let dimensions = 1..=layout.spec.dimensions.len();
    let fields = layout.schema.fields().iter().enumerate().map(|(i, field)| match field.data_type() {
        DataType::Utf8 if dimensions.contains(&i) => Field::new(field.name(), coded.clone(), true),
        _ => field.as_ref().clone(),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
