//! One name of a list: its number, acronym and place taken apart; and what only the list as a whole can tell, such as
//! whether a comma stands before a place.

use super::numbers::digit;
use super::split;
use super::vocabulary::{has, has_word};
use crate::statement::Signatory;

/// Longest name.
pub(crate) const LONGEST_NAME: usize = 200;

/// Longest place or acronym that stands in parentheses.
const LONGEST_INNER: usize = 60;

/// What separates a name from what stands behind it, where a list does so throughout.
const SEPARATORS: [&str; 8] = [", ", " – ", " — ", " - ", "، ", "，", " | ", " / "];

/// Reads `12. Name of Organisation (ACRONYM), Place`. Nothing if no name is left.
pub(crate) fn read(text: &str, number: Option<u32>) -> Option<Signatory> {
    let mut text = text.trim();
    let mut found = Signatory { number, ..Signatory::default() };
    text = text.trim_start_matches(is_bullet);
    if let Some((typed, rest)) = typed_number(text) {
        found.number = found.number.or(Some(typed));
        text = rest;
    }
    let text = without_dressing(text);
    let text = split::strip_article(text);
    found.name = take_parentheses(text, &mut found).to_owned();
    take_acronym_beside(&mut found);
    let plausible = found.name.chars().any(char::is_alphabetic) && found.name.chars().count() <= LONGEST_NAME;
    plausible.then_some(found)
}

/// A bullet that somebody typed.
pub(crate) fn is_bullet(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '–'
                | '—'
                | '•'
                | '*'
                | '·'
                | '▪'
                | '●'
                | '■'
                | '◦'
                | '‣'
                | '○'
                | '►'
                | '▶'
                | '✓'
                | '✔'
                | '+'
                | '\u{200B}'..='\u{200F}'
        )
}

/// A number that somebody typed in front of a name, with what follows: `12.`, `12)`, `(12)`, `១២.`, `№ 12`.
pub(crate) fn typed_number(text: &str) -> Option<(u32, &str)> {
    let open = text.trim_start().trim_start_matches(['(', '（', '[', '№', '#', '.']).trim_start();
    let (mut value, mut len) = (0_u32, 0);
    for (at, c) in open.char_indices().take(5) {
        let Some(digit) = digit(c) else { break };
        value = value.checked_mul(10)?.checked_add(digit)?;
        len = at + c.len_utf8();
    }
    let rest = open.get(len..).filter(|_| (1..=12).contains(&len))?;
    let spaced = rest.trim_start();
    let end = spaced
        .strip_prefix(['.', ')', '）', ']', '．', '、', '។', ':', '°', 'º', '/'])
        .or_else(|| spaced.strip_prefix("- "))
        .or_else(|| spaced.strip_prefix("– "))
        .or_else(|| rest.strip_prefix('\t'))?;
    // "3.5 million", "10:30" and "350.org" are no numbers of a list.
    let name = end.trim_start_matches(['.', ')', '-', '–']).trim_start();
    let goes_on = end.starts_with(|c: char| digit(c).is_some() || c.is_lowercase());
    (!goes_on && !name.is_empty()).then_some((value, name))
}

/// The text without footnote marks, flags, quotation marks and punctuation around it.
fn without_dressing(text: &str) -> &str {
    let text = text.trim_start_matches(|c: char| {
        is_bullet(c) || matches!(c, ',' | ';' | '.' | ':' | '"' | '“' | '”') || is_symbol(c)
    });
    let mut text = text.trim_end_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ',' | ';'
                    | ':'
                    | '*'
                    | '†'
                    | '‡'
                    | '"'
                    | '“'
                    | '”'
                    | '។'
                    | '。'
                    | '-'
                    | '–'
                    | '—'
                    | '•'
                    | '،'
                    | '¹'
                    | '²'
                    | '³'
            )
            || is_symbol(c)
    });
    if let Some(cut) = text.strip_suffix('.')
        && !ends_in_abbreviation(cut)
    {
        text = cut.trim_end();
    }
    without_footnote(text)
}

/// The text without a footnote number in brackets at its end.
fn without_footnote(text: &str) -> &str {
    match text.strip_suffix(']').and_then(|cut| cut.rsplit_once('[')) {
        Some((name, inner)) if inner.chars().all(|c| digit(c).is_some()) && !name.is_empty() => {
            name.trim_end()
        }
        _ => text,
    }
}

