//! Words: the segmenter's cuts, then what a reader would call the same word.
//!
//! On top of the dictionary segmenter: an elided article or pronoun is taken off (l’arrestation,
//! dell’arte), an English possessive too; dotted names fall into their parts (`example.org`), dotted
//! initials into one word (U.N.); thousands separators in numbers are dropped.

use std::ops::Range;

use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};

use crate::chunks::Chunks;
use crate::clean::Clean;
use crate::fold::fold_into;
use crate::terms::{ChunkedTerms, Terms};

/// Longest word in characters; the rest of a longer one is not looked at, in documents and queries alike.
const LONGEST_WORD: usize = 100;

/// French and Italian forms that lose their vowel before a word and are no part of it.
const ELIDED: &[&str] = &[
    "l", "d", "j", "m", "t", "s", "c", "n", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "presqu", "un",
    "gl", "dell", "all", "nell", "dall", "sull", "coll", "quell", "quest", "bell", "sant",
];

/// The words of a text, one chunk at a time.
pub struct WordChunks<'a> {
    chunks: Chunks<'a>,
    segmenter: WordSegmenterBorrowed<'static>,
    position: usize,
}

impl<'a> WordChunks<'a> {
    /// Begins at the start of a text.
    pub fn new(text: &'a str) -> WordChunks<'a> {
        // The dictionary, not the neural model that `auto` takes: more accurate for Khmer, and 60 times faster.
        let segmenter = WordSegmenter::new_dictionary(WordBreakInvariantOptions::default());
        WordChunks { chunks: Chunks::new(text), segmenter, position: 0 }
    }
}

impl ChunkedTerms for WordChunks<'_> {
    fn next_into(&mut self, terms: &mut Terms) -> bool {
        let Some((offset, chunk)) = self.chunks.next() else { return false };
        let clean = Clean::new(chunk);
        let before = terms.len();
        // A word never reaches over a space.
        for (start, piece) in pieces(clean.text()) {
            if !plain_words(piece, start, terms) {
                self.segmented_words(piece, start, terms);
            }
        }
        for term in terms.from(before) {
            let span = clean.original(term.span.clone());
            term.span = offset + span.start..offset + span.end;
            term.position = self.position;
            self.position += 1;
        }
        true
    }
}

impl WordChunks<'_> {
    /// The words of a piece as the segmenter cuts it; `offset` is where the piece begins.
    fn segmented_words(&self, piece: &str, offset: usize, terms: &mut Terms) {
        let mut start = 0;
        for end in self.segmenter.segment_str(piece) {
            push_segment(piece.get(start..end).unwrap_or_default(), offset + start, terms);
            start = end;
        }
    }
}

/// What stands between spaces, each with where it begins.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let end = rest.bytes().position(|byte| byte.is_ascii_whitespace()).unwrap_or(rest.len());
        let piece = (start, rest.get(..end)?);
        start += end + 1;
        Some(piece)
    })
}

/// The words of a piece in which nothing needs the segmenter, which takes five times as long: letters and digits with
/// signs between them that always separate, or always join. Finds nothing and says no where there is more to it.
fn plain_words(piece: &str, offset: usize, terms: &mut Terms) -> bool {
    if piece.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        push_plain(piece, false, offset, terms);
        return true;
    }
    let before = terms.len();
    let mut word_start = None;
    let (mut last, mut is_joined) = (' ', false);
    for (at, c) in piece.char_indices().chain([(piece.len(), ' ')]) {
        let class = plain(c);
        let joined_to = match class {
            Plain::Joint if word_start.is_some() => letter_at(piece, at + c.len_utf8()),
            _ => None,
        };
        if class == Plain::Odd || joined_to.is_some_and(|next| !joins(last, c, next)) {
            terms.truncate(before);
            return false;
        }
        if class == Plain::Letter || joined_to.is_some() {
            word_start.get_or_insert(at);
            is_joined |= joined_to.is_some();
        } else if let Some(start) = word_start.take() {
            push_plain(piece.get(start..at).unwrap_or_default(), is_joined, offset + start, terms);
            is_joined = false;
        }
        last = c;
    }
    true
}

fn letter_at(piece: &str, at: usize) -> Option<char> {
    piece.get(at..)?.chars().next().filter(|c| plain(*c) == Plain::Letter)
}

/// Adds a word whose characters fold one by one, if it needs no closer look.
fn push_plain(word: &str, is_joined: bool, start: usize, terms: &mut Terms) {
    if is_joined || word.len() > LONGEST_WORD {
        push_segment(word, start, terms);
    } else {
        terms.push_with(start..start + word.len(), |form| fold_into(word, form));
    }
}

