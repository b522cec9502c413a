//! Finding the line of a key, so that a mistake can be shown where it stands.

use std::path::Path;

/// One of several tables of one name: the name, and which of them.
pub type Table<'a> = (&'a str, usize);

/// A message with file and line: `config/sources.toml, line 12: schedule: …`. `table` says which `[[source]]` it is, when the key stands in one of them.
pub fn message(file: &Path, text: &str, table: Option<Table<'_>>, key: &str, what: &str) -> String {
    let at = line_of(text, table, key).map_or_else(String::new, |line| format!(", line {line}"));
    format!("{}{at}: {key}: {what}", file.display())
}

fn line_of(text: &str, table: Option<Table<'_>>, key: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let (from, to) = match table {
        None => (0, lines.len()),
        Some((name, number)) => {
            let head = format!("[[{name}]]");
            let starts =
                || (0..lines.len()).filter(|at| lines.get(*at).is_some_and(|line| line.starts_with(&head)));
            (starts().nth(number)?, starts().nth(number + 1).unwrap_or(lines.len()))
        }
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
        assert_eq!(line_of(text, Some(("source", 0)), "schedule"), Some(3));
        assert_eq!(line_of(text, Some(("source", 1)), "schedule"), Some(7));
        assert_eq!(line_of(text, Some(("source", 1)), "listings"), Some(8));
        assert_eq!(line_of(text, Some(("source", 1)), "timezone"), Some(5));
        assert_eq!(line_of("contact = \"\"\n", None, "contact"), Some(1));
        assert_eq!(line_of("contact = \"\"\n", None, "operator"), None);
    }
}
