//! `vidimus diff`: what differs between two captures, as a reader would see it. What is around the statement on a page, and
//! how we read the page, make no difference here.

mod columns;
mod comparison;
mod excerpt;
mod html;
mod inline;
mod json;
mod sides;

use std::io;
use std::process::ExitCode;

use vidimus_archive::Archive;
use vidimus_catalog::{Capture, Filter};
use vidimus_snapshot::Role;

use super::gaps::{self, Gaps};
use super::{archive, find, is_url};
use crate::args::{Diff, Global};
use crate::config::Config;
use crate::exit::Failure;
use crate::terminal;

pub(super) use comparison::{Comparison, counted, exact_time, size};
pub(super) use sides::{Reader, is_cut_short, version_key};
use sides::{Shown, Side, versions_of};

/// As diff(1) has it: the two are not the same.
const DIFFERENT: u8 = 1;

/// Compares, and tells the difference.
pub async fn run(global: &Global, options: &Diff) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let archive = archive(&config.settings.layout).await?;
    let reader = Reader::new(&archive, &config);
    let Some(mut comparison) = compare(&archive, &reader, options).await? else {
        let what = terminal::printable(&options.a);
        return Err(Failure::absent(format!(
            "of {what} one version is held, and none before it to compare it with"
        )));
    };
    if options.b.is_none() {
        let removed = removed_between(&archive, &comparison.old.capture, &comparison.new.capture).await?;
        comparison.notes.extend(removed);
    }
    if !global.quiet || global.json || options.html {
        tell(&comparison, global, options)?;
    }
    Ok(if comparison.is_same() { ExitCode::SUCCESS } else { ExitCode::from(DIFFERENT) })
}

fn tell(comparison: &Comparison, global: &Global, options: &Diff) -> io::Result<()> {
    let context = (!options.full).then_some(options.context);
    if options.html {
        terminal::bytes(html::page(comparison, context).as_bytes())
    } else if global.json {
        terminal::line(&json::object(comparison).to_string())
    } else if options.side_by_side {
        columns::tell(comparison, context)
    } else {
        inline::tell(comparison, context)
    }
}

/// The comparison that is asked for; nothing where only one version is held. A page that does nothing but date itself anew
/// has no other version.
async fn compare(
    archive: &Archive,
    reader: &Reader<'_>,
    options: &Diff,
) -> Result<Option<Comparison>, Failure> {
    if let Some(other) = &options.b {
        let (old, new) = (find(archive, &options.a).await?, find(archive, other).await?);
        return reader.compare(&old, &new).await.map(Some);
    }
    let named = find(archive, &options.a).await?;
    let versions = earlier_versions(archive, &named, is_url(&options.a)).await?;
    let Some((newest, earlier)) = versions else {
        return Err(Failure::absent(format!("no text of {} is held", terminal::printable(&named.url))));
    };
    let mut compared = None;
    for old in earlier.iter().rev() {
        let comparison = reader.compare(old, &newest).await?;
        if comparison.is_version() {
            return Ok(Some(comparison));
        }
        compared.get_or_insert(comparison);
    }
    Ok(compared)
}

/// What has to be said of a version and the one before it, if what was captured between them was taken down.
async fn removed_between(archive: &Archive, old: &Capture, new: &Capture) -> Result<Vec<String>, Failure> {
    let of_page = Filter { url_key: Some(new.url_key.clone()), role: Some(Role::Page), ..Filter::default() };
    let captures = archive.catalog().list(&of_page).await?;
    let gaps = Gaps::between(&captures, archive.catalog().removed().await?);
    let place = |capture: &Capture| (capture.started_at, capture.snapshot);
    let behind = captures.iter().filter(|c| place(c) > place(old) && place(c) <= place(new));
    let removed = behind.filter_map(|capture| gaps.before(capture));
    Ok(removed
        .map(|one| {
            format!("A is the version before B of what is held; captured in between: {}", gaps::named(one))
        })
        .collect())
}

/// The version that a capture shows, or for a URL the newest, and the versions before it as they were last seen, oldest
/// first.
async fn earlier_versions(
    archive: &Archive,
    capture: &Capture,
    by_url: bool,
) -> Result<Option<(Capture, Vec<Capture>)>, Failure> {
    let mut versions = versions_of(archive, capture).await?;
    let last = |version: Shown| version.last;
    if by_url {
        let newest = versions.pop();
        return Ok(newest.map(|newest| (newest.first, versions.into_iter().map(last).collect())));
    }
    if capture.text_sha256.is_none() {
        return Ok(None);
    }
    let mut earlier: Vec<Capture> = versions.into_iter().map(last).collect();
    earlier.retain(|version| {
        (version.started_at, version.snapshot) < (capture.started_at, capture.snapshot)
            && version_key(version) != version_key(capture)
    });
    Ok(Some((capture.clone(), earlier)))
}
