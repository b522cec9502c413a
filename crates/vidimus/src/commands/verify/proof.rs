//! What the log proves of an archive, levels L3 to L5: what is asked, and what is told.

use std::io;
use std::path::Path;

use serde_json::{Value, json};
use vidimus_archive::{LogQuestion, LogReport, TimeTrust};
use vidimus_evidence::KnownKey;
use vidimus_ledger::timestamp::{Certificate, Trust};
use vidimus_ledger::{Checkpoint, VerifierKey};

use crate::args::Verify;
use crate::config::Config;
use crate::exit::Failure;
use crate::terminal::{self, BAD, GOOD, printable};

/// What the options ask of the log.
pub fn question(options: &Verify, config: &Config) -> Result<LogQuestion, Failure> {
    let against = options.against.as_deref().map(read_checkpoint).transpose()?;
    let fingerprints = options
        .key
        .iter()
        .map(|key| Ok(known_key(key)?.fingerprint()))
        .collect::<Result<Vec<_>, Failure>>()?;
    let named = config.authorities.iter();
    let named = named.filter_map(|one| Some((one.name.clone(), one.trust.clone()?)));
    let roots = options.tsa_root.as_deref().map(read_roots).transpose()?;
    let any = roots.map(|roots| Trust { roots, ..Trust::default() });
    let time = TimeTrust { authorities: named.collect(), any, configured: config.authorities.len() };
    Ok(LogQuestion { captures: Vec::new(), against, fingerprints, time })
}

fn read_checkpoint(path: &Path) -> Result<Checkpoint, Failure> {
    let told = |e: std::io::Error| Failure::no_archive(format!("cannot read {}: {e}", path.display()));
    let bytes = std::fs::read(path).map_err(told)?;
    Checkpoint::read(&bytes).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))
}

/// The root certificates in a file.
pub fn read_roots(path: &Path) -> Result<Vec<Certificate>, Failure> {
    let told = |e: std::io::Error| Failure::no_archive(format!("cannot read {}: {e}", path.display()));
    let roots = Certificate::read_file(&std::fs::read(path).map_err(told)?);
    roots.map_err(|e| Failure::usage(format!("{}: {e}", path.display())))
}

/// A key that is given by its fingerprint, with or without `sha256:`, or as a verifier key.
pub fn known_key(text: &str) -> Result<KnownKey, Failure> {
    KnownKey::read(text).ok_or_else(|| {
        Failure::usage(format!(
            "'{text}' is neither a fingerprint (sha256: and 64 hex digits) nor a verifier key, as `vidimus key show` prints them"
        ))
    })
}

/// Tells the levels that the log proves.
pub fn levels(log: &LogReport) -> io::Result<()> {
    third(log)?;
    for place in &log.places {
        let signed = match place.signed {
            Some(size) => format!("covered by the signed head of {size} leaves"),
            None => "not covered by a signed head yet".to_owned(),
        };
        terminal::line(&format!(
            "   {} is {}#{}, logged {} by our own clock, {signed}",
            place.snapshot.short(),
            printable(&place.origin),
            place.index,
            place.logged_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        ))?;
    }
    fourth(log)?;
    fifth(log)
}

fn third(log: &LogReport) -> io::Result<()> {
    match (log.level_3(), &log.signed) {
        (Some(true), Some(head)) => {
            terminal::line(&format!(
                "L3 {GOOD}passed{GOOD:#}  every capture is in the log {} as it was when it was logged, under a signed head of {} leaves",
                printable(&head.origin),
                head.size
            ))?;
            key(log)
        }
        (Some(false), _) => {
            terminal::line(&format!("L3 {BAD}failed{BAD:#}  the log does not say what the archive says"))
        }
        _ => terminal::line(&format!("L3 incomplete  {}", why_not_signed(log))),
    }
}

/// A key that the archive itself names proves nothing against who made the archive.
fn key(log: &LogReport) -> io::Result<()> {
    let Some(key) = &log.key else { return Ok(()) };
    terminal::line(&format!(
        "   signed by {}; compare it with the fingerprint that the operator published (--key)",
        key.fingerprint()
    ))
}

