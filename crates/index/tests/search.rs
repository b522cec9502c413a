//! What a user of the index sees: documents go in, queries find them.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking, and damage an index of their own"
)]

use jiff::civil::date;
use vidimus_index::{Document, IndexError, IndexWriter, Kinds, Options, Searcher, VERSION_FILE, parse};

fn id(number: usize) -> String {
    format!("{number:016x}{:048}", 0)
}

fn number(id: &str) -> usize {
    usize::from_str_radix(&id[..16], 16).unwrap()
}

fn document(number: usize, text: &str) -> Document {
    Document {
        id: id(number),
        url: format!("https://www.example.org/news/{number}"),
        host: "www.example.org".into(),
        source: "example".into(),
        organisation: Some("Example Rights Watch".into()),
        title: String::new(),
        authors: Vec::new(),
        lang: None,
        kind: None,
        partial: false,
        witnessed: true,
        published: None,
        captured_at: "2024-06-27T08:00:00.123456Z".parse().unwrap(),
        signatories: Vec::new(),
        states: vec!["2024-06-27T08:00:00.123456Z".parse().unwrap()],
        text: text.into(),
    }
}

struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new(documents: &[Document]) -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = IndexWriter::open(folder.path()).unwrap();
        for document in documents {
            writer.add(document).unwrap();
        }
        writer.close().unwrap();
        Fixture { folder }
    }

    fn of_texts(texts: &[&str]) -> Fixture {
        let documents: Vec<Document> =
            texts.iter().enumerate().map(|(number, text)| document(number, text)).collect();
        Fixture::new(&documents)
    }

    fn searcher(&self) -> Searcher {
        Searcher::open(self.folder.path()).unwrap()
    }

    /// Numbers of the documents found, ascending.
    fn find(&self, query: &str) -> Vec<usize> {
        self.find_with(query, &Options::default())
    }

    fn find_with(&self, query: &str, options: &Options) -> Vec<usize> {
        let query = parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        let results = self.searcher().search(&query, options).unwrap();
        let mut found: Vec<usize> = results.hits.iter().map(|hit| number(&hit.id)).collect();
        assert!(results.total >= found.len());
        found.sort_unstable();
        found
    }
}

#[test]
fn the_language_says_where_words_stand() {
    let fixture = Fixture::of_texts(&[
        "the freedom of peaceful assembly",
        "assembly of freedom",
        "freedom and, a long way after much else that was said of it, assembly",
        "freedom assembly",
        "a union went on strike; a second union on strike",
    ]);
    let cases: &[(&str, &[usize])] = &[
        ("\"freedom assembly\"", &[3]),
        ("\"freedom assembly\"~1", &[3]),
        // Three apart when they change places.
        ("\"freedom assembly\"~2", &[0, 3]),
        ("\"freedom assembly\"~3", &[0, 1, 3]),
        ("NEAR(freedom assembly, 1)", &[3]),
        ("NEAR(assembly freedom, 2)", &[1, 3]),
        ("NEAR(assembly freedom, 3)", &[0, 1, 3]),
        ("NEAR(freedom assembly, 30)", &[0, 1, 2, 3]),
        ("NEAR(free* \"peaceful assembl*\", 5)", &[0]),
        ("NEAR(fredom~1 /assembl(y|ies)/ peaceful, 5)", &[0]),
        ("NEAR(union union, 9)", &[4]),
        ("NEAR(union un* union, 9)", &[]),
        ("NEAR(strike stri* union un*, 12)", &[4]),
        ("\"strike strike union\"~9", &[4]),
        ("NEAR(freedom freedom, 9)", &[]),
        ("-NEAR(freedom assembly, 5) (freedom OR union)", &[2, 4]),
        ("\"went o* strike\"", &[4]),
        ("\"*eaceful assembly\"", &[0]),
        ("title:NEAR(freedom assembly, 5)", &[]),
    ];
    for (query, wanted) in cases {
        assert_eq!(fixture.find(query), *wanted, "{query}");
    }
}

