//! How a history is told: in words that claim no more than was seen.

use std::io;

use anstyle::Style;
use jiff::Timestamp;
use serde_json::{Value, json};
use vidimus_catalog::Capture;
use vidimus_snapshot::OutcomeKind;

use super::history::{Changes, Edit, Entry, Event};
use crate::commands::diff::{counted, exact_time, size, version_key};
use crate::commands::gaps;
use crate::present;
use crate::terminal::{self, BAD, FAINT, GOOD, ODD, STRONG, fit, printable};

/// One JSON object for each capture, the keys of all lists and `timeline`.
pub(super) fn as_json(entries: &[Entry], newest: Option<usize>) -> io::Result<()> {
    let skipped = newest.map_or(0, |newest| entries.len().saturating_sub(newest));
    for entry in entries.iter().skip(skipped) {
        let mut line = present::json(&entry.capture);
        line["type"] = "capture".into();
        line["timeline"] = timeline(entry);
        terminal::line(&line.to_string())?;
    }
    Ok(())
}

fn timeline(entry: &Entry) -> Value {
    let word = match &entry.event {
        Event::First => "first-seen",
        Event::FirstHeld => "first-held",
        Event::Unchanged => "unchanged",
        Event::Again => "seen-again",
        Event::Dated(_) => "dated-anew",
        Event::Edit(_) => "edit",
        Event::Absent => "absent",
        Event::HttpError => "http-error",
        Event::Refused => "refused",
        Event::NotFetched => "not-fetched",
        Event::StandIn(_) => "stand-in",
        Event::Redirected => "redirected",
        Event::Partial => "partial",
        Event::CutShort => "cut-short",
        Event::Unread(_) => "unread",
    };
    let edit = match &entry.event {
        Event::Edit(edit) | Event::Dated(edit) => edit_json(edit),
        _ => Value::Null,
    };
    let error = match &entry.event {
        Event::Unread(why) => Some(why),
        _ => None,
    };
    json!({
        "event": word,
        "version": entry.version,
        "last_seen": entry.last_seen.map(|(at, _)| exact_time(at)),
        "last_seen_witnessed": entry.last_seen.map(|(_, witnessed)| witnessed),
        "removed_before": entry.removed_before.as_ref().map(present::removal_json),
        "edit": edit,
        "error": error,
    })
}

fn edit_json(edit: &Edit) -> Value {
    let changes = edit.found.as_ref().ok();
    let summary = changes.map(|changes| &changes.summary);
    json!({
        "against": edit.against.snapshot.map(|id| id.hex()),
        "against_witnessed": edit.against.witnessed,
        "silent": changes.map(|changes| changes.silent),
        "dated": changes.and_then(|changes| changes.dated.as_ref()),
        "added": summary.map(|summary| summary.added),
        "removed": summary.map(|summary| summary.removed),
        "moved": summary.map(|summary| summary.moved),
        "changes": summary.map(|summary| summary.changes),
        "typography": summary.map(|summary| summary.typography),
        "percent": summary.map(|summary| (summary.percent() * 10.0).round() / 10.0),
        "fields": changes.map(|changes| &changes.fields),
        "joined": changes.map(|changes| changes.joined),
        "left": changes.map(|changes| changes.left),
        "as_version": edit.as_version,
        "after_absence": edit.after_absence,
        "error": edit.found.as_ref().err(),
    })
}

/// What is told together: a capture that adds something, and those behind it that add nothing more.
struct Span<'a> {
    first: &'a Entry,
    last: &'a Entry,
    count: usize,
    imported: usize,
    /// What was taken down from behind its first capture on, as it is named.
    removed: Vec<String>,
}

fn spans(entries: &[Entry]) -> Vec<Span<'_>> {
    let mut spans: Vec<Span<'_>> = Vec::new();
    for entry in entries {
        let imported = usize::from(!entry.capture.witnessed);
        match spans.last_mut() {
            Some(span) if goes_on(span.last, entry) => {
                span.last = entry;
                span.count += 1;
                span.imported += imported;
                span.removed.extend(entry.removed_before.as_ref().map(gaps::named));
            }
            _ => spans.push(Span { first: entry, last: entry, count: 1, imported, removed: Vec::new() }),
        }
    }
    spans
}

