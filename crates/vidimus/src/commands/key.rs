//! `vidimus key`: makes the key that signs the heads of the log, shows what others verify with, and puts a new key in the
//! place of an old one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use vidimus_archive::{ArchiveLog, LogKey, LogOptions};
use vidimus_ledger::{KeyError, LogReader, Salt, SigningKey, VerifierKey};
use vidimus_pipeline::{Randomness as _, SystemRandomness};
use vidimus_snapshot::{Clock as _, SystemClock};
use zeroize::Zeroizing;

use super::holder;
use crate::args::{Global, Key, KeyCommand, KeyNew, KeyRotate};
use crate::config::Config;
use crate::exit::Failure;
use crate::keys::{PASSPHRASE, outside};
use crate::terminal;

/// Does what the subcommand asks for.
pub async fn run(global: &Global, options: &Key) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    match &options.command {
        KeyCommand::New(options) => new(global, &config, options).await,
        KeyCommand::Show(options) => show(global, &config, options.pem),
        KeyCommand::Rotate(options) => rotate(global, &config, options).await,
    }
}

async fn new(global: &Global, config: &Config, options: &KeyNew) -> Result<ExitCode, Failure> {
    let mut log = open(config, "key new").await?;
    if let Some(key) = log.keys()?.last() {
        return Err(Failure::usage(format!(
            "the log is signed by the key {} already: `vidimus key rotate` puts a new one in its place",
            key.fingerprint()
        )));
    }
    let file = place(config, &log)?;
    // One that `init`, or a `key new` that was interrupted, has made and that has not signed yet is the one.
    let key = match config.key_place.load(&file, &log.head()?.origin) {
        Ok(key) => key,
        Err(KeyError::Missing(_)) => make(config, &log, &file, options.passphrase)?,
        Err(error) => return Err(error.into()),
    };
    let signed = log.rotate(LogKey { key: key.clone(), file: file.clone() }, None).await?;
    log.close().await?;
    tell_remark(signed.remark);
    tell(global, key.verifier(), Some(&file))?;
    Ok(ExitCode::SUCCESS)
}

