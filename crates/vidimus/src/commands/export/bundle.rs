//! `vidimus export ID --format bundle`: one capture with everything that proves it.

use std::collections::BTreeMap;
use std::process::ExitCode;

use vidimus_archive::{Archive, OutFile};
use vidimus_catalog::time_text;
use vidimus_evidence::{BundleOptions, BundleReport, EvidenceError, export_bundle};
use vidimus_ledger::timestamp::Trust;

use super::{Written, keep};
use crate::args::{Export, Global};
use crate::commands::find;
use crate::config::Config;
use crate::exit::{Failure, INCOMPLETE};
use crate::terminal::{self, printable};

/// Writes the bundle; one that cannot prove a time yet is written all the same, and said to be incomplete.
pub async fn run(
    global: &Global,
    config: &Config,
    archive: &Archive,
    options: &Export,
) -> Result<ExitCode, Failure> {
    let name = options.what.first().map_or("", String::as_str);
    let capture = find(archive, name).await?;
    let nothing = || Failure::absent(format!("{name} was tried, but nothing of it is held"));
    let id = capture.snapshot.ok_or_else(nothing)?;
    let made = BundleOptions {
        software: format!("{}/{}", config.settings.identity.software, config.settings.identity.version),
        authorities: authorities(config),
        path: options.output.clone(),
    };
    let mut out = OutFile::create(&options.output, options.force)?;
    let report = tokio::select! {
        done = export_bundle(archive, id, &made, &mut out) => done.map_err(failure)?,
        _ = crate::commands::signal() => return Err(Failure::stopped("stopped as asked: no file was written")),
    };
    let file = keep(out, &options.output)?;
    tell(global, &file, &report)?;
    Ok(if report.times.is_empty() { ExitCode::from(INCOMPLETE) } else { ExitCode::SUCCESS })
}

/// What the answers of the configured time authorities are checked against.
fn authorities(config: &Config) -> BTreeMap<String, Trust> {
    let all = config.authorities.iter();
    all.filter_map(|authority| Some((authority.name.clone(), authority.trust.clone()?))).collect()
}

fn failure(error: EvidenceError) -> Failure {
    match error {
        EvidenceError::Archive(error) => error.into(),
        error @ EvidenceError::Damaged(_) => Failure::not_well(error.to_string()),
        error => Failure::io(error.to_string()),
    }
}

fn tell(global: &Global, file: &Written, report: &BundleReport) -> Result<(), Failure> {
    for why in &report.refused {
        terminal::warning(&format!("left out of the bundle, because it proves nothing: {}", printable(why)));
    }
    for authority in &report.unverified {
        terminal::warning(&format!(
            "the answer of {authority} is in the bundle, and was not verified: the configuration names no root of it; whoever has its root can check it"
        ));
    }
    if global.json {
        let times = report
            .times
            .iter()
            .map(|(authority, time)| serde_json::json!({"authority": authority, "time": time_text(*time)}));
        let line = serde_json::json!({
            "format": "bundle",
            "files": [{"path": file.path.to_string_lossy(), "bytes": file.bytes, "sha256": file.sha256}],
            "folder": report.folder,
            "records": report.records,
            "originals": report.originals,
            "index": report.index,
            "signed": report.signed,
            "times": times.collect::<Vec<_>>(),
            "unverified": report.unverified,
            "refused": report.refused,
        });
        return Ok(terminal::line(&line.to_string())?);
    }
    if !global.quiet {
        terminal::remark(&format!("{}  {} bytes  {}", file.path.display(), file.bytes, file.sha256));
        terminal::remark(&format!("{} records of {}", report.records, report.folder));
    }
    match (report.index, report.signed, report.times.is_empty()) {
        (None, ..) => terminal::warning("the capture is not in a log, so that the bundle proves no time"),
        (_, None, _) => {
            terminal::warning(
                "the log is not signed, so that the bundle proves no time: make a key with `vidimus key new`",
            );
        }
        (_, _, true) if report.unverified.is_empty() && report.refused.is_empty() => terminal::warning(
            "no timestamp authority has answered yet: export it again when one has, see `vidimus log anchor`",
        ),
        (_, _, true) => terminal::warning(
            "no answer of a timestamp authority was verified, so that the bundle proves no time",
        ),
        _ => {}
    }
    Ok(())
}
