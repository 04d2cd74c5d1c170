//! Sessions behind the cookie `JSESSIONID`: in memory, for a limited time, a limited number.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

/// How long a session lasts after its login.
const LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// Sessions kept at most; beyond it the oldest ends.
const MAX_SESSIONS: usize = 1000;

/// The cookie's name, which Kylin's clients know.
pub(crate) const COOKIE: &str = "JSESSIONID";

#[derive(Debug)]
struct Session {
    user: String,
    ends: Instant,
}

/// All sessions, by the hash of their token: who reads this memory cannot use one.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<[u8; 32], Session>>);

impl Sessions {
    /// Starts a session and returns its token: 256 random bits, hexadecimal.
    pub(super) fn start(&self, user: &str, now: Instant) -> String {
        let token = rand::random::<[u8; 32]>().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let mut sessions = self.lock();
        sessions.retain(|_, session| session.ends > now);
        if sessions.len() >= MAX_SESSIONS {
            let oldest = sessions.iter().min_by_key(|(_, session)| session.ends).map(|(key, _)| *key);
            oldest.map(|key| sessions.remove(&key));
        }
        sessions.insert(key(&token), Session { user: user.to_owned(), ends: now + LIFETIME });
        token
    }

    /// The user of a session that has not ended.
    pub(super) fn user(&self, token: &str, now: Instant) -> Option<String> {
        self.lock().get(&key(token)).filter(|session| session.ends > now).map(|session| session.user.clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn key(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The value of the `Set-Cookie` header for a token.
pub(super) fn set_cookie(token: &str) -> String {
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}", LIFETIME.as_secs())
}

/// The tokens in a `Cookie` header; other programs on this host may have set cookies of the same name.
pub(super) fn tokens(cookie: &str) -> impl Iterator<Item = &str> {
    cookie.split(';').filter_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_at_its_time() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let token = sessions.start("ann", now);
        assert_eq!(token.len(), 64);
        assert_eq!(sessions.user(&token, now).as_deref(), Some("ann"));
        assert_eq!(sessions.user(&token, now + LIFETIME), None);
        assert_eq!(sessions.user("guessed", now), None);
    }

    #[test]
    fn beyond_the_limit_the_oldest_session_ends() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let first = sessions.start("first", now);
        let later = now + Duration::from_secs(1);
        let tokens: Vec<String> = (0..MAX_SESSIONS).map(|_| sessions.start("more", later)).collect();
        assert_eq!(sessions.user(&first, later), None);
        assert!(tokens.iter().all(|token| sessions.user(token, later).is_some()));
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let header = "theme=dark; JSESSIONID=abc; JSESSIONIDX=no; JSESSIONID=def";
        assert_eq!(tokens(header).collect::<Vec<_>>(), ["abc", "def"]);
    }
}
