//! Making the catalog anew from the files alone.
//!
//! A fresh catalog is filled beside the old one and put in its place when it is complete. It notes each file that it has
//! read to its end, so that a rebuild which was interrupted goes on there; it is read in pieces, so that memory does not
//! grow with the archive. WARC files come first: a text that is read later finds its capture.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use vidimus_catalog::{
    Capture, Catalog, CatalogError, Fixity, ReadText, RebuildStage, Run, SealedFile, SearchTold, SourceRun,
    SourceState, Told,
};
use vidimus_snapshot::SnapshotId;

use crate::error::io_error;
use crate::files::sync_folder;
use crate::layout::{FileKind, is_imported};
use crate::report::note_reports;
use crate::scan::{CaptureScan, Scan, TextScan, Texts};
use crate::sealed::hash_file;
use crate::takedown::{Logged, logged};
use crate::{ArchiveError, CatalogInPlace, Layout};

/// How many captures, or records of texts, go into the catalog at once.
const PIECE: usize = 500;

/// What a rebuild found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Files there are.
    pub files: usize,
    /// Files that an interrupted rebuild had read already.
    pub resumed: usize,
    /// Captures found.
    pub captures: usize,
    /// Tries found in run reports, each counted once.
    pub tries: usize,
    /// Damage met on the way; `vidimus verify` says more.
    pub damage: Vec<String>,
    /// Captures that were found though the log says that they were taken down, and that are removed again.
    pub taken_down: Vec<SnapshotId>,
    /// Files that the catalog before did not know and that are taken in; empty when it could not be read.
    pub unknown: Vec<String>,
}

/// How far a rebuild has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RebuildProgress<'a> {
    /// The file that is being read.
    pub file: &'a str,
    /// Bytes read, those of files that were read before an interruption included.
    pub done: u64,
    /// Bytes there are to read.
    pub total: u64,
}

/// A file to be read.
struct Source {
    name: String,
    kind: FileKind,
    length: u64,
}

