//! A file inside another one, such as a WARC file in a package, read where it lies.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// A part of a file as if it were a file of its own.
#[derive(Debug)]
pub struct Section {
    file: File,
    start: u64,
    length: u64,
    at: u64,
}

impl Section {
    /// The part of `length` bytes that begins at `start`.
    pub fn new(file: File, start: u64, length: u64) -> Self {
        Self { file, start, length, at: 0 }
    }
}

impl Read for Section {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let room = left.min(buf.len());
        self.file.seek(SeekFrom::Start(self.start.saturating_add(self.at)))?;
        let count = self.file.read(buf.get_mut(..room).unwrap_or_default())?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Section {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
        };
        self.at = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_section_is_read_as_a_file_of_its_own() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"before|within|behind").unwrap();
        let mut section = Section::new(file.reopen().unwrap(), 7, 6);
        let mut text = String::new();
        section.read_to_string(&mut text).unwrap();
        assert_eq!(text, "within");
        assert_eq!(section.seek(SeekFrom::End(-2)).unwrap(), 4);
        text.clear();
        section.read_to_string(&mut text).unwrap();
        assert_eq!(text, "in");
        assert!(section.seek(SeekFrom::Current(-9)).is_err());
    }
}
