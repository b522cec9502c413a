//! An operator's folder: `config/`, `archive/`, and the programs run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Ran, binary};

/// A folder of its own for one test; it goes away with the test.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
}

/// The settings for a server on this port of this machine: its door is open, nobody is waited for, and every run asks
/// for every page again.
#[must_use]
pub fn config_for(port: u16) -> String {
    format!(
        r#"
archive = "../archive"
sources = "sources.toml"
operator = "Test Documentation Centre"
allow_net = ["127.0.0.1/32:{port}"]

[crawl]
min_gap = "0s"
revisit_after = "0s"
"#
    )
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// An empty folder.
    #[must_use]
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// A folder with these two files in `config/`, and an `archive/` that is still empty.
    #[must_use]
    pub fn configured(main: &str, sources: &str) -> Self {
        let home = Self::new();
        home.write("config/vidimus.toml", main);
        home.write("config/sources.toml", sources);
        fs::create_dir(home.path("archive")).unwrap();
        home
    }

    /// The folder, or something in it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file; its folders are made.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Runs `vidimus` to its end. The configuration is found where the program looks for it by itself.
    #[must_use]
    pub fn vidimus(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command("vidimus").args(arguments))
    }

    /// Runs `vidimus-query` to its end.
    #[must_use]
    pub fn query(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command("vidimus-query").args(arguments))
    }

    /// Starts `vidimus` and leaves it running.
    #[must_use]
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command("vidimus");
        let child = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Running(child.spawn().unwrap())
    }

    /// A program of the project in this folder, without what the environment of the tests might tell it.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(binary(program));
        command.current_dir(self.folder.path());
        let told = ["VIDIMUS_ARCHIVE", "VIDIMUS_CONFIG", "VIDIMUS_SIGNING_KEY", "VIDIMUS_KEY_PASSPHRASE"];
        for name in told.into_iter().chain(["CLICOLOR_FORCE", "NO_COLOR"]) {
            command.env_remove(name);
        }
        command.env("XDG_STATE_HOME", self.path("state"));
        command.env("XDG_CONFIG_HOME", self.path("xdg"));
        command
    }

    /// Everything that was tried, oldest first.
    #[must_use]
    pub fn everything(&self) -> Vec<Value> {
        self.vidimus(&["list", "--all", "--json", "-n", "0"]).ok().json()
    }

    /// What became of the page at `url`, newest try last.
    #[track_caller]
    #[must_use]
    pub fn tries(&self, url: &str) -> Vec<Value> {
        self.everything().into_iter().filter(|line| line["url"] == url).collect()
    }

    /// The files of the archive whose names end so, sorted.
    #[must_use]
    pub fn archive_files(&self, ending: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect(&self.path("archive"), ending, &mut found);
        found.sort();
        found
    }
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

/// A program that is running; it is killed, as by `kill -9`, when this goes away.
#[derive(Debug)]
pub struct Running(Child);

impl Running {
    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.id().to_string()).status();
        assert!(sent.unwrap().success(), "the signal {name} could not be sent");
    }

    /// Ends it as `kill -9` does.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
