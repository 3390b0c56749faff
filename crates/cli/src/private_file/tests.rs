use std::fs;

use tempfile::TempDir;

use super::*;

#[test]
fn what_is_written_is_read_and_takes_the_old_ones_place() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("made/for/it/config.toml");
    assert_eq!(read(&path).unwrap(), None);
    assert!(!remove(&path).unwrap());
    for text in ["first and longer", "second"] {
        write(&path, text.as_bytes()).unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), text.as_bytes());
    }
    // Nothing else is left beside it.
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    assert!(remove(&path).unwrap());
    assert_eq!(read(&path).unwrap(), None);
}

#[test]
fn what_cannot_be_written_leaves_what_was_there() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("folder");
    fs::create_dir_all(path.join("in it")).unwrap();
    let failure = write(&path, b"secret").unwrap_err();
    assert!(failure.message().starts_with("cannot write "), "{failure:?}");
    assert!(path.join("in it").is_dir());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn what_a_killed_process_leaves_is_known_by_its_name() {
    let dir = TempDir::new().unwrap();
    let left = create_beside(Path::new("a.b-c.json"), dir.path()).unwrap();
    let name = left.path().file_name().unwrap().to_str().unwrap();
    assert_ne!(name, "a.b-c.json");
    assert_eq!(meant_by(name), "a.b-c.json");
    for other in ["a.b-c.json", ".a.b-c.json", "a.x.new", ".new", ""] {
        assert_eq!(meant_by(other), other);
    }
}

#[test]
fn no_more_is_read_than_anybody_needs() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("big");
    for (size, fits) in [(LIMIT, true), (LIMIT + 1, false)] {
        write(&path, &vec![b'x'; size as usize]).unwrap();
        assert_eq!(read(&path).is_ok(), fits, "{size}");
    }
}

/// Each adds one to a number; without the lock some would read what another is about to replace.
#[test]
fn who_holds_the_lock_works_alone() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("number");
    write(&path, b"0").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let _lock = lock(&path).unwrap();
                    let number = String::from_utf8(read(&path).unwrap().unwrap()).unwrap();
                    let next = number.parse::<u32>().unwrap() + 1;
                    write(&path, next.to_string().as_bytes()).unwrap();
                }
            });
        }
    });
    assert_eq!(read(&path).unwrap().unwrap(), b"80");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use std::process::Command;

    use rustix::fs::Mode;
    use rustix::process::{geteuid, umask};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn a_file_that_others_may_open_is_refused_with_what_mends_it() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("it's secret");
        fs::write(&path, "secret").unwrap();
        for refused in [0o640, 0o620, 0o604, 0o602, 0o644, 0o666, 0o777] {
            fs::set_permissions(&path, fs::Permissions::from_mode(refused)).unwrap();
            let failure = read(&path).unwrap_err();
            assert_eq!(failure.exit().code(), 2, "{refused:o}");
            assert!(failure.message().contains(&format!("mode {refused:04o}")), "{failure:?}");
            let hint = failure.next_step().unwrap();
            let mended = Command::new("sh").args(["-c", hint]).status().unwrap();
            assert!(mended.success(), "{hint}");
            assert_eq!(read(&path).unwrap().unwrap(), b"secret", "{refused:o}");
        }
        for fine in [0o600, 0o400, 0o700] {
            fs::set_permissions(&path, fs::Permissions::from_mode(fine)).unwrap();
            assert!(read(&path).is_ok(), "{fine:o}");
        }
    }

    #[test]
    fn a_file_of_another_user_is_refused() {
        if !geteuid().is_root() {
            // Only root can give a file away; tests/it has an ordinary user look at another's.
            return;
        }
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("theirs");
        write(&path, b"secret").unwrap();
        chown(&path, Some(12345), None).unwrap();
        let failure = read(&path).unwrap_err();
        assert!(failure.message().ends_with("belongs to another user (uid 12345)"), "{failure:?}");
    }

    #[test]
    fn only_a_regular_file_is_read_and_nothing_waits() {
        let dir = TempDir::new().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in [dir.path(), &pipe, Path::new("/dev/zero")] {
            let failure = read(path).unwrap_err();
            assert!(failure.message().ends_with(" is not a regular file"), "{failure:?}");
        }
    }

    #[test]
    fn a_link_is_written_through() {
        let dir = TempDir::new().unwrap();
        let link = dir.path().join("link");
        // A link to a link to what does not exist yet.
        symlink("second", &link).unwrap();
        symlink("dotfiles/config.toml", dir.path().join("second")).unwrap();
        let target = dir.path().join("dotfiles/config.toml");
        for text in ["one", "two"] {
            drop(lock(&link).unwrap());
            write(&link, text.as_bytes()).unwrap();
            assert_eq!(read(&target).unwrap().unwrap(), text.as_bytes());
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        }
        assert!(dir.path().join("dotfiles/config.toml.lock").is_file());
        symlink("endless", dir.path().join("endless")).unwrap();
        assert!(write(&dir.path().join("endless"), b"x").is_err());
    }

    /// The one test that changes the umask, which is the whole process's: to no other test it
    /// matters.
    #[test]
    fn nothing_is_open_to_others_even_for_a_moment() {
        let dir = TempDir::new().unwrap();
        let folder = dir.path().join("new/folder");
        let path = folder.join("secret");
        let before = umask(Mode::empty());
        let made = make_folder_of(&path).unwrap();
        let new = create_beside(&path, &made).unwrap();
        let locked = lock(&path).unwrap();
        umask(before);
        // As it was opened: nothing has been written, and nothing was changed since.
        let opened = new.as_file().metadata().unwrap();
        assert_eq!((opened.permissions().mode() & 0o7777, opened.len()), (0o600, 0));
        assert_eq!((mode(&folder), mode(folder.parent().unwrap())), (0o700, 0o700));
        assert_eq!(mode(&folder.join("secret.lock")), 0o600);
        drop(locked);
        write(&path, b"secret").unwrap();
        assert_eq!(mode(&path), 0o600);
        // However wide the old one was.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        write(&path, b"secret").unwrap();
        assert_eq!(mode(&path), 0o600);
    }
}