fn goes_on(before: &Entry, entry: &Entry) -> bool {
    match (&before.event, &entry.event) {
        (_, Event::Unchanged) => true,
        (Event::Absent, Event::Absent)
        | (Event::HttpError, Event::HttpError)
        | (Event::Refused, Event::Refused)
        | (Event::NotFetched, Event::NotFetched) => before.capture.outcome.code == entry.capture.outcome.code,
        (Event::StandIn(one), Event::StandIn(other)) => one == other,
        (Event::Redirected, Event::Redirected) => before.capture.final_url == entry.capture.final_url,
        (Event::Partial, Event::Partial) | (Event::CutShort, Event::CutShort) => true,
        (Event::Unread(_), Event::Unread(_)) => version_key(&before.capture) == version_key(&entry.capture),
        _ => false,
    }
}

/// The history in lines.
pub(super) fn as_text(entries: &[Entry], newest: Option<usize>) -> io::Result<()> {
    if let Some(entry) = entries.last() {
        terminal::line(&format!("{FAINT}{}{FAINT:#}", printable(&entry.capture.url)))?;
    }
    let spans = spans(entries);
    let skipped = newest.map_or(0, |newest| spans.len().saturating_sub(newest));
    for span in spans.iter().skip(skipped) {
        tell(span)?;
    }
    Ok(())
}

fn tell(span: &Span<'_>) -> io::Result<()> {
    let capture = &span.first.capture;
    let (label, style) = label(span.first);
    let name = capture.snapshot.map_or_else(|| "-".to_owned(), |id| id.short());
    let claim = if capture.witnessed { "" } else { " · imported: the time is its file's word" };
    let what = what(span);
    let separator = if what.is_empty() { "" } else { "  " };
    terminal::line(&format!(
        "{FAINT}{}{FAINT:#}  {style}{label:<12}{style:#}  {STRONG}{name}{STRONG:#}{separator}{what}{FAINT}{claim}{FAINT:#}",
        time(capture.started_at)
    ))?;
    for line in details(span) {
        terminal::line(&format!("  {line}"))?;
    }
    Ok(())
}

fn label(entry: &Entry) -> (&'static str, Style) {
    match &entry.event {
        Event::First => ("first seen", GOOD),
        Event::FirstHeld => ("first held", ODD),
        Event::Unchanged | Event::Again => ("seen again", GOOD),
        Event::Edit(edit) => match &edit.found {
            Ok(changes) if changes.silent => ("silent edit", BAD),
            Ok(changes) if !changes.summary.is_edit() && changes.fields.is_empty() => ("typography", FAINT),
            _ => ("edit", ODD),
        },
        Event::Dated(_) => ("dated anew", FAINT),
        Event::Absent => ("absent", BAD),
        Event::HttpError => ("http error", ODD),
        Event::Refused => ("not asked", ODD),
        Event::NotFetched => ("not fetched", ODD),
        Event::CutShort => ("cut short", ODD),
        Event::Unread(_) => ("unread", ODD),
        Event::StandIn(_) | Event::Redirected | Event::Partial => ("no version", ODD),
    }
}

/// What is said of it on the first line.
fn what(span: &Span<'_>) -> String {
    let capture = &span.first.capture;
    match &span.first.event {
        Event::First | Event::FirstHeld => {
            fit(capture.headline.title.as_deref().unwrap_or_default(), terminal::width().saturating_sub(50))
        }
        Event::Again => "with the text that it had before".to_owned(),
        Event::Unchanged => String::new(),
        Event::Edit(edit) | Event::Dated(edit) => edited(edit),
        Event::Absent | Event::HttpError | Event::Refused | Event::NotFetched => absence(capture),
        Event::StandIn(kind) => format!("{} came in its place", stand_in(kind)),
        Event::Redirected => {
            format!("redirected to {}, where another text stands", printable(&capture.final_url))
        }
        Event::Partial => "only the beginning of the text was shown".to_owned(),
        Event::CutShort => {
            let code = printable(&capture.outcome.code);
            format!("only the beginning came ({code}): what it lacks may stand on the page")
        }
        Event::Unread(why) => format!("other bytes, whose text cannot be compared: {}", printable(why)),
    }
}

fn edited(edit: &Edit) -> String {
    let mut parts = Vec::new();
    if edit.after_absence {
        parts.push("seen again, with another text".to_owned());
    }
    match &edit.found {
        Ok(changes) => parts.extend(differences(changes)),
        Err(why) => parts.push(format!("the bytes differ; the texts cannot be compared: {}", printable(why))),
    }
    if let Some(version) = edit.as_version {
        parts.push(format!("the text of version {version} again"));
    }
    parts.join("; ")
}

