//! Whether a folder still holds what its manifest says.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

use super::digest::Digest;
use super::manifest::{Manifest, ManifestBatch, ManifestFile};
use super::parquet_file;
use crate::Error;
use crate::folder::{Folder, Found, Lock};
use crate::plain_name::PlainName;

/// What [`Manifest::verify`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// How many files the manifest lists.
    pub files: usize,
    /// How many bytes it lists.
    pub bytes: u64,
    /// What is not as it says. Nothing, if all is well.
    pub differences: Vec<Difference>,
}

/// One thing that is not as the manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The file, from the folder of the manifest on.
    pub path: String,
    /// What is the matter with it.
    pub what: DifferenceKind,
}

/// What is the matter with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// It is not there.
    Missing,
    /// It has another length.
    Length {
        /// The length that it has.
        found: u64,
        /// The length that the manifest says.
        listed: u64,
    },
    /// It has the right length and another content.
    Content,
    /// It is a link, a folder or no ordinary file, or cannot be read; why.
    Unreadable(String),
    /// It is there, and the manifest does not list it.
    Unlisted,
    /// The manifest names a place outside of the folder, where nothing is looked for.
    Outside,
}

impl DifferenceKind {
    /// One word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Length { .. } => "length",
            Self::Content => "content",
            Self::Unreadable(_) => "unreadable",
            Self::Unlisted => "unlisted",
            Self::Outside => "outside",
        }
    }
}

impl Verified {
    /// Counts the files of a batch that is looked at.
    pub fn count(&mut self, batch: &ManifestBatch) {
        self.files += batch.files.len();
        let bytes = batch.files.iter().map(|file| file.bytes);
        self.bytes = bytes.fold(self.bytes, u64::saturating_add);
    }
}

impl Difference {
    /// What is the matter with the file at `path`.
    pub fn new(path: impl Into<String>, what: DifferenceKind) -> Self {
        Self { path: path.into(), what }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.what {
            DifferenceKind::Missing => write!(f, "{path} is missing"),
            DifferenceKind::Length { found, listed } => {
                write!(f, "{path} has {found} bytes where the manifest says {listed}")
            }
            DifferenceKind::Content => write!(f, "{path} has another content than was downloaded"),
            DifferenceKind::Unreadable(why) => f.write_str(why),
            DifferenceKind::Unlisted => write!(f, "{path} is not in the manifest"),
            DifferenceKind::Outside => write!(f, "{path:?} is no place in the folder"),
        }
    }
}

impl Manifest {
    /// Compares the folder `dir`, whose manifest this is, with it: every file that is listed, and
    /// what else lies beside them (but for names that begin with `.` or `_`, which readers of such
    /// folders pass over). `progress` is told of each piece's length as it is read; it ends the work
    /// by an error.
    ///
    /// Reads every byte, and waits for the disk: not for a thread that must not wait.
    ///
    /// # Errors
    /// [`Local`](crate::ErrorKind::Local) when the folder itself cannot be read, or `progress` ends
    /// the work. A file that cannot be read is a difference.
    pub fn verify(
        &self,
        dir: &Path,
        mut progress: impl FnMut(u64) -> io::Result<()>,
    ) -> Result<Verified, Error> {
        let root = Folder::there(dir)?;
        let mut verified = Verified::default();
        for batch in &self.batches {
            verified.count(batch);
            of_batch(&root, batch, &mut progress, &mut verified.differences)?;
        }
        Ok(verified)
    }
}

fn of_batch(
    root: &Folder,
    batch: &ManifestBatch,
    progress: &mut dyn FnMut(u64) -> io::Result<()>,
    differences: &mut Vec<Difference>,
) -> Result<(), Error> {
    let id = batch.batch_id.as_str();
    let mut listed = BTreeMap::new();
    for file in &batch.files {
        let inner = file.path.strip_prefix(id).and_then(|rest| rest.strip_prefix('/'));
        match inner.map(PlainName::of_file) {
            Some(Ok(name)) => drop(listed.insert(name.as_str().to_owned(), (name, file))),
            _ => differences.push(Difference::new(&file.path, DifferenceKind::Outside)),
        }
    }
    let folder = match PlainName::of_folder(id) {
        Ok(name) if root.look(&name)?.is_some() => root.inner_there(&name)?,
        _ => {
            let missing = listed.values();
            let missing =
                missing.map(|(_, file)| Difference::new(&file.path, DifferenceKind::Missing));
            differences.extend(missing);
            return Ok(());
        }
    };
    for (name, file) in listed.values() {
        if let Some(what) = of_file(&folder, name, file, progress)? {
            differences.push(Difference::new(&file.path, what));
        }
    }
    let counts = |name: &String| !name.starts_with(['.', '_']) && !Lock::is_named(name);
    let others = folder.names()?.into_iter().filter(counts);
    let others = others.filter(|name| !listed.contains_key(name));
    differences.extend(
        others.map(|name| Difference::new(format!("{id}/{name}"), DifferenceKind::Unlisted)),
    );
    Ok(())
}

/// What is the matter with a file, if anything.
fn of_file(
    folder: &Folder,
    name: &PlainName,
    listed: &ManifestFile,
    progress: &mut dyn FnMut(u64) -> io::Result<()>,
) -> Result<Option<DifferenceKind>, Error> {
    let unreadable = |error: &Error| {
        let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
        Some(DifferenceKind::Unreadable(format!("{error}{}", cause.unwrap_or_default())))
    };
    match folder.look(name) {
        Ok(None) => return Ok(Some(DifferenceKind::Missing)),
        Ok(Some(Found::File(found))) if found != listed.bytes => {
            return Ok(Some(DifferenceKind::Length { found, listed: listed.bytes }));
        }
        Ok(Some(Found::File(_))) => {}
        Ok(Some(other)) => return Ok(unreadable(&folder.not_a_file(name, other))),
        Err(error) => return Ok(unreadable(&error)),
    }
    let file = match folder.open(name, false) {
        Ok(Some(file)) => file,
        Ok(None) => return Ok(Some(DifferenceKind::Missing)),
        Err(error) => return Ok(unreadable(&error)),
    };
    let failed = |error| folder.failed("read", name, error);
    let Some(sha256) = &listed.sha256 else {
        // All that is known of its content is what it must be.
        return match parquet_file::check(&file, listed.bytes) {
            _ if !parquet_file::is_parquet(name.as_str()) => Ok(None),
            Ok(Ok(rows)) if rows.is_none() || listed.rows.is_none() || rows == listed.rows => {
                Ok(None)
            }
            Ok(_) => Ok(Some(DifferenceKind::Content)),
            Err(error) => Ok(unreadable(&failed(error))),
        };
    };
    let mut digest = Digest::new();
    loop {
        let before = digest.upto();
        match digest.read_on(&file, listed.bytes) {
            Ok(true) => progress(digest.upto() - before).map_err(|error| {
                Error::local("the comparison with the manifest was ended", error)
            })?,
            Ok(false) => break,
            Err(error) => return Ok(unreadable(&failed(error))),
        }
    }
    Ok((digest.finish() != *sha256).then_some(DifferenceKind::Content))
}
