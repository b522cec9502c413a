//! What became of a URL that was tried. Nothing silently disappears: every try has one of these.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The kind of outcome, in the words that `list`, `--json` and the catalog use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// The whole answer was received and archived.
    Captured,
    /// The server said, or the digest shows, that nothing changed: archived as a revisit.
    Unchanged,
    /// The answer was cut short, by the server or by a limit; what came before the cut is archived.
    Truncated,
    /// The server answered with an error status; the answer is archived.
    HttpError,
    /// We did not ask, or broke off: robots, the address guard, a scheme or port we do not speak.
    Refused,
    /// No usable answer came: DNS, connection, TLS, time-out, bytes that are not HTTP.
    Failed,
}

impl OutcomeKind {
    /// All kinds, in the order of a summary.
    pub const ALL: [Self; 6] =
        [Self::Captured, Self::Unchanged, Self::Truncated, Self::HttpError, Self::Refused, Self::Failed];

    /// The word for this kind.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Captured => "captured",
            Self::Unchanged => "unchanged",
            Self::Truncated => "truncated",
            Self::HttpError => "http-error",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// Whether the page's content is held, whole, after this outcome.
    pub fn is_ok(self) -> bool {
        matches!(self, Self::Captured | Self::Unchanged)
    }
}

impl fmt::Display for OutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for OutcomeKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|k| k.as_str() == text).ok_or_else(|| format!("'{text}' is no outcome"))
    }
}

/// What became of one try: the kind, a stable code for machines, and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The kind.
    pub kind: OutcomeKind,
    /// A stable code within the kind, in kebab case, such as `dns`, `404`, `robots`, `idle-timeout`; empty when the
    /// kind says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// One clear sentence for a person; empty when the kind says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl Outcome {
    /// An outcome that needs no explanation.
    pub fn plain(kind: OutcomeKind) -> Self {
        Self { kind, code: String::new(), message: String::new() }
    }

    /// An outcome with its code and its sentence.
    pub fn new(kind: OutcomeKind, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, code: code.into(), message: message.into() }
    }
}

/// What a URL was fetched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A page that is wanted for itself: a statement, a report, an article.
    Page,
    /// A listing page, read for its links.
    Listing,
    /// A feed (RSS, Atom, JSON Feed), read for its links.
    Feed,
    /// A sitemap or sitemap index, read for its links.
    Sitemap,
    /// A host's robots.txt.
    Robots,
    /// A part of a page, such as an image or a script; only imported captures have these.
    Resource,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 6] =
        [Self::Page, Self::Listing, Self::Feed, Self::Sitemap, Self::Robots, Self::Resource];

    /// The word for this role.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Listing => "listing",
            Self::Feed => "feed",
            Self::Sitemap => "sitemap",
            Self::Robots => "robots",
            Self::Resource => "resource",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|r| r.as_str() == text).ok_or_else(|| format!("'{text}' is no role"))
    }
}

/// The kinds of page, by their names, that stand in the place of what was asked for: a question about cookies, a form to
/// log in, an error page under a good status, and a page without text.
pub const STAND_INS: [&str; 4] = ["consent-wall", "login", "soft-error", "empty"];
