//! The configuration: two TOML files, checked to the last key before anything is fetched. A mistake is told with its
//! file, its line, and what would be right.

mod locate;
mod notify;
mod raw;
mod salvage;
mod search;
mod timestamp;

pub use notify::Notify;
pub use raw::{When, parse_length, parse_rate};
pub use salvage::Salvage;
pub use search::SavedSearch;
pub use timestamp::{Authority, is_object_identifier};

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use vidimus_archive::Layout;
use vidimus_cite::{ArchiveUrl, ArchiveUrlError};
use vidimus_fetch::{ClientOptions, Door, GateOptions, Guard};
use vidimus_pipeline::{Identity, Rhythm, Settings, Source};
use vidimus_snapshot::{ClockFacts, Digest};

use crate::args::Global;
use crate::exit::Failure;
use crate::keys::KeyPlace;

/// What `init` writes.
pub const SAMPLE: &str = include_str!("../../../../config/vidimus.toml");
/// What `init` writes beside it.
pub const SAMPLE_SOURCES: &str = include_str!("../../../../config/sources.toml");

/// Where a configuration is looked for when none is named.
const PLACES: [&str; 2] = ["config/vidimus.toml", "vidimus.toml"];
/// The archive when neither option nor configuration names one.
const DEFAULT_ARCHIVE: &str = "archive";

/// Everything that is configured.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it came from; `None` when there is none.
    pub file: Option<PathBuf>,
    /// For runs.
    pub settings: Settings,
    /// What to visit.
    pub sources: Vec<Source>,
    /// Spreads sources with the same schedule.
    pub jitter: SignedDuration,
    /// Who is told of what is not well.
    pub notify: Notify,
    /// Where each event of a run is written down.
    pub log: Option<PathBuf>,
    /// Where the metrics are written.
    pub metrics: Option<PathBuf>,
    /// How many bytes a second `verify` reads at most.
    pub verify_rate: Option<NonZeroU64>,
    /// Who puts times on the log's checkpoints.
    pub authorities: Vec<Authority>,
    /// The searches whose new matches are told after each run.
    pub searches: Vec<SavedSearch>,
    /// Where the key of the log is.
    pub key_place: KeyPlace,
    /// Where the archive shows its captures to others.
    pub archive_url: Option<ArchiveUrl>,
    /// Whether a contact is given.
    has_contact: bool,
}

impl Config {
    /// The file that the options name, or that is found.
    fn file(global: &Global) -> Option<PathBuf> {
        global.config.clone().or_else(|| PLACES.iter().map(PathBuf::from).find(|place| place.is_file()))
    }

