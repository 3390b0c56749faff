//! Help: complete, and its examples run.

use std::process::Command as Process;

use clap::Command;

use crate::service::Service;
use crate::world::{Ran, World};

/// Every command with its full name, those that only group others too.
fn commands() -> Vec<(String, Command)> {
    fn collect(name: &str, command: &Command, into: &mut Vec<(String, Command)>) {
        into.push((name.to_owned(), command.clone()));
        for sub in command.get_subcommands() {
            collect(&format!("{name} {}", sub.get_name()), sub, into);
        }
    }
    let mut all = Vec::new();
    let mut root = aep_export_cli::command();
    root.build();
    collect("aep-export", &root, &mut all);
    all
}

/// The lines of a command's help that are commands.
fn examples(command: &Command) -> Vec<String> {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let is_command = |line: &&str| {
        let variables = line.split(' ').take_while(|word| word.contains('='));
        line.split(' ').nth(variables.count()) == Some("aep-export")
    };
    text.lines().map(str::trim).filter(is_command).map(str::to_owned).collect()
}

#[test]
fn every_command_says_what_it_does_and_shows_it() {
    for (name, command) in commands() {
        assert!(command.get_about().is_some(), "{name} has no description");
        assert!(examples(&command).len() >= 2, "{name} has no two examples");
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{name} {} has no help", argument.get_id());
        }
    }
}

/// The whole command line, so that a change of it is seen.
#[test]
fn the_command_tree_is_as_written_down() {
    let mut tree = String::new();
    for (name, command) in commands() {
        tree.push_str(&name);
        for argument in command.get_arguments() {
            let shown = match (argument.get_long(), argument.get_short()) {
                (Some("help" | "version"), _) => continue,
                _ if argument.is_global_set() && name != "aep-export" => continue,
                (Some(long), Some(short)) => format!("-{short}/--{long}"),
                (Some(long), None) => format!("--{long}"),
                (None, _) => format!("<{}>", argument.get_id().as_str().to_uppercase()),
            };
            tree.push(' ');
            tree.push_str(&shown);
        }
        tree.push('\n');
    }
    assert_eq!(tree, include_str!("command-tree.txt"), "the command line is now:\n{tree}");
}

/// A service and a machine that know what the examples name.
struct Stage {
    world: World,
    /// What stands for a name in an example.
    names: Vec<(&'static str, String)>,
    _service: Service,
}

/// An example as it can be run here.
struct Example {
    /// The command whose help it stands in.
    of: String,
    line: String,
    /// It ends only by being told to.
    is_endless: bool,
}

impl Stage {
    fn set() -> Self {
        let service = Service::quick();
        let world = World::signed_in(&service.url);
        let told = |args: &[&str]| world.run(args).ok().trim().to_owned();
        let dataset = told(&["dataset", "create", "examples", "-o", "id"]);
        let audience = told(&["audience", "list", "--limit", "1", "-o", "id"]);
        let job =
            told(&["create", "--dataset", &dataset, "--audience", "Gold members", "-o", "id"]);
        let batch = told(&["wait", &job, "--jq", ".destination.batchId"]);
        let segment_job = told(&["segment-job", "create", "--all", "-o", "id"]);
        let request = format!(
            r#"{{"destination":{{"datasetId":"{dataset}"}},"schema":{{"name":"_xdm.context.profile"}}}}"#
        );
        std::fs::write(world.path("job.json"), request).unwrap();
        std::fs::write(world.path("secret.txt"), "any secret").unwrap();
        let console =
            r#"{"ORG_ID":"0123@AdobeOrg","CLIENT_ID":"c","CLIENT_SECRETS":["any secret"]}"#;
        std::fs::write(world.path("console.json"), console).unwrap();
        let sample = told(&["emulator", "sample"]);
        for file in
            ["profiles.ndjson", "profiles.ndjson.gz", "more.ndjson.gz", "still-more.ndjson.zst"]
        {
            std::fs::write(world.path(file), &sample).unwrap();
        }
        let segments = format!(r#"[{{"segmentId": "{audience}"}}]"#);
        std::fs::write(world.path("segments.json"), segments).unwrap();
        std::fs::write(world.path("faults.json"), r#"[{"action": "silence"}]"#).unwrap();
        let names = vec![
            // First: an id that is put in may begin with 42.
            (" 42", format!(" {job}")),
            ("6123456789abcdef01234567", dataset),
            ("4bd7a1c0-6c2f-4a55-9c69-1b0a7f3c2d10", audience),
            ("01EP3YJY0000000000000000AB", batch),
            ("5b8e0c1d-1f2a-4c3b-9d4e-6f7081920a3b", segment_job),
            ("aep-export ", concat!(env!("CARGO_BIN_EXE_aep-export"), " ").to_owned()),
        ];
        Self { world, names, _service: service }
    }

    /// Every example of every command, each once.
    fn examples(&self) -> Vec<Example> {
        let mut seen = std::collections::BTreeSet::new();
        let mut all = Vec::new();
        for (of, command) in commands() {
            for example in examples(&command).into_iter().filter(|line| seen.insert(line.clone())) {
                let line =
                    self.names.iter().fold(example, |line, (from, to)| line.replace(from, to));
                let is_endless = line.contains(" serve") || line.contains(" --watch");
                // A port of its own keeps machines out of it.
                let port = if line.contains(" serve") && !line.contains("--port 0") {
                    " --port 0"
                } else {
                    ""
                };
                let limit = if is_endless { " --timeout 300ms" } else { "" };
                all.push(Example {
                    of: of.clone(),
                    line: format!("{line}{port}{limit}"),
                    is_endless,
                });
            }
        }
        assert!(all.len() > 15);
        all
    }

    fn shell(&self, line: &str) -> Process {
        let mut shell = Process::new("/bin/sh");
        self.world.prepare(&mut shell);
        shell.args(["-c", line]);
        shell
    }
}

/// Each example as a shell runs it, against a service that knows what the examples name.
#[test]
fn every_example_runs() {
    let stage = Stage::set();
    for Example { of, line, is_endless } in stage.examples() {
        let ran = Ran::of(stage.shell(&line).spawn().unwrap());
        assert_eq!(ran.code, if is_endless { 8 } else { 0 }, "{of}: {line}: {ran:?}");
    }
}

/// Each example with nobody who reads what it writes: it does what it was told and says nothing of that.
#[test]
fn every_example_is_quiet_where_nobody_reads() {
    let stage = Stage::set();
    for Example { of, line, .. } in stage.examples() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = Ran::of(stage.shell(&line).stdout(writer).spawn().unwrap());
        assert_eq!(ran.code, 0, "{of}: {line}: {ran:?}");
        let complains = ["panicked", "ipe", "error"].iter().any(|word| ran.stderr.contains(word));
        assert!(!complains, "{of}: {line}: {ran:?}");
    }
    for (name, _) in commands() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let words = name.split(' ').skip(1);
        let help = stage.world.command().args(words).arg("--help").stdout(writer).spawn().unwrap();
        let ran = Ran::of(help);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{name} --help");
    }
}

/// The same where nobody hears what it says either.
#[test]
fn every_example_ends_well_where_nobody_listens() {
    let stage = Stage::set();
    for Example { of, line, .. } in stage.examples() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let deaf = writer.try_clone().unwrap();
        let ran = Ran::of(stage.shell(&line).stdout(writer).stderr(deaf).spawn().unwrap());
        assert_eq!(ran.code, 0, "{of}: {line}: {ran:?}");
    }
}

