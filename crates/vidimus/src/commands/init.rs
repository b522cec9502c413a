//! `vidimus init`: a commented configuration and an empty archive.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use vidimus_archive::Layout;

use crate::args::{Global, Init};
use crate::config::{SAMPLE, SAMPLE_SOURCES};
use crate::exit::Failure;
use crate::terminal;

/// Where the sample configuration says that the key is.
const KEY: &str = "keys/log.pem";

/// Writes what is missing; what is there is left alone.
pub fn run(global: &Global, options: &Init) -> Result<ExitCode, Failure> {
    let config = options.dir.join("config");
    std::fs::create_dir_all(&config)
        .map_err(|e| Failure::io(format!("cannot make {}: {e}", config.display())))?;
    let mut is_new = false;
    for (name, text) in [("vidimus.toml", SAMPLE), ("sources.toml", SAMPLE_SOURCES)] {
        let path = config.join(name);
        let wrote = write_new(&path, text)?;
        is_new |= wrote && name == "vidimus.toml";
        let word = if wrote { "wrote" } else { "kept" };
        say(global, &format!("{word} {}", path.display()));
    }
    let archive = options.dir.join("archive");
    Layout::new(&archive).create()?;
    say(global, &format!("archive {}", archive.display()));
    let key = options.dir.join(KEY);
    // The configuration that was written names this key; another may name another.
    if is_new && !key.exists() {
        super::key::write_key(&key)?;
        say(global, &format!("made the key {}: keep a copy of it away from the archive", key.display()));
    }
    say(
        global,
        &format!(
            "next: set `contact` in {0}/vidimus.toml, add a source to {0}/sources.toml, then run `vidimus crawl`",
            config.display()
        ),
    );
    Ok(ExitCode::SUCCESS)
}

fn say(global: &Global, text: &str) {
    if !global.quiet {
        terminal::remark(text);
    }
}

/// Writes a file unless it exists; says whether it did.
#[expect(clippy::disallowed_methods, reason = "init writes the operator's configuration")]
pub fn write_new(path: &Path, text: &str) -> Result<bool, Failure> {
    let failed = |e: std::io::Error| Failure::io(format!("cannot write {}: {e}", path.display()));
    match std::fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true).map_err(failed),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed(error)),
    }
}