#[test]
fn patterns_stand_for_many_words() {
    let fixture = Fixture::of_texts(&[
        "the organisation of labour",
        "an organization",
        "the nation detained a journalist",
        "dénonciation ក្រុម",
        "organ",
    ]);
    let cases: &[(&str, &[usize])] = &[
        ("org?ni*ation", &[0, 1]),
        ("organi?ation", &[0, 1]),
        ("*ation", &[0, 1, 2, 3]),
        ("*ganis*", &[0]),
        ("d?nonc*tion", &[3]),
        ("/organi[sz]ation/", &[0, 1]),
        ("/organ.*/", &[0, 1, 4]),
        ("/ORGAN/", &[4]),
        ("/gan/", &[]),
        ("-/organ.*/ -detain*", &[3]),
        ("detaned~1", &[2]),
        ("detaned", &[]),
        ("detand~1", &[]),
        ("detand~2", &[2]),
        ("jounralist~1", &[2]),
        ("organisaton~", &[0, 1]),
        ("text:(organ OR journal*)", &[2, 4]),
        ("title:(organ OR journal*)", &[]),
        ("host:*.example.org", &[0, 1, 2, 3, 4]),
        ("host:exampel.org~1", &[0, 1, 2, 3, 4]),
        ("source:/ex.*/ organ", &[4]),
        ("https://www.example.org/*/3", &[3]),
        ("url:ne*s organ", &[4]),
        ("url:ne?s organ", &[]),
        ("www.example.org/news/*", &[0, 1, 2, 3, 4]),
        ("example.org/*/3", &[3]),
        ("ក្រ*", &[3]),
    ];
    for (query, wanted) in cases {
        assert_eq!(fixture.find(query), *wanted, "{query}");
    }
}

#[test]
fn what_would_take_too_long_is_refused_with_a_sentence() {
    let text: String = (0..2_000).map(|number| format!("a{number} ")).collect();
    let fixture = Fixture::of_texts(&[&text]);
    let error =
        fixture.searcher().search(&parse("NEAR(a* a7, 5)").unwrap(), &Options::default()).unwrap_err();
    assert!(error.to_string().contains("more than 1000 different words"), "{error}");
    assert_eq!(fixture.find("a*"), [0]);
    assert_eq!(fixture.find("*a*1*"), [0]);
    assert_eq!(fixture.find("a1?3 OR ".repeat(49).trim_end_matches(" OR ")), [0]);
}

#[test]
fn other_forms_are_found_in_their_language_after_the_word_itself() {
    let in_language = |number: usize, lang: Option<&str>, text: &str| Document {
        lang: lang.map(str::to_owned),
        ..document(number, text)
    };
    let mut documents = vec![
        in_language(0, Some("en"), "strikes strikes strikes"),
        in_language(
            1,
            Some("en"),
            &format!("a long text {} in which the word strike is named", "or ".repeat(5_000)),
        ),
        in_language(2, Some("vi"), "strikes"),
        in_language(3, None, "strikes"),
        in_language(4, Some("en-GB"), "striking"),
        in_language(5, Some("fr"), "ils dénoncent l’arrestation"),
        in_language(6, Some("en"), "the university"),
    ];
    // However common the word is.
    documents.extend((10..60).map(|number| in_language(number, Some("en"), "strike")));
    let fixture = Fixture::new(&documents);
    let query = |query: &str| {
        let options = Options { limit: 100, ..Options::default() };
        let results = fixture.searcher().search(&parse(query).unwrap(), &options).unwrap();
        results.hits.iter().map(|hit| number(&hit.id)).collect::<Vec<_>>()
    };
    let found = query("strike");
    assert_eq!(found.len(), 53, "{found:?}");
    let mut last = found[51..].to_vec();
    last.sort_unstable();
    assert_eq!(last, [0, 4], "{found:?}");
    assert_eq!(query("\"strikes\""), [0, 3, 2]);
    assert_eq!(query("denoncer arrestations"), [5]);
    assert!(query("universe").is_empty());
    assert!(query("text:strik").is_empty());
    assert_eq!(query("striking -strike"), [4, 0]);
    let striking = fixture
        .searcher()
        .search(&parse("strike arrests OR dénoncer").unwrap(), &Options::default())
        .unwrap();
    let (line, highlights) = striking.hits[0].snippet.joined();
    assert_eq!(line, "ils dénoncent l’arrestation");
    assert_eq!(highlights.iter().map(|span| (span.start, span.end)).collect::<Vec<_>>(), [(4, 13)]);
}