/// The new key is written and signs before it takes the place of the old one, whose file is kept under another name: an
/// interruption leaves both.
async fn rotate(global: &Global, config: &Config, options: &KeyRotate) -> Result<ExitCode, Failure> {
    let mut log = open(config, "key rotate").await?;
    let Some(last) = log.keys()?.last().cloned() else {
        return Err(Failure::usage("the log has no key yet: `vidimus key new` makes one"));
    };
    let file = place(config, &log)?;
    let origin = log.head()?.origin;
    let next = beside(&file, "new");
    let retired = beside(&file, &format!("retired-{}", short(&last)));
    // An earlier rotation got as far as the log.
    let waiting = config.key_place.load(&next, &origin).ok().filter(|key| *key.verifier() == last);
    let (key, remark) = if let Some(key) = waiting {
        let old = config.key_place.load(&file, &origin).ok();
        let signed = log.cosign(LogKey { key: key.clone(), file: file.clone() }, old).await?;
        (key, signed.remark)
    } else {
        let old = old_key(config, &file, &origin, &last, options.lost)?;
        let key = match config.key_place.load(&next, &origin) {
            Ok(key) => key,
            Err(KeyError::Missing(_)) => make(config, &log, &next, options.passphrase)?,
            Err(error) => return Err(error.into()),
        };
        let signed = log.rotate(LogKey { key: key.clone(), file: file.clone() }, old.as_ref()).await?;
        (key, signed.remark)
    };
    log.close().await?;
    if file.exists() {
        rename(&file, &retired)?;
    }
    rename(&next, &file)?;
    tell_remark(remark);
    tell(global, key.verifier(), Some(&file))?;
    if !global.quiet && retired.exists() {
        terminal::remark(&format!("the old key is kept as {}", retired.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// The key until now; nothing where the operator says that it is lost.
fn old_key(
    config: &Config,
    file: &Path,
    origin: &str,
    last: &VerifierKey,
    is_lost: bool,
) -> Result<Option<SigningKey>, Failure> {
    if is_lost {
        return Ok(None);
    }
    let old = config.key_place.load(file, origin)?;
    if old.verifier() != last {
        return Err(Failure::config(format!(
            "{} holds the key {}, and the log is signed by {}: name the right file with --signing-key, or say --lost if it is lost",
            file.display(),
            old.verifier().fingerprint(),
            last.fingerprint()
        )));
    }
    Ok(Some(old))
}

fn show(global: &Global, config: &Config, pem: bool) -> Result<ExitCode, Failure> {
    let layout = &config.settings.layout;
    let log = LogReader::open(&layout.log()).map_err(vidimus_archive::ArchiveError::from)?;
    let log =
        log.ok_or_else(|| Failure::absent("this archive has no log yet: `vidimus key new` begins one"))?;
    let keys = log.keys().map_err(vidimus_archive::ArchiveError::from)?;
    let Some(key) = keys.last() else {
        return Err(Failure::absent("the log has no key: `vidimus key new` makes one"));
    };
    if pem {
        terminal::bytes(key.to_pem().as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    tell(global, key, None)?;
    if !global.json {
        for old in keys.iter().rev().skip(1) {
            terminal::line(&format!("  signed before    {}", old.fingerprint()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn open(config: &Config, command: &str) -> Result<ArchiveLog, Failure> {
    let (settings, now) = (&config.settings, SystemClock.now());
    // The key at hand must not sign before it is known whether it should.
    let options = LogOptions { key: None, without_key: None, ..settings.log_options(now, &SystemRandomness) };
    let log = ArchiveLog::open(&settings.layout, &holder(command), &options).await?;
    log.recovery().ended.iter().for_each(|ended| terminal::warning(ended));
    Ok(log)
}

fn place(config: &Config, log: &ArchiveLog) -> Result<PathBuf, Failure> {
    let file = config.key_place.file(Some(&log.head()?.origin)).ok_or_else(|| {
        Failure::usage("there is no home folder to keep the key in: say where with --signing-key FILE")
    })?;
    outside(&config.settings.layout, &file)?;
    Ok(file)
}

/// Makes a key and its file.
fn make(config: &Config, log: &ArchiveLog, file: &Path, wants: bool) -> Result<SigningKey, Failure> {
    let passphrase = config.key_place.passphrase();
    if wants && passphrase.is_none() {
        return Err(Failure::usage(format!(
            "there is no passphrase: put one into {PASSPHRASE}, or into the `passphrase_file` under [evidence]"
        )));
    }
    let origin = log.head()?.origin;
    write(&origin, file, passphrase.as_ref().filter(|_| wants).map(|word| word.as_str()))
}

/// Makes a key, without a passphrase, that the first signed head of a log will name.
pub fn write_key(file: &Path) -> Result<(), Failure> {
    write("vidimus", file, None).map(drop)
}

fn write(origin: &str, file: &Path, passphrase: Option<&str>) -> Result<SigningKey, Failure> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        make_folder(folder)?;
    }
    let mut seed = Zeroizing::new([0_u8; 32]);
    for half in seed.chunks_mut(16) {
        half.copy_from_slice(&SystemRandomness.bytes());
    }
    let key = SigningKey::from_seed(origin, *seed).map_err(|e| Failure::config(e.to_string()))?;
    let salt = Salt { salt: SystemRandomness.bytes(), iv: SystemRandomness.bytes() };
    key.save(file, passphrase.map(|word| (word, salt)))?;
    Ok(key)
}

/// A folder that only its owner may look into.
fn make_folder(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|e| Failure::io(format!("cannot make {}: {e}", folder.display())))
}

fn beside(file: &Path, what: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{what}"));
    PathBuf::from(name)
}

fn short(key: &VerifierKey) -> String {
    key.fingerprint().hex().chars().take(8).collect()
}

fn rename(from: &Path, to: &Path) -> Result<(), Failure> {
    let told = |e| Failure::io(format!("cannot rename {} to {}: {e}", from.display(), to.display()));
    std::fs::rename(from, to).map_err(told)
}

fn tell_remark(remark: Option<String>) {
    if let Some(remark) = remark {
        terminal::warning(&remark);
    }
}

/// What is to be published of a key.
fn tell(global: &Global, key: &VerifierKey, file: Option<&Path>) -> Result<(), Failure> {
    if global.json {
        let line = serde_json::json!({
            "origin": key.name(),
            "fingerprint": key.fingerprint(),
            "vkey": key.to_string(),
            "file": file.map(|file| file.display().to_string()),
        });
        return Ok(terminal::line(&line.to_string())?);
    }
    terminal::line(&format!("log              {}", key.name()))?;
    terminal::line(&format!("key fingerprint  {}", key.fingerprint()))?;
    terminal::line(&format!("verifier key     {key}"))?;
    if let Some(file) = file.filter(|_| !global.quiet) {
        terminal::remark(&format!(
            "the key is in {}: keep a copy of it in a safe place, away from the archive\n\
             publish its fingerprint where others will find it, so that nobody has to take it from you",
            file.display()
        ));
    }
    Ok(())
}
