//! Many queries from a file, one a line. Only one line and one answer are in memory at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use vidimus_index::{IndexError, Options, QueryError, Searcher};

use crate::answer::{Asked, ask};
use crate::args::Args;
use crate::output::Output;
use crate::report;
use crate::run::{Outcome, RunError};

/// The longest line that is a query, in bytes.
const LONGEST_LINE: u64 = 64 * 1024;

/// A batch under way.
pub struct Batch<'a, W> {
    /// What is asked.
    pub searcher: &'a Searcher,
    /// What is asked beside the queries.
    pub options: &'a Options,
    /// The command line.
    pub args: &'a Args,
    /// Where the answers go.
    pub output: Output<W>,
}

impl<W: Write> Batch<'_, W> {
    /// Answers each line of a file, or of standard input (`-`). A line that makes no sense is told, and the others are
    /// answered all the same.
    pub fn run(mut self, file: &Path) -> Result<Outcome, RunError> {
        let failed = |error| RunError::Batch(file.to_owned(), error);
        if file == Path::new("-") {
            return self.each_line("stdin", io::stdin().lock(), failed);
        }
        let reader = BufReader::new(File::open(file).map_err(failed)?);
        self.each_line(&file.display().to_string(), reader, failed)
    }

    fn each_line(
        &mut self,
        name: &str,
        mut reader: impl BufRead,
        failed: impl Fn(io::Error) -> RunError,
    ) -> Result<Outcome, RunError> {
        let (mut is_found, mut is_mistaken) = (false, false);
        let mut number = 0;
        while let Some(line) = next_line(&mut reader).map_err(&failed)? {
            number += 1;
            let query = match &line {
                Ok(line) => line.trim(),
                Err(why) => {
                    report::mistake(&format!("{name}:{number}"), why);
                    is_mistaken = true;
                    continue;
                }
            };
            if query.is_empty() || query.starts_with('#') {
                continue;
            }
            match self.answer(Asked { query, line: Some(number) })? {
                Answered::Matches(total) => is_found |= total > 0,
                Answered::TooWide(why) => {
                    report::mistake(&format!("{name}:{number}"), &why);
                    is_mistaken = true;
                }
                Answered::Mistaken(mistake) => {
                    // Counted in the line as it is written.
                    let before = line.as_deref().unwrap_or_default();
                    let before = before.chars().take_while(|c| c.is_whitespace()).count();
                    let column = mistake.column + before;
                    let what = format!("column {column}: {}; {}", mistake.message, mistake.hint);
                    report::mistake(&format!("{name}:{number}"), &what);
                    is_mistaken = true;
                }
            }
        }
        Ok(match (is_mistaken, is_found) {
            (true, _) => Outcome::Mistaken,
            (false, true) => Outcome::Found,
            (false, false) => Outcome::Nothing,
        })
    }

    /// Answers one query.
    fn answer(&mut self, asked: Asked<'_>) -> Result<Answered, RunError> {
        let query = match vidimus_index::parse(asked.query) {
            Ok(query) => query,
            Err(mistake) => return Ok(Answered::Mistaken(mistake)),
        };
        let answer = match ask(self.searcher, asked, &query, self.options, self.args) {
            Ok(answer) => answer,
            Err(IndexError::TooWide { reason }) => return Ok(Answered::TooWide(reason)),
            Err(error) => return Err(RunError::Index(error)),
        };
        self.output.write(&answer)?;
        Ok(Answered::Matches(answer.found.total))
    }
}

/// What became of one line.
enum Answered {
    /// So many documents match.
    Matches(usize),
    /// It makes no sense.
    Mistaken(QueryError),
    /// It asks for more than can be answered.
    TooWide(String),
}

/// The next line without its end, or why it is none; nothing at the end.
fn next_line(reader: &mut impl BufRead) -> io::Result<Option<Result<String, &'static str>>> {
    let mut line = Vec::new();
    if reader.take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.len() as u64 == LONGEST_LINE && line.last() != Some(&b'\n') {
        reader.skip_until(b'\n')?;
        return Ok(Some(Err("the line is longer than 64 kB, which no query is")));
    }
    let Ok(line) = String::from_utf8(line) else {
        return Ok(Some(Err("the line is not UTF-8: save the file in that encoding")));
    };
    // Some editors begin a file with a mark of its encoding.
    let line = line.strip_prefix('\u{FEFF}').unwrap_or(&line);
    Ok(Some(Ok(line.trim_end_matches(['\r', '\n']).to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<Result<String, &'static str>> {
        let mut reader = bytes;
        std::iter::from_fn(|| next_line(&mut reader).unwrap()).collect()
    }

    #[test]
    fn a_file_is_read_by_lines_however_they_end() {
        let read = lines("\u{FEFF}one\r\n\n# two\nthree".as_bytes());
        assert_eq!(read, ["one", "", "# two", "three"].map(|line| Ok(line.to_owned())));
    }

    #[test]
    fn a_line_that_cannot_be_a_query_does_not_keep_the_next_from_being_one() {
        let long = vec![b'a'; 200_000];
        let read = lines(&[&long, &b"\nb\n\xff\nc"[..]].concat());
        assert!(read[0].is_err() && read[2].is_err());
        assert_eq!((&read[1], &read[3]), (&Ok("b".to_owned()), &Ok("c".to_owned())));
    }
}
