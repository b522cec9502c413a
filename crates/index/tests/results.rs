//! What a search gives back: its order, what is folded, the archive as of a day, and counts.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use jiff::Timestamp;
use jiff::civil::{Date, date};
use vidimus_index::{
    By, Collapse, Document, Facet, FacetCount, Fold, IndexWriter, Options, Results, Row, Searcher, Sort,
    Step, parse,
};

fn at(day: &str) -> Timestamp {
    format!("{day}T12:00:00Z").parse().unwrap()
}

fn document(number: u32, page: &str, states: &[&str], text: &str) -> Document {
    let states: Vec<Timestamp> = states.iter().map(|day| at(day)).collect();
    Document {
        id: format!("{number:016x}{:048}", 0),
        url: format!("https://www.example.org/{page}"),
        host: "www.example.org".into(),
        source: "example".into(),
        witnessed: true,
        captured_at: states.first().copied().unwrap_or(at("2024-06-01")),
        states,
        text: text.into(),
        ..Document::default()
    }
}

fn index(documents: &[Document]) -> (tempfile::TempDir, Searcher) {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = IndexWriter::open(folder.path()).unwrap();
    for (number, document) in documents.iter().enumerate() {
        writer.add(document).unwrap();
        // Several segments: nothing may depend on where a document is.
        if number % 3 == 2 {
            writer.commit().unwrap();
        }
    }
    writer.close().unwrap();
    let searcher = Searcher::open(folder.path()).unwrap();
    (folder, searcher)
}

fn search(searcher: &Searcher, query: &str, options: &Options) -> Results {
    searcher.search(&parse(query).unwrap_or_else(|error| panic!("{query}: {error}")), options).unwrap()
}

/// The numbers of the hits, in their order.
fn order(searcher: &Searcher, query: &str, options: &Options) -> Vec<u32> {
    let hits = search(searcher, query, options).hits;
    hits.iter().map(|hit| u32::from_str_radix(&hit.id[..16], 16).unwrap()).collect()
}

fn as_of(day: Date) -> Options {
    Options { as_of: Some(day), ..Options::default() }
}

/// A page that was edited and changed back, another that was taken over once, and a page that a wall stood before.
fn histories() -> Vec<Document> {
    vec![
        document(1, "a", &["2024-01-01", "2024-03-01"], "harbour strike: first wording"),
        document(2, "a", &["2024-02-01"], "harbour strike: second wording"),
        document(3, "b", &["2024-01-15"], "harbour closed"),
        document(4, "b", &["2024-04-01"], "all is well"),
        Document { kind: Some("consent-wall".into()), ..document(5, "c", &[], "harbour cookies") },
        document(6, "c", &["2024-02-10"], "harbour bridge"),
    ]
}

#[test]
fn as_of_shows_each_page_as_it_was() {
    let (_folder, searcher) = index(&histories());
    let found = |day| {
        let mut found = order(&searcher, "harbour", &as_of(day));
        found.sort_unstable();
        found
    };
    assert_eq!(found(date(2023, 12, 31)), [0; 0]);
    assert_eq!(found(date(2024, 1, 1)), [1], "the day itself is part of it");
    assert_eq!(found(date(2024, 2, 9)), [2, 3]);
    assert_eq!(found(date(2024, 2, 10)), [2, 3, 6]);
    assert_eq!(found(date(2024, 3, 1)), [1, 3, 6], "the page went back to its first wording");
    assert_eq!(found(date(2024, 4, 2)), [1, 6], "what was replaced is not found");
    assert_eq!(found(Date::MAX), [1, 6]);
    // A query that the earlier version answers does not bring it back.
    assert_eq!(order(&searcher, "second", &as_of(date(2024, 4, 2))), [0; 0]);
    let all_kinds = Options { kinds: vidimus_index::Kinds::All, ..as_of(date(2024, 2, 9)) };
    assert_eq!(order(&searcher, "cookies", &all_kinds), [0; 0], "a wall is no version of its page");
}

#[test]
fn an_import_never_puts_aside_what_was_seen_here() {
    let imported =
        |number, day: &str, text| Document { witnessed: false, ..document(number, "a", &[day], text) };
    let (_folder, searcher) = index(&[
        imported(1, "2020-01-01", "common early"),
        document(2, "a", &["2021-01-01"], "common own"),
        imported(3, "2022-01-01", "common late"),
    ]);
    let found = |day| {
        let mut found = order(&searcher, "common", &as_of(day));
        found.sort_unstable();
        found
    };
    assert_eq!(found(date(2020, 6, 1)), [1], "there is nothing else");
    assert_eq!(found(date(2021, 6, 1)), [2], "the import is older than what was seen here");
    assert_eq!(found(date(2022, 6, 1)), [2, 3], "a stranger's word stands beside, and not in the place");
    let folded = Options { collapse: Collapse::Versions, ..Options::default() };
    let results = search(&searcher, "common", &folded);
    assert_eq!(results.hits.len(), 1);
    assert!(results.hits[0].witnessed);
    assert_eq!(results.hits[0].fold, Fold::Versions { others: 2, superseded: false });
    let early = search(&searcher, "early", &folded);
    assert_eq!(early.hits[0].fold, Fold::Versions { others: 0, superseded: true });
}

