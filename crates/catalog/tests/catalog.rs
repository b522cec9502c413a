//! What the catalog answers, seen from outside.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use jiff::Timestamp;
use tempfile::TempDir;
use vidimus_catalog::{
    Arrivals, Capture, Catalog, CatalogError, Filter, Headline, KnownPage, LaterText, LeadFacts, PageBefore,
    Pending, ReadText, RecordPlace, Run, SearchTold, SourceRun, Told,
};
use vidimus_snapshot::{Digest, Outcome, OutcomeKind, Role, SnapshotId};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_719_475_200 + second).unwrap()
}

fn id(text: &str) -> SnapshotId {
    SnapshotId::of_manifest(text.as_bytes())
}

fn capture(page: &str, second: i64, kind: OutcomeKind) -> Capture {
    let url = format!("http://ngo.example/{page}");
    let held = kind != OutcomeKind::Failed;
    Capture {
        run: "run-1".to_owned(),
        source: Some("ngo".to_owned()),
        role: Role::Page,
        witnessed: true,
        url: url.clone(),
        url_key: url.clone(),
        surt: "example,ngo)/".to_owned(),
        final_url: url,
        started_at: at(second),
        finished_at: at(second),
        outcome: Outcome::plain(kind),
        status: held.then_some(200),
        content_type: None,
        payload_sha256: held.then(|| Digest::of(page.as_bytes())),
        payload_bytes: 5,
        etag: None,
        last_modified: None,
        snapshot: held.then(|| id(&format!("{page}{second}"))),
        original: None,
        previous: None,
        text_sha256: held.then(|| Digest::of(page.as_bytes())),
        statement_sha256: None,
        extractor: None,
        params_sha256: None,
        headline: Headline {
            title: Some(page.to_owned()),
            authors: vec!["A".to_owned()],
            ..Headline::default()
        },
        records: vec![RecordPlace {
            warc_record_id: format!("<urn:{page}{second}>"),
            record_type: "response".to_owned(),
            target_uri: "http://ngo.example/".to_owned(),
            file: "warc/a.warc.gz".to_owned(),
            offset: second.unsigned_abs(),
            length: 10,
        }],
        exchanges: Vec::new(),
    }
}

async fn catalog() -> (TempDir, Catalog) {
    let dir = TempDir::new().unwrap();
    let catalog = Catalog::open(&dir.path().join("catalog.sqlite")).await.unwrap();
    (dir, catalog)
}

#[tokio::test]
async fn what_was_added_is_found_by_name_url_and_filter() {
    let (_dir, catalog) = catalog().await;
    let (old, failed, new) = (
        capture("a", 1, OutcomeKind::Captured),
        capture("a", 2, OutcomeKind::Failed),
        capture("b", 3, OutcomeKind::HttpError),
    );
    catalog.add(&[old.clone(), failed.clone(), new.clone()]).await.unwrap();

    let name = id("a1").short().parse().unwrap();
    assert_eq!(catalog.find(&name).await.unwrap(), std::slice::from_ref(&old));
    assert_eq!(
        catalog.held("http://ngo.example/a", Role::Page).await.unwrap().and_then(|c| c.snapshot),
        Some(id("a1"))
    );
    assert_eq!(catalog.held("http://ngo.example/b", Role::Page).await.unwrap(), None);
    assert_eq!(catalog.previous("http://ngo.example/b").await.unwrap(), Some(id("b3")));

    let only = |outcome| Filter { outcome: Some(outcome), ..Filter::default() };
    assert_eq!(catalog.list(&only(OutcomeKind::Failed)).await.unwrap().len(), 1);
    let newest = catalog.list(&Filter { limit: Some(2), ..Filter::default() }).await.unwrap();
    assert_eq!(newest.iter().map(|c| c.started_at).collect::<Vec<_>>(), [at(2), at(3)]);
    assert_eq!(catalog.unreported().await.unwrap().len(), 1);
    catalog.mark_reported().await.unwrap();
    assert!(catalog.unreported().await.unwrap().is_empty());
}

