//! Dates and times as standards write them.

use chrono::NaiveDate;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// `YYYY-MM-DD` → days since the epoch.
#[inline]
pub(super) fn date(text: &[u8]) -> Option<i32> {
    let [year @ .., b'-', m1, m2, b'-', d1, d2] = text else { return None };
    let year: &[u8; 4] = year.try_into().ok()?;
    let [y1, y2, y3, y4] = *year;
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    Some(NaiveDate::from_ymd_opt(year as i32, two(*m1, *m2)?, two(*d1, *d2)?)?.to_epoch_days())
}

#[inline]
pub(super) fn two(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// RFC 3339 → microseconds since the epoch, UTC. The date may be followed by a space, which
/// section 5.6 of it allows.
#[inline]
pub(super) fn rfc3339(text: &[u8]) -> Option<i64> {
    let (local, offset) = local(text)?;
    let seconds = match offset {
        b"Z" | b"z" => 0,
        &[sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = i64::from(hours * 3600 + minutes * 60);
            if sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    Some(local - seconds * SECOND)
}

/// RFC 3339, or `YYYY-MM-DD HH:MM:SS[.fraction]` in UTC.
#[inline]
pub(super) fn timestamp(text: &[u8]) -> Option<i64> {
    if text.get(10) == Some(&b' ')
        && let Some((local, b"")) = local(text)
    {
        return Some(local);
    }
    rfc3339(text)
}

/// Date and time of day, and what follows them.
#[inline]
fn local(text: &[u8]) -> Option<(i64, &[u8])> {
    let (day, time) = text.split_at_checked(10)?;
    let &[b'T' | b't' | b' ', h1, h2, b':', m1, m2, b':', s1, s2, ref rest @ ..] = time else { return None };
    let (hours, minutes, seconds) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let (micros, rest) = fraction(rest)?;
    let seconds = i64::from(hours * 3600 + minutes * 60 + seconds);
    Some((i64::from(date(day)?) * DAY + seconds * SECOND + micros, rest))
}

/// An optional point with digits → whole microseconds, and what follows.
#[inline]
pub(super) fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = text.strip_prefix(b".") else { return Some((0, text)) };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let micros =
        (0..6).fold(0, |micros, at| micros * 10 + if at < length { i64::from(digits[at] - b'0') } else { 0 });
    Some((micros, &digits[length..]))
}
