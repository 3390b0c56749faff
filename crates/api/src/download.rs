//! Fetching files: streamed to a part file beside the target, checked, then renamed.
//!
//! One file after the other, from its beginning: parallel ranges and taking up a part file where it
//! ended come later. Writes are plain blocking writes, measured at half the CPU of asynchronous
//! ones.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use aep_export_transport::{OperationInfo, Replay};

use crate::{Error, ExportFile, Files};

/// First and last bytes of every Parquet file (documented by the format).
const PARQUET_MAGIC: &[u8] = b"PAR1";
/// The longest file name that common file systems take, less the part file's ending.
const MAX_NAME: usize = 255 - ".part".len();

/// A file that is whole and under its final name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// Whether it was there already, with the length that the service lists, and was left alone.
    pub kept: bool,
}

impl Files<'_> {
    /// Fetches `file` into the folder `dir`, which must exist, under the file's own name.
    ///
    /// Until all its bytes are there and checked (the length that the service lists; for Parquet the
    /// mark at both ends) it stands under its name with `.part` at the end. A file that is there
    /// already with the listed length is kept. `progress` is told of each piece's length.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) when the bytes are not what was announced, or the name is
    /// not a plain file name; [`Local`](crate::ErrorKind::Local) when the disk refuses or another file has
    /// the name. No error leaves a file under the final name.
    pub async fn download(
        &self,
        file: &ExportFile,
        dir: &Path,
        mut progress: impl FnMut(u64) + Send,
    ) -> Result<Downloaded, Error> {
        let target = dir.join(plain_name(&file.name)?);
        if let Some(bytes) = already_there(&target, file.length)? {
            return Ok(Downloaded { path: target, bytes, kept: true });
        }
        let mut body = self.open(file).await?.into_body();
        let mut part = PartFile::create(&target)?;
        let mut check = Check::default();
        while let Some(chunk) = body.chunk().await {
            let info = OperationInfo::new("files.open", Replay::Safe);
            let chunk = chunk.map_err(|error| Error::from_transport(error, info))?;
            check.take_in(&chunk);
            part.write(&chunk)?;
            progress(chunk.len() as u64);
        }
        check.finish(file)?;
        part.finish(&target)?;
        Ok(Downloaded { path: target, bytes: check.bytes, kept: false })
    }
}

/// The name if it is one plain path component on every system; the service may call its files
/// anything.
fn plain_name(name: &str) -> Result<&str, Error> {
    let refuse = |why| Err(Error::corrupt(format!("the file name {name:?} {why}")));
    if name.is_empty() || name == "." || name == ".." {
        return refuse("names no file");
    }
    if name.contains(|char: char| char.is_control() || r#"/\:*?"<>|"#.contains(char)) {
        return refuse("holds a character that file names cannot have everywhere");
    }
    if name.ends_with(['.', ' ']) {
        return refuse("ends in a character that some systems drop");
    }
    if name.len() > MAX_NAME {
        return refuse("is too long");
    }
    let stem = name.split('.').next().unwrap_or(name).to_ascii_uppercase();
    let numbered = |device: &str| {
        stem.strip_prefix(device).is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
    };
    if ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str()) || numbered("COM") || numbered("LPT") {
        return refuse("is a device on some systems");
    }
    Ok(name)
}

/// The length of the file at `target` if it is the one that is wanted.
fn already_there(target: &Path, wanted: Option<u64>) -> Result<Option<u64>, Error> {
    let found = match fs::symlink_metadata(target) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Error::local(format!("cannot look at {}", target.display()), error));
        }
    };
    if found.is_file() && Some(found.len()) == wanted {
        return Ok(wanted);
    }
    let in_the_way = io::Error::from(io::ErrorKind::AlreadyExists);
    Err(Error::local(
        format!("{} is there already and is not the file to be fetched", target.display()),
        in_the_way,
    ))
}

/// A file on its way; removed again unless it is finished.
struct PartFile {
    path: PathBuf,
    file: File,
    finished: bool,
}

impl PartFile {
    fn create(target: &Path) -> Result<Self, Error> {
        let mut path = target.as_os_str().to_owned();
        path.push(".part");
        let path = PathBuf::from(path);
        let failed = |error| Error::local(format!("cannot write {}", path.display()), error);
        // What an earlier run left goes, a link as a link; then the name must be free, so a link
        // that is put there meanwhile is not followed.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
        Ok(Self { path, file, finished: false })
    }

    fn write(&mut self, chunk: &Bytes) -> Result<(), Error> {
        self.file.write_all(chunk).map_err(|error| self.failed(error))
    }

