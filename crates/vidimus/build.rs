//! Says which commit was checked out when the program was built, for the manifests; nothing where there is no git.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=VIDIMUS_GIT");
    if std::env::var_os("VIDIMUS_GIT").is_some() {
        return;
    }
    for name in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", name]) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    if let Some(commit) = git(&["rev-parse", "HEAD"]) {
        println!("cargo::rustc-env=VIDIMUS_GIT={commit}");
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let run = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(run.stdout).ok()?;
    run.status.success().then(|| text.trim().to_owned()).filter(|text| !text.is_empty())
}
