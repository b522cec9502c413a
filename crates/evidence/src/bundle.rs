//! Writing a bundle: a BagIt bag with the records of one capture, each a file of its own and all of them in a package for
//! replay tools, what proves them, and how to check it.
//!
//! The same archive gives the same bytes: every time in it is one of the capture's, of the log's or of an authority's, and
//! nothing of this machine goes into it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use vidimus_archive::{Archive, Chosen, ExportInfo, Part, Selection, export_wacz};
use vidimus_ledger::timestamp::Trust;
use vidimus_snapshot::{Digest, SnapshotId};
use vidimus_warc::{Item, Limits, Reader, RecordType};

use crate::bag::Bag;
use crate::case::Case;
use crate::logged::Signed;
use crate::{EvidenceError, certification, instructions, package, paths, report};

/// How a bundle is made.
#[derive(Debug, Clone)]
pub struct BundleOptions {
    /// Name and version of the software, such as `vidimus/0.1.0`.
    pub software: String,
    /// What the answers of the timestamp authorities are checked against, by the names of the authorities.
    pub authorities: BTreeMap<String, Trust>,
    /// The file, as errors name it.
    pub path: PathBuf,
}

/// What a bundle holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleReport {
    /// The name of its folder.
    pub folder: String,
    /// Records of the capture, its manifest among them.
    pub records: usize,
    /// Captures that came along because this one repeats the payload of the last of them.
    pub originals: usize,
    /// The leaf's index, where the capture is in the log.
    pub index: Option<u64>,
    /// How many leaves the signed head covers, where one does.
    pub signed: Option<u64>,
    /// The authorities whose answers were verified, and the times that they state.
    pub times: Vec<(String, Timestamp)>,
    /// The authorities whose answers are in the bundle unverified, because no root of theirs is configured.
    pub unverified: Vec<String>,
    /// Answers that were left out, because they are none or fail against the configured root, and why.
    pub refused: Vec<String>,
}

/// Writes the bundle of one capture to `out`.
pub async fn export_bundle(
    archive: &Archive,
    id: SnapshotId,
    options: &BundleOptions,
    out: impl Write + Seek,
) -> Result<BundleReport, EvidenceError> {
    let case = Case::of(archive, id, options).await?;
    let at = case.logged.as_ref().map_or(case.parts.manifest.finished_at, |logged| logged.leaf.logged_at);
    let mut wacz = wacz(archive, &case, at, options).await?;
    let mut bag = Bag::begin(out, &options.path, &case.top(), at);
    let names = Records { archive, path: &options.path }.add(&mut bag, &case)?;
    add_package(&mut bag, &mut wacz, &names, &options.path)?;
    for (part, name) in case.parts.texts.iter().zip([paths::TEXT, paths::STATEMENT]) {
        bag.add(name, &part.block)?;
    }
    add_proof(&mut bag, &case)?;
    bag.add(paths::REPORT, report::html(&case).as_bytes())?;
    bag.add(paths::INSTRUCTIONS, instructions::text(&case).as_bytes())?;
    bag.add(paths::SCRIPT, instructions::SCRIPT.as_bytes())?;
    bag.add(paths::CERTIFICATION, certification::text(&case, &options.software).as_bytes())?;
    bag.finish(&bag_info(&case, at, options))?;
    let signed = case.logged.as_ref().and_then(|logged| logged.signed.as_ref());
    Ok(BundleReport {
        folder: case.top(),
        records: case.parts.records.len(),
        originals: case.originals.len(),
        index: case.logged.as_ref().map(|logged| logged.index),
        signed: signed.map(|signed| signed.checkpoint().head().size),
        times: case.stamps.iter().map(|stamp| (stamp.authority.clone(), stamp.time)).collect(),
        unverified: case.claims.iter().map(|claim| claim.authority.clone()).collect(),
        refused: case.logged.map(|logged| logged.refused).unwrap_or_default(),
    })
}

/// The lines of `bag-info.txt` (RFC 8493, section 2.2.2).
fn bag_info(case: &Case, at: Timestamp, options: &BundleOptions) -> Vec<(&'static str, String)> {
    let newest = case.stamps.iter().map(|stamp| stamp.time).max().unwrap_or(at);
    let mut lines = vec![
        ("Bagging-Date", newest.strftime("%Y-%m-%d").to_string()),
        ("Bag-Software-Agent", options.software.clone()),
        ("External-Identifier", case.id.ni()),
        ("External-Identifier", case.id.nih()),
        (
            "External-Description",
            "Evidence of one capture of a web page; data/report.html says what it is".into(),
        ),
    ];
    if let Some(operator) = &case.parts.manifest.client.operator {
        lines.insert(0, ("Source-Organization", operator.clone()));
    }
    lines
}

/// The package for replay tools, in a file that goes away by itself.
async fn wacz(
    archive: &Archive,
    case: &Case,
    at: Timestamp,
    options: &BundleOptions,
) -> Result<File, EvidenceError> {
    let failed = |error| EvidenceError::io("making a file for the package beside", &options.path, error);
    let mut file = tempfile::tempfile().map_err(failed)?;
    let chosen = Chosen::of(archive, &Selection::Named(vec![case.id])).await?;
    let info = ExportInfo {
        at,
        software: options.software.clone(),
        operator: case.parts.manifest.client.operator.clone(),
        part_of: Some(case.logged.as_ref().map_or("vidimus archive", |logged| &logged.origin).to_owned()),
        manifest_texts: true,
        path: options.path.clone(),
    };
    let report = export_wacz(archive, &chosen, &info, &mut file, &mut |_, _| {}).await?;
    if !report.damage.is_empty() {
        return Err(EvidenceError::Damaged(report.damage));
    }
    Ok(file)
}

