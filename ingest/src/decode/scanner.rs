//! Strict JSON tokens (RFC 8259) over bytes that are known to be UTF-8.

use super::number::{POWERS, Short};
use super::reason::Reason;
use super::words::{HIGH, ONES, leading_digits, word, words};

/// Objects and arrays inside each other; one more is refused. The same as serde_json's limit.
pub(super) const MAX_DEPTH: u32 = 127;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Missing,
    Null,
    False,
    True,
    Number,
    /// Without escapes: its bytes are its text.
    Text,
    /// With at least one escape, all of them valid.
    EscapedText,
    Object,
    Array,
    /// A parent of the path that is neither object nor null; the token is the parent's.
    Parent,
}

/// Where a value stands in the message. `start..end` leaves out the quotes of a string.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    /// Of a number.
    pub short: Short,
}

impl Token {
    pub(super) const MISSING: Self = Self::new(Kind::Missing, 0, 0);

    #[inline]
    pub(super) const fn new(kind: Kind, start: usize, end: usize) -> Self {
        Self { kind, start, end, short: Short::NONE }
    }

    // Field by field, because a whole token that is copied right after it was written stalls on
    // stores still under way.
    #[inline(always)]
    fn set(&mut self, kind: Kind, start: usize, end: usize) {
        self.kind = kind;
        self.start = start;
        self.end = end;
    }

    #[inline]
    pub(super) fn inner<'m>(&self, message: &'m [u8]) -> &'m [u8] {
        message.get(self.start..self.end).unwrap_or_default()
    }

    /// The value as the message writes it, quotes included.
    pub(super) fn raw<'m>(&self, message: &'m [u8]) -> &'m [u8] {
        match self.kind {
            Kind::Missing => b"",
            Kind::Text | Kind::EscapedText => message.get(self.start - 1..self.end + 1).unwrap_or_default(),
            _ => self.inner(message),
        }
    }
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    TooDeep,
    End,
    Value,
    Key,
    Colon,
    CommaOrBrace,
    CommaOrBracket,
    Digit,
    Control,
    Escape,
    Surrogate,
    Trailing,
}

/// What is wrong, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub at: usize,
    wrong: Wrong,
}

impl Fault {
    pub(super) fn reason(self) -> Reason {
        if self.wrong == Wrong::TooDeep { Reason::TooDeep } else { Reason::NotJson }
    }

    pub(super) fn expected(self) -> &'static str {
        match self.wrong {
            Wrong::TooDeep => "objects and arrays may be 127 levels deep",
            Wrong::End => "the message ends too early",
            Wrong::Value => "a value is expected",
            Wrong::Key => "a key in double quotes is expected",
            Wrong::Colon => "a colon is expected after the key",
            Wrong::CommaOrBrace => "`,` or `}` is expected",
            Wrong::CommaOrBracket => "`,` or `]` is expected",
            Wrong::Digit => "a digit is expected",
            Wrong::Control => "control characters in strings must be escaped",
            Wrong::Escape => "this is not an escape sequence",
            Wrong::Surrogate => "this surrogate is not one of a pair",
            Wrong::Trailing => "nothing may follow the value",
        }
    }
}

/// Reads tokens of a text. Each method goes from one position to the next, so that the position
/// stays in a register.
#[derive(Clone, Copy)]
pub(super) struct Scanner<'m> {
    pub text: &'m [u8],
}

impl<'m> Scanner<'m> {
    #[inline(always)]
    pub(super) fn peek(self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    #[inline(always)]
    pub(super) fn is(self, at: usize, byte: u8) -> bool {
        self.peek(at) == Some(byte)
    }

    #[inline]
    pub(super) fn rest(self, at: usize) -> &'m [u8] {
        self.text.get(at..).unwrap_or_default()
    }

    #[inline(always)]
    pub(super) fn space(self, at: usize) -> usize {
        match self.peek(at) {
            Some(..=b' ') => self.some_space(at),
            _ => at,
        }
    }

    #[inline]
    fn some_space(self, mut at: usize) -> usize {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek(at) {
            at += 1;
        }
        at
    }

    /// `wrong`, or that there is nothing more where something is expected.
    #[cold]
    pub(super) fn fault(self, at: usize, wrong: Wrong) -> Fault {
        Fault { at, wrong: if at < self.text.len() { wrong } else { Wrong::End } }
    }

