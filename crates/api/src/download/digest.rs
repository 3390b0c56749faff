//! The SHA-256 of a file that is written in any order.

use std::fs::File;
use std::io;

use sha2::{Digest as _, Sha256};

use super::positioned::read_exact_at;
use super::stop::Stop;

/// How much is read back at once.
const BLOCK: u64 = 256 * 1024;

/// Follows a file from its beginning: from memory where the bytes are at hand, else by reading them
/// back, which mostly comes from the system's cache.
pub(super) struct Digest {
    sha: Sha256,
    /// How far it has come.
    upto: u64,
    buffer: Vec<u8>,
}

impl Digest {
    pub(super) fn new() -> Self {
        Self { sha: Sha256::new(), upto: 0, buffer: Vec::new() }
    }

    pub(super) fn upto(&self) -> u64 {
        self.upto
    }

    /// Takes in bytes that stand at `at` in the file, if they are the next ones.
    pub(super) fn take_in(&mut self, at: u64, bytes: &[u8]) {
        let Some(skip) = self.upto.checked_sub(at).and_then(|skip| usize::try_from(skip).ok())
        else {
            return;
        };
        if let Some(new) = bytes.get(skip..) {
            self.sha.update(new);
            self.upto = self.upto.saturating_add(new.len() as u64);
        }
    }

    /// Reads the next block of the file, up to `end`. `false` if it has come so far already.
    pub(super) fn read_on(&mut self, file: &File, end: u64) -> io::Result<bool> {
        let block = end.saturating_sub(self.upto).min(BLOCK);
        if block == 0 {
            return Ok(false);
        }
        self.buffer.resize(usize::try_from(block).unwrap_or_default(), 0);
        read_exact_at(file, &mut self.buffer, self.upto)?;
        self.sha.update(&self.buffer);
        self.upto = self.upto.saturating_add(block);
        Ok(true)
    }

    /// Reads the file up to `end`, unless it is stopped.
    pub(super) fn read_all(&mut self, file: &File, end: u64, stop: &Stop) -> io::Result<()> {
        while stop.check().and_then(|()| self.read_on(file, end))? {}
        Ok(())
    }

    /// As 64 hexadecimal digits.
    pub(super) fn finish(self) -> String {
        self.sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::positioned::write_all_at;
    use super::*;

    #[test]
    fn it_is_the_sha_256_that_everybody_knows() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let mut digest = Digest::new();
        digest.take_in(0, b"abc");
        assert_eq!(digest.finish(), abc);
    }

    proptest! {
        #[test]
        fn it_is_the_same_in_whatever_order_the_bytes_come(
            bytes in proptest::collection::vec(any::<u8>(), 1..50),
            steps in proptest::collection::vec((any::<prop::sample::Index>(), 1_usize..20), 0..12),
        ) {
            let file = tempfile::tempfile().unwrap();
            write_all_at(&file, &bytes, 0).unwrap();
            let mut digest = Digest::new();
            for (start, length) in steps {
                let start = start.index(bytes.len());
                let end = (start + length).min(bytes.len());
                digest.take_in(start as u64, &bytes[start..end]);
            }
            while digest.read_on(&file, bytes.len() as u64).unwrap() {}
            let mut plain = Digest::new();
            plain.take_in(0, &bytes);
            prop_assert_eq!(digest.finish(), plain.finish());
        }
    }
}
