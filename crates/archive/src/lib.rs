//! The archive: WARC files that are only ever appended to, sealed, read, verified and recovered, and the catalog that
//! is derived from them.
//!
//! This is the only crate that opens a WARC file for writing. What it promises:
//!
//! - A capture that [`Writer::commit`] acknowledged is on the disk: text member fsync, WARC member fsync, catalog
//!   commit, then the answer. Several captures share one round.
//! - A torn tail of an open file is cut to a sidecar and nothing else is ever cut; a sealed file is never changed but by
//!   a takedown, of which the log tells first, and which leaves all other records where and what they are.
//! - A backup is consistent while a crawl goes on, and never replaces what is good by what is not ([`backup`]).
//! - The catalog can be deleted and filled again from the WARC files, outcomes without an exchange included
//!   ([`Writer::rebuild_catalog`]).
//! - A file that somebody else made is kept untouched, and what is catalogued of it says that nobody here witnessed it.
//! - Paths inside the archive are made of dates and numbers of our own, never of anything a server sent.

mod archive_log;
mod backup;
mod blocking;
mod cdxj;
mod certificate;
#[cfg(test)]
mod crash;
mod error;
mod export;
mod files;
mod formats;
mod import;
mod layout;
mod lock;
mod logbook;
mod prepare;
mod read;
mod rebuild;
mod recover;
mod report;
mod scan;
mod sealed;
mod section;
mod takedown;
mod texts;
mod verify;
mod writer;

#[cfg(test)]
extern crate self as vidimus_archive;

pub use archive_log::ArchiveLog;
pub use backup::{BackedUp, BackupProgress, backup};
pub use cdxj::{Cdxj, CdxjError, CdxjFields, REVISIT_MIME};
pub use certificate::{CERTIFICATE_TYPE, Certificate};
pub use error::ArchiveError;
pub use export::{
    Chosen, ExportInfo, ExportReport, NotExported, OutFile, Part, Parts, Selection, TextPart, export_cdxj,
    export_csv, export_wacz, export_warc, parts_of, zip_time,
};
pub use formats::{
    FRAMING_TYPE, MANIFEST_TYPE, RUN_REPORT_TYPE, STATEMENT_TYPE, StatementRecord, TEXT_TYPE, TOMBSTONE_TYPE,
};
pub use import::{
    Addressable, Answer, Contents, ForeignFormat, KeptFile, KeptFiles, Met, Progress, ReadTo, Refused,
    ReportedDefect, ReportedImport, Stream, Wanted, examine, foreign_files, is_of_kept_file, look_into,
    name_of, prepare_import, read_captures,
};
pub use layout::{Layout, Size};
pub use lock::{CatalogInPlace, Telling};
pub use logbook::{LogKey, LogOptions, LogRecovery, Signed, base_of};
pub use prepare::{NewCapture, NewExchange, NewText, Prepared, RevisitOf, Stored, prepare};
pub use read::Archive;
pub use rebuild::{RebuildProgress, Rebuilt};
pub use recover::Recovery;
pub use report::{ReportedTry, RunReport};
pub use section::Section;
pub use takedown::{SCOPE, Takedown, Tombstone};
pub use texts::{NewLaterText, PreparedText, TextManifest, TextVersion, prepare_text};
pub use verify::{
    Anchored, ArchiveCheck, BrokenCapture, Checkable, FileReport, Finding, LeafPlace, LogQuestion, LogReport,
    Pace, TimeTrust, VerifyReport, manifests_of, verify_archive, verify_files, verify_log,
};
pub use writer::{DEFAULT_MAX_FILE_BYTES, Writer, WriterOptions};
