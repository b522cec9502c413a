//! A difference as running text, for a terminal or a file.

use std::io::{self, IsTerminal as _};

use anstyle::{AnsiColor, Style};
use vidimus_query::wrapped;

use super::comparison::{Field, Signatories, captured};
use super::excerpt::{Kind, Piece, pieces, reminder, space_behind, visible};
use super::{Comparison, Side};
use crate::terminal::{self, BAD, FAINT, GOOD, ODD, STRONG};

/// What moved.
pub(super) const MOVED: Style = AnsiColor::Cyan.on_default();

/// Writes the comparison to stdout.
pub fn tell(comparison: &Comparison, context: Option<usize>) -> io::Result<()> {
    heading(comparison)?;
    if comparison.text.summary.is_same() {
        return Ok(());
    }
    terminal::line("")?;
    let mut page = Page::default();
    page.pieces(&pieces(comparison, context));
    page.print()
}

/// All but the text: which two they are, what was compared, and what differs beside the text.
pub(super) fn heading(comparison: &Comparison) -> io::Result<()> {
    side("A", BAD, &comparison.old)?;
    side("B", GOOD, &comparison.new)?;
    for note in &comparison.notes {
        terminal::line(&format!("{ODD}note{ODD:#}  {}", terminal::printable(note)))?;
    }
    terminal::line(&format!("{STRONG}{}{STRONG:#}", comparison.verdict()))?;
    for field in &comparison.fields {
        terminal::line(&fact(field))?;
    }
    match &comparison.signatories {
        Some(signatories) => tell_signatories(signatories),
        None => Ok(()),
    }
}

fn side(letter: &str, style: Style, side: &Side) -> io::Result<()> {
    let name = side.capture.snapshot.map_or_else(|| "-".to_owned(), |id| id.short());
    let url = terminal::printable(&side.capture.url);
    terminal::line(&format!(
        "{style}{letter}{style:#}  {STRONG}{name}{STRONG:#}  captured {}  {FAINT}{url}{FAINT:#}",
        captured(side)
    ))
}

fn fact(field: &Field) -> String {
    let said = |value: &Option<String>| value.as_ref().map(|value| terminal::printable(value));
    let (name, old, new) = (field.name, said(&field.old), said(&field.new));
    let old = old.map_or_else(|| "not given in A".to_owned(), |old| format!("{BAD}[-{old}-]{BAD:#}"));
    let new = new.map_or_else(|| "not given in B".to_owned(), |new| format!("{GOOD}{{+{new}+}}{GOOD:#}"));
    format!("{STRONG}{name:<12}{STRONG:#} {old} {new}")
}

fn tell_signatories(list: &Signatories) -> io::Result<()> {
    let matched = &list.matched;
    let name = |names: &[String], at: usize| {
        names.get(at).map_or_else(String::new, |name| terminal::printable(name))
    };
    terminal::line(&format!("{STRONG}{:<12}{STRONG:#} {}", "signatories", list.counts()))?;
    let (joined, left): (&[usize], &[usize]) =
        if list.is_one_sided() { (&[], &[]) } else { (&matched.joined, &matched.left) };
    for at in joined {
        terminal::line(&format!(
            "  {GOOD}{{+{}+}}{GOOD:#}  present in B, absent in A",
            name(&list.new, *at)
        ))?;
    }
    for at in left {
        terminal::line(&format!("  {BAD}[-{}-]{BAD:#}  present in A, absent in B", name(&list.old, *at)))?;
    }
    for (kinds, what) in
        [(&matched.renamed, "spelt differently"), (&matched.doubtful, "perhaps the same, perhaps not")]
    {
        for (old, new) in kinds {
            let (old, new) = (name(&list.old, *old), name(&list.new, *new));
            terminal::line(&format!("  {ODD}[~{old}~]{{~{new}~}}{ODD:#}  {what}"))?;
        }
    }
    for (letter, claim) in [("A", &list.old_claim), ("B", &list.new_claim)] {
        if let Some(claim) = claim.as_ref().filter(|_| list.old_claim != list.new_claim) {
            terminal::line(&format!("  claimed in {letter}: {}", terminal::printable(claim)))?;
        }
    }
    Ok(())
}

/// Lines of characters, each with its style.
#[derive(Default)]
pub(super) struct Page {
    done: Vec<Vec<(char, Style)>>,
    line: Vec<(char, Style)>,
}

