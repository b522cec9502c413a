//! `vidimus capture URL…`: these pages, now.

use std::process::ExitCode;

use url::Url;
use vidimus_catalog::Capture as Captured;
use vidimus_pipeline::capture_urls;

use super::{holder, pipeline, stop_on_signal};
use crate::args::{Capture, Global};
use crate::config::Config;
use crate::exit::{Failure, NOT_WELL};
use crate::log::Log;
use crate::progress::{Told, listener};
use crate::{present, terminal};

/// Captures, and prints the names and digests.
pub async fn run(global: &Global, options: &Capture) -> Result<ExitCode, Failure> {
    let urls = options.urls.iter().map(|text| parse(text)).collect::<Result<Vec<Url>, Failure>>()?;
    let config = Config::load(global)?;
    let log = Log::new(config.log.as_deref());
    let pipeline = pipeline(config.settings, log.before(listener(Told::of(global))));
    stop_on_signal(&pipeline.stop);
    let (captures, _) = capture_urls(&pipeline, &urls, &holder("capture")).await?;
    if global.json {
        present::captures(&captures, true)?;
    } else if !global.quiet {
        captures.iter().try_for_each(print)?;
    }
    let well = captures.len() == urls.len()
        && captures.iter().all(|c| c.outcome.kind.is_ok() && !c.headline.is_stand_in());
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(NOT_WELL) })
}

fn parse(text: &str) -> Result<Url, Failure> {
    Url::parse(text)
        .map_err(|e| Failure::usage(format!("'{text}' is no URL ({e}): write it whole, with https://")))
}

fn print(capture: &Captured) -> std::io::Result<()> {
    present::captures(std::slice::from_ref(capture), false)?;
    if let Some(id) = capture.snapshot {
        terminal::line(&format!("  name     {}", id.nih()))?;
        terminal::line(&format!("  manifest sha256:{}", id.hex()))?;
    }
    if let Some(digest) = capture.payload_sha256 {
        terminal::line(&format!("  payload  {digest} ({} bytes)", capture.payload_bytes))?;
    }
    if let Some(digest) = capture.text_sha256 {
        terminal::line(&format!("  text     {digest}"))?;
    }
    Ok(())
}
