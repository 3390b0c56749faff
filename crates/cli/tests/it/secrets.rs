//! The program at its most talkative, in every command, against services good and bad: whatever
//! goes wrong, no secret comes out and none is left in a file.

use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::fs;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use crate::every_command::{CREDENTIALS, lines};
use crate::inside::{Hurry, run_into};
use crate::script::{Came, Reply, Script};
use crate::service::Service;
use crate::world::{ORGANIZATION, Ran, World};

/// What every secret here holds, and nothing else does.
const CANARY: &str = "canary";

/// What is there to hold secrets: credentials of the user's, the config file, kept tokens.
const FOR_SECRETS: [&str; 3] = [CREDENTIALS, "aep-export/config.toml", "aep-export/tokens/"];

/// What is tried with a service that says again what it was sent.
const REPEATED: &str = "repeated in";

/// What the program left in a folder, apart from what it said.
pub(crate) fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            let text = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
            found.push((entry.path().display().to_string(), text));
        }
    }
    found
}

#[track_caller]
fn assert_silent(what: &str, world: &World, ran: &Ran) {
    assert!(!ran.stderr.contains(CANARY), "{what}: {ran:?}");
    // What a good answer holds is data, and comes out as it came.
    let is_data = ran.code == 0 && what.starts_with(REPEATED);
    assert!(is_data || !ran.stdout.contains(CANARY), "{what}: {ran:?}");
    let others = |(file, _): &(String, _)| !FOR_SECRETS.iter().any(|known| file.contains(known));
    for (file, text) in files(&world.path(".")).into_iter().filter(others) {
        assert!(!text.contains(CANARY) && !file.contains(CANARY), "{what}: {file}");
    }
}

/// Everything that makes the program talk, in both languages.
const TALKATIVE: [&[&str]; 2] = [&["-vv"], &["-vv", "-o", "json"]];