    /// Reads the configuration that the options name, or that is found, or none.
    pub fn load(global: &Global) -> Result<Self, Failure> {
        let file = Self::file(global);
        let (raw, text) = match &file {
            Some(file) => {
                let text = read(file)?;
                (raw::Main::parse(&text, file)?, text)
            }
            None => (raw::Main::default(), String::new()),
        };
        let base = file.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
        let (sources, sources_text) = match (&file, &raw.sources) {
            (Some(_), Some(name)) => load_sources(&base.join(name))?,
            _ => (Vec::new(), String::new()),
        };
        let archive = global.archive.clone();
        let configured = raw.archive.as_ref().map(|a| base.join(a));
        let archive = archive.or(configured).unwrap_or_else(|| PathBuf::from(DEFAULT_ARCHIVE));
        let config_sha256 = file.is_some().then(|| Digest::of(format!("{text}\n{sources_text}").as_bytes()));
        let wrong = |key: &str, what: &str| {
            let file = file.as_deref().unwrap_or(Path::new("the options"));
            Failure::config(locate::message(file, &text, None, key, what))
        };
        let layout = Layout::new(archive);
        if let Some(origin) = &raw.evidence.origin {
            vidimus_ledger::check_name(origin).map_err(|e| wrong("evidence.origin", &e.to_string()))?;
        }
        let archive_url = raw.evidence.archive_url.as_deref().map(str::parse).transpose();
        let archive_url =
            archive_url.map_err(|e: ArchiveUrlError| wrong("evidence.archive_url", &e.to_string()))?;
        let key_place = KeyPlace {
            named: global.signing_key.clone().or(raw.evidence.key.as_ref().map(|name| base.join(name))),
            passphrase_file: raw.evidence.passphrase_file.as_ref().map(|name| base.join(name)),
        };
        // Who only reads need not be able to read the key; who writes is told why nothing is signed.
        let (log_key, log_without_key) = match key_place.key(&layout) {
            Ok(key) => (key, None),
            Err(error) => (None, Some(format!("the log's head is not signed: {error}"))),
        };
        let settings = Settings {
            layout,
            identity: Identity {
                software: "vidimus".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                git: option_env!("VIDIMUS_GIT").map(str::to_owned),
                operator: raw.operator.clone(),
                config_sha256,
            },
            client: client(&raw, &base, &global.allow_net, wrong)?,
            gate: gate(&raw.crawl, wrong)?,
            concurrency: raw.crawl.concurrency,
            rhythm: Rhythm { at_least: raw.crawl.revisit_after, at_most: raw.crawl.revisit_at_most },
            max_file_bytes: raw.crawl.max_file_bytes,
            extract: raw.extract.params(),
            clock: ClockFacts::unchecked("system"),
            log_origin: raw.evidence.origin.clone(),
            log_key,
            log_without_key,
        };
        let has_contact = !raw.contact.trim().is_empty();
        Ok(Self {
            notify: Notify::new(&raw.notify, &base).map_err(|(key, what)| wrong(key, &what))?,
            log: global.log.clone().or(raw.log.file.as_ref().map(|name| base.join(name))),
            metrics: raw.metrics.file.as_ref().map(|name| base.join(name)),
            verify_rate: raw.verify.rate,
            authorities: timestamp::authorities(&raw.timestamp, &base)
                .map_err(|(key, what)| wrong(key, &what))?,
            searches: search::searches(&raw.search).map_err(|(number, key, what)| {
                let file = file.as_deref().unwrap_or(Path::new("the options"));
                Failure::config(locate::message(file, &text, Some(("search", number)), key, &what))
            })?,
            key_place,
            archive_url,
            file,
            settings,
            sources,
            jitter: raw.crawl.jitter,
            has_contact,
        })
    }

    /// The sources with these names, or all; a crawl of the open web needs a contact.
    pub fn chosen(&self, names: &[String]) -> Result<Vec<Source>, Failure> {
        let Some(file) = &self.file else {
            return Err(Failure::config(
                "there is no configuration here: run `vidimus init`, or name one with --config FILE",
            ));
        };
        for name in names {
            if !self.sources.iter().any(|s| s.name == *name) {
                let known: Vec<&str> = self.sources.iter().map(|s| s.name.as_str()).collect();
                let known = if known.is_empty() { "none is configured".to_owned() } else { known.join(", ") };
                return Err(Failure::usage(format!("there is no source '{name}'; the sources are: {known}")));
            }
        }
        let chosen: Vec<Source> =
            self.sources.iter().filter(|s| names.is_empty() || names.contains(&s.name)).cloned().collect();
        if chosen.is_empty() {
            let message = format!(
                "{}: no source is configured: add a [[source]] to the file that `sources` names, then run again",
                file.display()
            );
            return Err(Failure::config(message));
        }
        if !self.has_contact && chosen.iter().any(visits_the_world) {
            let what = "a crawl of other people's sites needs a contact: write a page or mailbox where their owners reach you, such as contact = \"https://archive.example/about-our-crawler\"";
            return Err(self.mistake("contact", what));
        }
        Ok(chosen)
    }

    /// A mistake of the main file, with the line of its key.
    pub fn mistake(&self, key: &str, what: &str) -> Failure {
        let file = self.file.as_deref().unwrap_or(Path::new("the options"));
        let text = std::fs::read_to_string(file).unwrap_or_default();
        Failure::config(locate::message(file, &text, None, key, what))
    }

