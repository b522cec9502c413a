//! A real browser, driven by a script of `tests/browser`.

use std::process::Command;

use crate::{Ran, repository};

/// Runs a script of `tests/browser` with Node.js.
#[must_use]
pub fn browser(script: &str, arguments: &[&str]) -> Ran {
    let folder = repository().join("tests");
    assert!(
        folder.join("node_modules/puppeteer-core").is_dir(),
        "tests/node_modules is missing: `./tests/run` installs it"
    );
    Ran::of(Command::new("node").arg(folder.join("browser").join(script)).args(arguments))
}