/// `e.V`, `Inc`, `Ltd`, `U.S.A`: the full stop belongs to the name.
fn ends_in_abbreviation(text: &str) -> bool {
    let last = text.rsplit([' ', '(']).next().unwrap_or_default();
    last.contains('.')
        || matches!(
            last.to_lowercase().as_str(),
            "inc" | "ltd" | "co" | "corp" | "jr" | "sr" | "st" | "bros" | "esq" | "assn" | "llc"
        )
}

fn is_symbol(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}' | '\u{FE0F}' | '\u{200B}'..='\u{200F}')
}

/// Takes acronym and place out of the parentheses at the end, and a place from behind them; returns the name.
fn take_parentheses<'a>(text: &'a str, found: &mut Signatory) -> &'a str {
    let mut text = text;
    if let Some((head, tail)) = behind_parenthesis(text)
        && found.place.is_none()
        && let Some((_, inner)) = trailing_parenthesis(head)
        && is_acronym(inner)
    {
        found.place = Some(tail.to_owned());
        text = head;
    }
    while let Some((name, inner)) = trailing_parenthesis(text) {
        if is_acronym(name) && found.acronym.is_none() && inner.split_whitespace().count() >= 3 {
            found.acronym = Some(name.to_owned());
            return inner;
        }
        if !take_inner(inner, found) {
            break;
        }
        text = name;
    }
    text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '-' | '–' | '—' | ';' | ':' | '،'))
}

/// Text behind a closing parenthesis: `Name (ACR), Place`, `Name (ACR) – Place`.
fn behind_parenthesis(text: &str) -> Option<(&str, &str)> {
    let at = text.rfind([')', '）'])?;
    let close = text.get(at..)?.chars().next()?;
    let (head, tail) = text.split_at(at + close.len_utf8());
    let tail = tail
        .trim_start_matches(|c: char| {
            c.is_whitespace() || matches!(c, ',' | '-' | '–' | '—' | '/' | '،' | '，' | ';' | ':')
        })
        .trim();
    (!tail.is_empty() && may_be_place(tail)).then_some((head, tail))
}

/// Puts the text of a parenthesis where it belongs; not if it is neither acronym nor place.
fn take_inner(inner: &str, found: &mut Signatory) -> bool {
    if is_known_place(inner) && found.place.is_none() {
        found.place = Some(inner.to_owned());
        return true;
    }
    if is_acronym(inner) && found.acronym.is_none() {
        found.acronym = Some(inner.to_owned());
        return true;
    }
    if found.acronym.is_none()
        && found.place.is_none()
        && let Some((acronym, place)) = [", ", " – ", " - ", " — ", "/", "; ", "،", "，", ": "]
            .iter()
            .find_map(|mark| inner.split_once(mark))
        && is_acronym(acronym.trim())
        && !is_known_place(acronym.trim())
        && may_be_place(place.trim())
    {
        found.acronym = Some(acronym.trim().to_owned());
        found.place = Some(place.trim().to_owned());
        return true;
    }
    if has_word("role", inner) && found.role.is_none() {
        found.role = Some(inner.to_owned());
        return true;
    }
    if found.place.is_none()
        && inner.chars().count() <= LONGEST_INNER
        && inner.split_whitespace().count() <= 6
    {
        found.place = Some(inner.to_owned());
        return true;
    }
    false
}

/// The text before a parenthesis that ends it, and the text in it.
fn trailing_parenthesis(text: &str) -> Option<(&str, &str)> {
    let inner_end = text.strip_suffix([')', '）', ']'])?;
    let mut depth = 1_u32;
    for (at, c) in inner_end.char_indices().rev() {
        match c {
            ')' | '）' | ']' => depth += 1,
            '(' | '（' | '[' => {
                depth -= 1;
                if depth == 0 {
                    let name = inner_end.get(..at)?.trim();
                    let inner = inner_end.get(at + c.len_utf8()..)?.trim();
                    return (!name.is_empty() && !inner.is_empty()).then_some((name, inner));
                }
            }
            _ => {}
        }
    }
    None
}

/// `CCHR`, `CFSWF`, `UN-Women`: short, one word, mostly capitals.
pub(crate) fn is_acronym(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = text.chars().filter(|c| c.is_uppercase()).count();
    !text.contains(char::is_whitespace)
        && (2..=15).contains(&text.chars().count())
        && capitals >= 2
        && capitals * 2 >= letters
}

