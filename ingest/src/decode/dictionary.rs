//! The distinct texts of one varchar column in one batch.

use std::hash::{BuildHasher, Hasher};

use arrow::array::StringArray;
use arrow::buffer::{Buffer, OffsetBuffer};
use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::words::same;

/// Texts numbered in the order they first came.
///
/// The seed is random, because the texts come from outside.
pub(super) struct Dictionary {
    ids: HashTable<u32>,
    hasher: RandomState,
    texts: Texts,
    /// The text asked for last; streams repeat themselves.
    last: u32,
}

struct Texts {
    bytes: Vec<u8>,
    /// Text `i` is `bytes[ends[i]..ends[i + 1]]`.
    ends: Vec<usize>,
}

impl Texts {
    #[inline]
    fn get(&self, id: u32) -> Option<&[u8]> {
        match self.ends.get(id as usize..)? {
            [start, end, ..] => self.bytes.get(*start..*end),
            _ => None,
        }
    }

    #[inline]
    fn is(&self, id: u32, text: &[u8]) -> bool {
        self.get(id).is_some_and(|known| same(known, text))
    }

    fn len(&self) -> usize {
        self.ends.len() - 1
    }
}

impl Dictionary {
    pub(super) fn new() -> Self {
        Self {
            ids: HashTable::new(),
            hasher: RandomState::default(),
            texts: Texts { bytes: vec![], ends: vec![0] },
            last: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.texts.bytes.len()
    }

    /// The id of `text`, which is valid UTF-8.
    #[inline]
    pub(super) fn id(&mut self, text: &[u8]) -> u32 {
        if self.texts.is(self.last, text) {
            return self.last;
        }
        let hash = hash(&self.hasher, text);
        self.last = match self.ids.find(hash, |&id| self.texts.is(id, text)) {
            Some(&id) => id,
            None => self.insert(hash, text),
        };
        self.last
    }

    #[inline(never)]
    fn insert(&mut self, new_hash: u64, text: &[u8]) -> u32 {
        // Cannot wrap: `finish` refuses far fewer texts, and they would not fit into memory.
        let id = self.texts.len() as u32;
        self.texts.bytes.extend_from_slice(text);
        self.texts.ends.push(self.texts.bytes.len());
        let (hasher, texts) = (&self.hasher, &self.texts);
        self.ids.insert_unique(new_hash, id, |&id| hash(hasher, texts.get(id).unwrap_or_default()));
        id
    }

    /// Forgets the texts from the `len`-th on.
    pub(super) fn truncate(&mut self, len: usize) {
        for id in len..self.texts.len() {
            let id = id as u32;
            let hash = hash(&self.hasher, self.texts.get(id).unwrap_or_default());
            if let Ok(entry) = self.ids.find_entry(hash, |&other| other == id) {
                entry.remove();
            }
        }
        self.texts.ends.truncate(len + 1);
        self.texts.bytes.truncate(self.texts.ends.last().copied().unwrap_or(0));
    }

    /// The texts by id; the dictionary is empty again and keeps its room.
    ///
    /// # Errors
    /// `Invalid`, if they take more than 2 GiB.
    pub(super) fn finish(&mut self) -> cube::Result<StringArray> {
        self.ids.clear();
        self.last = 0;
        let room = Texts {
            bytes: Vec::with_capacity(self.texts.bytes.len()),
            ends: Vec::with_capacity(self.texts.ends.len()),
        };
        let mut texts = std::mem::replace(&mut self.texts, room);
        self.texts.ends.push(0);
        if i32::try_from(texts.bytes.len()).is_err() {
            return Err(cube::Error::invalid(format!(
                "{} bytes of distinct text do not fit into one batch, which holds 2 GiB; finish batches earlier",
                texts.bytes.len()
            )));
        }
        texts.bytes.shrink_to_fit();
        let ends: Vec<i32> = texts.ends.iter().map(|&end| end as i32).collect();
        Ok(StringArray::try_new(OffsetBuffer::new(ends.into()), Buffer::from_vec(texts.bytes), None)?)
    }
}

#[inline]
fn hash(hasher: &RandomState, text: &[u8]) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write(text);
    hasher.finish()
}