#[test]
fn versions_fold_under_the_newest_that_matches() {
    let (_folder, searcher) = index(&histories());
    let folded = Options { collapse: Collapse::Versions, ..Options::default() };
    let results = search(&searcher, "harbour", &folded);
    assert_eq!((results.total, results.folded.unwrap().hits), (4, 3));
    let fold = |results: &Results, number: u32| {
        let id = format!("{number:016x}{:048}", 0);
        results.hits.iter().find(|hit| hit.id == id).map(|hit| hit.fold.clone())
    };
    assert_eq!(fold(&results, 1), Some(Fold::Versions { others: 1, superseded: false }));
    assert_eq!(fold(&results, 3), Some(Fold::Versions { others: 0, superseded: true }));
    assert_eq!(fold(&results, 2), None);
    // As of a day, what came later is not known.
    let results = search(&searcher, "harbour", &Options { as_of: Some(date(2024, 2, 1)), ..folded.clone() });
    assert_eq!(fold(&results, 3), Some(Fold::Versions { others: 0, superseded: false }));
    let second = search(&searcher, "harbour", &Options { offset: 1, limit: 1, ..folded });
    assert_eq!((second.total, second.hits.len()), (4, 1));
}

#[test]
fn near_copies_fold_under_the_best() {
    let words = |from: u32, count: u32| -> String {
        (from..from + count).map(|n| format!("word{} ", u64::from(n) * 7919 % 10_007)).collect()
    };
    let original = format!("harbour {}", words(0, 200));
    let (_folder, searcher) = index(&[
        Document { title: "harbour".into(), ..document(1, "a", &["2024-01-01"], &original) },
        document(2, "b", &["2024-01-02"], &format!("they say: {original} and more")),
        document(3, "c", &["2024-01-03"], &format!("harbour {}", words(50, 100))),
        document(4, "d", &["2024-01-04"], &format!("harbour {}", words(1000, 200))),
        // One quoted sentence in a long text of its own is no near-copy.
        document(5, "e", &["2024-01-05"], &format!("harbour {} {}", words(20, 25), words(3000, 400))),
    ]);
    let folded = Options { collapse: Collapse::Clusters, ..Options::default() };
    let results = search(&searcher, "harbour", &folded);
    assert_eq!(results.total, 5);
    let folded = results.folded.unwrap();
    assert_eq!((folded.hits, folded.compared), (3, 5));
    let Fold::Copies(copies) = &results.hits[0].fold else { panic!("{:?}", results.hits[0]) };
    let mut names: Vec<&str> = copies.iter().map(|copy| copy.url.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["https://www.example.org/b", "https://www.example.org/c"]);
}

#[test]
fn hits_come_in_the_order_that_is_asked_for() {
    let published = |number, day, captured: &str, text| Document {
        published: day,
        ..document(number, &number.to_string(), &[captured], text)
    };
    let (_folder, searcher) = index(&[
        published(1, Some(date(2024, 1, 1)), "2024-05-01", "union"),
        published(2, Some(date(2024, 3, 1)), "2024-04-01", "union union union"),
        published(3, None, "2024-06-01", "union"),
        published(4, None, "2024-02-01", "union"),
        published(5, Some(date(2024, 3, 1)), "2024-04-02", "union"),
    ]);
    let sorted = |sort, reverse| order(&searcher, "union", &Options { sort, reverse, ..Options::default() });
    assert_eq!(sorted(Sort::Published, false), [5, 2, 1, 3, 4]);
    assert_eq!(sorted(Sort::Published, true), [1, 2, 5, 4, 3], "those without a day stay last");
    assert_eq!(sorted(Sort::Captured, false), [3, 1, 5, 2, 4]);
    assert_eq!(sorted(Sort::Captured, true), [4, 2, 5, 1, 3]);
    assert_eq!(sorted(Sort::Score, false)[0], 2);
    let by = |by| Options {
        by,
        since: Some(date(2024, 4, 1)),
        until: Some(date(2024, 4, 30)),
        ..Options::default()
    };
    assert_eq!(order(&searcher, "union", &by(By::Published)), [0; 0]);
    let mut captured = order(&searcher, "union", &by(By::Captured));
    captured.sort_unstable();
    assert_eq!(captured, [2, 5]);
    let until = |by| Options { by, until: Some(date(2024, 2, 1)), ..Options::default() };
    assert_eq!(order(&searcher, "union", &until(By::Captured)), [4]);
}

