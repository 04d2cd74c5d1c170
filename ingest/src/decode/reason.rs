//! The closed set of reasons for which a message is not a row.

/// Why a message without a value is no row.
pub const TOMBSTONE: &str = "tombstone";

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            pub(super) fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }

        /// All reasons of a [`Rejection`](super::Rejection), as they are counted in ledgers.
        pub const REJECTION_REASONS: &[&str] = &[$($code,)*];
    };
}

reasons! {
    NotUtf8 = "not_utf8",
    NotJson = "not_json",
    TooDeep = "too_deep",
    NotAnObject = "not_an_object",
    WrongType = "wrong_type",
    NotIntegral = "not_integral",
    OutOfRange = "out_of_range",
    TooPrecise = "too_precise",
    EventTimeMissing = "event_time_missing",
    EventTimeInvalid = "event_time_invalid",
    EventTimeOutOfRange = "event_time_out_of_range",
    EventTimeSkipped = "event_time_skipped",
}

/// Longest part of a message that a detail repeats, in characters.
const EXCERPT: usize = 80;

/// The beginning of `raw`, for people; `…` says that it goes on.
pub(super) fn excerpt(raw: &[u8]) -> String {
    // Four bytes a character at most, so the rest of a long value need not be looked at.
    let text = String::from_utf8_lossy(raw.get(..4 * (EXCERPT + 1)).unwrap_or(raw));
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}
