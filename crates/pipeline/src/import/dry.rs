//! Looking through files as an import would, without an archive.

use std::path::PathBuf;

use vidimus_archive::{Wanted, examine};
use vidimus_snapshot::Role;

use super::make::role_of;
use super::{ImportOptions, ImportProgress, ImportSummary, ImportedFile};
use crate::{Pipeline, PipelineError};

/// Reads files as an import would, and writes nothing: what they hold, and what is wrong with them. Revisits are counted,
/// not resolved, and nothing is compared with what the archive holds.
pub async fn dry_run(
    pipeline: &Pipeline,
    files: &[PathBuf],
    options: &ImportOptions,
    progress: ImportProgress,
) -> Result<ImportSummary, PipelineError> {
    let mut summary = ImportSummary::default();
    for path in files {
        if pipeline.stop.is_stopped() {
            summary.interrupted = true;
            break;
        }
        let (path, options, progress) = (path.clone(), options.clone(), progress.clone());
        let now = pipeline.clock.now();
        let read = move || {
            let (told, shown, of) = (progress, path.clone(), path.metadata().map_or(0, |facts| facts.len()));
            let result = examine(
                &path,
                now,
                &mut |answer, pages| match role_of(answer, pages, None) {
                    Role::Page => Wanted::Page,
                    _ if options.pages_only => Wanted::Nothing,
                    _ => Wanted::Part,
                },
                &move |done| told(&shown, done, of),
            );
            let result =
                result.map_err(|error| error.to_string()).and_then(|found| found.ok_or_else(no_archive));
            ImportedFile { path, result, repeats: Vec::new() }
        };
        summary.files.push(tokio::task::spawn_blocking(read).await?);
    }
    Ok(summary)
}

/// What is said of a file in which no record is.
pub(super) fn no_archive() -> String {
    "this is no WARC, ARC or WACZ file: no record was found in it".to_owned()
}
