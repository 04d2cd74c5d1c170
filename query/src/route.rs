//! Which cuboid of each segment answers, and which cube. Pure.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use cube::lattice::CuboidId;
use cube::segment::ReadySegment;
use cube::spec::{CubeSpec, DimensionKind};
use cube::time::TimeLevel;
use cube::timeline::Timeline;

use crate::prune::Pruned;

/// What a scan reads of each segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Bits of plain dimensions.
    pub(crate) plain: u64,
    /// Levels of event time, declared in the cube or not.
    pub(crate) levels: BTreeSet<TimeLevel>,
}

impl Wanted {
    pub(crate) fn add(&mut self, other: &Self) {
        self.plain |= other.plain;
        self.levels.extend(&other.levels);
    }

    /// Whether `cuboid` has every plain dimension, and a level that each wanted one follows from.
    pub(crate) fn is_answered_by(&self, spec: &CubeSpec, cuboid: CuboidId) -> bool {
        cuboid.covers(self.plain)
            && (self.levels.is_empty()
                || finest_level(spec, cuboid)
                    .is_some_and(|(_, finest)| self.levels.iter().all(|&level| finest.refines(level))))
    }
}

/// The level of `cuboid` that all its other levels follow from, with its bit position.
pub(crate) fn finest_level(spec: &CubeSpec, cuboid: CuboidId) -> Option<(usize, TimeLevel)> {
    let held = |i: usize| cuboid.covers(1 << i);
    spec.levels()
        .filter(|&(i, _)| held(i))
        .find(|&(_, fine)| spec.levels().filter(|&(i, _)| held(i)).all(|(_, other)| fine.refines(other)))
}

/// The cuboid that answers for one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) cuboid: CuboidId,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

/// The stored cuboid with the fewest rows, then the fewest bytes, of those that answer.
pub(crate) fn cheapest(segment: &ReadySegment, mut answers: impl FnMut(CuboidId) -> bool) -> Option<Chosen> {
    segment
        .cuboids
        .iter()
        .filter(|(id, _)| answers(**id))
        .map(|(&cuboid, chunk)| Chosen { cuboid, rows: chunk.rows(), bytes: chunk.bytes() })
        .min_by_key(|chosen| (chosen.rows, chosen.bytes, chosen.cuboid))
}

/// One cuboid for each touched segment, in order.
///
/// # Errors
/// The names of the segments that have none.
pub(crate) fn route(spec: &CubeSpec, pruned: &Pruned, wanted: &Wanted) -> Result<Vec<Chosen>, Vec<String>> {
    // Segments of one cube mostly have the same cuboids.
    let mut known: HashMap<CuboidId, bool> = HashMap::new();
    let mut answers = |id| *known.entry(id).or_insert_with(|| wanted.is_answered_by(spec, id));
    let chosen: Vec<_> = pruned.touched.iter().map(|(_, ready)| cheapest(ready, &mut answers)).collect();
    if chosen.iter().all(Option::is_some) {
        return Ok(chosen.into_iter().flatten().collect());
    }
    let lacking = pruned.touched.iter().zip(&chosen).filter(|(_, chosen)| chosen.is_none());
    Err(lacking.map(|((segment, _), _)| segment.name()).collect())
}

/// Orders cubes, or ways to ask one cube, that can all answer: the least is taken.
///
/// Cubes of one model may hold different messages: one was started later, or is built less often.
/// A cube that is cheap because it holds less must not win, so what is held counts first.
pub(crate) fn preference(timeline: &Timeline, chosen: &[Chosen]) -> (Reverse<u64>, u64, u64) {
    let held = timeline.segments.iter().filter(|segment| segment.ready().is_some());
    let held: u64 = held.map(|segment| segment.offsets.len()).sum();
    let rows = chosen.iter().map(|chosen| chosen.rows).sum();
    let bytes = chosen.iter().map(|chosen| chosen.bytes).sum();
    (Reverse(held), rows, bytes)
}

/// The dimensions of `wanted` by name, for messages.
pub(crate) fn names(spec: &CubeSpec, wanted: &Wanted) -> Vec<String> {
    let plain = spec.dimensions.iter().enumerate().filter(|(i, dimension)| {
        wanted.plain >> i & 1 == 1 && matches!(dimension.kind, DimensionKind::Column(_))
    });
    let plain = plain.map(|(_, dimension)| dimension.name.clone());
    plain.chain(wanted.levels.iter().map(|level| level.column().to_owned())).collect()
}

#[cfg(test)]
mod tests;
