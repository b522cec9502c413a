//! What a page says about how many signed, in its own words.

use super::numbers::{MEMBER, OTHERS, Plain, UNIT};
use super::split;
use super::vocabulary::alternation;
use crate::statement::Claim;
use crate::text::prefix;
use regex::Regex;
use std::sync::LazyLock;

/// Bytes of a text that are searched: how many signed is said soon or not at all.
const LONGEST_LOOK: usize = 700;

/// The numbers that can be years where nothing else says that something is counted.
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2100;

/// Most claims that are kept.
const MOST: usize = 8;

/// What a pattern counts, and where it may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// On top of those named before the number.
    Others,
    /// On top of the one who speaks.
    Plus,
    /// All of those who signed, said in so many words.
    Signed,
    /// A number of organisations: enough in a headline or beside a list.
    Counted,
}

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A headline, byline or the label of a list.
    Prominent,
    /// A paragraph.
    Text,
}

static PATTERNS: LazyLock<Vec<(Kind, Regex)>> = LazyLock::new(|| {
    let and = alternation("and");
    include_str!("../../data/claims.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (kind, pattern) = line.split_once(": ")?;
            let kind = match kind {
                "others" => Kind::Others,
                "plus" => Kind::Plus,
                "signed" => Kind::Signed,
                "title" => Kind::Counted,
                _ => return None,
            };
            let pattern = pattern
                .replace("{unit}", &format!("[{UNIT}{MEMBER}]"))
                .replace("{others}", &OTHERS.to_string())
                .replace("{and}", &and)
                .replace("{gap}", r"(?:[^\s.,;:!?()]+ ){0,5}?")
                .replace("{n}", r"([0-9]{1,5})");
            Some((kind, Regex::new(&pattern).ok()?))
        })
        .collect()
});

/// Whether a byline names some and counts the rest, as in `LICADHO & 43 Others`.
pub(crate) fn claims_others(text: &str) -> bool {
    in_text(text, Place::Prominent).iter().any(|(kind, _)| *kind == Kind::Others)
}

/// Collects the claims of a page, each number once.
#[derive(Debug, Default)]
pub(crate) struct Claims(Vec<(Claim, bool)>);

impl Claims {
    /// Adds what a text claims.
    pub(crate) fn add(&mut self, text: &str, place: Place) {
        for (kind, claim) in in_text(text, place) {
            let sure = kind != Kind::Counted || Plain::marked(&claim.text).text.contains(UNIT);
            self.add_one(claim, sure);
        }
    }

    /// Adds a claim, unless its number is known already.
    pub(crate) fn push(&mut self, claim: Claim) {
        self.add_one(claim, true);
    }

    fn add_one(&mut self, claim: Claim, sure: bool) {
        if self.0.len() < MOST && self.0.iter().all(|(known, _)| known.number != claim.number) {
            self.0.push((claim, sure));
        }
    }

    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|(claim, _)| claim.number)
    }

    /// The claims; without a list only those that can count nothing but signatories. "10 companies" can.
    pub(crate) fn into_vec(self, listed: bool) -> Vec<Claim> {
        self.0.into_iter().filter(|(_, sure)| listed || *sure).map(|(claim, _)| claim).collect()
    }
}

static UNNAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let and = alternation("and");
    let pattern = format!(
        r"^ ?(?:{and}|\+|plus)? ?([0-9]{{1,5}}) (?:[^\s,;]+ ){{0,3}}?[{UNIT}{MEMBER}{OTHERS}][^,;]*$"
    );
    Regex::new(&pattern).ok()
});

/// `and 12 other groups that wish to remain anonymous` in place of a name, after so many that are named.
pub(crate) fn unnamed(text: &str, named: usize) -> Option<Claim> {
    if text.len() > 200 {
        return None;
    }
    let plain = Plain::marked(text);
    let captures = UNNAMED.as_ref()?.captures(&plain.text)?;
    let number: u32 = captures.get(1)?.as_str().parse().ok()?;
    let names_one = text.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase) && number < 2;
    let proper = text
        .split_whitespace()
        .skip(1)
        .filter(|word| word.chars().next().is_some_and(char::is_uppercase))
        .count();
    let number = number.checked_add(u32::try_from(named).ok()?)?;
    (!names_one && proper == 0).then(|| Claim { text: text.trim().to_owned(), number, listed: None })
}

