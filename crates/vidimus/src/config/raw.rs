//! The configuration as it is written. Unknown keys are errors, so that a typing mistake is never a silent default.

use std::num::NonZeroU64;
use std::path::Path;
use std::time::Duration;

use bytesize::ByteSize;
use jiff::SignedDuration;
use serde::Deserialize;
use vidimus_archive::DEFAULT_MAX_FILE_BYTES;
use vidimus_extract::Params;
use vidimus_fetch::{LimitError, Limits};
use vidimus_pipeline::{Expect, ListingSpec, SourceSpec};

use crate::exit::Failure;

/// `vidimus.toml`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Main {
    pub archive: Option<String>,
    pub sources: Option<String>,
    pub operator: Option<String>,
    pub contact: String,
    pub allow_net: Vec<String>,
    pub allow_ports: Vec<u16>,
    pub crawl: Crawl,
    pub limits: RawLimits,
    pub extract: RawExtract,
    pub tls: Tls,
    pub notify: Notify,
    pub log: Log,
    pub metrics: Metrics,
    pub verify: Verify,
    pub timestamp: Vec<Timestamp>,
    pub search: Vec<Search>,
    pub evidence: Evidence,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Crawl {
    #[serde(deserialize_with = "at_least_one")]
    pub concurrency: usize,
    pub connections_per_host: usize,
    #[serde(deserialize_with = "with_days")]
    pub min_gap: SignedDuration,
    pub give_up_after: u32,
    #[serde(deserialize_with = "with_days")]
    pub revisit_after: SignedDuration,
    #[serde(deserialize_with = "with_days")]
    pub revisit_at_most: SignedDuration,
    #[serde(deserialize_with = "with_days")]
    pub jitter: SignedDuration,
    #[serde(deserialize_with = "at_least_one")]
    pub max_file_bytes: u64,
}

