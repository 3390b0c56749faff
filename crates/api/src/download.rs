//! Fetching files: streamed to a part file beside the target, checked, then renamed.
//!
//! One file after the other, from its beginning: parallel ranges and taking up a part file where it
//! ended come later. Writes are plain blocking writes, measured at half the CPU of asynchronous
//! ones.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use bytes::Bytes;

use aep_export_transport::{OperationInfo, Replay};

use crate::folder::Found;
use crate::plain_name::PlainName;
use crate::{Error, ExportFile, Files, Folder};

/// First and last bytes of every Parquet file (documented by the format).
const PARQUET_MAGIC: &[u8] = b"PAR1";

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
    /// Fetches `file` into `folder` under the file's own name.
    ///
    /// Until all its bytes are there and checked (the length that the service lists; for Parquet the
    /// mark at both ends) it stands under its name with `.part` at the end. A file that is there
    /// already with the listed length is kept. `progress` is told of each piece's length.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) when the bytes are not what was announced, or the name is
    /// not a plain file name; [`Local`](crate::ErrorKind::Local) when the disk refuses, or something
    /// else has the name, be it a link. No error leaves a file under the final name.
    pub async fn download(
        &self,
        file: &ExportFile,
        folder: &Folder,
        mut progress: impl FnMut(u64) + Send,
    ) -> Result<Downloaded, Error> {
        let name = PlainName::of_file(&file.name)?;
        let path = folder.path_of(&name);
        if let Some(bytes) = already_there(folder, &name, file.length)? {
            return Ok(Downloaded { path, bytes, kept: true });
        }
        let mut body = self.open(file).await?.into_body();
        let mut part = PartFile::create(folder, name)?;
        let mut check = Check::default();
        while let Some(chunk) = body.chunk().await {
            let info = OperationInfo::new("files.open", Replay::Safe);
            let chunk = chunk.map_err(|error| Error::from_transport(error, info))?;
            check.take_in(&chunk);
            check.not_too_long(file)?;
            part.write(&chunk)?;
            progress(chunk.len() as u64);
        }
        check.finish(file)?;
        part.finish()?;
        Ok(Downloaded { path, bytes: check.bytes, kept: false })
    }
}

/// The length of the file called `name` if it is the one that is wanted.
fn already_there(
    folder: &Folder,
    name: &PlainName,
    wanted: Option<u64>,
) -> Result<Option<u64>, Error> {
    match folder.look(name)? {
        Found::Nothing => Ok(None),
        Found::File(length) if Some(length) == wanted => Ok(wanted),
        _ => {
            let path = folder.path_of(name);
            let in_the_way = io::Error::from(io::ErrorKind::AlreadyExists);
            Err(Error::local(
                format!("{} is there already and is not the file to be fetched", path.display()),
                in_the_way,
            ))
        }
    }
}

/// A file on its way; removed again unless it is finished.
struct PartFile<'a> {
    folder: &'a Folder,
    target: PlainName,
    name: PlainName,
    file: File,
    finished: bool,
}

impl<'a> PartFile<'a> {
    fn create(folder: &'a Folder, target: PlainName) -> Result<Self, Error> {
        let name = target.part();
        let file = folder.create(&name)?;
        Ok(Self { folder, target, name, file, finished: false })
    }

    fn write(&mut self, chunk: &Bytes) -> Result<(), Error> {
        self.file.write_all(chunk).map_err(|error| self.failed(error))
    }

    fn finish(mut self) -> Result<(), Error> {
        self.file.sync_all().map_err(|error| self.failed(error))?;
        self.folder.rename(&self.name, &self.target)?;
        self.finished = true;
        Ok(())
    }

    fn failed(&self, error: io::Error) -> Error {
        self.folder.failed("write", &self.name, error)
    }
}

impl Drop for PartFile<'_> {
    fn drop(&mut self) {
        if !self.finished {
            // Nothing to be done if it cannot be removed: it has not the final name.
            let _ = self.folder.remove(&self.name);
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

    /// Stops a body that has no end before the disk is full.
    fn not_too_long(&self, file: &ExportFile) -> Result<(), Error> {
        match file.length {
            Some(listed) if self.bytes > listed => Err(Error::corrupt(format!(
                "{} has more than the {listed} bytes that the service lists",
                file.name
            ))),
            _ => Ok(()),
        }
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

    proptest! {
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
