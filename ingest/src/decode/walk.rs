//! One pass over a message that validates all of it and notes where the fields of the plan stand.

use super::Rejection;
use super::escape::unescape;
use super::plan::{KeyId, Plan, START, Target};
use super::reason::{Reason, excerpt};
use super::scanner::{Fault, Kind, MAX_DEPTH, Scanner, Token, Wrong};

/// Fills `tokens`, one for each leaf of `plan`; the first is for what no column reads.
#[inline]
pub(super) fn locate(
    message: &[u8],
    plan: &mut Plan,
    tokens: &mut [Token],
    scratch: &mut Vec<u8>,
) -> Result<(), Rejection> {
    // Most messages are ASCII, which takes a third of the time to see.
    if !message.is_ascii()
        && let Err(error) = std::str::from_utf8(message)
    {
        return Err(not_utf8(error.valid_up_to()));
    }
    for token in tokens.iter_mut() {
        token.kind = Kind::Missing;
    }
    let mut walk = Walk { scanner: Scanner { text: message }, plan, tokens, scratch };
    match walk.message() {
        Ok(true) => Ok(()),
        Ok(false) => Err(not_an_object(message)),
        Err(fault) => Err(not_json(fault, walk.scanner)),
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
    Rejection {
        reason: Reason::NotAnObject.code(),
        detail: format!("{found} is JSON; a message is a JSON object"),
    }
}

#[cold]
fn not_json(fault: Fault, scanner: Scanner<'_>) -> Rejection {
    let found = match scanner.rest(fault.at) {
        [] => String::new(),
        rest => format!(" at {}", excerpt(rest)),
    };
    let detail = format!("byte {}: {}{found}; a message is one JSON object", fault.at, fault.expected());
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
        let start = self.scanner.space(0);
        let object = self.scanner.is(start, b'{');
        let end = if object {
            self.object(start, 0, 1)?
        } else {
            self.scanner.value(start, 0, &mut self.tokens[0])?
        };
        let end = self.scanner.space(end);
        if self.scanner.peek(end).is_some() {
            return Err(self.scanner.fault(end, Wrong::Trailing));
        }
        Ok(object)
    }

    /// An object of the plan, from its brace on; `depth` counts it too.
    fn object(&mut self, at: usize, level: usize, depth: u32) -> Result<usize, Fault> {
        let scanner = self.scanner;
        if depth > MAX_DEPTH {
            return Err(scanner.fault(at, Wrong::TooDeep));
        }
        let mut at = scanner.space(at + 1);
        if scanner.is(at, b'}') {
            return Ok(at + 1);
        }
        let mut previous = START;
        loop {
            let target;
            (at, target) = self.key(at, level, &mut previous)?;
            at = scanner.space(at);
            at = match target {
                Target::Level(below) => self.parent(at, below, depth)?,
                Target::Leaf(leaf) => scanner.value(at, depth, &mut self.tokens[leaf])?,
            };
            if !scanner.is(at, b',') {
                at = scanner.space(at);
                if scanner.is(at, b'}') {
                    return Ok(at + 1);
                }
                if !scanner.is(at, b',') {
                    return Err(scanner.fault(at, Wrong::CommaOrBrace));
                }
            }
            at = scanner.space(at + 1);
        }
    }

    /// What the key at `at` is for, and where its colon ends.
    #[inline(always)]
    fn key(&mut self, at: usize, level: usize, previous: &mut KeyId) -> Result<(usize, Target), Fault> {
        let keys = self.plan.level(level);
        if let Some((key, length)) = keys.expected(*previous, self.scanner.rest(at)) {
            *previous = key;
            return Ok((at + length, keys.target(key)));
        }
        let (at, target, key) = self.unexpected_key(at, level, *previous)?;
        *previous = key;
        Ok((at, target))
    }

    #[inline(never)]
    fn unexpected_key(
        &mut self,
        at: usize,
        level: usize,
        previous: KeyId,
    ) -> Result<(usize, Target, KeyId), Fault> {
        let scanner = self.scanner;
        if !scanner.is(at, b'"') {
            return Err(scanner.fault(at, Wrong::Key));
        }
        let mut token = Token::MISSING;
        let at = scanner.colon(scanner.string(at, &mut token)?)?;
        let name = token.inner(scanner.text);
        let keys = self.plan.level(level);
        let known = if token.kind == Kind::EscapedText {
            keys.find(unescape(name, self.scratch)).map(|key| (keys.target(key), previous))
        } else {
            keys.follow(previous, name).map(|key| (keys.target(key), key))
        };
        let (target, key) = known.unwrap_or((Target::SKIP, previous));
        Ok((at, target, key))
    }

    /// The value of a key that paths run through. It replaces what an earlier one held.
    #[inline(never)]
    fn parent(&mut self, at: usize, below: usize, depth: u32) -> Result<usize, Fault> {
        let object = self.scanner.is(at, b'{');
        let mut token = Token::MISSING;
        let mut end = at;
        if !object {
            end = self.scanner.value(at, depth, &mut token)?;
            let kind = if token.kind == Kind::Null { Kind::Null } else { Kind::Parent };
            token = Token::new(kind, at, end);
        }
        for &leaf in self.plan.level(below).leaves() {
            self.tokens[leaf] = token;
        }
        if object { self.object(at, below, depth + 1) } else { Ok(end) }
    }
}
