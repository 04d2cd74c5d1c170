//! Short byte strings, a machine word at a time: calls into `memcmp` cost more than they compare.

pub(super) const ONES: u64 = 0x0101_0101_0101_0101;
pub(super) const HIGH: u64 = 0x8080_8080_8080_8080;

#[inline]
pub(super) fn word(text: &[u8], at: usize) -> Option<u64> {
    text.get(at..)?.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes))
}

/// Whether `a` and `b` are equal.
#[inline]
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    // Two words that may overlap cover all of it.
    if let (Some(a_last), Some(b_last)) = (a.last_chunk::<16>(), b.last_chunk::<16>()) {
        return a_last == b_last && (a.len() == 16 || same_chunks(a, b));
    }
    if let (Some(a_first), Some(b_first)) = (a.first_chunk::<8>(), b.first_chunk::<8>()) {
        return a_first == b_first && a.last_chunk::<8>() == b.last_chunk::<8>();
    }
    if let (Some(a_first), Some(b_first)) = (a.first_chunk::<4>(), b.first_chunk::<4>()) {
        return a_first == b_first && a.last_chunk::<4>() == b.last_chunk::<4>();
    }
    a.iter().zip(b).all(|(a, b)| a == b)
}

/// Whether all whole chunks of two byte strings of one length are equal.
#[inline]
fn same_chunks(mut a: &[u8], mut b: &[u8]) -> bool {
    while let (Some((a_chunk, a_rest)), Some((b_chunk, b_rest))) =
        (a.split_first_chunk::<16>(), b.split_first_chunk::<16>())
    {
        if a_chunk != b_chunk {
            return false;
        }
        (a, b) = (a_rest, b_rest);
    }
    true
}

/// A byte string to be compared with the beginning of others.
pub(super) struct Prefix {
    bytes: Box<[u8]>,
    /// Its first 16 bytes, and which of their bits count.
    first: [u64; 2],
    mask: [u64; 2],
}

impl Prefix {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        let mut first = [0; 16];
        let mut mask = [0; 16];
        for (at, &byte) in bytes.iter().take(16).enumerate() {
            (first[at], mask[at]) = (byte, 0xFF);
        }
        Self { bytes: bytes.into(), first: words(&first), mask: words(&mask) }
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    #[inline]
    pub(super) fn begins(&self, text: &[u8]) -> bool {
        let Some(found) = text.first_chunk::<16>() else { return text.starts_with(&self.bytes) };
        let found = words(found);
        let differ =
            ((found[0] ^ self.first[0]) & self.mask[0]) | ((found[1] ^ self.first[1]) & self.mask[1]);
        differ == 0 && (self.bytes.len() <= 16 || text.starts_with(&self.bytes))
    }
}

/// The first eight bytes, and the last.
#[inline]
pub(super) fn words(bytes: &[u8; 16]) -> [u64; 2] {
    let both = u128::from_le_bytes(*bytes);
    [both as u64, (both >> 64) as u64]
}

/// How many digits `word` begins with, and the number that they are.
#[inline]
pub(super) fn leading_digits(word: u64) -> (u32, u64) {
    let digits = word ^ (ONES * b'0' as u64);
    // Sets the high bit of every byte above 9; no byte carries into the next.
    let others = (((digits & !HIGH) + ONES * 0x76) | digits) & HIGH;
    let count = others.trailing_zeros() / 8;
    if count == 0 {
        return (0, 0);
    }
    // With zeros in front of them there are always eight: pairs, then fours, then all.
    let eight = digits << (64 - 8 * count);
    let pairs = eight.wrapping_mul(10).wrapping_add(eight >> 8);
    let low = (pairs & 0x0000_00FF_0000_00FF).wrapping_mul(0x000F_4240_0000_0064);
    let high = ((pairs >> 16) & 0x0000_00FF_0000_00FF).wrapping_mul(0x0000_2710_0000_0001);
    (count, low.wrapping_add(high) >> 32)
}
