//! Words completed, as shells ask for it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::script::{Reply, Script};
use crate::service::Service;
use crate::world::{Ran, World};

const PROFILES: &str = "\
[profiles.default]
sandbox = \"prod\"

[profiles.development]
sandbox = \"dev-eu\"
";

/// How long the service is waited for.
const PATIENCE: &str = "AEP_COMPLETION_TIMEOUT";

/// What the program answers to a shell that passes every word as it stands, the last of which is
/// being typed.
fn answered(world: &World, shell: &str, words: &[&str]) -> Vec<String> {
    let mut command = world.command();
    // Bash and Zsh say so which word is meant.
    command.env("AEP_EXPORT_COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    // The machine may be slow.
    let patience = world.vars().get(PATIENCE).cloned();
    command.env(PATIENCE, patience.unwrap_or_else(|| "10m".into()));
    command.arg("--").arg("aep-export").args(words);
    let ran = Ran::of(command.spawn().unwrap());
    assert_eq!(ran.stderr, "");
    ran.ok().lines().map(str::to_owned).collect()
}

fn offered(world: &World, words: &[&str]) -> Vec<String> {
    let lines = answered(world, "fish", words);
    lines.iter().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn commands_flags_and_the_words_that_they_take() {
    let world = World::bare();
    for (words, word) in [
        (&["dow"][..], "download"),
        (&["dataset", "cr"], "create"),
        (&["cancel", "--wa"], "--wait"),
        (&["list", "--status", "SUCC"], "SUCCEEDED"),
        (&["list", "--status=SUCC"], "--status=SUCCEEDED"),
        (&["list", "-o", "nd"], "ndjson"),
        (&["completions", "po"], "powershell"),
    ] {
        assert_eq!(offered(&world, words), [word], "{words:?}");
    }
    assert!(offered(&world, &["list", "--status", "nonsense"]).is_empty());
}

#[test]
fn files_and_folders() {
    let world = World::bare();
    fs::create_dir(world.path("gold")).unwrap();
    fs::write(world.path("good.json"), "{}").unwrap();
    assert_eq!(offered(&world, &["download", "7", "--to", "go"]), ["gold/"]);
    assert_eq!(offered(&world, &["create", "-f", "good"]), ["good.json"]);
}

#[test]
fn profiles_and_sandboxes_are_those_of_the_config_file() {
    let world = World::bare().with_config(PROFILES);
    assert_eq!(offered(&world, &["--profile", ""]), ["default", "development"]);
    assert_eq!(offered(&world, &["list", "--profile", "dev"]), ["development"]);
    assert_eq!(offered(&world, &["run", "--sandbox", ""]), ["dev-eu", "prod"]);
    // A file that cannot be read is the business of commands.
    let broken = World::bare().with_config("[profiles");
    assert!(offered(&broken, &["--profile", "d"]).is_empty());
}

#[test]
fn ids_are_those_of_the_newest_jobs_with_their_status() {
    let service = Service::quick();
    let world = World::signed_in(&service.url);
    let dataset = world.run(&["dataset", "create", "gold", "-o", "id"]).ok().trim().to_owned();
    for _ in 0..2 {
        world.run(&["create", "--dataset", &dataset, "-q"]).ok();
    }
    world.run(&["wait", "1001", "1002", "-q"]).ok();
    for command in ["get", "wait", "cancel", "files", "download"] {
        assert_eq!(
            answered(&world, "fish", &[command, "100"]),
            ["1002\tSUCCEEDED", "1001\tSUCCEEDED"],
            "{command}"
        );
    }
    assert_eq!(offered(&world, &["get", "1001", "1002", "10"]), ["1002", "1001"]);
    assert_eq!(offered(&world, &["audience", "get", "10"]), [""; 0]);
}

#[test]
fn the_flags_typed_so_far_say_whose_jobs_are_meant() {
    let script = Script::start(&[("", Reply::Json(200, r#"{"records":[{"id":7}]}"#.to_owned()))]);
    let world = World::at(&script.url);
    assert_eq!(offered(&world, &["--sandbox", "dev-eu", "get", ""]).first().unwrap(), "7");
    let came = script.next();
    assert!(came.line.starts_with("GET /data/core/ups/export/jobs?"), "{came:?}");
    assert!(came.headers.contains("x-sandbox-name: dev-eu"), "{came:?}");
}

/// What the shell gets goes to the terminal, and an id onto the command line.
#[test]
fn what_a_service_names_its_jobs_steers_neither_shell_nor_terminal() {
    let evil = [
        "7;id",
        "$(id)",
        "`id`",
        "a b",
        "a'b",
        "a\"b",
        "*",
        "a|b",
        "a>b",
        "a\\b",
        "~",
        "--yes",
        "a\u{1b}[2J",
        "a\u{9b}2J",
        "a\nb",
        "a\u{b}b",
        "a\tb",
        "a\u{202e}b",
        "é",
    ];
    let status = "DONE\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\t9\n10";
    let mut records: Vec<serde_json::Value> =
        evil.iter().map(|id| serde_json::json!({ "id": id, "status": status })).collect();
    records.push(serde_json::json!({ "id": "a-1.b_2", "status": status }));
    let page = serde_json::json!({ "records": records }).to_string();
    let script = Script::start(&[("", Reply::Json(200, page))]);
    let world = World::at(&script.url);
    let said = r"DONE\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\t9\n10";
    for (shell, offered) in [
        ("bash", "a-1.b_2".to_owned()),
        ("zsh", format!("a-1.b_2:{}", said.replace('\\', r"\\"))),
        ("fish", format!("a-1.b_2\t{said}")),
        ("powershell", format!("a-1.b_2\t{said}")),
    ] {
        let lines = answered(&world, shell, &["get", ""]);
        let (flags, words): (Vec<&String>, _) =
            lines.iter().partition(|word| word.starts_with('-'));
        assert_eq!(words, [&offered], "{shell}");
        assert!(!flags.iter().any(|flag| flag.contains("DONE")), "{shell}: {flags:?}");
    }
}

#[test]
fn a_service_that_fails_offers_nothing_and_says_nothing() {
    let refusing = Script::start(&[("", Reply::Json(403, r#"{"message":"no"}"#.to_owned()))]);
    assert!(offered(&World::at(&refusing.url), &["get", "1"]).is_empty());
    assert!(offered(&World::bare(), &["get", "1"]).is_empty());
}

#[test]
fn a_service_is_waited_for_as_long_as_it_is_said() {
    let listed = || Reply::Json(200, r#"{"records":[{"id":7}]}"#.to_owned());
    for (patience, reply, jobs) in
        [("10m", listed(), &["7"][..]), ("1ms", Reply::Silence, &[]), ("soon", listed(), &[])]
    {
        let script = Script::start(&[("", reply)]);
        let world = World::at(&script.url).with(PATIENCE, patience);
        let words = offered(&world, &["get", ""]);
        let words: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
        assert_eq!(words, jobs, "{patience}");
    }
}

/// The script in a real Bash.
#[test]
#[cfg(unix)]
fn bash_asks_the_program() {
    let world = World::bare().with_config(PROFILES);
    fs::write(world.path("completions"), world.run(&["completions", "bash"]).ok()).unwrap();
    let programs = Path::new(env!("CARGO_BIN_EXE_aep-export")).parent().unwrap();
    let reply = |words: &[&str]| {
        let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        let asked = format!(
            ". ./completions; complete -p aep-export >/dev/null || exit 1
             COMP_WORDS=({}); COMP_CWORD={}; COMP_TYPE=9
             _clap_complete_aep_export aep-export '{}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            quoted.join(" "),
            words.len() - 1,
            words[words.len() - 1],
        );
        let mut bash = Command::new("bash");
        world.prepare(&mut bash);
        let path = format!("{}:/usr/bin:/bin", programs.display());
        Ran::of(bash.env("PATH", path).args(["-c", &asked]).spawn().unwrap())
    };
    assert_eq!(reply(&["aep-export", "dow"]).ok(), "download\n");
    assert_eq!(reply(&["aep-export", "list", "--profile", "dev"]).ok(), "development\n");
}
