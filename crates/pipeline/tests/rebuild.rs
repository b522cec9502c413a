//! An archive of several thousand captures loses its catalog and its index; a rebuild that is interrupted three times
//! brings both back as they were, table by table and document by document.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may panic")]

#[path = "../../archive/tests/samples/mod.rs"]
mod samples;

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{AssertSqlSafe, Row};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use vidimus_archive::{Archive, Layout, Rebuilt, Writer, WriterOptions};
use vidimus_catalog::Capture;
use vidimus_index::{Document, Options, Searcher, parse};
use vidimus_pipeline::{Listener, bring_up_to_date, rebuild_index};

use samples::{at, capture, later_text, lost, options, report, unchanged, uuids};

const CAPTURES: u32 = 3_000;
const GROUP: u32 = 60;
/// A new writer, as that of a new run, for every so many groups.
const RUN: u32 = 10;
const QUERIES: [&str; 5] =
    ["mill", "\"word7 by the river\"", "title:2345", "again AND word20", "number -word7"];

fn small(tag: &str) -> WriterOptions {
    options(tag, 200_000)
}

/// Several runs with everything that an archive may hold: pages, pages that repeat them, texts made later, tries that
/// brought nothing, reports.
async fn fill(layout: &Layout) {
    let mut writer = Writer::open(layout, small("aaaaaaaa")).await.unwrap();
    let mut number = 0;
    for group in 0..CAPTURES / GROUP {
        if group > 0 && group % RUN == 0 {
            writer.close().await.unwrap();
            writer = Writer::open(layout, small(&format!("{group:08x}"))).await.unwrap();
        }
        let prepared = (number..number + GROUP - 5).map(capture).collect();
        let rows = writer.commit(prepared, at(number.into()), uuids(number)).await.unwrap();
        number += GROUP - 5;
        let again = rows.iter().step_by(12).enumerate();
        let again: Vec<_> =
            again.map(|(i, row)| unchanged(number + u32::try_from(i).unwrap(), row)).collect();
        number += u32::try_from(again.len()).unwrap();
        writer.commit(again, at(number.into()), uuids(number)).await.unwrap();
        later_texts(&mut writer, &rows, number).await;
        writer.catalog().add(&[lost(number).to_capture()]).await.unwrap();
        let report = report(vec![lost(number)], number.into());
        let began: Vec<_> = report.sources.iter().map(|name| (name.as_str(), report.started_at)).collect();
        writer.catalog().sources_started(&began).await.unwrap();
        let ended: Vec<_> =
            report.sources_ok.iter().map(|name| (name.as_str(), report.finished_at)).collect();
        writer.catalog().sources_ok(&ended).await.unwrap();
        writer
            .report(&[(uuids(number + 500_000)[0].clone(), report)], uuids(number + 600_000)[0].clone())
            .await
            .unwrap();
    }
    writer.close().await.unwrap();
}

async fn later_texts(writer: &mut Writer, rows: &[Capture], number: u32) {
    let texts = rows.iter().step_by(20).map(|row| {
        let of = row.url.rsplit('-').next().unwrap().parse().unwrap();
        later_text(of, row.clone())
    });
    writer.add_texts(texts.collect(), at(number.into()), uuids(number + 700_000)[0].clone()).await.unwrap();
}

/// Every table of a catalog with its rows, but for the numbers that the database gives to rows.
async fn tables(path: &Path) -> BTreeMap<String, Vec<String>> {
    let pool =
        SqlitePool::connect_with(SqliteConnectOptions::new().filename(path).read_only(true)).await.unwrap();
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'";
    let mut found = BTreeMap::new();
    for table in sqlx::query(names).fetch_all(&pool).await.unwrap() {
        let table: String = table.get("name");
        let columns =
            format!("SELECT name FROM pragma_table_info('{table}') WHERE name NOT IN ('seq', 'capture')");
        let columns = sqlx::query(AssertSqlSafe(columns)).fetch_all(&pool).await.unwrap();
        let mut columns: Vec<String> =
            columns.iter().map(|row| format!("quote({table}.{})", row.get::<String, _>("name"))).collect();
        let mut from = table.clone();
        if ["record", "try_exchanges"].contains(&table.as_str()) {
            columns.push("quote(capture.snapshot), quote(capture.url), quote(capture.started_at)".to_owned());
            from = format!("{table} JOIN capture ON capture.seq = {table}.capture");
        }
        let rows = format!("SELECT concat_ws(' ', {}) AS row FROM {from} ORDER BY 1", columns.join(", "));
        let rows = sqlx::query(AssertSqlSafe(rows)).fetch_all(&pool).await.unwrap();
        found.insert(table, rows.iter().map(|row| row.get("row")).collect());
    }
    pool.close().await;
    found
}

/// What the index holds, and what it answers.
fn index(layout: &Layout) -> (Vec<Document>, Vec<String>) {
    let searcher = Searcher::open(&layout.index()).unwrap();
    let documents = searcher.documents().unwrap().collect::<Result<_, _>>().unwrap();
    let options = Options { limit: 50, ..Options::default() };
    let answer = |query: &&str| {
        let found = searcher.search(&parse(query).unwrap(), &options).unwrap();
        assert!(found.total > 0, "{query} finds nothing");
        let hits = found.hits.iter().map(|hit| (&hit.id, &hit.snippet));
        format!("{query}: {} {:?}", found.total, hits.collect::<Vec<_>>())
    };
    (documents, QUERIES.iter().map(answer).collect())
}

