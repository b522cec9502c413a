//! Where the project's programs and files are.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The project's root folder.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a folder of the repository")
}

/// The program of this name, up to date. `tests/run` has built it beside the tests and says so in
/// `VIDIMUS_TESTS_BUILT`; a plain `cargo test` has not, so that it is built here.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    found(FOLDER.get_or_init(|| built(&["--package", "vidimus", "--package", "vidimus-query"])).join(name))
}

/// The example program that runs the extractor over a list of pages, up to date in the same way.
#[must_use]
pub fn extract_corpus() -> PathBuf {
    found(
        built(&["--package", "vidimus-extract", "--example", "extract_corpus"])
            .join("examples/extract_corpus"),
    )
}

fn found(path: PathBuf) -> PathBuf {
    assert!(path.is_file(), "{} is missing: run `cargo build --workspace --all-targets`", path.display());
    path
}

/// The folder of the programs, after these were built.
fn built(what: &[&str]) -> PathBuf {
    // target/PROFILE/deps/suite-HASH
    let test = std::env::current_exe().expect("a test has a path");
    let folder = test.parent().and_then(Path::parent).expect("a test is in target/PROFILE/deps").to_owned();
    if std::env::var_os("VIDIMUS_TESTS_BUILT").is_none() {
        build(&folder, what);
    }
    folder
}

fn build(folder: &Path, what: &[&str]) {
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        None | Some("debug") => "dev",
        Some(name) => name,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let done = Command::new(cargo)
        .args(["build", "--locked", "--profile", profile])
        .args(what)
        .current_dir(repository())
        .output()
        .expect("cargo runs");
    assert!(done.status.success(), "cannot build the programs:\n{}", String::from_utf8_lossy(&done.stderr));
}
