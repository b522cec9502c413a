//! The one writer of an archive: takes the lock, recovers what an earlier writer left, appends captures in groups,
//! and seals the files at the end.

use std::collections::HashSet;

use jiff::Timestamp;
use vidimus_catalog::{Capture, Catalog, RecordPlace};
use vidimus_snapshot::Digest;
use vidimus_warc::{Headers, NewRecord, RecordType, encode};

use crate::files::{Info, OpenFile};
use crate::layout::FileKind;
use crate::lock::Lock;
use crate::prepare::{Member, member, warc_date};
use crate::recover::{self, Recovery};
use crate::sealed::note_sealed;
use crate::texts::PlacedText;
use crate::{ArchiveError, Layout, Prepared, PreparedText, RUN_REPORT_TYPE, RunReport};

/// What a writer is told about itself.
#[derive(Debug, Clone)]
pub struct WriterOptions {
    /// What the lock file says of its holder, such as `pid 4711, vidimus crawl, since 2024-06-27T08:30:00Z`.
    pub holder: String,
    /// Name and version of the software, for `warcinfo`.
    pub software: String,
    /// Who operates the archive.
    pub operator: Option<String>,
    /// Eight hex digits that tell this writer's files from those of another that began in the same second.
    pub tag: String,
    /// A file is sealed, and a new one begun, when it is this long.
    pub max_file_bytes: u64,
}

/// Open files begin a new one at one gigabyte, the size that the field's tools and guidelines expect.
pub const DEFAULT_MAX_FILE_BYTES: u64 = 1_000_000_000;

/// Writes to an archive. There is at most one per archive, on the whole machine.
#[derive(Debug)]
pub struct Writer {
    layout: Layout,
    catalog: Catalog,
    options: WriterOptions,
    files: Files,
    recovery: Recovery,
    _lock: Lock,
}

#[derive(Debug, Default)]
struct Files {
    warc: Option<OpenFile>,
    text: Option<OpenFile>,
    count: u32,
    /// The names of those that were sealed because they were full.
    full: Vec<String>,
}

impl Writer {
    /// Takes the lock, recovers, and opens the catalog; makes the folders when they are missing.
    pub async fn open(layout: &Layout, options: WriterOptions) -> Result<Self, ArchiveError> {
        layout.create()?;
        let lock = Lock::take(&layout.lock(), &options.holder)?;
        if !layout.catalog().is_file() && !layout.files(FileKind::Warc)?.is_empty() {
            return Err(ArchiveError::NoCatalog(layout.root().to_owned()));
        }
        let catalog = Catalog::open(&layout.catalog()).await?;
        let recovery = recover::recover(layout, &catalog).await?;
        Ok(Self { layout: layout.clone(), catalog, options, files: Files::default(), recovery, _lock: lock })
    }

    /// The catalog, open for writing.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The archive's folder.
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// A name for the next file that is imported.
    pub(crate) fn next_imported(&mut self, at: Timestamp, extension: &str) -> String {
        self.files.count += 1;
        Layout::imported_name(at, &self.options.tag, self.files.count - 1, extension)
    }

    /// What had to be mended when the archive was opened.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Appends captures and returns them with their places, when all of them are durable. `at` and `uuids` name the
    /// files that may have to be begun.
    pub async fn commit(
        &mut self,
        group: Vec<Prepared>,
        at: Timestamp,
        uuids: [String; 2],
    ) -> Result<Vec<Capture>, ArchiveError> {
        let mut files = std::mem::take(&mut self.files);
        let (layout, options) = (self.layout.clone(), self.options.clone());
        let appended = tokio::task::spawn_blocking(move || {
            let result = append_group(&layout, &options, &mut files, group, at, &uuids);
            (files, result)
        })
        .await
        .map_err(|e| ArchiveError::Stopped(e.to_string()))?;
        self.files = appended.0;
        let Appended { rows, certificates } = appended.1?;
        self.catalog.add_certificates(&certificates).await?;
        self.catalog.add(&rows).await?;
        Ok(rows)
    }

    /// Appends texts made of captures that are held, and tells the catalog when they are durable.
    pub async fn add_texts(
        &mut self,
        group: Vec<PreparedText>,
        at: Timestamp,
        uuid: String,
    ) -> Result<(), ArchiveError> {
        let mut files = std::mem::take(&mut self.files);
        let (layout, options) = (self.layout.clone(), self.options.clone());
        let (files, result) = tokio::task::spawn_blocking(move || {
            let result = append_texts(&layout, &options, &mut files, group, at, &uuid);
            (files, result)
        })
        .await
        .map_err(|e| ArchiveError::Stopped(e.to_string()))?;
        self.files = files;
        Ok(self.catalog.add_texts(&result?).await?)
    }

