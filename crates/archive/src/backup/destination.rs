//! Where a backup may go: never into the archive, nor onto something that is not its own earlier backup.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::sealed_names;
use super::sums::Sums;
use crate::error::io_error;
use crate::{ArchiveError, Layout};

fn refused(path: &Path, what: impl Into<String>) -> ArchiveError {
    ArchiveError::Destination { path: path.to_owned(), what: what.into() }
}

/// The destination, spelt out; one that contains the archive, or lies in it, is refused.
pub(super) fn outside(layout: &Layout, destination: &Path) -> Result<PathBuf, ArchiveError> {
    let archive = layout.root().canonicalize().map_err(io_error("finding", layout.root()))?;
    let root = spelt_out(destination)?;
    if root.starts_with(&archive) {
        return Err(refused(
            destination,
            "it lies inside the archive: name a folder elsewhere, best on another disk",
        ));
    }
    if archive.starts_with(&root) {
        return Err(refused(
            destination,
            "the archive lies inside it: name a folder elsewhere, best on another disk",
        ));
    }
    Ok(root)
}

/// The path without links and dots, whether or not it exists yet.
fn spelt_out(path: &Path) -> Result<PathBuf, ArchiveError> {
    let absolute = std::path::absolute(path).map_err(io_error("finding", path))?;
    let there = absolute.ancestors().find(|part| part.exists()).unwrap_or(&absolute);
    let begin = there.canonicalize().map_err(io_error("finding", path))?;
    let rest = absolute.strip_prefix(there).unwrap_or(Path::new(""));
    if rest.components().any(|part| part == std::path::Component::ParentDir) {
        return Err(refused(
            path,
            "its path goes through a folder that does not exist: name it without `..`",
        ));
    }
    Ok(if rest.as_os_str().is_empty() { begin } else { begin.join(rest) })
}

/// Refuses a folder with a catalog that no backup left there: it is somebody's archive.
pub(super) fn is_free_or_a_backup(root: &Path, sums: &Sums) -> Result<(), ArchiveError> {
    if sums.is_empty() && root.join("catalog.sqlite").exists() {
        return Err(refused(
            root,
            "an archive is there, and no backup (it has no SHA256SUMS): name another folder",
        ));
    }
    Ok(())
}

/// Refuses the backup of another archive, or of this one when it knew of more than it does now.
pub(super) fn is_of_this_archive(
    root: &Path,
    sums: &Sums,
    known: &BTreeSet<String>,
) -> Result<(), ArchiveError> {
    let mut strange: Vec<&str> =
        sealed_names(sums.names()).into_iter().filter(|name| !known.contains(*name)).collect();
    strange.sort_unstable();
    let Some(first) = strange.first() else { return Ok(()) };
    let what = format!(
        "the backup there holds {} files that this archive does not know, such as {first}: it is of another archive, or \
         this one has lost them; restore them, or name another folder",
        strange.len()
    );
    Err(refused(root, what))
}
