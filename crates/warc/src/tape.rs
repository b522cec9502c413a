//! A reader that counts and hashes what passes through it, so that a member's length and digest are known exactly.

use std::io::{self, BufRead, Read, Seek};

use vidimus_snapshot::{Digest, Hasher};

use crate::peek::{Peek, PeekRead, Source};

/// A buffered source with a position and a running hash.
pub(crate) struct Tape<R> {
    inner: Peek<R>,
    offset: u64,
    /// How long the file was when it was opened.
    length: u64,
    hasher: Hasher,
}

impl<R: BufRead + Seek> Tape<R> {
    pub(crate) fn new(inner: R) -> io::Result<Self> {
        let mut inner = Peek::new(inner);
        let offset = inner.position()?;
        let length = inner.length()?;
        Ok(Self { inner, offset, length, hasher: Hasher::new() })
    }

    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// How long the file was when it was opened; it may grow meanwhile.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Passes over bytes; says whether there were as many.
    pub(crate) fn pass(&mut self, count: u64) -> io::Result<bool> {
        let mut left = count;
        while left > 0 {
            let shown = self.fill_buf()?.len();
            if shown == 0 {
                return Ok(false);
            }
            let passed = usize::try_from(left).unwrap_or(usize::MAX).min(shown);
            self.consume(passed);
            left -= passed as u64;
        }
        Ok(true)
    }

    /// The digest of all bytes since the last call or jump.
    pub(crate) fn take_digest(&mut self) -> Digest {
        std::mem::take(&mut self.hasher).finish()
    }

    pub(crate) fn jump(&mut self, offset: u64) -> io::Result<()> {
        self.inner.jump(offset)?;
        self.offset = offset;
        self.hasher = Hasher::new();
        Ok(())
    }
}

impl<R: BufRead> PeekRead for Tape<R> {
    /// Bytes that are only shown are neither counted nor hashed.
    fn peek(&mut self, least: usize) -> io::Result<&[u8]> {
        self.inner.peek(least)
    }
}

impl<R: BufRead> Source for Tape<R> {
    fn position(&self) -> u64 {
        self.offset
    }
}

impl<R: BufRead> Read for Tape<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let n = available.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), available.get(..n)) {
            to.copy_from_slice(from);
        }
        self.consume(n);
        Ok(n)
    }
}

impl<R: BufRead> BufRead for Tape<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Ok(buffer) = self.inner.fill_buf() {
            self.hasher.update(buffer.get(..amount).unwrap_or(buffer));
        }
        self.inner.consume(amount);
        self.offset += amount as u64;
    }
}
