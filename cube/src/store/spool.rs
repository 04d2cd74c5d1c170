//! A file on local disk on its way to the store: hashed while it is written, uploaded whole,
//! verified after.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};

use object_store::path::Path as ObjectPath;
use object_store::{ObjectStoreExt, PutPayload, WriteMultipart};
use sha2::{Digest, Sha256};

use super::{SegmentStore, hex};
use crate::segment::{FileKind, SegmentFile};
use crate::{Error, Result};

/// A file up to this size is sent in one request, a larger one in parts of this size.
const PART: usize = 8 << 20;

/// An unnamed temporary file with the hash of its bytes.
pub struct SpooledFile {
    writer: BufWriter<File>,
    hash: Sha256,
    length: u64,
}

impl SpooledFile {
    /// A new file in the system's folder for temporary files (`TMPDIR`).
    pub fn new() -> Result<Self> {
        Ok(Self { writer: BufWriter::with_capacity(1 << 18, tempfile()?), hash: Sha256::new(), length: 0 })
    }

    /// Uploads everything written under `path` and checks that the store holds it.
    ///
    /// # Errors
    /// `Unavailable` if the store does not answer; `Data` if it holds another length than was sent.
    pub async fn upload(self, store: &SegmentStore, kind: FileKind, path: String) -> Result<SegmentFile> {
        let Self { writer, hash, length } = self;
        let mut file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let target = ObjectPath::from(path.as_str());
        let failed = |error| store.failed(&path, error);
        if length <= PART as u64 {
            let bytes = read_part(&mut file)?;
            store.objects.put(&target, PutPayload::from(bytes)).await.map_err(failed)?;
        } else {
            let upload = store.objects.put_multipart(&target).await.map_err(failed)?;
            let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
            loop {
                let bytes = read_part(&mut file)?;
                if bytes.is_empty() {
                    break;
                }
                upload.wait_for_capacity(4).await.map_err(failed)?;
                upload.put(bytes.into());
            }
            upload.finish().await.map_err(failed)?;
        }
        store.sync(&path).await?;
        let held = store.length(&path).await?;
        if held != length {
            return Err(Error::data(format!(
                "the store {} holds {held} bytes of {path}, {length} were sent; nothing was published, resume the job",
                store.location()
            )));
        }
        Ok(SegmentFile { kind, path, length, sha256: hex(&hash.finalize()) })
    }
}

fn read_part(file: &mut File) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(PART as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Write for SpooledFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.writer.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// An unnamed file that goes with its handle.
fn tempfile() -> Result<File> {
    tempfile::tempfile().map_err(|error| {
        Error::unavailable(format!(
            "cannot create a temporary file in {}: {error}; set TMPDIR to a folder with room",
            std::env::temp_dir().display()
        ))
    })
}
