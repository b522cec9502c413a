//! A stranger's words, made fit for one line.

/// The most characters of a title or a name that are cited; what is longer ends in an ellipsis.
const LONGEST: usize = 1_000;

/// One line: white space is folded, and control characters and those that steer the direction of writing, which could make
/// a citation say something else than it does, are left out.
pub(crate) fn line(text: &str) -> String {
    let mut out = String::new();
    let kept = text.chars().filter(|c| c.is_whitespace() || !(c.is_control() || steers(*c)));
    let mut count = 0;
    let mut gap = false;
    for c in kept {
        if c.is_whitespace() {
            gap = !out.is_empty();
            continue;
        }
        count += 1 + usize::from(gap);
        if count > LONGEST {
            out.push('…');
            break;
        }
        if std::mem::take(&mut gap) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// The same of a text that may be missing; one that is empty says nothing.
pub(crate) fn some_line(text: Option<&str>) -> Option<String> {
    text.map(line).filter(|text| !text.is_empty())
}

/// An address with everything percent-encoded that no address holds as it is (RFC 3986, section 2), and nothing left out.
pub(crate) fn address(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for c in url.trim().chars() {
        let is_odd = c.is_control() || c.is_whitespace() || steers(c) || "<>\"{}|\\^`".contains(c);
        if !is_odd {
            out.push(c);
            continue;
        }
        let mut bytes = [0; 4];
        for byte in c.encode_utf8(&mut bytes).bytes() {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Marks, overrides and isolates of the direction of writing, a byte order mark, tags, and separators of lines.
fn steers(c: char) -> bool {
    matches!(c,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{206F}' | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn white_space_is_folded_and_what_steers_is_left_out() {
        assert_eq!(
            line("  On\tthe \r\n ferry\u{202e} \u{2028}yrref \u{0}eht nO  "),
            "On the ferry yrref eht nO"
        );
        // Khmer is written with spaces of no width, and Arabic and Persian with joiners: they are part of the words.
        assert_eq!(
            line("សេចក្ដី\u{200b}ថ្លែងការណ៍ \u{645}\u{6cc}\u{200c}\u{62e}"),
            "សេចក្ដី\u{200b}ថ្លែងការណ៍ \u{645}\u{6cc}\u{200c}\u{62e}"
        );
        assert_eq!(some_line(Some(" \u{202a}\n")), None);
    }

    #[test]
    fn an_address_keeps_all_it_says() {
        assert_eq!(address("https://a.example/b?c=%20d&e=é"), "https://a.example/b?c=%20d&e=é");
        assert_eq!(address("https://a.example/<b> {c}\n"), "https://a.example/%3Cb%3E%20%7Bc%7D");
        assert_eq!(address("https://a.example/\u{202e}"), "https://a.example/%E2%80%AE");
    }

    proptest! {
        #[test]
        fn a_line_is_one_line(text in any::<String>()) {
            let line = line(&text);
            prop_assert!(line.chars().all(|c| !c.is_control() && !steers(c)));
            prop_assert!(!line.contains("  ") && line.trim() == line && line.chars().count() <= LONGEST + 1);
        }

        #[test]
        fn an_address_has_no_gap(text in any::<String>()) {
            let gap = |c: char| c.is_whitespace() || c.is_control() || "<>{}".contains(c);
            let address = address(&text);
            prop_assert!(!address.contains(gap), "{}", address);
        }
    }
}