#[test]
fn no_arguments_is_a_question_and_gets_the_help() {
    let world = World::bare();
    let ran = world.run(&[]);
    assert!(ran.ok().contains("Exit codes:") && ran.stderr.is_empty(), "{ran:?}");
    assert_eq!(
        world.run(&["--version"]).ok().trim(),
        concat!("aep-export ", env!("CARGO_PKG_VERSION"))
    );
    let half = world.run(&["dataset"]);
    assert_eq!((half.code, half.stdout.as_str()), (2, ""), "{half:?}");
}

#[test]
fn help_tells_of_commands_and_topics() {
    let world = World::bare();
    for (asked, flag) in [
        (&["help"][..], &["--help"][..]),
        (&["help", "run"], &["run", "--help"]),
        (&["help", "dataset", "create"], &["dataset", "create", "--help"]),
        (&["help", "delete"], &["cancel", "--help"]),
    ] {
        assert_eq!(world.run(asked).ok(), world.run(flag).ok(), "{asked:?}");
    }
    for (topic, part) in [
        ("exit-codes", "  9  a create was sent and its outcome is unknown"),
        ("environment", "  AEP_CLIENT_SECRET_FILE, "),
        ("output", "  ndjson    One record a line"),
    ] {
        let ran = world.run(&["help", topic]);
        assert!(ran.ok().contains(part) && ran.stderr.is_empty(), "{topic}: {ran:?}");
    }
    // A filter that is not there is refused before anything is shown.
    let output = world.run(&["help", "output"]);
    let filters = output.ok().lines().find_map(|line| line.split_once("filters: "));
    for filter in filters.unwrap().1.split(", ") {
        world.run(&["config", "path", "--template", &format!("{{{{ no|{filter} }}}}")]).ok();
    }
    for (words, part) in [
        (&["help", "exit-code"][..], "did you mean aep-export help exit-codes?"),
        (&["help", "lst"], "a similar subcommand exists: 'list'"),
        (&["help", "run", "fast"], "unexpected argument 'fast'"),
    ] {
        let ran = world.run(words);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains(part), "{ran:?}");
    }
}

#[test]
fn no_option_takes_a_secret() {
    for (name, command) in commands() {
        for argument in command.get_arguments() {
            let called = argument.get_id().as_str();
            let secret = ["secret", "token", "password", "credential"]
                .iter()
                .any(|word| called.replace('_', "-").contains(word));
            let takes_value = argument.get_action().takes_values();
            // The emulator's are made up.
            let real = !name.contains(" emulator");
            assert!(!(secret && takes_value && real), "{name} takes {called} as a value");
        }
    }
}

#[test]
fn colour_is_for_those_who_want_it() {
    let world = World::bare();
    assert!(!world.run(&["list"]).stderr.contains('\u{1b}'));
    assert!(world.run(&["list", "--color", "always"]).stderr.contains('\u{1b}'));
    let forced = World::bare().with("CLICOLOR_FORCE", "1");
    assert!(forced.run(&["list"]).stderr.contains('\u{1b}'));
    assert!(!forced.run(&["list", "--color=never"]).stderr.contains('\u{1b}'));
    let quiet = World::bare().with("CLICOLOR_FORCE", "1").with("NO_COLOR", "1");
    assert!(!quiet.run(&["list"]).stderr.contains('\u{1b}'));
}
