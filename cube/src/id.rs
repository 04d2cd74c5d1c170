//! Names and ids: newtypes that are checked once and print as what they are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, Result};

/// Checks a name that becomes part of object names, REST paths and SQL.
///
/// Accepted: 1 to 128 characters of `a-z`, `A-Z`, `0-9` and `_`, the first not a digit.
fn check_name(what: &str, name: &str) -> Result<()> {
    let first_ok = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if first_ok && name.len() <= 128 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "{what} {name:?} is not accepted: use 1 to 128 letters, digits or underscores, not starting with a digit"
    )))
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn new(name: impl Into<String>) -> Result<Self> {
                let name = name.into();
                check_name($what, &name)?;
                Ok(Self(name))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(name: &str) -> Result<Self> {
                Self::new(name)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(name: String) -> Result<Self> {
                Self::new(name)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    };
}

name_type!(
    /// A cube's name, unique in a catalog.
    CubeName,
    "cube name"
);
name_type!(
    /// A model's name, unique in a catalog.
    ModelName,
    "model name"
);

macro_rules! uuid_type {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh id; ids made later sort later (UUID version 7).
            pub fn fresh() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(text: String) -> Result<Self> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> {
                Uuid::parse_str(text).map(Self).map_err(|_| Error::invalid(format!("{} {text:?} is not a UUID", $what)))
            }
        }
    };
}

uuid_type!(
    /// A cube, from its creation on; never reused, unlike its name.
    CubeId,
    "cube id"
);
uuid_type!(
    /// A segment, from its reservation on.
    SegmentId,
    "segment id"
);
uuid_type!(
    /// A job: one request to build something, over all its attempts.
    JobId,
    "job id"
);
uuid_type!(
    /// A query that someone keeps.
    SavedQueryId,
    "saved query id"
);
uuid_type!(
    /// One attempt to run a job. Object names contain it and publishing compares it, so an
    /// attempt that was superseded while it was frozen publishes nothing.
    AttemptToken,
    "attempt token"
);
