//! Strict JSON tokens (RFC 8259) over bytes that are known to be UTF-8.

use super::number::{POWERS, Short};
use super::reason::Reason;
use super::words::{HIGH, ONES, leading_digits, word};

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

    #[inline]
    pub(super) fn inner(self, message: &[u8]) -> &[u8] {
        message.get(self.start..self.end).unwrap_or_default()
    }

    /// The value as the message writes it, quotes included.
    pub(super) fn raw(self, message: &[u8]) -> &[u8] {
        match self.kind {
            Kind::Text | Kind::EscapedText => message.get(self.start - 1..self.end + 1).unwrap_or_default(),
            _ => self.inner(message),
        }
    }
}

/// What is wrong with a text, at [`Scanner::at`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
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

impl Fault {
    pub(super) fn reason(self) -> Reason {
        if self == Self::TooDeep { Reason::TooDeep } else { Reason::NotJson }
    }

    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::TooDeep => "objects and arrays may be 127 levels deep",
            Self::End => "the message ends too early",
            Self::Value => "a value is expected",
            Self::Key => "a key in double quotes is expected",
            Self::Colon => "a colon is expected after the key",
            Self::CommaOrBrace => "`,` or `}` is expected",
            Self::CommaOrBracket => "`,` or `]` is expected",
            Self::Digit => "a digit is expected",
            Self::Control => "control characters in strings must be escaped",
            Self::Escape => "this is not an escape sequence",
            Self::Surrogate => "this surrogate is not one of a pair",
            Self::Trailing => "nothing may follow the value",
        }
    }
}

pub(super) struct Scanner<'m> {
    pub text: &'m [u8],
    pub at: usize,
}

