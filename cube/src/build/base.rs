//! One worker's part of the base cuboid.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;

use super::dictionary::Dictionary;
use super::groups::KeyGroups;
use super::key::{Key, Packing, get, put};
use super::layout::{BuildLayout, Slot};
use crate::measure::States;
use crate::time::{MinuteSet, TimeRange};
use crate::{Error, Result};

/// More groups than this in one segment are refused; a group's number has 32 bits.
const MAX_GROUPS: usize = u32::MAX as usize;

/// Aggregates batches into groups of equal dimensions. One per worker, see the module's text.
pub struct BaseBuilder {
    pub(super) layout: BuildLayout,
    pub(super) dictionaries: Vec<Dictionary>,
    pub(super) bits: Vec<u32>,
    pub(super) groups: Groups,
    pub(super) states: Vec<Box<dyn States>>,
    pub(super) minutes: MinuteSet,
    pub(super) event_time: Option<TimeRange>,
    /// Ids of the batch at hand, slot after slot.
    ids: Vec<u32>,
    numbers: Vec<u32>,
}

/// [`KeyGroups`] of the width that the keys need.
#[derive(Debug)]
pub(super) enum Groups {
    W1(KeyGroups<1>),
    W2(KeyGroups<2>),
    W4(KeyGroups<4>),
    W8(KeyGroups<8>),
    /// 63 dimensions of 32 bits fit.
    W32(KeyGroups<32>),
}

/// Runs the same code for every width.
macro_rules! each_width {
    ($groups:expr, $name:ident => $body:expr) => {
        match $groups {
            $crate::build::base::Groups::W1($name) => $body,
            $crate::build::base::Groups::W2($name) => $body,
            $crate::build::base::Groups::W4($name) => $body,
            $crate::build::base::Groups::W8($name) => $body,
            $crate::build::base::Groups::W32($name) => $body,
        }
    };
}
pub(super) use each_width;

impl Groups {
    pub(super) fn for_words(words: usize) -> Self {
        match words {
            0 | 1 => Self::W1(KeyGroups::default()),
            2 => Self::W2(KeyGroups::default()),
            3 | 4 => Self::W4(KeyGroups::default()),
            5..=8 => Self::W8(KeyGroups::default()),
            _ => Self::W32(KeyGroups::default()),
        }
    }

    pub(super) fn len(&self) -> usize {
        each_width!(self, groups => groups.keys.len())
    }

    pub(super) fn memory(&self) -> usize {
        each_width!(self, groups => groups.memory())
    }
}

impl BaseBuilder {
    pub fn new(layout: BuildLayout) -> Self {
        let dictionaries = layout
            .slots
            .iter()
            .map(|slot| match slot {
                Slot::Dimension { bit, .. } => Dictionary::new(layout.schema.field(bit + 1).data_type()),
                Slot::Time => Dictionary::new(&arrow::datatypes::DataType::Int64),
            })
            .collect();
        let bits = vec![4; layout.slots.len()];
        let states = layout.measures.iter().map(|(measure, _)| measure.states()).collect();
        Self {
            groups: Groups::for_words(Packing::new(&bits).words),
            dictionaries,
            bits,
            states,
            minutes: MinuteSet::default(),
            event_time: None,
            ids: vec![],
            numbers: vec![],
            layout,
        }
    }

