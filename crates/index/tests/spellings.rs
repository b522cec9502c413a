//! Compounds are found whether they are written with a hyphen or without, and marked where they were found.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use vidimus_index::{Document, Fragment, IndexWriter, Options, Searcher, parse};

const TEXTS: [(&str, &str); 8] = [
    ("en", "The ministries promised their cooperation in the matter of the boat."),
    ("en", "The ministries promised their co-operation in the matter of the boat."),
    ("en", "He was rearrested by the harbour police, and an email said so."),
    ("en", "He was re-arrested by the harbour police, and an e-mail said so."),
    ("fr", "La loi anticorruption ne suffit pas."),
    ("fr", "La loi anti-corruption ne suffit pas."),
    ("it", "Rifugiati e migranti sono sbarcati."),
    ("en", "Those who emigranti call themselves came back from the island."),
];

fn searcher() -> (tempfile::TempDir, Searcher) {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = IndexWriter::open(folder.path()).unwrap();
    for (number, (lang, text)) in TEXTS.iter().enumerate() {
        let document = Document {
            id: format!("{number:064x}"),
            url: format!("https://www.example.org/{number}"),
            lang: Some((*lang).to_owned()),
            text: (*text).to_owned(),
            captured_at: "2024-06-01T00:00:00Z".parse().unwrap(),
            ..Document::default()
        };
        writer.add(&document).unwrap();
    }
    writer.close().unwrap();
    let searcher = Searcher::open(folder.path()).unwrap();
    (folder, searcher)
}

/// The numbers of the hits in their order, with what is marked in each.
fn found(searcher: &Searcher, query: &str) -> Vec<(u32, Vec<String>)> {
    let hits = searcher.search(&parse(query).unwrap(), &Options::default()).unwrap().hits;
    let marked = |fragment: &Fragment| -> Vec<String> {
        fragment.highlights.iter().map(|span| fragment.text[span.clone()].to_owned()).collect()
    };
    hits.iter()
        .map(|hit| {
            let number = u32::from_str_radix(&hit.id[48..], 16).unwrap();
            (number, hit.snippet.fragments.iter().flat_map(marked).collect())
        })
        .collect()
}

#[test]
fn both_spellings_are_found_that_which_was_written_first() {
    let (_folder, searcher) = searcher();
    let cases: [(&str, &[(u32, &str)]); 9] = [
        ("cooperation", &[(0, "cooperation"), (1, "co-operation")]),
        ("co-operation", &[(1, "co-operation"), (0, "cooperation")]),
        ("rearrested", &[(2, "rearrested"), (3, "re-arrested")]),
        ("re-arrested", &[(3, "re-arrested"), (2, "rearrested")]),
        ("re-arrest", &[(2, "rearrested"), (3, "re-arrested")]),
        ("rearrest", &[(2, "rearrested"), (3, "re-arrested")]),
        ("email", &[(2, "email"), (3, "e-mail")]),
        ("e-mail", &[(3, "e-mail"), (2, "email")]),
        ("anti-corruption", &[(5, "anti-corruption"), (4, "anticorruption")]),
    ];
    for (query, wanted) in cases {
        let wanted: Vec<(u32, Vec<String>)> =
            wanted.iter().map(|(number, marked)| (*number, vec![(*marked).to_owned()])).collect();
        assert_eq!(found(&searcher, query), wanted, "{query}");
    }
}

#[test]
fn quoted_or_excluded_a_spelling_is_itself() {
    let (_folder, searcher) = searcher();
    let numbers =
        |query: &str| -> Vec<u32> { found(&searcher, query).into_iter().map(|hit| hit.0).collect() };
    assert_eq!(numbers("\"email\""), [2]);
    assert_eq!(numbers("\"e-mail\""), [3]);
    assert_eq!(numbers("police -email"), [3]);
    assert_eq!(numbers("cooper*"), [0]);
}

#[test]
fn a_word_of_another_language_is_no_part_of_a_compound() {
    let (_folder, searcher) = searcher();
    let hits = found(&searcher, "emigranti");
    assert_eq!(hits, [(7, vec!["emigranti".to_owned()])]);
}
