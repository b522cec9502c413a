//! The shape of a text: counts of words, marks and capitals, how it begins and ends, which words it shares.

use std::collections::HashSet;

/// Counts that one pass over a text yields.
#[derive(Default)]
pub(crate) struct Shape {
    pub(crate) words: usize,
    pub(crate) letters: usize,
    pub(crate) digits: usize,
    pub(crate) capitals: usize,
    pub(crate) sentence_marks: usize,
    pub(crate) commas: usize,
    pub(crate) separators: usize,
    pub(crate) lines: usize,
    pub(crate) ending: i32,
    pub(crate) beginning: i32,
}

impl Shape {
    pub(crate) fn of(text: &str) -> Self {
        let mut shape = Self { lines: 1, ..Self::default() };
        let mut in_word = false;
        for c in text.chars() {
            if c.is_alphanumeric() {
                shape.words += usize::from(!in_word);
                shape.letters += usize::from(c.is_alphabetic());
                shape.digits += usize::from(c.is_numeric());
                shape.capitals += usize::from(c.is_uppercase());
                in_word = true;
                continue;
            }
            in_word = false;
            match c {
                '\n' => shape.lines += 1,
                c if is_sentence_mark(c) => shape.sentence_marks += 1,
                ',' | ';' | '،' | '、' | '，' | '؛' => shape.commas += 1,
                '|' | '•' | '·' | '/' | '»' | '›' | '>' => shape.separators += 1,
                _ => {}
            }
        }
        shape.ending = ending(text);
        shape.beginning = match text.chars().next() {
            Some(c) if c.is_uppercase() => 1,
            Some(c) if c.is_lowercase() => 2,
            Some(c) if c.is_numeric() => 3,
            Some(c) if c.is_alphabetic() => 4,
            Some('"' | '“' | '«' | '„' | '‘') => 5,
            Some('©' | '®' | '@' | '#') => 6,
            _ => 0,
        };
        shape
    }
}

fn is_sentence_mark(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '۔' | '।' | '။' | '។' | '៕')
}

fn ending(text: &str) -> i32 {
    match text.trim_end_matches(['"', '”', '’', '»', ')', ']', '“', '\'']).chars().next_back() {
        Some('…') => 4,
        Some(c) if is_sentence_mark(c) => 1,
        Some(':' | '：') => 2,
        Some(',' | ';' | '،' | '，') => 3,
        Some(c) if c.is_numeric() => 5,
        _ => 0,
    }
}

/// Hashes (FNV-1a) of the words of a text, in lower case.
pub(crate) fn words(text: &str) -> impl Iterator<Item = u64> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(|word| {
        let step = |hash: u64, c: char| (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3);
        word.chars().fold(0xcbf2_9ce4_8422_2325_u64, |hash, c| {
            if c.is_ascii() { step(hash, c.to_ascii_lowercase()) } else { c.to_lowercase().fold(hash, step) }
        })
    })
}

/// Percentage of a text's first words that are among the given ones.
pub(crate) fn overlap(text: &str, among: &HashSet<u64>) -> i32 {
    if among.is_empty() {
        return -1;
    }
    let (mut hits, mut all) = (0, 0);
    for word in words(text).take(60) {
        all += 1;
        hits += usize::from(among.contains(&word));
    }
    i32::try_from(hits * 100 / all.max(1)).unwrap_or(0)
}
