//! What an element's `class`, `id`, `role` and state attributes say about its purpose.
//!
//! Names are cut into words and looked up in a data file; a word stands for a purpose in any framework and on any site,
//! so no site is ever named. A hint is evidence, not a verdict: [`rules`](crate::rules) and
//! [`score`](crate::score) weigh it.

use scraper::node::Element;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

/// A set of purposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Hints(pub(crate) u64);

macro_rules! hints {
    ($($name:ident = $bit:literal, $label:literal;)*) => {
        impl Hints {
            $(pub(crate) const $name: Self = Self(1 << $bit);)*
            /// Every purpose with its name in the data file and in traces.
            pub(crate) const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, $label)),*];
        }
    };
}

hints! {
    NAV = 0, "nav";
    MENU = 1, "menu";
    BREADCRUMB = 2, "breadcrumb";
    FOOTER = 3, "footer";
    HEADER = 4, "header";
    SIDEBAR = 5, "sidebar";
    RELATED = 6, "related";
    SHARE = 7, "share";
    COMMENT = 8, "comment";
    NEWSLETTER = 9, "newsletter";
    AD = 10, "ad";
    CONSENT = 11, "consent";
    MODAL = 12, "modal";
    SKIP = 13, "skip";
    AUTHOR = 14, "author";
    DATE = 15, "date";
    TAGS = 16, "tags";
    CAPTION = 17, "caption";
    PAGINATION = 18, "pagination";
    OFFSCREEN = 19, "offscreen";
    LOGIN = 20, "login";
    SEARCH = 21, "search";
    WIDGET = 22, "widget";
    CONTENT = 23, "content";
    ARTICLE = 24, "article";
    TITLE = 25, "title";
    META = 26, "meta";
    PRODUCT = 27, "product";
    REVIEW = 28, "review";
    CARD = 29, "card";
    LIST = 30, "list";
    TOOLBAR = 31, "toolbar";
    PROMO = 32, "promo";
    MEDIA = 33, "media";
    QUOTE = 34, "quote";
    CODE = 35, "code";
    FORUM = 36, "forum";
    TOC = 37, "toc";
    SUMMARY = 38, "summary";
    PRICE = 39, "price";
    ACTION = 40, "action";
    ACCORDION = 41, "accordion";
    BANNER = 42, "banner";
    RATING = 43, "rating";
    POPULAR = 44, "popular";
    PRINT = 45, "print";
    LANGUAGE = 46, "language";
    HIDDEN = 47, "hidden";
    ARIA_HIDDEN = 48, "aria-hidden";
    BIO = 49, "bio";
    FORM = 50, "form";
    LEGAL = 51, "legal";
    FLOATING = 52, "floating";
    CONTACT = 53, "contact";
    RECIPE = 54, "recipe";
    POSTS = 55, "posts";
}