    /// Writes a run's report, each of its pieces under a UUID of its own, and notes in the catalog that what left no
    /// exchange is now held. `file` names the file that may have to be begun.
    pub async fn report(&mut self, pieces: &[(String, RunReport)], file: String) -> Result<(), ArchiveError> {
        let Some((_, last)) = pieces.last() else { return Ok(()) };
        let members = pieces
            .iter()
            .map(|(record, report)| report_member(record, report))
            .collect::<Result<Vec<_>, _>>()?;
        let mut files = std::mem::take(&mut self.files);
        let (layout, options, at) = (self.layout.clone(), self.options.clone(), last.finished_at);
        let (files, result) = tokio::task::spawn_blocking(move || {
            let members: Vec<&Member> = members.iter().collect();
            let result = append(&layout, &options, &mut files, FileKind::Warc, &members, at, &file);
            let result = result.and_then(|_| sync(&mut files.warc));
            (files, result)
        })
        .await
        .map_err(|e| ArchiveError::Stopped(e.to_string()))?;
        self.files = files;
        result?;
        self.catalog.mark_reported().await?;
        Ok(self.catalog.put_run(&last.as_run()).await?)
    }

    /// Seals the open files and gives the lock back.
    pub async fn close(mut self) -> Result<(), ArchiveError> {
        let Files { warc, text, full: mut sealed, .. } = std::mem::take(&mut self.files);
        let open: Vec<OpenFile> = [text, warc].into_iter().flatten().collect();
        sealed.extend(open.iter().map(|file| file.name().to_owned()));
        tokio::task::spawn_blocking(move || open.into_iter().try_for_each(OpenFile::seal))
            .await
            .map_err(|e| ArchiveError::Stopped(e.to_string()))??;
        note_sealed(&self.layout, &self.catalog, |name| sealed.iter().any(|n| n == name)).await?;
        self.catalog.close().await;
        Ok(())
    }

    /// Empties the catalog's captures by filling a new one from the WARC files; `progress` is told of each file.
    ///
    /// Every file that lies in the archive's folders is taken in and trusted from then on, whoever put it there;
    /// [`Rebuilt::unknown`](recover::Rebuilt::unknown) names those that the catalog before this one did not know.
    pub async fn rebuild_catalog(
        layout: &Layout,
        options: WriterOptions,
        progress: impl FnMut(&str, usize, usize),
    ) -> Result<(Self, recover::Rebuilt), ArchiveError> {
        if !layout.exists() {
            return Err(ArchiveError::NoArchive(layout.root().to_owned()));
        }
        let lock = Lock::take(&layout.lock(), &options.holder)?;
        let (catalog, rebuilt) = recover::rebuild(layout, progress).await?;
        let recovery = Recovery::default();
        let files = Files::default();
        Ok((Self { layout: layout.clone(), catalog, options, files, recovery, _lock: lock }, rebuilt))
    }
}

/// What a group has become.
struct Appended {
    rows: Vec<Capture>,
    certificates: Vec<(Digest, RecordPlace)>,
}

fn report_member(record: &str, report: &RunReport) -> Result<Member, ArchiveError> {
    let json = serde_json::to_vec(report)?;
    let id = format!("<urn:uuid:{record}>");
    let headers = Headers::new()
        .with("WARC-Target-URI", format!("urn:uuid:{}", report.run))
        .with("Content-Type", RUN_REPORT_TYPE);
    let date = warc_date(report.finished_at);
    let new = NewRecord::new(RecordType::Metadata, &id, &date, headers, &json);
    Ok(member(&new, encode(&new)?))
}

/// Text first: a manifest that can be seen has its text. A capture's certificates stand before it in the same file.
fn append_group(
    layout: &Layout,
    options: &WriterOptions,
    files: &mut Files,
    group: Vec<Prepared>,
    at: Timestamp,
    [warc_info, text_info]: &[String; 2],
) -> Result<Appended, ArchiveError> {
    let text: Vec<&Member> = group.iter().flat_map(|p| &p.text).collect();
    let text_places = append(layout, options, files, FileKind::Text, &text, at, text_info)?;
    sync(&mut files.text)?;
    let places = append_captures(layout, options, files, &group, at, warc_info)?;
    sync(&mut files.warc)?;
    let (mut text_places, mut warc_places) = (text_places.into_iter(), places.captures.into_iter());
    let rows = group.into_iter().map(|prepared| {
        let mut row = prepared.row;
        // Those of an imported capture are in another file, and placed already.
        row.records.extend(warc_places.by_ref().take(prepared.warc.len()));
        row.records.extend(text_places.by_ref().take(prepared.text.len()));
        row
    });
    Ok(Appended { rows: rows.collect(), certificates: places.certificates })
}

