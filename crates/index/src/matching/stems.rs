//! Other forms of a word: *strikes* and *striking* for *strike*.
//!
//! The Snowball stemmer of the text's language decides, restrained: only words that share their beginning, and in English
//! only endings that leave a word what it is, so that *university* is not *universe* and *organ* not *organization*.

use rust_stemmers::{Algorithm, Stemmer};

/// Shortest word that has other forms, in letters.
const SHORTEST: usize = 3;
/// Most letters that an ending has.
const LONGEST_ENDING: usize = 4;

/// English endings that change number, time or person.
const ENGLISH: [&str; 11] = ["", "e", "s", "es", "ed", "d", "ing", "y", "ies", "ied", "ying"];

/// Endings of one word that the stemmer of a language leaves apart, in groups, without accents.
const GROUPS: [(&str, &[&[&str]]); 3] = [
    (
        "fr",
        &[
            &["", "s", "e", "es"],
            &["al", "aux"],
            &["er", "e", "es", "ent", "ez", "ons", "ant", "ait", "a", "era"],
        ],
    ),
    ("pt", &[&["", "s"], &["ao", "oes", "aos", "aes"], &["l", "is"], &["m", "ns"]]),
    ("es", &[&["", "s", "es"], &["z", "ces"]]),
];

/// Words written to others at their front in Arabic: the article, alone and with *and*, *in*, *for*, *like*, *so*.
const ARABIC_FRONTS: [&str; 7] = ["", "ال", "وال", "بال", "لل", "كال", "فال"];

/// Languages that have a stemmer, with its name.
const STEMMERS: [(&str, Algorithm); 20] = [
    ("ar", Algorithm::Arabic),
    ("da", Algorithm::Danish),
    ("de", Algorithm::German),
    ("el", Algorithm::Greek),
    ("en", Algorithm::English),
    ("es", Algorithm::Spanish),
    ("fi", Algorithm::Finnish),
    ("fr", Algorithm::French),
    ("hu", Algorithm::Hungarian),
    ("it", Algorithm::Italian),
    ("nb", Algorithm::Norwegian),
    ("nl", Algorithm::Dutch),
    ("nn", Algorithm::Norwegian),
    ("no", Algorithm::Norwegian),
    ("pt", Algorithm::Portuguese),
    ("ro", Algorithm::Romanian),
    ("ru", Algorithm::Russian),
    ("sv", Algorithm::Swedish),
    ("ta", Algorithm::Tamil),
    ("tr", Algorithm::Turkish),
];

/// A word whose other forms are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stem {
    word: String,
}

impl Stem {
    /// Nothing for numbers and words too short.
    pub(crate) fn of(term: &str) -> Option<Stem> {
        let is_word = term.chars().all(char::is_alphabetic) && term.chars().nth(SHORTEST - 1).is_some();
        is_word.then(|| Stem { word: term.to_owned() })
    }

    /// Beginnings that all other forms have in one of the languages.
    pub(crate) fn beginnings(&self) -> Vec<String> {
        let base = self.base();
        let begin = |front: &str| format!("{front}{}", beginning(base, shared_letters(base)));
        match script(&self.word) {
            Script::Arabic => ARABIC_FRONTS.iter().map(|front| begin(front)).collect(),
            _ => vec![begin("")],
        }
    }

    /// The word without what is written to its front.
    fn base(&self) -> &str {
        without_front(&self.word)
    }
}

fn without_front(word: &str) -> &str {
    if script(word) != Script::Arabic {
        return word;
    }
    let fronts = ARABIC_FRONTS.iter().filter(|front| !front.is_empty());
    let bare = fronts.filter_map(|front| word.strip_prefix(front)).min_by_key(|rest| rest.len());
    bare.filter(|rest| rest.chars().nth(SHORTEST - 1).is_some()).unwrap_or(word)
}