#[test]
fn dates_and_signatories_are_fields() {
    let dated = |number: usize, published: Option<jiff::civil::Date>, captured: &str, text: &str| Document {
        published,
        captured_at: captured.parse().unwrap(),
        signatories: vec!["Dara Rights Centre (DRC)".into(), "Harbour Union".into()],
        ..document(number, text)
    };
    let fixture = Fixture::new(&[
        dated(0, Some(date(2024, 6, 1)), "2024-06-30T23:59:59.999999Z", "one"),
        dated(1, Some(date(2024, 6, 30)), "2024-07-01T00:00:00Z", "two"),
        dated(2, None, "2024-06-15T12:00:00Z", "three"),
        dated(3, Some(date(2023, 1, 1)), "2024-08-01T00:00:00Z", "as was said on 2024-06-15"),
        Document {
            signatories: vec!["Rights Centre of the Plain".into()],
            ..dated(4, None, "2020-01-01T00:00:00Z", "five")
        },
    ]);
    let cases: &[(&str, &[usize])] = &[
        ("published:2024-06", &[0, 1]),
        ("published:2024-06-01", &[0]),
        ("published:2024", &[0, 1]),
        ("published:..2023", &[3]),
        ("published:2024-06-02..", &[1]),
        ("published:>2024-06-01", &[1]),
        ("published:<2024-06-01", &[3]),
        ("published:>=2023", &[0, 1, 3]),
        ("published:2024-06-01..2024-06-30", &[0, 1]),
        ("-published:2024", &[2, 3, 4]),
        ("captured:2024-06", &[0, 2]),
        ("captured:2024-06-30", &[0]),
        ("captured:>2024-06", &[1, 3]),
        ("captured:..2020-01-01", &[4]),
        ("captured:(2020 OR 2024-07)", &[1, 4]),
        // A range is about the day of a document; a day may be named in its text as well.
        ("2024-06-01..2024-06-30", &[0, 1, 2]),
        ("2024-06-15", &[2, 3]),
        ("2024-06", &[0, 1, 2, 3]),
        ("\"2024-06-15\"", &[3]),
        ("2024", &[3]),
        ("signatory:DRC", &[0, 1, 2, 3]),
        ("signatory:\"Dara Rights Centre\"", &[0, 1, 2, 3]),
        ("signatory:\"rights centre\"", &[0, 1, 2, 3, 4]),
        ("signatory:(harbour five)", &[]),
        ("signatory:harb* one", &[0]),
        ("signatory:plain", &[4]),
    ];
    for (query, wanted) in cases {
        assert_eq!(fixture.find(query), *wanted, "{query}");
    }
}

/// Sentences without spaces between words, and words that stand in them.
const RUN_TOGETHER: &[(&str, &[&str])] = &[
    ("យើងខ្ញុំសូមអំពាវនាវឱ្យរដ្ឋាភិបាលគោរពសិទ្ធិមនុស្ស", &["អំពាវនាវ", "រដ្ឋាភិបាល", "សិទ្ធិមនុស្ស", "សិទ្ធិ", "មនុស្ស", "គោរព"]),
    ("ศาลตัดสินจำคุกนักข่าวที่รายงานการชุมนุมประท้วง", &["ศาล", "จำคุก", "นักข่าว", "ชุมนุม", "ประท้วง"]),
    ("ລັດຖະບານຄວນເຄົາລົບສິດທິມະນຸດ", &["ລັດຖະບານ", "ສິດທິ", "ມະນຸດ", "ສິດທິມະນຸດ"]),
    ("သတင်းထောက်များကိုဖမ်းဆီးခြင်းသည်လူ့အခွင့်အရေးချိုးဖောက်မှုဖြစ်သည်", &["သတင်းထောက်", "ဖမ်းဆီး", "လူ့အခွင့်အရေး", "ချိုးဖောက်"]),
    (
        "我们呼吁政府立即释放被拘留的记者并保障言论自由",
        &["呼吁", "释放", "记者", "言论自由", "自由", "法" /* not there */],
    ),
    ("政府は拘束された記者を直ちに釈放し、報道の自由を守るべきだ", &["記者", "釈放", "報道の自由", "自由"]),
    (
        "정부는구금된기자를즉각석방하고표현의자유를보장해야한다",
        &["정부", "기자", "석방", "표현의자유", "자유"],
    ),
];

