//! What a configuration with a mistake in it still says of who is to be told: `[notify]` is read by itself, so that those
//! who are named there hear of the mistake.

use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use toml::{Table, Value};

use super::{Config, DEFAULT_ARCHIVE, Notify, raw};
use crate::args::Global;

/// Who is to be told, as far as that can be read.
#[derive(Debug)]
pub struct Salvage {
    /// The configuration's main file.
    pub file: PathBuf,
    /// Who is told.
    pub notify: Notify,
    /// Certificates of authorities to trust beside the public ones.
    pub extra_roots: Vec<Vec<u8>>,
    /// Who operates the archive.
    pub operator: Option<String>,
    /// The archive's folder.
    pub archive: PathBuf,
}

impl Salvage {
    /// Reads what can be read; `None` when nobody is named, or when `[notify]` is what is wrong.
    pub fn of(global: &Global) -> Option<Self> {
        let file = Config::file(global)?;
        let text = std::fs::read_to_string(&file).ok()?;
        let table = toml::from_str::<Table>(&text).or_else(|_| toml::from_str(&notify_alone(&text))).ok()?;
        let base = file.parent().unwrap_or(Path::new("")).to_owned();
        let notify = raw::Notify::deserialize(table.get("notify")?.clone()).ok()?;
        let notify = Notify::new(&notify, &base).ok()?;
        let text_of = |key: &str| table.get(key).and_then(Value::as_str);
        let configured = || text_of("archive").map_or_else(|| DEFAULT_ARCHIVE.into(), |name| base.join(name));
        let roots = table.get("tls").and_then(|tls| tls.get("extra_roots")).and_then(Value::as_array);
        let roots = roots.into_iter().flatten().filter_map(Value::as_str);
        Some(Self {
            notify,
            extra_roots: roots.filter_map(|name| std::fs::read(base.join(name)).ok()).collect(),
            operator: text_of("operator").map(str::to_owned),
            archive: global.archive.clone().unwrap_or_else(configured),
            file,
        })
    }
}

/// The lines of the table `[notify]`, for a file that is no TOML elsewhere.
fn notify_alone(text: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.starts_with('[') {
            inside = line.trim_end() == "[notify]";
        }
        if inside {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_found_in_a_broken_file() {
        let text = "archive = ../a\n[notify]\ncommand = [\n  \"/bin/x\",\n]\n[log]\nfile = x\n";
        assert_eq!(notify_alone(text), "[notify]\ncommand = [\n  \"/bin/x\",\n]\n");
        assert_eq!(notify_alone("archive = ../a\n"), "");
    }
}
