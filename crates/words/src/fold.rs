//! Folding: the one form under which all spellings of a term are indexed.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;

use crate::script::is_invisible;

/// Folds a term: NFKC, lower case, Latin and Greek accents, Arabic and Hebrew points, Arabic letter
/// variants, Cyrillic ё, invisible characters, and the two Khmer subscripts that look the same.
pub fn fold(term: &str) -> String {
    let mut folded = String::with_capacity(term.len());
    fold_into(term, &mut folded);
    folded
}

/// Writes a folded term to the end of a text.
pub(crate) fn fold_into(term: &str, folded: &mut String) {
    let before = folded.len();
    if term.is_ascii() {
        folded.push_str(term);
        if let Some(added) = folded.get_mut(before..) {
            added.make_ascii_lowercase();
        }
        return;
    }
    if !fold_simply(term, folded) {
        folded.truncate(before);
        fold_fully(term, folded);
    }
}

fn fold_fully(term: &str, folded: &mut String) {
    let mut after_coeng = false;
    for c in term.nfkc().flat_map(char::to_lowercase).nfkc() {
        let c = if after_coeng { under_coeng(c) } else { c };
        after_coeng = c == COENG;
        fold_char(c, folded);
    }
}

/// Puts the next Khmer letter underneath.
const COENG: char = '\u{17D2}';

/// Two Khmer letters look the same underneath.
fn under_coeng(c: char) -> char {
    if c == '\u{178A}' { '\u{178F}' } else { c }
}

/// Folds a term of letters that normal forms leave as they are whatever stands beside them; says no if there is any other.
/// Most words of most languages are such, and tables of all of Unicode take ten times as long.
fn fold_simply(term: &str, folded: &mut String) -> bool {
    let mut after_coeng = false;
    for c in term.chars() {
        let Some(simple) = simple_letter(c) else { return false };
        folded.push(if after_coeng { under_coeng(simple) } else { simple });
        after_coeng = c == COENG;
    }
    true
}

fn simple_letter(c: char) -> Option<char> {
    match c {
        '\0'..='\x7f' => Some(c.to_ascii_lowercase()),
        // Khmer letters, vowels and signs but for those that are folded away.
        '\u{1780}'..='\u{17B3}' | '\u{17B6}'..='\u{17D2}' => Some(c),
        // Thai without the vowel that comes apart, and without marks that change places with tones.
        '\u{E01}'..='\u{E32}' | '\u{E34}'..='\u{E37}' | '\u{E40}'..='\u{E4B}' => Some(c),
        '\u{4E00}'..='\u{9FA5}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30A1}'..='\u{30FA}'
        | '\u{AC00}'..='\u{D7A3}' => Some(c),
        _ => spaced_letter(c),
    }
}

/// The folded form of a letter beyond ASCII, of a script with spaces, that folds to one letter whatever stands beside it:
/// unless marks do, which are no such letters.
pub(crate) fn spaced_letter(c: char) -> Option<char> {
    Some(match c {
        'à'..='å' | 'À'..='Å' => 'a',
        'è'..='ë' | 'È'..='Ë' => 'e',
        'ì'..='ï' | 'Ì'..='Ï' => 'i',
        'ò'..='ö' | 'ø' | 'Ò'..='Ö' | 'Ø' => 'o',
        'ù'..='ü' | 'Ù'..='Ü' => 'u',
        'ç' | 'Ç' => 'c',
        'ñ' | 'Ñ' => 'n',
        'đ' | 'Đ' => 'd',
        'ł' | 'Ł' => 'l',
        'ı' => 'i',
        'а'..='я' => c,
        'А'..='Я' => char::from_u32(u32::from(c) + 32)?,
        'ё' | 'Ё' => 'е',
        // Arabic letters that have no other form, and the usual ones that have.
        'ب' | 'ت'..='غ' | 'ف'..='و' | 'ي' | 'ا' | 'ء' => c,
        'أ' | 'إ' | 'آ' => 'ا',
        'ؤ' => 'و',
        'ى' | 'ئ' => 'ي',
        'ة' => 'ه',
        // Latin with all other accents, Vietnamese above all.
        '\u{100}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => return accented_letter(c),
        _ => return None,
    })
}

/// The letter of the English alphabet under an accent, if there is one.
fn accented_letter(c: char) -> Option<char> {
    let mut lower = c.to_lowercase();
    let (Some(letter), None) = (lower.next(), lower.next()) else { return None };
    Some(base_letter(letter)).filter(char::is_ascii_lowercase)
}

fn fold_char(c: char, folded: &mut String) {
    if c.is_ascii() {
        folded.push(c);
        return;
    }
    if is_dropped(c) {
        return;
    }
    if let Some(letters) = letters_for(c) {
        folded.push_str(letters);
        return;
    }
    folded.push(if has_accents(c) { base_letter(c) } else { c });
}

/// Marks that change how a word is read aloud, not which word it is.
fn is_dropped(c: char) -> bool {
    is_invisible(c)
        || c.is_whitespace()
        || matches!(c,
            // Combining accents that no single letter took in.
            '\u{300}'..='\u{36F}'
            // Hebrew points.
            | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}' | '\u{5C7}'
            // Arabic vowel signs, Qur'anic marks and the tatweel.
            | '\u{610}'..='\u{61A}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6DC}'
            | '\u{6DF}'..='\u{6E8}' | '\u{6EA}'..='\u{6ED}'
            // Khmer inherent vowels, which are never shown.
            | '\u{17B4}' | '\u{17B5}')
}

