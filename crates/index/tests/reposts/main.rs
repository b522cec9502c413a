//! The test set of reposts: what is found of what others repeat, and what is taken for a repetition and is none.
//!
//! Everything in it is invented and comes from one seed. The figures in `docs/search.md` are those that
//! `cargo nextest run -E 'test(test_set_of_reposts)' --no-capture` prints.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod made;

use std::collections::{BTreeMap, HashMap};

use made::Chance;
use vidimus_index::{Document, IndexWriter, LinkOptions, LinkSort as Sort, Relation, Searcher};

/// Documents to be indexed, and what is known of them.
struct Corpus {
    chance: Chance,
    documents: Vec<Document>,
    /// The statement that a document repeats, by its place; its own for one that repeats nothing.
    family: Vec<usize>,
    /// What sort of repetition each is; none for originals and unrelated pages.
    class: Vec<Option<&'static str>>,
    /// What sites put on their pages.
    notes: HashMap<String, Vec<String>>,
}

impl Corpus {
    fn new() -> Corpus {
        Corpus {
            chance: Chance::new(7),
            documents: Vec::new(),
            family: Vec::new(),
            class: Vec::new(),
            notes: HashMap::new(),
        }
    }

    fn add(&mut self, host: &str, text: String, repeats: Option<(usize, &'static str)>) -> usize {
        let number = self.documents.len();
        let day = jiff::civil::date(2024, 1, 1).checked_add(jiff::Span::new().days(number as i64 % 300));
        self.documents.push(Document {
            id: format!("{:064x}", number as u64 * 0x9e37_79b9 + 1),
            url: format!("https://{host}/page/{number}"),
            host: host.to_owned(),
            source: host.split('.').next().unwrap().to_owned(),
            title: format!("Page {number}"),
            witnessed: true,
            published: day.ok(),
            captured_at: "2025-01-01T00:00:00Z".parse().unwrap(),
            text,
            ..Document::default()
        });
        self.family.push(repeats.map_or(number, |(of, _)| of));
        self.class.push(repeats.map(|(_, class)| class));
        number
    }

    /// A text with the notes of its site, most of them, most of the time at the end.
    fn with_notes(&mut self, host: &str, text: &str) -> String {
        if !self.notes.contains_key(host) {
            let chance = &mut self.chance;
            let notes = (0..3).map(|_| made::sentences(chance, 3).join(" ")).collect();
            self.notes.insert(host.to_owned(), notes);
        }
        let notes = self.notes[host].clone();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for note in notes {
            if self.chance.percent(70) {
                let middle = self.chance.percent(25);
                lines.insert(if middle { lines.len() / 2 } else { lines.len() }, note);
            }
        }
        lines.join("\n")
    }

    /// Text of no other page, with set phrases in it.
    fn own_words(&mut self, count: usize) -> Vec<String> {
        let mut sentences = made::sentences(&mut self.chance, count);
        for sentence in &mut sentences {
            if self.chance.percent(8) {
                *sentence = made::with_phrase(&mut self.chance);
            }
        }
        sentences
    }

    fn page_around(&mut self, repeated: &str) -> String {
        let (before, after) = (self.own_words(4), self.own_words(4));
        format!("{}\n{repeated}\n{}", made::paragraphs(&before), made::paragraphs(&after))
    }

    fn unrelated(&mut self, host: &str) {
        let count = 4 + self.chance.below(14);
        let text = made::paragraphs(&self.own_words(count));
        let text = self.with_notes(host, &text);
        self.add(host, text, None);
    }

    /// A statement and what others make of it.
    fn statement(&mut self, number: usize) {
        let host = format!("assembly{}.example", number % 5);
        let count = 10 + self.chance.below(9);
        let sentences = self.own_words(count);
        let text = made::paragraphs(&sentences);
        let own = self.with_notes(&host, &text);
        let of = self.add(&host, own, None);
        let elsewhere = |part: usize| format!("press{}.example", (number * 7 + part) % 12);

        let copied = self.with_notes(&elsewhere(0), &text);
        self.add(&elsewhere(0), copied, Some((of, "copy with other notes")));
        let edited = made::edited(&mut self.chance, &text);
        let edited = self.with_notes(&elsewhere(1), &edited);
        self.add(&elsewhere(1), edited, Some((of, "copy, 5 % of the words edited")));
        let excerpt = made::excerpt(&mut self.chance, &sentences);
        self.repeat(of, &elsewhere(2), &excerpt, "excerpt of 30 % with […]");
        self.repeat(of, &elsewhere(3), &sentences[..3].join(" "), "first three sentences");
        let middle = sentences.len() / 2;
        self.repeat(
            of,
            &elsewhere(4),
            &sentences[middle..middle + 3].join(" "),
            "three sentences of the middle",
        );
        let own =
            sentences.iter().find(|s| **s != made::SENTENCE && made::PHRASES.iter().all(|p| !s.contains(p)));
        let quoted = own.unwrap().trim_end_matches('.').to_owned();
        let telling = made::sentence(&mut self.chance);
        let quote = format!("{telling} “{quoted},” it said. {}", made::sentence(&mut self.chance));
        self.repeat(of, &elsewhere(5), &quote, "one quoted sentence");
    }

    fn repeat(&mut self, of: usize, host: &str, repeated: &str, class: &'static str) {
        let page = self.page_around(repeated);
        let page = self.with_notes(host, &page);
        self.add(host, page, Some((of, class)));
    }

    fn khmer(&mut self) {
        let make = |chance: &mut Chance, count| -> Vec<String> {
            (0..count).map(|_| made::khmer_sentence(chance)).collect()
        };
        let sentences = make(&mut self.chance, 12);
        let of = self.add("phum.example", made::paragraphs(&sentences), None);
        let copied = self.with_notes("kasaet.example", &made::paragraphs(&sentences));
        self.add("kasaet.example", copied, Some((of, "Khmer: copy")));
        let around = |corpus: &mut Corpus, repeated: &str| {
            let (before, after) = (make(&mut corpus.chance, 4), make(&mut corpus.chance, 4));
            format!("{}\n{repeated}\n{}", before.join(" "), after.join(" "))
        };
        let page = around(self, &format!("{} […] {} {}", sentences[1], sentences[5], sentences[6]));
        self.add("vityu.example", page, Some((of, "Khmer: excerpt with […]")));
        let page = around(self, &format!("គេបានសរសេរថា៖ «{}»", sentences[4]));
        self.add("tinnaphal.example", page, Some((of, "Khmer: one quoted sentence")));
    }

    /// One statement that sixty organisations publish, each on its own site with its own notes.
    fn joint(&mut self) {
        let sentences = self.own_words(14);
        let text = made::paragraphs(&sentences);
        let of = self.add("joint.example", text.clone(), None);
        for member in 0..60 {
            let host = format!("member{member}.example");
            let copied = self.with_notes(&host, &text);
            self.add(&host, copied, Some((of, "joint statement of sixty")));
        }
    }

    fn index(&self) -> (tempfile::TempDir, Searcher) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = IndexWriter::open(folder.path()).unwrap();
        self.documents.iter().for_each(|document| writer.add(document).unwrap());
        writer.close().unwrap();
        let searcher = Searcher::open(folder.path()).unwrap();
        (folder, searcher)
    }
}

