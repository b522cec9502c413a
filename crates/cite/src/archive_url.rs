//! Where the archive shows its captures to others, if it does: a URL with a gap for the name.

use std::fmt;
use std::str::FromStr;

use url::Url;
use vidimus_snapshot::SnapshotId;

const HEX: &str = "{id}";
const NIH: &str = "{nih}";

/// The URL of a capture, with `{id}` where all 64 digits of its hash go or `{nih}` where its printed name goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveUrl(String);

/// Why a text is no such URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveUrlError {
    /// It is no URL that a browser opens.
    #[error("'{0}' is no http:// or https:// URL")]
    Url(String),
    /// All captures would have the same URL.
    #[error("'{0}' has neither {{id}} nor {{nih}}, so that it names no capture")]
    NoName(String),
    /// A gap for something else.
    #[error("'{0}' has a gap that is not known: only {{id}} and {{nih}} are filled")]
    UnknownGap(String),
}

impl ArchiveUrl {
    /// The URL of one capture.
    pub fn of(&self, id: &SnapshotId) -> String {
        self.0.replace(HEX, &id.hex()).replace(NIH, &id.nih())
    }
}

impl fmt::Display for ArchiveUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ArchiveUrl {
    type Err = ArchiveUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.contains(HEX) && !text.contains(NIH) {
            return Err(ArchiveUrlError::NoName(text.to_owned()));
        }
        let filled = Self(text.to_owned()).of(&SnapshotId::of_manifest(b"{}"));
        if filled.contains(['{', '}']) {
            return Err(ArchiveUrlError::UnknownGap(text.to_owned()));
        }
        let is_plain = filled.chars().all(|c| c.is_ascii_graphic() && !"<>\"\\^`|".contains(c));
        let url = Url::parse(&filled).ok().filter(|url| matches!(url.scheme(), "http" | "https") && is_plain);
        // A name in place of the host would lead to a site of somebody else.
        let host = url.as_ref().and_then(Url::host_str).map(str::to_owned);
        let bare = Url::parse(&text.replace(HEX, "x").replace(NIH, "x")).ok();
        let same = bare.and_then(|url| url.host_str().map(str::to_owned)) == host;
        if url.is_some() && same {
            Ok(Self(text.to_owned()))
        } else {
            Err(ArchiveUrlError::Url(text.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn gaps_are_filled() {
        let id = SnapshotId::of_manifest(b"{}");
        let url: ArchiveUrl = "https://archive.example/snapshot/{id}?name={nih}".parse().unwrap();
        assert_eq!(url.of(&id), format!("https://archive.example/snapshot/{}?name={}", id.hex(), id.nih()));
        assert!(Url::parse(&url.of(&id)).is_ok());
    }

    #[test]
    fn what_names_no_capture_is_refused() {
        for text in ["", "https://archive.example/", "https://archive.example/id"] {
            assert_eq!(text.parse::<ArchiveUrl>(), Err(ArchiveUrlError::NoName(text.to_owned())));
        }
        for text in ["https://a.example/{id}/{day}", "https://a.example/{id}}", "https://a.example/{{id}"] {
            assert_eq!(text.parse::<ArchiveUrl>(), Err(ArchiveUrlError::UnknownGap(text.to_owned())));
        }
        for text in [
            "{id}",
            "ftp://a.example/{id}",
            "https://{id}.example/",
            "https://a.example/{id} x",
            "https://a.example/<{nih}>",
        ] {
            assert_eq!(text.parse::<ArchiveUrl>(), Err(ArchiveUrlError::Url(text.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in ".{0,40}\\{id\\}.{0,40}") {
            let _ = text.parse::<ArchiveUrl>();
        }
    }
}
