//! What an element's `class`, `id`, `role` and state attributes say about its purpose.
//!
//! Names are cut into words and looked up in a data file; a word stands for a purpose in any framework and on any site,
//! so no site is ever named. A hint is evidence, not a verdict: [`rules`](crate::rules) and
//! [`score`](crate::score) weigh it.

use scraper::node::Element;
use std::collections::HashMap;
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

static WORDS: LazyLock<HashMap<&'static str, Hints>> = LazyLock::new(|| {
    let mut words: HashMap<&'static str, Hints> = HashMap::new();
    for line in include_str!("../data/hints.txt").lines() {
        let Some((label, listed)) = line.split_once(':').filter(|_| !line.starts_with('#')) else { continue };
        let Some((hint, _)) = Hints::ALL.iter().find(|(_, name)| *name == label.trim()) else { continue };
        for word in listed.split_whitespace() {
            let entry = words.entry(word).or_default();
            *entry = entry.with(*hint);
        }
    }
    words
});

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

/// Cuts names such as `post-content`, `relatedPosts` or `cookie_banner` into words and looks each up, and each pair of
/// neighbours written together.
fn of_names(names: &str) -> Hints {
    let mut hints = Hints::NONE;
    let (mut word, mut pair) = (String::new(), String::new());
    let mut look_up = |word: &mut String| {
        if word.is_empty() {
            return;
        }
        if let Some(found) = WORDS.get(word.as_str()) {
            hints = hints.with(*found);
        }
        pair.push_str(word);
        if let Some(found) = WORDS.get(pair.as_str()) {
            hints = hints.with(*found);
        }
        std::mem::swap(&mut pair, word);
        word.clear();
    };
    let mut previous_lower = false;
    for c in names.chars().take(600) {
        if !c.is_alphanumeric() || (previous_lower && c.is_uppercase()) {
            look_up(&mut word);
        }
        if c.is_alphabetic() {
            word.extend(c.to_lowercase());
        }
        previous_lower = c.is_lowercase();
    }
    look_up(&mut word);
    hints
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
