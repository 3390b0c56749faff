//! The record of what is in a part file.
//!
//! Text, one entry a line, each with a checksum of its own. The first line says which file in which
//! state it is; every further one tells of bytes that were written, and their CRC-32. A line is
//! believed only if its checksum fits, and bytes only if they still have theirs: whatever was lost or
//! torn when the power failed, or was changed by somebody, is fetched again. So nothing needs to be
//! forced to the disk while a file is on its way.

use serde::{Deserialize, Serialize};

use super::extent::Extent;
use super::validator::Validator;

/// Which file, in which state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The form of this record.
    version: u32,
    file_id: String,
    name: String,
    pub(super) length: u64,
    /// The service's mark of the state that the bytes were taken from.
    pub(super) state: Option<Validator>,
}

const VERSION: u32 = 1;

impl Head {
    pub(super) fn new(file_id: &str, name: &str, length: u64, state: Option<Validator>) -> Self {
        Self { version: VERSION, file_id: file_id.to_owned(), name: name.to_owned(), length, state }
    }

    /// Whether it is of the same file, in whatever state.
    pub(super) fn is_of(&self, file_id: &str, name: &str, length: u64) -> bool {
        *self == Self::new(file_id, name, length, self.state.clone())
    }

    pub(super) fn line(&self) -> String {
        line(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// Bytes that were written, and their CRC-32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) extent: Extent,
    pub(super) crc: u32,
}

impl Written {
    pub(super) fn line(self) -> String {
        let Self { extent, crc } = self;
        line(&format!("{} {} {crc:08x}", extent.start, extent.len()))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (start, length) = (words.next()?.parse::<u64>().ok()?, words.next()?.parse().ok()?);
        let crc = u32::from_str_radix(words.next()?, 16).ok()?;
        let extent = Extent::new(start, start.checked_add(length)?)?;
        words.next().is_none().then_some(Self { extent, crc })
    }
}

fn line(text: &str) -> String {
    format!("{} {text}\n", checksum(text))
}

fn checksum(text: &str) -> String {
    format!("{:08x}", crc32fast::hash(text.as_bytes()))
}

/// Reads a record; a line that is not whole is passed over. `None` if the first one is not.
pub(super) fn read(bytes: &[u8]) -> Option<(Head, Vec<Written>)> {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').map(text_of);
    let head: Head = serde_json::from_str(lines.next()??).ok()?;
    let written = lines.flatten().filter_map(Written::parse);
    let written = written.filter(|written| written.extent.end <= head.length).collect();
    (head.version == VERSION).then_some((head, written))
}

/// What a line says, if it is whole.
fn text_of(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (crc, text) = line.split_once(' ')?;
    (crc == checksum(text)).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head() -> Head {
        Head::new("F1", "a \"b\"\n.parquet", 1000, Some(Validator::Etag("\"x\"".to_owned())))
    }

    fn entries() -> impl Strategy<Value = Vec<Written>> {
        let entry = (0_u64..900, 1_u64..100, any::<u32>()).prop_map(|(start, length, crc)| {
            Written { extent: Extent { start, end: start + length }, crc }
        });
        proptest::collection::vec(entry, 0..10)
    }

    fn text(entries: &[Written]) -> String {
        let lines = entries.iter().map(|entry| entry.line());
        std::iter::once(head().line()).chain(lines).collect()
    }

    #[test]
    fn a_record_reads_as_it_is_documented() {
        let head = Head::new("F1", "a.parquet", 1000, None);
        let written = Written { extent: Extent { start: 10, end: 30 }, crc: 0xab };
        let text = head.line() + &written.line();
        let expected = "fad3100b {\"version\":1,\"file_id\":\"F1\",\"name\":\"a.parquet\",\
                        \"length\":1000,\"state\":null}\ne1c11633 10 20 000000ab\n";
        assert_eq!(text, expected);
        assert!(head.is_of("F1", "a.parquet", 1000));
        assert!(!head.is_of("F2", "a.parquet", 1000) && !head.is_of("F1", "a.parquet", 999));
    }

    #[test]
    fn a_record_of_another_form_is_none() {
        let other = head().line().replace("\"version\":1", "\"version\":2");
        let text = other.split_once(' ').unwrap().1.trim_end();
        assert_eq!(read(line(text).as_bytes()), None);
        assert_eq!(read(b""), None);
        assert_eq!(read(b"00000000 \n"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(entries in entries()) {
            prop_assert_eq!(read(text(&entries).as_bytes()), Some((head(), entries)));
        }

        /// A record that was cut off anywhere tells of what came before, and of nothing else.
        #[test]
        fn any_beginning_of_a_record_is_a_record(entries in entries(), cut in any::<prop::sample::Index>()) {
            let whole = text(&entries);
            let beginning = &whole.as_bytes()[..cut.index(whole.len() + 1)];
            match read(beginning) {
                None => prop_assert!(beginning.len() < head().line().len()),
                Some((head, some)) => {
                    prop_assert_eq!(head, self::head());
                    prop_assert!(entries.starts_with(&some));
                    let lines = beginning.iter().filter(|byte| **byte == b'\n').count();
                    prop_assert_eq!(some.len(), lines - 1);
                }
            }
        }

        /// One byte that is not as it was costs its own entry, or the two that it joins.
        #[test]
        fn a_changed_byte_is_seen(entries in entries(), at in any::<prop::sample::Index>(), flip in 1_u8..) {
            let whole = text(&entries);
            let mut bytes = whole.clone().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            if let Some((found, some)) = read(&bytes) {
                prop_assert_eq!(found, head());
                let lost = entries.len() - some.len();
                prop_assert!(lost == 1 || lost == 2 && whole.as_bytes()[at] == b'\n');
                let mut all = entries.iter();
                prop_assert!(some.iter().all(|kept| all.any(|entry| entry == kept)), "another entry");
            }
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
