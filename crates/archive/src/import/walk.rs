//! Finding the files in folders that somebody handed over.

use std::path::{Path, PathBuf};

use crate::ArchiveError;
use crate::error::io_error;

/// What the names of WARC, ARC and WACZ files end in, those of Common Crawl's texts and metadata included.
const ENDINGS: [&str; 8] =
    [".warc", ".warc.gz", ".warc.zst", ".arc", ".arc.gz", ".wacz", ".wet.gz", ".wat.gz"];
/// Folders deeper than this are left alone.
const MAX_DEPTH: u32 = 32;

/// The files that are meant: a file is meant whatever it is called, a folder means the files in it whose names end as those
/// of web archives do. Links to folders are not followed.
pub fn foreign_files(what: &[PathBuf]) -> Result<Vec<PathBuf>, ArchiveError> {
    let mut files = Vec::new();
    for path in what {
        if path.is_dir() {
            let first = files.len();
            walk(path, 0, &mut files)?;
            if let Some(found) = files.get_mut(first..) {
                found.sort();
            }
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn walk(folder: &Path, depth: u32, files: &mut Vec<PathBuf>) -> Result<(), ArchiveError> {
    let reading = || io_error("reading the folder", folder);
    for entry in std::fs::read_dir(folder).map_err(reading())? {
        let entry = entry.map_err(reading())?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(reading())?);
        if kind.is_dir() && depth < MAX_DEPTH {
            walk(&path, depth + 1, files)?;
        } else if !kind.is_dir() && is_web_archive(&path) && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

fn is_web_archive(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}