/// Whether a sign holds two neighbours together, a letter or digit each: an apostrophe or a point does so with letters
/// (`don’t`, `U.N`). With digits there is more to it (`3.14`, `12:30`).
fn joins(before: char, joint: char, after: char) -> bool {
    matches!(joint, '\'' | '’' | '.') && !before.is_ascii_digit() && !after.is_ascii_digit()
}

/// What a character is where words are cut (Unicode Standard Annex 29).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plain {
    /// A letter or digit that is one word with its neighbours.
    Letter,
    /// A sign that holds some neighbours together.
    Joint,
    /// A sign that always stands apart.
    Sign,
    /// Anything else.
    Odd,
}

fn plain(c: char) -> Plain {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => Plain::Letter,
        '\'' | '.' | ',' | ';' | ':' | '’' => Plain::Joint,
        '_' => Plain::Odd,
        ' '..='~' | '«' | '»' | '“' | '”' | '–' | '—' | '…' | '¿' | '¡' | '\u{A0}' => {
            Plain::Sign
        }
        '×' | '÷' => Plain::Odd,
        // Its folded form has a sign in it.
        'Ŀ' | 'ŀ' => Plain::Odd,
        // Latin, Greek without its upper dot, Cyrillic without its combining marks, Arabic letters, Vietnamese.
        'À'..='ɏ' | 'Α'..='Ρ' | 'Σ'..='ώ' | 'Ѐ'..='ҁ' | 'Ҋ'..='ԯ' | 'ء'..='ي' | 'Ḁ'..='ỿ' => {
            Plain::Letter
        }
        _ => Plain::Odd,
    }
}

/// Adds the words of one segment: usually itself, or nothing when it holds no letter or digit.
fn push_segment(segment: &str, start: usize, terms: &mut Terms) {
    if !segment.chars().any(char::is_alphanumeric) {
        return;
    }
    if !segment.contains(is_joint) || is_number(segment) || is_initials(segment) {
        return push_word(segment, start, terms);
    }
    for part in split_parts(segment) {
        let word = segment.get(part.clone()).unwrap_or_default();
        if !is_elided(word) {
            push_word(word, start + part.start, terms);
        }
    }
}

fn push_word(word: &str, start: usize, terms: &mut Terms) {
    terms.push_with(start..start + word.len(), |form| write_form(word, form));
}

/// Characters at which the segmenter keeps two words together.
fn is_joint(c: char) -> bool {
    is_apostrophe(c) || matches!(c, '.' | ',' | ';' | ':' | '_' | '·' | '․' | '‧' | '﹒' | '．' | '：')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | '＇')
}

fn is_number(piece: &str) -> bool {
    piece.chars().all(|c| c.is_numeric() || is_joint(c))
}

/// Single letters with a dot after each: U.N, s.r.o.
fn is_initials(piece: &str) -> bool {
    piece.contains('.') && piece.split('.').all(|part| part.chars().count() <= 1)
}

/// Cuts at joints, and at an apostrophe only where an elided form ends.
fn split_parts(piece: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, joint) in piece.char_indices().filter(|(_, c)| is_joint(*c)) {
        let before = piece.get(start..at).unwrap_or_default();
        if is_apostrophe(joint) && !is_elided_form(before) {
            continue;
        }
        // The apostrophe stays with the elided form, by which it is told from a letter.
        let end = if is_apostrophe(joint) { at + joint.len_utf8() } else { at };
        parts.push(start..end);
        start = at + joint.len_utf8();
    }
    parts.push(start..piece.len());
    parts.retain(|part| !part.is_empty());
    parts
}

fn is_elided_form(form: &str) -> bool {
    form.len() <= 6 && ELIDED.contains(&form.to_lowercase().as_str())
}

/// Whether a part is an elided form with its apostrophe.
fn is_elided(part: &str) -> bool {
    part.strip_suffix(is_apostrophe).is_some_and(is_elided_form)
}

/// Writes the form of a word that is indexed; nothing when nothing of it can be searched for.
fn write_form(word: &str, forms: &mut String) {
    let before = forms.len();
    fold_into(without_possessive(shortened(word)), forms);
    let folded = forms.get(before..).unwrap_or_default();
    if folded.contains(is_joint) {
        let form = without_joints(folded);
        forms.truncate(before);
        forms.push_str(&form);
    }
}

fn shortened(word: &str) -> &str {
    if word.len() <= LONGEST_WORD {
        return word;
    }
    let end = word.char_indices().nth(LONGEST_WORD).map_or(word.len(), |(at, _)| at);
    word.get(..end).unwrap_or_default()
}

