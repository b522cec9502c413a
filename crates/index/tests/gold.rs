//! How well words are found inside sentences that are written without spaces.
//!
//! The sentences of `gold/` are our own, one a line, with a space between words; they are indexed without these spaces. A
//! word is looked for by itself. It ought to find the sentences that hold it as a word, or as several words in a row, and
//! no others: those where its letters belong to parts of other words.
//!
//! A corpus of others is measured in the place of our Khmer sentences by
//! `VIDIMUS_GOLD=FILE cargo nextest run --no-capture -E 'test(by_their_length)'`. The parts of its compounds may be joined by
//! `_`, `~` or `^`.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use vidimus_index::{Document, IndexWriter, Options, Searcher, parse};
use vidimus_words::clusters_of_query;

/// The texts, with the recall and precision that they have to reach.
const GOLD: &[(&str, &str, f64, f64)] = &[
    ("km", include_str!("gold/km.txt"), 0.95, 0.88),
    ("th", include_str!("gold/th.txt"), 0.95, 0.75),
    ("lo", include_str!("gold/lo.txt"), 0.95, 0.75),
    ("my", include_str!("gold/my.txt"), 0.95, 0.75),
    ("zh", include_str!("gold/zh.txt"), 0.95, 0.75),
    ("ja", include_str!("gold/ja.txt"), 0.95, 0.75),
    ("ko", include_str!("gold/ko.txt"), 0.95, 0.75),
];

/// Sentences by number.
type Found = BTreeSet<usize>;

struct Sentences {
    /// The words of each, and the parts of these words.
    words: Vec<Vec<String>>,
    parts: Vec<Vec<String>>,
    folder: tempfile::TempDir,
}

impl Sentences {
    fn new(text: &str) -> Sentences {
        let cut = |line: &str, cuts: &[char]| -> Vec<String> {
            let words = line.split(cuts).map(|word| word.replace(['_', '~', '^'], ""));
            words.filter(|word| !word.is_empty()).collect()
        };
        let words: Vec<Vec<String>> = text.lines().map(|line| cut(line, &[' '])).collect();
        let parts = text.lines().map(|line| cut(line, &[' ', '_', '~', '^'])).collect();
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
        Sentences { words, parts, folder }
    }

    /// All words, with the sentences that each of them finds.
    fn search(&self) -> BTreeMap<&str, Found> {
        let searcher = Searcher::open(self.folder.path()).unwrap();
        let options = Options { limit: self.words.len(), ..Options::default() };
        let mut found = BTreeMap::new();
        let is_asked = |word: &&String| !clusters_of_query(word).is_empty();
        for word in self.words.iter().flatten().filter(is_asked) {
            found.entry(word.as_str()).or_insert_with(|| {
                let hits = searcher.search(&parse(word).unwrap(), &options).unwrap().hits;
                hits.iter().map(|hit| usize::from_str_radix(&hit.id, 16).unwrap()).collect()
            });
        }
        found
    }

    /// Sentences in which parts of words in a row make up the word.
    fn holding(&self, word: &str) -> Found {
        let begins = |parts: &[String]| {
            let mut rest = Some(word);
            parts.iter().any(|part| {
                rest = rest.and_then(|rest| rest.strip_prefix(part.as_str()));
                rest == Some("")
            })
        };
        let holds = |parts: &Vec<String>| (0..parts.len()).any(|at| begins(&parts[at..]));
        (0..self.parts.len()).filter(|number| holds(&self.parts[*number])).collect()
    }

    /// Sentences that have the word itself.
    fn having(&self, word: &str) -> Found {
        let has = |number: &usize| self.words[*number].iter().any(|other| other == word);
        (0..self.words.len()).filter(has).collect()
    }
}

/// How many sentences were wanted, found, and both.
#[derive(Default)]
struct Score {
    words: usize,
    wanted: usize,
    found: usize,
    both: usize,
}

impl Score {
    fn add(&mut self, wanted: &Found, found: &Found) {
        self.words += 1;
        self.wanted += wanted.len();
        self.found += found.len();
        self.both += found.intersection(wanted).count();
    }

    fn recall(&self) -> f64 {
        self.both as f64 / self.wanted as f64
    }

    fn precision(&self) -> f64 {
        self.both as f64 / self.found as f64
    }

    fn tell(&self, of: &str) -> String {
        let (recall, precision) = (self.recall(), self.precision());
        format!("{of}: {} words, recall {recall:.3}, precision {precision:.3}", self.words)
    }
}

#[test]
fn words_are_found_and_little_else() {
    let mut failed = Vec::new();
    for (language, text, least_recall, least_precision) in GOLD {
        let sentences = Sentences::new(text);
        let mut score = Score::default();
        let mut wrong = Vec::new();
        for (word, found) in sentences.search() {
            let holding = sentences.holding(word);
            score.add(&holding, &found);
            wrong.extend(found.difference(&holding).map(|_| format!("+{word}")));
            wrong.extend(holding.difference(&found).map(|_| format!("-{word}")));
        }
        println!("{}", score.tell(language));
        assert!(score.words > 40, "{language}");
        if score.recall() < *least_recall || score.precision() < *least_precision {
            let (recall, precision) = (score.recall(), score.precision());
            failed.push(format!("{language}: recall {recall:.3}, precision {precision:.3}: {wrong:?}"));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn words_are_found_and_little_else_by_their_length() {
    let of_others = std::env::var_os("VIDIMUS_GOLD").map(|file| std::fs::read_to_string(file).unwrap());
    let sentences = Sentences::new(of_others.as_deref().unwrap_or(include_str!("gold/km.txt")));
    let names = ["one cluster", "two clusters", "three clusters and more", "all"];
    let mut as_words = names.map(|_| Score::default());
    let mut as_parts = names.map(|_| Score::default());
    for (word, found) in sentences.search() {
        let (having, holding) = (sentences.having(word), sentences.holding(word));
        let length = clusters_of_query(word).len().clamp(1, 3) - 1;
        for group in [length, 3] {
            as_words[group].add(&having, &found);
            as_parts[group].add(&holding, &found);
        }
    }
    println!("{} sentences", sentences.words.len());
    for (index, name) in names.iter().enumerate() {
        println!("{}", as_words[index].tell(&format!("as words, of {name}")));
        println!("{}", as_parts[index].tell(&format!("as words or parts of compounds, of {name}")));
    }
    let [.., all] = &as_words;
    assert!(all.recall() >= 0.95 && all.precision() >= 0.75);
}
