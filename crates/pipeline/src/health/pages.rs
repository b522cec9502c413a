//! Addresses that do not answer well: those that the configuration names, one by one, and waves among all the others.

use vidimus_snapshot::{Outcome, OutcomeKind, Role};

use super::{Draft, FindingCode, Tried, Visited};

/// More configured addresses than this that fail in the same way are told as one.
const TOLD_ONE_BY_ONE: usize = 5;
/// Fewer pages than this are no wave.
const WAVE: usize = 3;

pub(super) fn findings(visited: &Visited<'_>) -> Vec<Draft> {
    let mut drafts = configured(visited);
    let pages: Vec<&Tried> = visited.tries.iter().filter(|t| t.role == Role::Page && !t.configured).collect();
    for code in [FindingCode::Tls, FindingCode::Refused] {
        if !known(code, &drafts) {
            drafts.extend(alike(code, &pages));
        }
    }
    if !known(FindingCode::Robots, &drafts) {
        drafts.extend(forbidden(&pages, visited.holds_pages));
    }
    drafts.extend(stand_ins(visited));
    if drafts.is_empty() {
        drafts.extend(none_yields(&pages));
    }
    drafts.extend(failing(&pages, &drafts));
    drafts
}

fn known(code: FindingCode, drafts: &[Draft]) -> bool {
    drafts.iter().any(|draft| draft.code == code)
}

/// What kind of finding an outcome is; `None` when it is none.
fn code_of(tried: &Tried) -> Option<FindingCode> {
    let Outcome { kind, code, .. } = &tried.outcome;
    Some(match (kind, code.as_str()) {
        (kind, _) if kind.is_ok() => return tried.stand_in.as_ref().map(|_| FindingCode::StandIns),
        (OutcomeKind::Refused, "robots" | "robots-unreachable") => FindingCode::Robots,
        (OutcomeKind::Refused, "back-off" | "given-up" | "host-busy")
        | (OutcomeKind::HttpError, "401" | "403" | "429" | "503") => FindingCode::Refused,
        (OutcomeKind::Failed, "certificate" | "tls" | "tls-timeout") => FindingCode::Tls,
        _ => FindingCode::Failed,
    })
}

/// What a person can do about it.
fn advice(code: FindingCode, outcome: &Outcome) -> &'static str {
    match code {
        FindingCode::Robots if outcome.code == "robots-unreachable" => {
            "nothing on that host is asked for before its robots.txt can be read; if that lasts, write to the site's owner"
        }
        FindingCode::Robots => {
            "respect it and take the address out of the configuration, or ask the site's owner"
        }
        FindingCode::Refused if outcome.code == "host-busy" => {
            "its answers take too long for all that is asked of it: visit it less often, or at another time than the other sources on that host"
        }
        FindingCode::Refused => "raise crawl.min_gap, visit it less often, or write to the site's owner",
        FindingCode::Tls => {
            "look at the site with a browser; an authority of your own goes into tls.extra_roots"
        }
        FindingCode::StandIns => {
            "look at it with `vidimus show`, and name another address or ask the site's owner"
        }
        _ => "look at the site, and correct the address in the configuration if it has moved",
    }
}

/// The same as the end of a sentence; nothing where the message says itself what to do.
fn tail(code: FindingCode, outcome: &Outcome) -> String {
    let names_a_key = outcome.kind == OutcomeKind::Refused && outcome.message.contains("allow_");
    if names_a_key { String::new() } else { format!("; {}", advice(code, outcome)) }
}

/// The addresses that the configuration names.
fn configured(visited: &Visited<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for code in FindingCode::ALL {
        let failed: Vec<&Tried> =
            visited.tries.iter().filter(|t| t.configured && code_of(t) == Some(code)).collect();
        if failed.len() > TOLD_ONE_BY_ONE {
            drafts.extend(many(code, &failed));
        } else {
            drafts.extend(failed.iter().map(|tried| one(code, tried)));
        }
    }
    drafts
}

fn one(code: FindingCode, tried: &Tried) -> Draft {
    let message = format!("the {} {}: {}{}", tried.role, tried.url, why(tried), tail(code, &tried.outcome));
    Draft::about(code, &tried.url, message)
}

fn many(code: FindingCode, failed: &[&Tried]) -> Option<Draft> {
    let first = failed.first()?;
    let message = format!(
        "{} of its configured addresses, the {} {} among them: {}; `vidimus list --all` has them all{}",
        failed.len(),
        first.role,
        first.url,
        why(first),
        tail(code, &first.outcome)
    );
    Some(Draft::new(code, message))
}

fn why(tried: &Tried) -> String {
    match &tried.stand_in {
        Some(kind) if tried.outcome.kind.is_ok() => format!("what came is no page of it but: {kind}"),
        _ if tried.outcome.message.is_empty() => tried.outcome.kind.to_string(),
        _ => tried.outcome.message.clone(),
    }
}

