//! Makes, indexes and searches invented statements, so that what it costs can be measured: `tests/bench/search.py` does.
//!
//! usage: search_cost make FILE DOCUMENTS | search_cost read FILE | search_cost index FILE FOLDER | search_cost ask FOLDER
//! QUERIES TIMES
//!
//! `make` writes statements as JSON, one a line: of twenty twelve are in English-like words, three in Romance ones with
//! accents and elided articles, one in Cyrillic, one in Arabic, two in Khmer and one in Chinese; one of 20 has a list of
//! signatories, one of three an author, one of 30 repeats the beginning of another. Words are as unevenly frequent as in real texts (Zipf). `read` does
//! nothing but read them. `index` adds all with every field and commits every 5,000. `ask` reads queries, one JSON object a line with `kind`, `query` and
//! `facet`, and prints how long each kind took: half of the answers less than `p50_ms`, all but one of a hundred less than
//! `p99_ms`.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example prints, and writes what it is told to"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use vidimus_index::{Document, Facet, IndexWriter, Options, Searcher, parse};

type Failure = Box<dyn std::error::Error>;

const USAGE: &str = "usage: search_cost make FILE DOCUMENTS | search_cost read FILE | search_cost index FILE FOLDER | search_cost ask FOLDER QUERIES TIMES";
/// How many documents go into the index between two commits.
const COMMIT_EVERY: usize = 5_000;
/// Words of each language.
const WORDS: usize = 40_000;
/// From when on the statements are dated: 2015-01-01.
const FIRST_DAY: i64 = 1_420_070_400;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["make", file, documents] => make(Path::new(file), documents.parse()?),
        ["read", file] => read(Path::new(file)),
        ["index", file, folder] => index(Path::new(file), Path::new(folder)),
        ["ask", folder, queries, times] => ask(Path::new(folder), Path::new(queries), times.parse()?),
        _ => Err(USAGE.into()),
    }
}

#[derive(Serialize, Deserialize)]
struct Statement {
    title: String,
    lang: String,
    host: String,
    source: String,
    /// Seconds since 1970.
    time: i64,
    authors: Vec<String>,
    signatories: Vec<String>,
    text: String,
}

/// SplitMix64: the same statements on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// A rank of which the first ones are by far the most frequent: the second half as often as the first, and so on.
    fn rank(&mut self, end: usize) -> usize {
        let unit = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        ((end as f64).powf(unit) as usize).saturating_sub(1).min(end - 1)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from.get(self.below(from.len())).copied().unwrap_or_default()
    }
}

struct Language {
    tag: &'static str,
    words: Vec<String>,
    space: &'static str,
    stop: &'static str,
}

const LATIN: &[&str] = &[
    "ba", "con", "dre", "est", "fi", "gra", "hu", "in", "jor", "ka", "lem", "mo", "nis", "or", "per", "qua",
    "ri", "sta", "ter", "un", "ven", "wa", "yo", "zel", "ment", "ing", "tion", "al", "ed", "s",
];
const ROMANCE: &[&str] = &[
    "dé", "non", "ce", "ré", "vo", "lu", "ción", "ar", "res", "ta", "mó", "li", "ber", "té", "gê", "ne", "à",
    "ñe", "ços", "ô",
];
const CYRILLIC: &[&str] = &[
    "пра", "во", "сво", "бо", "да", "за", "кон", "ние", "ми", "ре", "ста", "ли", "ём", "ный", "ой", "ть",
    "на", "ко",
];
const ARABIC: &[&str] =
    &["ال", "حق", "وق", "إن", "سا", "ني", "ة", "بيان", "من", "ظم", "ات", "مد", "صح", "في", "عا", "لم"];
const KHMER: &[&str] = &[
    "សិទ្ធិ",
    "មនុស្ស",
    "កម្ពុជា",
    "ប្រទេស",
    "រដ្ឋាភិបាល",
    "ច្បាប់",
    "សេរីភាព",
    "សហជីព",
    "អង្គការ",
    "សង្គម",
    "ស៊ីវិល",
    "ការ",
    "ងារ",
    "កម្មករ",
    "អ្នក",
    "កាសែត",
    "ជា",
    "និង",
    "នៅ",
    "ក្នុង",
    "របស់",
    "ដែល",
    "បាន",
    "ត្រូវ",
    "មិន",
    "មាន",
    "ឱ្យ",
    "ដោយ",
    "ពី",
    "លើ",
    "ទី",
    "ក្រុង",
    "ភូមិ",
    "ឃុំ",
    "ដី",
    "ធ្លី",
    "ទឹក",
    "ត្រី",
    "ទន្លេ",
    "ព្រៃ",
    "ឈើ",
    "ផ្ទះ",
    "ផ្លូវ",
    "ថ្ងៃ",
    "ខែ",
    "ឆ្នាំ",
    "សាលា",
    "តុលាការ",
    "ប៉ូលីស",
    "ចាប់",
    "ខ្លួន",
    "ដោះ",
    "លែង",
];
const CHINESE: &str = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经";

fn language(tag: &'static str, syllables: &[&str], space: &'static str, stop: &'static str) -> Language {
    let mut chance = Chance(tag.bytes().fold(7, |seed, byte| seed * 31 + u64::from(byte)));
    let longest = if space.is_empty() { 1 } else { 3 };
    let word = |_| {
        let syllable_count = 1 + chance.below(longest + 1).min(longest);
        (0..syllable_count).map(|_| chance.pick(syllables)).collect::<String>()
    };
    Language { tag, words: (0..WORDS).map(word).collect(), space, stop }
}

