//! Noting in the catalog what every file was when it was sealed.
//!
//! A sealed file is never changed, so that any later difference is damage, even where no record is touched: a record
//! that is gone from the file's end, or a byte of a gzip header that nothing reads.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use vidimus_catalog::{Catalog, SealedFile};
use vidimus_snapshot::{Digest, Hasher};

use crate::error::io_error;
use crate::layout::FileKind;
use crate::{ArchiveError, Layout};

/// How much of a file is read at a time.
const CHUNK: usize = 256 << 10;

/// Notes the sealed files that the catalog does not know yet, as far as they are `ours`, and names the others.
pub(crate) async fn note_sealed(
    layout: &Layout,
    catalog: &Catalog,
    ours: impl Fn(&str) -> bool,
) -> Result<Vec<String>, ArchiveError> {
    let known: HashSet<String> = catalog.sealed_files().await?.into_iter().map(|file| file.name).collect();
    let mut others = Vec::new();
    let mut names = layout.files(FileKind::Text)?;
    names.extend(layout.files(FileKind::Warc)?);
    names.extend(layout.imported_files()?);
    for name in names.into_iter().filter(|name| !known.contains(name)) {
        if !layout.sealed(&name).is_file() {
            continue;
        }
        if !ours(&name) {
            others.push(name);
            continue;
        }
        catalog.put_sealed(&hash_file(layout, &name).await?).await?;
    }
    Ok(others)
}

/// What a sealed file is now.
pub(crate) async fn hash_file(layout: &Layout, name: &str) -> Result<SealedFile, ArchiveError> {
    let path = layout.sealed(name);
    let read = tokio::task::spawn_blocking(move || digest_of(&path)).await;
    let (length, sha256) = read.map_err(|e| ArchiveError::Stopped(e.to_string()))??;
    Ok(SealedFile { name: name.to_owned(), length, sha256 })
}

/// Length and digest of a whole file.
pub(crate) fn digest_of(path: &Path) -> Result<(u64, Digest), ArchiveError> {
    let mut file = File::open(path).map_err(io_error("opening", path))?;
    let (mut hasher, mut length) = (Hasher::new(), 0);
    let mut chunk = vec![0_u8; CHUNK];
    loop {
        let count = file.read(&mut chunk).map_err(io_error("reading", path))?;
        if count == 0 {
            return Ok((length, hasher.finish()));
        }
        hasher.update(chunk.get(..count).unwrap_or_default());
        length += count as u64;
    }
}
