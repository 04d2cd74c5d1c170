//! JSON numbers, read exactly.

use super::reason::Reason;
use super::scanner::Scanner;

/// The text of one JSON number, and its value if it is short.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number<'a> {
    pub text: &'a [u8],
    pub short: Short,
}

impl<'a> Number<'a> {
    /// None unless `text` is exactly one JSON number.
    #[inline]
    pub(super) fn read(text: &'a [u8]) -> Option<Self> {
        let mut short = Short::NONE;
        let end = Scanner { text }.number(0, &mut short).ok()?;
        (end == text.len()).then_some(Self { text, short })
    }
}

/// Digits that a mantissa of 128 bits holds for certain.
const MAX_DIGITS: u32 = 38;

/// Exponents beyond are as good as infinite, and sums of two such cannot overflow.
const HUGE: i64 = 1 << 40;

/// `±mantissa × 10^-decimals`, of a number with at most 19 digits and no exponent, as almost all
/// are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Short {
    mantissa: u64,
    decimals: u8,
    negative: bool,
    /// Whether the number is short at all.
    known: bool,
}

impl Short {
    pub(super) const NONE: Self = Self { mantissa: 0, decimals: 0, negative: false, known: false };

    #[inline(always)]
    pub(super) fn set(&mut self, negative: bool, mantissa: u64, digits: usize, decimals: usize) {
        self.mantissa = mantissa;
        self.decimals = decimals as u8;
        self.negative = negative;
        self.known = digits <= 19;
    }

    #[inline]
    pub(super) fn forget(&mut self) {
        self.known = false;
    }

    #[inline]
    fn integer(self) -> Option<i64> {
        match (self.known && self.decimals == 0, self.negative) {
            (true, false) => i64::try_from(self.mantissa).ok(),
            (true, true) => 0i64.checked_sub_unsigned(self.mantissa),
            _ => None,
        }
    }

    /// Shifts the point `scale` places to the right, if that leaves at most `precision` digits and
    /// no decimals.
    #[inline]
    fn scaled(self, precision: u8, scale: i8) -> Option<i128> {
        let up = u8::try_from(scale).ok()?.checked_sub(self.decimals)?;
        let scaled = self.mantissa.checked_mul(*POWERS.get(usize::from(up))?)?;
        // 20 digits hold every u64, so from there on nothing needs to be compared.
        let limit = POWERS.get(usize::from(precision)).copied().unwrap_or(u64::MAX);
        let value = i128::from(scaled);
        (self.known && scaled < limit).then_some(if self.negative { -value } else { value })
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
pub(super) fn bigint(number: Number<'_>) -> Result<i64, Reason> {
    if let Some(value) = number.short.integer() {
        return Ok(value);
    }
    // 19 digits hold every i64, and 10^19 fits no i64.
    let value = Exact::read(number.text).scaled(0, 19, Reason::NotIntegral)?;
    i64::try_from(value).map_err(|_| Reason::OutOfRange)
}

#[inline]
pub(super) fn integer(number: Number<'_>) -> Result<i32, Reason> {
    i32::try_from(bigint(number)?).map_err(|_| Reason::OutOfRange)
}

/// The value × 10^`scale`.
#[inline]
pub(super) fn decimal(number: Number<'_>, precision: u8, scale: i8) -> Result<i128, Reason> {
    if let Some(value) = number.short.scaled(precision, scale) {
        return Ok(value);
    }
    Exact::read(number.text).scaled(i64::from(scale), i64::from(precision), Reason::TooPrecise)
}

/// The value × 10^`power`, cut off towards minus infinity.
#[inline]
pub(super) fn floor(number: Number<'_>, power: usize) -> Result<i64, Reason> {
    if let Some(value) = number.short.integer()
        && let Some(&factor) = POWERS.get(power)
        && let Some(value) = value.checked_mul(factor as i64)
    {
        return Ok(value);
    }
    let value = Exact::read(number.text).floor(power as i64).ok_or(Reason::OutOfRange)?;
    i64::try_from(value).map_err(|_| Reason::OutOfRange)
}

/// Powers of ten up to 10^19.
pub(super) const POWERS: [u64; 20] = {
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
pub(super) fn double(number: Number<'_>) -> Result<f64, Reason> {
    let Short { mantissa, decimals, negative, known } = number.short;
    // Both operands are exact, so the one division rounds correctly.
    if known && mantissa <= 1 << 53 {
        let value = mantissa as f64 / POWERS[usize::from(decimals)] as f64;
        return Ok(if negative { -value } else { value });
    }
    finite(parse::<f64>(number.text), f64::is_finite)
}

/// Correctly rounded from the text, not from the double, which would round twice.
#[inline]
pub(super) fn float(number: Number<'_>) -> Result<f32, Reason> {
    let Short { mantissa, decimals, negative, known } = number.short;
    // 10^10 = 2^10 · 5^10, and 5^10 fits the 24 bits of a float.
    if known && mantissa <= 1 << 24 && decimals <= 10 {
        let value = mantissa as f32 / POWERS[usize::from(decimals)] as f32;
        return Ok(if negative { -value } else { value });
    }
    finite(parse::<f32>(number.text), f32::is_finite)
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