/// Where the records of captures are, in their order, and the certificates that stand between them.
#[derive(Default)]
struct Places {
    captures: Vec<RecordPlace>,
    certificates: Vec<(Digest, RecordPlace)>,
}

/// Appends the captures of a group, each behind those of its certificates that the file does not hold yet, in one go:
/// if that fails, none of them is there.
fn append_captures(
    layout: &Layout,
    options: &WriterOptions,
    files: &mut Files,
    group: &[Prepared],
    at: Timestamp,
    uuid: &str,
) -> Result<Places, ArchiveError> {
    if group.iter().all(|p| p.warc.is_empty() && p.certificates.is_empty()) {
        return Ok(Places::default());
    }
    let file = files.ready(layout, options, FileKind::Warc, at, uuid)?;
    let new = new_certificates(file, group)?;
    let mut members: Vec<&Member> = Vec::new();
    for (prepared, certificates) in group.iter().zip(&new) {
        members.extend(certificates.iter().map(|(_, member)| member));
        members.extend(&prepared.warc);
    }
    let mut appended = file.append(&members)?.into_iter();
    let mut places = Places::default();
    for (prepared, certificates) in group.iter().zip(&new) {
        let digests = certificates.iter().map(|(sha256, _)| *sha256);
        file.note_certificates(digests.clone());
        places.certificates.extend(digests.zip(appended.by_ref()));
        places.captures.extend(appended.by_ref().take(prepared.warc.len()));
    }
    Ok(places)
}

/// For each capture of a group, the certificates that neither the file nor an earlier capture of the group has.
fn new_certificates(file: &OpenFile, group: &[Prepared]) -> Result<Vec<Vec<(Digest, Member)>>, ArchiveError> {
    let mut known = HashSet::new();
    let mut of_group = Vec::with_capacity(group.len());
    for prepared in group {
        let mut new = Vec::new();
        for certificate in &prepared.certificates {
            if !file.has_certificate(&certificate.sha256) && known.insert(certificate.sha256) {
                new.push((certificate.sha256, certificate.record(file.name(), prepared.row.started_at)?));
            }
        }
        of_group.push(new);
    }
    Ok(of_group)
}

fn append_texts(
    layout: &Layout,
    options: &WriterOptions,
    files: &mut Files,
    group: Vec<PreparedText>,
    at: Timestamp,
    uuid: &str,
) -> Result<Vec<PlacedText>, ArchiveError> {
    let members: Vec<&Member> = group.iter().flat_map(|prepared| &prepared.members).collect();
    let mut places = append(layout, options, files, FileKind::Text, &members, at, uuid)?.into_iter();
    sync(&mut files.text)?;
    let placed = group.into_iter().map(|prepared| {
        let own = places.by_ref().take(prepared.members.len()).collect();
        (prepared.text, prepared.headline, own)
    });
    Ok(placed.collect())
}

fn append(
    layout: &Layout,
    options: &WriterOptions,
    files: &mut Files,
    kind: FileKind,
    members: &[&Member],
    at: Timestamp,
    uuid: &str,
) -> Result<Vec<RecordPlace>, ArchiveError> {
    if members.is_empty() {
        return Ok(Vec::new());
    }
    files.ready(layout, options, kind, at, uuid)?.append(members)
}

impl Files {
    /// The file to append to: the open one, or a new one where there is none or it is full.
    fn ready(
        &mut self,
        layout: &Layout,
        options: &WriterOptions,
        kind: FileKind,
        at: Timestamp,
        uuid: &str,
    ) -> Result<&mut OpenFile, ArchiveError> {
        let slot = match kind {
            FileKind::Warc => &mut self.warc,
            FileKind::Text => &mut self.text,
        };
        if slot.as_ref().is_some_and(|file| file.length() >= options.max_file_bytes)
            && let Some(full) = slot.take()
        {
            self.full.push(full.name().to_owned());
            full.seal()?;
        }
        match slot {
            Some(file) => Ok(file),
            None => {
                let name = Layout::file_name(kind, at, &options.tag, self.count);
                let info = Info {
                    id: format!("<urn:uuid:{uuid}>"),
                    at,
                    software: &options.software,
                    operator: options.operator.as_deref(),
                    kind,
                };
                self.count += 1;
                Ok(slot.insert(OpenFile::create(layout, name, &info)?))
            }
        }
    }
}

fn sync(file: &mut Option<OpenFile>) -> Result<(), ArchiveError> {
    file.as_mut().map_or(Ok(()), OpenFile::sync)
}
