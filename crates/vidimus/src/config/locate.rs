//! Finding the line of a key, so that a mistake can be shown where it stands.

use std::path::Path;

/// A message with file and line: `config/sources.toml, line 12: schedule: …`. `table` counts the `[[source]]` tables
/// when the key stands in one of them.
pub fn message(file: &Path, text: &str, table: Option<usize>, key: &str, what: &str) -> String {
    let at = line_of(text, table, key).map_or_else(String::new, |line| format!(", line {line}"));
    format!("{}{at}: {key}: {what}", file.display())
}

fn line_of(text: &str, table: Option<usize>, key: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let starts: Vec<usize> =
        lines.iter().enumerate().filter(|(_, l)| l.starts_with("[[source]]")).map(|(at, _)| at).collect();
    let (from, to) = match table {
        None => (0, lines.len()),
        Some(number) => (*starts.get(number)?, starts.get(number + 1).copied().unwrap_or(lines.len())),
    };
    let is_key = |line: &str| {
        let rest = line.strip_prefix(key).or_else(|| line.strip_prefix("[[source.")?.strip_prefix(key));
        rest.is_some_and(|rest| rest.trim_start().starts_with(['=', ']']))
    };
    let inside = lines.get(from..to)?;
    let found = inside.iter().position(|line| is_key(line));
    // A key that is missing is shown at the head of its table.
    found.or(table.map(|_| 0)).map(|offset| from + offset + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_right_table() {
        let text = "[[source]]\nname = \"a\"\nschedule = \"x\"\n\n[[source]]\nname = \"b\"\n  schedule = \"y\"\n[[source.listings]]\nurl = \"\"\n";
        assert_eq!(line_of(text, Some(0), "schedule"), Some(3));
        assert_eq!(line_of(text, Some(1), "schedule"), Some(7));
        assert_eq!(line_of(text, Some(1), "listings"), Some(8));
        assert_eq!(line_of(text, Some(1), "timezone"), Some(5));
        assert_eq!(line_of("contact = \"\"\n", None, "contact"), Some(1));
        assert_eq!(line_of("contact = \"\"\n", None, "operator"), None);
    }
}
