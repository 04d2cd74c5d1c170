//! Users and their password hashes.

use std::fmt;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, SaltString};
use cube::{Error, Result};
use serde::{Deserialize, Serialize};

/// Someone who may call the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub name: String,
    pub password_hash: PasswordHash,
}

impl User {
    /// # Errors
    /// `Invalid` if HTTP Basic could not carry the name.
    pub fn check(&self) -> Result<()> {
        let ok = !self.name.is_empty()
            && self.name.len() <= 128
            && !self.name.contains(|c: char| c == ':' || c.is_control());
        if ok {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "users: name {:?} is not accepted: use 1 to 128 characters without a colon or control characters",
            self.name
        )))
    }
}

/// An argon2id hash in the PHC string format; never shown in logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a password with a fresh salt. Takes tens of milliseconds and 19 MiB on purpose.
    pub fn of(password: &str) -> Result<Self> {
        let failed = |error| Error::internal(format!("the password cannot be hashed: {error}"));
        let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>()).map_err(failed)?;
        let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(failed)?;
        Ok(Self(hash.to_string()))
    }

    /// As slow as [`Self::of`]; not for async threads.
    pub fn verify(&self, password: &str) -> bool {
        argon2::password_hash::PasswordHash::new(&self.0)
            .and_then(|hash| Argon2::default().verify_password(password.as_bytes(), &hash))
            .is_ok()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PasswordHash {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        let parsed = argon2::password_hash::PasswordHash::new(&text);
        if parsed.is_ok_and(|hash| hash.algorithm.as_str() == "argon2id" && hash.hash.is_some()) {
            return Ok(Self(text));
        }
        Err(Error::invalid(
            "users: a password_hash is not an argon2id hash ($argon2id$v=19$…); make one with `kirin hash-password`",
        ))
    }
}

impl From<PasswordHash> for String {
    fn from(hash: PasswordHash) -> String {
        hash.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
