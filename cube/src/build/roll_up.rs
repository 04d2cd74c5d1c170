//! Base cuboid → every other, each from its cheapest parent.

use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;

use arrow::array::RecordBatch;
use rayon::prelude::*;

use super::groups::KeyGroups;
use super::key::{Field, Key, get, put};
use super::layout::Slot;
use super::table::{AnyTable, BaseCuboid, CuboidTable, Shared};
use crate::lattice::{CuboidId, Lattice};
use crate::measure::States;
use crate::spec::CubeSpec;
use crate::store::{CuboidWriter, CuboidsFile, EncodedCuboid};
use crate::time::TimeLevel;
use crate::{Error, Result};

/// Rows in one row group at most.
const ROW_GROUP_ROWS: usize = 1 << 20;

/// Encoded cuboids that may wait for the writer.
const WAITING: usize = 4;

/// Who is told about the progress, and may stop it.
pub trait CuboidSink: Sync {
    /// All rows of a cuboid have been handed on.
    ///
    /// # Errors
    /// Any error ends the build.
    fn cuboid_done(&self, cuboid: CuboidId, rows: u64) -> Result<()>;
}

/// Rolls up all cuboids of the lattice and writes them to one file on local disk.
///
/// Works on the rayon pool that it is called from. Memory is bounded by one table for each level
/// of the lattice and worker, and a few encoded cuboids.
pub fn write_cuboids(base: BaseCuboid, lattice: &Lattice, sink: &dyn CuboidSink) -> Result<CuboidsFile> {
    let (writer, encoder) =
        CuboidWriter::create(base.shared.written_schema(), base.shared.layout.spec.compression)?;
    let (sender, receiver) = sync_channel::<EncodedCuboid>(WAITING);
    std::thread::scope(|scope| {
        let writing = scope.spawn(move || -> Result<CuboidsFile> {
            let mut writer = writer;
            for encoded in receiver {
                writer.append(encoded)?;
            }
            writer.finish()
        });
        let each = |cuboid, rows| {
            let ended = |_| Error::internal("the writer of cuboids has ended");
            sender.send(encoder.encode(cuboid, &rows)?).map_err(ended)
        };
        let rolled = roll_up(base, lattice, &each, sink);
        drop(sender); // Ends the writer's input.
        let written =
            writing.join().unwrap_or_else(|_| Err(Error::internal("the writer of cuboids panicked")));
        // The writer's error is the cause when both have one.
        match (rolled, written) {
            (Ok(()), written) | (Err(_), written @ Err(_)) => written,
            (Err(error), Ok(_)) => Err(error),
        }
    })
}

/// Rolls up all cuboids of the lattice, depth first and in parallel on the rayon pool that it is
/// called from, and hands the rows of each to `each` as soon as they exist, the base cuboid first.
///
/// Rows are sorted and have the columns of the cuboids file; a cuboid of more than 2^20 rows comes
/// in several calls, one without rows in none. `sink` is told of every cuboid once.
pub fn roll_up(
    base: BaseCuboid,
    lattice: &Lattice,
    each: &(dyn Fn(CuboidId, RecordBatch) -> Result<()> + Sync),
    sink: &dyn CuboidSink,
) -> Result<()> {
    let BaseCuboid { shared, table, rows, .. } = base;
    let children = lattice.roll_up_tree(|cuboid| estimate(&shared, cuboid, rows));
    let roll_up = RollUp { shared: &shared, children: &children, each, sink };
    match table {
        AnyTable::W1(table) => roll_up.descend(table),
        AnyTable::W2(table) => roll_up.descend(table),
        AnyTable::W4(table) => roll_up.descend(table),
        AnyTable::W8(table) => roll_up.descend(table),
        AnyTable::W32(table) => roll_up.descend(table),
    }
}

/// Expected rows of a cuboid: distinct combinations of `n` rows thrown evenly into as many cells
/// as its dimensions have values together (the occupancy problem, Feller I, II.11).
fn estimate(shared: &Shared, cuboid: CuboidId, n: u64) -> u64 {
    let level = cuboid_level(&shared.layout.spec, cuboid);
    let mut cells = 1.0f64;
    for (slot, &ids) in shared.layout.slots.iter().zip(&shared.ids) {
        cells *= match slot {
            Slot::Dimension { bit, .. } if cuboid.mask() >> bit & 1 == 1 => ids as f64,
            Slot::Dimension { .. } => 1.0,
            Slot::Time => {
                level.and_then(|level| shared.levels.get(&level)).map_or(1.0, |l| l.starts.len() as f64)
            }
        };
    }
    (cells * -(-(n as f64) / cells).exp_m1()).ceil() as u64
}