impl Hints {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// The words of the data file by their hash, so that looking one up needs no copy of it.
static WORDS: LazyLock<HashMap<u64, Hints, BuildHasherDefault<Ready>>> = LazyLock::new(|| {
    let mut words: HashMap<u64, Hints, BuildHasherDefault<Ready>> = HashMap::default();
    for line in include_str!("../data/hints.txt").lines() {
        let Some((label, listed)) = line.split_once(':').filter(|_| !line.starts_with('#')) else { continue };
        let Some((hint, _)) = Hints::ALL.iter().find(|(_, name)| *name == label.trim()) else { continue };
        for word in listed.split_whitespace() {
            let entry = words.entry(word.chars().fold(EMPTY, step)).or_default();
            *entry = entry.with(*hint);
        }
    }
    words
});

/// The hash (FNV-1a) of no letters.
const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

/// The hash of some letters and one more.
fn step(hash: u64, c: char) -> u64 {
    (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3)
}

/// A hasher for keys that are hashes already.
#[derive(Default, Clone, Copy)]
struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, hash: u64) {
        // The table looks at the highest bits first, in which FNV varies least.
        self.0 = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// The purposes that an element's own attributes name.
pub(crate) fn of_element(element: &Element) -> Hints {
    let mut hints = Hints::NONE;
    for (name, value) in element.attrs() {
        hints = hints.with(match name {
            "class" | "id" | "itemprop" | "data-testid" | "data-component" => of_names(value),
            "role" => of_role(value),
            "aria-hidden" if value.trim().eq_ignore_ascii_case("true") => Hints::ARIA_HIDDEN,
            "aria-modal" if value.trim().eq_ignore_ascii_case("true") => Hints::MODAL,
            "aria-label" if value.len() < 60 => of_names(value).without(Hints::CONTENT.with(Hints::ARTICLE)),
            "hidden" => Hints::HIDDEN,
            "style" if hides(value) => Hints::HIDDEN,
            _ => Hints::NONE,
        });
    }
    hints
}

/// Whether an attribute itself hides the element; a class may do so on some screens only.
pub(crate) fn is_hidden(element: &Element) -> bool {
    element.attr("hidden").is_some() || element.attr("style").is_some_and(hides)
}

fn hides(style: &str) -> bool {
    let style: String =
        style.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
    style.contains("display:none") || style.contains("visibility:hidden")
}

fn of_role(role: &str) -> Hints {
    match role.trim() {
        "navigation" => Hints::NAV,
        "menu" | "menubar" | "menuitem" => Hints::MENU,
        "complementary" => Hints::SIDEBAR,
        "contentinfo" => Hints::FOOTER,
        "banner" => Hints::HEADER,
        "dialog" | "alertdialog" => Hints::MODAL,
        "search" => Hints::SEARCH,
        "main" | "article" => Hints::CONTENT,
        "toolbar" | "tablist" => Hints::TOOLBAR,
        "button" => Hints::ACTION,
        _ => Hints::NONE,
    }
}

/// Characters of an attribute that are looked at.
const LONGEST_NAMES: usize = 600;

/// Cuts names such as `post-content`, `relatedPosts` or `cookie_banner` into words and looks each up, and each pair of
/// neighbours written together.
fn of_names(names: &str) -> Hints {
    let mut cutter = Cutter { found: Hints::NONE, word: EMPTY, pair: None };
    let mut previous_lower = false;
    for c in names.chars().take(LONGEST_NAMES) {
        // Most names are ASCII, and the general questions cost a table each.
        let (in_word, letter, upper, lower) = if c.is_ascii() {
            (
                c.is_ascii_alphanumeric(),
                c.is_ascii_alphabetic(),
                c.is_ascii_uppercase(),
                c.is_ascii_lowercase(),
            )
        } else {
            (c.is_alphanumeric(), c.is_alphabetic(), c.is_uppercase(), c.is_lowercase())
        };
        if !in_word || (previous_lower && upper) {
            cutter.end_word();
        }
        if c.is_ascii() && letter {
            cutter.push(c.to_ascii_lowercase());
        } else if letter {
            c.to_lowercase().for_each(|c| cutter.push(c));
        }
        previous_lower = lower;
    }
    cutter.end_word();
    cutter.found
}

/// Looks words up as they end.
struct Cutter {
    found: Hints,
    /// Hash of the letters since the last end of a word.
    word: u64,
    /// Hash of the previous word and those letters.
    pair: Option<u64>,
}

impl Cutter {
    fn push(&mut self, c: char) {
        self.word = step(self.word, c);
        self.pair = self.pair.map(|pair| step(pair, c));
    }

    fn end_word(&mut self) {
        if self.word == EMPTY {
            return;
        }
        for hash in std::iter::once(self.word).chain(self.pair) {
            self.found = self.found.with(WORDS.get(&hash).copied().unwrap_or_default());
        }
        self.pair = Some(self.word);
        self.word = EMPTY;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_into_words() {
        assert!(of_names("relatedPosts").any(Hints::RELATED));
        assert!(of_names("site_cookie-banner2").any(Hints::CONSENT));
        assert!(of_names("skip-link").any(Hints::SKIP));
        assert!(!of_names("unrelated").any(Hints::RELATED));
    }

    #[test]
    fn every_label_of_the_data_file_is_known() {
        for line in include_str!("../data/hints.txt").lines().filter(|line| !line.starts_with('#')) {
            let Some((label, _)) = line.split_once(':') else { continue };
            assert!(Hints::ALL.iter().any(|(_, name)| *name == label.trim()), "{label}");
        }
    }
}