/// Fills a new catalog from all files, and puts it in the place of the old one when it is complete. This is the explicit
/// act of trust in all that lies there: files that the old catalog did not know are taken in, and named.
pub(crate) async fn rebuild(
    layout: &Layout,
    software: &str,
    progress: impl FnMut(RebuildProgress<'_>),
) -> Result<(Catalog, Rebuilt), ArchiveError> {
    let sources = sources(layout)?;
    let fresh = layout.root().join("catalog.rebuild.sqlite");
    if !fresh.is_file()
        && let Some(done) = in_place(layout, software, &sources).await?
    {
        return Ok(done);
    }
    let (catalog, read) = begin(&fresh, software, &sources).await?;
    let logged = logged(layout, &catalog).await?;
    let sealed = carry_sealed(layout, &catalog, &logged).await?;
    let mut filling = Filling {
        layout,
        catalog: &catalog,
        read,
        has_read_captures: false,
        sealed,
        logged,
        rebuilt: Rebuilt { files: sources.len(), ..Rebuilt::default() },
        done: 0,
        total: sources.iter().map(|source| source.length).sum(),
        progress,
    };
    filling.files(&sources, FileKind::Warc).await?;
    filling.files(&sources, FileKind::Text).await?;
    catalog.fill_headlines().await?;
    filling.others().await?;
    let mut rebuilt = filling.rebuilt;
    rebuilt.count(&catalog).await?;
    if let Some(known) = known_files(layout).await {
        let names = sources.iter().map(|source| source.name.clone()).chain(layout.imported_files()?);
        rebuilt.unknown = names.filter(|name| !known.contains(name)).collect();
    }
    if let Some(remains) = Remains::of(layout).await {
        remains.add_to(&catalog).await?;
    }
    catalog.set_rebuild_stage(software, RebuildStage::Index).await?;
    catalog.close().await;
    put_in_place(layout, &fresh).await?;
    Ok((Catalog::open(&layout.catalog()).await?, rebuilt))
}

/// All files, WARC files first, each kind by name.
fn sources(layout: &Layout) -> Result<Vec<Source>, ArchiveError> {
    let mut sources = Vec::new();
    for kind in [FileKind::Warc, FileKind::Text] {
        for name in layout.files(kind)? {
            let path = layout.find(&name);
            let length = path.metadata().map_err(io_error("reading", &path))?.len();
            sources.push(Source { name, kind, length });
        }
    }
    Ok(sources)
}

/// The catalog that a rebuild put in place before it was interrupted while it filled the search index, if all files are
/// as they were.
async fn in_place(
    layout: &Layout,
    software: &str,
    sources: &[Source],
) -> Result<Option<(Catalog, Rebuilt)>, ArchiveError> {
    // One that cannot be read has nothing to say: that is what a rebuild is for.
    let Ok(catalog) = Catalog::open_read_only(&layout.catalog()).await else { return Ok(None) };
    let state = (catalog.rebuild_stage().await, catalog.files_read().await, catalog.sealed_files().await);
    catalog.close().await;
    let (Ok(Some((by, RebuildStage::Index | RebuildStage::Documents))), Ok(read), Ok(sealed)) = state else {
        return Ok(None);
    };
    // One that is gone, or has another length, is damage that has to be told again.
    let has_length = |file: &SealedFile| {
        layout.sealed(&file.name).metadata().is_ok_and(|facts| facts.len() == file.length)
    };
    if !sealed.iter().all(has_length) {
        return Ok(None);
    }
    let read: HashMap<String, u64> = read.into_iter().collect();
    let is_same = |source: &Source| read.get(&source.name) == Some(&source.length);
    if by != software || read.len() != sources.len() || !sources.iter().all(is_same) {
        return Ok(None);
    }
    let catalog = Catalog::open(&layout.catalog()).await?;
    let mut rebuilt = Rebuilt { files: sources.len(), resumed: sources.len(), ..Rebuilt::default() };
    rebuilt.count(&catalog).await?;
    Ok(Some((catalog, rebuilt)))
}

/// The fresh catalog of an interrupted rebuild with the files that it has read, or a new one. An interrupted one is of no
/// use if other software made it, or a file is gone or shorter than it was.
async fn begin(
    fresh: &Path,
    software: &str,
    sources: &[Source],
) -> Result<(Catalog, HashMap<String, u64>), ArchiveError> {
    if fresh.is_file()
        && let Ok(catalog) = Catalog::open(fresh).await
    {
        let (stage, read) = (catalog.rebuild_stage().await, catalog.files_read().await);
        if let (Ok(Some((by, _))), Ok(read)) = (stage, read) {
            let lengths: HashMap<&str, u64> = sources.iter().map(|s| (s.name.as_str(), s.length)).collect();
            let is_there =
                |(name, length): &(String, u64)| lengths.get(name.as_str()).is_some_and(|now| now >= length);
            if by == software && read.iter().all(is_there) {
                return Ok((catalog, read.into_iter().collect()));
            }
        }
        catalog.close().await;
    }
    remove_database(fresh)?;
    let catalog = Catalog::open(fresh).await?;
    catalog.set_rebuild_stage(software, RebuildStage::Files).await?;
    Ok((catalog, HashMap::new()))
}

/// Takes over what the old catalog, if it can be read, says of sealed files: a file that has changed since does not become
/// right because the catalog is made anew. Gives back what it says.
async fn carry_sealed(
    layout: &Layout,
    fresh: &Catalog,
    logged: &Logged,
) -> Result<HashMap<String, SealedFile>, ArchiveError> {
    let Ok(old) = Catalog::open_read_only(&layout.catalog()).await else { return Ok(HashMap::new()) };
    let sealed = old.sealed_files().await;
    old.close().await;
    let mut carried = HashMap::new();
    for mut file in sealed.unwrap_or_default() {
        file.sha256 = logged.newest(&file.name, file.sha256);
        // One that is open now was sealed by nobody who noted it.
        if layout.sealed(&file.name).is_file() || !layout.open(&file.name).is_file() {
            // Of imported files the manifests know better, and are read first.
            if !is_imported(&file.name) {
                fresh.put_sealed(&file).await?;
            }
            carried.insert(file.name.clone(), file);
        }
    }
    Ok(carried)
}

/// A catalog that is being filled.
struct Filling<'a, P> {
    layout: &'a Layout,
    catalog: &'a Catalog,
    /// The files that were read before an interruption, with the lengths that they had.
    read: HashMap<String, u64>,
    /// Whether a WARC file was not among them.
    has_read_captures: bool,
    /// What sealed files have to be.
    sealed: HashMap<String, SealedFile>,
    /// What takedowns made of them.
    logged: Logged,
    rebuilt: Rebuilt,
    /// Bytes of the files that are read.
    done: u64,
    total: u64,
    progress: P,
}

