//! The log in a backup: as long as the copy of the catalog knows it, so that the two belong to one moment, and never
//! replaced by one that is not its continuation.

use std::path::Path;

use vidimus_ledger::anchors::Anchors;
use vidimus_ledger::{Checkpoint, LogReader, copy};

use super::sums::Sums;
use crate::error::io_error;
use crate::files::sync_folder;
use crate::sealed::digest_of;
use crate::{ArchiveError, Layout};

/// Where the log is in a backup, as in the archive.
const LOG: &str = "log";

/// What became of the log.
pub(super) enum LogCopied {
    /// So many files were written.
    Now(usize),
    /// It was not copied, and why.
    Not(String),
}

/// Copies the first `leaves` leaves of the log.
pub(super) fn copy_log(
    layout: &Layout,
    root: &Path,
    leaves: u64,
    sums: &mut Sums,
) -> Result<LogCopied, ArchiveError> {
    let Some(log) = LogReader::open(&layout.log())? else { return Ok(LogCopied::Now(0)) };
    let target = root.join(LOG);
    if let Some(held) = LogReader::open(&target)? {
        if held.origin() != log.origin() {
            if let Some(why) = put_aside(layout, root, &held, sums)? {
                return Ok(LogCopied::Not(why));
            }
        } else if let Some(why) = differs(&log, &held, leaves)? {
            return Ok(LogCopied::Not(why));
        }
    }
    let checkpoint = newest_head(layout, &log, leaves)?;
    layout.disk().make_folders(&target).map_err(io_error("making the folder", &target))?;
    let written = copy(&log, leaves.min(log.size()), checkpoint.as_ref(), layout.disk(), &target)?;
    for name in &written {
        let (_, sha256) = digest_of(&target.join(name))?;
        sums.put(&format!("{LOG}/{name}"), sha256);
    }
    sync_folder(layout.disk(), root)?;
    Ok(LogCopied::Now(written.len()))
}

/// The newest signed head that covers no more than these leaves.
fn newest_head(layout: &Layout, log: &LogReader, leaves: u64) -> Result<Option<Checkpoint>, ArchiveError> {
    let newest = log.checkpoint()?;
    if newest.as_ref().is_some_and(|checkpoint| checkpoint.head().size <= leaves) {
        return Ok(newest);
    }
    let anchors = Anchors::of(&layout.log(), layout.shared_disk());
    let older = anchors.all()?.into_iter().rfind(|anchor| anchor.size <= leaves);
    let Some(older) = older else { return Ok(None) };
    Ok(Checkpoint::read(&anchors.checkpoint(&older)?).ok())
}

/// Why the archive's log is not the continuation of the one that the backup holds, if it is not.
fn differs(log: &LogReader, held: &LogReader, leaves: u64) -> Result<Option<String>, ArchiveError> {
    let (now, then) = (leaves.min(log.size()), held.size());
    let is_continued = then <= now && log.head_at(then)?.root == held.head_at(then)?.root;
    Ok((!is_continued).then(|| {
        format!(
            "log: the archive's log of {now} leaves does not go on where that of the backup, of {then} leaves, ends; the \
             backup's is left as it was: compare the two with `vidimus verify`"
        )
    }))
}

/// Puts a log aside that the archive has ended as well; says why it cannot be done.
fn put_aside(
    layout: &Layout,
    root: &Path,
    held: &LogReader,
    sums: &mut Sums,
) -> Result<Option<String>, ArchiveError> {
    let mut ended = None;
    for (number, folder) in layout.ended_logs()? {
        if LogReader::open(&folder)?.is_some_and(|log| log.origin() == held.origin()) {
            ended = Some(number);
        }
    }
    let Some(number) = ended else {
        return Ok(Some(format!(
            "log: the backup holds the log {}, which this archive does not know; it is left as it was",
            held.origin()
        )));
    };
    let (disk, to) = (layout.disk(), Layout::new(root).ended_log(number));
    let parent = to.parent().unwrap_or(root).to_owned();
    disk.make_folders(&parent).map_err(io_error("making the folder", &parent))?;
    let from = root.join(LOG);
    disk.rename(&from, &to).map_err(io_error("putting aside", &from))?;
    sync_folder(disk, &parent)?;
    sync_folder(disk, root)?;
    sums.remove_in(LOG);
    Ok(None)
}
