//! Stand-in for the log until it is there.
use std::path::PathBuf;
use vidimus_ledger::Leaf;
use super::logged::Logged;
use crate::error::io_error;
use crate::files::sync_folder;
use crate::{ArchiveError, Layout};

fn path(layout: &Layout) -> PathBuf { layout.root().join("log/standin") }

pub(crate) fn append(layout: &Layout, leaf: &Leaf) -> Result<(), ArchiveError> {
    let (path, disk) = (path(layout), layout.disk());
    let folder = layout.root().join("log");
    disk.make_folders(&folder).map_err(io_error("making", &folder))?;
    sync_folder(disk, layout.root())?;
    let mut bytes = leaf.to_canonical_json().map_err(|e| ArchiveError::NotRemovable(e.to_string()))?;
    bytes.push(b'\n');
    let mut file = if path.exists() { disk.reopen(&path) } else { disk.create(&path) }.map_err(io_error("opening", &path))?;
    sync_folder(disk, &folder)?;
    file.append(&bytes).map_err(io_error("writing", &path))?;
    file.sync().map_err(io_error("syncing", &path))
}

pub(crate) fn read(layout: &Layout) -> Result<Logged, ArchiveError> {
    let mut logged = Logged::default();
    let text = std::fs::read_to_string(path(layout)).unwrap_or_default();
    for line in text.lines() {
        if let Ok(leaf) = Leaf::read(line.as_bytes()) { logged.add(leaf); }
    }
    Ok(logged)
}
