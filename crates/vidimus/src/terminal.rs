//! Writing to the person: data to stdout, everything else to stderr, colour only at a terminal (`NO_COLOR` respected).

use std::io::{self, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};
pub use vidimus_query::printable;
use vidimus_snapshot::OutcomeKind;

/// Headings and names.
pub const STRONG: Style = Style::new().bold();
/// What is less important.
pub const FAINT: Style = Style::new().dimmed();
/// All is well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Worth a look.
pub const ODD: Style = AnsiColor::Yellow.on_default();
/// Wrong.
pub const BAD: Style = AnsiColor::Red.on_default();

/// Writes a line of data to stdout; a closed pipe is an error that ends the program quietly.
pub fn line(text: &str) -> io::Result<()> {
    writeln!(anstream::stdout(), "{text}")
}

/// Writes bytes to stdout as they are.
pub fn bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Writes a line of remarks to stderr. If even that fails there is nobody left to tell.
pub fn remark(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// A message of several lines without what would steer a terminal: parts of it may be a stranger's.
pub fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

/// Writes an error to stderr.
pub fn error(text: &str) {
    remark(&format!("{BAD}error:{BAD:#} {}", harmless(text)));
}

/// Writes a warning to stderr.
pub fn warning(text: &str) {
    remark(&format!("{ODD}warning:{ODD:#} {}", harmless(text)));
}

/// Whether a person watches stderr.
pub fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// How wide lines may be: the terminal's width, or 100 columns where there is none.
pub fn width() -> usize {
    const WITHOUT_TERMINAL: u16 = 100;
    let width = terminal_size::terminal_size().map_or(WITHOUT_TERMINAL, |(width, _)| width.0);
    usize::from(width.clamp(40, 200))
}

/// How an outcome looks.
pub fn outcome_style(kind: OutcomeKind) -> Style {
    match kind {
        OutcomeKind::Captured => GOOD,
        OutcomeKind::Unchanged => FAINT,
        OutcomeKind::Truncated | OutcomeKind::Refused | OutcomeKind::HttpError => ODD,
        OutcomeKind::Failed => BAD,
    }
}

/// The text cut to so many columns, with an ellipsis where it was cut.
pub fn fit(text: &str, columns: usize) -> String {
    use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};
    let text = printable(text);
    if text.width() <= columns {
        return text;
    }
    let mut used = 0;
    let kept = text.chars().take_while(|c| {
        used += c.width().unwrap_or(0);
        used < columns
    });
    kept.chain(['…']).collect()
}
