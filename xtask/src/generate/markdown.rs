//! A command tree as one Markdown page.
//!
//! Written here rather than taken from a crate: the reference shows the global flags once, not
//! under every command, and has tables, which the crates for this do not.

use clap::{Arg, Command};

const HEAD: &str = "# Commands\n\n\
    <!-- Written by `cargo xtask generate` from the program's own definitions: do not edit. -->\n";

/// The page for a program. Hidden commands and flags are left out.
pub(super) fn reference(mut program: Command) -> String {
    program.build();
    let mut page = String::from(HEAD);
    command(&mut page, &mut program, true);
    page
}

fn command(page: &mut String, of: &mut Command, is_program: bool) {
    let name = of.get_bin_name().unwrap_or_else(|| of.get_name()).to_owned();
    page.push_str(&format!("\n## {name}\n"));
    if let Some(about) = of.get_long_about().or_else(|| of.get_about()) {
        paragraph(page, &prose(&about.to_string()));
    }
    let aliases: Vec<String> = of.get_visible_aliases().map(|alias| format!("`{alias}`")).collect();
    if !aliases.is_empty() {
        paragraph(page, &format!("Also called {}.", aliases.join(", ")));
    }
    let usage = of.render_usage().to_string();
    block(page, usage.strip_prefix("Usage:").unwrap_or(&usage));

    let arguments: Vec<&Arg> = of
        .get_arguments()
        .filter(|arg| is_shown(arg) && arg.is_global_set() == is_program)
        .collect();
    for heading in headings(&arguments) {
        table(page, &heading, arguments.iter().filter(|arg| heading_of(arg) == heading));
    }
    subcommands(page, of);
    if let Some(after) = of.get_after_long_help().or_else(|| of.get_after_help()) {
        block(page, &after.to_string());
    }
    for child in of.get_subcommands_mut().filter(|child| is_listed(child)) {
        command(page, child, false);
    }
}

fn subcommands(page: &mut String, of: &Command) {
    let mut children = of.get_subcommands().filter(|child| is_listed(child)).peekable();
    if children.peek().is_none() {
        return;
    }
    page.push_str("\n| command | does |\n|---|---|\n");
    for child in children {
        let name = child.get_bin_name().unwrap_or_else(|| child.get_name());
        let about = child.get_about().map(ToString::to_string).unwrap_or_default();
        let anchor = name.replace(' ', "-");
        page.push_str(&format!("| [`{name}`](#{anchor}) | {} |\n", cell(&about)));
    }
}

fn table<'a>(page: &mut String, heading: &str, arguments: impl Iterator<Item = &'a &'a Arg>) {
    page.push_str(&format!("\n| {} | |\n|---|---|\n", cell(heading)));
    for arg in arguments {
        let spelled = code(&spelling(arg));
        page.push_str(&format!("| {spelled} | {} |\n", cell(&meaning(arg))));
    }
}

/// The headings of a command's arguments in order of appearance, each once.
fn headings(arguments: &[&Arg]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for heading in arguments.iter().map(|arg| heading_of(arg)) {
        if !found.contains(&heading) {
            found.push(heading);
        }
    }
    found
}

fn heading_of(arg: &Arg) -> String {
    let standard = if arg.is_positional() { "Arguments" } else { "Options" };
    arg.get_help_heading().unwrap_or(standard).to_owned()
}

fn spelling(arg: &Arg) -> String {
    let long = arg.to_string();
    match arg.get_short() {
        Some(short) if arg.get_long().is_some() => format!("-{short}, {long}"),
        _ => long,
    }
}

fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or_else(|| arg.get_help());
    let mut parts = vec![prose(&help.map(ToString::to_string).unwrap_or_default())];
    let takes_values = arg.get_action().takes_values();
    if takes_values && !arg.is_hide_possible_values_set() {
        let values = arg.get_possible_values();
        let values: Vec<String> = values
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        if !values.is_empty() {
            parts.push(format!("One of {}.", values.join(", ")));
        }
    }
    if takes_values && !arg.is_hide_default_value_set() {
        let defaults: Vec<_> =
            arg.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
        if !defaults.is_empty() {
            parts.push(format!("Default: `{}`.", defaults.join(" ")));
        }
    }
    parts.retain(|part| !part.is_empty());
    // Clap's own style has no full stop at the end of a help line; what follows wants one.
    let last = parts.len().saturating_sub(1);
    let sentences = parts.iter().enumerate().map(|(index, part)| {
        if index < last && !part.ends_with(['.', '!', '?', ':']) {
            format!("{part}.")
        } else {
            part.clone()
        }
    });
    sentences.collect::<Vec<_>>().join(" ")
}

fn is_shown(arg: &Arg) -> bool {
    !arg.is_hide_set() && !["help", "version"].contains(&arg.get_id().as_str())
}

fn is_listed(command: &Command) -> bool {
    !command.is_hide_set()
}

fn paragraph(page: &mut String, text: &str) {
    page.push_str(&format!("\n{}\n", text.trim()));
}

fn block(page: &mut String, text: &str) {
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    page.push_str(&format!("\n```text\n{}\n```\n", lines.join("\n")));
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

/// Text for one cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// Plain text as Markdown: outside of code, angle brackets are not tags.
fn prose(text: &str) -> String {
    let escape = |(index, part): (usize, &str)| {
        if index % 2 == 0 { part.replace('<', "&lt;") } else { part.to_owned() }
    };
    text.split('`').enumerate().map(escape).collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use clap::{ArgAction, value_parser};

    use super::*;

    fn program() -> Command {
        let get = Command::new("get")
            .about("Show one job")
            .long_about("Show one job.\n\nAs it is <now>, with `a<b>`.")
            .visible_alias("show")
            .after_help("Examples:\n  tool get 7   \n")
            .arg(Arg::new("id").required(true).help("The job's id"))
            .arg(
                Arg::new("output")
                    .short('o')
                    .long("output")
                    .value_name("FORMAT")
                    .value_parser(["table", "a|b"])
                    .default_value("table")
                    .help("How to print it"),
            )
            .arg(Arg::new("secret").long("secret").hide(true))
            .arg(
                Arg::new("wait")
                    .long("wait")
                    .value_parser(value_parser!(u32))
                    .help_heading("Waiting"),
            );
        Command::new("tool")
            .about("A tool")
            .arg(
                Arg::new("quiet")
                    .short('q')
                    .long("quiet")
                    .global(true)
                    .action(ArgAction::SetTrue)
                    .help("Say less"),
            )
            .disable_help_subcommand(true)
            .subcommand(get)
            .subcommand(Command::new("inner").hide(true))
    }

    #[test]
    fn a_command_tree_becomes_a_page() {
        let expected = "\
## tool

A tool

```text
tool [OPTIONS] [COMMAND]
```

| Options | |
|---|---|
| `-q, --quiet` | Say less |

| command | does |
|---|---|
| [`tool get`](#tool-get) | Show one job |

## tool get

Show one job.

As it is &lt;now>, with `a<b>`.

Also called `show`.

```text
tool get [OPTIONS] <id>
```

| Arguments | |
|---|---|
| `<id>` | The job's id |

| Options | |
|---|---|
| `-o, --output <FORMAT>` | How to print it. One of `table`, `a\\|b`. Default: `table`. |

| Waiting | |
|---|---|
| `--wait <wait>` |  |

```text
Examples:
  tool get 7
```
";
        let page = reference(program());
        let body = page.strip_prefix(HEAD).unwrap().trim_start();
        assert_eq!(body, expected);
    }

    #[test]
    fn the_page_says_where_it_comes_from_and_hides_what_is_hidden() {
        let page = reference(program());
        assert!(page.starts_with("# Commands\n"), "{page}");
        assert!(page.contains("cargo xtask generate"), "{page}");
        assert!(!page.contains("secret") && !page.contains("inner"), "{page}");
    }
}
