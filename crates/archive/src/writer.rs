//! The one writer of an archive: takes the lock, recovers what an earlier writer left, appends captures in groups, each
//! with its leaf in the log, and at the end seals the files and signs the log's head.

use std::collections::HashSet;

use jiff::Timestamp;
use vidimus_catalog::{Capture, Catalog, RecordPlace};
use vidimus_ledger::{Event, Leaf};
use vidimus_snapshot::{Digest, LogHead};
use vidimus_warc::{Headers, NewRecord, RecordType, encode};

use crate::blocking::blocking;
use crate::files::{Info, OpenFile};
use crate::layout::FileKind;
use crate::lock::Lock;
use crate::logbook::{LogOptions, Logbook, Signed};
use crate::prepare::{Member, member, warc_date};
use crate::rebuild::{self, RebuildProgress, Rebuilt};
use crate::recover::{self, Recovery};
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
    /// The tamper-evident log.
    pub log: LogOptions,
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
    /// How many files were begun.
    begun: u32,
    recovery: Recovery,
    logbook: Logbook,
    /// The latest time that it was told.
    at: Timestamp,
    _lock: Lock,
}

#[derive(Debug, Default)]
struct Files {
    warc: Option<OpenFile>,
    text: Option<OpenFile>,
}

impl Files {
    fn of(&mut self, kind: FileKind) -> &mut Option<OpenFile> {
        match kind {
            FileKind::Warc => &mut self.warc,
            FileKind::Text => &mut self.text,
        }
    }
}

impl Writer {
    /// Takes the lock, recovers, and opens the catalog; makes the folders when they are missing.
    pub async fn open(layout: &Layout, options: WriterOptions) -> Result<Self, ArchiveError> {
        layout.create()?;
        let lock = Lock::take(&layout.lock(), &options.holder)?;
        if !layout.catalog().is_file() && layout.holds_captures()? {
            return Err(ArchiveError::NoCatalog(layout.root().to_owned()));
        }
        let catalog = Catalog::open(&layout.catalog()).await?;
        let recovery = recover::recover(layout, &catalog).await?;
        // What is written from here on is not what an interrupted rebuild has read.
        catalog.end_rebuild().await?;
        let mut writer = Self::with(layout, catalog, options, recovery, lock).await?;
        let finished = writer.finish_takedowns().await?;
        writer.recovery.taken_down = finished.done;
        writer.recovery.damage.extend(finished.left);
        Ok(writer)
    }

    async fn with(
        layout: &Layout,
        catalog: Catalog,
        options: WriterOptions,
        mut recovery: Recovery,
        lock: Lock,
    ) -> Result<Self, ArchiveError> {
        let mut logbook = Logbook::open(layout, &catalog, &options.log).await?;
        logbook.catch_up(options.log.now).await?;
        recovery.log = logbook.recovery().clone();
        let (layout, files, at) = (layout.clone(), Files::default(), options.log.now);
        Ok(Self { layout, catalog, options, files, begun: 0, recovery, logbook, at, _lock: lock })
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
        self.begun += 1;
        Layout::imported_name(at, &self.options.tag, self.begun - 1, extension)
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
        [warc_info, text_info]: [String; 2],
    ) -> Result<Vec<Capture>, ArchiveError> {
        if group.iter().any(|p| !p.text.is_empty()) {
            self.ready(FileKind::Text, at, &text_info).await?;
        }
        if group.iter().any(|p| !p.warc.is_empty() || !p.certificates.is_empty()) {
            self.ready(FileKind::Warc, at, &warc_info).await?;
        }
        self.at = at;
        let events = group.iter().filter_map(|prepared| prepared.leaf.clone());
        let leaves = events.map(|(id, event)| Leaf::new(id, at, event)).collect();
        let Appended { rows, certificates } = self.on_files(|files| append_group(files, group)).await?;
        let leaves = self.logbook.append(leaves).await?;
        self.catalog.add_certificates(&certificates).await?;
        self.catalog.add_logged(&rows, &leaves).await?;
        Ok(rows)
    }

    /// The head of the log as it is now, signed or not.
    pub fn log_head(&self) -> Result<LogHead, ArchiveError> {
        self.logbook.head()
    }

    /// Puts an event into the log and gives its index, when it is durable.
    pub async fn log_event(&mut self, event: Event, id: String, at: Timestamp) -> Result<u64, ArchiveError> {
        self.at = at;
        self.logbook.note(vec![Leaf::new(id, at, event)]).await
    }

    /// Appends texts made of captures that are held, and tells the catalog when they are durable.
    pub async fn add_texts(
        &mut self,
        group: Vec<PreparedText>,
        at: Timestamp,
        uuid: String,
    ) -> Result<(), ArchiveError> {
        if group.is_empty() {
            return Ok(());
        }
        self.ready(FileKind::Text, at, &uuid).await?;
        let placed = self.on_files(|files| append_texts(files, group)).await?;
        Ok(self.catalog.add_texts(&placed).await?)
    }

    /// Writes a run's report, each of its pieces under a UUID of its own, and notes in the catalog that what left no
    /// exchange is now held. `file` names the file that may have to be begun.
    pub async fn report(&mut self, pieces: &[(String, RunReport)], file: String) -> Result<(), ArchiveError> {
        let Some((_, last)) = pieces.last() else { return Ok(()) };
        let members = pieces
            .iter()
            .map(|(record, report)| report_member(record, report))
            .collect::<Result<Vec<_>, _>>()?;
        self.ready(FileKind::Warc, last.finished_at, &file).await?;
        let grown = self
            .on_files(move |files| {
                let members: Vec<&Member> = members.iter().collect();
                append(&mut files.warc, &members)?;
                sync(&mut files.warc)?;
                Ok(files.warc.as_ref().map(|file| (file.name().to_owned(), file.length())))
            })
            .await?;
        if let Some((name, length)) = grown {
            self.catalog.note_length(&name, length).await?;
        }
        self.catalog.mark_reported().await?;
        Ok(self.catalog.put_run(&last.as_run()).await?)
    }

