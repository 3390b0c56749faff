//! What the permissions of files mean to an ordinary user; to root they mean nothing.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::world::{Ran, World};

/// `nobody`, who owns nothing.
const NOBODY: u32 = 65534;

fn am_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

/// A world that belongs to an ordinary user: whoever runs the tests, or `nobody` where that is root.
pub(crate) struct Ordinary {
    pub(crate) world: World,
    pub(crate) program: PathBuf,
    root: bool,
}

impl Ordinary {
    pub(crate) fn new(world: World) -> Self {
        let root = am_root();
        let mut program = PathBuf::from(env!("CARGO_BIN_EXE_aep-export"));
        if root {
            // What was built may lie in a folder that others cannot enter.
            let copy = world.path("aep-export");
            // Before it is there: what was built stays its builder's.
            give(&world.path(""));
            fs::hard_link(&program, &copy)
                .or_else(|_| fs::copy(&program, &copy).map(drop))
                .unwrap();
            program = copy;
        }
        Self { world, program, root }
    }

    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        self.world.prepare(&mut command);
        if self.root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(&self.program).args(args).spawn().unwrap())
    }

    /// Runs a line of shell as that user, such as a hint.
    fn shell(&self, line: &str) {
        let mut shell = self.command(Path::new("/bin/sh"));
        shell.env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
        assert!(shell.args(["-c", line]).status().unwrap().success(), "{line}");
    }
}

/// Makes `nobody` the owner of `path` and of everything in it.
fn give(path: &Path) {
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path());
        }
    }
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn hint(ran: &Ran) -> &str {
    let hint = ran.stderr.lines().find_map(|line| line.strip_prefix("hint: "));
    hint.unwrap_or_else(|| panic!("{ran:?}"))
}

const PROFILE: &str = "[profiles.default]\nclient_secret = 'canary'\noutput = 'json'\n";

#[test]
fn a_config_file_that_others_may_read_is_refused_with_what_mends_it() {
    let user = Ordinary::new(World::bare().with_config(PROFILE));
    let path = user.world.config();
    assert_eq!(user.run(&["--emulator", "list"]).ok(), "[]\n");
    for mode in [0o644, 0o640, 0o604, 0o660] {
        chmod(&path, mode);
        let ran = user.run(&["--emulator", "list"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains("others than its owner can read or write it"), "{ran:?}");
        assert!(!ran.stderr.contains("canary"), "{ran:?}");
        assert_eq!(hint(&ran), format!("chmod 600 {}", path.display()));
        user.shell(hint(&ran));
        assert_eq!(user.run(&["--emulator", "list"]).ok(), "[]\n");
    }
    // Nobody at all may read it: that is not the same as not there.
    chmod(&path, 0o000);
    let ran = user.run(&["--emulator", "list"]);
    assert!(ran.code == 2 && ran.stderr.contains("permission denied"), "{ran:?}");
}

#[test]
fn a_file_of_another_user_is_refused() {
    let user = Ordinary::new(World::bare().with_config(PROFILE));
    if !user.root {
        // Only root can give a file away.
        return;
    }
    let path = user.world.config();
    chmod(&path, 0o644);
    chown(&path, Some(1), Some(1)).unwrap();
    let ran = user.run(&["--emulator", "list"]);
    assert!(ran.code == 2 && ran.stderr.contains("belongs to another user (uid 1)"), "{ran:?}");
    assert!(hint(&ran).contains("chown 65534 "), "{ran:?}");
    // Root's is trusted; that others can read it is not.
    chown(&path, Some(0), Some(0)).unwrap();
    let ran = user.run(&["--emulator", "list"]);
    assert!(ran.code == 2 && hint(&ran).starts_with("root can change that"), "{ran:?}");
}

#[test]
fn a_kept_token_that_others_may_read_is_not_used_and_neither_is_another_users() {
    let service = crate::service::Service::quick();
    let user = Ordinary::new(World::signed_in(&service.url));
    let asked = || service.asked_for("ims.token");
    user.run(&["list"]).ok();
    user.run(&["list"]).ok();
    assert_eq!(asked(), 1);
    let folder = user.world.path(".cache/aep-export/tokens");
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let path = files.into_iter().find(|path| path.extension().unwrap() == "json").unwrap();
    let kept = fs::read(&path).unwrap();

    chmod(&path, 0o644);
    let ran = user.run(&["list", "-q"]);
    ran.ok();
    assert!(ran.stderr.starts_with("warning: the kept token is not used: "), "{ran:?}");
    let mend = ran.stderr.trim_end().split_once("mend it with: ").unwrap().1.to_owned();
    assert_eq!(mend, format!("chmod 600 {}", path.display()));
    assert_eq!((asked(), fs::read(&path).unwrap() == kept), (2, true));
    let told = user.run(&["list", "-o", "json"]).stderr;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["event"], "warning");
    user.shell(&mend);
    assert!(user.run(&["list", "-q"]).stderr.is_empty());
    assert_eq!(asked(), 3);

    // Nothing can be written: nothing is kept, and nothing is said.
    fs::remove_file(&path).unwrap();
    chmod(&folder, 0o500);
    assert!(user.run(&["list", "-q"]).stderr.is_empty());
    assert_eq!((asked(), path.exists()), (4, false));
    let told = user.run(&["list", "-v"]).stderr;
    assert!(told.contains("the token store could not be written"), "{told}");
    chmod(&folder, 0o700);

    if user.root {
        // Only root can give a file away.
        fs::write(&path, &kept).unwrap();
        chmod(&path, 0o600);
        chown(&path, Some(1), Some(1)).unwrap();
        let ran = user.run(&["list"]);
        ran.ok();
        assert!(ran.stderr.contains("permission denied"), "{ran:?}");
        chmod(&path, 0o644);
        let ran = user.run(&["list"]);
        assert!(ran.stderr.contains("belongs to another user (uid 1)"), "{ran:?}");
        assert_eq!(asked(), 7);
    }
}