/// The claims in one text: the most telling kind that it has.
fn in_text(text: &str, place: Place) -> Vec<(Kind, Claim)> {
    let text = prefix(text, LONGEST_LOOK);
    let plain = Plain::marked(text);
    let counted =
        plain.text.contains(|c: char| c.is_ascii_digit()) && plain.text.contains([UNIT, MEMBER, OTHERS]);
    if !counted {
        return Vec::new();
    }
    let mut found: Vec<(Kind, Claim)> = Vec::new();
    for (kind, pattern) in PATTERNS.iter() {
        // Prose has others and numbers of groups for any reason; headlines and bylines have few.
        let prominent = matches!(kind, Kind::Counted | Kind::Others);
        if prominent && place == Place::Text || *kind == Kind::Counted && !found.is_empty() {
            continue;
        }
        for captures in pattern.captures_iter(&plain.text) {
            let (Some(whole), Some(number)) = (captures.get(0), captures.get(1)) else { continue };
            let claim = claim(text, &plain, *kind, whole.range(), number.range());
            found.extend(claim.map(|claim| (*kind, claim)));
        }
    }
    found
}

fn claim(
    text: &str,
    plain: &Plain,
    kind: Kind,
    whole: std::ops::Range<usize>,
    number: std::ops::Range<usize>,
) -> Option<Claim> {
    let before = plain.text.get(..number.start)?;
    let after = plain.text.get(number.end..)?;
    let cut = |c: char| c.is_ascii_digit();
    if before.ends_with(cut) || after.starts_with(cut) || before.ends_with(['.', ',', '-', '/', '$', '€']) {
        return None;
    }
    let stated: u32 = plain.text.get(number)?.parse().ok()?;
    if stated < 1 || (kind == Kind::Counted && (YEARS.contains(&stated) || stated < 2)) {
        return None;
    }
    let (mut start, end) = (plain.origin(whole.start), plain.origin(whole.end));
    let on_top = match kind {
        Kind::Signed | Kind::Counted => 0,
        Kind::Plus => 1,
        Kind::Others => {
            let (from, named) = split::named_before(text.get(..start)?)?;
            start = from;
            named
        }
    };
    let words = text.get(start..end)?.trim().trim_matches([',', ';', ':']).trim();
    Some(Claim { text: words.to_owned(), number: stated.checked_add(on_top)?, listed: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<u32> {
        let mut claims = Claims::default();
        claims.add(text, Place::Prominent);
        claims.numbers().collect()
    }

    #[test]
    fn every_pattern_is_one() {
        let lines = include_str!("../../data/claims.txt").lines().filter(|line| !line.starts_with('#'));
        assert_eq!(PATTERNS.len(), lines.count());
    }

    #[test]
    fn those_named_count_too() {
        assert_eq!(numbers("LICADHO & 43 Others"), [44]);
        assert_eq!(numbers("Lake Union, River League and 12 other organisations"), [14]);
        assert_eq!(numbers("Ligue du lac et 12 autres"), [13]);
        assert_eq!(numbers("Seenverband und 11 weitere Organisationen"), [12]);
        assert_eq!(numbers("湖泊联盟等44个组织"), [45]);
    }

    #[test]
    fn words_and_digits_of_any_script() {
        assert_eq!(numbers("We, the undersigned forty-four organisations, call on the ministry"), [44]);
        assert_eq!(numbers("44 CSOs call on the bank"), [44]);
        assert_eq!(numbers("signed by 120 civil society groups"), [120]);
        assert_eq!(numbers("Quarante-quatre associations appellent"), [44]);
        assert_eq!(numbers("44 organizaciones firmantes"), [44]);
        assert_eq!(numbers("сорок четыре организации"), [44]);
        assert_eq!(numbers("អង្គការចំនួន ៤៤"), [44]);
        assert_eq!(numbers("44団体が賛同"), [44]);
        assert_eq!(numbers("44개 단체 공동 서명"), [44]);
        assert_eq!(numbers("44 องค์กรร่วมลงนาม"), [44]);
        assert_eq!(numbers("وقعت ٤٤ منظمة"), [44]);
        assert_eq!(numbers("44 tổ chức cùng ký tên"), [44]);
    }

    #[test]
    fn together_with_partners() {
        assert_eq!(numbers("The union, together with 12 partners, calls on"), [13]);
    }

    #[test]
    fn other_numbers_claim_nothing() {
        assert!(numbers("In 2024 groups of people met").is_empty());
        assert!(numbers("The law of 12 March is unfair").is_empty());
        assert!(numbers("3.5 organisations").is_empty());
        let mut claims = Claims::default();
        claims.add("The 10 Best Moving Companies", Place::Prominent);
        assert!(claims.into_vec(false).is_empty());
        let mut claims = Claims::default();
        claims.add("The survey covered 12 organisations in the hills.", Place::Text);
        assert_eq!(claims.numbers().count(), 0);
    }
}