impl Page {
    fn pieces(&mut self, pieces: &[Piece<'_>]) {
        for piece in pieces {
            self.piece(piece);
        }
    }

    fn piece(&mut self, piece: &Piece<'_>) {
        let is_change = !matches!(piece.kind, Kind::Same | Kind::Folded(_));
        if is_change && !self.line.is_empty() && begins_line(piece) {
            self.end();
        }
        match &piece.kind {
            Kind::Same => self.write(piece.new, Style::new()),
            Kind::Folded(words) => self.folded(*words),
            Kind::Typography => {
                self.marked(piece.old, ODD, ("[~", "~]"));
                self.marked(piece.new, ODD, ("{~", "~}"));
                self.write(space_behind(piece), Style::new());
            }
            Kind::Changed => {
                self.marked(piece.old, BAD, ("[-", "-]"));
                self.marked(piece.new, GOOD, ("{+", "+}"));
                self.write(space_behind(piece), Style::new());
            }
            Kind::Away(number) => {
                self.write(&format!("[{number}>{}>]", reminder(piece.old)), MOVED);
                self.write(space_behind(piece), Style::new());
            }
            Kind::Here(number, inside) => {
                self.write(&format!("{{>{number} "), MOVED);
                self.inside(inside);
                self.write(">}", MOVED);
                self.write(space_behind(piece), Style::new());
            }
        }
    }

    /// The pieces of a passage that moved.
    fn inside(&mut self, pieces: &[Piece<'_>]) {
        for piece in pieces {
            match piece.kind {
                Kind::Same => self.write(piece.new, MOVED),
                _ => self.piece(piece),
            }
        }
    }

    fn folded(&mut self, words: usize) {
        if !self.line.is_empty() {
            self.end();
        }
        self.write(&format!("… {words} words unchanged …\n"), FAINT);
    }

    /// What only one side has, between signs that say so without colours too. A break between paragraphs is shown as one.
    fn marked(&mut self, text: &str, style: Style, (open, close): (&str, &str)) {
        let shown = visible(text).trim_start();
        if !shown.is_empty() {
            self.write(&format!("{open}{shown}{close}"), style);
        }
    }

    /// Writes a stranger's text: what would steer the terminal is left out.
    pub(super) fn write(&mut self, text: &str, style: Style) {
        for c in text.chars() {
            if c == '\n' {
                self.end();
            } else if !steers(c) {
                self.line.push((if c.is_control() { ' ' } else { c }, style));
            }
        }
    }

    fn end(&mut self) {
        self.done.push(std::mem::take(&mut self.line));
    }

    /// The lines, broken to this width if there is one.
    pub(super) fn lines(mut self, columns: Option<usize>) -> Vec<Vec<(char, Style)>> {
        self.end();
        let Some(columns) = columns else { return self.done };
        self.done.iter().flat_map(|line| broken(line, columns)).collect()
    }

    fn print(self) -> io::Result<()> {
        let columns = io::stdout().is_terminal().then(terminal::width);
        let lines = self.lines(columns);
        let used = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
        lines.iter().take(used).try_for_each(|line| terminal::line(&painted(line)))
    }
}

/// Characters that turn the direction of writing of what is around them.
fn steers(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Whether a change begins with the end of the line before it, and says more.
fn begins_line(piece: &Piece<'_>) -> bool {
    let text = if piece.new.is_empty() { piece.old } else { piece.new };
    let words = text.trim_start();
    !words.is_empty() && text.strip_suffix(words).is_some_and(|space| space.contains('\n'))
}

fn broken(line: &[(char, Style)], columns: usize) -> Vec<Vec<(char, Style)>> {
    let chars: Vec<char> = line.iter().map(|(c, _)| *c).collect();
    if chars.is_empty() {
        return vec![Vec::new()];
    }
    let parts = wrapped(&chars, columns).into_iter();
    parts.map(|range| line.get(range).unwrap_or_default().to_vec()).collect()
}

/// The characters with the signs that colour them.
pub(super) fn painted(line: &[(char, Style)]) -> String {
    let mut out = String::new();
    for run in line.chunk_by(|one, other| one.1 == other.1) {
        let style = run.first().map_or(Style::new(), |(_, style)| *style);
        let text: String = run.iter().map(|(c, _)| *c).collect();
        out.push_str(&format!("{style}{text}{style:#}"));
    }
    out
}
