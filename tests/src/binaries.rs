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
    let path = FOLDER.get_or_init(built).join(name);
    assert!(path.is_file(), "{} is missing: run `cargo build --workspace`", path.display());
    path
}

fn built() -> PathBuf {
    // target/PROFILE/deps/suite-HASH
    let test = std::env::current_exe().expect("a test has a path");
    let folder = test.parent().and_then(Path::parent).expect("a test is in target/PROFILE/deps").to_owned();
    if std::env::var_os("VIDIMUS_TESTS_BUILT").is_none() {
        build(&folder);
    }
    folder
}

fn build(folder: &Path) {
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        None | Some("debug") => "dev",
        Some(name) => name,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let done = Command::new(cargo)
        .args([
            "build",
            "--locked",
            "--profile",
            profile,
            "--package",
            "vidimus",
            "--package",
            "vidimus-query",
        ])
        .current_dir(repository())
        .output()
        .expect("cargo runs");
    assert!(done.status.success(), "cannot build the programs:\n{}", String::from_utf8_lossy(&done.stderr));
}