#[tokio::test]
async fn adding_a_snapshot_twice_changes_nothing() {
    let (_dir, catalog) = catalog().await;
    let capture = capture("a", 1, OutcomeKind::Captured);
    catalog.add(std::slice::from_ref(&capture)).await.unwrap();
    catalog.add(std::slice::from_ref(&capture)).await.unwrap();
    assert_eq!(catalog.totals().await.unwrap().snapshots, 1);
    let held = catalog.get(capture.snapshot.unwrap()).await.unwrap().unwrap();
    assert_eq!(held.records, capture.records);
}

fn later(text: &str, second: i64) -> (LaterText, Headline, Vec<RecordPlace>) {
    let record = |what: &str| RecordPlace {
        warc_record_id: format!("<urn:{what}-{text}>"),
        record_type: "conversion".to_owned(),
        target_uri: "http://ngo.example/".to_owned(),
        file: "text/b.wet.warc.gz".to_owned(),
        offset: second.unsigned_abs(),
        length: 10,
    };
    let of_text = LaterText {
        record_id: format!("<urn:own-{text}>"),
        snapshot: id("a1"),
        made_at: at(second),
        extractor: format!("reader/{text}"),
        params_sha256: Digest::of(b"params"),
        text_sha256: Digest::of(text.as_bytes()),
        statement_sha256: Digest::of(b"statement"),
        text_record: format!("<urn:text-{text}>"),
    };
    let headline = Headline {
        title: Some(text.to_owned()),
        page_kind: Some("article".to_owned()),
        page_kind_confidence: Some(80),
        partial: true,
        canonical_url: Some("http://ngo.example/canonical".to_owned()),
        ..Headline::default()
    };
    (of_text, headline, vec![record("text")])
}

