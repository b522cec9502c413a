//! The two texts of a comparison, read by the same extractor: a change in how we read a page is no change of the page.

use vidimus_archive::{Archive, TextVersion};
use vidimus_catalog::{Capture, Filter};
use vidimus_extract::{EXTRACTOR, Statement};
use vidimus_pipeline::extract_held;
use vidimus_snapshot::{Digest, OutcomeKind, Role};

use super::Comparison;
use crate::config::Config;
use crate::exit::Failure;

/// One side of a comparison.
#[derive(Debug, Clone)]
pub struct Side {
    /// The capture.
    pub capture: Capture,
    /// The text that is compared.
    pub text: String,
    /// The statement that it was rendered from.
    pub statement: Statement,
    /// Who read it.
    pub extractor: String,
}

impl Side {
    /// The digest of the text that is compared.
    pub fn text_sha256(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }
}

/// Reads captures and compares them.
pub struct Reader<'a> {
    archive: &'a Archive,
    config: &'a Config,
}

impl<'a> Reader<'a> {
    /// A reader of this archive.
    pub fn new(archive: &'a Archive, config: &'a Config) -> Reader<'a> {
        Reader { archive, config }
    }

    /// Compares two captures.
    pub async fn compare(&self, old: &Capture, new: &Capture) -> Result<Comparison, Failure> {
        let (old, new) = (self.whole(old).await?, self.whole(new).await?);
        let (old_texts, new_texts) = (self.texts(&old).await?, self.texts(&new).await?);
        let Some((one, other)) = common(&old_texts, &new_texts) else {
            return self.compare_anew(&old, &new, (&old_texts, &new_texts)).await;
        };
        let is_newest = old_texts.last() == Some(one) && new_texts.last() == Some(other);
        let note = (!is_newest).then(|| {
            format!(
                "the newest texts of the two were read by different extractors or with different parameters; compared are those by {}, which both have",
                one.extractor
            )
        });
        let (one, other) = (self.held(&old, one).await?, self.held(&new, other).await?);
        Ok(Comparison::of(one, other, note.into_iter().collect()))
    }

    /// The capture with its records.
    async fn whole(&self, capture: &Capture) -> Result<Capture, Failure> {
        match capture.snapshot {
            Some(id) if capture.records.is_empty() => {
                Ok(self.archive.catalog().get(id).await?.unwrap_or_else(|| capture.clone()))
            }
            _ => Ok(capture.clone()),
        }
    }

    async fn texts(&self, capture: &Capture) -> Result<Vec<TextVersion>, Failure> {
        if capture.text_sha256.is_none() {
            let name = capture.snapshot.map_or_else(|| capture.url.clone(), |id| id.short());
            let why = if capture.outcome.message.is_empty() { "" } else { ": " };
            let why = format!("{why}{}", capture.outcome.message);
            return Err(Failure::absent(format!(
                "no text was extracted of {name}, so that there is nothing to compare{why}"
            )));
        }
        Ok(self.archive.texts(capture).await?)
    }

    async fn held(&self, capture: &Capture, version: &TextVersion) -> Result<Side, Failure> {
        let record = self.archive.statement_version(capture, version).await?;
        Ok(Side {
            text: self.archive.text_version(capture, version).await?,
            // What cannot be read says nothing beside the text, which is what is compared first of all.
            statement: serde_json::from_value(record.statement).unwrap_or_default(),
            extractor: version.extractor.clone(),
            capture: capture.clone(),
        })
    }

    /// Compares two captures of which no texts were read alike: both are read again in memory, or, where that cannot be
    /// done, taken as they were read, with a warning.
    async fn compare_anew(
        &self,
        old: &Capture,
        new: &Capture,
        (old_texts, new_texts): (&[TextVersion], &[TextVersion]),
    ) -> Result<Comparison, Failure> {
        if let (Some(one), Some(other)) = (self.again(old).await, self.again(new).await) {
            let note = format!(
                "the texts that are held were read by different extractors or with different parameters; both pages were read again by {EXTRACTOR} for this comparison, and nothing was written"
            );
            return Ok(Comparison::of(one, other, vec![note]));
        }
        let (Some(one), Some(other)) = (old_texts.last(), new_texts.last()) else {
            return Err(Failure::absent("no text is held of one of the two"));
        };
        let note = format!(
            "the texts were read by different extractors ({} and {}) or with different parameters, and one of the pages cannot be read again: some of the differences may be ours, and not the page's",
            one.extractor, other.extractor
        );
        Ok(Comparison::of(self.held(old, one).await?, self.held(new, other).await?, vec![note]))
    }

    async fn again(&self, capture: &Capture) -> Option<Side> {
        let settings = &self.config.settings;
        let limits = settings.client.limits.decode();
        let extraction = extract_held(self.archive, capture, limits, &settings.extract).await.ok()?;
        Some(Side {
            capture: capture.clone(),
            text: extraction.statement.to_text(),
            statement: extraction.statement,
            extractor: EXTRACTOR.to_owned(),
        })
    }
}

/// The newest texts of the two that were read alike.
fn common<'t>(old: &'t [TextVersion], new: &'t [TextVersion]) -> Option<(&'t TextVersion, &'t TextVersion)> {
    let alike = |one: &&TextVersion, other: &&TextVersion| {
        one.extractor == other.extractor && one.params_sha256 == other.params_sha256
    };
    old.iter().rev().find_map(|one| Some((one, new.iter().rev().find(|other| alike(&one, other))?)))
}

/// A version of a page: the first capture that shows it, and the last.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The first.
    pub first: Capture,
    /// The last before another version.
    pub last: Capture,
}

/// By what a capture can be told from another version without a look at its text: what was read of it.
pub fn version_key(capture: &Capture) -> (Option<Digest>, Option<Digest>) {
    (capture.text_sha256.or(capture.payload_sha256), capture.statement_sha256)
}

/// Whether only the beginning of the page came: the transfer broke off, or what was sent cannot be decoded to its end.
pub fn is_cut_short(capture: &Capture) -> bool {
    capture.outcome.kind == OutcomeKind::Truncated || capture.outcome.code == "content-damaged"
}

/// The versions of a page, oldest first: captures of which something else was read than of the one before. Walls, logins
/// and error pages are none.
pub async fn versions_of(archive: &Archive, capture: &Capture) -> Result<Vec<Shown>, Failure> {
    let filter =
        Filter { url_key: Some(capture.url_key.clone()), role: Some(Role::Page), ..Filter::default() };
    let mut versions: Vec<Shown> = Vec::new();
    for capture in archive.catalog().list(&filter).await? {
        let is_whole =
            capture.text_sha256.is_some() && capture.outcome.kind.is_ok() && !is_cut_short(&capture);
        if !is_whole || capture.headline.is_stand_in() {
            continue;
        }
        match versions.last_mut() {
            Some(version) if version_key(&version.last) == version_key(&capture) => version.last = capture,
            _ => versions.push(Shown { first: capture.clone(), last: capture }),
        }
    }
    Ok(versions)
}
