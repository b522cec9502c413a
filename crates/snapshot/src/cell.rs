//! Cells of tables that people open in spreadsheets.

/// The text as a cell that no spreadsheet computes: one that begins with `=`, `+`, `-`, `@`, a tab or the end of a line gets
/// an apostrophe before it.
pub fn harmless_cell(text: &str) -> String {
    let is_formula =
        text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_compute_is_only_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1"] {
            assert_eq!(harmless_cell(formula), format!("'{formula}"));
        }
        for text in ["", "a=1", "https://example.org/", "ភាសា", "1-2"] {
            assert_eq!(harmless_cell(text), text);
        }
    }
}
