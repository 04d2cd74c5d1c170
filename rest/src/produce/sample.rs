//! Seeded orders in the shape of Kylin's sample stream.

use cube::{Error, Result};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::order::{CATEGORIES, COUNTRIES, CURRENCIES, DEVICES, Field, GENDERS, Style};
use super::{Kind, Malformed, Order};

/// Random bytes a message: 16 for the user's id, 18 for the other fields, 16 for what kind it is.
const RANDOM: usize = 56;

/// What to make.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleOptions {
    pub messages: u64,
    /// Message `i` goes to partition `i` mod this.
    pub partitions: i32,
    pub seed: u64,
    /// Event time of the first message, milliseconds since 1970, UTC.
    pub start: i64,
    /// The event times run evenly over this many milliseconds.
    pub span: i64,
    /// A late message is up to this many milliseconds older than its place.
    pub late_by: i64,
    pub shares: Shares,
}

/// Percent of the messages, 0 to 100; a message is of one kind only.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shares {
    pub late: f64,
    pub null: f64,
    pub duplicate_key: f64,
    pub malformed: f64,
    pub tombstone: f64,
}

impl Default for SampleOptions {
    fn default() -> Self {
        Self {
            messages: 1_000_000,
            partitions: 4,
            seed: 1,
            start: 1_767_225_600_000,
            span: 300_000,
            late_by: 60_000,
            shares: Shares::default(),
        }
    }
}

/// One message, and what it should be read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub partition: i32,
    pub key: Option<Vec<u8>>,
    /// `None`: a tombstone.
    pub value: Option<Vec<u8>>,
    pub kind: Kind,
    /// The row; `None` for what is none.
    pub order: Option<Order>,
}

/// The messages, in order. A message depends on the options and its number only.
#[derive(Debug)]
pub struct Sample {
    options: SampleOptions,
    /// Below which draw a message is of a kind, ascending.
    bounds: [(u64, Draw); 5],
    random: StdRng,
    next: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Draw {
    Late,
    Null,
    DuplicateKey,
    Malformed,
    Tombstone,
}

impl Sample {
    /// # Errors
    /// `Invalid` for no partitions, a negative time, or shares that are not 0 to 100 together.
    pub fn new(options: SampleOptions) -> Result<Self> {
        if options.partitions < 1 {
            return Err(Error::invalid(format!(
                "{} partitions are not accepted; use 1 or more",
                options.partitions
            )));
        }
        if options.span < 0 || options.late_by < 0 {
            return Err(Error::invalid("a negative length of time is not accepted; use 0 s or more"));
        }
        let bounds = options.shares.bounds()?;
        Ok(Self { random: StdRng::seed_from_u64(options.seed), bounds, options, next: 0 })
    }

    fn order(&self, place: u64, random: &[u8; RANDOM]) -> Order {
        let SampleOptions { messages, start, span, .. } = self.options;
        let offset = i128::from(place) * i128::from(span) / i128::from(messages.max(1));
        let mut id = [0; 16];
        id.copy_from_slice(&random[..16]);
        Order {
            order_time: start + offset as i64,
            country: Some(COUNTRIES[pick(&random[16..18], 8)]),
            category: Some(CATEGORIES[pick(&random[18..20], 5)]),
            device: Some(DEVICES[pick(&random[20..22], 4)]),
            qty: Some(pick(&random[22..24], 10) as u8),
            currency: Some(CURRENCIES[pick(&random[24..26], 5)]),
            amount_cents: Some(pick(&random[28..32], 10_000) as u16),
            user_id: Some(id),
            user_gender: Some(GENDERS[pick(&random[26..28], 2)]),
            user_age: Some(10 + pick(&random[32..34], 20) as u8),
        }
    }
}

/// Little endian.
fn integer(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// One of `n`. The remainder skews it by no more than `n` / 2^bits, at most 0.03 % here.
fn pick(bytes: &[u8], n: u64) -> usize {
    (integer(bytes) % n) as usize
}

impl Iterator for Sample {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        if self.next == self.options.messages {
            return None;
        }
        let place = self.next;
        self.next += 1;
        // Every message takes as much randomness as any other: the shares of one kind do not
        // change the others.
        let mut random = [0; RANDOM];
        self.random.fill_bytes(&mut random);
        let (draw, detail) = (integer(&random[40..48]), integer(&random[48..56]));
        let drawn = self.bounds.iter().find(|(bound, _)| draw >> 1 < *bound).map(|(_, kind)| *kind);

        let mut order = self.order(place, &random);
        let (mut style, mut kind) = (Style::Usual, Kind::Plain);
        match drawn {
            None => {}
            Some(Draw::Late) => {
                kind = Kind::Late;
                order.order_time -= (detail % (self.options.late_by as u64).max(1)) as i64 + 1;
            }
            Some(Draw::Null) => {
                kind = Kind::Null;
                let field = Field::ALL[(detail >> 1) as usize % Field::ALL.len()];
                style = if detail & 1 == 0 { Style::Null(field) } else { Style::Missing(field) };
                order.clear(field);
            }
            Some(Draw::DuplicateKey) => (kind, style) = (Kind::DuplicateKey, Style::QtyTwice),
            Some(Draw::Malformed) => {
                kind = Kind::Malformed(Malformed::ALL[detail as usize % Malformed::ALL.len()]);
            }
            Some(Draw::Tombstone) => kind = Kind::Tombstone,
        }
        let value = (kind != Kind::Tombstone).then(|| {
            let mut value = Vec::with_capacity(256);
            order.write(style, &mut value);
            if let Kind::Malformed(how) = kind {
                how.spoil(&mut value, "order_time", "qty");
            }
            value
        });
        Some(Message {
            partition: (place % self.options.partitions as u64) as i32,
            // A tombstone without a key says nothing to a compacted topic.
            key: value.is_none().then(|| format!("order-{place}").into_bytes()),
            value,
            kind,
            order: kind.is_row().then_some(order),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.options.messages - self.next) as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Sample {}

impl Shares {
    /// Cumulated, as parts of 2^63.
    fn bounds(&self) -> Result<[(u64, Draw); 5]> {
        let shares = [
            ("tombstones", self.tombstone, Draw::Tombstone),
            ("malformed messages", self.malformed, Draw::Malformed),
            ("messages with a key twice", self.duplicate_key, Draw::DuplicateKey),
            ("messages with a null", self.null, Draw::Null),
            ("late messages", self.late, Draw::Late),
        ];
        if let Some((what, share, _)) = shares.iter().find(|(_, share, _)| !(0.0..=100.0).contains(share)) {
            return Err(Error::invalid(format!("{share} % of {what} is not accepted; use 0 to 100")));
        }
        let sum: f64 = shares.iter().map(|(_, share, _)| share).sum();
        if sum > 100.0 {
            return Err(Error::invalid(format!(
                "the shares of late, null, twice, malformed and tombstones add up to {sum} %; use at most 100 together"
            )));
        }
        let mut upto = 0.0;
        Ok(shares.map(|(_, share, kind)| {
            upto += share;
            ((upto / 100.0 * (1u64 << 63) as f64) as u64, kind)
        }))
    }
}

#[cfg(test)]
mod tests;