impl<'m> Scanner<'m> {
    pub(super) fn new(text: &'m [u8]) -> Self {
        Self { text, at: 0 }
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    pub(super) fn rest(&self) -> &'m [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[inline]
    pub(super) fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// `fault`, or that there is nothing more where something is expected.
    #[cold]
    pub(super) fn fault(&self, fault: Fault) -> Fault {
        if self.at < self.text.len() { fault } else { Fault::End }
    }

    #[inline]
    pub(super) fn colon(&mut self) -> Result<(), Fault> {
        if !self.eat(b':') {
            self.space();
            if !self.eat(b':') {
                return Err(self.fault(Fault::Colon));
            }
        }
        self.space();
        Ok(())
    }

    /// Any value; `depth` objects and arrays are open around it.
    #[inline(always)]
    pub(super) fn value(&mut self, depth: u32) -> Result<Token, Fault> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => {
                let start = self.at;
                let short = self.number()?;
                Ok(Token { kind: Kind::Number, start, end: self.at, short })
            }
            _ => self.other_value(depth),
        }
    }

    #[inline(never)]
    fn other_value(&mut self, depth: u32) -> Result<Token, Fault> {
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => {
                self.nested(depth)?;
                Kind::Object
            }
            Some(b'[') => {
                self.nested(depth)?;
                Kind::Array
            }
            Some(b't') => self.word(b"true", Kind::True)?,
            Some(b'f') => self.word(b"false", Kind::False)?,
            Some(b'n') => self.word(b"null", Kind::Null)?,
            _ => return Err(self.fault(Fault::Value)),
        };
        Ok(Token::new(kind, start, self.at))
    }

    #[inline]
    fn word(&mut self, word: &'static [u8], kind: Kind) -> Result<Kind, Fault> {
        if !self.rest().starts_with(word) {
            return Err(self.fault(Fault::Value));
        }
        self.at += word.len();
        Ok(kind)
    }

    /// One digit or more, appended to `mantissa`; their number. It wraps beyond 19 digits.
    #[inline]
    fn digits(&mut self, mantissa: &mut u64) -> Result<usize, Fault> {
        let start = self.at;
        while let Some(word) = word(self.text, self.at) {
            let (count, value) = leading_digits(word);
            *mantissa = mantissa.wrapping_mul(POWERS[count as usize]).wrapping_add(value);
            self.at += count as usize;
            if count < 8 {
                break;
            }
        }
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            *mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        if self.at == start { Err(self.fault(Fault::Digit)) } else { Ok(self.at - start) }
    }

    /// A number from its sign or first digit on.
    #[inline]
    pub(super) fn number(&mut self) -> Result<Short, Fault> {
        let negative = self.eat(b'-');
        let (mut mantissa, mut decimals) = (0, 0);
        // No digit may follow a leading zero: whoever reads on finds it where none can be.
        let whole = if self.eat(b'0') { 1 } else { self.digits(&mut mantissa)? };
        if self.eat(b'.') {
            decimals = self.digits(&mut mantissa)?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.exponent()?;
            return Ok(Short::NONE);
        }
        Ok(Short::new(negative, mantissa, whole + decimals, decimals))
    }

    #[inline(never)]
    fn exponent(&mut self) -> Result<(), Fault> {
        self.at += 1;
        if let Some(b'+' | b'-') = self.peek() {
            self.at += 1;
        }
        self.digits(&mut 0)?;
        Ok(())
    }

    /// A string from its opening quote on.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Token, Fault> {
        let start = self.at + 1;
        self.at = plain_end(self.text, start);
        if self.eat(b'"') {
            return Ok(Token::new(Kind::Text, start, self.at - 1));
        }
        self.escaped_string(start)
    }

    #[cold]
    fn escaped_string(&mut self, start: usize) -> Result<Token, Fault> {
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Token::new(Kind::EscapedText, start, self.at - 1));
                }
                Some(b'\\') => self.escape()?,
                _ => return Err(self.fault(Fault::Control)),
            }
            self.at = plain_end(self.text, self.at);
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        let kind = self.text.get(self.at + 1).ok_or(Fault::End)?;
        match kind {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'u' => match self.unit()? {
                0xD800..=0xDBFF => {
                    if !self.rest().starts_with(b"\\u") || !matches!(self.unit()?, 0xDC00..=0xDFFF) {
                        return Err(Fault::Surrogate);
                    }
                }
                0xDC00..=0xDFFF => return Err(Fault::Surrogate),
                _ => {}
            },
            _ => return Err(Fault::Escape),
        }
        Ok(())
    }

    /// The UTF-16 unit of a `\uXXXX`.
    fn unit(&mut self) -> Result<u32, Fault> {
        let digits = self.text.get(self.at + 2..self.at + 6).ok_or(Fault::End)?;
        let unit = hex(digits).ok_or(Fault::Escape)?;
        self.at += 6;
        Ok(unit)
    }

    /// An object or array that no column reads into, without recursion.
    #[inline(never)]
    fn nested(&mut self, mut depth: u32) -> Result<(), Fault> {
        // Bit `depth` tells whether what is open at that depth is an object.
        let mut objects = 0u128;
        let outside = depth;
        loop {
            // A value starts here, and `space` was skipped.
            let opened = match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    if depth == MAX_DEPTH {
                        return Err(Fault::TooDeep);
                    }
                    depth += 1;
                    self.at += 1;
                    self.space();
                    let (bit, close) = if open == b'{' { (1, b'}') } else { (0, b']') };
                    objects = (objects & !(1 << depth)) | (bit << depth);
                    self.peek() != Some(close)
                }
                _ => {
                    self.value(depth)?;
                    false
                }
            };
            if !opened && !self.close(&mut depth, outside, objects)? {
                return Ok(());
            }
            if (objects >> depth) & 1 == 1 {
                if self.peek() != Some(b'"') {
                    return Err(self.fault(Fault::Key));
                }
                self.string()?;
                self.colon()?;
            }
        }
    }

    /// After a value or in something empty: closes what ends here. Whether another value follows.
    fn close(&mut self, depth: &mut u32, outside: u32, objects: u128) -> Result<bool, Fault> {
        while *depth > outside {
            self.space();
            let object = (objects >> *depth) & 1 == 1;
            match (self.peek(), object) {
                (Some(b'}'), true) | (Some(b']'), false) => *depth -= 1,
                (Some(b','), _) => {
                    self.at += 1;
                    self.space();
                    return Ok(true);
                }
                (_, true) => return Err(self.fault(Fault::CommaOrBrace)),
                (_, false) => return Err(self.fault(Fault::CommaOrBracket)),
            }
            self.at += 1;
        }
        Ok(false)
    }
}

pub(super) fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |unit, &digit| Some((unit << 4) | char::from(digit).to_digit(16)?))
}

/// The first quote, backslash or control character from `at` on, or the end of the text.
#[inline]
fn plain_end(text: &[u8], mut at: usize) -> usize {
    while let Some(word) = word(text, at) {
        let quote = word ^ (ONES * b'"' as u64);
        let backslash = word ^ (ONES * b'\\' as u64);
        // Borrows only run upwards, so the lowest bit that is set is exact.
        let found = ((quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word))
            & HIGH;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&byte) = text.get(at) {
        if byte == b'"' || byte == b'\\' || byte < 0x20 {
            break;
        }
        at += 1;
    }
    at
}
