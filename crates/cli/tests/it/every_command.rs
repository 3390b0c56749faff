//! Every command of the program, with arguments that take it as far as it goes.

use clap::Command;

/// The file of `config import`.
pub(crate) const CREDENTIALS: &str = "credentials.json";

/// For each command, arguments that take it as far as it goes. A command that is missing here fails
/// the test.
const RECIPES: &[(&str, &[&str])] = &[
    ("run", &["--create-dataset", "gold", "--to", "out", "--timeout", "5s", "--interval", "10ms"]),
    ("list", &["--all"]),
    ("get", &["1001"]),
    ("create", &["--dataset", "6123456789abcdef01234567"]),
    ("cancel", &["1001", "--yes"]),
    ("wait", &["1001", "--timeout", "0"]),
    ("files", &["1001"]),
    ("download", &["1001", "--to", "out"]),
    ("report", &["--since", "14d", "-o", "json"]),
    ("dataset create", &["gold"]),
    ("dataset get", &["6123456789abcdef01234567"]),
    ("dataset list", &[]),
    ("audience list", &[]),
    ("audience get", &["5afe34ae-8c98-4513-8a1d-67ccaa54bc05"]),
    ("segment-job create", &["--all"]),
    ("segment-job get", &["a-b"]),
    ("segment-job list", &["--all"]),
    ("segment-job wait", &["a-b", "--timeout", "0"]),
    ("segment-job cancel", &["a-b", "--yes"]),
    ("batch get", &["01EP3YJY0000000000000000AB"]),
    ("api", &["GET", "/data/core/ups/export/jobs?limit=2", "--paginate"]),
    ("completions", &["bash"]),
    ("man", &[]),
    ("schema", &[]),
    ("help", &["exit-codes"]),
    ("template", &[]),
    ("auth login", &[]),
    ("auth status", &["--check"]),
    ("auth logout", &[]),
    ("config init", &["--profile", "made", "--client-id", "client", "--force"]),
    ("config import", &[CREDENTIALS, "--profile", "imported", "--force"]),
    ("config show", &["--profile", "imported"]),
    ("config path", &[]),
    ("doctor", &[]),
    ("emulator import", &["-"]),
    ("emulator sample", &["--profiles", "2"]),
    ("emulator serve", &["--port", "0", "--timeout", "100ms"]),
];

/// Every command that does something, as it is typed.
fn commands() -> Vec<String> {
    fn collect(name: &str, command: &Command, into: &mut Vec<String>) {
        let mut subs = command.get_subcommands().peekable();
        if subs.peek().is_none() {
            into.push(name.to_owned());
        }
        for sub in subs {
            collect(format!("{name} {}", sub.get_name()).trim_start(), sub, into);
        }
    }
    let mut all = Vec::new();
    collect("", &aep_export_cli::command(), &mut all);
    all
}

/// The command lines of all commands, each as far as its recipe takes it.
pub(crate) fn lines() -> Vec<Vec<String>> {
    let line = |name: &String| {
        let recipe = RECIPES.iter().find(|(known, _)| known == name);
        let (_, arguments) = recipe.unwrap_or_else(|| panic!("`{name}` has no recipe"));
        name.split(' ').chain(arguments.iter().copied()).map(str::to_owned).collect()
    };
    commands().iter().map(line).collect()
}

/// A line that the program refuses would prove nothing about the command.
#[test]
fn no_recipe_is_a_usage_error() {
    for line in lines() {
        let words = std::iter::once("aep-export").chain(line.iter().map(String::as_str));
        let read = aep_export_cli::command().try_get_matches_from(words);
        assert!(read.is_ok(), "{line:?}: {read:?}");
    }
    for (name, _) in RECIPES {
        assert!(commands().iter().any(|known| known == name), "`{name}` is no command any more");
    }
}
