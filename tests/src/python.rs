//! The tools that others wrote, in the folder that `tests/run` made for them.

use std::path::PathBuf;
use std::process::Command;

use crate::{Ran, repository};

/// A program of `tests/.venv`.
#[must_use]
pub fn tool(name: &str) -> PathBuf {
    let path = repository().join("tests/.venv/bin").join(name);
    assert!(path.exists(), "{} is missing: `./tests/run` installs it", path.display());
    path
}

/// Runs a script of `tests/python`.
#[must_use]
pub fn python(script: &str, arguments: &[&str]) -> Ran {
    let script = repository().join("tests/python").join(script);
    // Leaves no `__pycache__` behind, and reads and writes UTF-8 whatever the machine's locale is.
    Ran::of(Command::new(tool("python")).args(["-B", "-X", "utf8"]).arg(script).args(arguments))
}