/// Ends a rebuild when it has read this share of the bytes, in percent, as a kill would: the work is dropped where it
/// stands, in the middle of a transaction if need be.
fn interrupt_files(layout: &Layout, share: u64) {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let (stop, stopped) = oneshot::channel();
        let mut stop = Some(stop);
        let work = Writer::rebuild_catalog(layout, small("eeeeeeee"), |at| {
            if at.done * 100 > at.total * share
                && let Some(stop) = stop.take()
            {
                stop.send(()).unwrap();
            }
        });
        tokio::select! {
            biased;
            _ = stopped => {}
            _ = work => panic!("the rebuild was done before {share} per cent"),
        }
    });
}

/// Ends a rebuild when so many captures have gone into the index.
fn interrupt_index(layout: &Layout, after: usize) -> Rebuilt {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let (writer, rebuilt) = Writer::rebuild_catalog(layout, small("eeeeeeee"), |_| {}).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let mut stop = Some(stop);
        let archive = Archive::with_catalog(layout, writer.catalog());
        let silent = Listener::silent();
        let work = rebuild_index(&archive, &silent, |done, _| {
            if done > after
                && let Some(stop) = stop.take()
            {
                stop.send(()).unwrap();
            }
        });
        tokio::select! {
            biased;
            _ = stopped => {}
            _ = work => panic!("the index was done before {after} captures"),
        }
        rebuilt
    })
}

#[test]
fn a_rebuild_that_is_interrupted_three_times_brings_everything_back_as_it_was() {
    let dir = TempDir::new().unwrap();
    let layout = Layout::new(dir.path());
    let runtime = Runtime::new().unwrap();
    let before = runtime.block_on(async {
        fill(&layout).await;
        let archive =
            Archive::with_catalog(&layout, &vidimus_catalog::Catalog::open(&layout.catalog()).await.unwrap());
        bring_up_to_date(&archive, &Listener::silent()).await.unwrap();
        archive.catalog().close().await;
        tables(&layout.catalog()).await
    });
    let (documents, answers) = index(&layout);
    std::fs::remove_file(layout.catalog()).unwrap();
    std::fs::remove_dir_all(layout.index()).unwrap();

    interrupt_files(&layout, 20);
    interrupt_files(&layout, 80);
    let rebuilt = interrupt_index(&layout, 900);
    assert!(rebuilt.resumed * 10 > rebuilt.files * 6, "{} of {} files", rebuilt.resumed, rebuilt.files);
    let (last, indexed) = runtime.block_on(async {
        let (writer, rebuilt) = Writer::rebuild_catalog(&layout, small("eeeeeeee"), |_| {}).await.unwrap();
        let archive = Archive::with_catalog(&layout, writer.catalog());
        let indexed = rebuild_index(&archive, &Listener::silent(), |_, _| {}).await.unwrap();
        writer.close().await.unwrap();
        (rebuilt, indexed)
    });
    assert_eq!((last.resumed, last.damage.len()), (last.files, 0), "only the index was still to do");
    assert!(indexed > 0 && indexed < documents.len(), "{indexed} of {}", documents.len());

    let after = runtime.block_on(tables(&layout.catalog()));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (table, rows) in &before {
        println!("{table}: {} rows", rows.len());
        for (was, is) in rows.iter().zip(&after[table]) {
            assert_eq!(was, is, "{table}");
        }
        assert_eq!(rows.len(), after[table].len(), "{table}");
    }
    assert!(before["capture"].len() > 2_900 && before["later_text"].len() > 100);
    let (again, found) = index(&layout);
    assert_eq!(documents, again);
    assert_eq!(answers, found);
}

#[test]
fn a_rebuild_of_other_software_or_of_files_that_are_gone_begins_anew() {
    let dir = TempDir::new().unwrap();
    let layout = Layout::new(dir.path());
    let runtime = Runtime::new().unwrap();
    let files = runtime.block_on(async {
        let mut writer = Writer::open(&layout, options("aaaaaaaa", 1)).await.unwrap();
        for number in 0..6 {
            writer.commit(vec![capture(number)], at(number.into()), uuids(number)).await.unwrap();
        }
        writer.close().await.unwrap();
        layout.sizes().unwrap().iter().map(|(_, size)| size.files).sum::<u64>()
    });
    let rebuild = |software: &str| {
        let options = WriterOptions { software: software.to_owned(), ..small("eeeeeeee") };
        let runtime = Runtime::new().unwrap();
        let (writer, rebuilt) = runtime.block_on(Writer::rebuild_catalog(&layout, options, |_| {})).unwrap();
        drop(writer);
        (rebuilt.resumed, rebuilt.captures)
    };
    let all = usize::try_from(files).unwrap();
    assert_eq!(rebuild("vidimus/1"), (0, 6));
    assert_eq!(rebuild("vidimus/1"), (all, 6), "the index is still to do, the catalog is not");
    assert_eq!(rebuild("vidimus/2"), (0, 6));
    let gone = dir.path().join("warc");
    let gone = walk(&gone).pop().unwrap();
    std::fs::remove_file(gone).unwrap();
    assert_eq!(rebuild("vidimus/2"), (0, 5));
    // A crawl in between writes what the rebuild has not seen, and ends it.
    runtime
        .block_on(async { Writer::open(&layout, small("ffffffff")).await.unwrap().close().await.unwrap() });
    assert_eq!(rebuild("vidimus/2"), (0, 5));
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
