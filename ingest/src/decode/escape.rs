//! The text of strings with escapes. The scanner has checked them, so nothing can fail here.

use super::scanner::hex;

/// `inner` is what stands between the quotes.
pub(super) fn unescape<'s>(inner: &[u8], scratch: &'s mut Vec<u8>) -> &'s [u8] {
    scratch.clear();
    let mut rest = inner;
    while let Some(plain) = memchr::memchr(b'\\', rest) {
        scratch.extend_from_slice(&rest[..plain]);
        let (text, after) = one(&rest[plain..]);
        scratch.extend_from_slice(text.encode_utf8(&mut [0; 4]).as_bytes());
        rest = after;
    }
    scratch.extend_from_slice(rest);
    scratch
}

/// The character of the escape that `text` starts with, and what follows it.
fn one(text: &[u8]) -> (char, &[u8]) {
    let simple = |c: char| (c, text.get(2..).unwrap_or_default());
    match text.get(1) {
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(b'n') => simple('\n'),
        Some(b'r') => simple('\r'),
        Some(b't') => simple('\t'),
        Some(b'u') => {
            let unit = |at: usize| text.get(at..at + 4).and_then(hex).unwrap_or(0);
            match unit(2) {
                high @ 0xD800..=0xDBFF => {
                    let code = 0x1_0000 + ((high - 0xD800) << 10) + unit(8).wrapping_sub(0xDC00);
                    (character(code), text.get(12..).unwrap_or_default())
                }
                code => (character(code), text.get(6..).unwrap_or_default()),
            }
        }
        other => simple(other.map_or('\\', |&byte| char::from(byte))),
    }
}

fn character(code: u32) -> char {
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}
