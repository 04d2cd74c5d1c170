//! Kafka client properties: an allow-list, with secrets as references only.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Properties a model may set. Those that Kirin owns (`group.id`, `isolation.level`, …) and
/// those that load or run code (`plugin.library.paths`, `sasl.kerberos.kinit.cmd`, …) are not
/// in it on purpose.
const ALLOWED: &[&str] = &[
    "broker.address.family",
    "check.crcs",
    "client.id",
    "client.rack",
    "fetch.error.backoff.ms",
    "fetch.wait.max.ms",
    "metadata.max.age.ms",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "sasl.mechanism",
    "sasl.mechanisms",
    "sasl.password",
    "sasl.username",
    "security.protocol",
    "socket.connection.setup.timeout.ms",
    "socket.keepalive.enable",
    "socket.timeout.ms",
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.cipher.suites",
    "ssl.endpoint.identification.algorithm",
    "ssl.key.location",
    "ssl.key.password",
];

const SECRET: &[&str] = &["sasl.password", "ssl.key.password"];

/// A value, or where to read it when a client is made.
#[derive(Clone, PartialEq, Eq)]
pub enum ClientProperty {
    Plain(String),
    /// `${env:NAME}`
    Env(String),
    /// `${file:PATH}`, without the line end.
    File(String),
}

impl ClientProperty {
    fn parse(text: String) -> Self {
        let reference = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        match reference.and_then(|r| r.split_once(':')) {
            Some(("env", name)) => Self::Env(name.to_owned()),
            Some(("file", path)) => Self::File(path.to_owned()),
            _ => Self::Plain(text),
        }
    }

    /// The value itself; only to be handed to the client library.
    pub fn resolve(&self, name: &str) -> Result<String> {
        match self {
            Self::Plain(value) => Ok(value.clone()),
            Self::Env(variable) => std::env::var(variable).map_err(|_| {
                Error::invalid(format!(
                    "client property {name} refers to the environment variable {variable}, which is not set"
                ))
            }),
            Self::File(path) => std::fs::read_to_string(path)
                .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
                .map_err(|error| {
                    Error::invalid(format!("client property {name} refers to the file {path}: {error}"))
                }),
        }
    }
}

impl fmt::Display for ClientProperty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(value) => f.write_str(value),
            Self::Env(name) => write!(f, "${{env:{name}}}"),
            Self::File(path) => write!(f, "${{file:{path}}}"),
        }
    }
}

impl fmt::Debug for ClientProperty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Checked client properties of a model, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct ClientProperties(BTreeMap<String, ClientProperty>);

impl ClientProperties {
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ClientProperty)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl TryFrom<BTreeMap<String, String>> for ClientProperties {
    type Error = Error;

    fn try_from(raw: BTreeMap<String, String>) -> Result<Self> {
        let mut checked = BTreeMap::new();
        for (name, value) in raw {
            if !ALLOWED.contains(&name.as_str()) {
                return Err(Error::invalid(format!(
                    "table.properties: client property {name:?} is not accepted; accepted are {}",
                    ALLOWED.join(", ")
                )));
            }
            let property = ClientProperty::parse(value);
            if SECRET.contains(&name.as_str()) && matches!(property, ClientProperty::Plain(_)) {
                return Err(Error::invalid(format!(
                    "table.properties: {name} is a secret and must not stand in a specification; \
                     write ${{env:NAME}} or ${{file:PATH}}"
                )));
            }
            checked.insert(name, property);
        }
        Ok(Self(checked))
    }
}

impl From<ClientProperties> for BTreeMap<String, String> {
    fn from(properties: ClientProperties) -> Self {
        properties.0.into_iter().map(|(name, value)| (name, value.to_string())).collect()
    }
}
