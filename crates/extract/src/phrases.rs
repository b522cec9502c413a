//! Standing phrases of web pages in many languages, from data files, one file a language.
//!
//! A line is `category: phrase`. The phrase matches a whole block; with `*` at its end the beginning of a block, with
//! `*` at both ends any part of it. Comparison ignores case, punctuation at the ends and repeated spaces. Phrases
//! support what structure already suggests; they decide alone only where a block is nothing but the phrase.

use crate::text::prefix;
use regex::Regex;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a phrase is typical of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum Category {
    /// Cookie and privacy notices.
    Consent,
    /// Links for keyboard users.
    Skip,
    /// Headings and labels of other stories.
    Related,
    /// Calls to share.
    Share,
    /// Calls to subscribe.
    Newsletter,
    /// Headings and labels of comments.
    Comments,
    /// Labels of advertisements.
    Ad,
    /// Labels of taxonomy lists.
    Taxonomy,
    /// Copyright lines and legal links.
    Copyright,
    /// Log in, sign up.
    Login,
    /// Links to more of the same.
    More,
    /// Navigation: home, menu, back to top.
    Navigation,
    /// A wall before the rest of the text.
    Paywall,
    /// Pages that do not exist.
    NotFound,
    /// Heading of notes to editors.
    Notes,
    /// Heading of standing text about the publisher.
    About,
    /// Heading of contacts.
    Contacts,
    /// Heading of a list of signatories.
    Signatories,
    /// Labels before an author's name.
    Author,
    /// Labels before a publication date.
    Published,
    /// Labels before a date of change.
    Modified,
    /// Donation appeals.
    Donate,
    /// Image credits.
    Credit,
}

impl Category {
    pub(crate) const ALL: [(Self, &'static str); 23] = [
        (Self::Consent, "consent"),
        (Self::Skip, "skip"),
        (Self::Related, "related"),
        (Self::Share, "share"),
        (Self::Newsletter, "newsletter"),
        (Self::Comments, "comments"),
        (Self::Ad, "ad"),
        (Self::Taxonomy, "taxonomy"),
        (Self::Copyright, "copyright"),
        (Self::Login, "login"),
        (Self::More, "more"),
        (Self::Navigation, "navigation"),
        (Self::Paywall, "paywall"),
        (Self::NotFound, "not-found"),
        (Self::Notes, "notes"),
        (Self::About, "about"),
        (Self::Contacts, "contacts"),
        (Self::Signatories, "signatories"),
        (Self::Author, "author"),
        (Self::Published, "published"),
        (Self::Modified, "modified"),
        (Self::Donate, "donate"),
        (Self::Credit, "credit"),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, label)| *label == name).map(|(category, _)| *category)
    }
}

/// A set of categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Categories(pub(crate) u32);

impl Categories {
    pub(crate) fn has(self, category: Category) -> bool {
        self.0 & (1 << category as u8) != 0
    }

    /// A set of these categories.
    pub(crate) const fn of(categories: &[Category]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < categories.len() {
            bits |= 1 << categories[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    pub(crate) fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn add(&mut self, category: Category) {
        self.0 |= 1 << category as u8;
    }
}

const FILES: &[&str] = &[
    include_str!("../data/phrases/en.txt"),
    include_str!("../data/phrases/fr.txt"),
    include_str!("../data/phrases/es.txt"),
    include_str!("../data/phrases/de.txt"),
    include_str!("../data/phrases/pt.txt"),
    include_str!("../data/phrases/it.txt"),
    include_str!("../data/phrases/nl.txt"),
    include_str!("../data/phrases/pl.txt"),
    include_str!("../data/phrases/ru.txt"),
    include_str!("../data/phrases/ar.txt"),
    include_str!("../data/phrases/tr.txt"),
    include_str!("../data/phrases/id.txt"),
    include_str!("../data/phrases/vi.txt"),
    include_str!("../data/phrases/th.txt"),
    include_str!("../data/phrases/km.txt"),
    include_str!("../data/phrases/my.txt"),
    include_str!("../data/phrases/zh.txt"),
    include_str!("../data/phrases/ja.txt"),
    include_str!("../data/phrases/ko.txt"),
];

/// Longest block that a whole-block or prefix phrase is looked up for.
const LONGEST: usize = 120;

/// Bytes of a block that are looked at: a phrase of boilerplate comes soon or does not matter.
const LONGEST_LOOK: usize = 900;

struct Tables {
    whole: HashMap<String, Categories>,
    /// Prefix phrases by their first word.
    prefix: HashMap<String, Vec<(String, Category)>>,
    anywhere: Option<Regex>,
    anywhere_categories: HashMap<String, Category>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut whole: HashMap<String, Categories> = HashMap::new();
    let mut prefix: HashMap<String, Vec<(String, Category)>> = HashMap::new();
    let mut anywhere = HashMap::new();
    for line in FILES.iter().flat_map(|file| file.lines()) {
        let Some((name, phrase)) = line.split_once(':').filter(|_| !line.starts_with('#')) else { continue };
        let Some(category) = Category::named(name.trim()) else { continue };
        let phrase = phrase.trim();
        let text = normalise(phrase.trim_matches('*'));
        if phrase.starts_with('*') {
            anywhere.insert(text, category);
        } else if phrase.ends_with('*') {
            prefix.entry(first_key(&text)).or_default().push((text, category));
        } else {
            whole.entry(text).or_default().add(category);
        }
    }
    let mut alternatives: Vec<String> = anywhere.keys().map(|phrase| regex::escape(phrase)).collect();
    // Longest first, so that the more telling of two overlapping phrases is found.
    alternatives.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    let anywhere_regex = Regex::new(&alternatives.join("|")).ok().filter(|_| !alternatives.is_empty());
    Tables { whole, prefix, anywhere: anywhere_regex, anywhere_categories: anywhere }
});

/// The phrases of a category in lower case, each with whether it has to be a whole block.
pub(crate) fn listed(category: Category) -> impl Iterator<Item = (&'static str, bool)> {
    FILES.iter().flat_map(|file| file.lines()).filter_map(move |line| {
        let (name, phrase) = line.split_once(':').filter(|_| !line.starts_with('#'))?;
        let phrase = phrase.trim();
        let wanted = Category::named(name.trim()) == Some(category);
        wanted.then(|| (phrase.trim_matches('*'), !phrase.ends_with('*')))
    })
}

/// Prefix phrases are filed under their first two characters.
fn first_key(text: &str) -> String {
    text.chars().take(2).collect()
}

/// Prefix phrases that a text may begin with; those of a single character are filed under it.
fn prefixes<'a>(tables: &'a Tables, text: &str) -> impl Iterator<Item = &'a (String, Category)> {
    let key = first_key(text);
    let single: String = text.chars().take(1).collect();
    let single = (single != key).then(|| tables.prefix.get(&single)).flatten();
    tables.prefix.get(&key).into_iter().chain(single).flatten()
}

