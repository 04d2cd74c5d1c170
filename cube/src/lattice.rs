//! Which cuboids a cube has, and from which parent each one is rolled up.
//!
//! A cuboid keeps some plain dimensions and at most one level of event time. Its id has the bits
//! of the plain dimensions, of that level, and of every coarser level that follows from it: so
//! "the cuboid answers these dimensions" is "their bits are a subset of its bits".

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::spec::{AggregationGroup, CubeSpec, MAX_CUBOIDS};
use crate::time::TimeLevel;
use crate::{Error, Result};

/// A cuboid: bit `i` is the `i`-th of [`CubeSpec::dimensions`]; the base cuboid has all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CuboidId(u64);

impl CuboidId {
    pub fn new(mask: u64) -> Self {
        Self(mask)
    }

    pub fn mask(self) -> u64 {
        self.0
    }

    /// Whether every dimension of `wanted` can be answered from `self`.
    pub fn covers(self, wanted: u64) -> bool {
        wanted & !self.0 == 0
    }
}

impl fmt::Display for CuboidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CuboidId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        text.parse().map(Self).map_err(|_| Error::invalid(format!("{text:?} is not a cuboid's number")))
    }
}

/// The cuboids of a cube. The base cuboid is always among them.
#[derive(Clone, Debug)]
pub struct Lattice {
    base: CuboidId,
    cuboids: BTreeSet<CuboidId>,
}

impl Lattice {
    /// # Errors
    /// `Invalid` if there are more than [`MAX_CUBOIDS`].
    pub fn new(spec: &CubeSpec) -> Result<Self> {
        let base = CuboidId(spec.full_mask());
        let mut cuboids = BTreeSet::from([base]);
        for (i, group) in spec.aggregation_groups.iter().enumerate() {
            let options = options(spec, group);
            let count = options.iter().map(|choices| choices.len() as u128).product::<u128>();
            if count > MAX_CUBOIDS as u128 {
                return Err(too_many(spec, Some(i), count));
            }
            let mut masks = vec![group.mandatory & !spec.level_mask()];
            for choices in options {
                masks =
                    masks.iter().flat_map(|mask| choices.iter().map(move |choice| mask | choice)).collect();
            }
            cuboids.extend(masks.into_iter().map(CuboidId));
        }
        if cuboids.len() > MAX_CUBOIDS {
            return Err(too_many(spec, None, cuboids.len() as u128));
        }
        Ok(Self { base, cuboids })
    }

    pub fn base(&self) -> CuboidId {
        self.base
    }

    /// Ascending by id.
    pub fn iter(&self) -> impl Iterator<Item = CuboidId> + '_ {
        self.cuboids.iter().copied()
    }

    pub fn len(&self) -> usize {
        self.cuboids.len()
    }

    pub fn is_empty(&self) -> bool {
        false
    }

    pub fn contains(&self, cuboid: CuboidId) -> bool {
        self.cuboids.contains(&cuboid)
    }

    /// The children of each cuboid in the tree of roll-ups: every cuboid but the base stands
    /// under one parent that covers it, the one with the least `cost`.
    ///
    /// `cost` is the (estimated) number of rows; ties go to the lower id.
    pub fn roll_up_tree(&self, cost: impl Fn(CuboidId) -> u64) -> BTreeMap<CuboidId, Vec<CuboidId>> {
        let mut by_cost: Vec<(u64, CuboidId)> = self.iter().map(|cuboid| (cost(cuboid), cuboid)).collect();
        by_cost.sort();
        let mut children: BTreeMap<CuboidId, Vec<CuboidId>> = BTreeMap::new();
        for child in self.iter().filter(|&cuboid| cuboid != self.base) {
            let parent = by_cost
                .iter()
                .map(|&(_, candidate)| candidate)
                .find(|&candidate| candidate != child && candidate.covers(child.mask()))
                .unwrap_or(self.base);
            children.entry(parent).or_default().push(child);
        }
        children
    }
}

/// The independent choices of a group; a cuboid takes one mask of each.
fn options(spec: &CubeSpec, group: &AggregationGroup) -> Vec<Vec<u64>> {
    let mut options = vec![];
    let mut free = group.includes & !group.mandatory & !spec.level_mask();
    for hierarchy in &group.hierarchies {
        let mut prefix = 0u64;
        let mut choices = vec![0];
        for &dimension in hierarchy {
            prefix |= 1 << dimension;
            choices.push(prefix);
        }
        free &= !prefix;
        options.push(choices);
    }
    for &joint in &group.joints {
        free &= !joint;
        options.push(vec![0, joint]);
    }
    for dimension in (0..spec.dimensions.len()).filter(|i| free >> i & 1 == 1) {
        options.push(vec![0, 1 << dimension]);
    }
    let required = group.mandatory & spec.level_mask();
    let mut levels: Vec<u64> = included_levels(spec, group)
        .map(|level| spec.level_closure(level))
        .filter(|closure| required & !closure == 0)
        .collect();
    if required == 0 {
        levels.push(0);
    } else if levels.is_empty() {
        // Two mandatory levels that no included one refines: only the finest of the cube has both.
        levels.extend(spec.finest_level().map(|level| spec.level_closure(level)));
    }
    options.push(levels);
    options
}

fn included_levels<'a>(
    spec: &'a CubeSpec,
    group: &'a AggregationGroup,
) -> impl Iterator<Item = TimeLevel> + 'a {
    spec.levels().filter(|(i, _)| group.includes >> i & 1 == 1).map(|(_, level)| level)
}

fn too_many(spec: &CubeSpec, group: Option<usize>, count: u128) -> Error {
    let place =
        group.map_or("the aggregation groups together".to_owned(), |i| format!("aggregation_groups[{i}]"));
    Error::invalid(format!(
        "cube {}: {place} means {count} cuboids, more than {MAX_CUBOIDS}; make dimensions mandatory, joint or \
         hierarchical, or split the group",
        spec.name
    ))
}

#[cfg(test)]
mod tests;
