//! Event times in a `strftime` pattern.

use std::fmt::Write;

use chrono::format::{Fixed, Item, Numeric, Parsed, StrftimeItems};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use cube::time::{EVENT_TIME_MAX, EVENT_TIME_MIN};

use super::instant::{fraction, two};
use super::reason::Reason;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// A pattern that determines an instant.
pub(super) struct Pattern {
    text: String,
    zone: Tz,
    items: Vec<Item<'static>>,
    /// The items once more, if each has one width and they follow each other plainly.
    steps: Option<Vec<Step>>,
    /// A local hour without a change of the zone's offset, and that offset in microseconds.
    known_hour: Option<(i64, i64)>,
}

#[derive(Debug)]
enum Step {
    Literal(Box<[u8]>),
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Fraction,
}

impl Pattern {
    /// # Errors
    /// `Invalid`, if the pattern is none, or does not determine an instant.
    pub(super) fn new(text: &str, zone: Tz) -> cube::Result<Self> {
        let wrong = |why: &str| cube::Error::invalid(format!("event-time pattern {text:?} {why}"));
        let items = StrftimeItems::new(text)
            .parse_to_owned()
            .map_err(|_| wrong("is not a strftime pattern; use one such as %Y-%m-%d %H:%M:%S"))?;
        let items = fractions(items).ok_or_else(|| {
            wrong("counts nanoseconds with %f; use %.f after a point, or %3f, %6f or %9f for so many digits")
        })?;
        let steps = steps(&items);
        let mut pattern = Self { text: text.to_owned(), zone, items, steps, known_hour: None };
        let sample = DateTime::from_timestamp(1_767_323_045, 0).unwrap_or_default();
        let mut written = String::new();
        let read = match write!(written, "{}", sample.format_with_items(pattern.items.iter())) {
            Ok(()) => pattern.read(written.as_bytes()),
            Err(_) => Err(Reason::EventTimeInvalid),
        };
        if read == Err(Reason::EventTimeInvalid) {
            return Err(wrong("does not determine year, month and day; use one such as %Y-%m-%d %H:%M:%S"));
        }
        Ok(pattern)
    }

    /// Microseconds since the epoch, UTC.
    pub(super) fn read(&mut self, text: &[u8]) -> Result<i64, Reason> {
        if let Some(local) = self.steps.as_ref().and_then(|steps| follow(steps, text)) {
            return self.in_zone(local);
        }
        let text = std::str::from_utf8(text).map_err(|_| Reason::EventTimeInvalid)?;
        match parse(&self.items, text).ok_or(Reason::EventTimeInvalid)? {
            Read::Instant(time) => Ok(time),
            Read::Local(local) => self.in_zone(local),
        }
    }

    #[inline]
    fn in_zone(&mut self, local: i64) -> Result<i64, Reason> {
        if self.zone == Tz::UTC {
            return Ok(local);
        }
        let hour = local.div_euclid(HOUR);
        match self.known_hour {
            Some((known, offset)) if known == hour => Ok(local - offset),
            _ => self.look_up(local, hour),
        }
    }

    fn look_up(&mut self, local: i64, hour: i64) -> Result<i64, Reason> {
        // Outside of it nothing is accepted anyway, and calendars need not be asked about it.
        if !(EVENT_TIME_MIN - DAY..=EVENT_TIME_MAX + DAY).contains(&local) {
            return Err(Reason::EventTimeOutOfRange);
        }
        let (start, end) = (self.only_offset(hour * HOUR), self.only_offset((hour + 1) * HOUR - 1));
        if let Some(offset) = start
            && start == end
        {
            self.known_hour = Some((hour, offset));
        }
        let found = self.zone.from_local_datetime(&naive(local));
        match (found.earliest(), found.latest()) {
            (Some(a), Some(b)) => Ok(a.timestamp_micros().min(b.timestamp_micros())),
            _ => Err(Reason::EventTimeSkipped),
        }
    }

    /// The zone's offset at a local time that exists once, in microseconds.
    fn only_offset(&self, local: i64) -> Option<i64> {
        let time = self.zone.from_local_datetime(&naive(local)).single()?;
        Some(i64::from(time.offset().fix().local_minus_utc()) * SECOND)
    }

    pub(super) fn accepts(&self, reason: Reason) -> String {
        let Self { text, zone, .. } = self;
        match reason {
            Reason::EventTimeSkipped => {
                format!("the zone {zone} skips this local time; write times with an offset, or in UTC")
            }
            Reason::EventTimeOutOfRange => {
                format!("the event time is in the pattern {text}, in the years 1 to 9999")
            }
            _ => format!("the event time is in the pattern {text}, and every message must have it"),
        }
    }
}

fn naive(micros: i64) -> NaiveDateTime {
    DateTime::from_timestamp_micros(micros).unwrap_or_default().naive_utc()
}