#[test]
fn words_inside_run_together_sentences_are_found() {
    let texts: Vec<&str> = RUN_TOGETHER.iter().map(|(text, _)| *text).collect();
    let fixture = Fixture::of_texts(&texts);
    for (number, (text, words)) in RUN_TOGETHER.iter().enumerate() {
        for word in *words {
            let found = fixture.find(word);
            assert_eq!(found.contains(&number), text.contains(word), "{word} in {text}");
            let quoted = fixture.find(&format!("\"{word}\""));
            assert_eq!(quoted, found, "{word}");
        }
    }
}

#[test]
fn stand_ins_are_left_out_and_listings_come_last() {
    let of_kind = |number: usize, kind: &str, text: &str| Document {
        kind: (!kind.is_empty()).then(|| kind.to_owned()),
        partial: number == 1,
        ..document(number, text)
    };
    let fixture = Fixture::new(&[
        of_kind(0, "listing", "licences licences licences licences"),
        of_kind(
            1,
            "article",
            "a long text in which the licences are named once, among much else that is said",
        ),
        of_kind(2, "login", "licences"),
        of_kind(3, "consent-wall", "licences"),
        of_kind(4, "", "licences of a text whose kind nobody said"),
    ]);
    let search = |query: &str, kinds: Kinds| {
        let options = Options { kinds, ..Options::default() };
        let results = fixture.searcher().search(&parse(query).unwrap(), &options).unwrap();
        (results.hits.iter().map(|hit| number(&hit.id)).collect::<Vec<_>>(), results.left_out)
    };
    assert_eq!(search("licences", Kinds::Statements), (vec![4, 1, 0], 2));
    assert_eq!(search("licences", Kinds::Only("login".into())), (vec![2], 0));
    assert_eq!(search("licences kind:login", Kinds::Statements), (vec![2], 0));
    assert_eq!(search("licences -kind:login", Kinds::Statements).1, 0);
    assert_eq!(search("kind:partial", Kinds::Statements), (vec![1], 0));
    for (query, kinds) in [("licences", Kinds::All), ("licences kind:any", Kinds::Statements)] {
        let (found, left_out) = search(query, kinds);
        assert_eq!((&found[..2], found.len(), left_out), (&[4, 1][..], 5, 0), "{query}");
    }
}

#[test]
fn what_is_found_is_marked() {
    for (text, words) in RUN_TOGETHER {
        let fixture = Fixture::of_texts(&[text]);
        for word in words.iter().filter(|word| text.contains(**word)) {
            let results = fixture.searcher().search(&parse(word).unwrap(), &Options::default()).unwrap();
            let (line, highlights) = results.hits[0].snippet.joined();
            let line: Vec<char> = line.chars().collect();
            let marked: Vec<String> =
                highlights.iter().map(|span| line[span.clone()].iter().collect()).collect();
            assert!(marked.iter().any(|part| part.contains(word)), "{word}: {marked:?}");
        }
    }
}

