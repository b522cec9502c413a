//! `vidimus log timestamp FILE.tsr`: whether a timestamp is good, for whoever holds one.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};
use vidimus_ledger::timestamp::{Certificate, LONGEST, Timestamp, TimestampRequest, Trust, verify};
use vidimus_snapshot::{Clock as _, SystemClock};

use crate::args::{Global, LogTimestamp};
use crate::config::is_object_identifier;
use crate::exit::{Failure, NOT_WELL};
use crate::terminal::{self, GOOD, printable};

/// Checks, and says what the timestamp proves.
pub fn run(global: &Global, options: &LogTimestamp) -> Result<ExitCode, Failure> {
    let response = read(&options.response, LONGEST as u64)?;
    let data = read(&options.data, u64::MAX)?;
    let nonce = options.query.as_deref().map(nonce).transpose()?.flatten();
    match verify(&response, &data, &trust(options)?, nonce.as_deref()) {
        Ok(timestamp) => {
            tell(global, options, &timestamp)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            if global.json {
                terminal::line(&json!({"ok": false, "error": error.to_string()}).to_string())?;
            } else {
                terminal::error(&format!("{}: {error}", options.response.display()));
            }
            Ok(ExitCode::from(NOT_WELL))
        }
    }
}

fn trust(options: &LogTimestamp) -> Result<Trust, Failure> {
    if let Some(wrong) = options.policy.iter().find(|policy| !is_object_identifier(policy)) {
        return Err(Failure::usage(format!("--policy '{wrong}' is no object identifier")));
    }
    let policies = Some(options.policy.clone()).filter(|policies| !policies.is_empty());
    let mut trust = Trust { policies, ..Trust::default() };
    for path in &options.root {
        trust.roots.extend(certificates(path)?);
    }
    if let Some(path) = &options.chain {
        trust.others = certificates(path)?;
    }
    Ok(trust)
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, Failure> {
    let bytes = read(path, LONGEST as u64)?;
    Certificate::read_file(&bytes).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))
}

/// What the answer has to repeat. A request without a nonce asks for nothing.
fn nonce(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let request = TimestampRequest::read(&read(path, LONGEST as u64)?);
    let request = request.map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
    Ok(request.nonce().map(<[u8]>::to_vec))
}

fn read(path: &Path, longest: u64) -> Result<Vec<u8>, Failure> {
    let cannot = |what: String| Failure::usage(format!("cannot read {}: {what}", path.display()));
    let facts = std::fs::metadata(path).map_err(|e| cannot(e.to_string()))?;
    if facts.len() > longest {
        return Err(cannot(format!("it is longer than {longest} bytes")));
    }
    std::fs::read(path).map_err(|e| cannot(e.to_string()))
}

fn tell(global: &Global, options: &LogTimestamp, timestamp: &Timestamp) -> std::io::Result<()> {
    let expired = timestamp.has_expired(SystemClock.now());
    if global.json {
        return terminal::line(&as_json(timestamp, expired).to_string());
    }
    if global.quiet {
        return Ok(());
    }
    let data = printable(&options.data.display().to_string());
    let time = timestamp.time;
    terminal::line(&format!("{GOOD}good{GOOD:#}: {data} existed at {time}"))?;
    let fact = |name: &str, text: &str| terminal::line(&format!("  {name:<12}{}", printable(text)));
    if let Some(accuracy) = timestamp.accuracy {
        fact("accuracy", &format!("{} seconds before or after", accuracy.as_secs_f64()))?;
    }
    fact("authority", &timestamp.authority)?;
    fact("policy", &timestamp.policy)?;
    fact("serial", &timestamp.serial)?;
    for certificate in &timestamp.chain {
        fact("certificate", &certificate.sha256().to_string())?;
    }
    if let Some(root) = &timestamp.root {
        fact("root", &format!("{} ({})", root.sha256(), root.subject_text()))?;
    }
    if expired {
        let attime = timestamp.epoch();
        fact(
            "expired",
            &format!(
                "a certificate has expired since, which changes nothing; `openssl ts -verify` has to be told the time: -attime {attime}"
            ),
        )?;
    }
    Ok(())
}

fn as_json(timestamp: &Timestamp, expired: bool) -> Value {
    json!({
        "ok": true,
        "time": timestamp.time,
        "epoch": timestamp.epoch(),
        "accuracy_ms": timestamp.accuracy.map(|accuracy| accuracy.as_secs_f64() * 1000.0),
        "authority": timestamp.authority,
        "policy": timestamp.policy,
        "serial": timestamp.serial,
        "certificates": timestamp.chain.iter().map(|c| c.sha256().to_string()).collect::<Vec<_>>(),
        "root": timestamp.root.as_ref().map(|root| root.sha256().to_string()),
        "expired": expired,
    })
}
