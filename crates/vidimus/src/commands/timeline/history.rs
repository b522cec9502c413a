//! What each capture of a page adds to its history.
//!
//! A capture that brought no text, or only the beginning of one, says nothing about the text: a page that was not found is
//! not said to have been deleted, a login in its place is no version of it, and what a broken transfer lacks was not taken
//! out. Texts are read only where their digests differ.

use jiff::Timestamp;
use url::Url;
use vidimus_catalog::{Capture, Removed};
use vidimus_compare::Summary;
use vidimus_snapshot::{Digest, OutcomeKind, normal_form};

use crate::commands::diff::{Comparison, Reader, is_cut_short, version_key};
use crate::commands::gaps::Gaps;

/// A capture, and what it adds.
#[derive(Debug)]
pub(super) struct Entry {
    /// The capture.
    pub capture: Capture,
    /// What it adds.
    pub event: Event,
    /// Which version of the page was the newest then, counted from 1; 0 before the first.
    pub version: usize,
    /// When a version was last seen before this capture, and whether this archive saw it itself.
    pub last_seen: Option<(Timestamp, bool)>,
    /// The capture just before this one, if it was taken down.
    pub removed_before: Option<Removed>,
}

/// What a capture adds to the history of its page.
#[derive(Debug)]
pub(super) enum Event {
    /// The first version.
    First,
    /// The first version of what is held: something before it was taken down.
    FirstHeld,
    /// It is as it was at the capture before.
    Unchanged,
    /// It is as it was before it could not be had.
    Again,
    /// The same text, to which the page gives another day of its last change.
    Dated(Box<Edit>),
    /// Another version.
    Edit(Box<Edit>),
    /// The server said that there is no such page, or none any more: 404 or 410.
    Absent,
    /// The server answered with another error.
    HttpError,
    /// The page was not asked for.
    Refused,
    /// No usable answer came.
    NotFetched,
    /// Something else came in its place: a wall, a login, an error page under a good status.
    StandIn(String),
    /// Another address answered, with another text.
    Redirected,
    /// Only the beginning of the text was shown, where the whole was shown before.
    Partial,
    /// Only the beginning of the answer came: it broke off, or its coding is damaged.
    CutShort,
    /// Other bytes came, of which no text is held or can be read, and why.
    Unread(String),
}

/// What a version has that the one before had not.
#[derive(Debug)]
pub(super) struct Edit {
    /// The capture that it is compared with: the last of the version before.
    pub against: Capture,
    /// What differs; nothing where the texts could not be compared, and why.
    pub found: Result<Changes, String>,
    /// The earlier version that it is again, counted from 1.
    pub as_version: Option<usize>,
    /// Whether the page could not be had in between.
    pub after_absence: bool,
}

/// What differs between two versions.
#[derive(Debug)]
pub(super) struct Changes {
    /// How much of the text.
    pub summary: Summary,
    /// Which facts beside the text.
    pub fields: Vec<&'static str>,
    /// How many signatories joined.
    pub joined: usize,
    /// How many left.
    pub left: usize,
    /// Whether the text was edited without a word of it in the dates that the page gives.
    pub silent: bool,
    /// Whether the page gives no date at all.
    pub undated: bool,
    /// The day of its last change, according to the page, where that is another one than before.
    pub dated: Option<String>,
}

/// By what a version is told from another without a look at its text.
type Key = (Option<Digest>, Option<Digest>);

/// The versions so far.
#[derive(Default)]
struct Versions {
    /// The newest capture of the newest version.
    newest: Option<Capture>,
    /// The keys of all versions with their numbers, the newest last. One that was read by another extractor has several.
    keys: Vec<(Key, usize)>,
    count: usize,
    /// Whether something else came since the newest version was seen.
    interrupted: bool,
    /// Whether anything before was taken down.
    has_gaps: bool,
}

/// The history of a page of which these are all tries, oldest first.
pub(super) async fn entries(reader: &Reader<'_>, captures: Vec<Capture>, gaps: &Gaps) -> Vec<Entry> {
    let mut versions = Versions::default();
    let mut entries = Vec::with_capacity(captures.len());
    for capture in captures {
        let removed_before = gaps.before(&capture).cloned();
        versions.has_gaps |= removed_before.is_some();
        let last_seen = versions.newest.as_ref().map(|newest| (newest.started_at, newest.witnessed));
        let event = match versions.no_version(&capture) {
            Some(event) => {
                versions.interrupted = true;
                event
            }
            None => versions.next(reader, &capture).await,
        };
        entries.push(Entry { event, version: versions.count, last_seen, removed_before, capture });
    }
    entries
}

