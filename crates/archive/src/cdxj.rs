//! One line of a CDXJ index: where the record that answered a URL at a time lies in which file.
//!
//! A line is `KEY TIMESTAMP JSON`: the SURT of the URL, fourteen digits of UTC, and an object. Replay tools look pages up
//! in a file of such lines that is sorted by its bytes. All values of the object are strings, as other writers have it;
//! numbers are read as well.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use vidimus_snapshot::surt;

/// The `mime` of a revisit.
pub const REVISIT_MIME: &str = "warc/revisit";

/// One line of a CDXJ index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cdxj {
    /// The SURT of the URL, `org,example)/path`.
    pub key: String,
    /// When it was captured: `20250324083000`, UTC; some writers add the milliseconds.
    pub timestamp: String,
    /// Everything else.
    pub fields: CdxjFields,
}

/// The object of a CDXJ line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CdxjFields {
    /// The URL, as in `WARC-Target-URI`.
    pub url: String,
    /// The media type that the server named, or [`REVISIT_MIME`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// The HTTP status.
    #[serde(default, with = "text", skip_serializing_if = "Option::is_none")]
    pub status: Option<u64>,
    /// The payload's digest, `sha256:` and hex digits in our own indexes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// How many bytes of the file the record takes, compressed as it is.
    #[serde(default, with = "text", skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// Where in the file it begins.
    #[serde(default, with = "text", skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// SHA-256 of those bytes of the file.
    #[serde(default, rename = "recordDigest", skip_serializing_if = "Option::is_none")]
    pub record_digest: Option<String>,
}

/// Why a line is no line of a CDXJ index.
#[derive(Debug, thiserror::Error)]
pub enum CdxjError {
    /// There are no three parts.
    #[error("a line of the index is not 'KEY TIMESTAMP {{…}}': '{0}'")]
    Parts(String),
    /// The timestamp is no time.
    #[error(
        "the timestamp of a line of the index is not fourteen digits (seventeen with milliseconds): '{0}'"
    )]
    Timestamp(String),
    /// The object cannot be read.
    #[error("the object of a line of the index cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

/// How much of a wrong line an error shows.
const SHOWN: usize = 80;

impl Cdxj {
    /// A line for what answered this URL at this time.
    pub fn new(time: Timestamp, fields: CdxjFields) -> Self {
        let key = url::Url::parse(&fields.url).map_or_else(|_| fields.url.to_lowercase(), |url| surt(&url));
        // A key ends at the first blank, and a line at its end: neither may be in it.
        let key = key.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        Self { key, timestamp: time.strftime("%Y%m%d%H%M%S").to_string(), fields }
    }

    /// Reads one line, with or without its end.
    pub fn parse(line: &str) -> Result<Self, CdxjError> {
        let shown = |text: &str| text.chars().take(SHOWN).collect::<String>();
        let mut parts = line.trim_end().splitn(3, ' ');
        let (Some(key), Some(timestamp), Some(object)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(CdxjError::Parts(shown(line)));
        };
        if !matches!(timestamp.len(), 14 | 17) || !timestamp.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CdxjError::Timestamp(shown(timestamp)));
        }
        let fields = serde_json::from_str(object)?;
        Ok(Self { key: key.to_owned(), timestamp: timestamp.to_owned(), fields })
    }
}

impl FromStr for Cdxj {
    type Err = CdxjError;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        Self::parse(line)
    }
}

/// The line, without its end.
impl fmt::Display for Cdxj {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = serde_json::to_string(&self.fields).map_err(|_| fmt::Error)?;
        write!(f, "{} {} {object}", self.key, self.timestamp)
    }
}

/// Numbers that are written as text, and read as either.
mod text {
    use super::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }

    pub(super) fn serialize<S: Serializer>(value: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(number) => to.collect_str(number),
            None => to.serialize_none(),
        }
    }

    /// What is not a number, such as the `-` of some writers, is not known.
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
        Ok(match Option::<Either>::deserialize(from)? {
            Some(Either::Number(number)) => Some(number),
            Some(Either::Text(text)) => text.trim().parse().ok(),
            None => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_line_is_what_replay_tools_read() {
        let fields = CdxjFields {
            url: "https://www.ngo.example/News?b=2&a=1".to_owned(),
            mime: Some("text/html".to_owned()),
            status: Some(200),
            digest: Some("sha256:00".to_owned()),
            length: Some(1234),
            offset: Some(0),
            filename: Some("a.warc.gz".to_owned()),
            record_digest: Some("sha256:11".to_owned()),
        };
        let line = Cdxj::new(at("2025-03-24T08:30:00.9Z"), fields).to_string();
        let wanted = r#"example,ngo)/news?a=1&b=2 20250324083000 {"url":"https://www.ngo.example/News?b=2&a=1","mime":"text/html","status":"200","digest":"sha256:00","length":"1234","offset":"0","filename":"a.warc.gz","recordDigest":"sha256:11"}"#;
        assert_eq!(line, wanted);
    }

    #[test]
    fn lines_of_other_writers_are_read() {
        let line = r#"example,ngo)/ 20250324083000 {"url": "https://ngo.example/", "status": 404, "offset": 7, "length": "-", "languages": "eng"}"#;
        let read = Cdxj::parse(&format!("{line}\r\n")).unwrap();
        assert_eq!((read.fields.status, read.fields.offset, read.fields.length), (Some(404), Some(7), None));
        for wrong in ["", "a b", "a 2025 {}", "a 20250324083000 {}", "a 20250324083000 {\"url\":"] {
            assert!(Cdxj::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            url in "\\PC{0,40}", mime: Option<String>, status: Option<u64>, offset: Option<u64>, filename: Option<String>,
        ) {
            let fields = CdxjFields { url, mime, status, offset, filename, ..CdxjFields::default() };
            let written = Cdxj::new(at("2025-03-24T08:30:00Z"), fields);
            let line = written.to_string();
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(Cdxj::parse(&line).unwrap(), written);
        }

        #[test]
        fn no_line_is_too_strange(line in "\\PC*") {
            let _ = Cdxj::parse(&line);
        }
    }
}