#[tokio::test]
async fn the_newest_text_is_shown_and_the_others_stay() {
    let (_dir, catalog) = catalog().await;
    let repeats = |second| {
        let original = Some(id("a1"));
        Capture { original, records: Vec::new(), ..capture("a", second, OutcomeKind::Unchanged) }
    };
    catalog.add(&[capture("a", 1, OutcomeKind::Captured), repeats(2)]).await.unwrap();
    assert_eq!(catalog.pages_not_read_by("reader/2", Digest::of(b"params")).await.unwrap().len(), 1);

    // In any order, and told twice, as recovery may.
    for text in [later("2", 20), later("1", 10), later("2", 20)] {
        catalog.add_texts(&[text]).await.unwrap();
    }
    catalog.add(&[repeats(30)]).await.unwrap();
    for capture in catalog.list(&Filter::default()).await.unwrap() {
        assert_eq!(capture.headline.title.as_deref(), Some("2"), "{capture:?}");
        assert_eq!((capture.text_sha256, capture.headline.partial), (Some(Digest::of(b"2")), true));
    }
    let texts = catalog.later_texts(id("a1")).await.unwrap();
    let by: Vec<&str> = texts.iter().map(|text| text.extractor.as_str()).collect();
    assert_eq!(by, ["reader/1", "reader/2"]);
    assert_eq!(catalog.get(id("a1")).await.unwrap().unwrap().records.len(), 3);
    assert!(catalog.pages_not_read_by("reader/2", Digest::of(b"params")).await.unwrap().is_empty());
    assert_eq!(catalog.pages_read_by("reader/2", Digest::of(b"params")).await.unwrap(), 1);

    // A text of a capture that is not here belongs to nothing.
    let (mut orphan, headline, places) = later("3", 40);
    orphan.snapshot = id("nobody");
    catalog.add_texts(&[(orphan, headline, places)]).await.unwrap();
    assert!(catalog.later_texts(id("nobody")).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_frontier_of_an_interrupted_run_survives() {
    let (dir, catalog) = catalog().await;
    let run = Run {
        id: "run-1".to_owned(),
        command: "crawl".to_owned(),
        sources: vec!["ngo".to_owned()],
        started_at: at(0),
        finished_at: None,
    };
    catalog.put_run(&run).await.unwrap();
    let pending = |page: &str| Pending {
        source: "ngo".to_owned(),
        role: Role::Page,
        url: format!("http://ngo.example/{page}"),
        url_key: format!("http://ngo.example/{page}"),
        depth: 1,
        listing: 0,
        hint: None,
    };
    let new = catalog.add_pending("run-1", vec![pending("a"), pending("b"), pending("a")]).await.unwrap();
    assert_eq!(new, [pending("a"), pending("b")]);
    // Another lead says of a page that is known when it changed: the latest word counts.
    for (hint, wanted) in [(None, None), (Some(5), Some(5)), (Some(3), Some(5)), (Some(7), Some(7))] {
        let hinted = Pending { hint: hint.map(at), ..pending("b") };
        assert_eq!(catalog.add_pending("run-1", vec![hinted]).await.unwrap(), []);
        let b = catalog.pending_pages("run-1", "ngo").await.unwrap().pop().unwrap();
        assert_eq!(b, Pending { hint: wanted.map(at), ..pending("b") });
    }
    assert_eq!(catalog.untried("ngo", &["http://ngo.example/a"]).await.unwrap(), ["http://ngo.example/a"]);
    catalog.add(&[capture("a", 1, OutcomeKind::Captured)]).await.unwrap();
    assert!(catalog.untried("ngo", &["http://ngo.example/a"]).await.unwrap().is_empty());
    catalog.close().await;

    let catalog = Catalog::open(&dir.path().join("catalog.sqlite")).await.unwrap();
    assert_eq!(catalog.unfinished_runs().await.unwrap(), std::slice::from_ref(&run));
    let left = Pending { hint: Some(at(7)), ..pending("b") };
    assert_eq!(catalog.pending_pages("run-1", "ngo").await.unwrap(), [left]);
    catalog.put_run(&Run { finished_at: Some(at(9)), ..run }).await.unwrap();
    catalog.clear_frontier().await.unwrap();
    assert!(catalog.pending_pages("run-1", "ngo").await.unwrap().is_empty());
}

#[tokio::test]
async fn known_pages_tell_since_when_they_are_as_they_are() {
    let (_dir, catalog) = catalog().await;
    let texts = |page: &str, second, text: &str| Capture {
        text_sha256: Some(Digest::of(text.as_bytes())),
        snapshot: Some(id(&format!("{page}{second}"))),
        ..capture(page, second, OutcomeKind::Captured)
    };
    let tries = [
        // Edited once; a failure in between is no edit.
        texts("a", 1, "one"),
        texts("a", 2, "one"),
        capture("a", 3, OutcomeKind::Failed),
        texts("a", 4, "two"),
        capture("a", 5, OutcomeKind::Failed),
        texts("a", 6, "two"),
        // Never had.
        capture("b", 7, OutcomeKind::Failed),
        // Failing, after it was well; an older failure does not count.
        capture("c", 1, OutcomeKind::Failed),
        texts("c", 2, "one"),
        capture("c", 8, OutcomeKind::Failed),
        capture("c", 9, OutcomeKind::Failed),
    ];
    catalog.add(&tries).await.unwrap();
    let known = |page: &str, last, [first, since, tried]: [i64; 3], changes| KnownPage {
        url: format!("http://ngo.example/{page}"),
        tried: at(tried),
        last,
        status: (last == OutcomeKind::Captured).then_some(200),
        first: at(first),
        since: at(since),
        changes,
    };
    let expected = [
        known("a", OutcomeKind::Captured, [1, 4, 6], 1),
        known("b", OutcomeKind::Failed, [7, 7, 7], 0),
        known("c", OutcomeKind::Failed, [1, 8, 9], 0),
    ];
    assert_eq!(catalog.known_pages("ngo").await.unwrap(), expected);
}

#[tokio::test]
async fn what_was_read_as_a_listing_is_not_held_as_a_page() {
    let (_dir, catalog) = catalog().await;
    let listing = Capture { role: Role::Listing, ..capture("a", 1, OutcomeKind::Captured) };
    catalog.add(&[listing]).await.unwrap();
    assert_eq!(catalog.held("http://ngo.example/a", Role::Page).await.unwrap(), None);
    assert!(catalog.held("http://ngo.example/a", Role::Listing).await.unwrap().is_some());
}

#[tokio::test]
async fn a_missing_catalog_says_what_to_do() {
    let dir = TempDir::new().unwrap();
    let error = Catalog::open_read_only(&dir.path().join("catalog.sqlite")).await.unwrap_err();
    assert!(matches!(error, CatalogError::Missing(_)));
    assert!(error.to_string().contains("vidimus rebuild"), "{error}");
}

#[tokio::test]
async fn certificates_are_found_in_their_own_file_first() {
    let (_dir, catalog) = catalog().await;
    let sha256 = Digest::of(b"a certificate");
    let place = |file: &str, offset| RecordPlace {
        warc_record_id: format!("<urn:{file}>"),
        record_type: "resource".to_owned(),
        target_uri: "urn:x509".to_owned(),
        file: file.to_owned(),
        offset,
        length: 10,
    };
    let (a, b) = (place("warc/a.warc.gz", 7), place("warc/b.warc.gz", 9));
    catalog.add_certificates(&[(sha256, a.clone()), (sha256, b.clone())]).await.unwrap();
    // A recovery may meet it again.
    catalog.add_certificates(&[(sha256, a.clone())]).await.unwrap();
    assert_eq!(catalog.certificate("warc/b.warc.gz", sha256).await.unwrap(), Some(b));
    assert_eq!(catalog.certificate("warc/c.warc.gz", sha256).await.unwrap(), Some(a));
    assert_eq!(catalog.certificate("warc/a.warc.gz", Digest::of(b"another")).await.unwrap(), None);
}

fn source_run(number: i64, new_items: u64, left: u64) -> SourceRun {
    SourceRun {
        run: format!("run-{number}"),
        source: "ngo".to_owned(),
        started_at: at(number * 3600),
        finished_at: at(number * 3600 + 60),
        new_items,
        left,
        ..SourceRun::default()
    }
}

#[tokio::test]
async fn arrivals_are_days_and_a_backlog_is_no_news() {
    let dir = TempDir::new().unwrap();
    let catalog = Catalog::open(&dir.path().join("catalog.sqlite")).await.unwrap();
    assert_eq!(catalog.arrivals("ngo").await.unwrap(), Arrivals::default());
    // Two runs work off what was there; then something new on two days, twice on the second.
    let runs = [(0, 50, 30), (1, 30, 0), (26, 1, 0), (50, 1, 0), (52, 2, 0), (53, 0, 0)];
    for (number, new_items, left) in runs {
        catalog.put_source_run(&source_run(number, new_items, left)).await.unwrap();
    }
    let arrivals = catalog.arrivals("ngo").await.unwrap();
    assert_eq!(arrivals, Arrivals { first_visit: Some(at(60)), days: vec![at(52 * 3600), at(26 * 3600)] });
    assert_eq!(catalog.new_items_since("ngo", at(26 * 3600)).await.unwrap(), 3);
    assert_eq!(catalog.new_items_since("other", at(0)).await.unwrap(), 0);
    let history: Vec<String> =
        catalog.source_history("ngo", 2).await.unwrap().into_iter().map(|r| r.run).collect();
    assert_eq!(history, ["run-53", "run-52"]);
    catalog.source_started("ngo", at(0)).await.unwrap();
    assert_eq!(catalog.newest_source_runs().await.unwrap(), [source_run(53, 0, 0)]);
    assert_eq!(catalog.unreported_source_runs().await.unwrap().len(), runs.len());
    catalog.mark_reported().await.unwrap();
    assert!(catalog.unreported_source_runs().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_known_of_a_page_before_is_that_of_other_runs() {
    let dir = TempDir::new().unwrap();
    let catalog = Catalog::open(&dir.path().join("catalog.sqlite")).await.unwrap();
    let of = |run: &str, page: &str, second: i64, kind: OutcomeKind| Capture {
        run: run.to_owned(),
        ..capture(page, second, kind)
    };
    let mut wall = of("run-1", "wall", 3, OutcomeKind::Captured);
    wall.headline.page_kind = Some("login".to_owned());
    let old =
        [of("run-1", "held", 1, OutcomeKind::Captured), of("run-1", "tried", 2, OutcomeKind::Failed), wall];
    catalog.add(&old).await.unwrap();
    let run = Run {
        id: "run-2".to_owned(),
        command: "crawl".to_owned(),
        sources: vec!["ngo".to_owned()],
        started_at: at(10),
        finished_at: None,
    };
    catalog.put_run(&run).await.unwrap();
    for (second, page) in ["held", "tried", "wall", "new"].into_iter().enumerate() {
        let second = 10 + i64::try_from(second).unwrap();
        catalog.add(&[of("run-2", page, second, OutcomeKind::Failed)]).await.unwrap();
    }
    let before = catalog.pages_before("run-2", "ngo").await.unwrap();
    let page = |name: &str, tried: bool, held: bool| PageBefore {
        url_key: format!("http://ngo.example/{name}"),
        tried,
        held,
    };
    let expected = [
        page("held", true, true),
        page("tried", true, false),
        page("wall", true, false),
        page("new", false, false),
    ];
    assert_eq!(before.len(), expected.len());
    assert!(expected.iter().all(|page| before.contains(page)), "{before:?}");
    assert!(catalog.holds_pages_of("ngo").await.unwrap() && !catalog.holds_pages_of("other").await.unwrap());
    assert_eq!(catalog.find_runs("run-").await.unwrap(), std::slice::from_ref(&run));
    assert_eq!(catalog.runs(5).await.unwrap(), [run]);
}

#[tokio::test]
async fn leads_last_as_long_as_their_run_and_what_was_told_until_it_is_resolved() {
    let dir = TempDir::new().unwrap();
    let catalog = Catalog::open(&dir.path().join("catalog.sqlite")).await.unwrap();
    let lead =
        |links| LeadFacts { role: Role::Feed, url: "http://ngo.example/feed".to_owned(), links, wanted: 1 };
    let mut run = Run {
        id: "run-1".to_owned(),
        command: "crawl".to_owned(),
        sources: Vec::new(),
        started_at: at(0),
        finished_at: None,
    };
    catalog.put_run(&run).await.unwrap();
    catalog.note_lead("run-1", "ngo", &lead(1)).await.unwrap();
    catalog.note_lead("run-1", "ngo", &lead(7)).await.unwrap();
    catalog.clear_frontier().await.unwrap();
    assert_eq!(catalog.leads("run-1", "ngo").await.unwrap(), [lead(7)]);
    run.finished_at = Some(at(9));
    catalog.put_run(&run).await.unwrap();
    catalog.clear_frontier().await.unwrap();
    assert!(catalog.leads("run-1", "ngo").await.unwrap().is_empty());

    let told = |channel: &str, second: i64| Told {
        channel: channel.to_owned(),
        source: "ngo".to_owned(),
        code: "quiet".to_owned(),
        subject: String::new(),
        since: at(0),
        message: "nothing new".to_owned(),
        told_at: at(second),
    };
    catalog.note_told(&[told("command", 1), told("webhook", 1)], &[]).await.unwrap();
    catalog.note_told(&[told("command", 5)], &[told("webhook", 1)]).await.unwrap();
    assert_eq!(catalog.told().await.unwrap(), [told("command", 5)]);
}

#[tokio::test]
async fn a_text_is_compared_with_others_of_its_own_sort() {
    let (_dir, catalog) = catalog().await;
    let imported = |second| Capture {
        witnessed: false,
        snapshot: Some(id(&format!("imported {second}"))),
        records: Vec::new(),
        ..capture("a", second, OutcomeKind::Captured)
    };
    let own = |second| capture("a", second, OutcomeKind::Captured);
    catalog.add(&[own(5), own(6), imported(1), imported(9)]).await.unwrap();
    for (first, later) in [(own(5), own(6)), (imported(1), imported(9))] {
        assert!(!catalog.text_seen_before(&first).await.unwrap());
        assert!(catalog.text_seen_before(&later).await.unwrap());
        assert_eq!(catalog.same_text_later(&first).await.unwrap(), [later.snapshot.unwrap()]);
        assert_eq!(catalog.same_text_later(&later).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_text_goes_to_the_answer_of_its_id_and_to_no_request() {
    let (_dir, catalog) = catalog().await;
    let (ours, mut stranger) =
        (capture("a", 1, OutcomeKind::Captured), capture("b", 2, OutcomeKind::Captured));
    let request = RecordPlace { record_type: "request".to_owned(), ..ours.records[0].clone() };
    stranger.records.push(request);
    catalog.add(&[ours.clone(), stranger.clone()]).await.unwrap();
    let place = RecordPlace {
        warc_record_id: "<urn:text>".to_owned(),
        record_type: "conversion".to_owned(),
        file: "text/a.wet.warc.gz".to_owned(),
        ..ours.records[0].clone()
    };
    let text = ReadText {
        answer: ours.records[0].warc_record_id.clone(),
        places: vec![place.clone()],
        headline: Some(Headline { title: Some("A statement".to_owned()), ..Headline::default() }),
    };
    catalog.add_read_texts(&[text]).await.unwrap();
    let held = catalog.get(ours.snapshot.unwrap()).await.unwrap().unwrap();
    assert_eq!((held.headline.title.as_deref(), held.records.last()), (Some("A statement"), Some(&place)));
    let other = catalog.get(stranger.snapshot.unwrap()).await.unwrap().unwrap();
    assert_eq!((other.headline.title.as_deref(), other.records.len()), (Some("b"), 2));
}

/// A capture of one page that found this text.
fn found(text: &str, second: i64, kind: OutcomeKind) -> Capture {
    let original = (kind == OutcomeKind::Unchanged).then(|| id(text));
    let text_sha256 = Some(Digest::of(text.as_bytes()));
    Capture { text_sha256, original, ..capture("page", second, kind) }
}

#[tokio::test]
async fn a_page_has_a_state_for_each_text_that_it_took_and_took_again() {
    let (_dir, catalog) = catalog().await;
    let wall = Headline { page_kind: Some("consent-wall".to_owned()), ..Headline::default() };
    let captures = [
        found("a", 1, OutcomeKind::Captured),
        found("a", 2, OutcomeKind::Unchanged),
        Capture { headline: wall, ..found("cookies", 3, OutcomeKind::Captured) },
        found("a", 4, OutcomeKind::Captured),
        found("b", 5, OutcomeKind::Captured),
        capture("page", 6, OutcomeKind::Failed),
        found("a", 7, OutcomeKind::Unchanged),
        Capture { witnessed: false, ..found("c", 8, OutcomeKind::Captured) },
        // Of a transfer that broke off nobody knows what the page had beside it.
        found("half", 9, OutcomeKind::Truncated),
    ];
    for capture in &captures {
        catalog.add(std::slice::from_ref(capture)).await.unwrap();
    }
    let states = catalog.states(&captures[0]).await.unwrap();
    let of = |text: &str| Digest::of(text.as_bytes());
    let told: Vec<(Digest, Timestamp)> = states.iter().map(|state| (state.text_sha256, state.at)).collect();
    assert_eq!(told, [(of("a"), at(1)), (of("b"), at(5)), (of("a"), at(7))]);
    assert_eq!(catalog.states(&captures[7]).await.unwrap().len(), 1, "what was imported has its own");
    let first = catalog.first_with_text(&captures[6], of("a")).await.unwrap();
    assert_eq!(first.map(|(_, snapshot)| snapshot), captures[0].snapshot);

    // A capture that went back to a text has something to say to the index; one that only repeats it has not.
    let waiting = catalog.in_rows(&catalog.unindexed().await.unwrap()).await.unwrap();
    let seconds: Vec<i64> = waiting.iter().map(|c| c.started_at.as_second() - at(0).as_second()).collect();
    assert_eq!(seconds, [1, 3, 4, 5, 7, 8, 9]);
}

#[tokio::test]
async fn what_a_search_was_not_told_of_survives_a_catalog_that_is_made_anew() {
    let (_old_dir, old) = catalog().await;
    let (_new_dir, new) = catalog().await;
    let captures = [
        capture("a", 1, OutcomeKind::Captured),
        capture("b", 2, OutcomeKind::Captured),
        capture("c", 3, OutcomeKind::Captured),
    ];
    old.add(&captures[..2]).await.unwrap();
    let told = |search: &str, row| SearchTold {
        channel: "webhook".to_owned(),
        search: search.to_owned(),
        query_sha256: Digest::of(b"query"),
        row,
        waiting: Vec::new(),
    };
    let newest = old.newest_row().await.unwrap();
    old.note_searches_told(&[told("behind", newest)]).await.unwrap();
    old.add(&captures[2..]).await.unwrap();
    old.note_searches_told(&[told("current", old.newest_row().await.unwrap()), told("gone", 1)])
        .await
        .unwrap();
    old.forget_searches(&["behind".to_owned(), "current".to_owned()]).await.unwrap();

    let [first, second, third] = captures;
    new.add(&[second, third, first]).await.unwrap();
    new.restore_searches(&old.searches_and_untold().await.unwrap()).await.unwrap();
    let restored = new.searches_told().await.unwrap();
    let untold = |search: &str| {
        let told = restored.iter().find(|told| told.search == search).unwrap();
        new.texts_behind(told.row)
    };
    assert_eq!(restored.len(), 2);
    assert!(untold("current").await.unwrap().is_empty());
    assert!(untold("behind").await.unwrap().contains(&id("c3")));
}

#[tokio::test]
async fn what_the_index_lacked_when_a_search_was_told_is_told_when_it_is_there() {
    let (_dir, catalog) = catalog().await;
    let (read, unread) = (capture("a", 1, OutcomeKind::Captured), capture("b", 2, OutcomeKind::Captured));
    catalog.add(&[read, unread]).await.unwrap();
    catalog.mark_indexed(&[id("a1")]).await.unwrap();
    let mut told = SearchTold {
        channel: "webhook".to_owned(),
        search: "boats".to_owned(),
        query_sha256: Digest::of(b"query"),
        row: 0,
        waiting: Vec::new(),
    };
    let last = catalog.newest_row().await.unwrap();
    let untold = catalog.untold(&told, last).await.unwrap();
    assert_eq!(
        (untold.readable.as_slice(), untold.waiting.as_slice()),
        ([id("a1")].as_slice(), [id("b2")].as_slice())
    );
    assert_eq!(catalog.texts_waiting(last).await.unwrap(), untold.waiting);

    told = SearchTold { row: last, waiting: untold.waiting, ..told };
    catalog.note_searches_told(&[told.clone()]).await.unwrap();
    assert_eq!(catalog.searches_told().await.unwrap(), [told.clone()]);
    // A run that goes on while it is told hides nothing that came behind it.
    catalog.add(&[capture("c", 3, OutcomeKind::Captured)]).await.unwrap();
    catalog.mark_indexed(&[id("c3")]).await.unwrap();
    let last = catalog.newest_row().await.unwrap();
    let untold = catalog.untold(&told, last).await.unwrap();
    assert_eq!((untold.readable, untold.waiting), (vec![id("c3")], vec![id("b2")]));

    catalog.mark_indexed(&[id("b2")]).await.unwrap();
    let untold = catalog.untold(&told, last).await.unwrap();
    assert_eq!((untold.readable.len(), untold.waiting.len()), (2, 0));
    told = SearchTold { row: last, waiting: Vec::new(), ..told };
    catalog.note_searches_told(&[told.clone()]).await.unwrap();
    assert_eq!(catalog.untold(&told, last).await.unwrap(), Default::default());
    // That everything is to be indexed again is no news.
    catalog.mark_all_unindexed().await.unwrap();
    assert_eq!(catalog.untold(&told, last).await.unwrap(), Default::default());
}