#[test]
fn the_newer_of_two_equal_texts_is_better_but_not_by_much() {
    let published = |number, day, text: &str| Document {
        published: Some(day),
        ..document(number, &number.to_string(), &["2024-06-01"], text)
    };
    let filler = "and many other words beside them ".repeat(3);
    let (_folder, searcher) = index(&[
        published(1, date(2014, 1, 1), &format!("dredging {filler}")),
        published(2, date(2024, 5, 1), &format!("dredging {filler}")),
        Document { title: "dredging".into(), ..published(3, date(2004, 1, 1), &filler) },
    ]);
    let results = search(&searcher, "dredging", &Options::default());
    assert_eq!(
        order(&searcher, "dredging", &Options::default()),
        [3, 2, 1],
        "a title weighs more than its age"
    );
    let share = results.hits[1].score / results.hits[2].score;
    assert!((1.15..1.2).contains(&share), "{share}");
}

fn counts(counts: &[FacetCount]) -> Vec<(&str, usize)> {
    counts.iter().map(|c| (c.value.as_deref().unwrap_or("-"), c.count)).collect()
}

#[test]
fn facets_count_all_that_matches() {
    let signed = |number, page, lang: Option<&str>, month: &str, names: &[&str]| Document {
        lang: lang.map(str::to_owned),
        source: if number % 2 == 0 { "even".into() } else { "odd".into() },
        signatories: names.iter().map(|name| (*name).to_owned()).collect(),
        ..document(number, page, &[&format!("{month}-05")], "union")
    };
    let (_folder, searcher) = index(&[
        signed(1, "a", Some("km"), "2023-11", &["Reed Network (RN)", "Dara Rights Centre"]),
        signed(2, "b", Some("en"), "2023-11", &["Reed Network", "reed network"]),
        signed(3, "c", Some("km"), "2024-02", &["Reed Network (RN)"]),
        signed(4, "c", None, "2024-03", &[]),
        Document { text: "nothing".into(), ..signed(5, "d", Some("fr"), "2024-02", &["Other"]) },
    ]);
    let query = parse("union").unwrap();
    let all = Options { limit: 1, ..Options::default() };
    let facets = [Facet::Source, Facet::Lang, Facet::Month, Facet::Year, Facet::Signatory, Facet::Kind];
    let found = searcher.counted(&query, &all).unwrap().facets(&facets).unwrap();
    assert_eq!(counts(&found[0]), [("even", 2), ("odd", 2)]);
    assert_eq!(counts(&found[1]), [("km", 2), ("-", 1), ("en", 1)]);
    assert_eq!(counts(&found[2]), [("2023-11", 2), ("2024-02", 1), ("2024-03", 1)]);
    assert_eq!(counts(&found[3]), [("2023", 2), ("2024", 2)]);
    assert_eq!(counts(&found[4]), [("Reed Network (RN)", 3), ("-", 1), ("Dara Rights Centre", 1)]);
    assert_eq!(counts(&found[5]), [("-", 4)]);

    let folded = Options { collapse: Collapse::Versions, ..all.clone() };
    let found = searcher.counted(&query, &folded).unwrap().facets(&[Facet::Host, Facet::Month]).unwrap();
    assert_eq!(counts(&found[0]), [("www.example.org", 3)]);
    assert_eq!(counts(&found[1]), [("2023-11", 2), ("2024-03", 1)]);
    let then = searcher.counted(&query, &as_of(date(2024, 2, 28))).unwrap().facets(&[Facet::Lang]).unwrap();
    assert_eq!(counts(&then[0]), [("km", 2), ("en", 1)]);

    let counted = searcher.counted(&query, &all).unwrap();
    let rows: Vec<(String, usize)> =
        counted.histogram(Step::Month).into_iter().map(|row: Row| (row.from, row.count)).collect();
    let rows: Vec<(&str, usize)> = rows.iter().map(|(from, count)| (from.as_str(), *count)).collect();
    assert_eq!(rows, [("2023-11", 2), ("2023-12", 0), ("2024-01", 0), ("2024-02", 1), ("2024-03", 1)]);
    let nothing = parse("zzyzx").unwrap();
    let counted = searcher.counted(&nothing, &all).unwrap();
    assert!(counted.histogram(Step::Day).is_empty());
    assert!(counted.facets(&[Facet::Source]).unwrap()[0].is_empty());
}

#[test]
fn the_first_and_the_last_year_make_a_short_histogram() {
    let published = |number, day| Document {
        published: Some(day),
        ..document(number, &number.to_string(), &["2024-06-01"], "union")
    };
    let (_folder, searcher) = index(&[published(1, date(1, 1, 1)), published(2, date(9999, 12, 31))]);
    let query = parse("union").unwrap();
    for step in [Step::Day, Step::Month, Step::Year] {
        let rows = searcher.counted(&query, &Options::default()).unwrap().histogram(step);
        assert_eq!(rows.iter().map(|row| row.count).collect::<Vec<_>>(), [1, 0, 1], "{rows:?}");
    }
}