fn differences(changes: &Changes) -> Vec<String> {
    let summary = &changes.summary;
    let mut parts = Vec::new();
    if summary.is_edit() {
        parts.push(size(summary));
    } else if !summary.is_same() {
        parts.push(format!("typography alone, in {}", counted(summary.typography, "place")));
    } else {
        parts.push("the text is the same".to_owned());
    }
    let fields: Vec<&str> = changes.fields.iter().copied().filter(|name| *name != "modified").collect();
    if !fields.is_empty() {
        parts.push(format!("{} changed", fields.join(", ")));
    }
    if changes.joined + changes.left > 0 {
        parts.push(format!("signatories: {} joined, {} left", changes.joined, changes.left));
    }
    match &changes.dated {
        Some(day) => parts.push(format!("dated by the page {}", printable(day))),
        None if changes.silent && changes.undated => {
            parts.push("the page gives no date of its own".to_owned());
        }
        None if changes.silent => parts.push("the page's own dates stayed as they were".to_owned()),
        None => {}
    }
    parts
}

/// What no answer, or an answer without the page, is called: never a deletion.
fn absence(capture: &Capture) -> String {
    let outcome = &capture.outcome;
    match (outcome.kind, outcome.code.as_str()) {
        (OutcomeKind::HttpError, "404") => "not found (404) at this capture".to_owned(),
        (OutcomeKind::HttpError, "410") => "gone (410), according to the server, at this capture".to_owned(),
        (OutcomeKind::HttpError, code) => {
            format!("the server answered with an error ({}) at this capture", printable(code))
        }
        (OutcomeKind::Refused, code) => {
            format!("not asked for ({}), which says nothing of the page", printable(code))
        }
        (_, code) => {
            format!("not to be had at this try ({}), which says nothing of the page", printable(code))
        }
    }
}

fn stand_in(kind: &str) -> String {
    match kind {
        "consent-wall" => "a question about cookies".to_owned(),
        "login" => "a login".to_owned(),
        "soft-error" => "an error page under a good status".to_owned(),
        "empty" => "a page without text".to_owned(),
        other => printable(other),
    }
}

/// What is said below: how long it stayed so, when it was last seen, how to see what changed.
fn details(span: &Span<'_>) -> Vec<String> {
    let entry = span.first;
    let mut lines = Vec::new();
    lines.extend(before(entry));
    let (from, to) = (time(entry.capture.started_at), time(span.last.capture.started_at));
    let is_version = matches!(
        entry.event,
        Event::First | Event::FirstHeld | Event::Unchanged | Event::Again | Event::Edit(_) | Event::Dated(_)
    );
    if span.count > 1 && is_version {
        let mixed = (1..span.count).contains(&span.imported);
        let imported = if mixed { format!(", {} of them imported", span.imported) } else { String::new() };
        lines.push(format!("unchanged in {} captures, {from} .. {to}{imported}", span.count));
    } else if span.count > 1 {
        lines.push(format!("the same in {} captures, {from} .. {to}", span.count));
    }
    lines.extend(span.removed.iter().map(|name| format!("captured in between: {name}")));
    if let (false, Some((seen, witnessed))) = (is_version, entry.last_seen) {
        lines.push(format!("last seen at the capture of {}{}", time(seen), by_whom(witnessed)));
    }
    if let Event::Edit(edit) | Event::Dated(edit) = &entry.event
        && let (Some(old), Some(new)) = (edit.against.snapshot, entry.capture.snapshot)
    {
        let claim = by_whom(edit.against.witnessed);
        lines.push(format!("{FAINT}vidimus diff {} {}{claim}{FAINT:#}", old.short(), new.short()));
    }
    lines
}

/// What was captured before and is held no more.
fn before(entry: &Entry) -> Option<String> {
    let removed = entry.removed_before.as_ref().map(gaps::named);
    match (&entry.event, removed) {
        (Event::FirstHeld, Some(name)) => {
            Some(format!("first seen of what is held; captured before: {name}"))
        }
        (Event::FirstHeld, None) => Some("first seen of what is held".to_owned()),
        (_, removed) => removed.map(|name| format!("captured before: {name}")),
    }
}

/// What is said of a capture before this one that was imported.
fn by_whom(witnessed: bool) -> &'static str {
    if witnessed { "" } else { "  (the earlier one was imported: its time is its file's word)" }
}

fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
