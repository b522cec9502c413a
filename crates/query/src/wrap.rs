//! Breaking lines for a terminal, where a character may be no, one or two columns wide.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

/// Columns that a character takes.
pub fn width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// The lines of a text, as ranges of its characters. Breaks at spaces, around wide characters, and
/// where neither is near between any two letters that are not written into one another.
pub fn lines(text: &[char], columns: usize) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let end = line_end(text, start, columns);
        lines.push(start..without_trailing_spaces(text, start, end));
        start = skip_spaces(text, end);
    }
    lines
}

/// Where the line that begins at `start` ends: all that fits, back to the last good place.
fn line_end(text: &[char], start: usize, columns: usize) -> usize {
    let mut used = 0;
    // A space at the edge takes no room.
    let over = text.iter().enumerate().skip(start).find(|(_, c)| {
        used += width(**c);
        used > columns && !c.is_whitespace()
    });
    let Some((over, _)) = over else { return text.len() };
    let last = |is_break: fn(&[char], usize) -> bool| (start + 1..=over).rev().find(|at| is_break(text, *at));
    last(is_good_break).or_else(|| last(is_possible_break)).unwrap_or(over.max(start + 1))
}

fn pair(text: &[char], at: usize) -> Option<(char, char)> {
    Some((*text.get(at.checked_sub(1)?)?, *text.get(at)?))
}

fn is_good_break(text: &[char], at: usize) -> bool {
    pair(text, at).is_some_and(|(before, after)| {
        let at_space = before.is_whitespace() && !after.is_whitespace();
        let at_wide = width(before) == 2 && width(after) == 2 && !is_closing(after);
        at_space || at_wide || before == '\u{200B}'
    })
}

/// Full stops and closing brackets do not begin a line.
fn is_closing(c: char) -> bool {
    matches!(c, '、' | '。' | '，' | '．' | '」' | '』' | '）' | '】' | '》' | '！' | '？' | '：' | '；')
}

/// Not before a mark that belongs to the letter, nor before a letter that is written below it.
fn is_possible_break(text: &[char], at: usize) -> bool {
    pair(text, at).is_some_and(|(before, after)| {
        let below = matches!(before, '\u{17D2}' | '\u{1039}');
        let spoken_after = matches!(before, '\u{E40}'..='\u{E44}' | '\u{EC0}'..='\u{EC4}');
        let is_vowel = matches!(after, '\u{17B6}'..='\u{17D3}' | '\u{102B}'..='\u{103E}' | '\u{E30}'..='\u{E3A}' | '\u{EB0}'..='\u{EBC}');
        width(after) > 0 && !below && !spoken_after && !is_vowel
    })
}

fn without_trailing_spaces(text: &[char], start: usize, end: usize) -> usize {
    let line = text.get(start..end).unwrap_or_default();
    start + line.iter().rposition(|c| !c.is_whitespace()).map_or(0, |last| last + 1)
}

fn skip_spaces(text: &[char], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|c| c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, columns: usize) -> Vec<String> {
        let chars: Vec<char> = text.chars().collect();
        lines(&chars, columns).into_iter().map(|line| chars[line].iter().collect()).collect()
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrapped("the right to strike", 9), ["the right", "to strike"]);
        assert_eq!(wrapped("the right to strike", 10), ["the right", "to strike"]);
        assert_eq!(wrapped("one", 10), ["one"]);
        assert!(wrapped("", 10).is_empty());
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(wrapped("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(wrapped("言论自由。集会", 8), ["言论自", "由。集会"]);
        assert_eq!(wrapped("言论自由", 1), ["言", "论", "自", "由"]);
    }

    #[test]
    fn khmer_clusters_stay_whole() {
        for line in wrapped(&"សិទ្ធិមនុស្ស".repeat(10), 7) {
            let first = line.chars().next().unwrap();
            assert!(width(first) > 0 && !line.ends_with('\u{17D2}'), "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_too_wide(text in "[a-c 言ស្ិ\u{200B}]{0,60}", columns in 2usize..20) {
            let chars: Vec<char> = text.chars().collect();
            let found = lines(&chars, columns);
            let kept: String = found.iter().flat_map(|line| &chars[line.clone()]).filter(|c| !c.is_whitespace()).collect();
            let all: String = chars.iter().filter(|c| !c.is_whitespace()).collect();
            proptest::prop_assert_eq!(kept, all);
        }
    }
}