/// Others could put a link in the place of the file that is written next.
#[test]
fn in_a_folder_that_others_may_write_to_no_token_is_kept() {
    let service = crate::service::Service::quick();
    let user = Ordinary::new(World::signed_in(&service.url));
    let asked = || service.asked_for("ims.token");
    user.run(&["list"]).ok();
    let folder = user.world.path(".cache/aep-export/tokens");
    let files = || fs::read_dir(&folder).unwrap().count();
    for mode in [0o777, 0o1777, 0o770, 0o702] {
        chmod(&folder, 0o700);
        user.run(&["auth", "logout"]).ok();
        let (before, left) = (asked(), files());
        chmod(&folder, mode);
        let ran = user.run(&["list", "-q"]);
        assert_eq!(ran.ok(), "", "{ran:?}");
        let said = "warning: the kept token is not used: ";
        assert!(ran.stderr.starts_with(said), "{ran:?}");
        let why = format!("others than its owner can write to it (mode {mode:04o})");
        assert!(ran.stderr.contains(&why), "{ran:?}");
        let mend = ran.stderr.trim_end().split_once("mend it with: ").unwrap().1.to_owned();
        assert_eq!(mend, format!("chmod 700 {}", folder.display()));
        assert_eq!((asked(), files()), (before + 1, left));

        let told = user.run(&["auth", "login"]);
        assert!(told.ok().contains("\nkept          no\n"), "{told:?}");
        assert!(told.stderr.contains("the token is not kept: "), "{told:?}");
        assert!(told.stderr.contains(&mend), "{told:?}");
        let told = user.run(&["auth", "status"]);
        assert!(told.stdout.contains(&mend), "{told:?}");
        assert_eq!(files(), left);

        user.shell(&mend);
        assert!(user.run(&["list", "-q"]).stderr.is_empty());
        assert_eq!((asked(), files()), (before + 3, left + 1));
    }

    if user.root {
        // Only root can give a folder away.
        chmod(&folder, 0o755);
        chown(&folder, Some(1), Some(1)).unwrap();
        let ran = user.run(&["list"]);
        ran.ok();
        assert!(ran.stderr.contains("tokens belongs to another user (uid 1)"), "{ran:?}");
        assert!(ran.stderr.contains("mend it with: chown 65534 "), "{ran:?}");
    }
}

#[test]
fn a_secret_file_that_others_may_read_is_refused() {
    let service = crate::service::Service::quick();
    let world = World::signed_in(&service.url)
        .with("AEP_CLIENT_SECRET", "")
        .with("AEP_CLIENT_SECRET_FILE", "secret.txt");
    fs::write(world.path("secret.txt"), "canary\n").unwrap();
    chmod(&world.path("secret.txt"), 0o444);
    let user = Ordinary::new(world);
    let ran = user.run(&["list"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(!ran.stderr.contains("canary"), "{ran:?}");
    user.shell(hint(&ran));
    user.run(&["list"]).ok();
}