/// Takes `%f` after a point for the digits of a fraction, as everybody but chrono does: chrono
/// reads `.5` there as five nanoseconds. None if it stands elsewhere.
fn fractions(items: Vec<Item<'static>>) -> Option<Vec<Item<'static>>> {
    let mut out: Vec<Item<'static>> = vec![];
    for item in items {
        if item != Item::Numeric(Numeric::Nanosecond, chrono::format::Pad::Zero) {
            out.push(item);
            continue;
        }
        let before = match out.pop()? {
            Item::Literal(literal) => literal.to_owned(),
            Item::OwnedLiteral(literal) => literal.into(),
            _ => return None,
        };
        let before = before.strip_suffix('.')?;
        if !before.is_empty() {
            out.push(Item::OwnedLiteral(before.into()));
        }
        out.push(Item::Fixed(Fixed::Nanosecond));
    }
    Some(out)
}

fn steps(items: &[Item<'static>]) -> Option<Vec<Step>> {
    let steps = items
        .iter()
        .map(|item| {
            Some(match item {
                Item::Literal(text) | Item::Space(text) => Step::Literal(text.as_bytes().into()),
                Item::OwnedLiteral(text) | Item::OwnedSpace(text) => Step::Literal(text.as_bytes().into()),
                Item::Numeric(Numeric::Year, _) => Step::Year,
                Item::Numeric(Numeric::Month, _) => Step::Month,
                Item::Numeric(Numeric::Day, _) => Step::Day,
                Item::Numeric(Numeric::Hour, _) => Step::Hour,
                Item::Numeric(Numeric::Minute, _) => Step::Minute,
                Item::Numeric(Numeric::Second, _) => Step::Second,
                Item::Fixed(Fixed::Nanosecond) => Step::Fraction,
                _ => return None,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    let count = |of: fn(&Step) -> bool| steps.iter().filter(|step| of(step)).count();
    let once = |of| count(of) == 1;
    let (hours, minutes) = (count(|s| matches!(s, Step::Hour)), count(|s| matches!(s, Step::Minute)));
    let (seconds, fractions) = (count(|s| matches!(s, Step::Second)), count(|s| matches!(s, Step::Fraction)));
    let date = once(|s| matches!(s, Step::Year))
        && once(|s| matches!(s, Step::Month))
        && once(|s| matches!(s, Step::Day));
    (date && 1 >= hours && hours >= minutes && minutes >= seconds && seconds >= fractions).then_some(steps)
}

/// Local time in microseconds if `text` has every part in its full width; else the general way
/// decides.
fn follow(steps: &[Step], text: &[u8]) -> Option<i64> {
    let mut rest = text;
    let (mut year, mut month, mut day, mut seconds, mut micros) = (0, 0, 0, 0, 0);
    for step in steps {
        let mut number = |limit: u32| {
            let (&[tens, ones], after) = rest.split_first_chunk::<2>()?;
            rest = after;
            two(tens, ones).filter(|&number| number < limit)
        };
        match step {
            Step::Literal(literal) => rest = rest.strip_prefix(&**literal)?,
            Step::Year => year = number(100)? * 100 + number(100)?,
            Step::Month => month = number(13)?,
            Step::Day => day = number(32)?,
            Step::Hour => seconds += 3_600 * i64::from(number(24)?),
            Step::Minute => seconds += 60 * i64::from(number(60)?),
            Step::Second => seconds += i64::from(number(60)?),
            Step::Fraction => (micros, rest) = fraction(rest)?,
        }
    }
    let date = NaiveDate::from_ymd_opt(year as i32, month, day)?;
    rest.is_empty().then(|| i64::from(date.to_epoch_days()) * DAY + seconds * SECOND + micros)
}

enum Read {
    Instant(i64),
    Local(i64),
}

fn parse(items: &[Item<'static>], text: &str) -> Option<Read> {
    let mut parsed = Parsed::new();
    chrono::format::parse(&mut parsed, text, items.iter()).ok()?;
    if parsed.timestamp().is_some() && parsed.offset().is_none() {
        parsed.set_offset(0).ok()?;
    }
    if parsed.timestamp().is_none() {
        if parsed.hour_div_12().is_none() && parsed.hour_mod_12().is_none() {
            parsed.set_hour(0).ok()?;
        }
        if parsed.minute().is_none() {
            parsed.set_minute(0).ok()?;
        }
    }
    if parsed.offset().is_some() {
        return Some(Read::Instant(parsed.to_datetime().ok()?.with_timezone(&Utc).timestamp_micros()));
    }
    let local = parsed.to_naive_datetime_with_offset(0).ok()?;
    Some(Read::Local(local.and_utc().timestamp_micros()))
}