    /// Adds the rows of a batch with the columns that the layout was made for.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.encode(batch)?;
        self.widen();
        self.assign(batch.num_rows());
        let groups = self.groups.len();
        if groups >= MAX_GROUPS {
            return Err(Error::invalid(format!(
                "the base cuboid has more than {MAX_GROUPS} rows; build fewer messages per segment \
                 (build.max_messages_per_segment)"
            )));
        }
        for (states, (_, column)) in self.states.iter_mut().zip(&self.layout.measures) {
            states.grow(groups);
            states.update(&self.numbers, column.map(|column| batch.column(column)))?;
        }
        Ok(())
    }

    /// Rows of the base cuboid so far.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Bytes held, about.
    pub fn memory(&self) -> usize {
        self.groups.memory()
            + self.dictionaries.iter().map(Dictionary::memory).sum::<usize>()
            + self.states.iter().map(|states| states.memory()).sum::<usize>()
    }

    /// Values → ids, slot after slot.
    fn encode(&mut self, batch: &RecordBatch) -> Result<()> {
        let times = batch
            .column(self.layout.event_time)
            .as_primitive_opt::<TimestampMicrosecondType>()
            .filter(|times| times.null_count() == 0)
            .ok_or_else(|| Error::internal("the event time is not a timestamp without NULLs"))?;
        self.see_times(times.values());
        self.ids.clear();
        for (slot, dictionary) in self.layout.slots.iter().zip(&mut self.dictionaries) {
            match (slot, self.layout.finest) {
                (Slot::Dimension { column, .. }, _) => {
                    dictionary.encode(batch.column(*column), &mut self.ids)?
                }
                (Slot::Time, None) => return Err(Error::internal("a time slot without a level")),
                (Slot::Time, Some(level)) => {
                    // Neighbouring messages mostly lie in one bucket.
                    let (mut start, mut next, mut id) = (0, 0, 0);
                    self.ids.extend(times.values().iter().map(|&time| {
                        if time < start || time >= next {
                            (start, next) = (level.floor(time), level.next(time));
                            id = dictionary.integer(start);
                        }
                        id
                    }));
                }
            }
        }
        Ok(())
    }

    fn see_times(&mut self, times: &[i64]) {
        let mut last = None;
        let mut range = self.event_time.unwrap_or(TimeRange { min: i64::MAX, max: i64::MIN });
        for &time in times {
            range.min = range.min.min(time);
            range.max = range.max.max(time);
            let minute = time.div_euclid(60_000_000);
            if last != Some(minute) {
                last = Some(minute);
                self.minutes.insert(time);
            }
        }
        self.event_time = Some(range);
    }

    /// Gives slots whose dictionary has outgrown its bits more of them, and rewrites all keys.
    fn widen(&mut self) {
        let outgrown = |(&bits, dictionary): (&u32, &Dictionary)| {
            let needed = Packing::bits_for(dictionary.ids());
            if needed > bits { (needed + 2).min(32) } else { bits }
        };
        let wider: Vec<u32> = self.bits.iter().zip(&self.dictionaries).map(outgrown).collect();
        if wider == self.bits {
            return;
        }
        let (from, to) = (Packing::new(&self.bits), Packing::new(&wider));
        self.groups = each_width!(&self.groups, groups => repack(groups, &from, &to));
        self.bits = wider;
    }

    /// Ids → keys → group numbers.
    fn assign(&mut self, rows: usize) {
        let packing = Packing::new(&self.bits);
        self.numbers.clear();
        each_width!(&mut self.groups, groups => assign(groups, &packing, &self.ids, rows, &mut self.numbers));
    }
}

fn assign<const W: usize>(
    groups: &mut KeyGroups<W>,
    packing: &Packing,
    ids: &[u32],
    rows: usize,
    numbers: &mut Vec<u32>,
) {
    let mut keys: Vec<Key<W>> = vec![[0; W]; rows];
    for (field, ids) in packing.fields.iter().zip(ids.chunks_exact(rows)) {
        for (key, &id) in keys.iter_mut().zip(ids) {
            put(key, *field, id);
        }
    }
    numbers.extend(keys.into_iter().map(|key| groups.group(key)));
}

fn repack<const W: usize>(groups: &KeyGroups<W>, from: &Packing, to: &Packing) -> Groups {
    fn into<const W: usize, const V: usize>(
        groups: &KeyGroups<W>,
        from: &Packing,
        to: &Packing,
    ) -> KeyGroups<V> {
        groups.rekey(|key| {
            let mut wider = [0; V];
            for (&old, &new) in from.fields.iter().zip(&to.fields) {
                put(&mut wider, new, get(key, old));
            }
            wider
        })
    }
    match Groups::for_words(to.words) {
        Groups::W1(_) => Groups::W1(into(groups, from, to)),
        Groups::W2(_) => Groups::W2(into(groups, from, to)),
        Groups::W4(_) => Groups::W4(into(groups, from, to)),
        Groups::W8(_) => Groups::W8(into(groups, from, to)),
        Groups::W32(_) => Groups::W32(into(groups, from, to)),
    }
}
