//! Which logs an archive has, and which one goes on: their numbers and names, opening the one that is being written, and
//! ending one that was cut, is missing, or is older than what the catalog or the key remember.

use std::path::{Path, PathBuf};

use vidimus_catalog::{Catalog, LoggedLeaf};
use vidimus_ledger::{Custody, Event, Leaf, Log, LogError, LogReader};
use vidimus_snapshot::{Digest, LogHead};

use super::memory::recall;
use super::{LogOptions, LogRecovery, row_of};
use crate::blocking::blocking;
use crate::error::io_error;
use crate::files::sync_folder;
use crate::{ArchiveError, Layout};

/// What was found where the log should be.
pub(super) enum Opened {
    None,
    Log(Box<Log>),
    Older {
        head: LogHead,
        reason: String,
    },
    /// There should be one; the name is that of the one that goes on.
    Missing {
        origin: String,
        reason: String,
    },
}

/// The how-manieth log of the archive has this name: what is behind `/r`, or the first.
pub(crate) fn number_of(origin: &str) -> u32 {
    split(origin).1
}

/// The name of the first of the logs that go on where each other ended.
pub fn base_of(origin: &str) -> &str {
    split(origin).0
}

fn split(origin: &str) -> (&str, u32) {
    let (base, number) = origin.rsplit_once("/r").unwrap_or((origin, ""));
    match number.parse::<u32>() {
        Ok(number)
            if number >= 2 && number.to_string() == *origin.rsplit_once("/r").map_or("", |(_, n)| n) =>
        {
            (base, number)
        }
        _ => (origin, 1),
    }
}

/// All logs of an archive with their numbers, oldest first: the ended ones that are what their folders say, and the one
/// that is being written. Whether each goes on from the one before it is for who verifies.
pub(crate) fn logs(layout: &Layout) -> Result<Vec<(u32, PathBuf)>, ArchiveError> {
    let mut logs = layout.ended_logs()?;
    let origin = |folder: &Path| LogReader::open(folder).ok().flatten().map(|log| log.origin().to_owned());
    let current = origin(&layout.log());
    logs.retain(|(number, folder)| {
        origin(folder).is_some_and(|origin| {
            let belongs = current.as_deref().is_none_or(|current| base_of(current) == base_of(&origin));
            belongs && number_of(&origin) == *number
        })
    });
    logs.extend(current.map(|origin| (number_of(&origin), layout.log())));
    Ok(logs)
}

/// Those of them that ended.
pub(super) async fn ended_logs(layout: &Layout) -> Result<Vec<(u32, PathBuf)>, ArchiveError> {
    let layout = layout.clone();
    blocking(move || {
        let mut logs = logs(&layout)?;
        logs.retain(|(_, folder)| *folder != layout.log());
        Ok(logs)
    })
    .await
}

/// What a log that has no leaf yet has to say first: which log it follows. Nothing, where it is the first.
pub(super) async fn continued_by(
    layout: &Layout,
    log: &Log,
    recovery: &LogRecovery,
) -> Result<Option<Custody>, ArchiveError> {
    let number = number_of(log.origin());
    if number == 1 {
        return Ok(None);
    }
    let reason = recovery.ended.first().cloned();
    let reason =
        reason.unwrap_or_else(|| "the log before it was ended when its writer was interrupted".to_owned());
    let before = ended_logs(layout).await?.into_iter().rfind(|(ended, _)| *ended < number);
    let origin = log.origin().to_owned();
    blocking(move || {
        let reader = before.map(|(_, folder)| LogReader::open(&folder)).transpose()?.flatten();
        let head = match reader {
            Some(reader) => reader.head_at(reader.size())?,
            // Nothing is left of it.
            None => LogHead { origin: base_of(&origin).to_owned(), size: 0, root: Digest::of(b"") },
        };
        Ok(Some(Custody::Continues { origin: head.origin, size: head.size, root: head.root, reason }))
    })
    .await
}

/// Names the keys that the log tells of, should a crash have kept one out of `log.vkey`.
pub(super) async fn mend_keys(catalog: &Catalog, log: &Log, number: u32) -> Result<(), ArchiveError> {
    let rows = catalog.leaves_of_kind("key").await?;
    let rows: Vec<u64> = rows.into_iter().filter(|row| row.log == number).map(|row| row.index).collect();
    let reader = log.reader()?;
    let named = reader.keys()?.len();
    for index in rows.into_iter().skip(named) {
        let told = Leaf::read(&reader.leaf(index)?).map_err(LogError::from)?;
        if let Event::Key(change) = told.event {
            log.add_key(&change.new.parse().map_err(LogError::from)?)?;
        }
    }
    Ok(())
}

