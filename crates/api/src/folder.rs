//! Folders on this machine that files are written into.
//!
//! A folder is held open by its handle, and everything inside of it is reached through that handle
//! by one plain name. So nothing that is put in the way meanwhile, by a name from the service or by
//! a link from another user of the machine, leads out of it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use cap_fs_ext::DirExt;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use crate::Error;
use crate::plain_name::PlainName;

/// A folder that files are downloaded into, held open.
///
/// ```
/// # let dir = tempfile::tempdir().unwrap();
/// use aep_export_api::Folder;
///
/// let gold = Folder::at(dir.path().join("gold"))?;
/// assert!(gold.inner("01EP3YJY0000000000000000AB")?.path().is_dir());
/// assert!(gold.inner("../elsewhere").is_err());
/// # Ok::<(), aep_export_api::Error>(())
/// ```
#[derive(Debug)]
pub struct Folder {
    dir: Dir,
    path: PathBuf,
}

/// What stands under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    /// A file of so many bytes.
    File(u64),
    /// A link, a folder, a device.
    Other,
}

impl Folder {
    /// The folder at `path`, made with those above it where they are missing. A link on the way to
    /// it is the caller's own and is followed.
    ///
    /// # Errors
    /// [`Local`](crate::ErrorKind::Local) when it cannot be made or opened.
    pub fn at(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let opened = Dir::create_ambient_dir_all(&path, ambient_authority())
            .and_then(|()| Dir::open_ambient_dir(&path, ambient_authority()));
        match opened {
            Ok(dir) => Ok(Self { dir, path }),
            Err(error) => Err(Error::local(format!("cannot open {}", path.display()), error)),
        }
    }

    /// The folder called `name` in this one, made if it is missing. The name may come from the
    /// service.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) when the name cannot be that of a folder everywhere, or
    /// begins with a dot: such folders hold settings. [`Local`](crate::ErrorKind::Local) when
    /// something else has the name, a link above all.
    pub fn inner(&self, name: &str) -> Result<Self, Error> {
        let name = PlainName::of_folder(name)?;
        let path = self.path.join(name.as_str());
        let failed = |error| Error::local(format!("cannot open {}", path.display()), error);
        match self.dir.create_dir(name.as_str()) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(failed(error));
            }
            _ => {}
        }
        if self.dir.symlink_metadata(name.as_str()).map_err(failed)?.is_symlink() {
            return Err(is_a_link(&path));
        }
        let dir = self.dir.open_dir_nofollow(name.as_str()).map_err(failed)?;
        Ok(Self { dir, path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a file of this name is.
    pub(crate) fn path_of(&self, name: &PlainName) -> PathBuf {
        self.path.join(name.as_str())
    }

    /// What stands under `name`; a link is not followed.
    pub(crate) fn look(&self, name: &PlainName) -> Result<Found, Error> {
        match self.dir.symlink_metadata(name.as_str()) {
            Ok(found) if found.is_file() => Ok(Found::File(found.len())),
            Ok(_) => Ok(Found::Other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Nothing),
            Err(error) => Err(self.failed("look at", name, error)),
        }
    }

    /// A new, empty file in the place of one that an earlier run left. Anything but a file stays,
    /// and is an error.
    pub(crate) fn create(&self, name: &PlainName) -> Result<File, Error> {
        match self.look(name)? {
            Found::Nothing => {}
            Found::File(_) => self.remove(name)?,
            Found::Other => return Err(is_in_the_way(&self.path_of(name))),
        }
        // The name must be free: a link that is put there now is not followed.
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let opened = self.dir.open_with(name.as_str(), &options);
        opened.map(cap_std::fs::File::into_std).map_err(|error| self.failed("write", name, error))
    }

    /// Gives the file `from` the name `to`.
    pub(crate) fn rename(&self, from: &PlainName, to: &PlainName) -> Result<(), Error> {
        let renamed = self.dir.rename(from.as_str(), &self.dir, to.as_str());
        renamed.map_err(|error| self.failed("write", to, error))
    }

    pub(crate) fn remove(&self, name: &PlainName) -> Result<(), Error> {
        self.dir.remove_file(name.as_str()).map_err(|error| self.failed("remove", name, error))
    }

    pub(crate) fn failed(&self, doing: &str, name: &PlainName, error: io::Error) -> Error {
        Error::local(format!("cannot {doing} {}", self.path_of(name).display()), error)
    }
}

fn is_a_link(path: &Path) -> Error {
    let why = "is a link, and nothing is written through links";
    let cause = io::Error::from(io::ErrorKind::AlreadyExists);
    Error::local(format!("{} {why}", path.display()), cause)
}

fn is_in_the_way(path: &Path) -> Error {
    let cause = io::Error::from(io::ErrorKind::AlreadyExists);
    Error::local(
        format!("{} is there already and is no file of an earlier run", path.display()),
        cause,
    )
}
