//! Where segments lie: immutable objects in an [`object_store`], written once, verified, and
//! published after.
//!
//! A segment is one Parquet file with its cuboids as consecutive row groups, a manifest that
//! describes it, and, if there were any, a Parquet file with its rejected messages. The catalog
//! knows every object by name, so nothing here ever lists.

mod cuboids;
mod manifest;
mod paths;
mod read;
mod rejected;
mod spool;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};

use crate::catalog::CommitRecord;
use crate::{Error, ErrorKind, Result};

pub use cuboids::{CuboidWriter, CuboidsFile, EncodedCuboid, RowGroupEncoder, cuboid_schema};
pub use manifest::{MANIFEST_FORMAT_VERSION, Manifest};
pub use paths::SegmentPaths;
pub use read::CuboidRows;
pub use rejected::{RejectedMessage, RejectedWriter, rejected_schema};
pub use spool::SpooledFile;

/// The objects of a catalog's cubes.
#[derive(Clone, Debug)]
pub struct SegmentStore {
    objects: Arc<dyn ObjectStore>,
    /// For messages.
    location: Arc<str>,
    /// The folder, if it is one.
    local: Option<Arc<Path>>,
}

impl SegmentStore {
    pub fn new(objects: Arc<dyn ObjectStore>, location: &str) -> Self {
        Self { objects, location: location.into(), local: None }
    }

    /// A folder, created if it is missing.
    ///
    /// # Errors
    /// `Unavailable` if it cannot be written.
    pub fn local(root: &Path) -> Result<Self> {
        let refuse = |error: &dyn std::fmt::Display| {
            Error::unavailable(format!(
                "the store folder {} cannot be used: {error}; give a folder that this user may write",
                root.display()
            ))
        };
        std::fs::create_dir_all(root).map_err(|error| refuse(&error))?;
        let objects = LocalFileSystem::new_with_prefix(root).map_err(|error| refuse(&error))?;
        let root = root.canonicalize().map_err(|error| refuse(&error))?;
        Ok(Self {
            local: Some(root.as_path().into()),
            ..Self::new(Arc::new(objects), &root.display().to_string())
        })
    }

    pub fn location(&self) -> &str {
        &self.location
    }

    /// Writes a small object that must not be there yet; the same bytes again are no error, since
    /// an earlier answer may have been lost.
    ///
    /// # Errors
    /// `Data` if other bytes have the name.
    pub async fn put_new(&self, path: &str, bytes: Bytes) -> Result<()> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let put =
            self.objects.put_opts(&ObjectPath::from(path), PutPayload::from(bytes.clone()), options).await;
        match put {
            Ok(_) => self.sync(path).await,
            Err(object_store::Error::AlreadyExists { .. }) if self.get(path).await? == bytes => Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) => Err(Error::data(format!(
                "{}/{path} exists with other content; two catalogs may be using one store",
                self.location
            ))),
            Err(error) => Err(self.failed(path, error)),
        }
    }

    /// The whole object.
    pub async fn get(&self, path: &str) -> Result<Bytes> {
        let answer = self.objects.get(&ObjectPath::from(path)).await;
        let answer = answer.map_err(|error| self.failed(path, error))?;
        answer.bytes().await.map_err(|error| self.failed(path, error))
    }

    /// Byte ranges of an object; neighbouring ones are fetched together.
    pub(crate) async fn get_ranges(&self, path: &str, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.objects
            .get_ranges(&ObjectPath::from(path), ranges)
            .await
            .map_err(|error| self.failed(path, error))
    }

    /// The length of an object in bytes.
    pub async fn length(&self, path: &str) -> Result<u64> {
        let meta = self.objects.head(&ObjectPath::from(path)).await;
        Ok(meta.map_err(|error| self.failed(path, error))?.size)
    }

    /// Makes a written object survive a power cut. Only a folder needs it; a store has done it
    /// before it answers.
    pub(crate) async fn sync(&self, path: &str) -> Result<()> {
        let Some(root) = self.local.clone() else { return Ok(()) };
        let file = root.join(path);
        let synced = tokio::task::spawn_blocking(move || -> std::io::Result<()> {
            std::fs::File::open(&file)?.sync_all()?;
            // The names of new folders are kept in their parents.
            for folder in file.ancestors().skip(1).take_while(|folder| folder.starts_with(&root)) {
                std::fs::File::open(folder)?.sync_all()?;
            }
            Ok(())
        });
        let synced =
            synced.await.map_err(|error| Error::internal(format!("syncing a file did not end: {error}")))?;
        Ok(synced?)
    }

    /// Removes an object; one that is not there is no error.
    pub async fn delete(&self, path: &str) -> Result<()> {
        match self.objects.delete(&ObjectPath::from(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed(path, error)),
        }
    }

    /// Writes a commit record under its number.
    pub async fn put_commit(&self, record: &CommitRecord) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(record)
            .map_err(|error| Error::internal(format!("cannot write a commit record: {error}")))?;
        self.put_new(&paths::commit(record.cube_id, record.number), bytes.into()).await
    }

    fn failed(&self, path: &str, error: object_store::Error) -> Error {
        let kind = match error {
            object_store::Error::NotFound { .. } => ErrorKind::NotFound,
            object_store::Error::InvalidPath { .. } => ErrorKind::Internal,
            _ => ErrorKind::Unavailable,
        };
        Error::new(kind, format!("store {}: {path}: {error}", self.location)).with_source(error)
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of [`hex`]; `None` if it is not that.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let value = |digit: u8| (digit as char).to_digit(16).map(|value| value as u8);
    digits.chunks(2).map(|pair| Some(value(pair[0])? << 4 | value(pair[1])?)).collect()
}

#[cfg(test)]
mod tests;
