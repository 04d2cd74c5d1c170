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
    hasher: RandomState,
    /// Ids of texts that [`packed`] holds whole: found without looking at a byte of the others.
    packed: HashTable<(u128, u32)>,
    /// Ids of all other texts.
    long: HashTable<u32>,
    texts: Texts,
    /// The long text asked for last; streams repeat themselves.
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

    fn add(&mut self, text: &[u8]) -> u32 {
        // Cannot wrap: `finish` refuses far fewer texts, and they would not fit into memory.
        let id = self.len() as u32;
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        id
    }
}

impl Dictionary {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::default(),
            packed: HashTable::new(),
            long: HashTable::new(),
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

    /// The id of `message[start..end]`, which is valid UTF-8. Whatever follows may be looked at.
    #[inline]
    pub(super) fn id(&mut self, message: &[u8], start: usize, end: usize) -> u32 {
        if let Some(packed) = packed(message, start, end) {
            let hash = hash_packed(&self.hasher, packed);
            return match self.packed.find(hash, |&(known, _)| known == packed) {
                Some(&(_, id)) => id,
                None => self.insert_packed(hash, packed, message.get(start..end).unwrap_or_default()),
            };
        }
        let text = message.get(start..end).unwrap_or_default();
        if !self.texts.is(self.last, text) {
            let hash = hash(&self.hasher, text);
            self.last = match self.long.find(hash, |&id| self.texts.is(id, text)) {
                Some(&id) => id,
                None => self.insert_long(hash, text),
            };
        }
        self.last
    }

    #[inline(never)]
    fn insert_packed(&mut self, hash: u64, packed: u128, text: &[u8]) -> u32 {
        let id = self.texts.add(text);
        let hasher = &self.hasher;
        self.packed.insert_unique(hash, (packed, id), |&(packed, _)| hash_packed(hasher, packed));
        id
    }

    #[inline(never)]
    fn insert_long(&mut self, new_hash: u64, text: &[u8]) -> u32 {
        let id = self.texts.add(text);
        let (hasher, texts) = (&self.hasher, &self.texts);
        self.long.insert_unique(new_hash, id, |&id| hash(hasher, texts.get(id).unwrap_or_default()));
        id
    }

    /// Forgets the texts from the `len`-th on.
    pub(super) fn truncate(&mut self, len: usize) {
        for id in len..self.texts.len() {
            let id = id as u32;
            let text = self.texts.get(id).unwrap_or_default();
            if let Some(packed) = packed(text, 0, text.len()) {
                let hash = hash_packed(&self.hasher, packed);
                if let Ok(entry) = self.packed.find_entry(hash, |&(known, _)| known == packed) {
                    entry.remove();
                }
            } else if let Ok(entry) = self.long.find_entry(hash(&self.hasher, text), |&other| other == id) {
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
        self.packed.clear();
        self.long.clear();
        self.last = 0;
        let room = Texts {
            bytes: Vec::with_capacity(self.texts.bytes.len()),
            ends: Vec::with_capacity(self.texts.ends.len()),
        };
        let mut texts = std::mem::replace(&mut self.texts, room);
        self.texts.ends.push(0);
        if i32::try_from(texts.bytes.len()).is_err() {
            return Err(cube::Error::invalid(format!(
                "{} bytes of distinct text do not fit into a batch, which holds 2 GiB; finish it earlier",
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

#[inline]
fn hash_packed(hasher: &RandomState, packed: u128) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write_u128(packed);
    hasher.finish()
}

/// Bytes that [`packed`] has room for beside their number.
const PACKED: usize = 15;

/// For each length, which bits count.
const MASKS: [u128; PACKED + 1] = {
    let mut masks = [0; PACKED + 1];
    let mut length = 1;
    while length <= PACKED {
        masks[length] = (masks[length - 1] << 8) | 0xFF;
        length += 1;
    }
    masks
};

/// A text of at most 15 bytes as one number that no other text has.
#[inline]
fn packed(message: &[u8], start: usize, end: usize) -> Option<u128> {
    let length = end.checked_sub(start)?;
    let mask = MASKS.get(length)?;
    let bytes = match message.get(start..)?.first_chunk::<16>() {
        Some(bytes) => u128::from_le_bytes(*bytes),
        // The message ends before 16 bytes.
        None => message.get(start..end)?.iter().rev().fold(0, |word, &byte| (word << 8) | u128::from(byte)),
    };
    Some((bytes & mask) | ((length as u128) << 120))
}
