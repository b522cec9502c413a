//! Checking an archive without trusting it.
//!
//! - **L0**: a WACZ is a whole zip file, and holds what its list says and nothing else.
//! - **L1**: every file is well-formed WARC, every digest is present and right, no record is cut short, no record id
//!   stands twice; every record that the catalog knows is where it should be, and every sealed file is to the byte what
//!   it was when it was sealed.
//! - **L2**: every record, its header included, and every text is the one that its manifest vouches for, every
//!   certificate that a manifest names stands in the same file and has the digest that is its name, and there is
//!   none that no manifest vouches for; beside a catalog, it says what the manifests say, and there is no sealed file
//!   and no snapshot that it does not know.
//!
//! Beside a catalog each file is checked by itself ([`ArchiveCheck`]); without one all files are compared in memory.
//! What was taken down is told and is no defect, as long as the log says that it was.
//!
//! An archive may be verified while a crawl writes to it: what is appended meanwhile is no defect.
//!
//! That a manifest is the one first written takes the log ([`verify_log`]):
//!
//! - **L3**: the leaf of every capture is in the log whose head is signed, and every leaf has its capture, or a tombstone.
//! - **L4**: every capture was in the log by a time that an authority states, its certificate's chain checked at that time.
//! - **L5**: the tiles of the log say what its leaves say, and it begins with the head that somebody else kept.

mod anchored;
mod beside;
mod captures;
mod finding;
mod memory;
mod pass;
mod proofs;
mod records;
mod sealed;
mod source;
mod takedowns;
mod texts;
mod wacz;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use vidimus_catalog::Catalog;
use vidimus_snapshot::{Manifest, SnapshotId};
use vidimus_warc::{Item, Reader};

pub use self::anchored::{Anchored, TimeTrust};
pub use self::beside::{ArchiveCheck, Checkable};
pub use self::finding::{BrokenCapture, FileReport, Finding, VerifyReport};
pub use self::proofs::{LeafPlace, LogQuestion, LogReport, verify_log};
pub use self::source::Pace;
use crate::error::io_error;
use crate::layout::FileKind;
use crate::{ArchiveError, Layout, MANIFEST_TYPE};

/// Verifies all files of an archive against themselves, their manifests and, if given, the catalog.
pub async fn verify_archive(
    layout: &Layout,
    catalog: Option<&Catalog>,
    mut progress: impl FnMut(&str, usize, usize),
) -> Result<VerifyReport, ArchiveError> {
    let Some(catalog) = catalog else { return verify_without_catalog(layout, progress) };
    let check = ArchiveCheck::begin(layout, catalog, Pace::default()).await?;
    let mut files = check.files().await?;
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let removed = check.removed().await?.len() as u64;
    let mut report = VerifyReport { catalog: true, removed, ..VerifyReport::default() };
    let mut left_over = false;
    for (done, file) in files.iter().enumerate() {
        progress(&file.name, done, files.len());
        if let Some(of_file) = check.check(&file.name).await? {
            left_over |= of_file.left_over;
            report.add(of_file);
        }
    }
    report.findings.extend(check.nowhere().await?);
    report.l2_checked = report.manifests > 0 || !left_over;
    Ok(report)
}

fn verify_without_catalog(
    layout: &Layout,
    mut progress: impl FnMut(&str, usize, usize),
) -> Result<VerifyReport, ArchiveError> {
    let mut names = layout.files(FileKind::Warc)?;
    names.extend(layout.files(FileKind::Text)?);
    let logged = crate::takedown::logged_beside(layout)?;
    let (pace, mut reads) = (Pace::default(), Vec::with_capacity(names.len()));
    for (done, name) in names.iter().enumerate() {
        progress(name, done, names.len());
        reads.extend(pass::read_file(name, &layout.find(name), None, Some(layout), &pace)?);
    }
    let removed = logged.removals.len() as u64;
    Ok(VerifyReport { removed, ..memory::whole(reads, &logged) })
}

/// Verifies single WARC and WACZ files, whoever made them. Texts are compared only when their files are among them, and
/// level 2 only when every record's manifest is.
pub fn verify_files(paths: &[PathBuf]) -> Result<VerifyReport, ArchiveError> {
    let (pace, mut reads, mut findings) = (Pace::default(), Vec::with_capacity(paths.len()), Vec::new());
    let mut packages = 0;
    for path in paths {
        let name = path.to_string_lossy();
        if wacz::is_zip(path)? {
            let package = wacz::read(&name, path, &pace)?;
            reads.extend(package.reads);
            findings.extend(package.findings);
            packages += 1;
        } else {
            reads.extend(pass::read_file(&name, path, None, None, &pace)?);
        }
    }
    let mut report = memory::files(reads);
    report.packages = packages;
    findings.append(&mut report.findings);
    report.findings = findings;
    Ok(report)
}

/// The manifests in a WARC file, whoever made it, each by its name; what cannot be read is passed over, and is for
/// [`verify_files`] to tell.
pub fn manifests_of(path: &Path) -> Result<Vec<(SnapshotId, Manifest)>, ArchiveError> {
    let failed = |error| io_error("reading", path)(error);
    let file = File::open(path).map_err(io_error("opening", path))?;
    let mut reader = Reader::new(BufReader::with_capacity(256 << 10, file)).map_err(failed)?;
    let mut found = Vec::new();
    while let Some(item) = reader.next_item().map_err(failed)? {
        let Item::Record(record) = item else { continue };
        if record.headers.get("Content-Type") == Some(MANIFEST_TYPE) {
            found.extend(Manifest::read(&record.block).ok());
        }
    }
    Ok(found)
}
