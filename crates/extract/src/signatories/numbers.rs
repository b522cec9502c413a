//! Numbers as people write them: digits of any script, grouped digits, number words.

use super::vocabulary::{entries, has, lacks_spaces, unspaced};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Words of which one number can consist.
const MOST_WORDS: usize = 3;

/// Number words of all languages, each with a single space between words.
static WORDS: LazyLock<HashMap<String, u32>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for line in include_str!("../../data/numbers.txt").lines().filter(|line| !line.starts_with('#')) {
        read_language(line, &mut words);
    }
    words
});

/// Reads a line of the data file and adds all numbers from 2 to 99.
fn read_language(line: &str, words: &mut HashMap<String, u32>) -> Option<()> {
    let (head, listed) = line.split_once(':')?;
    let mut head = head.split_whitespace().skip(1);
    let (joiner, order) = (head.next()?, head.next()?);
    let joiner = if joiner == "." { String::new() } else { joiner.replace('_', " ") };
    let (ones, tens) = listed.split_once('|')?;
    let ones: Vec<String> = ones.split_whitespace().map(|word| word.replace('_', " ")).collect();
    for (value, word) in (1_u32..).zip(&ones).skip(1).filter(|(_, word)| *word != "-") {
        words.entry(word.clone()).or_insert(value);
    }
    for (ten, word) in (2_u32..).zip(tens.split_whitespace()) {
        let word = word.replace('_', " ");
        for (one, small) in (1_u32..).zip(&ones).filter(|(_, word)| *word != "-") {
            let compound = if order == "ones-first" {
                format!("{small}{joiner}{word}")
            } else {
                format!("{word}{joiner}{small}")
            };
            words.entry(compound).or_insert(ten * 10 + one);
        }
        words.entry(word).or_insert(ten * 10);
    }
    Some(())
}

/// The value of a decimal digit of any script that pages of the web use.
pub(crate) fn digit(c: char) -> Option<u32> {
    const ZEROS: [char; 17] =
        ['0', '٠', '۰', '०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '๐', '໐', '၀', '០', '０'];
    ZEROS.iter().find_map(|zero| u32::from(c).checked_sub(u32::from(*zero)).filter(|value| *value < 10))
}

/// Stands in a marked text for a word for those who sign, and for a word for "others". Blocks hold neither, because
/// text is cleaned of private-use characters.
pub(crate) const UNIT: char = '\u{E000}';
pub(crate) const OTHERS: char = '\u{E001}';
/// Stands for those who sign, but are counted for many other reasons too.
pub(crate) const MEMBER: char = '\u{E002}';

/// The first words of all number words, units and words for others, so that most words cost one look-up.
static FIRST: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let listed = entries("unit").iter().chain(entries("member")).chain(entries("others")).copied();
    WORDS.keys().map(String::as_str).chain(listed).filter_map(|entry| entry.split(' ').next()).collect()
});

static UNSPACED: LazyLock<Vec<(&'static str, char)>> = LazyLock::new(|| {
    let units = unspaced("unit").into_iter().map(|unit| (unit, UNIT));
    units.chain(unspaced("member").into_iter().map(|member| (member, MEMBER))).collect()
});

/// A text in lower case, with single spaces, in which every number is written in plain digits.
pub(crate) struct Plain {
    pub(crate) text: String,
    /// Where each piece of `text` comes from: offsets in it and in the original, rising.
    origins: Vec<(usize, usize)>,
}

/// What stands at a place of a text.
enum Piece {
    Number(u32),
    Marker(char),
}

impl Plain {
    pub(crate) fn of(original: &str) -> Self {
        Self::read(original, false)
    }

    /// The same with [`UNIT`] and [`OTHERS`] in place of such words.
    pub(crate) fn marked(original: &str) -> Self {
        Self::read(original, true)
    }