fn fourth(log: &LogReport) -> io::Result<()> {
    if log.level_3() == Some(false) {
        return terminal::line(
            "L4 not proved: what is not in the log was not there at any time that is proved",
        );
    }
    let newest = log.anchored.iter().map(|anchored| anchored.time).max();
    match log.level_4() {
        Some(true) => {
            let what = "every capture was in the log by the time that an authority states, whose certificate was good then";
            terminal::line(&format!("L4 {GOOD}passed{GOOD:#}  {what}"))?;
        }
        Some(false) => {
            terminal::line(&format!("L4 {BAD}failed{BAD:#}  a timestamp does not prove what it should"))?
        }
        None => terminal::line(&format!("L4 {}", why_not_anchored(log)))?,
    }
    for place in &log.places {
        if let Some(anchored) = &place.not_after {
            terminal::line(&format!(
                "   {} existed by {}, says {}",
                place.snapshot.short(),
                anchored.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
                anchored.authority
            ))?;
        }
    }
    match newest {
        Some(time) if log.places.is_empty() => terminal::line(&format!(
            "   {} timestamps were verified, the newest of {}",
            log.anchored.len(),
            time.strftime("%Y-%m-%dT%H:%M:%SZ")
        )),
        _ => Ok(()),
    }
}

fn why_not_anchored(log: &LogReport) -> String {
    if log.unchecked > 0 && log.anchored.is_empty() {
        return format!(
            "incomplete  there are {} timestamps, and no root of their authority to check them with: name it as `root` under [[timestamp]], or with --tsa-root FILE",
            log.unchecked
        );
    }
    match (log.authorities, log.not_anchored) {
        (0, _) if log.anchored.is_empty() => {
            "not checked: no time authority is configured ([[timestamp]]), so that nothing but our own clock says when".to_owned()
        }
        (_, 1) => "incomplete  1 capture or removal is not yet anchored: no timestamp covers it; `vidimus log anchor` asks for one".to_owned(),
        (_, count) => format!(
            "incomplete  {count} captures or removals are not yet anchored: no timestamp covers them; `vidimus log anchor` asks for one"
        ),
    }
}

/// Whether something is outstanding that this archive is set up for: a signature, or a timestamp.
pub fn is_outstanding(log: &LogReport) -> bool {
    let unsigned = log.key.is_some() && log.not_signed > 0;
    let unanchored =
        log.authorities > 0 && log.level_4().is_none() && (log.key.is_some() || log.signed.is_some());
    unsigned || unanchored
}

fn why_not_signed(log: &LogReport) -> String {
    if !log.exists {
        return "there is no log; the next crawl or capture begins one".to_owned();
    }
    match &log.signed {
        None => "the log is kept, but its head is not signed: make a key with `vidimus key new`".to_owned(),
        Some(_) if log.not_signed == 1 => {
            "1 capture or removal is not covered by a signed head yet; the next crawl or capture signs one"
                .to_owned()
        }
        Some(_) => format!(
            "{} captures or removals are not covered by a signed head yet; the next crawl or capture signs one",
            log.not_signed
        ),
    }
}

fn fifth(log: &LogReport) -> io::Result<()> {
    if !log.exists {
        return Ok(());
    }
    let text = match (log.level_5(), log.audited) {
        (Some(true), _) => format!(
            "L5 {GOOD}passed{GOOD:#}  all {} leaves and tiles agree, and the log begins with the head that you kept: of what it covers nothing was taken out or changed",
            log.leaves
        ),
        (Some(false), _) => format!("L5 {BAD}failed{BAD:#}  the log is not the one that it was"),
        (None, true) => format!(
            "L5 incomplete  all {} leaves and tiles agree; that nothing was taken out before takes a head that somebody else kept (--against CHECKPOINT)",
            log.leaves
        ),
        (None, false) => {
            "L5 not checked: the whole log is read by `vidimus verify` without a name".to_owned()
        }
    };
    terminal::line(&text)
}

/// The same for machines.
pub fn json(log: &LogReport) -> Value {
    let places = log.places.iter().map(|place| {
        json!({
            "id": place.snapshot.hex(),
            "origin": place.origin,
            "index": place.index,
            "logged_at": place.logged_at,
            "signed_size": place.signed,
            "not_after": place.not_after.as_ref().map(|anchored| anchored.time),
            "authority": place.not_after.as_ref().map(|anchored| &anchored.authority),
        })
    });
    json!({
        "exists": log.exists,
        "leaves": log.leaves,
        "signed": log.signed,
        "key_fingerprint": log.key.as_ref().map(VerifierKey::fingerprint),
        "not_signed": log.not_signed,
        "anchored": log.anchored.len(),
        "not_anchored": log.not_anchored,
        "timestamps_without_root": log.unchecked,
        "against": log.against,
        "audited": log.audited,
        "places": places.collect::<Vec<_>>(),
    })
}