fn without_joints(folded: &str) -> String {
    // The apostrophe of some languages is a letter.
    if folded.chars().all(char::is_alphanumeric) {
        return folded.to_owned();
    }
    if is_number(folded) {
        return plain_number(folded);
    }
    folded.chars().filter(|c| !is_joint(*c)).collect()
}

fn without_possessive(word: &str) -> &str {
    match word.strip_suffix(['s', 'S']).and_then(|rest| rest.strip_suffix(is_apostrophe)) {
        Some(owner) if !owner.is_empty() => owner,
        _ => word,
    }
}

/// `1,000,000` and `1.000.000` become `1000000`; a decimal comma becomes a point.
fn plain_number(number: &str) -> String {
    let mut groups = number.split(is_joint);
    let first = groups.next().unwrap_or_default().to_owned();
    let rest: Vec<&str> = groups.filter(|group| !group.is_empty()).collect();
    let thousands = first.chars().count() <= 3 && rest.iter().all(|group| group.chars().count() == 3);
    let separator = if thousands && first != "0" { "" } else { "." };
    rest.iter().fold(first, |number, group| number + separator + group)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        crate::words(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_of_spaced_languages() {
        let cases: &[(&str, &[&str])] = &[
            ("The right to a fair trial.", &["the", "right", "to", "a", "fair", "trial"]),
            ("L’arrestation d'un journaliste", &["arrestation", "un", "journaliste"]),
            ("aujourd'hui qu’elle", &["aujourdhui", "elle"]),
            ("dell'arte l'uomo", &["arte", "uomo"]),
            ("O’Brien's house, don't", &["obrien", "house", "dont"]),
            ("https://www.example.org/a_b", &["https", "www", "example", "org", "a", "b"]),
            ("the U.N. and U.S.A.", &["the", "un", "and", "usa"]),
            ("US$ 1,000,000 or 3.14 or 3,14", &["us", "1000000", "or", "3.14", "or", "3.14"]),
            ("arres\u{AD}tation de\u{301}nonce\u{200B}r", &["arrestation", "denoncer"]),
            ("2024-06-26 12:30", &["2024", "06", "26", "12", "30"]),
            ("— … !? '", &[]),
        ];
        for (text, wanted) in cases {
            assert_eq!(words(text), *wanted, "{text}");
        }
    }

    #[test]
    fn words_of_languages_without_spaces() {
        assert!(words("ខ្ញុំចង់ទៅផ្សារ").contains(&"ផ្សារ".to_owned()));
        assert!(words("ប្រទេស\u{200B}កម្ពុជា").contains(&"កម្ពុជា".to_owned()));
        assert!(words("我们支持言论自由").contains(&"支持".to_owned()));
        assert!(words("ฉันไปตลาด").contains(&"ตลาด".to_owned()));
    }

    #[test]
    fn spans_lead_back_to_the_text() {
        let text = "De l’arres\u{AD}tation\nរបស់ ខ្មែរ";
        let tokens = crate::words(text);
        assert_eq!(text.get(tokens[1].span.clone()), Some("arres\u{AD}tation"));
        assert_eq!(
            tokens.iter().map(|token| token.position).collect::<Vec<_>>(),
            (0..tokens.len()).collect::<Vec<_>>()
        );
        assert!(tokens.iter().all(|token| text.get(token.span.clone()).is_some()));
    }

    /// The words as the segmenter alone cuts them.
    fn segmented(text: &str) -> Vec<(Range<usize>, String)> {
        let mut terms = Terms::default();
        WordChunks::new(text).segmented_words(text, 0, &mut terms);
        terms.tokens().map(|token| (token.span, token.text)).collect()
    }

    proptest::proptest! {
        #[test]
        fn what_needs_no_segmenter_is_cut_as_the_segmenter_would(
            pieces in proptest::collection::vec("[a-cA-C0-9À-ɏ'.,:;’_«»“”–—…¿()!?/\\-\u{A0}αώЁйґءيẦỿ×·\u{301}កខ្言あ]{0,8}", 0..6)
        ) {
            let text = pieces.join(" ");
            let found: Vec<(Range<usize>, String)> =
                crate::words(&text).into_iter().map(|token| (token.span, token.text)).collect();
            proptest::prop_assert_eq!(found, segmented(&text));
        }
    }

    #[test]
    fn a_word_without_end_is_cut_short() {
        let words = words(&"a".repeat(50_000));
        assert!(words.iter().all(|word| word.len() <= LONGEST_WORD));
    }
}