    fn read(original: &str, marked: bool) -> Self {
        let mut plain = Self { text: String::with_capacity(original.len()), origins: Vec::new() };
        let (mut at, mut in_word) = (0, false);
        while let Some(rest) = original.get(at..).filter(|rest| !rest.is_empty()) {
            let Some(c) = rest.chars().next() else { break };
            plain.origins.push((plain.text.len(), at));
            if let Some((piece, len)) = piece(rest, c, in_word, marked) {
                match piece {
                    Piece::Number(value) => plain.text.push_str(&value.to_string()),
                    Piece::Marker(mark) => plain.text.push(mark),
                }
                at += len;
                in_word = false;
                continue;
            }
            in_word = c.is_alphabetic() && !lacks_spaces(c);
            plain.push(c);
            at += c.len_utf8();
        }
        plain.origins.push((plain.text.len(), original.len()));
        plain
    }

    fn push(&mut self, c: char) {
        match c {
            '\u{200B}' => {}
            'İ' => self.text.push('i'),
            '’' | '‘' | 'ʼ' => self.text.push('\''),
            c if c.is_whitespace() => {
                if !self.text.ends_with(' ') {
                    self.text.push(' ');
                }
            }
            c => self.text.extend(c.to_lowercase()),
        }
    }

    /// The offset in the original text of an offset in the plain one.
    pub(crate) fn origin(&self, offset: usize) -> usize {
        let after = self.origins.partition_point(|(plain, _)| *plain < offset);
        self.origins.get(after).map_or(0, |(_, original)| *original)
    }
}

/// The number or marked word at the start of a text, with its length in bytes.
fn piece(text: &str, first: char, in_word: bool, marked: bool) -> Option<(Piece, usize)> {
    if digit(first).is_some() {
        return digits(text).map(|(value, len)| (Piece::Number(value), len));
    }
    if !first.is_alphabetic() {
        return None;
    }
    if lacks_spaces(first) {
        let number = east_asian(text).map(|(value, len)| (Piece::Number(value), len));
        return number.or_else(|| if marked { unspaced_unit(text) } else { None });
    }
    if in_word { None } else { words(text, marked) }
}

/// A unit in a script without spaces; marks of where words end may stand in it.
fn unspaced_unit(text: &str) -> Option<(Piece, usize)> {
    UNSPACED.iter().find_map(|(unit, mark)| {
        let mut rest = text.char_indices().filter(|(_, c)| *c != '\u{200B}');
        let mut len = 0;
        for wanted in unit.chars() {
            let (at, c) = rest.next()?;
            if c != wanted {
                return None;
            }
            len = at + c.len_utf8();
        }
        Some((Piece::Marker(*mark), len))
    })
}

/// A number in digits at the start of a text, with its length in bytes: `44`, `1,200`, `៤៤`.
fn digits(text: &str) -> Option<(u32, usize)> {
    let (mut value, mut len, mut count) = (0_u32, 0, 0);
    let mut group: Option<usize> = None;
    for (at, c) in text.char_indices() {
        if let Some(digit) = digit(c) {
            count += 1;
            if count > 7 {
                return None;
            }
            value = value.checked_mul(10)?.checked_add(digit)?;
            group = group.map(|digits| digits + 1);
            len = at + c.len_utf8();
        } else if is_grouping(c)
            && group.is_none_or(|digits| digits == 3)
            && count <= 3 * (1 + usize::from(group.is_some()))
            && three_digits_follow(text.get(at + c.len_utf8()..).unwrap_or_default())
        {
            group = Some(0);
        } else {
            break;
        }
    }
    (count > 0).then_some((value, len))
}

fn is_grouping(c: char) -> bool {
    matches!(c, ',' | '.' | '’' | '\u{A0}' | '\u{202F}' | ' ')
}

fn three_digits_follow(text: &str) -> bool {
    let mut chars = text.chars();
    chars.by_ref().take(3).filter(|c| digit(*c).is_some()).count() == 3
        && chars.next().is_none_or(|c| digit(c).is_none())
}

