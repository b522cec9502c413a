//! A writer that counts and hashes what passes through it.

use std::io::{self, Write};

use vidimus_snapshot::{Digest, Hasher};

/// Passes bytes on, and knows how many there were and their digest.
pub(super) struct Tally<W> {
    inner: W,
    hasher: Hasher,
    bytes: u64,
}

impl<W: Write> Tally<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, hasher: Hasher::new(), bytes: 0 }
    }

    /// How many bytes were written so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many bytes were written, and their digest.
    pub(super) fn finish(self) -> (u64, Digest) {
        (self.bytes, self.hasher.finish())
    }
}

impl<W: Write> Write for Tally<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..count).unwrap_or(bytes));
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
