#![cfg(unix)]

use std::fs;
use std::future::Future;
use std::path::PathBuf;

use aep_export_transport::TokioClock;
use aep_export_transport::testing::ManualClock;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn variables() -> BTreeMap<String, OsString> {
    [
        ("PATH", "/usr/bin:/bin"),
        ("AEP_CLIENT_SECRET", "canary"),
        ("AEP_ACCESS_TOKEN", "canary"),
        ("AEP_EMULATOR_CREDENTIALS", "id:canary"),
        ("AEP_PROFILE", "prod"),
    ]
    .map(|(name, value)| (name.to_owned(), value.into()))
    .into()
}

fn reader() -> SecretReader {
    SecretReader::new(Arc::new(TokioClock::new()), &variables())
}

fn setting(source: Source) -> SecretSetting {
    SecretSetting { source, origin: Origin::Variable("ORIGIN") }
}

fn shell(script: &str) -> SecretSetting {
    setting(Source::Command(["sh", "-c", script].map(str::to_owned).into()))
}

fn read(setting: &SecretSetting) -> Result<String, Failure> {
    runtime().block_on(reader().read(setting)).map(|secret| secret.expose().to_owned())
}

#[test]
fn one_line_is_a_secret_without_what_ends_it() {
    for (text, expected) in [
        ("s", Some("s")),
        ("s\n", Some("s")),
        ("s\r\n", Some("s")),
        (" s ", Some(" s ")),
        ("", None),
        ("\n", None),
        ("s\n\n", None),
        ("s\nlogin: me\n", None),
        ("s\0", None),
    ] {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("secret");
        private_file::write(&path, text.as_bytes()).unwrap();
        let given = setting(Source::Given(Secret::new(text)));
        let in_file = setting(Source::File(path));
        let printed = shell(&format!("printf '{}'", text.replace('\0', "\\000")));
        for setting in [given, in_file, printed] {
            let secret = read(&setting);
            assert_eq!(secret.as_ref().ok().map(String::as_str), expected, "{text:?} {setting:?}");
            if let Err(failure) = secret {
                assert_eq!(failure.exit().code(), 2, "{failure:?}");
                assert!(failure.message().starts_with("ORIGIN"), "{failure:?}");
                assert!(!failure.message().contains("login"), "{failure:?}");
            }
        }
    }
}

/// The longest is one line, and one byte more is refused wherever it is from.
#[test]
fn a_secret_is_no_longer_than_any_that_there_is() {
    for (length, fits) in [(LONGEST, true), (LONGEST + 1, false), (4 * LONGEST, false)] {
        let line = "x".repeat(length);
        let text = format!("{line}\r\n");
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("secret");
        private_file::write(&path, text.as_bytes()).unwrap();
        let printed = shell(&format!("head -c {length} /dev/zero | tr '\\0' x; printf '\r\n'"));
        let given = setting(Source::Given(Secret::new(text.as_str())));
        for setting in [given, setting(Source::File(path)), printed] {
            match read(&setting) {
                Ok(secret) => assert!(fits && secret == line, "{length} {setting:?}"),
                Err(failure) => {
                    let told = failure.message();
                    assert!(!fits && told.contains("more than 16 KiB"), "{told}");
                    assert!(told.starts_with("ORIGIN") && told.len() < 200, "{told}");
                }
            }
        }
    }
}

#[test]
fn a_file_must_be_there_and_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;

    let missing = read(&setting(Source::File(PathBuf::from("/none/secret")))).unwrap_err();
    assert_eq!(missing.message(), "ORIGIN: there is no file /none/secret");
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("secret");
    fs::write(&path, "canary").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let failure = read(&setting(Source::File(path.clone()))).unwrap_err();
    assert_eq!(failure.next_step().unwrap(), format!("chmod 600 {}", path.display()));
    // The way that is left for files which cannot be closed, as in containers.
    let cat = ["cat".to_owned(), path.display().to_string()];
    assert_eq!(read(&setting(Source::Command(cat.into()))).unwrap(), "canary");
}

#[test]
fn a_program_sees_none_of_our_secrets_and_nothing_to_read() {
    assert_eq!(read(&shell("env | grep -c canary; true")).unwrap(), "0");
    assert_eq!(read(&shell("echo $AEP_PROFILE")).unwrap(), "prod");
    assert_eq!(read(&shell("wc -c")).unwrap(), "0");
}