/// A number in words or a marked word at the start of a text, the longest that is known.
fn words(text: &str, marked: bool) -> Option<(Piece, usize)> {
    let letter = |c: char| c.is_alphabetic() || c == '-' || c == '\'' || c == '’' || c == '\u{200C}';
    let first = text.find(|c| !letter(c)).unwrap_or(text.len());
    if !FIRST.contains(lower(text.get(..first)?).as_str()) {
        return None;
    }
    let mut ends = vec![first];
    while ends.len() < MOST_WORDS
        && let Some(end) = ends.last().copied()
        && let Some(rest) = text.get(end..)
        && rest.starts_with(char::is_whitespace)
    {
        let word = rest.trim_start();
        let start = text.len() - word.len();
        ends.push(start + word.find(|c| !letter(c)).unwrap_or(word.len()));
    }
    ends.iter().rev().find_map(|end| {
        let candidate = lower(text.get(..*end)?);
        let candidate = candidate.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(value) = WORDS.get(&candidate) {
            Some((Piece::Number(*value), *end))
        } else if marked && has("others", &candidate) {
            Some((Piece::Marker(OTHERS), *end))
        } else if marked && has("unit", &candidate) {
            Some((Piece::Marker(UNIT), *end))
        } else if marked && has("member", &candidate) {
            Some((Piece::Marker(MEMBER), *end))
        } else {
            None
        }
    })
}

fn lower(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            if c == 'İ' {
                'i'
            } else if c == '’' {
                '\''
            } else {
                c
            }
            .to_lowercase()
        })
        .collect()
}

/// A number in Chinese characters that has a ten or a hundred in it, as 四十四 has.
fn east_asian(text: &str) -> Option<(u32, usize)> {
    let (mut total, mut one, mut len, mut unit) = (0_u32, 0_u32, 0, false);
    for (at, c) in text.char_indices().take(8) {
        let digit = "〇一二三四五六七八九".chars().position(|known| known == c);
        match (digit, c) {
            (Some(digit), _) => one = u32::try_from(digit).ok()?,
            (None, '十' | '百') => {
                let weight = if c == '十' { 10 } else { 100 };
                total += one.max(1) * weight;
                one = 0;
                unit = true;
            }
            _ => break,
        }
        len = at + c.len_utf8();
    }
    unit.then_some((total + one, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_digits() {
        assert_eq!(Plain::of("The Forty-Four NGOs").text, "the 44 ngos");
        assert_eq!(
            Plain::of("cuarenta y cuatro organizaciones, vierundvierzig").text,
            "44 organizaciones, 44"
        );
        assert_eq!(Plain::of("1,200 groups; 3.000 Gruppen").text, "1200 groups; 3000 gruppen");
        assert_eq!(Plain::of("ចំនួន៤៤ and ٤٤").text, "ចំនួន44 and 44");
        assert_eq!(Plain::of("四十四个组织").text, "44个组织");
        assert_eq!(Plain::of("attend the weighty tenth").text, "attend the weighty tenth");
        assert_eq!(Plain::of("in 2024, 12 groups").text, "in 2024, 12 groups");
        assert_eq!(Plain::of("quarante-quatre associations").text, "44 associations");
        assert_eq!(Plain::of("soixante-dix-neuf").text, "79");
    }

    #[test]
    fn units_and_others_are_marked() {
        let marked = format!("44 {UNIT} and 3 {OTHERS} met; {UNIT}ចំនួន 4");
        assert_eq!(Plain::marked("Forty-Four NGOs and 3 others met; អង្គការ\u{200B}ចំនួន ៤").text, marked);
    }

    #[test]
    fn offsets_lead_back() {
        let original = "We, Forty-Four groups";
        let plain = Plain::of(original);
        let at = plain.text.find("44").unwrap();
        assert_eq!(&original[plain.origin(at)..plain.origin(at + 2)], "Forty-Four");
    }
}
