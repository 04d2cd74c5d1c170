//! Refuses requests for, or from, names that are not this server's.
//!
//! A page of another site can make a browser call `http://127.0.0.1:7070`, directly or by giving
//! its own name that address (DNS rebinding). Browsers tell the names in `Host` and `Origin`.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName};

/// The names a server answers to, in lower case.
#[derive(Clone, Debug)]
pub struct Names {
    /// `listen` means all addresses of the machine, so any of them may be the host. Only names
    /// can be bound to other addresses, numbers cannot.
    any_address: bool,
    /// What every server has: with any port as a host.
    own: Vec<String>,
    /// From the settings, with or without a port.
    allowed: Vec<String>,
}

impl Names {
    pub fn new(listen: SocketAddr, allowed: &[String]) -> Self {
        let mut own = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec();
        own.push(match listen.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        });
        let allowed = allowed.iter().map(|name| name.to_ascii_lowercase()).collect();
        Self { any_address: listen.ip().is_unspecified(), own, allowed }
    }

    /// # Errors
    /// What to do about a foreign or missing name.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), String> {
        let host = match text(headers, &HOST) {
            Some(host) if self.is_host(&host) => host,
            Some(host) => return Err(refusal("Host", &host)),
            None => return Err("the request has no readable Host header; send one".into()),
        };
        if !headers.contains_key(ORIGIN) {
            return Ok(());
        }
        let origin = text(headers, &ORIGIN).unwrap_or_default();
        match origin.split_once("://") {
            Some((_, authority)) if self.is_origin(authority, &host) => Ok(()),
            _ => Err(refusal("Origin", &origin)),
        }
    }

    fn is_host(&self, authority: &str) -> bool {
        let (name, _) = split_port(authority);
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        self.is_own(name) || self.is_allowed(authority) || (self.any_address && address.is_ok())
    }

    /// Other programs of the same machine serve pages on other ports, so a name that every server
    /// has makes an origin ours only with our port.
    fn is_origin(&self, authority: &str, host: &str) -> bool {
        let (name, port) = split_port(authority);
        authority == host || self.is_allowed(authority) || (self.is_own(name) && port == split_port(host).1)
    }

    fn is_own(&self, name: &str) -> bool {
        self.own.iter().any(|own| own == name)
    }

    fn is_allowed(&self, authority: &str) -> bool {
        let (name, _) = split_port(authority);
        self.allowed.iter().any(|allowed| allowed == authority || allowed == name)
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_ascii_lowercase)
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit()) => {
            (name, Some(port))
        }
        _ => (authority, None),
    }
}

fn refusal(header: &str, value: &str) -> String {
    format!(
        "the {header} header {value:?} is not a name of this server; add the name to `allowed_hosts` in the settings"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &Names, host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        names.check(&headers).is_ok()
    }

    #[test]
    fn only_our_names_are_hosts() {
        let names = Names::new(([127, 0, 0, 1], 7070).into(), &["Kirin.example.com".into()]);
        for ours in
            ["localhost:7070", "127.0.0.1", "[::1]:7070", "[::1]", "LOCALHOST", "kirin.example.com:443"]
        {
            assert!(check(&names, ours, None), "{ours}");
        }
        for foreign in ["evil.example", "localhost.evil.example", "10.0.0.1:7070", "127.0.0.1.nip.io", ""] {
            assert!(!check(&names, foreign, None), "{foreign}");
        }
        assert!(names.check(&HeaderMap::new()).is_err());
    }

    #[test]
    fn a_page_of_another_site_or_of_another_port_is_foreign() {
        let names =
            Names::new(([127, 0, 0, 1], 7070).into(), &["kirin.example.com".into(), "localhost:5173".into()]);
        let host = "localhost:7070";
        for ours in [
            "http://localhost:7070",
            "http://127.0.0.1:7070",
            "https://kirin.example.com",
            "http://localhost:5173",
        ] {
            assert!(check(&names, host, Some(ours)), "{ours}");
        }
        for foreign in
            ["http://evil.example", "null", "http://localhost:8080", "http://localhost", "kirin.example.com"]
        {
            assert!(!check(&names, host, Some(foreign)), "{foreign}");
        }
    }

    #[test]
    fn listening_everywhere_answers_to_every_address_but_not_to_every_name() {
        let names = Names::new(([0, 0, 0, 0], 7070).into(), &[]);
        assert!(check(&names, "192.168.1.7:7070", None) && check(&names, "[fe80::1]:7070", None));
        assert!(!check(&names, "rebound.example:7070", None));
    }
}