/// Half of the pages or more, and three at least, meet the same refusal. That a host was given up for the rest of the run
/// is a wave by itself, however few pages were left.
fn alike(code: FindingCode, pages: &[&Tried]) -> Option<Draft> {
    let hit: Vec<&Tried> = pages.iter().filter(|t| code_of(t) == Some(code)).copied().collect();
    let given_up = hit.iter().find(|t| t.outcome.code == "given-up");
    let first = given_up.or_else(|| hit.first().filter(|_| is_wave(hit.len(), pages.len())))?;
    Some(wave(code, first, hit.len(), pages.len()))
}

/// Half of the pages or more, and three at least, fail, each in its own way; refusals count among them where they are no
/// wave of their own. A link that was always dead and is tried again is none of them.
fn failing(pages: &[&Tried], drafts: &[Draft]) -> Option<Draft> {
    if known(FindingCode::Failed, drafts) {
        return None;
    }
    let codes = [FindingCode::Failed, FindingCode::Refused, FindingCode::Tls];
    let counts = |t: &&Tried| {
        let code = code_of(t).filter(|code| codes.contains(code));
        code.is_some_and(|code| !known(code, drafts)) && !is_old_dead_link(t)
    };
    let hit: Vec<&Tried> = pages.iter().filter(|t| counts(t)).copied().collect();
    let first = hit.first().filter(|_| is_wave(hit.len(), pages.len()))?;
    Some(wave(FindingCode::Failed, first, hit.len(), pages.len()))
}

fn is_wave(hit: usize, pages: usize) -> bool {
    hit >= WAVE && hit * 2 >= pages
}

fn is_old_dead_link(tried: &Tried) -> bool {
    let Outcome { kind, code, .. } = &tried.outcome;
    let gone = *kind == OutcomeKind::HttpError && matches!(code.as_str(), "404" | "410");
    gone && tried.tried_before && !tried.held_before
}

fn wave(code: FindingCode, first: &Tried, hit: usize, pages: usize) -> Draft {
    let what = match code {
        FindingCode::Failed => look(first),
        _ => advice(code, &first.outcome).to_owned(),
    };
    let message =
        format!("{hit} of the {pages} pages tried, {} among them: {}; {what}", first.url, why(first));
    Draft::new(code, message)
}

/// Where the others that fared like this one are to be seen.
fn look(first: &Tried) -> String {
    format!("see `vidimus list --outcome {}`, and look at the site", first.outcome.kind)
}

/// robots.txt forbids what was fetched before, or all there is. A page that was always forbidden is an outcome, no finding.
fn forbidden(pages: &[&Tried], holds_pages: bool) -> Option<Draft> {
    let is_hit = |t: &&&Tried| code_of(t) == Some(FindingCode::Robots);
    let hit: Vec<&Tried> = pages.iter().filter(is_hit).copied().collect();
    let before: Vec<&Tried> = hit.iter().filter(|t| t.held_before).copied().collect();
    let everything = !holds_pages && hit.len() == pages.len();
    let first = before.first().or_else(|| hit.first().filter(|_| everything))?;
    let what = if everything {
        format!("all {} pages tried, {} among them", pages.len(), first.url)
    } else {
        format!("{} pages that were fetched before, {} among them", before.len(), first.url)
    };
    let message = format!("{what}: {}; {}", why(first), advice(FindingCode::Robots, &first.outcome));
    Some(Draft::new(FindingCode::Robots, message))
}

/// More than half of what came, and three at least, is no page of the source; or nothing else came.
fn stand_ins(visited: &Visited<'_>) -> Option<Draft> {
    let pages = visited.tries.iter().filter(|t| t.role == Role::Page && !t.configured);
    let came: Vec<&Tried> = pages.filter(|t| t.outcome.kind.is_ok()).collect();
    let hit = came.iter().filter(|t| t.stand_in.is_some()).count();
    let is_new = came.iter().any(|t| t.stand_in.is_some() && !t.tried_before);
    let most = hit >= WAVE && hit * 2 > came.len();
    let only = hit > 0 && hit == came.len() && (is_new || !visited.holds_pages);
    (most || only).then(|| {
        let message = format!(
            "{hit} of the {} pages that came are walls, logins, error pages or empty: look at one with `vidimus list {}` and `vidimus show ID --explain`; leave them out with `exclude`, or ask the site's owner",
            came.len(),
            visited.facts.source
        );
        Draft::new(FindingCode::StandIns, message)
    })
}

/// None of the pages tried could be captured: something new among them, or three that were tried before. A single dead
/// link that is tried again by itself is no finding.
fn none_yields(pages: &[&Tried]) -> Option<Draft> {
    let counted: Vec<&&Tried> =
        pages.iter().filter(|t| code_of(t) != Some(FindingCode::Robots) || t.held_before).collect();
    let none = counted.iter().all(|t| code_of(t).is_some());
    let matters = counted.iter().any(|t| !t.tried_before) || counted.len() >= WAVE;
    let first = counted.first().filter(|_| none && matters)?;
    let message = format!(
        "none of the {} pages tried could be captured, {} among them: {}; {}",
        counted.len(),
        first.url,
        why(first),
        look(first)
    );
    Some(Draft::new(FindingCode::Failed, message))
}
