//! One WARC file of the chosen captures: their records as they lie in the archive, and nothing made anew but the
//! `warcinfo` record at the beginning.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;

use vidimus_snapshot::{Digest, ExchangeFacts, SnapshotId};
use vidimus_warc::{Headers, NewRecord, RecordType, encode};

use super::check::{self, Opened, Sound};
use super::index::{self, Place};
use super::tally::Tally;
use super::{Chosen, ExportInfo, ExportReport, NotExported};
use crate::cdxj::Cdxj;
use crate::certificate::uuid_of;
use crate::error::io_error;
use crate::formats::WARC_FORMAT;
use crate::prepare::warc_date;
use crate::{Archive, ArchiveError};

/// Writes the records of the chosen captures, and of what they refer to, to `out`; to `text`, if it is given, those of
/// their texts.
pub async fn export_warc(
    archive: &Archive,
    chosen: &Chosen,
    info: &ExportInfo,
    out: &mut dyn Write,
    text: Option<(&ExportInfo, &mut dyn Write)>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<ExportReport, ArchiveError> {
    let mut report = chosen.report();
    let name = file_name(&info.path);
    let mut warc = WarcOut::begin(archive, chosen, info, &name, out)?;
    let mut texts = match text {
        Some((info, out)) => Some(WarcOut::begin(archive, chosen, info, &file_name(&info.path), out)?),
        None => None,
    };
    let total = chosen.captures.len();
    for (done, (id, _)) in chosen.with_records().enumerate() {
        progress(done, total);
        let opened = check::open(archive, id).await?;
        if let Some(texts) = &mut texts {
            texts.add_texts(&opened, id, &mut report)?;
        }
        warc.add(opened, &mut report).await?;
    }
    warc.find_unresolved(&mut report);
    warc.flush()?;
    texts.map_or(Ok(()), |mut texts| texts.flush())?;
    Ok(report)
}

/// The last part of a path.
fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A revisit that was written, and what it says that it repeats.
struct Revisit {
    at: NotExported,
    refers_to: Option<String>,
    target: Option<(String, String)>,
}

/// A WARC file that is being written.
pub(super) struct WarcOut<'a, W: Write> {
    archive: &'a Archive,
    info: &'a ExportInfo,
    name: String,
    out: Tally<W>,
    certificates: HashSet<Digest>,
    /// The answers written, by their ids, and by address and date.
    answers: HashSet<String>,
    answers_at: HashSet<(String, String)>,
    revisits: Vec<Revisit>,
}

impl<'a, W: Write> WarcOut<'a, W> {
    /// Begins a file of this name with its `warcinfo` record.
    pub(super) fn begin(
        archive: &'a Archive,
        chosen: &Chosen,
        info: &'a ExportInfo,
        name: &str,
        out: W,
    ) -> Result<Self, ArchiveError> {
        let mut warc = Self {
            archive,
            info,
            name: name.to_owned(),
            out: Tally::new(out),
            certificates: HashSet::new(),
            answers: HashSet::new(),
            answers_at: HashSet::new(),
            revisits: Vec::new(),
        };
        let member = warc.warcinfo(&chosen.words)?;
        warc.out.write_all(&member).map_err(io_error("writing", &info.path))?;
        Ok(warc)
    }

    /// Who exports what, from which archive.
    fn warcinfo(&self, words: &str) -> Result<Vec<u8>, ArchiveError> {
        let root = || std::path::absolute(self.archive.layout().root()).unwrap_or_default();
        let part_of = self.info.part_of.clone().unwrap_or_else(|| file_name(&root()));
        let plain = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
        let mut fields = format!("software: {}\r\n{WARC_FORMAT}", plain(&self.info.software));
        if let Some(operator) = &self.info.operator {
            fields.push_str(&format!("operator: {}\r\n", plain(operator)));
        }
        fields.push_str(&format!("isPartOf: {}\r\n", plain(&part_of)));
        fields.push_str(&format!("description: exported from that archive: {}\r\n", plain(words)));
        let date = warc_date(self.info.at);
        // Made of what the file is, so that the same export has the same bytes.
        let id = format!("<urn:uuid:{}>", uuid_of(&format!("export {} {date} {fields}", self.name)));
        let headers = Headers::new()
            .with("WARC-Filename", plain(&self.name))
            .with("Content-Type", "application/warc-fields");
        let record = NewRecord::new(RecordType::Warcinfo, &id, &date, headers, fields.as_bytes());
        Ok(encode(&record)?.member)
    }

