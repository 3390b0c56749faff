//! The sample set as a text that is made while it is read.

use std::io::{self, Read};

/// Profiles of the sample set, one a line.
pub(crate) struct Text<P> {
    profiles: P,
    line: Vec<u8>,
    read: usize,
}

impl<P: Iterator<Item = String>> Text<P> {
    pub(super) fn new(profiles: P) -> Self {
        Self { profiles, line: Vec::new(), read: 0 }
    }
}

impl<P: Iterator<Item = String>> Read for Text<P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.line.len() {
            let Some(line) = self.profiles.next() else { return Ok(0) };
            self.line = line.into_bytes();
            self.line.push(b'\n');
            self.read = 0;
        }
        let mut rest = self.line.get(self.read..).unwrap_or_default();
        let count = rest.read(buffer)?;
        self.read += count;
        Ok(count)
    }
}
