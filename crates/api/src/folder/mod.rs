//! Folders on this machine that files are written into.
//!
//! A folder is held open by its handle, and everything inside of it is reached through that handle
//! by one plain name. So nothing that is put in the way meanwhile, by a name from the service or by
//! a link from another user of the machine, leads out of it.

mod lock;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

pub(crate) use self::lock::Lock;
use crate::Error;
use crate::plain_name::PlainName;

/// An open folder.
#[derive(Debug)]
pub(crate) struct Folder {
    dir: Dir,
    /// How it was reached: for messages only.
    path: PathBuf,
}

/// What has a name in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// A regular file of so many bytes.
    File(u64),
    Folder,
    Link,
    /// A device, a pipe, a socket.
    Other,
}

impl Folder {
    /// The folder at a path of the caller's own choice, made if it is not there. That path may lead
    /// through links: they are the caller's.
    pub(crate) fn at(path: &Path) -> Result<Self, Error> {
        Dir::create_ambient_dir_all(path, ambient_authority()).map_err(|error| {
            Error::local(format!("cannot make the folder {}", path.display()), error)
        })?;
        Self::there(path)
    }

    /// The folder at a path of the caller's own choice, which must be there.
    pub(crate) fn there(path: &Path) -> Result<Self, Error> {
        let dir = Dir::open_ambient_dir(path, ambient_authority()).map_err(|error| {
            Error::local(format!("cannot open the folder {}", path.display()), error)
        })?;
        Ok(Self { dir, path: path.to_owned() })
    }