#[test]
fn a_short_word_is_not_found_inside_another() {
    let fixture =
        Fixture::of_texts(&["ពួកគេទៅគ្រួសារនៅផ្សារ", "គាត់ផ្ញើសារទៅគ្រួសារ", "លោកង៉ូវបាននិយាយ", "ប្រទេស\u{200B}កម្ពុជា សារ"]);
    let cases: &[(&str, &[usize])] = &[
        ("សារ", &[1, 3]),
        ("\"សារ\"", &[1, 3]),
        ("-សារ", &[0, 2]),
        // Its letters, wherever they stand.
        ("សារ*", &[0, 1, 3]),
        // A part of a compound, a longer word, a name that no dictionary has, and the only letters of a run.
        ("គេ", &[0]),
        ("គ្រួសារ", &[0, 1]),
        ("ង៉ូវ", &[2]),
        ("កម្ពុជា", &[3]),
    ];
    for (query, wanted) in cases {
        assert_eq!(fixture.find(query), *wanted, "{query}");
    }
}

#[test]
fn characters_that_only_stand_near_each_other_are_not_a_word() {
    let fixture = Fixture::of_texts(&["自己的由来", "សិទ្ធិ និងមនុស្ស", "论 言"]);
    assert!(fixture.find("自由").is_empty());
    assert!(fixture.find("សិទ្ធិមនុស្ស").is_empty());
    assert!(fixture.find("言论").is_empty());
    assert_eq!(fixture.find("自"), [0]);
    assert_eq!(fixture.find("由"), [0]);
    assert_eq!(fixture.find("来"), [0]);
    assert!(fixture.find("法").is_empty());
}

#[test]
fn spellings_are_folded() {
    let fixture = Fixture::of_texts(&[
        "Les syndicats dénoncent l’arrestation d'une journaliste",
        "Tổng Liên đoàn Lao động; Công đoàn",
        "Ещё один МИТИНГ",
        "الاتّحاد العـــام للشغل",
        "STRASSE und Straße",
        "arres\u{AD}ta\u{200B}tion",
    ]);
    let cases: &[(&str, &[usize])] = &[
        ("arrestation", &[0, 5]),
        ("l'arrestation", &[0, 5]),
        ("L’ARRESTATION", &[0, 5]),
        ("denoncent", &[0]),
        ("dénoncent", &[0]),
        ("\"l'arrestation d’une journaliste\"", &[0]),
        ("\"dénoncent l'arrestation\"", &[0]),
        ("\"Cong doan\"", &[1]),
        ("công đoàn", &[1]),
        ("еще митинг", &[2]),
        ("الاتحاد العام", &[3]),
        ("strasse", &[4]),
        ("straße", &[4]),
    ];
    for (query, wanted) in cases {
        assert_eq!(fixture.find(query), *wanted, "{query}");
    }
}

#[test]
fn operators_do_what_they_say() {
    let fixture = Fixture::of_texts(&[
        "the right to strike",
        "strike a fair balance, the right way",
        "football union",
        "trade union strike",
        "strikes",
    ]);
    let cases: &[(&str, &[usize])] = &[
        ("right strike", &[0, 1]),
        ("\"right to strike\"", &[0]),
        ("\"to right strike\"", &[]),
        ("football OR right", &[0, 1, 2]),
        ("union -football", &[3]),
        ("union NOT football", &[3]),
        ("-strike", &[2, 4]),
        ("-strike -football", &[4]),
        ("fair OR -strike", &[1, 2, 4]),
        ("-(strike OR football)", &[4]),
        ("strike*", &[0, 1, 3, 4]),
        ("stri* -strike", &[4]),
        ("(trade OR football) union", &[2, 3]),
        ("absent", &[]),
        ("absent*", &[]),
    ];
    for (query, wanted) in cases {
        assert_eq!(fixture.find(query), *wanted, "{query}");
    }
}

#[test]
fn prefixes_work_in_every_script() {
    let fixture =
        Fixture::of_texts(&["ជំនុំជម្រះ", "言论自由", "l’arrestation", "example.organisation", "covid-19感染者"]);
    let cases: &[(&str, usize)] = &[
        ("ជំនុំ*", 0),
        ("ជំនុំជ*", 0),
        ("言*", 1),
        ("言论自*", 1),
        ("论*", 1),
        ("l'arr*", 2),
        ("example.org*", 3),
        ("covid-19感染", 4),
        ("covid-19感*", 4),
        ("covid-1*", 4),
    ];
    for (query, wanted) in cases {
        assert_eq!(fixture.find(query), [*wanted], "{query}");
    }
}

