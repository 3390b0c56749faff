//! Names that are one plain path component on every system. The service may call its files
//! anything.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use crate::Error;

/// The longest name that common file systems take, in bytes.
const LONGEST: usize = 255;

/// What is added to the name of a file that is not whole yet.
const PART: &str = ".part";

/// What is added to it for the record of what is there of it.
const RECORD: &str = ".part.log";

/// Device names of Windows, whatever follows after a dot.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// One component of a path: no step, no separator, no drive, no device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlainName(Cow<'static, str>);

impl PlainName {
    /// A name that this crate gives itself.
    pub(crate) const fn ours(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The name of a file, with room for the endings of what stands beside it on its way.
    pub(crate) fn of_file(name: &str) -> Result<Self, Error> {
        match complaint(name, LONGEST - RECORD.len()) {
            None => Ok(Self(name.to_owned().into())),
            Some(why) => Err(Error::corrupt(format!("the file name {name:?} {why}"))),
        }
    }

    /// The name of a folder. None that begins with a dot: programs keep their settings in such, and
    /// a file that lands there is more than a file.
    pub(crate) fn of_folder(name: &str) -> Result<Self, Error> {
        let hidden = name.starts_with('.').then_some("begins with a dot");
        match complaint(name, LONGEST).or(hidden) {
            None => Ok(Self(name.to_owned().into())),
            Some(why) => Err(Error::corrupt(format!("the folder name {name:?} {why}"))),
        }
    }

    /// What the file is called until it is whole.
    pub(crate) fn part(&self) -> Self {
        Self(format!("{self}{PART}").into())
    }

    /// The record of what is there of it until then.
    pub(crate) fn record(&self) -> Self {
        Self(format!("{self}{RECORD}").into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first of `files` that some system would take for one before it, because it differs in
/// capitals alone, or for one that is on its way.
pub(crate) fn twin<'a>(files: impl IntoIterator<Item = &'a PlainName>) -> Option<&'a PlainName> {
    // Also where a letter has no capital, or two.
    let folded = |name: &PlainName| name.as_str().to_uppercase().to_lowercase();
    let mut taken = HashSet::new();
    files.into_iter().find(|name| {
        let all = [folded(name), folded(&name.part()), folded(&name.record())];
        let is_taken = all.iter().any(|name| taken.contains(name));
        taken.extend(all);
        is_taken
    })
}

fn complaint(name: &str, longest: usize) -> Option<&'static str> {
    if name.is_empty() || name == "." || name == ".." {
        return Some("names nothing");
    }
    if name.contains(|char: char| char.is_control() || r#"/\:*?"<>|"#.contains(char)) {
        return Some("holds a character that names cannot have everywhere");
    }
    if name.ends_with(['.', ' ']) {
        return Some("ends in a character that some systems drop");
    }
    if name.len() > longest {
        return Some("is too long");
    }
    is_device(name).then_some("is a device on some systems")
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    let numbered = |device: &str| {
        let number = stem.strip_prefix(device);
        number.is_some_and(|number| {
            let mut chars = number.chars();
            matches!((chars.next(), chars.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    DEVICES.contains(&stem.as_str()) || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::ErrorKind;

    #[test]
    fn names_that_would_leave_the_folder_or_fool_a_system_are_refused() {
        for name in [
            "",
            ".",
            "..",
            "../evil",
            "..\\evil",
            "a/b",
            "/etc/passwd",
            "a\\b",
            "C:x",
            "C:",
            "a\0b",
            "a\nb",
            "a\u{7f}",
            "con",
            "NUL.parquet",
            "CON .txt",
            "com1",
            "COM¹",
            "lpt9.txt",
            "conin$",
            "dot.",
            "space ",
            "what?",
        ] {
            for refused in [PlainName::of_file(name), PlainName::of_folder(name)] {
                assert_eq!(refused.unwrap_err().kind(), ErrorKind::Corrupt, "{name:?}");
            }
        }
        for length in [251, 300] {
            assert!(PlainName::of_file(&"x".repeat(length)).is_err());
        }
        for name in
            ["part-00000-1b4e.c000.snappy.parquet", "_SUCCESS", "名前.parquet", "com10", "console"]
        {
            assert_eq!(PlainName::of_file(name).unwrap().as_str(), name);
            assert_eq!(PlainName::of_folder(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn twins_are_one_file_somewhere() {
        let twin_of = |one: &str, other: &str| {
            let names = [one, other].map(|name| PlainName::of_file(name).unwrap());
            twin(&names).map(|name| name.as_str().to_owned())
        };
        for (one, other) in [
            ("a.parquet", "a.parquet"),
            ("a.parquet", "A.parquet"),
            ("straße", "STRASSE"),
            ("a", "a.part"),
            ("A.part", "a"),
            ("a.part.log", "a"),
        ] {
            assert_eq!(twin_of(one, other).as_deref(), Some(other));
        }
        assert_eq!(twin_of("a.parquet", "b.parquet"), None);
    }

    #[test]
    fn folders_of_settings_are_not_written_into() {
        assert!(PlainName::of_folder(".ssh").is_err());
        // Beside its data files a writer may list their checksums.
        assert!(PlainName::of_file(".part-00000.crc").is_ok());
    }

    proptest! {
        #[test]
        fn whatever_name_is_accepted_stays_in_the_folder(name in any::<String>()) {
            if let Ok(plain) = PlainName::of_file(&name) {
                for name in [&plain, &plain.part(), &plain.record()] {
                    let path = Path::new("dir").join(name.as_str());
                    prop_assert_eq!(path.parent(), Some(Path::new("dir")));
                    prop_assert_eq!(path.components().count(), 2);
                    prop_assert!(name.as_str().len() <= LONGEST);
                }
            }
        }
    }
}