    /// The folder `name` in this one, made if it is not there.
    pub(crate) fn inner(&self, name: &PlainName) -> Result<Self, Error> {
        match self.dir.create_dir(name.as_str()) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(self.failed("make the folder", name, error))
            }
            _ => self.inner_there(name),
        }
    }

    /// The folder `name` in this one, which must be there.
    pub(crate) fn inner_there(&self, name: &PlainName) -> Result<Self, Error> {
        match self.dir.open_dir_nofollow(name.as_str()) {
            Ok(dir) => Ok(Self { dir, path: self.path.join(name.as_str()) }),
            Err(error) => Err(self.failed("open the folder", name, error)),
        }
    }

    /// Where `name` is, for people.
    pub(crate) fn path_of(&self, name: &PlainName) -> PathBuf {
        self.path.join(name.as_str())
    }

    /// Where this folder is, for people.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A new file, to be read and written. The name must be free; a link is not followed.
    pub(crate) fn create(&self, name: &PlainName) -> Result<File, Error> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).follow(FollowSymlinks::No);
        let file = self.dir.open_with(name.as_str(), &options);
        file.map(cap_std::fs::File::into_std).map_err(|error| self.failed("make", name, error))
    }

    /// The regular file `name`, to be read, and written if `write` is set; `None` if there is
    /// nothing of that name.
    pub(crate) fn open(&self, name: &PlainName, write: bool) -> Result<Option<File>, Error> {
        // Asked for first: merely to open a pipe would wait for whoever is at its other end.
        match self.look(name)? {
            None => return Ok(None),
            Some(Found::File(_)) => {}
            Some(found) => return Err(self.not_a_file(name, found)),
        }
        let mut options = OpenOptions::new();
        options.read(true).write(write).follow(FollowSymlinks::No);
        match self.dir.open_with(name.as_str(), &options) {
            Ok(file) => Ok(Some(file.into_std())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("open", name, error)),
        }
    }

    /// What has the name `name` here, if anything; a link is not followed.
    pub(crate) fn look(&self, name: &PlainName) -> Result<Option<Found>, Error> {
        let found = match self.dir.symlink_metadata(name.as_str()) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed("look at", name, error)),
        };
        Ok(Some(match found.file_type() {
            kind if kind.is_file() => Found::File(found.len()),
            kind if kind.is_dir() => Found::Folder,
            kind if kind.is_symlink() => Found::Link,
            _ => Found::Other,
        }))
    }

    /// The names in the folder, in order. One that is no text is given as well as it can be.
    pub(crate) fn names(&self) -> Result<Vec<String>, Error> {
        let failed = |error| Error::local(format!("cannot list {}", self.path.display()), error);
        let mut names = Vec::new();
        for entry in self.dir.entries().map_err(failed)? {
            names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    /// Removes the file or link `name`, if it is there.
    pub(crate) fn remove(&self, name: &PlainName) -> Result<(), Error> {
        match self.dir.remove_file_or_symlink(name.as_str()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.failed("remove", name, error))
            }
            _ => Ok(()),
        }
    }

    /// Gives the file `from` the name `to`, in the place of whatever file has it.
    pub(crate) fn rename(&self, from: &PlainName, to: &PlainName) -> Result<(), Error> {
        self.dir
            .rename(from.as_str(), &self.dir, to.as_str())
            .map_err(|error| self.failed("rename", from, error))
    }

    /// Sees to it that the names in the folder are on the disk.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        // Windows has no such thing: its names are written with the files.
        #[cfg(unix)]
        self.dir
            .open(".")
            .and_then(|folder| folder.sync_all())
            .map_err(|error| Error::local(format!("cannot sync {}", self.path.display()), error))?;
        Ok(())
    }

    /// Why `name` cannot be used as a file.
    pub(crate) fn not_a_file(&self, name: &PlainName, found: Found) -> Error {
        let path = self.path_of(name);
        let (what, kind) = match found {
            Found::Link => ("is a link, and links are not followed", io::ErrorKind::AlreadyExists),
            Found::Folder => ("is a folder", io::ErrorKind::IsADirectory),
            Found::Other | Found::File(_) => ("is no ordinary file", io::ErrorKind::AlreadyExists),
        };
        Error::local(format!("{} {what}", path.display()), kind.into())
    }

    /// An error of doing something with `name`, where a link in the way is the better reason.
    pub(crate) fn failed(&self, doing: &str, name: &PlainName, error: io::Error) -> Error {
        match self.look_quietly(name) {
            Some(Found::Link) => self.not_a_file(name, Found::Link),
            _ => Error::local(format!("cannot {doing} {}", self.path_of(name).display()), error),
        }
    }

    fn look_quietly(&self, name: &PlainName) -> Option<Found> {
        let found = self.dir.symlink_metadata(name.as_str()).ok()?;
        found.file_type().is_symlink().then_some(Found::Link)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::ErrorKind;

    fn named(name: &str) -> PlainName {
        PlainName::of_file(name).unwrap()
    }

    fn temporary() -> (tempfile::TempDir, Folder) {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::at(&dir.path().join("a/b")).unwrap();
        (dir, folder)
    }

    #[test]
    fn files_are_made_once_found_and_renamed() {
        let (_dir, folder) = temporary();
        let [x, y, inner] = ["x", "y", "inner"].map(named);
        folder.create(&x).unwrap().write_all(b"four").unwrap();
        assert_eq!(folder.create(&x).unwrap_err().kind(), ErrorKind::Local);
        assert_eq!(folder.look(&x).unwrap(), Some(Found::File(4)));
        assert_eq!(folder.look(&y).unwrap(), None);
        assert!(folder.open(&y, true).unwrap().is_none());
        assert_eq!(folder.inner(&inner).unwrap().path(), folder.path_of(&inner));
        folder.inner(&inner).unwrap();
        assert!(folder.inner(&x).is_err(), "it is a file");
        assert_eq!(folder.names().unwrap(), ["inner", "x"]);
        folder.rename(&x, &y).unwrap();
        folder.sync().unwrap();
        assert!(folder.open(&y, false).unwrap().is_some());
        folder.remove(&y).unwrap();
        folder.remove(&y).unwrap();
        assert_eq!(folder.names().unwrap(), ["inner"]);
        assert!(folder.open(&inner, false).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_and_pipes_are_refused_and_what_they_point_to_is_left_alone() {
        use std::os::unix::fs::symlink;

        let (dir, folder) = temporary();
        let outside = dir.path().join("outside");
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(outside.join("victim"), "precious").unwrap();
        let here = dir.path().join("a/b");
        let [file, inner, dangling, pipe, new, near, nearby] =
            ["file", "inner", "dangling", "pipe", "new", "near", "nearby"].map(named);
        symlink(outside.join("victim"), here.join("file")).unwrap();
        symlink(&outside, here.join("inner")).unwrap();
        symlink(outside.join("none"), here.join("dangling")).unwrap();
        // Nor is one that stays in the folder.
        std::fs::write(here.join("own"), "precious").unwrap();
        std::fs::create_dir(here.join("own folder")).unwrap();
        symlink("own", here.join("near")).unwrap();
        symlink("own folder", here.join("nearby")).unwrap();
        for link in [&file, &inner, &dangling, &near, &nearby] {
            for error in [
                folder.create(link).unwrap_err(),
                folder.open(link, true).unwrap_err(),
                folder.inner(link).unwrap_err(),
                folder.inner_there(link).unwrap_err(),
            ] {
                assert_eq!(error.kind(), ErrorKind::Local);
                assert!(error.message().ends_with("is a link, and links are not followed"));
            }
        }
        let made = std::process::Command::new("mkfifo").arg(here.join("pipe")).status();
        assert!(made.unwrap().success());
        let error = folder.open(&pipe, true).unwrap_err();
        assert!(error.message().ends_with("is no ordinary file"), "{error}");
        // The link goes, not what it points to.
        folder.create(&new).unwrap();
        folder.rename(&new, &file).unwrap();
        assert_eq!(folder.look(&file).unwrap(), Some(Found::File(0)));
        folder.remove(&inner).unwrap();
        assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 1);
        assert_eq!(std::fs::read_to_string(outside.join("victim")).unwrap(), "precious");
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_is_swapped_meanwhile_is_not_left() {
        let (dir, folder) = temporary();
        std::fs::rename(dir.path().join("a/b"), dir.path().join("c")).unwrap();
        std::os::unix::fs::symlink("/", dir.path().join("a/b")).unwrap();
        folder.create(&named("x")).unwrap();
        assert!(dir.path().join("c/x").is_file());
    }
}