/// `USA`, `UK`, `DRC`: places that look like acronyms.
fn is_known_place(text: &str) -> bool {
    has("place", &text.to_lowercase()) && text.chars().all(|c| c.is_uppercase() || c == '.')
}

/// Short, without words that only names of organisations or roles have.
fn may_be_place(text: &str) -> bool {
    let words = text.split_whitespace().count();
    (1..=5).contains(&words)
        && text.chars().count() <= 45
        && text.chars().next().is_some_and(|c| c.is_alphabetic() && !c.is_lowercase())
        && !text.chars().any(|c| digit(c).is_some())
        && !has_word("orgword", text)
        && !has_word("role", text)
        && !ends_in_abbreviation(text.trim_end_matches('.'))
}

/// `ACR – Name`, `Name – ACR`: the short form is the acronym.
fn take_acronym_beside(found: &mut Signatory) {
    if found.acronym.is_some() {
        return;
    }
    for mark in [" – ", " — ", " - "] {
        let Some((head, tail)) = found.name.rsplit_once(mark) else { continue };
        let (head, tail) = (head.trim(), tail.trim());
        if is_acronym(tail) && !is_known_place(tail) && abbreviates(tail, head) {
            (found.acronym, found.name) = (Some(tail.to_owned()), head.to_owned());
        } else if is_acronym(head) && abbreviates(head, tail) {
            (found.acronym, found.name) = (Some(head.to_owned()), tail.to_owned());
        }
        return;
    }
}

/// Whether an acronym begins as the name does, which tells `LU – Lake Union` from `Lake Union – USA`.
fn abbreviates(acronym: &str, name: &str) -> bool {
    let first = |text: &str| text.chars().find(|c| c.is_alphabetic()).map(|c| c.to_lowercase().to_string());
    name.split_whitespace().count() >= 2 && first(acronym) == first(name)
}

/// What only the list as a whole tells: a comma or dash that stands before a place, or before a role in a list of
/// persons. `persons` says that a heading announces persons.
pub(crate) fn settle(list: &mut [Signatory], persons: bool) {
    if list.is_empty() {
        return;
    }
    if persons || are_persons(list) {
        list.iter_mut().for_each(take_role);
        return;
    }
    for separator in SEPARATORS {
        take_places(list, separator);
    }
}

/// Whether two fifths of the names come with a role or an honorific.
fn are_persons(list: &[Signatory]) -> bool {
    let person = |one: &&Signatory| {
        let first = one.name.split_whitespace().next().unwrap_or_default();
        one.role.is_some()
            || has("honorific", &first.to_lowercase())
            || first_separator(&one.name)
                .is_some_and(|(head, tail)| has_word("role", tail) && !has_word("orgword", head))
    };
    list.iter().filter(person).count() * 5 >= list.len() * 2
}

/// The name before the first separator and what follows.
fn first_separator(name: &str) -> Option<(&str, &str)> {
    let at = SEPARATORS
        .iter()
        .filter_map(|separator| name.find(separator).map(|at| (at, separator.len())))
        .min()?;
    Some((name.get(..at.0)?.trim(), name.get(at.0 + at.1..)?.trim()))
}

/// Takes honorific and role out of a person's name.
fn take_role(one: &mut Signatory) {
    let (name, tail) = match first_separator(&one.name) {
        Some((head, tail)) => (head.to_owned(), Some(tail.to_owned())),
        None => (one.name.clone(), None),
    };
    let first = name.split_whitespace().next().unwrap_or_default();
    let (honorific, bare) = if has("honorific", &first.to_lowercase()) && name.len() > first.len() {
        (Some(first.to_owned()), name.get(first.len()..).unwrap_or_default().trim().to_owned())
    } else {
        (None, name)
    };
    let parts: Vec<String> = [honorific, tail, one.role.take()].into_iter().flatten().collect();
    one.role = Some(parts.join(", ")).filter(|role| !role.is_empty());
    one.name = bare;
}

