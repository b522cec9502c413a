//! Putting a new file in the place of an old one, so that nobody ever reads half of it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Writes the text beside the file, and renames it over the file.
#[expect(
    clippy::disallowed_methods,
    reason = "what is written so is the operator's, and no part of the archive"
)]
pub fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    let _ = write!(name, ".{}.tmp", std::process::id());
    let fresh = PathBuf::from(name);
    let written = std::fs::write(&fresh, text).and_then(|()| std::fs::rename(&fresh, path));
    if written.is_err() {
        // Nothing is left lying about; if even that fails, the first error says why.
        let _ = std::fs::remove_file(&fresh);
    }
    written
}