    /// A run fills an archive and never makes its folder: where that is missing, a disk is not mounted more often than
    /// not, and what would be archived beside it is lost to everyone who looks for it later.
    pub fn archive_is_there(&self) -> Result<(), Failure> {
        let root = self.settings.layout.root();
        if root.is_dir() {
            return Ok(());
        }
        let name = root.display();
        Err(Failure::no_archive(format!(
            "the archive's folder {name} is not there: is a disk not mounted? `vidimus init` makes a new archive; so does a crawl into an empty folder (`mkdir {name}`)"
        )))
    }
}

/// Whether a source is on more than this machine.
fn visits_the_world(source: &Source) -> bool {
    source.seeds().any(|url| match url.host() {
        Some(url::Host::Domain(name)) => name != "localhost" && !name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => !address.is_loopback(),
        Some(url::Host::Ipv6(address)) => !address.is_loopback(),
        None => true,
    })
}

fn gate(crawl: &raw::Crawl, wrong: impl Fn(&str, &str) -> Failure) -> Result<GateOptions, Failure> {
    if crawl.connections_per_host == 0 {
        return Err(wrong("connections_per_host", "at least 1 is needed to fetch anything"));
    }
    if crawl.give_up_after == 0 {
        return Err(wrong("give_up_after", "at least 1: the first refusal would come before any request"));
    }
    if crawl.revisit_at_most < crawl.revisit_after {
        let usual = crawl.revisit_at_most == raw::Crawl::default().revisit_at_most;
        let key = if usual { "revisit_after" } else { "revisit_at_most" };
        let what = "the longest rest of a page (revisit_at_most, 90d when not given) is shorter than the shortest (revisit_after): make it as long or longer";
        return Err(wrong(key, what));
    }
    let usual = GateOptions::default();
    let min_gap = crawl.min_gap.unsigned_abs();
    Ok(GateOptions {
        connections_per_host: crawl.connections_per_host,
        min_gap,
        // Whoever asks for a long gap is ready to wait for it.
        max_wait: usual.max_wait.max(min_gap.saturating_mul(2)),
        give_up_after: crawl.give_up_after,
        ..usual
    })
}

fn client(
    raw: &raw::Main,
    base: &Path,
    doors: &[Door],
    wrong: impl Fn(&str, &str) -> Failure,
) -> Result<ClientOptions, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let contact = raw.contact.trim();
    if contact.chars().any(|c| c.is_control() || !c.is_ascii()) {
        return Err(wrong("contact", "only plain ASCII text can be sent in a header"));
    }
    let agent = if contact.is_empty() {
        format!("vidimus/{version}")
    } else {
        format!("vidimus/{version} (+{contact})")
    };
    let mut options = ClientOptions::new(agent);
    options.limits = raw.limits.limits().map_err(|e| wrong(e.key, &e.why))?;
    let mut open = doors.to_vec();
    for text in &raw.allow_net {
        open.push(text.parse().map_err(|e: vidimus_fetch::DoorError| wrong("allow_net", &e.to_string()))?);
    }
    options.guard = Guard::new(open, raw.allow_ports.clone());
    for name in &raw.tls.extra_roots {
        let path = base.join(name);
        let pem = std::fs::read(&path)
            .map_err(|e| wrong("extra_roots", &format!("cannot read {}: {e}", path.display())))?;
        options.extra_roots.push(pem);
    }
    Ok(options)
}

fn load_sources(file: &Path) -> Result<(Vec<Source>, String), Failure> {
    let text = read(file)?;
    let raw = raw::Sources::parse(&text, file)?;
    let mut sources: Vec<Source> = Vec::new();
    for (number, entry) in raw.source.into_iter().enumerate() {
        let wrong = |key: &str, what: &str| {
            Failure::config(locate::message(file, &text, Some(("source", number)), key, what))
        };
        let source = Source::new(entry.into()).map_err(|e| wrong(e.key, &e.what))?;
        if sources.iter().any(|s| s.name == source.name) {
            return Err(wrong(
                "name",
                &format!("'{}' is the name of two sources: give each its own", source.name),
            ));
        }
        sources.push(source);
    }
    Ok((sources, text))
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| {
        let hint = if error.kind() == std::io::ErrorKind::NotFound {
            "; `vidimus init` writes a sample"
        } else {
            ""
        };
        Failure::config(format!("cannot read the configuration {}: {error}{hint}", file.display()))
    })
}