fn catalogue() -> Fixture {
    let base = document(0, "words of the statement");
    Fixture::new(&[
        Document {
            title: "Journalists arrested in Phnom Penh".into(),
            authors: vec!["Sok Dara".into(), "Maria Núñez".into()],
            lang: Some("en".into()),
            kind: Some("press-release".into()),
            published: Some(date(2024, 6, 26)),
            ..base.clone()
        },
        Document {
            id: id(1),
            url: "https://other.example.com/a/statement-on-arrests?x=1#top".into(),
            host: "other.example.com".into(),
            source: "other".into(),
            organisation: None,
            lang: Some("pt-BR".into()),
            published: Some(date(2023, 1, 1)),
            text: "arrested journalists; words".into(),
            ..base.clone()
        },
        Document { id: id(2), url: "https://www.example.org/news/2/".into(), ..base },
    ])
}

#[test]
fn fields_narrow_the_search() {
    let fixture = catalogue();
    let cases: &[(&str, &[usize])] = &[
        ("arrested", &[0, 1]),
        ("title:arrested", &[0]),
        ("text:arrested", &[1]),
        ("title:\"arrested in phnom\"", &[0]),
        ("title:arr*", &[0]),
        ("author:nunez", &[0]),
        ("author:\"sok dara\"", &[0]),
        ("author:\"dara maria\"", &[]),
        ("nunez", &[0]),
        ("source:other", &[1]),
        ("source:Example", &[0, 2]),
        ("source:\"rights watch\"", &[0, 2]),
        ("source:oth*", &[1]),
        ("lang:pt", &[1]),
        ("lang:PT-br", &[1]),
        ("lang:en", &[0]),
        ("kind:press-release", &[0]),
        ("host:example.org", &[0, 2]),
        ("host:other.example.com", &[1]),
        ("host:example", &[]),
        ("url:statement", &[1]),
        ("url:\"statement on arrests\"", &[1]),
        ("url:statement-on-arr*", &[1]),
        ("https://www.example.org/news/0", &[0]),
        ("http://example.org/news/0/", &[0]),
        ("https://www.example.org/news/2", &[2]),
        ("url:https://example.org/news/*", &[0, 2]),
        ("https://other.example.com/a/statement-on-arrests?x=1", &[1]),
        ("https://example.org/", &[]),
        ("example.org/news/0", &[0]),
        ("other.example.com/a/statement-on-arrests?x=1", &[1]),
        ("-example.org/news/0 words", &[1, 2]),
        ("url:statement-on-arrests?x=1", &[1]),
        ("words -lang:en", &[1, 2]),
    ];
    for (query, wanted) in cases {
        assert_eq!(fixture.find(query), *wanted, "{query}");
    }
}

#[test]
fn filters_narrow_the_search() {
    let fixture = catalogue();
    let all = Options::default();
    let cases = [
        (Options { source: Some("example".into()), ..all.clone() }, vec![0, 2]),
        (Options { source: Some("exam".into()), ..all.clone() }, vec![]),
        (Options { lang: Some("pt".into()), ..all.clone() }, vec![1]),
        (Options { since: Some(date(2024, 1, 1)), ..all.clone() }, vec![0, 2]),
        (Options { since: Some(date(2024, 6, 27)), ..all.clone() }, vec![2]),
        (Options { until: Some(date(2024, 6, 26)), ..all.clone() }, vec![0, 1]),
        (Options { since: Some(date(2023, 1, 1)), until: Some(date(2023, 1, 1)), ..all.clone() }, vec![1]),
        (Options { since: Some(date(-1, 1, 1)), ..all.clone() }, vec![0, 1, 2]),
        (Options { since: Some(date(2024, 1, 1)), source: Some("other".into()), ..all }, vec![]),
    ];
    for (options, wanted) in cases {
        assert_eq!(fixture.find_with("words", &options), wanted, "{options:?}");
    }
}

