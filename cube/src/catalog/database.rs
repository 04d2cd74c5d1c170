//! The thin line between the catalog's SQL and the databases that run it.
//!
//! Statements number their parameters `?1`, `?2`, …; values are integers, text or bytes.

use std::fmt;

use async_trait::async_trait;

use crate::{Error, Result};

/// A database that keeps a catalog.
#[async_trait]
pub(super) trait Database: fmt::Debug + Send + Sync {
    /// Begins a transaction that sees one state and, once it writes, is serial with all others.
    async fn begin(&self) -> Result<Box<dyn Transaction>>;
}

/// An open transaction; dropping it rolls back.
#[async_trait]
pub(super) trait Transaction: Send {
    async fn query(&mut self, sql: &'static str, parameters: Vec<Value>) -> Result<Vec<Row>>;

    /// The number of rows changed.
    async fn execute(&mut self, sql: &'static str, parameters: Vec<Value>) -> Result<usize>;

    async fn commit(self: Box<Self>) -> Result<()>;
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The parameters of a statement, in order.
macro_rules! parameters {
    ($($value:expr),* $(,)?) => { vec![$($crate::catalog::database::Value::from($value)),*] };
}
pub(super) use parameters;

/// A row of an answer; columns by position.
#[derive(Debug)]
pub(super) struct Row(pub(super) Vec<Value>);

impl Row {
    pub(super) fn integer(&self, column: usize) -> Result<i64> {
        self.optional_integer(column)?.ok_or_else(|| self.unexpected(column, "an integer"))
    }

    pub(super) fn optional_integer(&self, column: usize) -> Result<Option<i64>> {
        match self.0.get(column) {
            Some(Value::Integer(value)) => Ok(Some(*value)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.unexpected(column, "an integer")),
        }
    }

    pub(super) fn text(&self, column: usize) -> Result<&str> {
        self.optional_text(column)?.ok_or_else(|| self.unexpected(column, "text"))
    }

    pub(super) fn optional_text(&self, column: usize) -> Result<Option<&str>> {
        match self.0.get(column) {
            Some(Value::Text(value)) => Ok(Some(value)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.unexpected(column, "text")),
        }
    }

    pub(super) fn bytes(&self, column: usize) -> Result<&[u8]> {
        match self.0.get(column) {
            Some(Value::Bytes(value)) => Ok(value),
            _ => Err(self.unexpected(column, "bytes")),
        }
    }

    fn unexpected(&self, column: usize, expected: &str) -> Error {
        let found = match self.0.get(column) {
            None => "nothing",
            Some(Value::Null) => "NULL",
            Some(Value::Integer(_)) => "an integer",
            Some(Value::Text(_)) => "text",
            Some(Value::Bytes(_)) => "bytes",
        };
        Error::data(format!("the catalog holds {found} where {expected} was written (column {column})"))
    }
}
