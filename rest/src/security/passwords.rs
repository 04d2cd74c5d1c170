//! Checks passwords: slow hashes off the async threads, and not again for what was right lately.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use cube::{Error, Result};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::settings::{PasswordHash, User};

/// How long a pair of name and password that was right is taken as right.
const REMEMBERED: Duration = Duration::from_secs(300);

/// Pairs remembered at most.
const MAX_REMEMBERED: usize = 1000;

/// Slow hashes computed at the same time, 19 MiB each; more wait.
const AT_ONCE: usize = 4;

/// The users of the settings.
#[derive(Debug)]
pub(super) struct Passwords {
    hashes: HashMap<String, PasswordHash>,
    /// Verified for unknown names, so that the time of the answer does not tell which names exist.
    nobody: PasswordHash,
    verified: Mutex<HashMap<[u8; 32], Instant>>,
    /// Keys the hashes in `verified`: they are of no use outside of this process.
    key: [u8; 32],
    turns: Arc<Semaphore>,
}

impl Passwords {
    pub(super) fn new(users: &[User]) -> Result<Self> {
        Ok(Self {
            hashes: users.iter().map(|user| (user.name.clone(), user.password_hash.clone())).collect(),
            nobody: PasswordHash::of("")?,
            verified: Mutex::default(),
            key: rand::random(),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// Whether `name` has this password.
    pub(super) async fn verify(&self, name: &str, password: &str) -> Result<bool> {
        let pair = self.pair(name, password);
        if self.lock().get(&pair).is_some_and(|until| *until > Instant::now()) {
            return Ok(true);
        }
        let known = self.hashes.get(name).cloned();
        let (exists, hash) = (known.is_some(), known.unwrap_or_else(|| self.nobody.clone()));
        let password = password.to_owned();
        let closed = |_| Error::unavailable("the server is stopping");
        let turn = self.turns.clone().acquire_owned().await.map_err(closed)?;
        let right = tokio::task::spawn_blocking(move || {
            // Held until the end of the work, even if the caller hangs up.
            let _turn = turn;
            hash.verify(&password)
        })
        .await
        .map_err(|error| Error::internal(format!("checking a password did not end: {error}")))?;
        if right && exists {
            self.remember(pair);
        }
        Ok(right && exists)
    }

    fn pair(&self, name: &str, password: &str) -> [u8; 32] {
        let length = (name.len() as u64).to_be_bytes();
        let parts = [&self.key[..], &length, name.as_bytes(), password.as_bytes()];
        parts.into_iter().fold(Sha256::new(), Sha256::chain_update).finalize().into()
    }

    fn remember(&self, pair: [u8; 32]) {
        let now = Instant::now();
        let mut verified = self.lock();
        verified.retain(|_, until| *until > now);
        if verified.len() < MAX_REMEMBERED {
            verified.insert(pair, now + REMEMBERED);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Instant>> {
        self.verified.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_right_password_is_hashed_once_and_a_wrong_one_never_passes() {
        let ann = User { name: "ann".into(), password_hash: PasswordHash::of("secret").unwrap() };
        let passwords = Passwords::new(&[ann]).unwrap();
        assert!(passwords.verify("ann", "secret").await.unwrap());
        assert_eq!(passwords.lock().len(), 1);
        assert!(passwords.verify("ann", "secret").await.unwrap());
        for (name, password) in
            [("ann", "Secret"), ("ann", ""), ("bob", "secret"), ("bob", ""), ("annsec", "ret")]
        {
            assert!(!passwords.verify(name, password).await.unwrap(), "{name}");
        }
        assert_eq!(passwords.lock().len(), 1);
    }
}