fn whole() -> Corpus {
    let mut corpus = Corpus::new();
    (0..40).for_each(|number| corpus.statement(number));
    (0..20).for_each(|_| corpus.khmer());
    corpus.joint();
    for number in 0..450 {
        let host = match number {
            // Sites of which the archive has only two pages, or three.
            0..20 => format!("small{}.example", number / 2),
            20..50 => format!("tiny{}.example", number / 3),
            _ if number % 2 == 0 => format!("press{}.example", number % 12),
            _ => format!("assembly{}.example", number % 5),
        };
        corpus.unrelated(&host);
    }
    corpus
}

#[test]
fn test_set_of_reposts() {
    let corpus = whole();
    let (_folder, searcher) = corpus.index();
    let place: HashMap<&str, usize> =
        corpus.documents.iter().enumerate().map(|(at, document)| (document.id.as_str(), at)).collect();
    let (mut found, mut cases) = (BTreeMap::<&str, usize>::new(), BTreeMap::<&str, usize>::new());
    let mut false_links = Vec::new();
    for (at, document) in corpus.documents.iter().enumerate() {
        let links = searcher.links(&document.id, &LinkOptions::default()).unwrap().links;
        let linked: Vec<usize> = links.iter().map(|link| place[link.document.id.as_str()]).collect();
        for (link, other) in links.iter().zip(&linked) {
            if corpus.family[*other] != corpus.family[at] {
                let text = &document.text[link.shared[0].asked.clone()];
                false_links.push(format!("{} {}: {text}", document.url, link.document.url));
            }
            for shared in &link.shared {
                assert!(link.document.text.get(shared.this.clone()).is_some());
            }
        }
        if let Some(class) = corpus.class[at] {
            *cases.entry(class).or_default() += 1;
            *found.entry(class).or_default() += usize::from(linked.contains(&corpus.family[at]));
        }
    }
    println!("| class | cases | found |\n|---|---|---|");
    for (class, count) in &cases {
        println!("| {class} | {count} | {} |", found[class]);
    }
    let pages = corpus.documents.len();
    println!("{} false links of {pages} pages", false_links.len());
    for (class, count) in &cases {
        let least = if class.contains("quoted") { 0.93 } else { 0.95 };
        assert!(found[class] as f64 >= least * *count as f64, "{class}: {} of {count}", found[class]);
    }
    assert!(cases.values().sum::<usize>() >= 200);
    // Each false link is seen from both of its ends.
    assert!(false_links.len() as f64 <= 0.02 * pages as f64, "{}", false_links.join("\n"));
}

