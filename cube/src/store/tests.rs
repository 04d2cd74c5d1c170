//! Objects, cuboids and dead letters in a store; one suite for every store.

mod cuboids;
mod objects;
mod rejected;

use std::sync::Arc;

use object_store::memory::InMemory;
use tempfile::TempDir;

use super::*;

/// Every store, with the folder it needs.
fn stores() -> Vec<(SegmentStore, Option<TempDir>)> {
    let folder = tempfile::tempdir().unwrap();
    vec![
        (SegmentStore::new(Arc::new(InMemory::new()), "memory"), None),
        (SegmentStore::local(&folder.path().join("not/yet there")).unwrap(), Some(folder)),
    ]
}