/// Lower-cases, trims punctuation at the ends and collapses white space.
pub(crate) fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        // Where words end is marked in some texts of scripts without spaces, and not in others.
        for c in word.chars().filter(|c| *c != '\u{200B}') {
            if c.is_ascii() {
                out.push(c.to_ascii_lowercase());
                continue;
            }
            // The small letter of a Turkish İ would come out as an i with a combining dot.
            let c = match c {
                '’' | '‘' | 'ʼ' => '\'',
                'İ' => 'i',
                c => c,
            };
            out.extend(c.to_lowercase());
        }
    }
    out.trim_matches(|c: char| !c.is_alphanumeric() && !is_mark(c) && c != '©').to_owned()
}

/// Combining vowels and tone marks, with which a word of an Indic or South-East Asian script may end.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{900}'..='\u{109F}' | '\u{1780}'..='\u{17FF}')
}

/// Which phrases a block consists of, begins with or contains.
pub(crate) fn of(text: &str) -> Categories {
    let tables = &*TABLES;
    let mut found = Categories::default();
    let normal = normalise(prefix(text, LONGEST_LOOK));
    if normal.len() <= LONGEST * 3 {
        let key =
            normal.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '(' | ')' | ' ' | '|' | '»'));
        for candidate in [normal.as_str(), key] {
            if let Some(categories) = tables.whole.get(candidate) {
                found.0 |= categories.0;
            }
        }
    }
    for (phrase, category) in prefixes(tables, &normal) {
        if normal.starts_with(phrase.as_str()) {
            found.add(*category);
        }
    }
    if let Some(regex) = &tables.anywhere {
        for hit in regex.find_iter(&normal) {
            if let Some(category) = tables.anywhere_categories.get(hit.as_str()) {
                found.add(*category);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_prefix_and_part() {
        assert!(of("Related Stories:").has(Category::Related));
        assert!(!of("Related stories of resistance abound in the valley").has(Category::Related));
        assert!(of("Skip to main content").has(Category::Skip));
        assert!(of("Strictly necessary storage ON OFF").has(Category::Consent));
    }

    #[test]
    fn every_language_has_what_a_page_needs() {
        let needed = [
            "consent",
            "related",
            "share",
            "newsletter",
            "skip",
            "comments",
            "navigation",
            "notes",
            "about",
            "contacts",
            "signatories",
            "published",
            "modified",
            "author",
            "paywall",
            "not-found",
            "login",
        ];
        assert_eq!(FILES.len(), 19);
        for file in FILES {
            let language = file.lines().next().unwrap_or_default();
            for category in needed {
                let label = format!("{category}:");
                assert!(file.lines().any(|line| line.starts_with(&label)), "{language} has no {category}");
            }
        }
    }

    #[test]
    fn every_line_of_every_file_names_a_category_and_a_phrase() {
        for line in FILES.iter().flat_map(|file| file.lines()) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, phrase) = line.split_once(':').unwrap_or_else(|| panic!("no colon in {line}"));
            assert!(Category::named(name.trim()).is_some(), "{line}");
            assert!(!normalise(phrase.trim_matches('*')).is_empty(), "{line}");
        }
    }
}
