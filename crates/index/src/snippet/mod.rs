//! Snippets: the passage of a text that answers the query, with the matches marked.
//!
//! Matches are found by the same analysis that indexed the text, so phrases, prefixes and words
//! inside run-together sentences are marked as well as plain words. Lengths are counted in
//! characters, and cuts fall between words.

mod matcher;
mod passage;

use std::ops::Range;

pub(crate) use matcher::Matcher;

/// What a text says about a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snippet {
    /// Passages in the order of the text; empty when the text is empty.
    pub fragments: Vec<Fragment>,
}

/// One passage on one line: every run of white space is a single space; characters that
/// would steer a terminal or turn the direction of writing are gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fragment {
    /// The passage.
    pub text: String,
    /// The matches in it, counted in characters, in order and apart from each other.
    pub highlights: Vec<Range<usize>>,
    /// Whether text was left out before it.
    pub cut_before: bool,
    /// Whether text was left out after it.
    pub cut_after: bool,
}

impl Snippet {
    /// All passages on one line with `…` where text was left out, and the matches in it, counted in
    /// characters.
    pub fn joined(&self) -> (String, Vec<Range<usize>>) {
        let mut line = String::new();
        let mut highlights = Vec::new();
        let mut length = 0;
        let mut push = |line: &mut String, text: &str| {
            line.push_str(text);
            let start = length;
            length += text.chars().count();
            start
        };
        for (index, fragment) in self.fragments.iter().enumerate() {
            if index > 0 {
                push(&mut line, " … ");
            } else if fragment.cut_before {
                push(&mut line, "… ");
            }
            let start = push(&mut line, &fragment.text);
            highlights.extend(fragment.highlights.iter().map(|span| start + span.start..start + span.end));
        }
        if self.fragments.last().is_some_and(|fragment| fragment.cut_after) {
            push(&mut line, " …");
        }
        (line, highlights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::parse;

    fn snippet(query: &str, text: &str) -> Snippet {
        Matcher::new(&parse(query).unwrap()).snippet(text, Some("en"))
    }

    fn marked(query: &str, text: &str) -> String {
        let (line, highlights) = snippet(query, text).joined();
        let mut out = String::new();
        for (index, c) in line.chars().enumerate() {
            if highlights.iter().any(|span| span.start == index) {
                out.push('[');
            }
            out.push(c);
            if highlights.iter().any(|span| span.end == index + 1) {
                out.push(']');
            }
        }
        out
    }

    #[test]
    fn all_forms_of_a_query_are_marked() {
        let cases = [
            ("fair", "The right to a fair trial.", "The right to a [fair] trial."),
            ("\"fair trial\"", "A fair deal, a fair trial.", "A fair deal, a [fair trial]."),
            ("tri*", "Trials are trials.", "[Trials] are [trials]."),
            ("arrestation", "De l’arrestation arbitraire", "De l’[arrestation] arbitraire"),
            ("denoncent", "Ils DÉNONCENT", "Ils [DÉNONCENT]"),
            ("fair -trial", "A fair trial", "A [fair] trial"),
            ("title:fair trial", "A fair trial", "A fair [trial]"),
            ("言论自由", "我们支持言论自由和集会", "我们支持[言论自由]和集会"),
            ("自", "言论自由", "言论[自]由"),
            ("សិទ្ធិ", "យើងការពារសិទ្ធិមនុស្ស", "យើងការពារ[សិទ្ធិ]មនុស្ស"),
            ("សិទ្ធិមនុស្ស", "យើងការពារសិទ្ធិ\u{200B}មនុស្ស", "យើងការពារ[សិទ្ធិ\u{200B}មនុស្ស]"),
            ("សារ", "នៅផ្សារមានសារមួយ", "នៅផ្សារមាន[សារ]មួយ"),
            ("\"ផ្ញើសារ\" សារ", "គាត់ផ្ញើសារទៅគ្រួសារ", "គាត់[ផ្ញើសារ]ទៅគ្រួសារ"),
            ("org?ni*ation", "An organisation, organizations", "An [organisation], organizations"),
            ("*ation", "A nation and nations", "A [nation] and nations"),
            ("detaned~1", "They detained him", "They [detained] him"),
            ("/tr(ial|y)s?/", "Trials are a trial", "[Trials] are a [trial]"),
            ("strike", "They are striking, strikes go on", "They are [striking], [strikes] go on"),
            ("\"strike\"", "Strikes, a strike", "Strikes, a [strike]"),
            ("\"fair trial\"~2", "A deal. Fair is a trial, a trial", "A deal. [Fair] is a [trial], a trial"),
            ("\"fair tri*\"", "Fair deals, fair trials", "Fair deals, [fair trials]"),
            ("NEAR(trial fair, 2)", "A fair deal is fair in trial", "A fair deal is [fair] in [trial]"),
            ("NEAR(\"a b\" c, 9)", "c and a b", "[c] and [a b]"),
            ("NEAR(a b, 1)", "a x b", "a x b"),
            ("2024-06-26", "On 2024-06-26, not 2024-06-27", "On [2024-06-26], not 2024-06-27"),
            ("text:(fair OR trial)", "A fair trial", "A [fair] [trial]"),
            ("សិទ្ធ*", "សិទ្ធិ", "[សិទ្ធិ]"),
            ("a b", "a\n\n b", "[a] [b]"),
            ("a", "\u{1b}[31m a\0b", "[31m [a] b"),
            ("nothing", "Something else", "Something else"),
            ("nothing", "", ""),
        ];
        for (query, text, wanted) in cases {
            // An escape character in a text becomes white space, and leading white space goes.
            assert_eq!(marked(query, text), wanted, "{query}");
        }
    }

    #[test]
    fn a_long_text_is_cut_around_the_match() {
        let text = format!("{}the needle is here {}", "hay ".repeat(500), "straw ".repeat(500));
        let found = snippet("needle", &text);
        let [fragment] = found.fragments.as_slice() else { panic!("{found:?}") };
        assert!(fragment.cut_before && fragment.cut_after);
        assert!(fragment.text.chars().count() <= 260, "{}", fragment.text);
        assert!(fragment.text.starts_with("hay") && fragment.text.ends_with("straw"), "{}", fragment.text);
        assert!(marked("needle", &text).contains("the [needle] is"));
    }

    #[test]
    fn a_common_word_leaves_room_for_a_rare_one() {
        let text = format!("{}and a needle", "the hay and the straw ".repeat(3_000));
        for query in ["the needle", "the* needl*", "hays needles", "NEAR(the and, 9) needle"] {
            assert!(marked(query, &text).contains("[needle]"), "{query}");
        }
    }

    #[test]
    fn a_snippet_does_not_end_in_an_opening_mark() {
        let text = format!("{}needle “{}”", "hay ".repeat(100), "x".repeat(2_000));
        assert!(!marked("needle", &text).contains('“'));
        let text = format!("自由「{}」", "言论".repeat(300));
        let (line, _) = snippet("自由", &text.replace("由「", "由，「")).joined();
        assert!(!line.trim_end_matches(" …").ends_with('「'), "{line}");
    }

    #[test]
    fn words_far_apart_give_two_passages() {
        let text = format!("first alpha {}second beta", "filler ".repeat(300));
        let line = marked("alpha beta", &text);
        assert!(line.contains("[alpha]") && line.contains("[beta]") && line.contains(" … "), "{line}");
        assert!(line.chars().count() < 300, "{line}");
    }

    #[test]
    fn the_passage_with_most_of_the_query_wins() {
        let text = format!("trial {}a fair trial{}", "filler ".repeat(100), " filler".repeat(100));
        assert!(marked("fair trial", &text).contains("a [fair] [trial]"));
    }

    #[test]
    fn a_word_without_end_is_cut() {
        let text = format!("{} b", "a".repeat(100_000));
        for query in ["aaa*", "nothing", "b"] {
            let (line, _) = snippet(query, &text).joined();
            let length = line.chars().count();
            assert!((1..=400).contains(&length), "{query}: {length}");
        }
    }

    #[test]
    fn khmer_is_cut_between_clusters() {
        let text = "ការពារសិទ្ធិមនុស្ស".repeat(200);
        let (line, highlights) = snippet("សិទ្ធិ", &text).joined();
        assert!(!highlights.is_empty());
        assert!(line.chars().count() <= 270);
        let last = line.trim_end_matches(" …").chars().next_back().unwrap();
        assert_ne!(last, '\u{17D2}');
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_a_well_formed_snippet(text: String, parts in proptest::collection::vec(proptest::sample::select(PIECES), 0..80)) {
            for text in [text, parts.concat()] {
                let queries = ["a", "a*", "\"a b\"", "ស", "言论", "x OR é*", "*a*", "a?b OR /.*/", "ab~1", "NEAR(a* b, 3)"];
                for query in queries {
                    let (line, highlights) = snippet(query, &text).joined();
                    let length = line.chars().count();
                    let mut end = 0;
                    for span in highlights {
                        assert!(end <= span.start && span.start < span.end && span.end <= length);
                        end = span.end;
                    }
                    assert!(!line.chars().any(char::is_control));
                }
            }
        }
    }

    const PIECES: &[&str] = &[
        "a",
        "b",
        " ",
        "\n",
        "\u{AD}",
        "\u{200B}",
        "ស",
        "\u{17D2}",
        "言",
        "论",
        "é",
        "e\u{301}",
        "’",
        ".",
        "longer words ",
    ];
}