#[test]
fn there_is_no_shell() {
    let words = ["echo", "$HOME; id", "*"].map(str::to_owned);
    assert_eq!(read(&setting(Source::Command(words.into()))).unwrap(), "$HOME; id *");
}

#[test]
fn a_program_that_fails_is_told_and_what_it_printed_is_not() {
    let missing = ["no-such-program".to_owned(), "canary".to_owned()];
    let missing = read(&setting(Source::Command(missing.into()))).unwrap_err();
    assert_eq!(
        (missing.exit().code(), missing.message()),
        (2, "ORIGIN: cannot run no-such-program: no such file or directory")
    );
    for (script, expected) in [
        ("echo canary; echo canary >&2; exit 3", "ORIGIN: the command ended with exit code 3"),
        ("echo canary; kill -KILL $$", "ORIGIN: the command was killed"),
        ("yes canary", "ORIGIN: the command printed more than 16 KiB"),
    ] {
        let failure = read(&shell(script)).unwrap_err();
        assert_eq!((failure.exit().code(), failure.message()), (4, expected));
        let hint = failure.next_step().unwrap();
        assert_eq!(hint, format!("see what it says: sh -c '{script}'"));
    }
}

fn is_alive(process: &str) -> bool {
    let mut kill = std::process::Command::new("kill");
    kill.args(["-0", process]).stderr(Stdio::null()).status().unwrap().success()
}

/// Polls the reading until the program has said its number, then lets the time pass.
#[test]
fn a_program_that_does_not_end_is_killed() {
    let dir = TempDir::new().unwrap();
    let said = dir.path().join("number");
    let clock = ManualClock::by_hand();
    let reader = SecretReader::new(Arc::new(clock.clone()), &variables());
    let setting =
        shell(&format!("echo $$ > {0}.new; mv {0}.new {0}; exec sleep 3600", said.display()));
    let failure = runtime().block_on(async {
        let mut reading = Box::pin(reader.read(&setting));
        let number = loop {
            if let Ok(number) = fs::read_to_string(&said) {
                break number;
            }
            let waker = futures_util::task::noop_waker();
            let polled = reading.as_mut().poll(&mut std::task::Context::from_waker(&waker));
            assert!(polled.is_pending());
            tokio::task::yield_now().await;
        };
        clock.advance(TIME - Duration::from_millis(1));
        let waker = futures_util::task::noop_waker();
        let polled = reading.as_mut().poll(&mut std::task::Context::from_waker(&waker));
        assert!(polled.is_pending());
        clock.advance(Duration::from_millis(1));
        let failure = reading.await.unwrap_err();
        assert!(!is_alive(number.trim()));
        failure
    });
    assert_eq!(failure.message(), "ORIGIN: the command did not end within 30 s");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever a file holds: it is the one line that it has, or an error that does not repeat it.
    #[test]
    fn any_file_is_one_line_or_refused(
        before in "[ -~]{0,3}",
        odd in prop_oneof![Just(Vec::new()), prop::collection::vec(any::<u8>(), 0..3)],
        end in prop::sample::select(vec!["", "\n", "\r\n", "\n\n", "\r"]),
    ) {
        let line = [before.as_bytes(), b"canary", &odd].concat();
        let bytes = [&line, end.as_bytes()].concat();
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("secret");
        private_file::write(&path, &bytes).unwrap();
        match read(&setting(Source::File(path))) {
            Ok(secret) => {
                prop_assert!(!secret.contains(char::is_control));
                let ends: [&[u8]; 3] = [b"", b"\n", b"\r\n"];
                let is_it = ends.iter().any(|end| [secret.as_bytes(), end].concat() == bytes);
                prop_assert!(is_it, "{} of {}", secret, bytes.escape_ascii());
            }
            Err(failure) => {
                let text = std::str::from_utf8(&line);
                let is_good = text.is_ok_and(|line| !line.contains(char::is_control));
                prop_assert!(!is_good || !["", "\n", "\r\n"].contains(&end));
                let told = format!("{failure:?}");
                prop_assert!(!told.contains("canary"), "{}", told);
            }
        }
    }
}
