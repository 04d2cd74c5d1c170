//! JSON numbers, read exactly.
//!
//! All functions take the text of one valid JSON number (see [`is_number`]).

use super::reason::Reason;
use super::scanner::Scanner;

/// Digits that a mantissa of 128 bits holds for certain.
const MAX_DIGITS: u32 = 38;

/// Exponents beyond are as good as infinite, and sums of two such cannot overflow.
const HUGE: i64 = 1 << 40;

/// Whether `text` is exactly one JSON number.
pub(super) fn is_number(text: &[u8]) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.number().is_ok() && scanner.at == text.len()
}

/// `±mantissa × 10^-decimals`, for numbers of at most 19 characters without an exponent, which
/// almost all are.
struct Short {
    negative: bool,
    mantissa: u64,
    decimals: usize,
}

impl Short {
    #[inline]
    fn read(text: &[u8]) -> Option<Self> {
        let (negative, digits) = match text {
            [b'-', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        if digits.len() > 19 {
            return None;
        }
        let mut mantissa = 0;
        let mut decimals = 0;
        for (at, byte) in digits.iter().enumerate() {
            let digit = byte.wrapping_sub(b'0');
            if digit < 10 {
                mantissa = mantissa * 10 + u64::from(digit);
            } else if *byte == b'.' {
                decimals = digits.len() - at - 1;
            } else {
                return None;
            }
        }
        Some(Self { negative, mantissa, decimals })
    }

    #[inline]
    fn integer(&self) -> Option<i64> {
        match (self.decimals, self.negative) {
            (0, false) => i64::try_from(self.mantissa).ok(),
            (0, true) => 0i64.checked_sub_unsigned(self.mantissa),
            _ => None,
        }
    }
}

/// `±mantissa × 10^exponent`, without zeros at the end of the mantissa.
struct Exact {
    negative: bool,
    /// Digits of the number from the first to the last that is not zero.
    digits: u32,
    /// The first [`MAX_DIGITS`] of them.
    mantissa: u128,
    /// Power of ten of the last of them.
    exponent: i64,
}

impl Exact {
    #[cold]
    fn read(text: &[u8]) -> Self {
        let (negative, text) = text.strip_prefix(b"-").map_or((false, text), |rest| (true, rest));
        let split = text.iter().position(|byte| matches!(byte, b'e' | b'E'));
        let (figures, power) = match split {
            Some(at) => (&text[..at], exponent(&text[at + 1..])),
            None => (text, 0),
        };
        let point = figures.iter().position(|&byte| byte == b'.');
        let decimals = point.map_or(0, |point| figures.len() - point - 1);
        let significant = figures.iter().filter(|&&byte| byte != b'.').skip_while(|&&byte| byte == b'0');
        let (mut seen, mut last, mut mantissa) = (0u32, 0u32, 0u128);
        for &byte in significant {
            seen = seen.saturating_add(1);
            if seen <= MAX_DIGITS {
                mantissa = mantissa * 10 + u128::from(byte - b'0');
            }
            if byte != b'0' {
                last = seen;
            }
        }
        if last < MAX_DIGITS {
            mantissa /= 10u128.pow(seen.min(MAX_DIGITS) - last);
        }
        let exponent = power - decimals as i64 + i64::from(seen - last);
        Self { negative, digits: last, mantissa, exponent }
    }

    fn is_zero(&self) -> bool {
        self.digits == 0
    }

    fn signed(&self, magnitude: u128) -> i128 {
        let magnitude = magnitude as i128;
        if self.negative { -magnitude } else { magnitude }
    }

    /// The value × 10^`scale` if that is an integer of at most `precision` digits.
    fn scaled(&self, scale: i64, precision: i64, fraction: Reason) -> Result<i128, Reason> {
        if self.is_zero() {
            return Ok(0);
        }
        let shift = self.exponent + scale;
        if shift < 0 {
            return Err(fraction);
        }
        if i64::from(self.digits) + shift > precision {
            return Err(Reason::OutOfRange);
        }
        Ok(self.signed(self.mantissa * 10u128.pow(shift as u32)))
    }

    /// The greatest integer not above the value × 10^`power`; None far outside of 64 bits.
    fn floor(&self, power: i64) -> Option<i128> {
        if self.is_zero() {
            return Some(0);
        }
        let shift = self.exponent + power;
        let whole_digits = i64::from(self.digits) + shift;
        if whole_digits > 20 {
            return None;
        }
        if shift >= 0 {
            return Some(self.signed(self.mantissa * 10u128.pow(shift as u32)));
        }
        // No zero stands at the end, so something is cut off for certain.
        let kept = self.digits.min(MAX_DIGITS);
        let whole = match u32::try_from(whole_digits) {
            Ok(whole_digits) => self.mantissa / 10u128.pow(kept - whole_digits),
            Err(_) => 0,
        };
        Some(self.signed(whole + u128::from(self.negative)))
    }
}

/// The number after `e`, held within ±[`HUGE`].
fn exponent(text: &[u8]) -> i64 {
    let digits = text.strip_prefix(b"+").or(text.strip_prefix(b"-")).unwrap_or(text);
    let value = digits.iter().fold(0, |value: i64, digit| (value * 10 + i64::from(digit - b'0')).min(HUGE));
    if text.starts_with(b"-") { -value } else { value }
}

#[inline]
pub(super) fn bigint(text: &[u8]) -> Result<i64, Reason> {
    if let Some(value) = Short::read(text).and_then(|short| short.integer()) {
        return Ok(value);
    }
    // 19 digits hold every i64, and 10^19 fits no i64.
    let value = Exact::read(text).scaled(0, 19, Reason::NotIntegral)?;
    i64::try_from(value).map_err(|_| Reason::OutOfRange)
}

#[inline]
pub(super) fn integer(text: &[u8]) -> Result<i32, Reason> {
    i32::try_from(bigint(text)?).map_err(|_| Reason::OutOfRange)
}

/// The value × 10^`scale`.
#[inline]
pub(super) fn decimal(text: &[u8], precision: u8, scale: i8) -> Result<i128, Reason> {
    if let Some(short) = Short::read(text) {
        let up = usize::try_from(scale).unwrap_or(0).checked_sub(short.decimals);
        // 20 digits hold every u64, so from there on nothing needs to be compared.
        if let Some(&factor) = up.and_then(|up| POWERS.get(up))
            && let Some(scaled) = short.mantissa.checked_mul(factor)
            && scaled < POWERS.get(usize::from(precision)).copied().unwrap_or(u64::MAX)
            && scale >= 0
        {
            let value = i128::from(scaled);
            return Ok(if short.negative { -value } else { value });
        }
    }
    Exact::read(text).scaled(i64::from(scale), i64::from(precision), Reason::TooPrecise)
}

/// The value × 10^`power`, cut off towards minus infinity.
#[inline]
pub(super) fn floor(text: &[u8], power: usize) -> Result<i64, Reason> {
    if let Some(value) = Short::read(text).and_then(|short| short.integer())
        && let Some(&factor) = POWERS.get(power)
        && let Some(value) = value.checked_mul(factor as i64)
    {
        return Ok(value);
    }
    let value = Exact::read(text).floor(power as i64).ok_or(Reason::OutOfRange)?;
    i64::try_from(value).map_err(|_| Reason::OutOfRange)
}

/// Powers of ten up to 10^19.
const POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// Correctly rounded.
#[inline]
pub(super) fn double(text: &[u8]) -> Result<f64, Reason> {
    // Both operands are exact, so the one division rounds correctly.
    if let Some(short) = Short::read(text)
        && short.mantissa <= 1 << 53
    {
        let value = short.mantissa as f64 / POWERS[short.decimals] as f64;
        return Ok(if short.negative { -value } else { value });
    }
    finite(parse::<f64>(text), f64::is_finite)
}

/// Correctly rounded from the text, not from the double, which would round twice.
#[inline]
pub(super) fn float(text: &[u8]) -> Result<f32, Reason> {
    // 10^10 = 2^10 · 5^10, and 5^10 fits the 24 bits of a float.
    if let Some(short) = Short::read(text)
        && short.mantissa <= 1 << 24
        && short.decimals <= 10
    {
        let value = short.mantissa as f32 / POWERS[short.decimals] as f32;
        return Ok(if short.negative { -value } else { value });
    }
    finite(parse::<f32>(text), f32::is_finite)
}

#[cold]
fn parse<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn finite<T: Copy>(value: Option<T>, is_finite: impl Fn(T) -> bool) -> Result<T, Reason> {
    match value {
        Some(value) if is_finite(value) => Ok(value),
        Some(_) => Err(Reason::OutOfRange),
        None => Err(Reason::WrongType),
    }
}
