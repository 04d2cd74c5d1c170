//! One order of Kylin's sample stream: what it says, and how it is written.

use super::json::{name, number, plain_string};

pub(super) const COUNTRIES: [&str; 8] =
    ["CHINA", "US", "JAPAN", "INDIA", "KOREA", "AUSTRALIA", "CANADA", "FRANCE"];
pub(super) const CATEGORIES: [&str; 5] = ["TOY", "CLOTH", "ELECTRONIC", "BOOK", "FOOD"];
pub(super) const DEVICES: [&str; 4] = ["iOS", "Windows", "Android", "Other"];
pub(super) const CURRENCIES: [&str; 5] = ["USD", "EUR", "CNY", "JPY", "GBP"];
pub(super) const GENDERS: [&str; 2] = ["Male", "Female"];

/// Messages are padded to this many bytes; Kylin's published runs had about as many.
const MIN_BYTES: usize = 200;

/// What a reader should see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Milliseconds since 1970, UTC.
    pub order_time: i64,
    pub country: Option<&'static str>,
    pub category: Option<&'static str>,
    pub device: Option<&'static str>,
    pub qty: Option<u8>,
    pub currency: Option<&'static str>,
    pub amount_cents: Option<u16>,
    pub user_id: Option<[u8; 16]>,
    pub user_gender: Option<&'static str>,
    pub user_age: Option<u8>,
}

/// A field that may be left out; the event time may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Country,
    Category,
    Device,
    Qty,
    Currency,
    Amount,
    User,
    UserId,
    UserGender,
    UserAge,
}

impl Field {
    pub(super) const ALL: [Self; 10] = [
        Self::Country,
        Self::Category,
        Self::Device,
        Self::Qty,
        Self::Currency,
        Self::Amount,
        Self::User,
        Self::UserId,
        Self::UserGender,
        Self::UserAge,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Category => "category",
            Self::Device => "device",
            Self::Qty => "qty",
            Self::Currency => "currency",
            Self::Amount => "amount",
            Self::User => "user",
            Self::UserId => "id",
            Self::UserGender => "gender",
            Self::UserAge => "age",
        }
    }
}

/// How a message departs from the usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Usual,
    Null(Field),
    Missing(Field),
    /// The quantity stands twice, first with another value.
    QtyTwice,
}

impl Order {
    /// Forgets what a field says.
    pub(super) fn clear(&mut self, field: Field) {
        match field {
            Field::Country => self.country = None,
            Field::Category => self.category = None,
            Field::Device => self.device = None,
            Field::Qty => self.qty = None,
            Field::Currency => self.currency = None,
            Field::Amount => self.amount_cents = None,
            Field::User => (self.user_id, self.user_gender, self.user_age) = (None, None, None),
            Field::UserId => self.user_id = None,
            Field::UserGender => self.user_gender = None,
            Field::UserAge => self.user_age = None,
        }
    }

    /// Appends the message, without spaces and at least 200 bytes long.
    pub(super) fn write(&self, style: Style, out: &mut Vec<u8>) {
        let start = out.len();
        out.push(b'{');
        name(out, "order_time");
        number(out, self.order_time);
        let mut write = Members { out, style };
        write.text(Field::Country, self.country);
        write.text(Field::Category, self.category);
        write.text(Field::Device, self.device);
        if style == Style::QtyTwice {
            write.integer(Field::Qty, self.qty.map(|qty| (qty + 1) % 10));
        }
        write.integer(Field::Qty, self.qty);
        write.text(Field::Currency, self.currency);
        write.member(Field::Amount, self.amount_cents.as_ref(), |out, cents| amount(out, *cents));
        write.member(Field::User, Some(&()), |out, ()| {
            out.push(b'{');
            let mut write = Members { out, style };
            write.member(Field::UserId, self.user_id.as_ref(), uuid);
            write.text(Field::UserGender, self.user_gender);
            write.integer(Field::UserAge, self.user_age);
            write.out.push(b'}');
        });
        out.push(b'}');
        pad(out, start);
    }
}

/// Writes members of an object.
struct Members<'a> {
    out: &'a mut Vec<u8>,
    style: Style,
}

impl Members<'_> {
    fn text(&mut self, field: Field, value: Option<&'static str>) {
        self.member(field, value.as_ref(), |out, text| plain_string(out, text));
    }

    fn integer(&mut self, field: Field, value: Option<u8>) {
        self.member(field, value.as_ref(), |out, value| number(out, i64::from(*value)));
    }

    fn member<T>(&mut self, field: Field, value: Option<&T>, write: impl FnOnce(&mut Vec<u8>, &T)) {
        if self.style == Style::Missing(field) {
            return;
        }
        name(self.out, field.name());
        match value.filter(|_| self.style != Style::Null(field)) {
            Some(value) => write(self.out, value),
            None => self.out.extend_from_slice(b"null"),
        }
    }
}

/// `38.2`, `7.05`, `12`: as few decimals as say it exactly.
fn amount(out: &mut Vec<u8>, cents: u16) {
    number(out, i64::from(cents / 100));
    let decimals = (cents % 100) as u8;
    if decimals == 0 {
        return;
    }
    out.extend_from_slice(&[b'.', b'0' + decimals / 10]);
    if !decimals.is_multiple_of(10) {
        out.push(b'0' + decimals % 10);
    }
}

fn uuid(out: &mut Vec<u8>, id: &[u8; 16]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for (i, byte) in id.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
    out.push(b'"');
}

fn pad(out: &mut Vec<u8>, start: usize) {
    const NAME: &[u8] = b",\"pad\":\"";
    const END: &[u8] = b"\"}";
    let length = out.len() - start;
    if length >= MIN_BYTES {
        return;
    }
    out.pop();
    out.extend_from_slice(NAME);
    let fill = (MIN_BYTES + 1).saturating_sub(length + NAME.len() + END.len());
    out.resize(out.len() + fill, b'x');
    out.extend_from_slice(END);
}