    /// Seals the open files, signs the head of the log, and gives the lock back.
    pub async fn close(mut self) -> Result<Signed, ArchiveError> {
        self.seal_all().await?;
        let signed = self.logbook.sign(self.at).await?;
        self.catalog.close().await;
        Ok(signed)
    }

    /// Seals the open files; what is written next begins new ones.
    pub(crate) async fn seal_all(&mut self) -> Result<(), ArchiveError> {
        for kind in [FileKind::Text, FileKind::Warc] {
            if let Some(file) = self.files.of(kind).take() {
                self.seal(file).await?;
            }
        }
        Ok(())
    }

    /// When it last did something, or was opened.
    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    /// Has a file of this kind to append to: the open one, or a new one where there is none or it is full. A new one is
    /// noted in the catalog before it is made, so that recovery takes no other for ours.
    async fn ready(&mut self, kind: FileKind, at: Timestamp, uuid: &str) -> Result<(), ArchiveError> {
        let is_full = |file: &mut OpenFile| file.length() >= self.options.max_file_bytes;
        if let Some(full) = self.files.of(kind).take_if(is_full) {
            self.seal(full).await?;
        }
        if self.files.of(kind).is_some() {
            return Ok(());
        }
        let name = Layout::file_name(kind, at, &self.options.tag, self.begun);
        self.begun += 1;
        self.catalog.begin_file(&name).await?;
        let info = Info {
            id: format!("<urn:uuid:{uuid}>"),
            at,
            software: self.options.software.clone(),
            operator: self.options.operator.clone(),
            kind,
        };
        let layout = self.layout.clone();
        let file = blocking(move || OpenFile::create(&layout, name, &info)).await?;
        *self.files.of(kind) = Some(file);
        Ok(())
    }

    async fn seal(&self, file: OpenFile) -> Result<(), ArchiveError> {
        let sealed = blocking(move || file.seal()).await?;
        Ok(self.catalog.put_sealed(&sealed).await?)
    }

    /// Does something to the open files on a thread that may wait for the disk.
    async fn on_files<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Files) -> Result<T, ArchiveError> + Send + 'static,
    ) -> Result<T, ArchiveError> {
        let mut files = std::mem::take(&mut self.files);
        let (files, result) = blocking(move || {
            let result = work(&mut files);
            Ok((files, result))
        })
        .await?;
        self.files = files;
        result
    }

    /// Fills a new catalog from the archive's files and puts it in the place of the old one; `progress` is told how far
    /// it has come. A rebuild that was interrupted goes on where it was.
    ///
    /// Every file that lies in the archive's folders is taken in and trusted from then on, whoever put it there;
    /// [`Rebuilt::unknown`] names those that the catalog before this one did not know.
    pub async fn rebuild_catalog(
        layout: &Layout,
        options: WriterOptions,
        progress: impl FnMut(RebuildProgress<'_>),
    ) -> Result<(Self, Rebuilt), ArchiveError> {
        if !layout.exists() {
            return Err(ArchiveError::NoArchive(layout.root().to_owned()));
        }
        let lock = Lock::take(&layout.lock(), &options.holder)?;
        let (catalog, mut rebuilt) = rebuild::rebuild(layout, &options.software, progress).await?;
        let mut writer = Self::with(layout, catalog, options, Recovery::default(), lock).await?;
        // A file that was put back may hold what was taken down.
        let finished = writer.finish_takedowns().await?;
        rebuilt.taken_down = finished.done;
        rebuilt.damage.extend(finished.left);
        Ok((writer, rebuilt))
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
fn append_group(files: &mut Files, group: Vec<Prepared>) -> Result<Appended, ArchiveError> {
    let text: Vec<&Member> = group.iter().flat_map(|p| &p.text).collect();
    let text_places = append(&mut files.text, &text)?;
    sync(&mut files.text)?;
    let places = append_captures(&mut files.warc, &group)?;
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
fn append_captures(file: &mut Option<OpenFile>, group: &[Prepared]) -> Result<Places, ArchiveError> {
    let Some(file) = file else { return Ok(Places::default()) };
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

fn append_texts(files: &mut Files, group: Vec<PreparedText>) -> Result<Vec<PlacedText>, ArchiveError> {
    let members: Vec<&Member> = group.iter().flat_map(|prepared| &prepared.members).collect();
    let mut places = append(&mut files.text, &members)?.into_iter();
    sync(&mut files.text)?;
    let placed = group.into_iter().map(|prepared| {
        let own = places.by_ref().take(prepared.members.len()).collect();
        (prepared.text, prepared.headline, own)
    });
    Ok(placed.collect())
}

/// Appends to a file that was made ready; without members there need be none.
fn append(file: &mut Option<OpenFile>, members: &[&Member]) -> Result<Vec<RecordPlace>, ArchiveError> {
    match file {
        Some(file) if !members.is_empty() => file.append(members),
        _ => Ok(Vec::new()),
    }
}

fn sync(file: &mut Option<OpenFile>) -> Result<(), ArchiveError> {
    file.as_mut().map_or(Ok(()), OpenFile::sync)
}