/// A statement, a page that quotes it, and a page of its own site.
fn three() -> Corpus {
    let mut corpus = Corpus::new();
    let sentences = corpus.own_words(12);
    let of = corpus.add("one.example", made::paragraphs(&sentences), None);
    let middle = format!("“{}” it said.", sentences[5].trim_end_matches('.'));
    let page = corpus.page_around(&middle);
    corpus.add("two.example", page, Some((of, "quote")));
    corpus.unrelated("one.example");
    corpus
}

#[test]
fn a_link_says_what_is_shared_and_which_was_first() {
    let corpus = three();
    let (_folder, searcher) = corpus.index();
    let links = searcher.links(&corpus.documents[1].id, &LinkOptions::default()).unwrap();
    assert_eq!((links.total, links.links.len()), (1, 1));
    let link = &links.links[0];
    assert_eq!(link.document.id, corpus.documents[0].id);
    assert_eq!((link.sort, link.order.relation), (Sort::Quote, Relation::Before));
    assert_eq!(link.order.to_string(), "published 2024-01-01, 1 day before");
    let shared = &link.shared[0];
    let (asked, this) =
        (&links.document.text[shared.asked.clone()], &link.document.text[shared.this.clone()]);
    assert_eq!(asked, this);
    assert!(link.share_of_this < 0.2 && link.share_of_asked < 0.3, "{link:?}");
    // Seen from the other end it is the same link.
    let back = searcher.links(&corpus.documents[0].id, &LinkOptions::default()).unwrap().links;
    assert_eq!(back[0].words, link.words);
    assert_eq!(back[0].order.relation, Relation::After);
}

#[test]
fn versions_of_a_page_are_no_links_and_a_page_is_linked_once() {
    let mut corpus = three();
    let mut version = corpus.documents[1].clone();
    version.id = "f".repeat(64);
    version.text.push_str("\nCorrected.");
    corpus.documents.push(version);
    let (_folder, searcher) = corpus.index();
    let of_version = searcher.links(&"f".repeat(64), &LinkOptions::default()).unwrap().links;
    assert_eq!(of_version.len(), 1);
    let of_statement = searcher.links(&corpus.documents[0].id, &LinkOptions::default()).unwrap().links;
    assert_eq!(of_statement.len(), 1);
}

#[test]
fn a_text_is_named_by_the_beginning_of_its_id_or_by_its_address() {
    let corpus = three();
    let (_folder, searcher) = corpus.index();
    let id = &corpus.documents[1].id;
    let digits = format!("sha256:{id}");
    for name in [id.as_str(), digits.as_str(), "https://two.example/page/1/"] {
        assert_eq!(searcher.named(name).unwrap(), *id, "{name}");
    }
    for name in ["0000000", "zzzzzzzz", "ffffffff", "https://three.example/", "00000000"] {
        assert!(searcher.named(name).is_err(), "{name}");
    }
}
