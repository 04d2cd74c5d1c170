//! Talks to a server, over the same REST interface as everybody else.

use std::time::Duration;

use clap::Args;
use cube::{Error, ErrorKind, Result};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, Url};
use serde_json::Value;

#[derive(Debug, Clone, Args)]
pub(crate) struct ClientArgs {
    /// Where the server listens
    #[arg(
        long,
        global = true,
        env = "KIRIN_SERVER",
        default_value = "http://127.0.0.1:7070",
        value_name = "URL",
        help_heading = "Server"
    )]
    server: String,

    /// Name of a user, if the server has users; the password is read from KIRIN_PASSWORD
    /// [default: none]
    #[arg(long, global = true, env = "KIRIN_USER", value_name = "NAME", help_heading = "Server")]
    user: Option<String>,
}

/// Beyond what the server takes for anything itself.
const TIMEOUT: Duration = Duration::from_secs(24 * 3600);

pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    user: Option<(String, String)>,
}

impl Client {
    /// # Errors
    /// `Invalid` for a server that is no `http://` address, or a user without a password.
    pub(crate) fn new(args: &ClientArgs) -> Result<Self> {
        let base = Url::parse(&args.server).ok().filter(|url| url.scheme() == "http" && url.has_host());
        let base = base.ok_or_else(|| {
            Error::invalid(format!("--server {:?} is not accepted: use http://HOST:PORT", args.server))
        })?;
        let user = args.user.clone().map(|name| {
            let password = std::env::var("KIRIN_PASSWORD");
            let missing =
                |_| Error::invalid(format!("--user {name} needs a password in the variable KIRIN_PASSWORD"));
            password.map_err(missing).map(|password| (name.clone(), password))
        });
        let http = reqwest::Client::builder().timeout(TIMEOUT).no_proxy().build();
        let http =
            http.map_err(|error| Error::internal(format!("the HTTP client cannot be made: {error}")))?;
        Ok(Self { http, base, user: user.transpose()? })
    }

    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value> {
        Ok(self.send(self.request(Method::GET, path, query)?).await?.0)
    }

    /// The answer and its headers.
    pub(crate) async fn put(&self, path: &[&str], body: &Value) -> Result<(Value, HeaderMap)> {
        self.send(self.request(Method::PUT, path, &[])?.json(body)).await
    }

    pub(crate) async fn post(&self, path: &[&str], body: String) -> Result<Value> {
        Ok(self.send(self.request(Method::POST, path, &[])?.body(body)).await?.0)
    }

    pub(crate) async fn delete(&self, path: &[&str]) -> Result<Value> {
        Ok(self.send(self.request(Method::DELETE, path, &[])?).await?.0)
    }

    fn request(&self, method: Method, path: &[&str], query: &[(&str, &str)]) -> Result<RequestBuilder> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Error::invalid(format!("{} is not the address of a server", self.base)))?
            .pop_if_empty()
            .extend(["kylin", "api"])
            .extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = self.http.request(method, url);
        Ok(match &self.user {
            Some((name, password)) => request.basic_auth(name, Some(password)),
            None => request,
        })
    }

    async fn send(&self, request: RequestBuilder) -> Result<(Value, HeaderMap)> {
        let unreachable = |error: reqwest::Error| {
            Error::unavailable(format!(
                "no answer from {}: {}; start it with `kirin serve`, or name another with --server",
                self.base,
                root(&error)
            ))
        };
        let response = request.send().await.map_err(unreachable)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(unreachable)?;
        let value: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok((value, headers));
        }
        let text = value.get("exception").and_then(Value::as_str).map(str::to_owned);
        let text = text.unwrap_or_else(|| format!("{} answered {status}; is it a Kirin server?", self.base));
        let kind = match status.as_u16() {
            401 => {
                return Err(Error::invalid(format!(
                    "{text} (--user NAME, with the password in KIRIN_PASSWORD)"
                )));
            }
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            500.. => ErrorKind::Unavailable,
            _ => ErrorKind::Invalid,
        };
        Err(Error::new(kind, text))
    }
}

/// The innermost cause, such as "Connection refused".
fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
