//! SQLite, the embedded default: one file, one process, one connection.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ToSql, params_from_iter};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::database::{Database, Row, Transaction, Value};
use crate::{Error, ErrorKind, Result};

/// Each entry brings the schema from its index to the next version.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/sqlite_1.sql"),
    include_str!("migrations/sqlite_2.sql"),
    include_str!("migrations/sqlite_3.sql"),
];

/// A server that has just ended, or a child that it was starting, may hold the lock a moment longer.
const LOCK_TRIES: usize = 20;
const LOCK_WAIT: Duration = Duration::from_millis(50);

pub(super) struct Sqlite {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
    /// Held for as long as the catalog is open; the system gives it up when the process ends.
    _lock: File,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sqlite:{}", self.path.display())
    }
}

impl Sqlite {
    pub(super) async fn open(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        blocking(move || {
            let lock = lock(&path)?;
            let mut connection = Connection::open(&path).map_err(failed)?;
            // With one process and full synchronisation a commit that was answered survives a power cut.
            connection
                .execute_batch(
                    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
                     PRAGMA busy_timeout = 5000;",
                )
                .map_err(failed)?;
            connection.set_prepared_statement_cache_capacity(128);
            migrate(&mut connection, &path)?;
            Ok(Self { path, connection: Arc::new(Mutex::new(connection)), _lock: lock })
        })
        .await
    }
}

/// Takes the lock file beside the database, so that two servers cannot share it.
fn lock(path: &Path) -> Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&name)
        .map_err(|error| Error::unavailable(format!("cannot open {}: {error}", name.display())))?;
    let mut taken = file.try_lock();
    for _ in 0..LOCK_TRIES {
        if !matches!(taken, Err(TryLockError::WouldBlock)) {
            break;
        }
        std::thread::sleep(LOCK_WAIT);
        taken = file.try_lock();
    }
    match taken {
        Ok(()) => {
            file.set_len(0)?;
            file.rewind()?;
            write!(file, "{}", std::process::id())?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).unwrap_or_default();
            Err(Error::conflict(format!(
                "the catalog {} is open in another process (pid {}); stop that server, or give this one another data directory",
                path.display(),
                if holder.is_empty() { "unknown" } else { &holder }
            )))
        }
        Err(TryLockError::Error(error)) => {
            Err(Error::unavailable(format!("cannot lock {}: {error}", name.display())))
        }
    }
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<()> {
    let version: usize = connection
        .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
        .map_err(failed)? as usize;
    if version > MIGRATIONS.len() {
        return Err(Error::data(format!(
            "the catalog {} has schema version {version}, this Kirin knows up to {}; use the newer Kirin that wrote it",
            path.display(),
            MIGRATIONS.len()
        )));
    }
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(version) {
        let transaction = connection.transaction().map_err(failed)?;
        transaction.execute_batch(migration).map_err(failed)?;
        transaction.pragma_update(None, "user_version", (index + 1) as i64).map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    Ok(())
}

#[async_trait]
impl Database for Sqlite {
    async fn begin(&self) -> Result<Box<dyn Transaction>> {
        let guard = self.connection.clone().lock_owned().await;
        let mut transaction = SqliteTransaction { guard: Some(guard), open: false };
        transaction.run(|connection| connection.execute_batch("BEGIN IMMEDIATE").map_err(failed)).await?;
        transaction.open = true;
        Ok(Box::new(transaction))
    }
}

struct SqliteTransaction {
    /// Absent only while a statement runs elsewhere.
    guard: Option<OwnedMutexGuard<Connection>>,
    open: bool,
}

impl SqliteTransaction {
    /// Runs `work` where blocking is allowed.
    ///
    /// The connection moves along and comes back; if the caller goes away meanwhile, it is rolled
    /// back there.
    async fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let Some(guard) = self.guard.take() else {
            return Err(Error::internal("a catalog transaction was used after a statement was abandoned"));
        };
        let lent = Lent(Some(guard));
        let (result, mut lent) = blocking(move || {
            let result = lent.0.as_deref().map(work);
            Ok((result, lent))
        })
        .await?;
        self.guard = lent.0.take();
        result.unwrap_or_else(|| Err(Error::internal("a catalog transaction lost its connection")))
    }
}

/// A connection on its way; left with one, it ends the open transaction.
struct Lent(Option<OwnedMutexGuard<Connection>>);

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            roll_back(&connection);
        }
    }
}

fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "cannot roll back a catalog transaction");
    }
}

impl Drop for SqliteTransaction {
    fn drop(&mut self) {
        if let Some(connection) = &self.guard
            && self.open
        {
            roll_back(connection);
        }
    }
}

#[async_trait]
impl Transaction for SqliteTransaction {
    async fn query(&mut self, sql: &'static str, parameters: Vec<Value>) -> Result<Vec<Row>> {
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(sql).map_err(failed)?;
            let columns = statement.column_count();
            let mut rows = statement.query(params_from_iter(parameters.iter().map(bind))).map_err(failed)?;
            let mut answer = vec![];
            while let Some(row) = rows.next().map_err(failed)? {
                let values = (0..columns).map(|i| row.get_ref(i).map(read).map_err(failed));
                answer.push(Row(values.collect::<Result<_>>()?));
            }
            Ok(answer)
        })
        .await
    }

    async fn execute(&mut self, sql: &'static str, parameters: Vec<Value>) -> Result<usize> {
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(sql).map_err(failed)?;
            statement.execute(params_from_iter(parameters.iter().map(bind))).map_err(failed)
        })
        .await
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        self.run(|connection| connection.execute_batch("COMMIT").map_err(failed)).await?;
        self.open = false;
        Ok(())
    }
}

fn bind(value: &Value) -> Box<dyn ToSql + '_> {
    match value {
        Value::Null => Box::new(rusqlite::types::Null),
        Value::Integer(value) => Box::new(*value),
        Value::Text(value) => Box::new(value.as_str()),
        Value::Bytes(value) => Box::new(value.as_slice()),
    }
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Real(value) => Value::Text(value.to_string()),
        ValueRef::Text(value) => Value::Text(String::from_utf8_lossy(value).into_owned()),
        ValueRef::Blob(value) => Value::Bytes(value.to_vec()),
    }
}

fn failed(error: rusqlite::Error) -> Error {
    let kind = match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => ErrorKind::Conflict,
        Some(
            rusqlite::ErrorCode::DatabaseBusy
            | rusqlite::ErrorCode::DatabaseLocked
            | rusqlite::ErrorCode::DiskFull
            | rusqlite::ErrorCode::CannotOpen
            | rusqlite::ErrorCode::ReadOnly
            | rusqlite::ErrorCode::SystemIoFailure,
        ) => ErrorKind::Unavailable,
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => ErrorKind::Data,
        _ => ErrorKind::Internal,
    };
    Error::new(kind, format!("catalog (SQLite): {error}")).with_source(error)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Error::internal(format!("a catalog call did not end: {error}"))))
}
