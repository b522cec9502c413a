//! What an import is asked for, and what it tells.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use vidimus_archive::ReportedImport;

use crate::Repeat;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// The source that the captures are filed under.
    pub source: Option<String>,
    /// Whether parts of pages, such as images, are to be left in the files alone.
    pub pages_only: bool,
}

/// How an import ended.
#[derive(Debug, Clone, Default)]
pub struct ImportSummary {
    /// Its run.
    pub run: String,
    /// What came of each file.
    pub files: Vec<ImportedFile>,
    /// Whether it was asked to stop before it was done; the same command goes on with it.
    pub interrupted: bool,
}

/// What came of one file.
#[derive(Debug, Clone)]
pub struct ImportedFile {
    /// As it was named.
    pub path: PathBuf,
    /// What came of it, or why nothing did.
    pub result: Result<ReportedImport, String>,
    /// Its new pages that say the words of earlier ones, as far as it was asked.
    pub repeats: Vec<Repeat>,
}

/// Is told which file is read, how many of its bytes are, and of how many.
pub type ImportProgress = Arc<dyn Fn(&Path, u64, u64) + Send + Sync>;
