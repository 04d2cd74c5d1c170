//! One pass over a message that validates all of it and notes where the fields of the plan stand.

use super::Rejection;
use super::escape::unescape;
use super::plan::{KeyId, Plan, START, Target};
use super::reason::{Reason, excerpt};
use super::scanner::{Fault, Kind, MAX_DEPTH, Scanner, Token};

/// Fills `tokens`, one for each leaf of `plan`.
#[inline]
pub(super) fn locate(
    message: &[u8],
    plan: &mut Plan,
    tokens: &mut [Token],
    scratch: &mut Vec<u8>,
) -> Result<(), Rejection> {
    if let Err(error) = std::str::from_utf8(message) {
        return Err(not_utf8(error.valid_up_to()));
    }
    tokens.fill(Token::MISSING);
    let mut walk = Walk { scanner: Scanner::new(message), plan, tokens, scratch };
    match walk.message() {
        Ok(true) => Ok(()),
        Ok(false) => Err(not_an_object(message)),
        Err(fault) => Err(not_json(fault, &walk.scanner)),
    }
}

#[cold]
fn not_utf8(at: usize) -> Rejection {
    Rejection {
        reason: Reason::NotUtf8.code(),
        detail: format!("byte {at} is not UTF-8; a message is one JSON object in UTF-8"),
    }
}

#[cold]
fn not_an_object(message: &[u8]) -> Rejection {
    let found = excerpt(message.trim_ascii());
    Rejection { reason: Reason::NotAnObject.code(), detail: format!("{found} is JSON; a message is a JSON object") }
}

#[cold]
fn not_json(fault: Fault, scanner: &Scanner<'_>) -> Rejection {
    let found = match scanner.rest() {
        [] => String::new(),
        rest => format!(" at {}", excerpt(rest)),
    };
    let detail = format!("byte {}: {}{found}; a message is one JSON object", scanner.at, fault.expected());
    Rejection { reason: fault.reason().code(), detail }
}

struct Walk<'m, 'p> {
    scanner: Scanner<'m>,
    plan: &'p mut Plan,
    tokens: &'p mut [Token],
    scratch: &'p mut Vec<u8>,
}

impl Walk<'_, '_> {
    /// Whether the message is an object.
    #[inline]
    fn message(&mut self) -> Result<bool, Fault> {
        self.scanner.space();
        let object = self.scanner.peek() == Some(b'{');
        if object {
            self.object(0, 1)?;
        } else {
            self.scanner.value(0)?;
        }
        self.scanner.space();
        if self.scanner.peek().is_some() {
            return Err(Fault::Trailing);
        }
        Ok(object)
    }

    /// An object of the plan, from its brace on; `depth` counts it too.
    fn object(&mut self, level: usize, depth: u32) -> Result<(), Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        self.scanner.at += 1;
        self.scanner.space();
        if self.scanner.eat(b'}') {
            return Ok(());
        }
        let mut previous = START;
        loop {
            let target = self.key(level, &mut previous)?;
            self.scanner.space();
            match target {
                Target::Level(below) => self.parent(below, depth)?,
                target => {
                    let token = self.scanner.value(depth)?;
                    if let Target::Leaf(leaf) = target {
                        self.tokens[leaf] = token;
                    }
                }
            }
            if !self.scanner.eat(b',') {
                self.scanner.space();
                if self.scanner.eat(b'}') {
                    return Ok(());
                }
                if !self.scanner.eat(b',') {
                    return Err(self.scanner.fault(Fault::CommaOrBrace));
                }
            }
            self.scanner.space();
        }
    }

    /// What the key at hand is for; the colon after it is read too.
    #[inline]
    fn key(&mut self, level: usize, previous: &mut KeyId) -> Result<Target, Fault> {
        let level_keys = self.plan.level(level);
        if let Some((key, length)) = level_keys.expected(*previous, self.scanner.rest()) {
            self.scanner.at += length;
            *previous = key;
            return Ok(level_keys.target(key));
        }
        self.unexpected_key(level, previous)
    }

    #[inline(never)]
    fn unexpected_key(&mut self, level: usize, previous: &mut KeyId) -> Result<Target, Fault> {
        if self.scanner.peek() != Some(b'"') {
            return Err(self.scanner.fault(Fault::Key));
        }
        let token = self.scanner.string()?;
        self.scanner.colon()?;
        let name = token.inner(self.scanner.text);
        let level = self.plan.level(level);
        if token.kind == Kind::EscapedText {
            let key = level.find(unescape(name, self.scratch));
            return Ok(key.map_or(Target::Skip, |key| level.target(key)));
        }
        let Some(key) = level.follow(*previous, name) else { return Ok(Target::Skip) };
        *previous = key;
        Ok(level.target(key))
    }

    /// The value of a key that paths run through. It replaces what an earlier one held.
    #[inline(never)]
    fn parent(&mut self, below: usize, depth: u32) -> Result<(), Fault> {
        let found = if self.scanner.peek() == Some(b'{') { None } else { Some(self.scanner.value(depth)?) };
        let token = match found {
            Some(Token { kind, start, end, .. }) if kind != Kind::Null => {
                let quote = usize::from(matches!(kind, Kind::Text | Kind::EscapedText));
                Token::new(Kind::Parent, start - quote, end + quote)
            }
            _ => Token::MISSING,
        };
        for &leaf in self.plan.level(below).leaves() {
            self.tokens[leaf] = token;
        }
        if found.is_none() { self.object(below, depth + 1) } else { Ok(()) }
    }
}
