//! Whether the search index holds what the archive has. Both may have been restored from copies of another day, or been
//! changed by somebody else's hand.

use std::collections::HashSet;

use vidimus_archive::Layout;
use vidimus_catalog::Catalog;
use vidimus_index::Searcher;

use crate::PipelineError;

/// How index and archive agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agreement {
    /// How many documents the index holds.
    pub documents: usize,
    /// How many were put into the index and are not there.
    pub missing: usize,
    /// How many the index holds of which the archive knows nothing.
    pub unknown: usize,
}

impl Agreement {
    /// Whether they do.
    pub fn is_whole(&self) -> bool {
        self.missing == 0 && self.unknown == 0
    }
}

/// Compares the index with the catalog; a run may go on meanwhile.
pub async fn agreement(catalog: &Catalog, layout: &Layout) -> Result<Agreement, PipelineError> {
    // What is marked now was committed before, and is seen by whoever opens the index after.
    let before: Vec<(String, bool)> = named(catalog).await?;
    let dir = layout.index();
    let held = tokio::task::spawn_blocking(move || Searcher::open(&dir)?.ids()).await??;
    let held: HashSet<&str> = held.iter().map(String::as_str).collect();
    let missing = before.iter().filter(|(id, is_there)| *is_there && !held.contains(id.as_str())).count();
    let known: HashSet<&str> = before.iter().map(|(id, _)| id.as_str()).collect();
    let mut unknown: HashSet<&str> = held.difference(&known).copied().collect();
    // A run may have added captures since.
    let after = if unknown.is_empty() { Vec::new() } else { named(catalog).await? };
    after.iter().for_each(|(id, _)| {
        unknown.remove(id.as_str());
    });
    Ok(Agreement { documents: held.len(), missing, unknown: unknown.len() })
}

async fn named(catalog: &Catalog) -> Result<Vec<(String, bool)>, PipelineError> {
    let documents = catalog.documents().await?;
    Ok(documents.into_iter().map(|(id, is_there)| (id.hex(), is_there)).collect())
}
