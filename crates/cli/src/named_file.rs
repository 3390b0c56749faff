//! Files that the user names for the program to write.
//!
//! A file appears under its name whole or not at all. One that is there is replaced, as the user
//! said; a link or anything else that is no regular file is not: what it leads to was not named.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Checks that a file can be put at `path`, for `flag` to be refused before anything is asked.
pub(crate) fn check(path: &Path, flag: &str) -> Result<(), Failure> {
    let shown = path.display();
    if path.as_os_str() == "-" || path.file_name().is_none() {
        return Err(Failure::usage(format!("{flag} {shown}: expected the name of a file")));
    }
    let refused = match fs::symlink_metadata(path) {
        Ok(there) if there.is_file() => None,
        Ok(there) if there.is_dir() => Some("is a folder"),
        Ok(there) if there.is_symlink() => Some("is a link, which is not followed"),
        Ok(_) => Some("is no regular file"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Failure::io(format!("{flag} {shown}"), &error).of_input()),
    };
    if let Some(refused) = refused {
        return Err(Failure::usage(format!("{flag} {shown}: it {refused}")));
    }
    match fs::metadata(folder(path)) {
        Ok(folder) if folder.is_dir() => Ok(()),
        _ => {
            let folder = folder(path);
            Err(Failure::usage(format!("{flag} {shown}: {} is no folder", folder.display())))
        }
    }
}

/// Puts `text` into the file at `path`, in place of what is there.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    replace(path, text)
        .map_err(|error| Failure::io(format!("cannot write {}", path.display()), &error))
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().ok_or(io::ErrorKind::IsADirectory)?);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&name).suffix(".new");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        // What everybody may do who may with other new files; what is there keeps what it has.
        let mode = fs::symlink_metadata(path).map_or(0o666, |there| there.permissions().mode());
        builder.permissions(fs::Permissions::from_mode(mode & 0o777));
    }
    let mut file = builder.tempfile_in(folder(path))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("report.html");
        for text in ["one", "two"] {
            check(&path, "--html").unwrap();
            write(&path, text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_place_for_a_file_is_refused() {
        let dir = tempfile::TempDir::new().unwrap();
        let refused = |path: &Path| check(path, "--html").unwrap_err().message().to_owned();
        assert!(refused(Path::new("-")).contains("expected the name of a file"));
        assert!(refused(dir.path()).contains("is a folder"));
        assert!(refused(&dir.path().join("no/report.html")).contains("is no folder"));
    }

    #[cfg(unix)]
    #[test]
    fn links_and_devices_are_left_alone() {
        let dir = tempfile::TempDir::new().unwrap();
        let (link, target) = (dir.path().join("link"), dir.path().join("target"));
        std::os::unix::fs::symlink(&target, &link).unwrap();
        for path in [link.as_path(), Path::new("/dev/null")] {
            assert!(check(path, "--svg").is_err(), "{path:?}");
        }
        assert!(!target.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_not_read_stays_so() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("report.html");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        write(&path, "new").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
