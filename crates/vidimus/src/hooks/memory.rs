//! What has to be remembered of telling where there is no catalog to remember it: that nothing can be run at all (a mistake
//! in the configuration, an archive that is not there), and which way leads to nobody at the moment. One small file for
//! each configuration, among the state of the user who runs it; who deletes it is told once more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use vidimus_catalog::Told;
use vidimus_pipeline::News;
use vidimus_snapshot::Digest;

use crate::replace::replace;

/// How long a way that failed is left alone; twice as long after each further failure.
const FIRST_DELAY: SignedDuration = SignedDuration::from_mins(5);
/// No way is left alone for longer.
const LONGEST_DELAY: SignedDuration = SignedDuration::from_hours(6);
/// A file longer than this was not written by us.
const MAX_FILE: u64 = 1024 * 1024;

/// The memory of one configuration.
#[derive(Debug)]
pub struct Memory {
    path: Option<PathBuf>,
    notes: Notes,
}

/// The file's content.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Notes {
    #[serde(default)]
    told: Vec<Note>,
    #[serde(default)]
    delays: BTreeMap<String, Delay>,
}

/// What was told of no single source.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note {
    channel: String,
    code: String,
    since: Timestamp,
    message: String,
    told_at: Timestamp,
}

/// A way that failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Delay {
    failures: u32,
    next_try: Timestamp,
    /// What could not be told by it; anything else is tried at once.
    untold: BTreeSet<String>,
}

impl Memory {
    /// What is remembered for this configuration. A file that cannot be read counts as none.
    pub fn of(config: Option<&Path>) -> Self {
        let path = config.and_then(place);
        let read = |path: &PathBuf| {
            let facts = path.metadata().ok().filter(|facts| facts.len() <= MAX_FILE)?;
            let text = facts.is_file().then(|| std::fs::read_to_string(path).ok()).flatten()?;
            serde_json::from_str(&text).ok()
        };
        let notes = path.as_ref().and_then(read).unwrap_or_default();
        Self { path, notes }
    }

    /// What was told, and stands in no catalog.
    pub fn told(&self) -> Vec<Told> {
        let told = |note: &Note| Told {
            channel: note.channel.clone(),
            source: String::new(),
            code: note.code.clone(),
            subject: String::new(),
            since: note.since,
            message: note.message.clone(),
            told_at: note.told_at,
        };
        self.notes.told.iter().map(told).collect()
    }

    /// Remembers what was told of no single source.
    pub fn note(&mut self, told: &[Told]) {
        self.forget(told);
        self.notes.told.extend(told.iter().filter(|t| t.source.is_empty()).map(|t| Note {
            channel: t.channel.clone(),
            code: t.code.clone(),
            since: t.since,
            message: t.message.clone(),
            told_at: t.told_at,
        }));
    }

    /// Forgets what is over, or what the catalog remembers now.
    pub fn forget(&mut self, told: &[Told]) {
        let is_one = |note: &Note| {
            told.iter().any(|t| t.source.is_empty() && t.channel == note.channel && t.code == note.code)
        };
        self.notes.told.retain(|note| !is_one(note));
    }

    /// Whether a way that failed is still left alone. News that it has not failed to tell does not wait.
    pub fn waits(&self, channel: &str, news: &[News], now: Timestamp) -> bool {
        let delay = self.notes.delays.get(channel);
        delay.is_some_and(|delay| now < delay.next_try && names(news).is_subset(&delay.untold))
    }

    /// A way has failed; says for how long it is left alone.
    pub fn failed(&mut self, channel: &str, news: &[News], now: Timestamp) -> SignedDuration {
        let before = self.notes.delays.get(channel);
        let failures = before.map_or(0, |delay| delay.failures);
        // Saved searches are no findings: those that wait go on waiting.
        let untold = if news.is_empty() { before.map(|delay| delay.untold.clone()) } else { None };
        let doubled = FIRST_DELAY.checked_mul(1 << failures.min(20)).unwrap_or(LONGEST_DELAY);
        let length = doubled.min(LONGEST_DELAY);
        let next_try = now.checked_add(length).unwrap_or(now);
        let delay = Delay {
            failures: failures.saturating_add(1),
            next_try,
            untold: untold.unwrap_or_else(|| names(news)),
        };
        self.notes.delays.insert(channel.to_owned(), delay);
        length
    }

    /// A way leads to somebody again.
    pub fn delivered(&mut self, channel: &str) {
        self.notes.delays.remove(channel);
    }

    /// Writes it down; a sentence says why it could not be.
    pub fn save(&self) -> Result<(), String> {
        let Some(path) = &self.path else { return Ok(()) };
        if self.notes.told.is_empty() && self.notes.delays.is_empty() && !path.exists() {
            return Ok(());
        }
        let text = serde_json::to_string(&self.notes).map_err(|e| self.cannot(&e))?;
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        made.and_then(|()| replace(path, &text)).map_err(|e| self.cannot(&e))
    }

    fn cannot(&self, why: &dyn std::fmt::Display) -> String {
        let path = self.path.as_deref().unwrap_or(Path::new("nowhere"));
        format!("what was told cannot be remembered, and may be told twice: {}: {why}", path.display())
    }
}

/// By what news is told apart.
fn names(news: &[News]) -> BTreeSet<String> {
    let name = |news: &News| {
        let (change, finding) = (news.change.as_str(), &news.standing.finding);
        format!("{change} {} {} {}", news.standing.source, finding.code, finding.subject)
    };
    news.iter().map(name).collect()
}

/// The file for a configuration: among the state of the user (XDG Base Directory), or beside the configuration of one who
/// has no home.
fn place(config: &Path) -> Option<PathBuf> {
    let whole = config.canonicalize().or_else(|_| std::path::absolute(config)).ok()?;
    let digest = Digest::of(whole.as_os_str().as_encoded_bytes()).hex();
    let short: String = digest.chars().take(16).collect();
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    let folder = state.map(|state| state.join("vidimus")).or_else(|| whole.parent().map(Path::to_owned))?;
    Some(folder.join(format!("hooks-{short}.json")))
}

#[cfg(test)]
mod tests {
    use vidimus_catalog::Finding;
    use vidimus_pipeline::{Change, Standing};

    use super::*;

    fn news(code: &str) -> News {
        let finding = Finding {
            code: code.to_owned(),
            subject: String::new(),
            since: Timestamp::UNIX_EPOCH,
            message: "m".to_owned(),
        };
        News { change: Change::Began, standing: Standing { source: "a".to_owned(), finding } }
    }

    #[test]
    fn a_way_that_fails_is_left_alone_for_longer_and_longer_but_not_for_other_news() {
        let mut memory = Memory { path: None, notes: Notes::default() };
        let mut now = Timestamp::UNIX_EPOCH;
        let old = [news("failed")];
        let mut minutes = Vec::new();
        for _ in 0..9 {
            let length = memory.failed("webhook", &old, now);
            assert!(memory.waits("webhook", &old, now) && !memory.waits("command", &old, now));
            assert!(!memory.waits("webhook", &[news("quiet")], now), "what is new does not wait");
            now = now.checked_add(length).unwrap();
            assert!(!memory.waits("webhook", &old, now));
            minutes.push(length.as_mins());
        }
        assert_eq!(minutes, [5, 10, 20, 40, 80, 160, 320, 360, 360]);
        memory.delivered("webhook");
        assert_eq!(memory.failed("webhook", &old, now).as_mins(), 5);
    }
}
