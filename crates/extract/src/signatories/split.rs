//! Names in running text: where one ends and the next begins.

use super::vocabulary::{self, entries, has_word, lacks_spaces};

/// Bytes of two names with an "and" between them, beyond which it is no use to look for it.
const LONGEST_PAIR: usize = 600;

/// Splits a text that holds several names: at semicolons, bullets or bars where there are any, else at commas and at
/// the "and" before the last name. Nothing in parentheses is split.
pub(crate) fn names(text: &str) -> Vec<&str> {
    let strong = at(text, |c| matches!(c, ';' | '；' | '؛' | '•' | '|' | '▪' | '●' | '■' | '◦' | '‣'));
    if strong.len() > 1 {
        return strong.into_iter().map(without_and).collect();
    }
    let mut parts = at(text, |c| matches!(c, ',' | '،' | '、' | '，'));
    if let Some(last) = parts.pop() {
        let bare = without_and(last);
        // Where a comma stands before the "and", what follows is one name, whatever it holds.
        let closed = bare.len() < last.len() && !parts.is_empty();
        parts.extend(if closed { vec![bare] } else { at_and(last) });
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Number of names that a text would be split into at marks that can hardly mean anything else.
pub(crate) fn separators(text: &str) -> usize {
    let strong = at(text, |c| matches!(c, ';' | '；' | '؛' | '•' | '|')).len();
    let weak = at(text, |c| matches!(c, ',' | '،' | '、' | '，')).len();
    strong.max(weak).saturating_sub(1)
}

/// Parts of a text between separators outside parentheses, trimmed, without empty ones.
fn at(text: &str, separates: impl Fn(char) -> bool) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_u32);
    for (index, c) in text.char_indices() {
        match c {
            '(' | '（' | '[' => depth += 1,
            ')' | '）' | ']' => depth = depth.saturating_sub(1),
            c if depth == 0 && separates(c) => {
                parts.push(text.get(start..index).unwrap_or_default().trim());
                start = index + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default().trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// The text without an "and" in front.
pub(crate) fn without_and(text: &str) -> &str {
    let text = text.trim();
    entries("and").iter().find_map(|and| strip_word(text, and)).unwrap_or(text)
}

/// The text behind a word that it begins with.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    let rest = text.get(word.len()..)?;
    let apart = rest.starts_with(char::is_whitespace) || word.chars().all(lacks_spaces);
    (apart && head.to_lowercase() == *word && !rest.trim().is_empty()).then(|| rest.trim())
}

/// Splits at the "and" that stands between two names.
fn at_and(text: &str) -> Vec<&str> {
    if text.len() > LONGEST_PAIR {
        return vec![text];
    }
    let candidates = ands(text);
    let parts = |(start, end): (usize, usize)| {
        (text.get(..start).unwrap_or_default().trim(), text.get(end..).unwrap_or_default().trim())
    };
    // Both sides name an organisation or end with its acronym: the last such place.
    let sure = candidates.iter().rev().copied().find(|span| {
        let (left, right) = parts(*span);
        is_whole_name(left) && is_whole_name(right)
    });
    // Else the last place whose right side can stand alone; one word after "for Peace and" cannot.
    let likely = || {
        candidates.iter().rev().copied().find(|span| {
            let (left, right) = parts(*span);
            let alone = right.split_whitespace().count() > 1 || !opens(left);
            alone && right.chars().next().is_some_and(|c| !c.is_lowercase() || strip_article(right) != right)
        })
    };
    match sure.or_else(likely) {
        Some(span) => {
            let (left, right) = parts(span);
            let mut out = if is_more(left) { at_and(left) } else { vec![left] };
            out.push(right);
            out
        }
        None => vec![text],
    }
}

/// Whether two names still stand in a text, so that it has to be split again: `A and B and C`.
fn is_more(text: &str) -> bool {
    text.len() < 400
        && ands(text).iter().any(|(start, end)| {
            let (left, right) =
                (text.get(..*start).unwrap_or_default(), text.get(*end..).unwrap_or_default());
            is_whole_name(left.trim()) && is_whole_name(right.trim())
        })
}

/// Where an "and" stands between words outside parentheses, with the white space around it.
fn ands(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut depth = 0_u32;
    for (index, c) in text.char_indices() {
        match c {
            '(' | '（' | '[' => depth += 1,
            ')' | '）' | ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            c if c.is_whitespace() => {
                let rest = text.get(index..).unwrap_or_default();
                let word = rest.trim_start();
                let Some(len) =
                    entries("and").iter().find_map(|and| strip_word(word, and).map(|_| and.len()))
                else {
                    continue;
                };
                let end = index + (rest.len() - word.len()) + len;
                found.push((index, end));
            }
            _ => {}
        }
        if found.len() >= 12 {
            break;
        }
    }
    found
}

/// Whether a text holds a word that names of organisations have, or ends with a parenthesis, or is an acronym.
fn is_whole_name(text: &str) -> bool {
    text.ends_with([')', '）']) || super::name::is_acronym(text) || has_word("orgword", text)
}

/// Whether a text leaves a list open that "and" could close: `… for Peace`, `… of Trade Unions`.
fn opens(text: &str) -> bool {
    const OPENERS: [&str; 30] = [
        "of", "for", "on", "in", "against", "de", "des", "du", "d'", "pour", "contre", "para", "por", "del",
        "da", "do", "das", "dos", "di", "della", "dei", "per", "für", "gegen", "van", "voor", "dla", "na",
        "rzecz", "за",
    ];
    let words: Vec<&str> = vocabulary::words(text).collect();
    let tail = words.get(words.len().saturating_sub(4)..).unwrap_or_default();
    tail.iter().any(|word| OPENERS.contains(&word.to_lowercase().as_str()))
}

/// The text without an article that belongs to the sentence, not to the name.
pub(crate) fn strip_article(text: &str) -> &str {
    for article in [
        "the ", "la ", "le ", "les ", "el ", "los ", "las ", "die ", "der ", "das ", "den ", "de ", "het ",
        "o ", "os ", "as ", "il ", "gli ",
    ] {
        if let Some(rest) = text.strip_prefix(article)
            && rest.chars().next().is_some_and(char::is_uppercase)
        {
            return rest.trim();
        }
    }
    text
}

/// How many names end a text, as those before "and 43 others", and where the first of them begins; nothing if there is
/// none. Names begin after the last colon, dash or full stop, or after "by".
pub(crate) fn named_before(text: &str) -> Option<(usize, u32)> {
    let cut = [": ", "：", " – ", " — ", ". ", " by ", " par ", " por ", " von ", " da ", " door "];
    let from = cut.iter().filter_map(|mark| text.rfind(mark).map(|at| at + mark.len())).max().unwrap_or(0);
    let named = text.get(from..)?.trim_end().trim_end_matches([',', '等', '、']);
    if named.trim().is_empty() || named.split_whitespace().count() > 30 {
        return None;
    }
    Some((from, u32::try_from(names(named).len()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_and_between_names_is_told_from_one_within() {
        assert_eq!(
            names("Garment Union (GU), Land Network (Siem Reap) and Youth League"),
            ["Garment Union (GU)", "Land Network (Siem Reap)", "Youth League"]
        );
        assert_eq!(
            names("Lake Union, Committee for Peace and Justice"),
            ["Lake Union", "Committee for Peace and Justice"]
        );
        assert_eq!(
            names("Lake Union, Committee for Peace and Justice and River League"),
            ["Lake Union", "Committee for Peace and Justice", "River League"]
        );
        assert_eq!(
            names("Lake Union, River League, and the Centre for Land and Human Rights"),
            ["Lake Union", "River League", "the Centre for Land and Human Rights"]
        );
        assert_eq!(names("Stone; Lake, Laos; and Tree and Leaf"), ["Stone", "Lake, Laos", "Tree and Leaf"]);
        assert_eq!(names("Réseau du lac et Ligue des rives"), ["Réseau du lac", "Ligue des rives"]);
        assert_eq!(names("甲协会、乙联盟和丙中心"), ["甲协会", "乙联盟和丙中心"]);
    }

    #[test]
    fn parentheses_hold_together() {
        assert_eq!(
            names("A Union (AU, Laos), B League (B and C)"),
            ["A Union (AU, Laos)", "B League (B and C)"]
        );
    }

    #[test]
    fn names_before_a_number_are_counted() {
        assert_eq!(named_before("Cambodia: Lake Union, River League"), Some((10, 2)));
        assert_eq!(named_before(""), None);
    }
}