impl<P: FnMut(RebuildProgress<'_>)> Filling<'_, P> {
    async fn files(&mut self, sources: &[Source], kind: FileKind) -> Result<(), ArchiveError> {
        for source in sources.iter().filter(|source| source.kind == kind) {
            // A text finds only captures that are there: after a WARC file that was read now, texts are read again.
            let is_behind = kind == FileKind::Text && self.has_read_captures;
            if !is_behind && self.read.get(&source.name) == Some(&source.length) {
                self.rebuilt.resumed += 1;
            } else {
                self.file(source).await?;
            }
            self.done += source.length;
        }
        Ok(())
    }

    async fn file(&mut self, source: &Source) -> Result<(), ArchiveError> {
        let is_sealed = self.layout.sealed(&source.name).is_file();
        if !is_sealed {
            self.catalog.begin_file(&source.name).await?;
        }
        let mut damage = match source.kind {
            FileKind::Warc => self.captures(source).await?,
            FileKind::Text => self.texts(source).await?,
        };
        self.has_read_captures |= source.kind == FileKind::Warc;
        if is_sealed {
            damage.extend(self.seal(&source.name, damage.is_empty()).await?);
        }
        // A damaged file may be replaced by a good copy before the rebuild goes on: it is read again then.
        if damage.is_empty() {
            self.catalog.note_read(&source.name, source.length).await?;
        }
        self.rebuilt.damage.extend(damage);
        Ok(())
    }

    /// Notes what a sealed file is, or says that it is not what it was when it was sealed. Where nobody knows what it was,
    /// one with damage in it is not noted: nothing would vouch for it but the damage itself.
    async fn seal(&self, name: &str, is_whole: bool) -> Result<Option<String>, ArchiveError> {
        let expected = self.sealed.get(name);
        if expected.is_none() && !is_whole {
            return Ok(None);
        }
        let found = hash_file(self.layout, name).await?;
        let Some(expected) = expected else {
            self.catalog.put_sealed(&found).await?;
            return Ok(None);
        };
        // One from before a takedown is rewritten once more when the rebuild is done.
        let is_it = found.length == expected.length && self.logged.leads(name, found.sha256, expected.sha256);
        Ok((!is_it).then(|| changed(expected, &found)))
    }

    /// Compares the imported files, which hold no captures of ours to be read, with what they have to be, and names the
    /// sealed files that are gone. What nobody has noted yet is noted.
    async fn others(&mut self) -> Result<(), ArchiveError> {
        for file in self.sealed.values().filter(|file| is_imported(&file.name)) {
            self.catalog.put_sealed(file).await?;
        }
        let noted = self.catalog.sealed_files().await?.into_iter().filter(|file| is_imported(&file.name));
        self.sealed.extend(noted.map(|file| (file.name.clone(), file)));
        let mut gone: Vec<&str> = self.sealed.keys().map(String::as_str).collect();
        gone.retain(|name| !self.layout.sealed(name).is_file());
        gone.sort_unstable();
        let tell =
            |name: &str| format!("{name}: the file is missing, and it was sealed; take it from a backup");
        let mut damage: Vec<String> = gone.into_iter().map(tell).collect();
        for name in self.layout.imported_files()? {
            damage.extend(self.seal(&name, true).await?);
        }
        self.rebuilt.damage.extend(damage);
        Ok(())
    }

    /// What a manifest says of an imported file is what that was when it was imported.
    async fn note_originals(&self, originals: &[SealedFile]) -> Result<(), ArchiveError> {
        for file in originals.iter().filter(|file| is_imported(&file.name)) {
            let sha256 = self.logged.newest(&file.name, file.sha256);
            self.catalog.put_sealed(&SealedFile { sha256, ..file.clone() }).await?;
        }
        Ok(())
    }

    async fn captures(&mut self, source: &Source) -> Result<Vec<String>, ArchiveError> {
        let (mut scan, no_texts) = (CaptureScan::open(self.layout, &source.name)?, Texts::default());
        self.tell(source, &scan.scan);
        while let Some(piece) = scan.piece(PIECE, &no_texts)? {
            self.catalog.add_certificates(&piece.certificates).await?;
            self.catalog.add(&piece.captures).await?;
            note_reports(self.catalog, &piece.reports).await?;
            self.note_originals(&piece.originals).await?;
            self.tell(source, &scan.scan);
        }
        Ok(scan.scan.told(u64::MAX))
    }

    async fn texts(&mut self, source: &Source) -> Result<Vec<String>, ArchiveError> {
        let mut scan = TextScan::open(self.layout, &source.name)?;
        self.tell(source, &scan.scan);
        let mut is_more = true;
        while is_more {
            let mut texts = Texts::default();
            is_more = scan.read(PIECE, &mut texts)?;
            let of_captures = texts.of_answer.into_iter().map(|(answer, text)| ReadText {
                answer,
                places: text.places,
                headline: text.headline,
            });
            self.catalog.add_read_texts(&of_captures.collect::<Vec<_>>()).await?;
            self.catalog.add_texts(&texts.later).await?;
            self.tell(source, &scan.scan);
        }
        Ok(scan.scan.told(u64::MAX))
    }

    fn tell(&mut self, source: &Source, scan: &Scan) {
        let done = self.done + scan.good_end.min(source.length);
        (self.progress)(RebuildProgress { file: &source.name, done, total: self.total });
    }
}

fn changed(expected: &SealedFile, found: &SealedFile) -> String {
    format!(
        "{}: the file is not what it was when it was sealed: expected {} bytes with {}, found {} bytes with {}; take it from \
         a backup",
        found.name, expected.length, expected.sha256, found.length, found.sha256
    )
}

impl Rebuilt {
    async fn count(&mut self, catalog: &Catalog) -> Result<(), ArchiveError> {
        let (captures, tries) = catalog.counts().await?;
        self.captures = usize::try_from(captures).unwrap_or(usize::MAX);
        self.tries = usize::try_from(tries).unwrap_or(usize::MAX);
        Ok(())
    }
}

/// Puts the new catalog in the place of the old one. The old one's log is folded in before it is removed: whoever is
/// stopped in between has the old catalog whole, or the new one.
async fn put_in_place(layout: &Layout, fresh: &Path) -> Result<(), ArchiveError> {
    let _alone = CatalogInPlace::replace(layout).await?;
    let path = layout.catalog();
    if path.is_file()
        && let Ok(old) = Catalog::open(&path).await
    {
        // An old catalog that is damaged may refuse; nobody could go on with it.
        let _ = old.fold_log().await;
        old.close().await;
    }
    for log in ["-wal", "-shm"] {
        remove(&beside(&path, log))?;
    }
    sync_folder(layout.disk(), layout.root())?;
    layout.disk().rename(fresh, &path).map_err(io_error("putting the new catalog in place at", &path))?;
    sync_folder(layout.disk(), layout.root())
}

/// The files that the old catalog knows, if there is one that can be read.
async fn known_files(layout: &Layout) -> Option<HashSet<String>> {
    let catalog = Catalog::open_read_only(&layout.catalog()).await.ok()?;
    let (files, sealed) = (catalog.files().await, catalog.sealed_files().await);
    // A catalog of before this was noted says nothing of open files.
    let open = catalog.open_files().await.unwrap_or_default();
    catalog.close().await;
    let mut known: HashSet<String> = files.ok()?.into_iter().collect();
    known.extend(sealed.ok()?.into_iter().map(|file| file.name));
    known.extend(open.into_iter().map(|file| file.name));
    Some(known)
}

/// What only the old catalog knows: what was told, and what a run that was killed had no time to report. A rebuild is no
/// reason to tell it again, or to forget it.
#[derive(Default)]
struct Remains {
    told: Vec<Told>,
    searches: Vec<(SearchTold, Vec<SnapshotId>)>,
    tries: Vec<Capture>,
    runs: Vec<Run>,
    source_runs: Vec<SourceRun>,
    states: Vec<SourceState>,
    fixity: Vec<Fixity>,
}

impl Remains {
    /// Reads them, if they can be read: a catalog that is damaged, or older than what is asked for, has nothing to say,
    /// and that is what a rebuild is for.
    async fn of(layout: &Layout) -> Option<Self> {
        let catalog = Catalog::open_read_only(&layout.catalog()).await.ok()?;
        let remains = Self::read(&catalog).await;
        catalog.close().await;
        remains.ok()
    }

    async fn read(catalog: &Catalog) -> Result<Self, CatalogError> {
        Ok(Self {
            told: catalog.told().await?,
            tries: catalog.unreported().await?,
            runs: catalog.unfinished_runs().await?,
            source_runs: catalog.unreported_source_runs().await?,
            states: catalog.source_states().await?,
            // A catalog from before checks or saved searches were noted has all the rest.
            fixity: catalog.fixity().await.unwrap_or_default(),
            searches: catalog.searches_and_untold().await.unwrap_or_default(),
        })
    }

    async fn add_to(&self, catalog: &Catalog) -> Result<(), CatalogError> {
        catalog.note_told(&self.told, &[]).await?;
        catalog.restore_searches(&self.searches).await?;
        for run in &self.runs {
            catalog.put_run(run).await?;
        }
        for facts in &self.source_runs {
            catalog.put_source_run(facts).await?;
        }
        for check in &self.fixity {
            catalog.note_fixity(check).await?;
        }
        let times = |at: fn(&SourceState) -> Option<Timestamp>| -> Vec<(&str, Timestamp)> {
            self.states.iter().filter_map(|s| Some((s.source.as_str(), at(s)?))).collect()
        };
        catalog.sources_started(&times(|state| state.last_started)).await?;
        catalog.sources_ok(&times(|state| state.last_ok)).await?;
        catalog.add_unreported(&self.tries).await
    }
}

/// Removes a derived database with its write-ahead log.
fn remove_database(path: &Path) -> Result<(), ArchiveError> {
    ["-wal", "-shm", ""].iter().try_for_each(|part| remove(&beside(path, part)))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Removes a file of a derived database, if it is there.
#[expect(clippy::disallowed_methods, reason = "the catalog is derived, and this is its owner")]
fn remove(path: &Path) -> Result<(), ArchiveError> {
    if path.exists() {
        std::fs::remove_file(path).map_err(io_error("removing", path))?;
    }
    Ok(())
}