#[test]
fn a_word_in_the_title_counts_for_more() {
    let results = catalogue().searcher().search(&parse("arrested").unwrap(), &Options::default()).unwrap();
    assert_eq!(results.hits[0].id, id(0));
    assert!(results.hits[0].score > results.hits[1].score);
}

#[test]
fn pages_of_results_join_without_gaps() {
    let texts = vec!["same words"; 25];
    let fixture = Fixture::of_texts(&texts);
    let query = parse("words").unwrap();
    let searcher = fixture.searcher();
    let all = searcher.search(&query, &Options { limit: 100, ..Options::default() }).unwrap();
    assert_eq!((all.total, all.hits.len()), (25, 25));
    let mut joined = Vec::new();
    for offset in (0..40).step_by(10) {
        let page = searcher.search(&query, &Options { offset, ..Options::default() }).unwrap();
        assert_eq!(page.total, 25);
        joined.extend(page.hits);
    }
    assert_eq!(joined, all.hits);
    for options in
        [Options { limit: 0, ..Options::default() }, Options { offset: usize::MAX, ..Options::default() }]
    {
        let none = searcher.search(&query, &options).unwrap();
        assert_eq!((none.total, none.hits.len()), (25, 0));
    }
    let most = Options { limit: usize::MAX, ..Options::default() };
    assert_eq!(searcher.search(&query, &most).unwrap().hits.len(), 25);
}