/// Letters that have no decomposition but are commonly written another way.
fn letters_for(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' | 'ɖ' => "d",
        'ł' => "l",
        'ħ' => "h",
        'ŧ' => "t",
        'þ' => "th",
        'ı' => "i",
        'ŋ' => "n",
        'ς' => "σ",
        'ё' => "е",
        'أ' | 'إ' | 'آ' | 'ٱ' => "ا",
        // Letters that carry a hamza are written without it as often, and Persian and Urdu have their own forms.
        'ؤ' => "و",
        'ى' | 'ی' | 'ئ' => "ي",
        'ة' | 'ۀ' | 'ہ' | 'ۂ' => "ه",
        'ک' | 'ڪ' => "ك",
        // Digits of other scripts that NFKC leaves alone: Arabic-Indic, Persian, Thai, Lao, Burmese, Khmer.
        '\u{660}'..='\u{669}' => return ascii_digit(c, '\u{660}'),
        '\u{6F0}'..='\u{6F9}' => return ascii_digit(c, '\u{6F0}'),
        '\u{966}'..='\u{96F}' => return ascii_digit(c, '\u{966}'),
        '\u{E50}'..='\u{E59}' => return ascii_digit(c, '\u{E50}'),
        '\u{ED0}'..='\u{ED9}' => return ascii_digit(c, '\u{ED0}'),
        '\u{1040}'..='\u{1049}' => return ascii_digit(c, '\u{1040}'),
        '\u{17E0}'..='\u{17E9}' => return ascii_digit(c, '\u{17E0}'),
        _ => return None,
    })
}

fn ascii_digit(c: char, zero: char) -> Option<&'static str> {
    const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let value = u32::from(c).checked_sub(u32::from(zero))?;
    DIGITS.get(usize::try_from(value).ok()?).copied()
}

/// Scripts in which an accent is folded away. In Cyrillic й is its own letter, and stays.
fn has_accents(c: char) -> bool {
    matches!(c, '\u{C0}'..='\u{24F}' | '\u{370}'..='\u{3FF}' | '\u{1E00}'..='\u{1FFF}')
}

fn base_letter(c: char) -> char {
    let mut base = None;
    decompose_canonical(c, |part| {
        base.get_or_insert(part);
    });
    base.unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::{fold, fold_fully, fold_simply};

    proptest::proptest! {
        #[test]
        fn simple_letters_fold_as_all_others_do(term in "[\\x00-\\x7fÀ-ɏḀ-ỿА-яёЁء-يក-៑្ដត\u{E01}-\u{E4F}一-七ぁ-ゖァ-ヺ가-갛\u{3099}]{0,12}") {
            let (mut simple, mut full) = (String::new(), String::new());
            fold_fully(&term, &mut full);
            if fold_simply(&term, &mut simple) {
                proptest::prop_assert_eq!(simple, full);
            }
        }
    }

    #[test]
    fn each_letter_folds_the_same_in_both_ways() {
        for c in '\0'..=char::MAX {
            let (mut simple, mut full) = (String::new(), String::new());
            if fold_simply(&c.to_string(), &mut simple) {
                fold_fully(&c.to_string(), &mut full);
                assert_eq!(simple, full, "{c}");
            }
        }
    }

    #[test]
    fn spellings_of_one_term_fold_to_one_form() {
        let cases = [
            ("Dénoncent", "denoncent"),
            ("de\u{301}noncent", "denoncent"),
            ("Công", "cong"),
            ("đoàn", "doan"),
            ("ĐOÀN", "doan"),
            ("người", "nguoi"),
            ("Straße", "strasse"),
            ("İstanbul", "istanbul"),
            ("Łódź", "lodz"),
            ("Ελληνικός", "ελληνικοσ"),
            ("ещё", "еще"),
            ("Российский", "российский"),
            ("за\u{301}мок", "замок"),
            ("مُحَمَّد", "محمد"),
            ("العـــربية", "العربيه"),
            ("أحمد", "احمد"),
            ("مسؤول", "مسوول"),
            ("هيئة", "هييه"),
            ("کمیته", "كميته"),
            ("می\u{200C}شود", "ميشود"),
            ("ґанок", "ґанок"),
            ("ΐδια", "ιδια"),
            ("ệ", "e"),
            ("Ngườı", "nguoi"),
            ("ＡＢＣ", "abc"),
            ("ｶﾞ", "ガ"),
            ("ﬁn", "fin"),
            ("២០២៤", "2024"),
            ("ស្ដី", "ស្តី"),
            ("arres\u{AD}tation", "arrestation"),
        ];
        for (given, wanted) in cases {
            assert_eq!(fold(given), wanted, "{given}");
        }
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for term in ["Ǆ", "ﷺ", "ΐ", "ŉ", "ẞ", "Ω", "ǰ", "½", "㎢", "ำ"] {
            let once = fold(term);
            assert_eq!(fold(&once), once, "{term}");
        }
    }
}
