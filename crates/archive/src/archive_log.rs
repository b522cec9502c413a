//! The log of an archive for what concerns it alone: its keys, its head, and checks of the archive. The files of captures
//! are not looked at.

use jiff::Timestamp;
use vidimus_catalog::Catalog;
use vidimus_ledger::{SigningKey, VerifierKey};
use vidimus_snapshot::LogHead;

use crate::lock::Lock;
use crate::logbook::{LogKey, LogOptions, LogRecovery, Logbook, Signed};
use crate::{ArchiveError, Layout};

/// The log of an archive that nobody else writes to.
#[derive(Debug)]
pub struct ArchiveLog {
    catalog: Catalog,
    logbook: Logbook,
    now: Timestamp,
    _lock: Lock,
}

impl ArchiveLog {
    /// Takes the archive's lock and opens its log; what has no leaf though it should is given one. An archive that is not
    /// there yet is begun.
    pub async fn open(layout: &Layout, holder: &str, options: &LogOptions) -> Result<Self, ArchiveError> {
        layout.create()?;
        let lock = Lock::take(&layout.lock(), holder)?;
        if !layout.catalog().is_file() && layout.holds_captures()? {
            return Err(ArchiveError::NoCatalog(layout.root().to_owned()));
        }
        let catalog = Catalog::open(&layout.catalog()).await?;
        let mut logbook = Logbook::open(layout, &catalog, options).await?;
        logbook.catch_up(options.now).await?;
        Ok(Self { catalog, logbook, now: options.now, _lock: lock })
    }

    /// What had to be mended.
    pub fn recovery(&self) -> &LogRecovery {
        self.logbook.recovery()
    }

    /// The head as it is now.
    pub fn head(&self) -> Result<LogHead, ArchiveError> {
        self.logbook.head()
    }

    /// The keys that sign or signed, oldest first.
    pub fn keys(&self) -> Result<Vec<VerifierKey>, ArchiveError> {
        self.logbook.keys()
    }

    /// Puts a key in the place of the one before it, which signs too where it is at hand, and signs the head.
    pub async fn rotate(&mut self, new: LogKey, old: Option<&SigningKey>) -> Result<Signed, ArchiveError> {
        self.logbook.rotate(new, old, self.now).await
    }

    /// Signs the head with a key that the log names already, and with the one before it.
    pub async fn cosign(&mut self, new: LogKey, old: Option<SigningKey>) -> Result<Signed, ArchiveError> {
        self.logbook.cosign(new, old).await
    }

    /// Signs the head, if anything is new, and gives the lock back.
    pub async fn close(mut self) -> Result<Signed, ArchiveError> {
        let signed = self.logbook.sign(self.now).await?;
        self.catalog.close().await;
        Ok(signed)
    }
}
