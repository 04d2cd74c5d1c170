//! Packed keys: the dictionary ids of all slots in a few machine words.
//!
//! Slots are placed in order, the first in the most significant bits, none across two words, so
//! that comparing keys word by word compares the rows slot by slot.

/// Where one slot lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) word: usize,
    pub(super) shift: u32,
    pub(super) bits: u32,
}

impl Field {
    pub(super) fn mask(self) -> u64 {
        ((1u64 << self.bits) - 1) << self.shift
    }
}

/// The places of all slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packing {
    pub(super) fields: Vec<Field>,
    pub(super) words: usize,
}

impl Packing {
    /// `bits[i]` (at most 32) for slot `i`.
    pub(super) fn new(bits: &[u32]) -> Self {
        let mut fields = Vec::with_capacity(bits.len());
        let (mut word, mut used) = (0, 0);
        for &bits in bits {
            if used + bits > 64 {
                word += 1;
                used = 0;
            }
            used += bits;
            // A field of no bits at the start of a word may lie anywhere in it, but not behind it.
            fields.push(Field { word, shift: (64 - used).min(63), bits });
        }
        Self { fields, words: word + 1 }
    }

    /// Bits that hold the ids below `ids`.
    pub(super) fn bits_for(ids: usize) -> u32 {
        usize::BITS - ids.saturating_sub(1).leading_zeros()
    }
}

/// A packed key of `W` words.
pub(super) type Key<const W: usize> = [u64; W];

/// The id in a field.
#[inline]
pub(super) fn get<const W: usize>(key: &Key<W>, field: Field) -> u32 {
    (key[field.word] >> field.shift & ((1u64 << field.bits) - 1)) as u32
}

/// Puts an id that fits into a field that holds 0.
#[inline]
pub(super) fn put<const W: usize>(key: &mut Key<W>, field: Field, id: u32) {
    key[field.word] |= u64::from(id) << field.shift;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_compare_as_their_ids(
            bits in prop::collection::vec(0u32..=32, 1..8),
            seeds in prop::collection::vec((any::<u32>(), any::<u32>()), 8),
        ) {
            let packing = Packing::new(&bits);
            let cut = |id: u32, bits: u32| (u64::from(id) & ((1u64 << bits) - 1)) as u32;
            let a: Vec<u32> = bits.iter().zip(&seeds).map(|(&b, s)| cut(s.0, b)).collect();
            let b: Vec<u32> = bits.iter().zip(&seeds).map(|(&b, s)| cut(s.1, b)).collect();
            let pack = |ids: &[u32]| {
                let mut key: Key<8> = [0; 8];
                packing.fields.iter().zip(ids).for_each(|(&field, &id)| put(&mut key, field, id));
                key
            };
            prop_assert_eq!(pack(&a).cmp(&pack(&b)), a.cmp(&b));
            let back: Vec<u32> = packing.fields.iter().map(|&field| get(&pack(&a), field)).collect();
            prop_assert_eq!(back, a);
        }
    }

    #[test]
    fn a_dictionary_with_only_null_needs_no_bits() {
        assert_eq!([1, 2, 3, 4, 5, 256, 257].map(Packing::bits_for), [0, 1, 2, 2, 3, 8, 9]);
    }
}
