//! Files that are for their owner alone: the config file, secrets, tokens.
//!
//! What is read is checked on the open file, not by its name before: between the two somebody could
//! put another file there. What is written is nobody else's from the call that makes it, and takes
//! the old file's place in one step. On Windows nothing is checked: a user's own folders are closed
//! to others there.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::Failure;
#[cfg(unix)]
use crate::quote::quote;

/// More than any settings, secret or token.
const LIMIT: u64 = 1024 * 1024;

/// How the name of a file ends that is not in its place yet.
const NEW: &str = ".new";

/// Links to links; what leads further leads nowhere.
const MOST_LINKS: usize = 40;

/// What is in the file at `path`, or `None` if there is none.
///
/// # Errors
/// When it cannot be read, is no regular file, is larger than 1 MiB, belongs to another user, or
/// when others may read or write it.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let cannot = |error: &io::Error| {
        Failure::io(format!("cannot read {}", path.display()), error).of_input()
    };
    let file = match open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(cannot(&error)),
    };
    check(&file, path)?;
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| cannot(&error))?;
    if bytes.len() as u64 > LIMIT {
        return Err(Failure::usage(format!("{} is larger than 1 MiB", path.display())));
    }
    Ok(Some(bytes))
}

/// Whether the folder of `path`, if it is there, is one that only its owner and root can put files
/// into: who else could, could put a link there that leads to another file.
///
/// # Errors
/// When it belongs to another user or others may write to it.
pub(crate) fn check_folder_of(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    match std::fs::metadata(folder) {
        Ok(metadata) => check_folder(&metadata, folder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::io(format!("cannot read {}", folder.display()), &error)),
    }
}

/// Puts `bytes` into the file at `path`, in place of what is there, so that a reader sees the old
/// or the new and nothing between. Its folder is made if it is missing. Where `path` is a link, the
/// file it leads to is written.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    replace(path, bytes)
        .map_err(|error| Failure::io(format!("cannot write {}", path.display()), &error))
}

/// Removes the file at `path`; says whether there was one.
pub(crate) fn remove(path: &Path) -> Result<bool, Failure> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Failure::io(format!("cannot remove {}", path.display()), &error)),
    }
}

/// Waits until no other process holds the file at `path`, and keeps others waiting until the lock
/// is dropped. To be held from reading a file until it is written.
///
/// The lock is a file of its own beside it: the file itself is another one after each write.
pub(crate) fn lock(path: &Path) -> Result<Lock, Failure> {
    let locked = || {
        let mut name = behind_links(path)?.into_os_string();
        name.push(".lock");
        let name = PathBuf::from(name);
        make_folder_of(&name)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;

            options.mode(0o600);
        }
        let file = options.open(&name)?;
        file.lock()?;
        Ok(Lock(file))
    };
    locked()
        .map_err(|error: io::Error| Failure::io(format!("cannot lock {}", path.display()), &error))
}

/// Keeps other processes out while it lives.
#[derive(Debug)]
#[must_use = "the lock ends when it is dropped"]
pub(crate) struct Lock(#[expect(dead_code, reason = "closing the file ends the lock")] File);

/// Opens without waiting: the other end of a pipe may never come.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;

        let flags = rustix::fs::OFlags::NONBLOCK.bits();
        options.custom_flags(flags.try_into().unwrap_or_default());
    }
    options.open(path)
}

fn check(file: &File, path: &Path) -> Result<(), Failure> {
    let metadata = file.metadata().map_err(|error| {
        Failure::io(format!("cannot read {}", path.display()), &error).of_input()
    })?;
    if !metadata.is_file() {
        return Err(Failure::usage(format!("{} is not a regular file", path.display())));
    }
    #[cfg(unix)]
    {
        let (owner, mode) = belongs(&metadata, path)?;
        if mode & 0o066 != 0 {
            let (shown, name) = (path.display(), path.to_string_lossy());
            let what = "may hold secrets, and others than its owner can read or write it";
            let hint = if owner == ourselves() {
                format!("chmod 600 {}", quote(&name))
            } else {
                // As in a container that nothing can be changed in.
                format!(
                    "root can change that; a secret can also be printed by a command: cat {shown}"
                )
            };
            return Err(Failure::usage(format!("{shown} {what} (mode {mode:04o})")).hint(hint));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn check_folder(metadata: &std::fs::Metadata, folder: &Path) -> Result<(), Failure> {
    let (_, mode) = belongs(metadata, folder)?;
    if mode & 0o022 == 0 {
        return Ok(());
    }
    let what = format!("others than its owner can write to it (mode {mode:04o})");
    Err(Failure::usage(format!("{}: {what}", folder.display()))
        .hint(format!("chmod 700 {}", quote(&folder.to_string_lossy()))))
}

#[cfg(not(unix))]
fn check_folder(_: &std::fs::Metadata, _: &Path) -> Result<(), Failure> {
    Ok(())
}

/// Owner and mode of what is at `path`, if it belongs to us or to root.
#[cfg(unix)]
fn belongs(metadata: &std::fs::Metadata, path: &Path) -> Result<(u32, u32), Failure> {
    use std::os::unix::fs::MetadataExt;

    let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
    if [ourselves(), 0].contains(&owner) {
        return Ok((owner, mode));
    }
    let (name, us) = (path.to_string_lossy(), ourselves());
    Err(Failure::usage(format!("{} belongs to another user (uid {owner})", path.display()))
        .hint(format!("chown {us} {}, if it is meant to be yours", quote(&name))))
}

#[cfg(unix)]
fn ourselves() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = behind_links(path)?;
    let folder = make_folder_of(&path)?;
    let mut file = create_beside(&path, &folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    // The new name is on the disk once its folder is.
    #[cfg(unix)]
    File::open(&folder)?.sync_all()?;
    Ok(())
}

/// A new file in the folder of `path`, for the owner alone from the call that opens it; gone again
/// when dropped.
fn create_beside(path: &Path, folder: &Path) -> io::Result<NamedTempFile> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().ok_or(io::ErrorKind::IsADirectory)?);
    name.push(".");
    // Opens with O_EXCL and mode 0600.
    tempfile::Builder::new().prefix(&name).suffix(NEW).tempfile_in(folder)
}

/// The file that was to be replaced by `name`, if that is one of those that are made for it and are
/// left by a process that is killed; else `name` itself.
pub(crate) fn meant_by(name: &str) -> &str {
    let new = name.strip_prefix('.').and_then(|name| name.strip_suffix(NEW));
    new.and_then(|new| new.rsplit_once('.')).map_or(name, |(meant, _)| meant)
}

/// The folder of `path`, made with those above it where they are missing, for the owner alone.
fn make_folder_of(path: &Path) -> io::Result<PathBuf> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;

        builder.mode(0o700);
    }
    builder.create(folder)?;
    Ok(folder.to_owned())
}

/// Where `path` leads, which need not exist.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match std::fs::read_link(&path) {
            // A relative link counts from the folder it stands in.
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            // No link, or nothing there.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links"))
}

#[cfg(test)]
mod tests;