impl Versions {
    /// Why a capture shows no version of the page, if it does not.
    fn no_version(&self, capture: &Capture) -> Option<Event> {
        let outcome = &capture.outcome;
        match (outcome.kind, outcome.code.as_str()) {
            (OutcomeKind::HttpError, "404" | "410") => return Some(Event::Absent),
            (OutcomeKind::HttpError, _) => return Some(Event::HttpError),
            (OutcomeKind::Refused, _) => return Some(Event::Refused),
            (OutcomeKind::Failed, _) => return Some(Event::NotFetched),
            (OutcomeKind::Captured | OutcomeKind::Unchanged | OutcomeKind::Truncated, _) => {}
        }
        if capture.headline.is_stand_in() {
            return Some(Event::StandIn(capture.headline.page_kind.clone().unwrap_or_default()));
        }
        let shows_newest =
            self.newest.as_ref().is_some_and(|newest| version_key(newest) == version_key(capture));
        if shows_newest {
            return None;
        }
        if is_cut_short(capture) {
            return Some(Event::CutShort);
        }
        let newest = self.newest.as_ref()?;
        if capture.headline.partial && !newest.headline.partial {
            return Some(Event::Partial);
        }
        let (there, before) = (place(&capture.final_url), place(&newest.final_url));
        (there != before && there != place(&capture.url)).then_some(Event::Redirected)
    }

    /// What a capture of a version adds.
    async fn next(&mut self, reader: &Reader<'_>, capture: &Capture) -> Event {
        let interrupted = std::mem::take(&mut self.interrupted);
        let key = version_key(capture);
        let Some(newest) = self.newest.clone() else {
            self.newest = Some(capture.clone());
            self.count = 1;
            self.keys.push((key, 1));
            return if self.has_gaps { Event::FirstHeld } else { Event::First };
        };
        let same = if interrupted { Event::Again } else { Event::Unchanged };
        if key == version_key(&newest) {
            // What is compared with later ones is a capture that came whole.
            if !is_cut_short(capture) {
                self.newest = Some(capture.clone());
            }
            return same;
        }
        let known = self.keys.iter().rev().find(|(other, _)| *other == key).map(|(_, version)| *version);
        let (found, is_version) = match reader.compare(&newest, capture).await {
            Ok(comparison) if comparison.is_same() => {
                // It was read by another extractor, or spaced otherwise.
                self.become_newest(capture, key);
                return same;
            }
            Ok(comparison) => (Ok(changes(&comparison)), comparison.is_version()),
            // What can be read itself is a version, even if the one before it can be read no more.
            Err(failure) if reader.compare(capture, capture).await.is_ok() => {
                (Err(failure.message().to_owned()), true)
            }
            Err(failure) => {
                self.interrupted = true;
                return Event::Unread(failure.message().to_owned());
            }
        };
        self.count += usize::from(is_version);
        self.become_newest(capture, key);
        let as_version = known.filter(|_| is_version);
        let edit = Box::new(Edit { against: newest, found, as_version, after_absence: interrupted });
        if is_version { Event::Edit(edit) } else { Event::Dated(edit) }
    }

    /// The newest version is now as this capture shows it.
    fn become_newest(&mut self, capture: &Capture, key: Key) {
        self.newest = Some(capture.clone());
        self.keys.push((key, self.count));
    }
}

/// Where an address leads, whatever its scheme and its last slash.
fn place(url: &str) -> String {
    let Ok(parsed) = Url::parse(url) else { return url.to_owned() };
    let plain = normal_form(&parsed);
    let host = plain.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let port = plain.port().map_or_else(String::new, |port| port.to_string());
    format!("{host}:{port}{}?{}", plain.path().trim_end_matches('/'), plain.query().unwrap_or_default())
}

fn changes(comparison: &Comparison) -> Changes {
    let signatories = comparison.signatories.as_ref().map(|list| &list.matched);
    let modified = comparison.fields.iter().find(|field| field.name == "modified");
    Changes {
        summary: comparison.text.summary,
        fields: comparison.fields.iter().map(|field| field.name).collect(),
        joined: signatories.map_or(0, |matched| matched.joined.len()),
        left: signatories.map_or(0, |matched| matched.left.len()),
        silent: comparison.is_silent(),
        undated: comparison.is_undated(),
        dated: modified.and_then(|field| field.new.clone()),
    }
}
