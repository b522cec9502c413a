//! `vidimus list`: captures, and what became of every URL tried; of one page, its history.

use std::process::ExitCode;

use jiff::tz::TimeZone;
use vidimus_archive::Archive;
use vidimus_catalog::{Capture, Filter, Removed};
use vidimus_snapshot::{Role, normal_form};

use super::{archive, timeline};
use crate::args::{Global, List};
use crate::config::Config;
use crate::exit::{Failure, NOT_WELL};
use crate::{present, terminal};

/// Lists, oldest first.
pub async fn run(global: &Global, options: &List) -> Result<ExitCode, Failure> {
    let config = Config::load(global)?;
    let archive = archive(&config.settings.layout).await?;
    let removed = archive.catalog().removed().await?;
    if options.removed {
        return list_removed(global, &removed);
    }
    let filter = filter(options)?;
    let mut captures = archive.catalog().list(&filter).await?;
    let is_empty = captures.is_empty();
    let is_page = |capture: &Capture| capture.role == Role::Page;
    // What was only ever read as a feed or a listing has no versions.
    if options.is_history() && captures.iter().any(is_page) {
        captures.retain(is_page);
        let newest = options.n.filter(|n| *n > 0).map(|n| n as usize);
        timeline::run(global, &config, &archive, captures, &removed, newest).await?;
    } else {
        present::captures(&captures, global.json)?;
    }
    if !removed.is_empty() && !global.quiet && !global.json {
        terminal::remark(&format!("{} taken down: `vidimus list --removed`", counted(removed.len())));
    }
    if is_empty {
        if !global.quiet {
            terminal::remark(&nothing_fits(&archive, filter).await?);
        }
        return Ok(ExitCode::from(NOT_WELL));
    }
    Ok(ExitCode::SUCCESS)
}

fn counted(count: usize) -> String {
    format!("{count} {}", if count == 1 { "capture was" } else { "captures were" })
}

/// What was taken down, the longest ago first.
fn list_removed(global: &Global, removed: &[Removed]) -> Result<ExitCode, Failure> {
    for one in removed {
        let line = if global.json { present::removal_json(one).to_string() } else { present::removal(one) };
        terminal::line(&line)?;
    }
    if removed.is_empty() && !global.quiet {
        terminal::remark("nothing was taken down");
    }
    Ok(if removed.is_empty() { ExitCode::from(NOT_WELL) } else { ExitCode::SUCCESS })
}

/// What else to ask for: what leads to pages fits more often than a person who looks for a page thinks of.
async fn nothing_fits(archive: &Archive, filter: Filter) -> Result<String, Failure> {
    let asked_for_pages = filter.role == Some(Role::Page);
    let wider = Filter { role: None, limit: None, ..filter };
    let found = if asked_for_pages { archive.catalog().list(&wider).await?.len() } else { 0 };
    Ok(if found > 0 {
        format!(
            "no page fits; with `--all` {found} feeds, sitemaps, listings, robots.txt files or parts of pages do"
        )
    } else {
        "nothing fits; `vidimus list --all -n 0` shows everything that was tried".to_owned()
    })
}

fn filter(options: &List) -> Result<Filter, Failure> {
    let mut filter = Filter {
        source: options.source.clone(),
        outcome: options.outcome,
        page_kind: options.kind.clone(),
        role: if options.all { None } else { options.role.or(Some(Role::Page)) },
        limit: options.limit(),
        ..Filter::default()
    };
    if let Some(day) = options.since {
        let start = day.to_zoned(TimeZone::UTC).map_err(|e| Failure::usage(format!("--since {day}: {e}")))?;
        filter.since = Some(start.timestamp());
    }
    match options.what.as_deref() {
        Some(what) if what.contains("://") => {
            let url =
                url::Url::parse(what).map_err(|e| Failure::usage(format!("'{what}' is no URL: {e}")))?;
            filter.url_key = Some(normal_form(&url).to_string());
            filter.role = if options.all { None } else { options.role };
        }
        Some(name) => filter.source = Some(name.to_owned()),
        None => {}
    }
    Ok(filter)
}