/// How many letters at least another form begins with.
fn shared_letters(word: &str) -> usize {
    let letters = word.chars().count();
    match letters {
        0..=4 => SHORTEST.min(letters),
        _ => (letters - LONGEST_ENDING + 1).max(4),
    }
}

fn beginning(word: &str, letters: usize) -> &str {
    word.char_indices().nth(letters).and_then(|(at, _)| word.get(..at)).unwrap_or(word)
}

/// The forms of one word in one language.
pub(crate) struct Forms<'a> {
    stem: &'a Stem,
    /// The word without what is written to its front.
    base: &'a str,
    is_arabic: bool,
    is_english: bool,
    groups: &'static [&'static [&'static str]],
    stemmer: Stemmer,
    stemmed: String,
}

impl<'a> Forms<'a> {
    /// Nothing when the language has no stemmer, or is not written in the script of the word.
    pub(crate) fn of(stem: &'a Stem, language: &str) -> Option<Forms<'a>> {
        let (_, algorithm) = STEMMERS.iter().find(|(tag, _)| *tag == language)?;
        if script(&stem.word) != script_of(language) {
            return None;
        }
        let stemmer = Stemmer::create(*algorithm);
        let base = stem.base();
        let stemmed = stemmer.stem(base).into_owned();
        let groups = GROUPS.iter().find(|(tag, _)| *tag == language).map_or(&[][..], |(_, groups)| groups);
        let (is_arabic, is_english) = (language == "ar", language == "en");
        Some(Forms { stem, base, is_arabic, is_english, groups, stemmer, stemmed })
    }

    /// Whether a term is another form of the word.
    pub(crate) fn includes(&self, term: &str) -> bool {
        let (word, other) = (self.base, if self.is_arabic { without_front(term) } else { term });
        // Asked of each word of a text, of which most begin with another letter.
        if word.as_bytes().first() != other.as_bytes().first() {
            return false;
        }
        let Some(endings) = Endings::of(word, other).filter(|_| term != self.stem.word) else { return false };
        let may_be = if self.is_english { endings.are_english() } else { endings.are_short() };
        may_be && (word == other || self.in_a_group(word, other) || self.stemmer.stem(other) == self.stemmed)
    }
}

impl Forms<'_> {
    fn in_a_group(&self, word: &str, other: &str) -> bool {
        let base = |ending: &&str| word.strip_suffix(*ending).filter(|base| base.chars().count() >= SHORTEST);
        let rest_in =
            |group: &[&str], base: &str| other.strip_prefix(base).is_some_and(|rest| group.contains(&rest));
        self.groups.iter().any(|group| group.iter().filter_map(base).any(|base| rest_in(group, base)))
    }
}

/// Two words from where they differ on.
struct Endings<'a> {
    common: &'a str,
    word: &'a str,
    other: &'a str,
}

impl<'a> Endings<'a> {
    /// Nothing when the words have too little in common to be forms of one, which is quick to find out.
    fn of(word: &'a str, other: &'a str) -> Option<Endings<'a>> {
        let differs = word.char_indices().zip(other.chars()).find(|((_, a), b)| a != b);
        let at = differs.map_or(word.len().min(other.len()), |((at, _), _)| at);
        let (common, word_rest) = word.split_at_checked(at)?;
        let other_rest = other.get(at..)?;
        let few = |rest: &str| rest.chars().nth(LONGEST_ENDING).is_none();
        let enough = shared_letters(word).min(shared_letters(other));
        let is_near = few(word_rest) && few(other_rest) && common.chars().count() >= enough.max(SHORTEST);
        is_near.then_some(Endings { common, word: word_rest, other: other_rest })
    }

    fn are_english(&self) -> bool {
        let last = self.common.chars().next_back();
        let is_ending = |rest: &str| {
            // The last letter of the stem may be doubled: ban, banned.
            let doubled = last.and_then(|last| rest.strip_prefix(last));
            ENGLISH.contains(&rest) || doubled.is_some_and(|rest| ENGLISH.contains(&rest))
        };
        is_ending(self.word) && is_ending(self.other)
    }

    /// Short words have short endings: with long ones too many words would be alike.
    fn are_short(&self) -> bool {
        self.common.chars().nth(SHORTEST).is_some()
            || [self.word, self.other].iter().all(|rest| rest.chars().nth(2).is_none())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Greek,
    Arabic,
    Tamil,
    Other,
}

