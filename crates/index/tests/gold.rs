//! How well words are found inside sentences that are written without spaces.
//!
//! The sentences of `gold/` are our own, one a line, with a space between words; they are indexed without these spaces. A
//! word is looked for by itself. It ought to find the sentences that hold it as a word, or as several words in a row, and
//! no others: those where its letters belong to parts of other words.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeSet;

use vidimus_index::{Document, IndexWriter, Options, Searcher, parse};

/// The texts, with the recall and precision that they have to reach.
const GOLD: &[(&str, &str, f64, f64)] = &[
    ("km", include_str!("gold/km.txt"), 0.95, 0.75),
    ("th", include_str!("gold/th.txt"), 0.95, 0.75),
    ("lo", include_str!("gold/lo.txt"), 0.95, 0.75),
    ("my", include_str!("gold/my.txt"), 0.95, 0.75),
    ("zh", include_str!("gold/zh.txt"), 0.95, 0.75),
    ("ja", include_str!("gold/ja.txt"), 0.95, 0.75),
    ("ko", include_str!("gold/ko.txt"), 0.95, 0.75),
];

struct Sentences<'a> {
    words: Vec<Vec<&'a str>>,
    folder: tempfile::TempDir,
}

impl<'a> Sentences<'a> {
    fn new(text: &'a str) -> Sentences<'a> {
        let words: Vec<Vec<&str>> = text.lines().map(|line| line.split(' ').collect()).collect();
        let folder = tempfile::tempdir().unwrap();
        let mut writer = IndexWriter::open(folder.path()).unwrap();
        for (number, words) in words.iter().enumerate() {
            let document = Document {
                id: format!("{number:064x}"),
                url: "https://example.org/".into(),
                captured_at: "2024-06-27T08:00:00Z".parse().unwrap(),
                text: words.concat(),
                ..Document::default()
            };
            writer.add(&document).unwrap();
        }
        writer.close().unwrap();
        Sentences { words, folder }
    }

    /// Sentences in which these words in a row make up the one that is looked for.
    fn holding(&self, word: &str) -> BTreeSet<usize> {
        let begins = |words: &[&str]| {
            (1..=words.len()).map(|count| words[..count].concat()).any(|joined| joined == word)
        };
        let holds = |words: &Vec<&str>| (0..words.len()).any(|at| begins(&words[at..]));
        self.words.iter().enumerate().filter(|(_, words)| holds(words)).map(|(number, _)| number).collect()
    }
}

#[test]
fn words_are_found_and_little_else() {
    let mut failed = Vec::new();
    for (language, text, least_recall, least_precision) in GOLD {
        let sentences = Sentences::new(text);
        let searcher = Searcher::open(sentences.folder.path()).unwrap();
        let queries: BTreeSet<&str> = sentences.words.iter().flatten().copied().collect();
        let (mut wanted, mut found, mut both) = (0, 0, 0);
        let mut wrong = Vec::new();
        for word in &queries {
            let options = Options { limit: 1_000, ..Options::default() };
            let hits = searcher.search(&parse(word).unwrap(), &options).unwrap().hits;
            let hits: BTreeSet<usize> =
                hits.iter().map(|hit| usize::from_str_radix(&hit.id, 16).unwrap()).collect();
            let holding = sentences.holding(word);
            wanted += holding.len();
            found += hits.len();
            both += hits.intersection(&holding).count();
            if hits.len() > holding.len() {
                wrong.push(format!("{word}+{}", hits.len() - holding.len()));
            }
        }
        let share = |part: usize, whole: usize| part as f64 / whole as f64;
        let (recall, precision) = (share(both, wanted), share(both, found));
        println!("{language}: {} words, recall {recall:.3}, precision {precision:.3}", queries.len());
        if recall < *least_recall || precision < *least_precision {
            failed.push(format!("{language}: recall {recall:.3}, precision {precision:.3}: {wrong:?}"));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