    #[inline]
    pub(super) fn colon(self, at: usize) -> Result<usize, Fault> {
        let at = self.space(at);
        if self.is(at, b':') { Ok(at + 1) } else { Err(self.fault(at, Wrong::Colon)) }
    }

    /// Any value, noted in `token`; `depth` objects and arrays are open around it.
    #[inline(always)]
    pub(super) fn value(self, at: usize, depth: u32, token: &mut Token) -> Result<usize, Fault> {
        match self.peek(at) {
            Some(b'"') => self.string(at, token),
            Some(b'-' | b'0'..=b'9') => {
                let end = self.number(at, &mut token.short)?;
                token.set(Kind::Number, at, end);
                Ok(end)
            }
            _ => self.other_value(at, depth, token),
        }
    }

    #[inline(never)]
    fn other_value(self, at: usize, depth: u32, token: &mut Token) -> Result<usize, Fault> {
        let (kind, end) = match self.peek(at) {
            Some(b'{') => (Kind::Object, self.nested(at, depth)?),
            Some(b'[') => (Kind::Array, self.nested(at, depth)?),
            _ if self.rest(at).starts_with(b"true") => (Kind::True, at + 4),
            _ if self.rest(at).starts_with(b"false") => (Kind::False, at + 5),
            _ if self.rest(at).starts_with(b"null") => (Kind::Null, at + 4),
            _ => return Err(self.fault(at, Wrong::Value)),
        };
        token.set(kind, at, end);
        Ok(end)
    }

    /// One digit or more, appended to `mantissa`, which wraps beyond 19 digits.
    #[inline(always)]
    fn digits(self, start: usize, mantissa: &mut u64) -> Result<usize, Fault> {
        let mut at = start;
        while let Some(word) = word(self.text, at) {
            let (count, value) = leading_digits(word);
            *mantissa = mantissa.wrapping_mul(POWERS[count as usize]).wrapping_add(value);
            at += count as usize;
            if count < 8 {
                return if at == start { Err(self.fault(at, Wrong::Digit)) } else { Ok(at) };
            }
        }
        while let Some(digit @ b'0'..=b'9') = self.peek(at) {
            *mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            at += 1;
        }
        if at == start { Err(self.fault(at, Wrong::Digit)) } else { Ok(at) }
    }

    /// A number from its sign or first digit on.
    #[inline(always)]
    pub(super) fn number(self, start: usize, short: &mut Short) -> Result<usize, Fault> {
        let negative = self.is(start, b'-');
        let start = start + usize::from(negative);
        let mut mantissa = 0;
        // No digit may follow a leading zero: whoever reads on finds it where none can be.
        let whole = if self.is(start, b'0') { start + 1 } else { self.digits(start, &mut mantissa)? };
        let (mut end, mut decimals) = (whole, 0);
        if self.is(whole, b'.') {
            end = self.digits(whole + 1, &mut mantissa)?;
            decimals = end - whole - 1;
        }
        if let Some(b'e' | b'E') = self.peek(end) {
            short.forget();
            return self.exponent(end + 1);
        }
        short.set(negative, mantissa, whole - start + decimals, decimals);
        Ok(end)
    }

    #[inline(never)]
    fn exponent(self, at: usize) -> Result<usize, Fault> {
        let signed = matches!(self.peek(at), Some(b'+' | b'-'));
        self.digits(at + usize::from(signed), &mut 0)
    }

    /// A string from its opening quote on.
    #[inline(always)]
    pub(super) fn string(self, at: usize, token: &mut Token) -> Result<usize, Fault> {
        let end = plain_end(self.text, at + 1);
        if self.is(end, b'"') {
            token.set(Kind::Text, at + 1, end);
            return Ok(end + 1);
        }
        let end = self.escaped_string(end)?;
        token.set(Kind::EscapedText, at + 1, end);
        Ok(end + 1)
    }

    /// The closing quote of a string that is plain up to `at`.
    #[cold]
    fn escaped_string(self, mut at: usize) -> Result<usize, Fault> {
        loop {
            at = match self.peek(at) {
                Some(b'"') => return Ok(at),
                Some(b'\\') => plain_end(self.text, self.escape(at)?),
                _ => return Err(self.fault(at, Wrong::Control)),
            };
        }
    }