impl Default for Crawl {
    fn default() -> Self {
        Self {
            concurrency: 4,
            connections_per_host: 1,
            min_gap: SignedDuration::from_secs(1),
            give_up_after: 5,
            revisit_after: SignedDuration::from_hours(24),
            revisit_at_most: SignedDuration::from_hours(90 * 24),
            jitter: SignedDuration::from_mins(2),
            max_file_bytes: DEFAULT_MAX_FILE_BYTES,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawLimits {
    #[serde(deserialize_with = "some_length")]
    connect: Option<SignedDuration>,
    #[serde(deserialize_with = "some_length")]
    tls: Option<SignedDuration>,
    #[serde(deserialize_with = "some_length")]
    first_byte: Option<SignedDuration>,
    #[serde(deserialize_with = "some_length")]
    idle: Option<SignedDuration>,
    #[serde(deserialize_with = "some_length")]
    total: Option<SignedDuration>,
    wire_bytes: Option<usize>,
    decoded_bytes: Option<u64>,
    decoded_ratio: Option<u64>,
    header_bytes: Option<usize>,
    header_count: Option<usize>,
    redirects: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawExtract {
    input_bytes: Option<u64>,
    nodes: Option<u32>,
    text_bytes: Option<u64>,
    blocks: Option<u32>,
    signatories: Option<u32>,
}

impl RawExtract {
    /// The extractor's parameters, with defaults for what is not said.
    pub fn params(&self) -> Params {
        let usual = Params::default();
        Params {
            max_input_bytes: self.input_bytes.unwrap_or(usual.max_input_bytes),
            max_nodes: self.nodes.unwrap_or(usual.max_nodes),
            max_text_bytes: self.text_bytes.unwrap_or(usual.max_text_bytes),
            max_blocks: self.blocks.unwrap_or(usual.max_blocks),
            max_signatories: self.signatories.unwrap_or(usual.max_signatories),
            ..usual
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Evidence {
    pub origin: Option<String>,
    pub key: Option<String>,
    pub passphrase_file: Option<String>,
    pub archive_url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    pub extra_roots: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Notify {
    pub webhook: Option<String>,
    pub webhook_secret_file: Option<String>,
    pub command: Vec<String>,
    pub on: When,
    #[serde(deserialize_with = "with_days")]
    pub remind: SignedDuration,
}

impl Default for Notify {
    fn default() -> Self {
        Self {
            webhook: None,
            webhook_secret_file: None,
            command: Vec::new(),
            on: When::Change,
            remind: SignedDuration::from_hours(24),
        }
    }
}

/// When the hooks are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    Change,
    EveryRun,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    pub file: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    pub file: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Verify {
    #[serde(deserialize_with = "some_rate")]
    pub rate: Option<NonZeroU64>,
}

/// One saved search.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    pub name: String,
    pub query: String,
    pub source: Option<String>,
    pub lang: Option<String>,
    pub kind: Option<String>,
}

/// One time authority.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timestamp {
    pub name: String,
    pub url: String,
    pub root: Option<String>,
    pub chain: Option<String>,
    #[serde(default)]
    pub policy: Vec<String>,
    #[serde(default = "default_timeout", deserialize_with = "longer_than_nothing")]
    pub timeout: SignedDuration,
}

fn default_timeout() -> SignedDuration {
    SignedDuration::from_secs(10)
}

/// A length of time that may be given in days and weeks as well: "7d", "2w". A day is 24 hours.
fn with_days<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SignedDuration, D::Error> {
    let (text, length) = length(deserializer)?;
    if length.is_negative() {
        return Err(serde::de::Error::custom(format!(
            "'{text}' is no length of time: it is less than nothing"
        )));
    }
    Ok(length)
}

/// The same, and longer than nothing.
fn longer_than_nothing<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<SignedDuration, D::Error> {
    let length = with_days(deserializer)?;
    if length.is_zero() {
        return Err(serde::de::Error::custom("must be longer than nothing, such as \"12h\" or \"7d\""));
    }
    Ok(length)
}

/// A length of time for which there is a default; whether it is long enough is told later, with its key.
fn some_length<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SignedDuration>, D::Error> {
    length(deserializer).map(|(_, length)| Some(length))
}

fn length<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<(String, SignedDuration), D::Error> {
    let text = String::deserialize(deserializer)?;
    match parse_length(&text) {
        Ok(length) => Ok((text, length)),
        Err(what) => Err(serde::de::Error::custom(what)),
    }
}

/// A length of time as it is written in the configuration and on the command line; a day is 24 hours.
pub fn parse_length(text: &str) -> Result<SignedDuration, String> {
    let span: Option<jiff::Span> = text.parse().ok();
    let length = span.and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok());
    length.ok_or_else(|| {
        format!("'{text}' is no length of time: write one such as \"30s\", \"5m\", \"24h\", \"7d\"")
    })
}

/// How many bytes a second, as it is written in the configuration and on the command line.
pub fn parse_rate(text: &str) -> Result<NonZeroU64, String> {
    let bytes = text.parse().ok().map(|ByteSize(bytes)| bytes);
    bytes.and_then(NonZeroU64::new).ok_or_else(|| {
        format!("'{text}' is no number of bytes: write one such as \"500kB\", \"50MB\", \"1GiB\"; at least 1")
    })
}

fn some_rate<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<NonZeroU64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_rate(&text).map(Some).map_err(serde::de::Error::custom)
}

/// A number without which nothing would ever be done.
fn at_least_one<'de, D: serde::Deserializer<'de>, N: Deserialize<'de> + Default + PartialEq>(
    deserializer: D,
) -> Result<N, D::Error> {
    let number = N::deserialize(deserializer)?;
    if number == N::default() {
        return Err(serde::de::Error::custom(
            "with 0 nothing could be done: write 1 or more, or leave the key out for the usual",
        ));
    }
    Ok(number)
}

fn some_at_least_one<'de, D: serde::Deserializer<'de>, N: Deserialize<'de> + Default + PartialEq>(
    deserializer: D,
) -> Result<Option<N>, D::Error> {
    at_least_one(deserializer).map(Some)
}

/// `sources.toml`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sources {
    pub source: Vec<RawSource>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSource {
    name: String,
    organisation: Option<String>,
    schedule: Option<String>,
    timezone: Option<String>,
    #[serde(default)]
    pages: Vec<String>,
    #[serde(default)]
    feeds: Vec<String>,
    #[serde(default)]
    sitemaps: Vec<String>,
    #[serde(default)]
    listings: Vec<RawListing>,
    #[serde(default)]
    discover: Vec<String>,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
    #[serde(default, deserialize_with = "some_at_least_one")]
    max_pages: Option<u64>,
    #[serde(default, deserialize_with = "some_at_least_one")]
    max_bytes: Option<u64>,
    max_depth: Option<u32>,
    #[serde(default, deserialize_with = "some_at_least_one")]
    feed_pages: Option<u32>,
    #[serde(default)]
    cookies: bool,
    max_minutes: Option<u64>,
    #[serde(default)]
    expect: Option<RawExpect>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExpect {
    new_items: u64,
    #[serde(default = "default_period", deserialize_with = "longer_than_nothing")]
    per: SignedDuration,
}

fn default_period() -> SignedDuration {
    SignedDuration::from_hours(7 * 24)
}

impl From<RawExpect> for Expect {
    fn from(raw: RawExpect) -> Self {
        match raw.new_items {
            0 => Self::Nothing,
            count => Self::Items { count, per: raw.per },
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawListing {
    url: String,
    links: String,
    next: Option<String>,
    #[serde(default = "default_listing_pages", deserialize_with = "at_least_one")]
    max_pages: u32,
}

fn default_listing_pages() -> u32 {
    5
}

const MAX_PAGES: u64 = 200;
const MAX_BYTES: u64 = 500_000_000;
const MAX_DEPTH: u32 = 5;
const FEED_PAGES: u32 = 5;
const MAX_MINUTES: u64 = 60;

impl Main {
    /// Reads the text of a file.
    pub fn parse(text: &str, file: &Path) -> Result<Self, Failure> {
        toml::from_str(text).map_err(|e| wrong(file, &e))
    }
}

impl Sources {
    /// Reads the text of a file.
    pub fn parse(text: &str, file: &Path) -> Result<Self, Failure> {
        toml::from_str(text).map_err(|e| wrong(file, &e))
    }
}

/// TOML's own message names line and column and shows the line.
fn wrong(file: &Path, error: &toml::de::Error) -> Failure {
    Failure::config(format!("{}: {}", file.display(), error.to_string().trim_end()))
}

impl RawLimits {
    /// The limits, with defaults for what is not said. A time before now is no time at all, and is refused as such.
    pub fn limits(&self) -> Result<Limits, LimitError> {
        let usual = Limits::default();
        let time = |given: Option<SignedDuration>, usual: Duration| {
            given.map_or(usual, |d| Duration::try_from(d).unwrap_or(Duration::ZERO))
        };
        let limits = Limits {
            connect: time(self.connect, usual.connect),
            tls: time(self.tls, usual.tls),
            first_byte: time(self.first_byte, usual.first_byte),
            idle: time(self.idle, usual.idle),
            total: time(self.total, usual.total),
            wire_bytes: self.wire_bytes.unwrap_or(usual.wire_bytes),
            decoded_bytes: self.decoded_bytes.unwrap_or(usual.decoded_bytes),
            decoded_ratio: self.decoded_ratio.unwrap_or(usual.decoded_ratio),
            header_bytes: self.header_bytes.unwrap_or(usual.header_bytes),
            header_count: self.header_count.unwrap_or(usual.header_count),
            redirects: self.redirects.unwrap_or(usual.redirects),
        };
        limits.check().map(|()| limits)
    }
}

impl From<RawSource> for SourceSpec {
    fn from(raw: RawSource) -> Self {
        let listing =
            |l: RawListing| ListingSpec { url: l.url, links: l.links, next: l.next, max_pages: l.max_pages };
        Self {
            name: raw.name,
            organisation: raw.organisation,
            schedule: raw.schedule,
            timezone: raw.timezone,
            pages: raw.pages,
            feeds: raw.feeds,
            sitemaps: raw.sitemaps,
            listings: raw.listings.into_iter().map(listing).collect(),
            discover: raw.discover,
            hosts: raw.hosts,
            include: raw.include,
            exclude: raw.exclude,
            max_pages: raw.max_pages.unwrap_or(MAX_PAGES),
            max_bytes: raw.max_bytes.unwrap_or(MAX_BYTES),
            max_depth: raw.max_depth.unwrap_or(MAX_DEPTH),
            feed_pages: raw.feed_pages.unwrap_or(FEED_PAGES),
            cookies: raw.cookies,
            max_minutes: raw.max_minutes.unwrap_or(MAX_MINUTES),
            expect: raw.expect.map(Expect::from).unwrap_or_default(),
        }
    }
}