#[test]
fn the_order_of_writing_and_committing_does_not_show() {
    let documents: Vec<Document> =
        (0..30).map(|n| document(n * 7919 % 97, if n % 3 == 0 { "common rare" } else { "common" })).collect();
    let one = Fixture::new(&documents);
    let folder = tempfile::tempdir().unwrap();
    let mut writer = IndexWriter::open(folder.path()).unwrap();
    for document in documents.iter().rev() {
        writer.add(document).unwrap();
        writer.commit().unwrap();
    }
    writer.close().unwrap();
    let other = Fixture { folder };
    for query in ["common", "rare", "common -rare", "com*"] {
        let query = parse(query).unwrap();
        let options = Options { limit: 100, ..Options::default() };
        assert_eq!(
            one.searcher().search(&query, &options).unwrap(),
            other.searcher().search(&query, &options).unwrap()
        );
    }
    let stored = |fixture: &Fixture| -> Vec<Document> {
        fixture.searcher().documents().unwrap().collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(stored(&one), stored(&other));
}

#[test]
fn documents_come_back_as_they_went_in() {
    let full = Document {
        title: "Title\u{200B} ខ្មែរ".into(),
        authors: vec!["A".into(), "B".into()],
        lang: Some("pt-BR".into()),
        kind: Some("report".into()),
        partial: true,
        witnessed: false,
        published: Some(date(1, 1, 1)),
        signatories: vec!["Dara Rights Centre (DRC)".into(), "Reed".into()],
        ..document(2, "text\nwith lines\n")
    };
    let bare = Document { organisation: None, host: String::new(), ..document(1, "") };
    let fixture = Fixture::new(&[full.clone(), bare.clone()]);
    let stored: Vec<Document> = fixture.searcher().documents().unwrap().map(Result::unwrap).collect();
    assert_eq!(stored, [bare, full]);
}

#[test]
fn a_document_is_replaced_and_removed_by_its_id() {
    let fixture = Fixture::of_texts(&["first wording", "another"]);
    let mut writer = IndexWriter::open(fixture.folder.path()).unwrap();
    writer.add(&document(0, "second wording")).unwrap();
    writer.delete(&id(1)).unwrap();
    writer.delete(&id(99)).unwrap();
    writer.close().unwrap();
    assert!(fixture.find("first").is_empty());
    assert_eq!(fixture.find("second"), [0]);
    assert!(fixture.find("another").is_empty());
    assert_eq!(fixture.searcher().len(), 1);
}

#[test]
fn a_reader_works_beside_a_writer_and_sees_the_last_commit() {
    let fixture = Fixture::of_texts(&["one"]);
    let mut writer = IndexWriter::open(fixture.folder.path()).unwrap();
    let before = fixture.searcher();
    writer.add(&document(1, "one more")).unwrap();
    assert_eq!(fixture.find("one"), [0]);
    writer.commit().unwrap();
    assert_eq!(fixture.find("one"), [0, 1]);
    let still = before.search(&parse("one").unwrap(), &Options::default()).unwrap();
    assert_eq!(still.total, 1);
    drop(writer);
    assert_eq!(fixture.find("one"), [0, 1]);
}

#[test]
fn an_empty_index_answers_with_nothing() {
    let fixture = Fixture::new(&[]);
    assert!(fixture.find("anything").is_empty());
    assert!(fixture.find("-anything").is_empty());
    assert!(fixture.searcher().is_empty());
    assert_eq!(fixture.searcher().documents().unwrap().count(), 0);
}

#[test]
fn a_missing_or_foreign_index_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    for dir in [folder.path().to_owned(), folder.path().join("absent")] {
        let error = Searcher::open(&dir).unwrap_err();
        assert!(matches!(error, IndexError::NoIndex { .. }));
        assert!(error.to_string().contains("vidimus rebuild"), "{error}");
    }
    let fixture = Fixture::of_texts(&["text"]);
    std::fs::write(fixture.folder.path().join(VERSION_FILE), r#"{"schema":99,"analysis":1}"#).unwrap();
    assert!(matches!(Searcher::open(fixture.folder.path()), Err(IndexError::SchemaMismatch { .. })));
}

#[test]
fn a_torn_index_is_explained() {
    for name in ["meta.json", ".store"] {
        let fixture = Fixture::of_texts(&["text"]);
        for entry in std::fs::read_dir(fixture.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.to_string_lossy().ends_with(name) {
                std::fs::write(&path, b"{").unwrap();
            }
        }
        let result = Searcher::open(fixture.folder.path())
            .and_then(|searcher| searcher.search(&parse("text").unwrap(), &Options::default()).map(|_| ()));
        let error = result.unwrap_err();
        assert!(matches!(error, IndexError::Damaged { .. }), "{name}: {error:?}");
    }
}

#[test]
fn a_cut_file_is_never_a_panic() {
    let fixture = Fixture::of_texts(&["some text", "សិទ្ធិមនុស្ស", "other text"]);
    let files: Vec<_> =
        std::fs::read_dir(fixture.folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    for path in files {
        let whole = std::fs::read(&path).unwrap();
        for length in [0, 1, whole.len() / 2, whole.len().saturating_sub(1)] {
            std::fs::write(&path, &whole[..length.min(whole.len())]).unwrap();
            let answer = Searcher::open(fixture.folder.path())
                .and_then(|searcher| searcher.search(&parse("text OR សិទ្ធិ").unwrap(), &Options::default()));
            if let Err(error) = answer {
                assert!(error.to_string().contains("vidimus rebuild"), "{path:?} cut to {length}: {error:?}");
            }
        }
        std::fs::write(&path, &whole).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn another_account_can_read_the_index() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::of_texts(&["text"]);
    for entry in std::fs::read_dir(fixture.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o044, 0o044, "{:?} has mode {mode:o}", entry.path());
    }
}

#[test]
fn many_words_and_long_texts_are_bearable() {
    let fixture =
        Fixture::of_texts(&[&"សិទ្ធិមនុស្ស".repeat(20_000), &"言论自由".repeat(50_000), &"x".repeat(1_000_000)]);
    assert_eq!(fixture.find("មនុស្សសិទ្ធិ"), [0]);
    assert_eq!(fixture.find("自由言论"), [1]);
    let many: Vec<String> = (0..1_000).map(|n| format!("w{n}")).collect();
    assert!(fixture.find(&many.join(" OR ")).is_empty());
}
