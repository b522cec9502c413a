//! Text as a reader sees it: white space collapsed, invisible debris gone, composed to NFC.
//!
//! What is invisible but needed stays: zero-width spaces that separate words in scripts without spaces, joiners in
//! Indic and Arabic script and in emoji, direction marks in right-to-left text.

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Collects the text of one block, collapsing white space as it grows.
#[derive(Default)]
pub(crate) struct TextBuilder {
    out: String,
    pending_space: bool,
    verbatim: bool,
}

impl TextBuilder {
    /// A builder that keeps line ends and runs of spaces, for preformatted text.
    pub(crate) fn verbatim() -> Self {
        Self { verbatim: true, ..Self::default() }
    }

    pub(crate) fn push(&mut self, text: &str) {
        for c in text.chars() {
            if self.verbatim && matches!(c, '\n' | '\t') {
                self.flush_space();
                self.out.push(c);
            } else if is_space(c) {
                if self.verbatim {
                    self.out.push(' ');
                } else {
                    self.pending_space = true;
                }
            } else if !is_debris(c) {
                self.flush_space();
                self.out.push(c);
            }
        }
    }

    /// Asks for a space before whatever comes next.
    pub(crate) fn space(&mut self) {
        self.pending_space = true;
    }

    /// A line break within the block.
    pub(crate) fn line(&mut self) {
        self.pending_space = false;
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn flush_space(&mut self) {
        if self.pending_space {
            self.pending_space = false;
            if !self.out.is_empty() && !self.out.ends_with(['\n', ' ']) {
                self.out.push(' ');
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Length so far in bytes, for marking where a link starts.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    /// The end of the word that the text ends with so far; nothing after white space.
    pub(crate) fn last_word(&self) -> &str {
        if self.pending_space {
            return "";
        }
        let letters = self.out.chars().rev().take(24).take_while(|c| !c.is_whitespace());
        let bytes: usize = letters.map(char::len_utf8).sum();
        self.out.get(self.out.len() - bytes..).unwrap_or_default()
    }

    /// The text from a mark on, trimmed.
    pub(crate) fn since(&self, mark: usize) -> &str {
        self.out.get(mark..).unwrap_or_default().trim()
    }

    /// The finished text; the builder is empty afterwards.
    pub(crate) fn take(&mut self) -> String {
        self.pending_space = false;
        let text = std::mem::take(&mut self.out);
        finish(&text, self.verbatim)
    }
}

/// Cleans a piece of text that comes from an attribute or from JSON.
pub(crate) fn clean(text: &str) -> String {
    let mut builder = TextBuilder::default();
    builder.push(text);
    builder.take()
}

fn finish(text: &str, verbatim: bool) -> String {
    let trimmed = if verbatim { text.trim_matches('\n').trim_end() } else { text.trim() };
    let composed = if is_nfc(trimmed) { trimmed.to_owned() } else { trimmed.nfc().collect() };
    if composed.chars().any(is_invisible) { drop_unneeded(&composed) } else { composed }
}

fn is_space(c: char) -> bool {
    // Every white space, no-break and fixed-width ones included: readers search for plain spaces.
    c.is_whitespace() || c == '\u{2800}'
}

/// Characters that no reader sees and no script needs: soft hyphens, controls, icon-font glyphs, object markers.
fn is_debris(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{FEFF}' | '\u{2060}'..='\u{2064}' | '\u{FFF9}'..='\u{FFFC}' | '\u{E000}'..='\u{F8FF}')
        || ('\u{F0000}'..='\u{10FFFD}').contains(&c)
        || c.is_control()
}

/// Characters whose worth depends on their neighbours.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn drop_unneeded(text: &str) -> String {
    let right_to_left = text.chars().any(is_right_to_left);
    let chars: Vec<char> = text.chars().collect();
    let needed = |index: usize, c: char| {
        let before = index.checked_sub(1).and_then(|i| chars.get(i)).copied();
        let after = chars.get(index + 1).copied();
        match c {
            '\u{200B}' => [before, after].iter().flatten().any(|c| lacks_spaces(*c)),
            '\u{200C}' => before.is_some_and(joins) && after.is_some_and(joins),
            '\u{200D}' => before.is_some_and(|c| joins(c) || is_pictographic(c)) && after.is_some(),
            _ => right_to_left,
        }
    };
    let kept = chars.iter().enumerate().filter(|(index, c)| !is_invisible(**c) || needed(*index, **c));
    let text: String = kept.map(|(_, c)| *c).collect();
    text.trim().to_owned()
}

/// Scripts that mark word ends with U+200B instead of spaces: Thai, Lao, Tibetan, Burmese, Khmer, Tai, Balinese, Javanese.
fn lacks_spaces(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{FFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{1950}'..='\u{19FF}'
        | '\u{1A20}'..='\u{1AAF}' | '\u{1B00}'..='\u{1B7F}' | '\u{A980}'..='\u{A9DF}' | '\u{AA60}'..='\u{AADF}')
}

/// Scripts in which (non-)joiners change the shape of letters: Arabic and its kin, Syriac, Mongolian, Indic, Khmer, Burmese.
fn joins(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{8FF}' | '\u{900}'..='\u{DFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{1800}'..='\u{18AF}' | '\u{1B00}'..='\u{1B7F}' | '\u{A980}'..='\u{A9DF}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
}

fn is_pictographic(c: char) -> bool {
    matches!(c, '\u{FE0F}' | '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{2600}'..='\u{27BF}'
        | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}

fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// At most `bytes` bytes from the start of a text, cut at a character boundary.
pub(crate) fn prefix(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The first words of a text, for traces and outlines.
pub(crate) fn first_words(text: &str, max_chars: usize) -> String {
    let mut words: String = text.chars().take(max_chars).map(|c| if c == '\n' { ' ' } else { c }).collect();
    if text.chars().nth(max_chars).is_some() {
        words.push('…');
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_collapses_and_debris_goes() {
        assert_eq!(clean("  a\u{A0}\n b\u{AD}c \u{E001}d\u{200B} "), "a bc d");
    }

    #[test]
    fn composes_to_nfc() {
        assert_eq!(clean("e\u{301}te\u{301}"), "été");
    }

    #[test]
    fn khmer_word_breaks_stay() {
        let khmer = "សហជីព\u{200B}ឯករាជ្យ";
        assert_eq!(clean(khmer), khmer);
        assert_eq!(clean("union\u{200B}busting"), "unionbusting");
    }

    #[test]
    fn persian_and_emoji_joiners_stay() {
        assert_eq!(clean("می\u{200C}خواهم"), "می\u{200C}خواهم");
        assert_eq!(clean("👩\u{200D}🏭 x\u{200D}y"), "👩\u{200D}🏭 xy");
    }

    #[test]
    fn verbatim_keeps_lines() {
        let mut builder = TextBuilder::verbatim();
        builder.push("\nfn a() {\n    b\n}\n");
        assert_eq!(builder.take(), "fn a() {\n    b\n}");
    }
}
