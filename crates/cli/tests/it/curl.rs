//! `--curl`: what it prints is run by a shell, and is what the program sends.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::script::{Came, Reply, Script};
use crate::service::Service;
use crate::world::{Ran, World};

const DATASET: &str = "6123456789abcdef01234567";

/// Runs what was printed as a shell does, with `token` in the environment.
fn run(world: &World, printed: &str, token: &str) -> Ran {
    let mut shell = Command::new("/bin/sh");
    world.prepare(&mut shell);
    let path = std::env::join_paths(["/usr/bin", "/bin", "/usr/local/bin"]).unwrap();
    shell.env("PATH", path).env("AEP_ACCESS_TOKEN", token);
    let script = format!("set -eu\n{printed}");
    Ran::of(shell.args(["-c", &script]).stdin(Stdio::null()).spawn().unwrap())
}

/// What of a request is said by the operation, not by how it travels.
fn told(came: &Came) -> (String, Vec<String>, String) {
    let of_the_way =
        ["host:", "content-length:", "accept-encoding:", "connection:", "x-request-id:"];
    let mut headers: Vec<String> = came
        .headers
        .lines()
        .filter(|line| !line.is_empty() && !of_the_way.iter().any(|name| line.starts_with(name)))
        .map(str::to_owned)
        .collect();
    headers.sort();
    (came.line.clone(), headers, came.body.clone())
}

#[test]
fn the_printed_command_sends_what_the_program_sends() {
    let odd = "it's \"odd\" $HOME `x` \\ [a-z] {b,c}\nand more";
    let request = format!(
        "{{\"destination\":{{\"datasetId\":\"{DATASET}\"}},\r\n\"schema\":{{\"name\":\"it's\"}}}}\n"
    );
    for args in [
        &["list", "--limit", "3", "--offset", "1 2&3"][..],
        &["get", "7"],
        &["cancel", "7", "--yes"],
        &["wait", "7", "--timeout", "0"],
        &["files", "a b"],
        &["download", "7", "--to", "x"],
        &["dataset", "list"],
        &["dataset", "get", "d"],
        &["dataset", "create", odd],
        &["audience", "list"],
        &["audience", "get", "a"],
        &["batch", "get", "b"],
        &["create", "-f", "job.json"],
        &["run", "--dataset", DATASET],
    ] {
        let script = Script::start(&[("", Reply::Json(400, "{}".to_owned()))]);
        let world = World::at(&script.url).with("AEP_SANDBOX", "it's-$HOME");
        std::fs::write(world.path("job.json"), &request).unwrap();
        let printed = world.run(&[args, &["--curl"]].concat());
        assert!(!printed.ok().contains("token-canary"), "{printed:?}");
        assert!(printed.stderr.contains("nothing was sent (--curl)"), "{printed:?}");
        assert!(script.all().is_empty(), "{args:?}");

        run(&world, printed.ok(), "token-canary").ok();
        let by_curl: Vec<_> = script.all().iter().map(told).collect();
        world.run(args);
        let by_program: Vec<_> = script.all().iter().map(told).collect();
        // What is no id is then looked up as a name, which is told beside the commands.
        let by_program = by_program.get(..by_curl.len()).unwrap_or_default();
        assert_eq!(by_curl, by_program, "{}", printed.stdout);
        let authorization = "authorization: bearer token-canary".to_owned();
        assert!(by_curl.iter().all(|came| came.1.contains(&authorization)));
        assert!(!by_curl.is_empty());
    }
}

#[test]
fn the_token_is_not_among_the_arguments_of_curl() {
    let world = World::bare();
    let printed = world.run(&["list", "--curl"]);
    let (arguments, standard_input) = printed.ok().split_once("<<EOF\n").unwrap();
    assert!(!arguments.contains("ACCESS_TOKEN"), "{printed:?}");
    assert_eq!(standard_input, "authorization: Bearer $AEP_ACCESS_TOKEN\nEOF\n");
    // What is not set is a variable as well.
    assert!(arguments.contains("\"x-gw-ims-org-id: $AEP_ORG_ID\""), "{printed:?}");
}

#[test]
fn several_requests_are_several_commands() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let printed = world.run(&["create", "--create-dataset", "gold", "--curl", "-o", "json"]);
    let commands: Vec<&str> = printed.ok().split("\n\n").collect();
    assert_eq!(commands.len(), 2, "{printed:?}");

    // The emulator knows a token that it gave, and does what the first command says.
    let ask = format!(
        "curl --silent {}/ims/token/v3 --data-raw \
         'grant_type=client_credentials&client_id=client&client_secret=any&scope=openid'",
        service.url
    );
    let answer: Value = serde_json::from_str(run(&world, &ask, "").ok()).unwrap();
    let created = run(&world, commands[0], answer["access_token"].as_str().unwrap());
    assert!(created.ok().starts_with("[\"@/dataSets/"), "{created:?}");
    assert!(world.run(&["dataset", "list"]).ok().contains("gold"));
}

#[test]
fn it_is_one_of_two_ways_to_send_nothing() {
    let world = World::bare();
    assert_eq!(world.run(&["list", "--curl", "--dry-run"]).code, 2);
    let ran = world.run(&["emulator", "serve", "--curl"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("--curl"), "{ran:?}");
}
