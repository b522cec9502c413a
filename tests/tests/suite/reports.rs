//! What a run leaves to be read: its report, its log, the metrics.

use std::fs;

use serde_json::Value;
use vidimus_demo::sources_toml;
use vidimus_tests::{Home, Server, Site, config_for, html, python, reply, send};

use crate::common::{crawled_twice, text};

#[test]
fn the_report_tells_what_was_tried_and_survives_a_rebuild() {
    let crawled = crawled_twice();
    let home = &crawled.home;
    let runs = home.vidimus(&["report", "--list", "--json"]).ok().json();
    assert_eq!(runs.len(), 2, "{runs:?}");
    let report = home.vidimus(&["report", "--json"]).ok().json().pop().unwrap();
    assert_eq!(report["run"], runs[0]["run"], "the newest");
    let tries = home.everything().iter().filter(|line| line["run"] == report["run"]).count();
    assert_eq!(report["tries"], tries);
    let outcomes: u64 = report["outcomes"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(outcomes, tries as u64);
    let visits = report["visits"].as_array().unwrap();
    let sum = |key: &str| visits.iter().map(|v| v[key].as_u64().unwrap()).sum::<u64>();
    assert!(sum("unchanged") > 0 && sum("changed") > 0 && sum("bytes") > 0, "{report}");
    assert!(visits.iter().any(|v| !v["leads"].as_array().unwrap().is_empty()), "{report}");
    let slow: Vec<u64> =
        report["slowest"].as_array().unwrap().iter().map(|t| t["ms"].as_u64().unwrap()).collect();
    assert!(!slow.is_empty() && slow.is_sorted_by(|a, b| a >= b), "{slow:?}");

    let first = &home.vidimus(&["report", "--json", text(&runs[1], "run")]).ok().json()[0];
    let new: u64 = first["visits"].as_array().unwrap().iter().map(|v| v["new_items"].as_u64().unwrap()).sum();
    assert!(new > 0, "{first}");
    let told = home.vidimus(&["report", &text(&runs[1], "run")[..8]]).ok().text();
    assert!(told.contains("slowest") && told.contains(" new, ") && told.contains("links, "), "{told}");
    let _ = home.vidimus(&["report", "zzzz"]).expect(2);

    fs::remove_file(home.path("archive/catalog.sqlite")).unwrap();
    let _ = home.vidimus(&["rebuild", "--quiet"]).ok();
    let again = home.vidimus(&["report", "--json"]).ok().json().pop().unwrap();
    for key in ["run", "visits", "outcomes", "tries"] {
        assert_eq!(again[key], report[key], "{key}");
    }
}

#[test]
fn a_log_has_one_object_for_each_event() {
    let site = Site::start();
    let home = Home::configured(&config_for(site.port()), &sources_toml(site.port()));
    let _ = home.vidimus(&["crawl", "--log", "run.jsonl"]).ok();
    let read = |name: &str| -> Vec<Value> {
        let log = fs::read_to_string(home.path(name)).unwrap();
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let lines = read("run.jsonl");
    let of = |event: &str| lines.iter().filter(|line| line["event"] == event).collect::<Vec<_>>();
    assert_eq!((of("run-started").len(), of("run-ended").len()), (1, 1));
    assert_eq!(of("tried").len(), home.everything().len());
    let run = &of("run-started")[0]["run"];
    assert!(run.is_string() && lines.iter().all(|line| line["run"] == *run && line["time"].is_string()));
    for line in of("tried") {
        assert!(line["url"].is_string() && line["outcome"].is_string() && line["ms"].is_u64(), "{line}");
        assert!(
            line.get("source").is_some() && line.get("code").is_some() && line.get("bytes").is_some(),
            "{line}"
        );
    }
    assert!(of("source-ended").iter().all(|line| line["new_items"].is_u64()), "{lines:?}");

    // Renamed as logrotate does it: the next run begins a new file; both are whole.
    fs::rename(home.path("run.jsonl"), home.path("run.jsonl.1")).unwrap();
    let _ = home.vidimus(&["crawl", "--log", "run.jsonl"]).ok();
    assert_eq!(
        (read("run.jsonl.1").len(), &read("run.jsonl")[0]["event"]),
        (lines.len(), &Value::from("run-started"))
    );

    // A log that cannot be written is told once, and the run goes on.
    let ran = home.vidimus(&["crawl", "--quiet", "--log", "missing/run.jsonl"]).ok();
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.story());
    assert!(ran.stderr.contains("missing/run.jsonl"), "{}", ran.story());
}

#[test]
fn a_collector_can_read_the_metrics() {
    let server = Server::start(|request, stream| {
        let answer = match request.target.as_str() {
            "/good" => {
                html("<title>Good</title><p>A page that is as it should be, and has a sentence or two.</p>")
            }
            _ => reply("404 Not Found", &[], b"gone"),
        };
        send(stream, &answer);
    });
    let source = |name: &str| {
        format!("[[source]]\nname = \"{name}\"\npages = [\"{}\"]\n\n", server.url(&format!("/{name}")))
    };
    let config = format!("{}\n[metrics]\nfile = \"../vidimus.prom\"\n", config_for(server.port()));
    let home = Home::configured(&config, &format!("{}{}", source("good"), source("bad")));
    let _ = home.vidimus(&["crawl"]).expect(1);
    let _ = home.vidimus(&["status", "--metrics", "status.prom"]).expect(1);

    let path = |name: &str| home.path(name).to_str().unwrap().to_owned();
    let of_run = python("read_metrics.py", &[&path("vidimus.prom")]).ok().json().pop().unwrap();
    let of_status = python("read_metrics.py", &[&path("status.prom")]).ok().json().pop().unwrap();
    assert_eq!(of_run, of_status, "a run writes what status would say");
    let value = |name: &str| of_run[name].as_f64().unwrap_or_else(|| panic!("{name} is missing: {of_run}"));
    assert_eq!(value("vidimus_captures_total{outcome=captured}"), 1.0);
    assert_eq!(value("vidimus_captures_total{outcome=http-error}"), 2.0, "one of them robots.txt");
    assert_eq!(
        (value("vidimus_source_well{source=good}"), value("vidimus_source_well{source=bad}")),
        (1.0, 0.0)
    );
    assert_eq!(value("vidimus_source_findings{code=failed,source=bad}"), 1.0);
    assert_eq!(value("vidimus_source_findings{code=quiet,source=bad}"), 0.0);
    assert!(value("vidimus_source_last_success_timestamp_seconds{source=good}") > 1.7e9);
    assert!(
        of_run.get("vidimus_source_last_success_timestamp_seconds{source=bad}").is_none(),
        "it never was"
    );
    assert!(value("vidimus_archive_size_bytes{kind=warc}") > 0.0);
    assert_eq!(value("vidimus_archive_files{kind=warc}"), 1.0);
    assert_eq!(value("vidimus_unindexed_captures"), 0.0);
    assert!(value("vidimus_last_run_duration_seconds") >= 0.0);
    assert_eq!(home.archive_files(".tmp").len(), 0);
}
