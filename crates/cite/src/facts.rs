//! What is known of a capture, and what of it is cited.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use url::Url;
use vidimus_snapshot::SnapshotId;

use crate::clean;

/// What is known of one capture. Texts are taken as they are found: they are cleaned here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its name.
    pub id: SnapshotId,
    /// The title of the page.
    pub title: Option<String>,
    /// The people who are named as its authors.
    pub authors: Vec<String>,
    /// Who publishes it.
    pub organisation: Option<String>,
    /// The day of publication.
    pub published: Option<Date>,
    /// The language, BCP 47.
    pub language: Option<String>,
    /// The URL that answered.
    pub url: String,
    /// When the first request began.
    pub captured_at: Timestamp,
    /// Whether the archive captured it itself; an import was captured by others.
    pub witnessed: bool,
    /// Its place in the log, `origin#index`.
    pub place: Option<String>,
    /// Who operates the archive.
    pub operator: Option<String>,
    /// Where others can look at the capture.
    pub archive_url: Option<String>,
}

/// The same, cleaned and sorted out: what all styles are written from.
pub(crate) struct Source {
    pub id: SnapshotId,
    /// The people, or else the organisation; nobody where neither is known.
    pub authors: Vec<String>,
    /// The title; of a page without one its address.
    pub title: Option<String>,
    /// The organisation where it is not the author already, or else the host.
    pub site: Option<String>,
    pub organisation: Option<String>,
    pub published: Option<Date>,
    pub language: Option<String>,
    pub url: String,
    pub captured_at: Timestamp,
    pub witnessed: bool,
    pub place: Option<String>,
    pub operator: Option<String>,
    pub archive_url: Option<String>,
}

impl Source {
    pub(crate) fn of(facts: &Facts) -> Self {
        let organisation = clean::some_line(facts.organisation.as_deref());
        let people: Vec<String> =
            facts.authors.iter().map(|name| clean::line(name)).filter(|name| !name.is_empty()).collect();
        let host = Url::parse(&facts.url).ok().and_then(|url| url.host_str().map(clean::line));
        let is_author = people.is_empty() || organisation.as_ref().is_some_and(|name| people.contains(name));
        let site = if is_author { host } else { organisation.clone().or(host) };
        Self {
            id: facts.id,
            authors: if people.is_empty() { organisation.iter().cloned().collect() } else { people },
            title: clean::some_line(facts.title.as_deref()),
            site,
            organisation,
            published: facts.published,
            language: clean::some_line(facts.language.as_deref()),
            url: clean::address(&facts.url),
            captured_at: facts.captured_at,
            witnessed: facts.witnessed,
            place: clean::some_line(facts.place.as_deref()),
            operator: clean::some_line(facts.operator.as_deref()),
            archive_url: facts.archive_url.as_deref().map(clean::address),
        }
    }

    /// What is called the page: its title, or its address where it has none.
    pub(crate) fn title(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.url)
    }

    /// The day of the capture, UTC.
    pub(crate) fn captured_on(&self) -> Date {
        Offset::UTC.to_datetime(self.captured_at).date()
    }

    /// The second of the capture, UTC.
    pub(crate) fn captured(&self) -> String {
        let time = self.captured_at.strftime("%Y-%m-%dT%H:%M:%SZ");
        if self.witnessed {
            format!("captured {time}")
        } else {
            format!("captured {time} by others, imported")
        }
    }

    /// The name of the entry in a list of references: made of the hash, so that it is the same wherever it is made.
    pub(crate) fn key(&self) -> String {
        let digits: String = self.id.hex().chars().take(16).collect();
        format!("capture-{digits}")
    }

    /// What ties a reference to this capture and no other.
    pub(crate) fn note(&self) -> String {
        let place = self.place.as_ref().map_or_else(String::new, |place| format!("; log {place}"));
        format!("{}; {}; {}{place}", self.captured(), self.id.nih(), self.id.digest())
    }
}