    fn escape(self, at: usize) -> Result<usize, Fault> {
        let surrogate = Fault { at, wrong: Wrong::Surrogate };
        match self.peek(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => match self.unit(at)? {
                0xD800..=0xDBFF => {
                    let low = at + 6;
                    if self.rest(low).starts_with(b"\\u") && matches!(self.unit(low)?, 0xDC00..=0xDFFF) {
                        Ok(low + 6)
                    } else {
                        Err(surrogate)
                    }
                }
                0xDC00..=0xDFFF => Err(surrogate),
                _ => Ok(at + 6),
            },
            _ => Err(self.fault(at, Wrong::Escape)),
        }
    }

    /// The UTF-16 unit of the `\uXXXX` at `at`.
    fn unit(self, at: usize) -> Result<u32, Fault> {
        let digits = self.text.get(at + 2..at + 6);
        digits.and_then(hex).ok_or_else(|| self.fault(at, Wrong::Escape))
    }

    /// An object or array that no column reads into, without recursion.
    fn nested(self, mut at: usize, outside: u32) -> Result<usize, Fault> {
        let mut depth = outside;
        // Bit `depth` tells whether what is open at that depth is an object.
        let mut objects = 0u128;
        let mut skipped = Token::MISSING;
        loop {
            // Here starts a value, without space before it.
            let opened = match self.peek(at) {
                Some(open @ (b'{' | b'[')) => {
                    if depth == MAX_DEPTH {
                        return Err(Fault { at, wrong: Wrong::TooDeep });
                    }
                    depth += 1;
                    at = self.space(at + 1);
                    let (bit, close) = if open == b'{' { (1, b'}') } else { (0, b']') };
                    objects = (objects & !(1 << depth)) | (bit << depth);
                    !self.is(at, close)
                }
                _ => {
                    at = self.value(at, depth, &mut skipped)?;
                    false
                }
            };
            if !opened {
                (at, depth) = self.close(at, depth, outside, objects)?;
                if depth == outside {
                    return Ok(at);
                }
            }
            if (objects >> depth) & 1 == 1 {
                if !self.is(at, b'"') {
                    return Err(self.fault(at, Wrong::Key));
                }
                at = self.space(self.colon(self.string(at, &mut skipped)?)?);
            }
        }
    }

    /// Closes what ends at `at`, up to a comma; returns what follows, and the depth there.
    #[inline]
    fn close(
        self,
        mut at: usize,
        mut depth: u32,
        outside: u32,
        objects: u128,
    ) -> Result<(usize, u32), Fault> {
        while depth > outside {
            at = self.space(at);
            let object = (objects >> depth) & 1 == 1;
            match (self.peek(at), object) {
                (Some(b'}'), true) | (Some(b']'), false) => depth -= 1,
                (Some(b','), _) => return Ok((self.space(at + 1), depth)),
                (_, true) => return Err(self.fault(at, Wrong::CommaOrBrace)),
                (_, false) => return Err(self.fault(at, Wrong::CommaOrBracket)),
            }
            at += 1;
        }
        Ok((at, depth))
    }
}

pub(super) fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |unit, &digit| Some((unit << 4) | char::from(digit).to_digit(16)?))
}

/// The first quote, backslash or control character from `at` on, or the end of the text.
#[inline(always)]
fn plain_end(text: &[u8], mut at: usize) -> usize {
    while let Some(bytes) = text.get(at..).and_then(|rest| rest.first_chunk::<16>()) {
        // Both words at once: whether a string ends in the first one is not predictable.
        let [low, high] = words(bytes);
        let (low, high) = (breaks(low), breaks(high));
        if low | high != 0 {
            let (word, offset) = if low != 0 { (low, 0) } else { (high, 8) };
            return at + offset + (word.trailing_zeros() / 8) as usize;
        }
        at += 16;
    }
    while let Some(b' '..=b'!' | b'#'..=b'[' | b']'..) = text.get(at) {
        at += 1;
    }
    at
}

/// The lowest bit that is set is in the first byte that is a quote, backslash or control
/// character.
#[inline(always)]
fn breaks(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    // Borrows only run upwards, so the lowest bit is exact.
    ((quote.wrapping_sub(ONES) & !quote)
        | (backslash.wrapping_sub(ONES) & !backslash)
        | (word.wrapping_sub(ONES * 0x20) & !word))
        & HIGH
}
