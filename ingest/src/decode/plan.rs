//! The paths of the columns as a tree of object levels, and which key follows which.
//!
//! Producers write their keys in one order. Each level remembers after each key the one that
//! followed it last time, so that most keys cost one comparison. Keys that no column reads are
//! remembered too, up to a limit, because messages are mostly made of them.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::words::Prefix;

/// Unknown keys that a level remembers, and how long they may be, in bytes.
const MAX_LEARNED: usize = 64;
const MAX_LEARNED_LENGTH: usize = 64;

/// What the value of a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Leaf(usize),
    Level(usize),
}

impl Target {
    /// A leaf that no column reads.
    pub(super) const SKIP: Self = Self::Leaf(0);
}

pub(super) type KeyId = usize;

/// Stands before the first key of an object.
pub(super) const START: KeyId = 0;

struct Key {
    /// `"name":`, as it is mostly written. Empty for [`START`].
    spelling: Prefix,
    target: Target,
    /// The key that followed last time.
    next: KeyId,
}

impl Key {
    fn new(name: &[u8], target: Target) -> Self {
        Self { spelling: Prefix::new([b"\"", name, b"\":"].concat()), target, next: START }
    }

    fn name(&self) -> &[u8] {
        let spelling = self.spelling.bytes();
        spelling.get(1..spelling.len().saturating_sub(2)).unwrap_or_default()
    }
}

/// The keys of one object.
pub(super) struct Level {
    keys: Vec<Key>,
    by_name: HashTable<KeyId>,
    hasher: RandomState,
    learned: usize,
    /// Leaves at and below this level.
    leaves: Vec<usize>,
}

impl Level {
    fn new() -> Self {
        let start = Key { spelling: Prefix::new(vec![]), target: Target::SKIP, next: START };
        Self {
            keys: vec![start],
            by_name: HashTable::new(),
            hasher: RandomState::default(),
            learned: 0,
            leaves: vec![],
        }
    }

    #[inline]
    pub(super) fn target(&self, key: KeyId) -> Target {
        self.keys[key].target
    }

    pub(super) fn leaves(&self) -> &[usize] {
        &self.leaves
    }

    /// The key expected after `previous` and the length of its spelling, if `text` starts with it.
    #[inline]
    pub(super) fn expected(&self, previous: KeyId, text: &[u8]) -> Option<(KeyId, usize)> {
        let key = self.keys[previous].next;
        let spelling = &self.keys[key].spelling;
        (key != START && spelling.begins(text)).then(|| (key, spelling.bytes().len()))
    }

    /// The key of this name, unescaped.
    pub(super) fn find(&self, name: &[u8]) -> Option<KeyId> {
        self.by_name.find(hash(&self.hasher, name), |&key| self.keys[key].name() == name).copied()
    }

    /// The key of this name, which was written without escapes after `previous`.
    ///
    /// None if it is unknown and will not be remembered.
    pub(super) fn follow(&mut self, previous: KeyId, name: &[u8]) -> Option<KeyId> {
        let key = match self.find(name) {
            Some(key) => key,
            None if self.learned == MAX_LEARNED || name.len() > MAX_LEARNED_LENGTH => return None,
            None => {
                self.learned += 1;
                self.insert(name, Target::SKIP)
            }
        };
        self.keys[previous].next = key;
        Some(key)
    }

    fn insert(&mut self, name: &[u8], target: Target) -> KeyId {
        let key = self.keys.len();
        self.keys.push(Key::new(name, target));
        let (keys, hasher) = (&self.keys, &self.hasher);
        self.by_name.insert_unique(hash(hasher, name), key, |&key| hash(hasher, keys[key].name()));
        key
    }
}

fn hash(hasher: &RandomState, name: &[u8]) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write(name);
    hasher.finish()
}

/// The root is level 0.
pub(super) struct Plan {
    levels: Vec<Level>,
    leaves: usize,
}

impl Plan {
    pub(super) fn new() -> Self {
        Self { levels: vec![Level::new()], leaves: 0 }
    }

    /// A leaf for `path`; leaves are numbered from 1 as they come.
    ///
    /// None if the path is empty, taken, or runs through or ends above another one.
    pub(super) fn add(&mut self, path: &[String]) -> Option<usize> {
        let (last, parents) = path.split_last()?;
        let leaf = self.leaves + 1;
        let mut level = 0;
        self.levels[level].leaves.push(leaf);
        for parent in parents {
            level = match self.levels[level].find(parent.as_bytes()).map(|key| self.levels[level].target(key))
            {
                Some(Target::Level(below)) => below,
                Some(_) => return None,
                None => {
                    let below = self.levels.len();
                    self.levels.push(Level::new());
                    self.levels[level].insert(parent.as_bytes(), Target::Level(below));
                    below
                }
            };
            self.levels[level].leaves.push(leaf);
        }
        if self.levels[level].find(last.as_bytes()).is_some() {
            return None;
        }
        self.levels[level].insert(last.as_bytes(), Target::Leaf(leaf));
        self.leaves += 1;
        Some(leaf)
    }

    #[inline]
    pub(super) fn level(&mut self, level: usize) -> &mut Level {
        &mut self.levels[level]
    }
}
