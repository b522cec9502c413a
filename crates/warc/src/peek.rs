//! Looking a few bytes ahead, wherever the buffer underneath happens to end.
//!
//! A [`BufRead`] may show one byte at a time, so that what `fill_buf` gives is no ground to say what comes next.

use std::io::{self, BufRead, Read, Seek, SeekFrom};

/// The most bytes that are carried over at once, however much the source shows.
const CARRY: usize = 16 << 10;

/// A source that can show a given number of bytes before they are consumed.
pub(crate) trait PeekRead: BufRead {
    /// What comes next: at least `least` bytes, or fewer where the source ends or breaks off before.
    fn peek(&mut self, least: usize) -> io::Result<&[u8]>;
}

/// A source that knows how far it was read.
pub(crate) trait Source: PeekRead {
    /// How many bytes stand before what comes next.
    fn position(&self) -> u64;
}

/// Gives any buffered source the power to [`peek`](PeekRead::peek).
pub(crate) struct Peek<R> {
    inner: R,
    /// Bytes taken from `inner` but not consumed yet; those before `at` are gone.
    carry: Vec<u8>,
    at: usize,
    /// The error behind the carried bytes: whoever has read them must meet it, not an end.
    failed: Option<io::Error>,
}

impl<R> Peek<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, carry: Vec::new(), at: 0, failed: None }
    }

    fn carried(&self) -> &[u8] {
        self.carry.get(self.at..).unwrap_or_default()
    }
}

impl<R: Seek> Peek<R> {
    /// Where the source stands before anything was shown.
    pub(crate) fn position(&mut self) -> io::Result<u64> {
        self.inner.stream_position()
    }

    /// How long the source is; it stays where it stands.
    pub(crate) fn length(&mut self) -> io::Result<u64> {
        let at = self.inner.stream_position()?;
        let length = self.inner.seek(SeekFrom::End(0))?;
        self.inner.seek(SeekFrom::Start(at))?;
        Ok(length)
    }

    pub(crate) fn jump(&mut self, offset: u64) -> io::Result<()> {
        self.carry.clear();
        self.at = 0;
        self.failed = None;
        self.inner.seek(SeekFrom::Start(offset)).map(|_| ())
    }
}

impl<R: BufRead> Peek<R> {
    /// Makes the carried bytes `least` or more, as far as the source goes.
    fn top_up(&mut self, least: usize) {
        self.carry.drain(..self.at);
        self.at = 0;
        while self.carry.len() < least && self.failed.is_none() {
            match self.inner.fill_buf() {
                Ok([]) => return,
                Ok(more) => {
                    let count = more.len().min(CARRY);
                    self.carry.extend_from_slice(more.get(..count).unwrap_or_default());
                    self.inner.consume(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failed = Some(error),
            }
        }
    }
}

impl<R: BufRead> PeekRead for Peek<R> {
    fn peek(&mut self, least: usize) -> io::Result<&[u8]> {
        if self.fill_buf()?.len() < least {
            self.top_up(least);
        }
        self.fill_buf()
    }
}

impl<R: BufRead> Read for Peek<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buf)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Peek<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at < self.carry.len() {
            return Ok(self.carried());
        }
        match &self.failed {
            Some(error) => Err(io::Error::new(error.kind(), error.to_string())),
            None => self.inner.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        let carried = self.carried().len().min(amount);
        self.at += carried;
        self.inner.consume(amount - carried);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::*;

    /// Shows its bytes one at a time and breaks off behind them, once.
    struct Breaking(&'static [u8], bool);

    impl Read for Breaking {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() && !std::mem::replace(&mut self.1, true) {
                return Err(io::Error::other("broken"));
            }
            self.0.read(buf.get_mut(..1).unwrap_or_default())
        }
    }

    #[test]
    fn shows_what_comes_whatever_the_buffer_holds() {
        for capacity in 1..12 {
            let mut peek = Peek::new(BufReader::with_capacity(capacity, Cursor::new(b"abcdefgh")));
            assert!(peek.peek(5).unwrap().starts_with(b"abcde"));
            peek.consume(2);
            assert!(peek.peek(5).unwrap().starts_with(b"cdefg"));
            peek.jump(1).unwrap();
            let mut rest = Vec::new();
            peek.read_to_end(&mut rest).unwrap();
            assert_eq!(rest, b"bcdefgh");
            assert!(peek.peek(5).unwrap().is_empty());
        }
    }

    #[test]
    fn an_error_met_ahead_is_not_taken_for_an_end() {
        let mut peek = Peek::new(BufReader::new(Breaking(b"abc", false)));
        assert_eq!(peek.peek(5).unwrap(), b"abc");
        assert_eq!(peek.read_to_end(&mut Vec::new()).unwrap_err().to_string(), "broken");
        assert!(peek.fill_buf().is_err());
    }
}