/// The finest level among a cuboid's dimensions.
fn cuboid_level(spec: &CubeSpec, cuboid: CuboidId) -> Option<TimeLevel> {
    spec.levels()
        .filter(|(bit, _)| cuboid.mask() >> bit & 1 == 1)
        .map(|(_, level)| level)
        .find(|&level| spec.level_closure(level) == cuboid.mask() & spec.level_mask())
}

struct RollUp<'a> {
    shared: &'a Shared,
    children: &'a BTreeMap<CuboidId, Vec<CuboidId>>,
    each: &'a (dyn Fn(CuboidId, RecordBatch) -> Result<()> + Sync),
    sink: &'a dyn CuboidSink,
}

impl RollUp<'_> {
    /// Hands on a cuboid and then all that hang below it.
    fn descend<const W: usize>(&self, table: CuboidTable<W>) -> Result<()> {
        let cuboid = table.cuboid;
        let rows = table.keys.len();
        for from in (0..rows).step_by(ROW_GROUP_ROWS) {
            let to = rows.min(from + ROW_GROUP_ROWS);
            (self.each)(cuboid, self.shared.batch(&table, from, to)?)?;
        }
        self.sink.cuboid_done(cuboid, rows as u64)?;
        let Some(children) = self.children.get(&cuboid) else { return Ok(()) };
        children.par_iter().try_for_each(|&child| self.descend(self.roll_up(&table, child)?))
    }

    /// Adds the parent's rows up into the rows of a child.
    fn roll_up<const W: usize>(&self, parent: &CuboidTable<W>, child: CuboidId) -> Result<CuboidTable<W>> {
        let level = cuboid_level(&self.shared.layout.spec, child);
        let project = self.projection(parent, child, level)?;
        let mut groups: KeyGroups<W> = KeyGroups::default();
        let mut numbers = vec![0u32; parent.keys.len()];
        // In the parent's order a child that keeps its first dimensions comes out sorted.
        for &row in &parent.order {
            numbers[row as usize] = groups.group(project.apply(&parent.keys[row as usize]));
        }
        let states = parent.states.iter().zip(&self.shared.layout.measures).map(|(from, (measure, _))| {
            let mut states = measure.states();
            states.grow(groups.keys.len());
            states.merge(&numbers, &**from)?;
            Ok(states)
        });
        let states = states.collect::<Result<Vec<Box<dyn States>>>>()?;
        Ok(CuboidTable::new(child, level, groups.keys, states))
    }

    fn projection<const W: usize>(
        &self,
        parent: &CuboidTable<W>,
        child: CuboidId,
        level: Option<TimeLevel>,
    ) -> Result<Projection<W>> {
        let mut mask = [0u64; W];
        let mut time = None;
        for (slot, &field) in self.shared.layout.slots.iter().zip(&self.shared.packing.fields) {
            let keep = match slot {
                Slot::Dimension { bit, .. } => child.mask() >> bit & 1 == 1,
                Slot::Time => level.is_some() && level == parent.level,
            };
            if keep {
                mask[field.word] |= field.mask();
            }
        }
        if let Some(level) = level.filter(|_| level != parent.level) {
            let field = self.shared.packing.fields[self.shared.time_slot()?];
            time = Some((field, self.shared.level_map(parent.level, level)?));
        }
        Ok(Projection { mask, time })
    }
}

/// Parent key → child key.
struct Projection<const W: usize> {
    mask: Key<W>,
    /// The time slot and its new ids, where the child has a coarser level.
    time: Option<(Field, Vec<u32>)>,
}

impl<const W: usize> Projection<W> {
    #[inline]
    fn apply(&self, key: &Key<W>) -> Key<W> {
        let mut projected = [0; W];
        for word in 0..W {
            projected[word] = key[word] & self.mask[word];
        }
        if let Some((field, map)) = &self.time {
            put(&mut projected, *field, map[get(key, *field) as usize]);
        }
        projected
    }
}
