//! Where the key of the log lies, and reading it: the option, the configuration, or a file in the home folder that is
//! named after the log. It is never in the archive's folder.

use std::path::{Path, PathBuf};

use vidimus_archive::{Layout, LogKey};
use vidimus_ledger::{KeyError, LogReader, SigningKey};
use zeroize::Zeroizing;

use crate::exit::Failure;

/// The variable that may hold the passphrase.
pub const PASSPHRASE: &str = "VIDIMUS_KEY_PASSPHRASE";
/// The longest passphrase that is read from a file.
const LONGEST_PASSPHRASE: usize = 4096;

/// Where the key is, and what opens it.
#[derive(Debug, Clone, Default)]
pub struct KeyPlace {
    /// Where an option or the configuration says that it is.
    pub named: Option<PathBuf>,
    /// The file that holds the passphrase, if one is configured.
    pub passphrase_file: Option<PathBuf>,
}

impl KeyPlace {
    /// The key's file: the one that is named, or the usual one of this log.
    pub fn file(&self, origin: Option<&str>) -> Option<PathBuf> {
        self.named.clone().or_else(|| usual(origin?))
    }

    /// The key of an archive's log; nothing where none was made.
    pub fn key(&self, layout: &Layout) -> Result<Option<LogKey>, KeyError> {
        // A log that cannot be read is told by who opens it.
        let log = LogReader::open(&layout.log()).ok().flatten();
        let origin = log.as_ref().map(LogReader::origin);
        let Some(file) = self.file(origin) else { return Ok(None) };
        let was_signed = log.as_ref().is_some_and(|log| log.keys().is_ok_and(|keys| !keys.is_empty()));
        match self.load(&file, origin.unwrap_or("vidimus")) {
            Ok(key) => Ok(Some(LogKey { key, file })),
            Err(KeyError::Missing(_)) if self.named.is_none() && !was_signed => Ok(None),
            Err(KeyError::Missing(path)) if self.named.is_none() => Err(KeyError::Elsewhere(path)),
            Err(error) => Err(error),
        }
    }

    /// Reads a key file.
    pub fn load(&self, file: &Path, origin: &str) -> Result<SigningKey, KeyError> {
        match SigningKey::load(file, origin, None) {
            Err(KeyError::NeedsPassphrase(_)) => {
                let passphrase = self.passphrase();
                SigningKey::load(file, origin, passphrase.as_ref().map(|word| word.as_str()))
            }
            other => other,
        }
    }

    /// The passphrase: from the environment, or from the file that is configured.
    pub fn passphrase(&self) -> Option<Zeroizing<String>> {
        if let Ok(word) = std::env::var(PASSPHRASE) {
            return Some(Zeroizing::new(word)).filter(|word| !word.is_empty());
        }
        let text = Zeroizing::new(std::fs::read_to_string(self.passphrase_file.as_ref()?).ok()?);
        let line = text.lines().next().filter(|line| !line.is_empty() && line.len() <= LONGEST_PASSPHRASE)?;
        Some(Zeroizing::new(line.to_owned()))
    }
}

/// `~/.config/vidimus/keys/` and the log's name, as far as a file name can have it. A log that goes on where another was
/// ended has the key of that one.
fn usual(origin: &str) -> Option<PathBuf> {
    let origin = vidimus_archive::base_of(origin);
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '_' };
    let name: String = origin.chars().map(plain).collect();
    Some(home.join("vidimus/keys").join(format!("{name}.pem")))
}

/// A key file must not lie where the archive is: whoever copies or publishes that would take it along.
pub fn outside(layout: &Layout, file: &Path) -> Result<(), Failure> {
    if layout.holds(file) {
        return Err(Failure::usage(format!(
            "{} is in the archive's folder, which is copied and handed on: keep the key elsewhere (--signing-key FILE)",
            file.display()
        )));
    }
    Ok(())
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Io { .. } => Self::io(error.to_string()),
            KeyError::Exists(_) => Self::usage(error.to_string()),
            _ => Self::config(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_lies_outside_the_archive() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path().join("archive"));
        layout.create().unwrap();
        assert!(outside(&layout, &folder.path().join("archive/log/key.pem")).is_err());
        assert!(outside(&layout, &folder.path().join("archive/../archive/key.pem")).is_err());
        outside(&layout, &folder.path().join("keys/key.pem")).unwrap();
    }

    #[test]
    fn a_log_s_name_never_leads_out_of_the_folder_of_keys() {
        let path = usual("../../etc/passwd").unwrap();
        assert!(path.ends_with("vidimus/keys/.._.._etc_passwd.pem"), "{path:?}");
    }
}
