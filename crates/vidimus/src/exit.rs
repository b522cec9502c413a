//! Exit codes, and how a failure is told. The codes are those of sysexits(3) where one fits; `docs/operations.md` and
//! `vidimus help` list them.

use std::io::Write as _;
use std::process::ExitCode;

use vidimus_archive::ArchiveError;
use vidimus_catalog::CatalogError;
use vidimus_pipeline::PipelineError;

use crate::terminal;

/// The run was done, but not all is well: a source failed, a page was not captured, a verification found damage.
pub const NOT_WELL: u8 = 1;
/// What was asked for is not there, or a check could not be completed.
pub const INCOMPLETE: u8 = 2;
const USAGE: u8 = 64;
const NO_INPUT: u8 = 66;
const UNAVAILABLE: u8 = 69;
const SYSTEM: u8 = 71;
const IO: u8 = 74;
const LOCKED: u8 = 75;
const CONFIG: u8 = 78;
/// As a shell reports a program that Ctrl-C ended.
pub const INTERRUPTED: u8 = 130;

/// An error on its way to a person: a sentence, and the code that a script sees.
#[derive(Debug)]
pub struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// The configuration is wrong.
    pub fn config(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: CONFIG }
    }

    /// The command line is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: USAGE }
    }

    /// A person ended it before it was done.
    pub fn stopped(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: INTERRUPTED }
    }

    /// What was named is not there.
    pub fn absent(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: INCOMPLETE }
    }

    /// What was asked for is damaged.
    pub fn not_well(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: NOT_WELL }
    }

    /// A file could not be read or written.
    pub fn io(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: IO }
    }

    /// The archive's folder is not there.
    pub fn no_archive(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: NO_INPUT }
    }

    /// Whether it keeps every run from beginning, until a person has done something about it.
    pub fn keeps_from_running(&self) -> bool {
        matches!(self.code, CONFIG | NO_INPUT)
    }

    /// The exit code.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }

    /// What went wrong, as a sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What sort of failure it is, in the word that hooks are told.
    pub fn word(&self) -> &'static str {
        match self.code {
            IO => "disk",
            LOCKED => "locked",
            NO_INPUT => "archive",
            CONFIG => "configuration",
            _ => "system",
        }
    }

    /// Whether another run holds the lock.
    pub fn is_locked(&self) -> bool {
        self.code == LOCKED
    }

    /// The system refused something it never should.
    pub fn system(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: SYSTEM }
    }
}

impl From<&ArchiveError> for Failure {
    fn from(error: &ArchiveError) -> Self {
        let code = match error {
            ArchiveError::Locked { .. } => LOCKED,
            ArchiveError::NoArchive(_)
            | ArchiveError::NoCatalog(_)
            | ArchiveError::Catalog(CatalogError::Missing(_)) => NO_INPUT,
            ArchiveError::Absent(_) => INCOMPLETE,
            ArchiveError::NotRemovable(_) => UNAVAILABLE,
            ArchiveError::Destination { .. } | ArchiveError::Exists(_) | ArchiveError::NoFile(_) => USAGE,
            _ => IO,
        };
        Self { message: error.to_string(), code }
    }
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        Self::from(&error)
    }
}

impl From<CatalogError> for Failure {
    fn from(error: CatalogError) -> Self {
        Self::from(&ArchiveError::from(error))
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        match &error {
            PipelineError::Archive(inner) => Self::from(inner.as_ref()),
            PipelineError::Client(_) => Self::config(error.to_string()),
            PipelineError::Index(_) => Self::io(error.to_string()),
            PipelineError::Stopped(_) => Self::system(error.to_string()),
        }
    }
}

/// Output that nobody reads any more (a closed pipe) ends the program quietly; other trouble with it is told.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self { message: String::new(), code: 0 };
        }
        Self::io(format!("cannot write the output: {error}"))
    }
}

/// Tells a failure on stderr and gives its code.
pub fn report(failure: &Failure) -> ExitCode {
    if !failure.message.is_empty() {
        terminal::error(&failure.message);
    }
    failure.code()
}

/// Tells what clap has to say: help and version are no errors; a wrong command line is 64.
pub fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        let _ = write!(anstream::stderr(), "{}", error.render().ansi());
        return ExitCode::from(USAGE);
    }
    let _ = write!(anstream::stdout(), "{}", error.render().ansi());
    ExitCode::SUCCESS
}