/// Takes what stands behind the last separator as the place, if most names of the list have it.
fn take_places(list: &mut [Signatory], separator: &str) {
    let tail_of = |one: &Signatory| -> Option<(String, String)> {
        if one.place.is_some() {
            return None;
        }
        let (head, tail) = one.name.rsplit_once(separator)?;
        may_be_place(tail.trim()).then(|| (head.trim().to_owned(), tail.trim().to_owned()))
    };
    let open = list.iter().filter(|one| one.place.is_none()).count();
    let with = list.iter().filter(|one| tail_of(one).is_some()).count();
    let enough = if list.len() < 4 { with == open } else { with * 10 >= open * 6 };
    if with < 2 || !enough {
        return;
    }
    for one in list.iter_mut() {
        if let Some((head, tail)) = tail_of(one) {
            one.name = head;
            one.place = Some(tail);
            if one.acronym.is_none()
                && let Some((name, inner)) = trailing_parenthesis(&one.name)
                && is_acronym(inner)
            {
                (one.acronym, one.name) = (Some(inner.to_owned()), name.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let one = read(text, None).unwrap();
        format!("{}|{}|{}", one.name, one.acronym.unwrap_or_default(), one.place.unwrap_or_default())
    }

    #[test]
    fn acronyms_and_places_come_apart() {
        assert_eq!(shown("Lake Union (LU)"), "Lake Union|LU|");
        assert_eq!(shown("Lake Union (Oddar Meanchey )"), "Lake Union||Oddar Meanchey");
        assert_eq!(shown("Lake Union (LU) (Laos)"), "Lake Union|LU|Laos");
        assert_eq!(shown("Lake Union (LU, Laos)"), "Lake Union|LU|Laos");
        assert_eq!(shown("Lake Union (LU), Laos"), "Lake Union|LU|Laos");
        assert_eq!(shown("Lake Union (LU) - Laos"), "Lake Union|LU|Laos");
        assert_eq!(shown("Lake Union (USA)"), "Lake Union||USA");
        assert_eq!(shown("Lake Union – LU"), "Lake Union|LU|");
        assert_eq!(shown("LU - Lake Union"), "Lake Union|LU|");
        assert_eq!(shown("ROAD (Rights of All in Danger)"), "Rights of All in Danger|ROAD|");
        assert_eq!(shown("Verein für Seen e.V."), "Verein für Seen e.V.||");
        assert_eq!(shown("សហជីពបឹង (កំពត)"), "សហជីពបឹង||កំពត");
        assert_eq!(shown("湖泊联盟（北京）"), "湖泊联盟||北京");
        assert_eq!(shown("• Lake Union;"), "Lake Union||");
    }

    #[test]
    fn typed_numbers() {
        let number = |text| read(text, None).unwrap();
        assert_eq!((number("12. Lake").number, number("12. Lake").name.as_str()), (Some(12), "Lake"));
        assert_eq!(number("(7) Lake Union").number, Some(7));
        assert_eq!(number("១២. សហជីព").number, Some(12));
        assert_eq!(number("197 Land Community").name, "197 Land Community");
        assert_eq!(number("350.org").name, "350.org");
    }

    #[test]
    fn a_comma_stands_before_a_place_where_the_list_says_so() {
        let mut list: Vec<Signatory> =
            ["A Union, Laos", "B League, Thailand", "C Centre for Law, Research", "D Group", "E, Laos"]
                .iter()
                .filter_map(|t| read(t, None))
                .collect();
        settle(&mut list, false);
        assert_eq!(list[0].place.as_deref(), Some("Laos"));
        let mut list: Vec<Signatory> = ["A Centre for Law, Justice and Peace", "B League", "C", "D"]
            .iter()
            .filter_map(|t| read(t, None))
            .collect();
        settle(&mut list, false);
        assert_eq!(list[0].place, None);
    }

    #[test]
    fn roles_are_no_part_of_the_name() {
        let mut list: Vec<Signatory> =
            ["Dr. Sok Dara, Director, Lake Union", "Anna Roe – Professor of Law", "Bo Li (Chair)"]
                .iter()
                .filter_map(|t| read(t, None))
                .collect();
        settle(&mut list, false);
        let shown: Vec<String> =
            list.iter().map(|one| format!("{}|{}", one.name, one.role.clone().unwrap_or_default())).collect();
        assert_eq!(shown, ["Sok Dara|Dr., Director, Lake Union", "Anna Roe|Professor of Law", "Bo Li|Chair"]);
    }
}
