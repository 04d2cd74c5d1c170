//! Keys → dense group numbers: a hash table that knows who is who, apart from the states, which
//! know what is remembered.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::key::Key;

/// Groups in order of appearance.
#[derive(Debug, Default)]
pub(super) struct KeyGroups<const W: usize> {
    table: HashTable<(Key<W>, u32)>,
    hasher: foldhash::fast::FixedState,
    pub(super) keys: Vec<Key<W>>,
}

impl<const W: usize> KeyGroups<W> {
    #[inline]
    pub(super) fn group(&mut self, key: Key<W>) -> u32 {
        let hash = hash(&self.hasher, &key);
        let hasher = &self.hasher;
        match self.table.entry(hash, |(held, _)| *held == key, |(held, _)| self::hash(hasher, held)) {
            Entry::Occupied(entry) => entry.get().1,
            Entry::Vacant(entry) => {
                let group = self.keys.len() as u32;
                entry.insert((key, group));
                self.keys.push(key);
                group
            }
        }
    }

    /// Replaces every key by another; different keys must stay different.
    pub(super) fn rekey<const V: usize>(&self, each: impl Fn(&Key<W>) -> Key<V>) -> KeyGroups<V> {
        let mut groups = KeyGroups { keys: Vec::with_capacity(self.keys.len()), ..KeyGroups::default() };
        for key in &self.keys {
            groups.group(each(key));
        }
        groups
    }

    pub(super) fn memory(&self) -> usize {
        self.table.capacity() * (size_of::<(Key<W>, u32)>() + 1) * 8 / 7
            + self.keys.capacity() * size_of::<Key<W>>()
    }
}

#[inline]
fn hash<const W: usize>(hasher: &foldhash::fast::FixedState, key: &Key<W>) -> u64 {
    if W == 1 { hasher.hash_one(key[0]) } else { hasher.hash_one(key) }
}