    /// Adds a capture, its certificates before it; gives the lines of its answers for an index.
    pub(super) async fn add(
        &mut self,
        opened: Opened,
        report: &mut ExportReport,
    ) -> Result<Vec<Cdxj>, ArchiveError> {
        let Opened { capture, manifest, records, damage } = opened;
        report.damage.extend(damage);
        for name in manifest.iter().flat_map(|m| &m.exchanges).flat_map(ExchangeFacts::certificates) {
            if !self.certificates.insert(*name) {
                continue;
            }
            match check::certificate(self.archive, &capture, *name).await? {
                Ok(sound) => self.copy(&sound, report).map(drop)?,
                Err(gone) => report.damage.push(gone),
            }
        }
        let mut lines = Vec::new();
        for sound in &records {
            lines.extend(self.copy(sound, report)?);
            self.note(sound, capture.snapshot);
        }
        Ok(lines)
    }

    /// Adds the records of a capture's texts.
    fn add_texts(
        &mut self,
        opened: &Opened,
        id: SnapshotId,
        report: &mut ExportReport,
    ) -> Result<(), ArchiveError> {
        for place in check::texts(&opened.capture) {
            match check::by_itself(self.archive.layout(), place) {
                Ok(sound) => self.copy(&sound, report).map(drop)?,
                Err(what) => report.damage.push(check::not_exported(place, id, what)),
            }
        }
        Ok(())
    }

    /// Copies a record, and gives its line.
    fn copy(&mut self, sound: &Sound, report: &mut ExportReport) -> Result<Option<Cdxj>, ArchiveError> {
        let offset = self.out.bytes();
        let mut member = Tally::new(&mut self.out);
        let copied = check::copy(self.archive.layout(), sound, &mut member);
        copied.map_err(|error| error.on(&self.info.path))?;
        let (length, sha256) = member.finish();
        report.records += 1;
        Ok(index::line(sound, &Place { file: &self.name, offset, length, sha256: Some(sha256) }))
    }

    /// Notes what a revisit may refer to, and what it does refer to.
    fn note(&mut self, sound: &Sound, snapshot: Option<SnapshotId>) {
        let record = &sound.record;
        let field =
            |name: &str| record.headers.get(name).map(|value| value.trim_matches(['<', '>']).to_owned());
        if !matches!(record.record_type, RecordType::Response | RecordType::Revisit | RecordType::Resource) {
            return;
        }
        self.answers.insert(record.id().trim_matches(['<', '>']).to_owned());
        self.answers_at.extend(field("WARC-Target-URI").zip(field("WARC-Date")));
        if record.record_type != RecordType::Revisit {
            return;
        }
        self.revisits.push(Revisit {
            refers_to: field("WARC-Refers-To"),
            target: field("WARC-Refers-To-Target-URI").zip(field("WARC-Refers-To-Date")),
            at: NotExported {
                file: sound.file.clone(),
                offset: record.offset,
                record_id: Some(record.id().to_owned()),
                snapshot,
                what: "this revisit repeats what is not in the export, so that it cannot be replayed from it"
                    .to_owned(),
            },
        });
    }

    /// Finds revisits whose original is not in the file, as far as they name it.
    pub(super) fn find_unresolved(&mut self, report: &mut ExportReport) {
        for Revisit { at, refers_to, target } in std::mem::take(&mut self.revisits) {
            let is_here = refers_to.as_ref().is_some_and(|id| self.answers.contains(id))
                || target.as_ref().is_some_and(|place| self.answers_at.contains(place));
            if !is_here && (refers_to.is_some() || target.is_some()) {
                report.damage.push(at);
            }
        }
    }

    fn flush(&mut self) -> Result<(), ArchiveError> {
        self.out.flush().map_err(io_error("writing", &self.info.path))
    }

    /// How long the file is, and its digest.
    pub(super) fn finish(self) -> (u64, Digest) {
        self.out.finish()
    }
}