/// Opens the log that is being written, and compares it with what the catalog and the key remember of it.
pub(super) async fn open_log(
    layout: &Layout,
    catalog: &Catalog,
    options: &LogOptions,
) -> Result<Opened, ArchiveError> {
    let (folder, disk) = (layout.log(), layout.shared_disk());
    let remembered = options.key.as_ref().map(|key| key.file.clone());
    let origin = {
        let folder = folder.clone();
        blocking(move || Ok(LogReader::open(&folder)?.map(|reader| reader.origin().to_owned()))).await?
    };
    let Some(origin) = origin else { return missing(layout, catalog, options).await };
    let number = number_of(&origin);
    let known = catalog.leaf_count(number).await?;
    let last = match known.checked_sub(1) {
        Some(index) => catalog.leaf_at(number, index).await?,
        None => None,
    };
    blocking(move || {
        let Some(reader) = LogReader::open(&folder)? else { return Ok(Opened::None) };
        let older = |reason: String| -> Result<Opened, ArchiveError> {
            Ok(Opened::Older { head: reader.head_at(reader.size())?, reason })
        };
        let size = reader.size();
        if let Some(reason) = shorter(&reader, known)? {
            return older(reason);
        }
        if let Some(row) = last
            && differs(&reader.leaf(row.index)?, &row)
        {
            return older(format!("leaf {} of the log {origin} is not the one that the catalog knows", row.index));
        }
        if let Some(file) = remembered {
            for head in recall(&file)?.heads.into_iter().filter(|head| head.origin == origin) {
                if head.size > size {
                    return older(format!(
                        "the log {origin} has {size} leaves, and its key has signed {}: it was taken from an older backup",
                        head.size
                    ));
                }
                if reader.head_at(head.size)? != head {
                    return older(format!(
                        "the log {origin} is not the one whose head at {} leaves its key has signed",
                        head.size
                    ));
                }
            }
        }
        let log = Log::open(&folder, disk)?;
        Ok(log.map_or(Opened::None, |log| Opened::Log(Box::new(log))))
    })
    .await
}

/// There is no log. If there should be one, its name is not used again: that would make two histories of one name.
async fn missing(layout: &Layout, catalog: &Catalog, options: &LogOptions) -> Result<Opened, ArchiveError> {
    let ended = ended_logs(layout).await?;
    let known = catalog.newest_log().await?;
    let signed = match &options.key {
        Some(key) => recall(&key.file)?.heads,
        None => Vec::new(),
    };
    let newest_ended = match ended.last() {
        Some((_, folder)) => LogReader::open(folder)?.map(|log| log.origin().to_owned()),
        None => None,
    };
    let base = base_of(newest_ended.as_deref().unwrap_or(&options.origin)).to_owned();
    let signed = signed.into_iter().filter(|head| base_of(&head.origin) == base);
    let signed = signed.map(|head| number_of(&head.origin)).max();
    let numbers = [known.map(|(number, _)| number), ended.last().map(|(number, _)| *number), signed];
    let Some(newest) = numbers.into_iter().flatten().max() else { return Ok(Opened::None) };
    let origin = format!("{base}/r{}", newest.saturating_add(1));
    Ok(Opened::Missing { origin, reason: "the log is missing though there was one".to_owned() })
}

/// Whether a leaf is not the one that the catalog knows. One of a kind that another version knew, or will know, is let be.
pub(crate) fn differs(bytes: &[u8], row: &LoggedLeaf) -> bool {
    let found = row_of(row.index, bytes, row.log);
    found.kind != "unknown" && row.kind != "unknown" && found != *row
}

/// Why a log is shorter than it was, if it is.
fn shorter(reader: &LogReader, known: u64) -> Result<Option<String>, ArchiveError> {
    let (size, origin) = (reader.size(), reader.origin());
    let signed = reader.checkpoint()?.map_or(0, |checkpoint| checkpoint.head().size);
    Ok(if signed > size {
        Some(format!("the log {origin} has {size} leaves, and a head of {signed} was signed: it was cut"))
    } else if known > size {
        Some(format!(
            "the log {origin} has {size} leaves, and the catalog knows {known}: it was taken from an older backup"
        ))
    } else {
        None
    })
}

pub(super) async fn begin(layout: &Layout, origin: &str) -> Result<Log, ArchiveError> {
    let (folder, disk, origin) = (layout.log(), layout.shared_disk(), origin.to_owned());
    blocking(move || Ok(Log::begin(&folder, disk, &origin)?)).await
}

pub(super) async fn append_to(
    mut log: Log,
    leaves: Vec<Leaf>,
) -> Result<(Log, Vec<LoggedLeaf>), ArchiveError> {
    blocking(move || {
        let indexes = log.append(&leaves)?;
        let rows = indexes.zip(&leaves).map(|(index, leaf)| {
            let bytes = leaf.to_canonical_json().map_err(LogError::from)?;
            Ok(row_of(index, &bytes, 0))
        });
        let rows = rows.collect::<Result<Vec<_>, ArchiveError>>()?;
        Ok((log, rows))
    })
    .await
}

/// Puts a log aside that is not continued.
pub(super) async fn end(layout: &Layout, number: u32) -> Result<(), ArchiveError> {
    let layout = layout.clone();
    blocking(move || {
        let (from, to) = (layout.log(), layout.ended_log(number));
        let parent = to.parent().unwrap_or(layout.root()).to_owned();
        let disk = layout.disk();
        disk.make_folders(&parent).map_err(io_error("making the folder", &parent))?;
        sync_folder(disk, layout.root())?;
        disk.rename(&from, &to).map_err(io_error("putting aside", &from))?;
        sync_folder(disk, &parent)?;
        sync_folder(disk, layout.root())
    })
    .await
}

/// The name of the log that goes on where one was ended.
pub(super) fn successor(origin: &str) -> String {
    let (base, number) = split(origin);
    format!("{base}/r{}", number.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_goes_on_has_a_name_of_its_own() {
        assert_eq!(successor("archive.example/log"), "archive.example/log/r2");
        assert_eq!(successor("archive.example/log/r2"), "archive.example/log/r3");
        assert_eq!(successor("archive.example/rooms"), "archive.example/rooms/r2");
    }
}
