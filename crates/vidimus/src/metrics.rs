//! The metrics: how archive and sources are, in the OpenMetrics text format, for a collector that reads a file.
//! `docs/operations.md` lists the names.

use std::path::Path;

use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use vidimus_archive::Archive;
use vidimus_pipeline::FindingCode;

use crate::config::Config;
use crate::exit::Failure;
use crate::health::{Next, SourceHealth};
use crate::replace::replace;
use crate::{terminal, timestamps};

/// Labels are pairs of a name and a value.
type Labels = Vec<(String, String)>;
type Gauges = Family<Labels, Gauge>;

/// Writes the metrics of now; the file is there whole or as it was. `-` is stdout.
pub async fn write(
    config: &Config,
    archive: &Archive,
    sources: &[SourceHealth],
    path: &Path,
) -> Result<(), Failure> {
    let mut registry = Registry::with_prefix("vidimus");
    of_archive(config, archive, &mut registry).await?;
    of_sources(sources, &mut registry);
    let mut text = String::new();
    let failed = |e: std::fmt::Error| Failure::system(format!("the metrics cannot be written: {e}"));
    encode(&mut text, &registry).map_err(failed)?;
    if path == Path::new("-") {
        return Ok(terminal::bytes(text.as_bytes())?);
    }
    replace(path, &text)
        .map_err(|e| Failure::io(format!("the metrics {} cannot be written: {e}", path.display())))
}

async fn of_archive(config: &Config, archive: &Archive, registry: &mut Registry) -> Result<(), Failure> {
    let totals = archive.catalog().totals().await?;
    let captures = Family::<Labels, Counter>::default();
    for (kind, count) in &totals.outcomes {
        captures.get_or_create(&label("outcome", kind.as_str())).inc_by(*count);
    }
    registry.register("captures", "Tries of a URL by outcome, since the archive began", captures);
    gauge(registry, "snapshots", "Captures that the archive holds", totals.snapshots);
    gauge(registry, "pages", "Pages with a text", totals.pages);
    gauge(
        registry,
        "unindexed_captures",
        "Captures that the search index does not hold yet",
        totals.unindexed,
    );
    let (files, bytes) = (Gauges::default(), Gauges::default());
    for (kind, size) in config.settings.layout.sizes()? {
        files.get_or_create(&label("kind", kind)).set(signed(size.files));
        bytes.get_or_create(&label("kind", kind)).set(signed(size.bytes));
    }
    registry.register("archive_files", "WARC files, those being written included", files);
    registry.register_with_unit("archive_size", "Size of the WARC files", Unit::Bytes, bytes);
    let fixity = archive.catalog().fixity_totals().await?;
    gauge(registry, "fixity_unchecked_files", "Sealed files that were never checked", fixity.never);
    let damaged = fixity.damaged.len() as u64;
    gauge(registry, "fixity_damaged_files", "Sealed files whose last check found something", damaged);
    if let Some(oldest) = fixity.oldest {
        time(registry, "fixity_oldest_check_timestamp", "When the check ended that is longest ago", oldest);
    }
    let waiting = timestamps::waiting(config).map_err(|e| Failure::io(e.to_string()))?;
    let help = "Signed checkpoints of the log that wait for a timestamp";
    gauge(registry, "unstamped_checkpoints", help, waiting.count);
    if let Some(since) = waiting.since {
        time(registry, "oldest_unstamped_checkpoint_timestamp", "Since when the oldest of them waits", since);
    }
    let Some(run) = archive.catalog().last_run("crawl").await? else { return Ok(()) };
    time(registry, "last_run_start_timestamp", "When the newest crawl began", run.started_at);
    if let Some(finished) = run.finished_at {
        time(registry, "last_run_end_timestamp", "When it ended", finished);
        let took = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
        took.set(finished.duration_since(run.started_at).as_secs_f64());
        registry.register_with_unit("last_run_duration", "How long it took", Unit::Seconds, took);
    }
    Ok(())
}

fn of_sources(sources: &[SourceHealth], registry: &mut Registry) {
    let (well, findings) = (Gauges::default(), Gauges::default());
    let (visited, succeeded) = (Gauges::default(), Gauges::default());
    let (items, left, bytes) = (Gauges::default(), Gauges::default(), Gauges::default());
    for source in sources.iter().filter(|s| !matches!(s.next, Next::NotConfigured)) {
        let labels = label("source", &source.name);
        well.get_or_create(&labels).set(i64::from(source.is_well()));
        for code in FindingCode::ALL {
            let count = source.findings.iter().filter(|f| f.code == code.as_str()).count();
            let mut labels = labels.clone();
            labels.push(("code".to_owned(), code.as_str().to_owned()));
            findings.get_or_create(&labels).set(signed(count as u64));
        }
        if let Some(at) = source.last_started {
            visited.get_or_create(&labels).set(at.as_second());
        }
        if let Some(at) = source.last_ok {
            succeeded.get_or_create(&labels).set(at.as_second());
        }
        if let Some(visit) = &source.last_visit {
            items.get_or_create(&labels).set(signed(visit.new_items));
            left.get_or_create(&labels).set(signed(visit.left));
            bytes.get_or_create(&labels).set(signed(visit.bytes));
        }
    }
    registry.register("source_well", "1 when the source has no findings, else 0", well);
    registry.register("source_findings", "Findings of the source by code", findings);
    let seconds = |registry: &mut Registry, name: &str, help: &str, family: Gauges| {
        registry.register_with_unit(name, help, Unit::Seconds, family);
    };
    seconds(registry, "source_last_visit_timestamp", "When a visit last began", visited);
    seconds(registry, "source_last_success_timestamp", "When a visit last ended well", succeeded);
    registry.register("source_last_new_items", "Pages that the last visit held for the first time", items);
    registry.register("source_last_left", "Addresses that the last visit left for the next", left);
    let help = "Payload that was sent in the last visit";
    registry.register_with_unit("source_last_payload", help, Unit::Bytes, bytes);
}

fn label(name: &str, value: &str) -> Labels {
    vec![(name.to_owned(), value.to_owned())]
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(signed(value));
    registry.register(name, help, gauge);
}

fn time(registry: &mut Registry, name: &str, help: &str, at: Timestamp) {
    let gauge = Gauge::<i64>::default();
    gauge.set(at.as_second());
    registry.register_with_unit(name, help, Unit::Seconds, gauge);
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