/// Runs every command in `world` with each of these at its end; how many of them had something for
/// their log.
fn run_all(what: &str, world: &World, endings: &[&[&str]]) -> usize {
    let secret =
        format!(r#"{{"ORG_ID":"{ORGANIZATION}","CLIENT_ID":"c","CLIENT_SECRET":"file-canary"}}"#);
    fs::write(world.path(CREDENTIALS), secret).unwrap();
    let mut talked = 0;
    for line in lines() {
        let asks_nobody = ["emulator", "config"].contains(&line[0].as_str());
        if asks_nobody && what.starts_with(REPEATED) {
            continue;
        }
        for ending in endings {
            let args: Vec<&str> =
                line.iter().map(String::as_str).chain(ending.iter().copied()).collect();
            let ran = world.run(&args);
            assert_ne!(ran.code, 101, "it panicked: {args:?}: {ran:?}");
            assert_silent(&format!("{what}: {}", args.join(" ")), world, &ran);
            talked += usize::from(ran.stderr.contains("DEBUG") || ran.stderr.contains("TRACE"));
        }
    }
    talked
}

/// A proxy with a password, which plain http never sees.
const PROXY: &str = "http://me:proxy-canary@127.0.0.1:1";

fn with_token(url: &str) -> World {
    World::at(url).with("HTTPS_PROXY", PROXY)
}

fn with_client_secret(url: &str) -> World {
    World::signed_in(url).with("HTTPS_PROXY", PROXY)
}

#[test]
fn a_good_service_hears_the_secrets_and_nobody_else_does() {
    let service = Service::quick();
    let world = with_client_secret(&service.url);
    let dataset = world.run(&["dataset", "create", "gold", "-o", "id"]).ok().trim().to_owned();
    world.run(&["create", "--dataset", &dataset, "-o", "id"]).ok();
    let shown: [&[&str]; 2] = [&["--dry-run"], &["--curl"]];
    let talked = run_all("a good service", &world, &[TALKATIVE, shown].concat());
    assert!(talked > 20, "it hardly talks");
    // They are where they belong, so that they could have been seen.
    assert!(fs::read_to_string(world.config()).unwrap().contains("file-canary"));
    // Its tokens are all of this form.
    for args in [&["list", "-vv"][..], &["get", "1001", "-vv", "-o", "json"]] {
        let ran = world.run(args);
        assert!(ran.stderr.contains("status=200") && !ran.stderr.contains("eyJ"), "{ran:?}");
    }
}

/// Answers that hold `echo` where it could be quoted from, with what to call them.
fn repeating(echo: &str) -> Vec<(&'static str, Reply)> {
    let json = |status, body: String| Reply::Json(status, body);
    let whole = |status: &str, header: &str| {
        let rest = "content-length: 2\r\nconnection: close\r\n\r\n{}";
        Reply::Bytes(format!("HTTP/1.1 {status}\r\n{header}\r\n{rest}").into_bytes())
    };
    let everywhere =
        format!(r#"{{"title":"{echo}","detail":"{echo}","code":"{echo}","requestId":"{echo}"}}"#);
    let wrong_types =
        format!(r#"{{"id":["{echo}"],"records":"{echo}","data":"{echo}","segments":"{echo}"}}"#);
    let refusal = format!(r#"{{"error_code":"401013","message":"{echo} is not valid"}}"#);
    vec![
        ("a refusal", json(401, refusal)),
        ("a refusal in other words", json(403, everywhere.clone())),
        ("a fault", json(500, everywhere)),
        ("no document", json(200, echo.to_owned())),
        ("other types", json(200, wrong_types)),
        ("a request id", whole("400 No", &format!("x-request-id: Bearer {echo}"))),
        ("a time to wait", whole("429 Slow", &format!("retry-after: {echo}"))),
        ("a reason", whole(&format!("400 {echo}"), "x: y")),
        ("an encoding", whole("200 OK", &format!("content-encoding: {echo}"))),
        ("no HTTP", Reply::Bytes(format!("{echo}\r\n\r\n").into_bytes())),
        ("a redirect", whole("302 Found", "location: http://127.0.0.2:1/?sig=sig-canary")),
        ("a location", whole("400 No", "x-location: http://127.0.0.2:1/?sig=sig-canary")),
        ("nothing", Reply::Close),
    ]
}

#[test]
fn a_service_that_repeats_the_token_is_not_quoted() {
    // As it is in an address; where it stands makes no difference any more.
    let encoded = repeating("%74oken%2Dcanary").into_iter();
    let encoded = encoded.filter(|(what, _)| ["a refusal", "a request id"].contains(what));
    for (what, reply) in repeating("token-canary").into_iter().chain(encoded) {
        let script = Script::start(&[("", reply)]);
        run_all(&format!("{REPEATED} {what}"), &with_token(&script.url), &TALKATIVE);
        let sent = |came: &Came| came.headers.contains("bearer token-canary");
        assert!(script.all().iter().any(sent), "{what}");
    }
}

#[test]
fn nor_is_one_that_repeats_a_token_of_the_token_service() {
    for (what, reply) in repeating("issued-canary") {
        let granted = r#"{"access_token":"issued-canary","expires_in":3600}"#.to_owned();
        let script = Script::start(&[("POST /ims", Reply::Json(200, granted)), ("", reply)]);
        run_all(&format!("{REPEATED} {what}"), &with_client_secret(&script.url), &TALKATIVE[..1]);
        let sent = |came: &Came| came.headers.contains("bearer issued-canary");
        assert!(script.all().iter().any(sent), "{what}");
    }
}

#[test]
fn nor_is_a_token_service_that_repeats_the_client_secret() {
    for echo in ["client_secret=secret-canary", "client_secret=secret%2Dcanary&scope=openid"] {
        the_client_secret_is_repeated(echo);
    }
}

fn the_client_secret_is_repeated(echo: &str) {
    let headers = |status| {
        let head = format!("HTTP/1.1 {status}\r\nx-request-id: {echo}\r\nretry-after: {echo}");
        let rest = "content-length: 2\r\nconnection: close\r\n\r\n{}";
        Reply::Bytes(format!("{head}\r\n{rest}").into_bytes())
    };
    for reply in [
        Reply::Json(400, format!(r#"{{"error":"{echo}","error_description":"{echo}"}}"#)),
        Reply::Json(500, format!(r#"{{"error":"server_error","error_description":"{echo}"}}"#)),
        Reply::Json(200, format!(r#"{{"access_token":["{echo}"]}}"#)),
        Reply::Json(200, format!(r#"{{"access_token":"{echo}\n","expires_in":"{echo}"}}"#)),
        Reply::Json(200, format!(r#"{{"access_token":"t","expires_in":"{echo}"}}"#)),
        Reply::Json(200, echo.to_owned()),
        headers("400 No"),
        headers("503 Later"),
        headers("200 OK"),
    ] {
        let script = Script::start(&[("", reply.clone())]);
        let world = with_client_secret(&script.url);
        for args in [&["list", "-vv"][..], &["create", "--dataset", "d", "-vv", "-o", "json"]] {
            let ran = world.run(args);
            assert_ne!(ran.code, 0);
            assert_silent(&format!("{reply:?}"), &world, &ran);
        }
        assert!(script.next().body.contains("client_secret=secret-canary"));
    }
}

#[test]
fn addresses_are_not_repeated_with_what_is_secret_in_them() {
    for (name, address) in [
        ("AEP_BASE_URL", "http://127.0.0.1:1/?sig=sig-canary"),
        ("AEP_BASE_URL", "http://127.0.0.1:1/#sig-canary"),
        ("AEP_BASE_URL", "127.0.0.1:1?sig=sig-canary"),
        ("AEP_BASE_URL", "https://me:proxy-canary@127.0.0.1:1"),
        ("AEP_BASE_URL", "me:proxy-canary@127.0.0.1:1"),
        ("AEP_IMS_URL", "http://127.0.0.1:1/?sig=sig-canary"),
        ("AEP_IMS_URL", "me:proxy-canary@127.0.0.1:1"),
        ("HTTPS_PROXY", "http://me:proxy-canary@127.0.0.1:1"),
        ("HTTPS_PROXY", "socks5://me:proxy-canary@127.0.0.1:1"),
        ("HTTPS_PROXY", "http://me:proxy-canary@"),
    ] {
        for base in ["http://127.0.0.1:1", "https://127.0.0.1:1", "https://aep.invalid"] {
            let world = World::signed_in(base).with(name, address);
            for args in [&["list", "-vv"][..], &["list", "-o", "json", "-vv"], &["list", "--curl"]]
            {
                let ran = world.run(args);
                assert_silent(&format!("{name}={address}"), &world, &ran);
            }
        }
    }
}

#[test]
fn a_secret_that_cannot_be_used_is_not_shown() {
    for (name, value) in
        [("AEP_ACCESS_TOKEN", "token canary"), ("AEP_ACCESS_TOKEN", "token-canary\u{e9}")]
    {
        let world = World::at("http://127.0.0.1:1").with(name, value);
        let ran = world.run(&["list", "-vv"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert_silent(name, &world, &ran);
    }
}

/// What a panic says goes to standard error whoever asked for what: neither its message nor its
/// backtrace may hold a secret that the program has at that moment.
#[test]
fn a_panic_tells_no_secret() {
    struct Breaks;

    impl io::Write for Breaks {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // What ends a list is written while it is dropped.
            assert!(std::thread::panicking(), "broken on purpose");
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    thread_local! {
        static TOLD: RefCell<String> = const { RefCell::new(String::new()) };
    }
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let told = format!("{info}\n{}", Backtrace::force_capture());
        TOLD.with_borrow_mut(|all| all.push_str(&told));
        usual(info);
    }));
    let service = Service::quick();
    let world = with_client_secret(&service.url);
    for command in ["audience list", "dataset create gold", "auth login", "doctor", "config show"] {
        let args: Vec<&str> = command.split(' ').chain(["-vv"]).collect();
        let run =
            || run_into(&world, &args, &Hurry::none(), Box::new(Breaks), Box::new(io::sink()));
        assert!(panic::catch_unwind(AssertUnwindSafe(run)).is_err(), "{command}");
        let told = TOLD.take();
        assert!(told.contains("broken on purpose"), "{told}");
        assert!(!told.contains(CANARY) && !told.contains("eyJ"), "{told}");
    }
}
