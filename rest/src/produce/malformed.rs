//! Ways in which a message can be no row, one for each thing that producers really do wrong.

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Malformed {
    /// Cut in the middle.
    Truncated,
    /// A log line.
    Text,
    /// A list of numbers.
    Array,
    /// A byte that UTF-8 does not have.
    NotUtf8,
    /// A word where a number belongs.
    Word,
    /// No event time.
    NoTime,
    /// An event time that is none.
    WrongTime,
}

impl Malformed {
    pub const ALL: [Self; 7] =
        [Self::Truncated, Self::Text, Self::Array, Self::NotUtf8, Self::Word, Self::NoTime, Self::WrongTime];

    /// The reason that the decoder gives.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Truncated | Self::Text => "not_json",
            Self::Array => "not_an_object",
            Self::NotUtf8 => "not_utf8",
            Self::Word => "wrong_type",
            Self::NoTime => "event_time_missing",
            Self::WrongTime => "event_time_invalid",
        }
    }

    /// Spoils a good message of a stream whose event time is the field `time` and that has an
    /// integer field `number`.
    pub(super) fn spoil(self, value: &mut Vec<u8>, time: &str, number: &str) {
        match self {
            Self::Truncated => value.truncate(value.len() * 2 / 3),
            Self::Text => *value = b"INFO flushed 17 entries to disk".to_vec(),
            Self::Array => *value = b"[1,2,3]".to_vec(),
            Self::NotUtf8 => {
                if let Some(at) = value.iter().rposition(u8::is_ascii_lowercase) {
                    value[at] = 0xff;
                }
            }
            Self::Word => replace(value, number, b"\"many\""),
            Self::NoTime => replace(value, time, b"null"),
            Self::WrongTime => replace(value, time, b"\"yesterday\""),
        }
    }
}

/// Puts `with` in the place of a number.
fn replace(value: &mut Vec<u8>, field: &str, with: &[u8]) {
    let name = format!("\"{field}\":");
    let Some(at) = value.windows(name.len()).position(|window| window == name.as_bytes()) else { return };
    let start = at + name.len();
    let length = value[start..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'-').count();
    value.splice(start..start + length, with.iter().copied());
}