/// Copies records out of the archive into a bag.
struct Records<'a> {
    archive: &'a Archive,
    path: &'a Path,
}

impl Records<'_> {
    /// Adds all records of a case; gives their files, by the ids of the records.
    fn add<W: Write + Seek>(
        &self,
        bag: &mut Bag<W>,
        case: &Case,
    ) -> Result<BTreeMap<String, String>, EvidenceError> {
        let mut names = BTreeMap::new();
        self.add_all(bag, paths::RECORDS, &case.parts.records, &mut names)?;
        for (number, (_, parts)) in (1..).zip(&case.originals) {
            let folder = paths::original(number);
            self.add_all(bag, &format!("{folder}/records"), &parts.records, &mut names)?;
            bag.add(&format!("{folder}/manifest.json"), &parts.manifest_json)?;
        }
        for (digest, part) in case.certificates() {
            let name = paths::certificate(&digest.hex());
            self.copy(bag, &name, part)?;
            names.insert(part.record().id().to_owned(), name);
        }
        for (part, name) in case.parts.texts.iter().zip(paths::TEXT_RECORDS) {
            self.copy(bag, name, &part.part)?;
        }
        Ok(names)
    }

    fn add_all<W: Write + Seek>(
        &self,
        bag: &mut Bag<W>,
        folder: &str,
        parts: &[Part],
        names: &mut BTreeMap<String, String>,
    ) -> Result<(), EvidenceError> {
        for (number, part) in (1..).zip(parts) {
            let name = paths::record(folder, number);
            self.copy(bag, &name, part)?;
            names.insert(part.record().id().to_owned(), name);
        }
        Ok(())
    }

    fn copy<W: Write + Seek>(
        &self,
        bag: &mut Bag<W>,
        name: &str,
        part: &Part,
    ) -> Result<Digest, EvidenceError> {
        let mut trouble = None;
        let copied = bag.add_from(name, part.record().length, |mut out| {
            part.copy(self.archive, &mut out, self.path).map_err(|error| {
                trouble = Some(error);
                io::Error::other("the record could not be read")
            })
        });
        match trouble {
            Some(error) => Err(error.into()),
            None => copied,
        }
    }
}

/// Adds the package, the record that begins its WARC file, and which files of the bundle the others are.
fn add_package<W: Write + Seek>(
    bag: &mut Bag<W>,
    wacz: &mut File,
    names: &BTreeMap<String, String>,
    path: &Path,
) -> Result<(), EvidenceError> {
    let failed = |error| EvidenceError::io("reading the package for", path, error);
    let mut section = package::inner_warc(wacz).map_err(failed)?;
    let limits = Limits { block: 64 << 10, ..Limits::default() };
    let mut order = format!("{}\n", paths::WACZ_INFO);
    let mut info = None;
    let mut reader = Reader::with_limits(BufReader::new(&mut section), limits).map_err(failed)?;
    while let Some(item) = reader.next_item().map_err(failed)? {
        let Item::Record(record) = item else { continue };
        if record.record_type == RecordType::Warcinfo {
            info = Some((record.offset, record.length));
        } else if let Some(name) = names.get(record.id()) {
            order.push_str(name);
            order.push('\n');
        }
    }
    drop(reader);
    let (offset, length) = info.unwrap_or_default();
    section.seek(SeekFrom::Start(offset)).map_err(failed)?;
    bag.add_file(paths::WACZ_INFO, length, &mut section.take(length))?;
    bag.add(paths::WACZ_ORDER, order.as_bytes())?;
    let length = wacz.seek(SeekFrom::End(0)).map_err(failed)?;
    wacz.rewind().map_err(failed)?;
    bag.add_file(paths::WACZ, length, wacz)?;
    Ok(())
}

fn add_proof<W: Write + Seek>(bag: &mut Bag<W>, case: &Case) -> Result<(), EvidenceError> {
    bag.add(paths::MANIFEST, &case.parts.manifest_json)?;
    let Some(logged) = &case.logged else { return Ok(()) };
    bag.add(paths::LEAF, &logged.leaf_json)?;
    let Some(signed) = &logged.signed else { return Ok(()) };
    bag.add(paths::PROOF, &signed.proof.to_bytes())?;
    bag.add(paths::CHECKPOINT, signed.checkpoint().as_bytes())?;
    bag.add(paths::CHECKPOINT_BODY, signed.checkpoint().note().text().as_bytes())?;
    bag.add(paths::CHECKPOINT_SIGNATURE, signature(signed)?)?;
    bag.add(paths::KEY_PEM, signed.key.to_pem().as_bytes())?;
    bag.add(paths::VKEY, format!("{}\n", signed.key).as_bytes())?;
    for answer in &signed.answers {
        if let Some(query) = &answer.query {
            bag.add(&paths::query(&answer.stamp.authority), query)?;
        }
        bag.add(&paths::response(&answer.stamp.authority), &answer.response)?;
    }
    for stamp in case.stamps.iter().chain(&case.claims) {
        if let Some(root) = &stamp.root_pem {
            bag.add(&paths::root(&stamp.authority), root.as_bytes())?;
        }
        bag.add(&paths::chain(&stamp.authority), stamp.chain_pem.as_bytes())?;
    }
    Ok(())
}

/// The 64 bytes of the key's signature under the checkpoint.
fn signature(signed: &Signed) -> Result<&[u8], EvidenceError> {
    let key = &signed.key;
    let signatures = signed.checkpoint().note().signatures();
    let own = signatures.iter().find(|s| s.name == key.name() && s.hash == key.hash());
    let own = own.ok_or_else(|| EvidenceError::Log("the checkpoint is not signed by its key".to_owned()))?;
    Ok(&own.bytes)
}