fn languages() -> Vec<Language> {
    let characters: Vec<String> = CHINESE.chars().map(String::from).collect();
    let characters: Vec<&str> = characters.iter().map(String::as_str).collect();
    vec![
        language("en", LATIN, " ", ". "),
        language("fr", ROMANCE, " ", ". "),
        language("ru", CYRILLIC, " ", ". "),
        language("ar", ARABIC, " ", ". "),
        language("km", KHMER, "", "។ "),
        language("zh", &characters, "", "。"),
    ]
}

/// Which language the document of a number is in.
const MIX: [usize; 20] = [0, 0, 0, 1, 0, 0, 4, 0, 0, 1, 0, 2, 0, 0, 3, 0, 0, 1, 4, 5];

impl Language {
    fn sentence(&self, chance: &mut Chance, out: &mut String) {
        for at in 0..8 + chance.below(18) {
            if at > 0 {
                out.push_str(self.space);
            }
            let word = self.words.get(chance.rank(WORDS)).map_or("", String::as_str);
            if self.tag == "fr" && chance.below(12) == 0 {
                out.push_str("l’");
            }
            out.push_str(word);
        }
        out.push_str(self.stop);
    }

    fn text(&self, chance: &mut Chance) -> String {
        let mut text = String::new();
        for _ in 0..4 + chance.below(9) {
            (0..1 + chance.below(5)).for_each(|_| self.sentence(chance, &mut text));
            text.push('\n');
        }
        text
    }
}

fn make(file: &Path, documents: usize) -> Result<(), Failure> {
    let languages = languages();
    let mut out = BufWriter::new(File::create(file)?);
    let (mut chance, mut earlier, mut bytes) = (Chance(1), String::new(), 0);
    for number in 0..documents {
        let language =
            MIX.get(number % MIX.len()).and_then(|at| languages.get(*at)).ok_or("no such language")?;
        let mut title = String::new();
        language.sentence(&mut chance, &mut title);
        let mut text = language.text(&mut chance);
        if number % 30 == 29 {
            text.push_str(earlier.lines().next().unwrap_or_default());
        }
        earlier.clone_from(&text);
        let names = if number % 20 == 3 { 10 + chance.below(50) } else { 0 };
        let signatories =
            (0..names).map(|_| format!("Union {} ({})", chance.rank(3_000), chance.rank(900))).collect();
        let site = chance.rank(400);
        let statement = Statement {
            title,
            lang: language.tag.to_owned(),
            host: format!("www.site{site}.example"),
            source: format!("site{site}"),
            time: FIRST_DAY + (chance.below(4_000) as i64) * 86_400 + chance.below(86_400) as i64,
            authors: (0..number % 3 / 2).map(|_| format!("Author {}", chance.rank(2_000))).collect(),
            signatories,
            text,
        };
        bytes += statement.text.len();
        serde_json::to_writer(&mut out, &statement)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    println!("{}", serde_json::json!({"documents": documents, "text_bytes": bytes}));
    Ok(())
}

fn document(number: usize, it: Statement) -> Result<Document, Failure> {
    let published = Timestamp::from_second(it.time)?;
    let captured_at = published.checked_add(SignedDuration::from_hours(20))?;
    let id = Chance(number as u64).next();
    Ok(Document {
        id: format!("{id:016x}").repeat(4),
        url: format!("https://{}/statements/{number}", it.host),
        host: it.host,
        source: it.source,
        title: it.title,
        lang: Some(it.lang),
        kind: Some("article".into()),
        witnessed: true,
        published: Some(published.to_zoned(jiff::tz::TimeZone::UTC).date()),
        captured_at,
        authors: it.authors,
        signatories: it.signatories,
        states: vec![captured_at],
        text: it.text,
        ..Document::default()
    })
}

fn read(file: &Path) -> Result<(), Failure> {
    let mut bytes = 0;
    for line in BufReader::new(File::open(file)?).lines() {
        bytes += serde_json::from_str::<Statement>(&line?)?.text.len();
    }
    println!("{bytes}");
    Ok(())
}

fn index(file: &Path, folder: &Path) -> Result<(), Failure> {
    let mut writer = IndexWriter::recreate(folder)?;
    for (number, line) in BufReader::new(File::open(file)?).lines().enumerate() {
        writer.add(&document(number, serde_json::from_str(&line?)?)?)?;
        if number % COMMIT_EVERY == COMMIT_EVERY - 1 {
            writer.commit()?;
        }
    }
    writer.close()?;
    Ok(())
}

#[derive(Deserialize)]
struct Asked {
    kind: String,
    query: String,
    limit: usize,
    /// Whether the sources of all that matches are counted.
    #[serde(default)]
    facet: bool,
}

fn ask(folder: &Path, queries: &Path, times: usize) -> Result<(), Failure> {
    let searcher = Searcher::open(folder)?;
    let mut took: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for line in BufReader::new(File::open(queries)?).lines() {
        let asked: Asked = serde_json::from_str(&line?)?;
        let options = Options { limit: asked.limit, ..Options::default() };
        for _ in 0..times {
            let began = Instant::now();
            let query = parse(&asked.query)?;
            let total = if asked.facet {
                searcher.counted(&query, &options)?.facets(&[Facet::Source])?.len()
            } else {
                searcher.search(&query, &options)?.total
            };
            took.entry(asked.kind.clone()).or_default().push(began.elapsed().as_secs_f64() * 1_000.0);
            if total == 0 {
                return Err(format!("nothing is found by {}", asked.query).into());
            }
        }
    }
    for (kind, mut times) in took {
        times.sort_by(f64::total_cmp);
        let at =
            |share: f64| times.get(((times.len() - 1) as f64 * share) as usize).copied().unwrap_or_default();
        println!(
            "{}",
            serde_json::json!({"kind": kind, "p50_ms": at(0.5), "p99_ms": at(0.99), "answers": times.len()})
        );
    }
    Ok(())
}