    fn finish(mut self, target: &Path) -> Result<(), Error> {
        self.file.sync_all().map_err(|error| self.failed(error))?;
        fs::rename(&self.path, target).map_err(|error| self.failed(error))?;
        self.finished = true;
        Ok(())
    }

    fn failed(&self, error: io::Error) -> Error {
        Error::local(format!("cannot write {}", self.path.display()), error)
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.finished {
            // Nothing to be done if it cannot be removed: it has not the final name.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// What is known of the bytes that have come.
#[derive(Default)]
struct Check {
    bytes: u64,
    first: Vec<u8>,
    last: Vec<u8>,
}

impl Check {
    fn take_in(&mut self, chunk: &[u8]) {
        let mark = PARQUET_MAGIC.len();
        self.bytes += chunk.len() as u64;
        let missing = mark - self.first.len();
        self.first.extend(chunk.iter().take(missing));
        self.last.extend_from_slice(chunk.get(chunk.len().saturating_sub(mark)..).unwrap_or(chunk));
        self.last.drain(..self.last.len().saturating_sub(mark));
    }

    fn finish(&self, file: &ExportFile) -> Result<(), Error> {
        let name = &file.name;
        if let Some(listed) = file.length.filter(|listed| *listed != self.bytes) {
            return Err(Error::corrupt(format!(
                "{name} has {} bytes where the service lists {listed}",
                self.bytes
            )));
        }
        let parquet = name.ends_with(".parquet");
        if parquet && (self.first != PARQUET_MAGIC || self.last != PARQUET_MAGIC) {
            return Err(Error::corrupt(format!("{name} is not a whole Parquet file")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
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
            "a/b",
            "/etc/passwd",
            "a\\b",
            "C:x",
            "a\0b",
            "a\nb",
            "con",
            "NUL.parquet",
            "com1",
            "lpt9.txt",
            "dot.",
            "space ",
            "what?",
        ] {
            assert_eq!(plain_name(name).unwrap_err().kind(), ErrorKind::Corrupt, "{name:?}");
        }
        assert!(plain_name(&"x".repeat(251)).is_err());
        for name in
            ["part-00000-1b4e.c000.snappy.parquet", "_SUCCESS", "名前.parquet", "com10", "console"]
        {
            assert_eq!(plain_name(name).unwrap(), name);
        }
    }

    proptest! {
        #[test]
        fn whatever_name_is_accepted_stays_in_the_folder(name in any::<String>()) {
            if let Ok(plain) = plain_name(&name) {
                let path = Path::new("dir").join(plain);
                prop_assert_eq!(path.parent(), Some(Path::new("dir")));
                prop_assert_eq!(path.components().count(), 2);
            }
        }

        #[test]
        fn the_check_sees_the_same_however_the_bytes_are_cut(
            bytes in proptest::collection::vec(any::<u8>(), 0..40),
            cuts in proptest::collection::vec(1_usize..6, 0..40),
        ) {
            let mut whole = Check::default();
            whole.take_in(&bytes);
            let mut pieces = Check::default();
            let mut rest = &bytes[..];
            for cut in cuts.into_iter().chain([usize::MAX]) {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                pieces.take_in(piece);
                rest = after;
            }
            prop_assert_eq!(whole.bytes, pieces.bytes);
            prop_assert_eq!(whole.first, pieces.first);
            prop_assert_eq!(whole.last, pieces.last);
        }
    }

    #[test]
    fn length_and_marks_must_be_right() {
        let file =
            |name: &str, length| ExportFile { file_id: "f".into(), name: name.to_owned(), length };
        let check = |bytes: &[u8], file: &ExportFile| {
            let mut check = Check::default();
            check.take_in(bytes);
            check.finish(file).map_err(|error| error.kind())
        };
        assert_eq!(check(b"PAR1....PAR1", &file("a.parquet", Some(12))), Ok(()));
        assert_eq!(check(b"anything", &file("a.csv", None)), Ok(()));
        assert_eq!(check(b"PAR1....PAR1", &file("a.parquet", Some(13))), Err(ErrorKind::Corrupt));
        assert_eq!(check(b"PAR1....PAR", &file("a.parquet", None)), Err(ErrorKind::Corrupt));
        assert_eq!(check(b"<html>PAR1", &file("a.parquet", None)), Err(ErrorKind::Corrupt));
        assert_eq!(check(b"PAR", &file("a.parquet", None)), Err(ErrorKind::Corrupt));
    }
}