fn script(word: &str) -> Script {
    match word.chars().next() {
        Some('a'..='z' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}') => Script::Latin,
        Some('\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}') => Script::Greek,
        Some('\u{400}'..='\u{52F}') => Script::Cyrillic,
        Some('\u{600}'..='\u{6FF}') => Script::Arabic,
        Some('\u{B80}'..='\u{BFF}') => Script::Tamil,
        _ => Script::Other,
    }
}

fn script_of(language: &str) -> Script {
    match language {
        "ru" => Script::Cyrillic,
        "el" => Script::Greek,
        "ar" => Script::Arabic,
        "ta" => Script::Tamil,
        _ => Script::Latin,
    }
}

#[cfg(test)]
mod tests {
    use vidimus_words::fold;

    use super::*;

    fn are_forms(language: &str, word: &str, other: &str) -> bool {
        let stem = Stem::of(&fold(word)).unwrap();
        let other = fold(other);
        let walked = stem.beginnings().iter().any(|beginning| other.starts_with(beginning.as_str()));
        walked && Forms::of(&stem, language).is_some_and(|forms| forms.includes(&other))
    }

    #[test]
    fn forms_of_one_word_find_each_other() {
        let cases = [
            ("en", "strike", "strikes"),
            ("en", "strike", "striking"),
            ("en", "striking", "strike"),
            ("en", "union", "unions"),
            ("en", "arrested", "arrest"),
            ("en", "ban", "banned"),
            ("en", "study", "studies"),
            ("en", "detained", "detaining"),
            ("fr", "arrestation", "arrestations"),
            ("fr", "dénoncer", "dénoncent"),
            ("fr", "syndicat", "syndicats"),
            ("fr", "détenu", "détenus"),
            ("es", "detención", "detenciones"),
            ("es", "sindicato", "sindicatos"),
            ("pt", "prisão", "prisões"),
            ("pt", "trabalhador", "trabalhadores"),
            ("de", "Verhaftung", "Verhaftungen"),
            ("de", "Gewerkschaft", "Gewerkschaften"),
            ("it", "sindacato", "sindacati"),
            ("ru", "арест", "аресты"),
            ("ru", "профсоюз", "профсоюзов"),
            ("ru", "заключённый", "заключённые"),
            ("ar", "اعتقال", "الاعتقال"),
            ("ar", "الاعتقال", "اعتقال"),
            ("tr", "sendika", "sendikalar"),
        ];
        let missed: Vec<_> =
            cases.iter().filter(|(language, word, other)| !are_forms(language, word, other)).collect();
        assert!(missed.is_empty(), "{missed:?}");
    }

    #[test]
    fn other_words_stay_apart() {
        let cases = [
            ("en", "university", "universe"),
            ("en", "universe", "university"),
            ("en", "organ", "organization"),
            ("en", "organization", "organ"),
            ("en", "general", "generation"),
            ("en", "police", "policy"),
            ("en", "news", "new"),
            ("en", "arm", "army"),
            ("en", "strike", "strike"),
            ("fr", "strike", "grève"),
            ("fr", "marche", "marchand"),
            ("km", "strike", "strikes"),
            ("ru", "strike", "strikes"),
            ("en", "арест", "аресты"),
        ];
        let merged: Vec<_> =
            cases.iter().filter(|(language, word, other)| are_forms(language, word, other)).collect();
        assert!(merged.is_empty(), "{merged:?}");
    }

    #[test]
    fn numbers_and_short_words_have_no_other_forms() {
        for word in ["a", "un", "2024", "3.14", "a1b"] {
            assert_eq!(Stem::of(word), None);
        }
    }
}
