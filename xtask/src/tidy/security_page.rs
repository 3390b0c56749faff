//! The page on security: each threat of its tables names a test, and each test that it names exists.

use super::Violation;
use crate::Outcome;
use crate::workspace::Workspace;

const PAGE: &str = "docs/security.md";

pub(super) fn of_workspace(workspace: &Workspace) -> Outcome<Vec<Violation>> {
    let mut sources = Vec::new();
    for folder in ["crates", "xtask"] {
        for file in workspace.files(folder, "rs") {
            let text = workspace.read(&file)?;
            sources.push((file, text));
        }
    }
    let exists = |test: &Test<'_>| sources.iter().any(|(file, text)| test.is_in(file, text));
    Ok(of_page(&workspace.read(PAGE)?, exists))
}

/// `cli::secrets::no_secret_is_printed`: folder of the package, file, function. Where a file's name
/// does not tell enough, its folder may come before it: `cli::secret::tests::there_is_no_shell`.
struct Test<'a> {
    folder: &'a str,
    file: String,
    function: &'a str,
}

impl<'a> Test<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (folder, rest) = text.split_once("::")?;
        let (file, function) = rest.rsplit_once("::")?;
        Some(Self { folder, file: file.replace("::", "/"), function })
    }

    fn is_in(&self, file: &str, text: &str) -> bool {
        let path = file.strip_suffix("/mod.rs").or_else(|| file.strip_suffix(".rs"));
        let in_package = file.strip_prefix("crates/").unwrap_or(file).strip_prefix(self.folder);
        let is_it = path.is_some_and(|path| path.ends_with(&format!("/{}", self.file)));
        is_it && in_package.is_some_and(|rest| rest.starts_with('/')) && self.is_defined_in(text)
    }

    /// A function of that name with `#[test]` among the lines right above it, and no `#[ignore]`.
    fn is_defined_in(&self, text: &str) -> bool {
        let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
        let declaration = format!("fn {}(", self.function);
        lines.iter().enumerate().any(|(number, line)| {
            let is_it = line.strip_prefix("async ").unwrap_or(line).starts_with(&declaration);
            let above = || {
                let of_it = |line: &&&str| !line.is_empty() && !line.ends_with('}');
                lines.iter().take(number).rev().take_while(of_it)
            };
            is_it && above().any(|line| is_test(line)) && !above().any(|line| is_ignored(line))
        })
    }
}

fn is_test(line: &str) -> bool {
    line.starts_with("#[test]") || line.starts_with("#[tokio::test")
}

fn is_ignored(line: &str) -> bool {
    line.starts_with("#[ignore")
}

fn of_page(page: &str, exists: impl Fn(&Test<'_>) -> bool) -> Vec<Violation> {
    let mut found = Vec::new();
    for (line, cell) in last_cells(page) {
        let mut violation = |what: String| {
            found.push(Violation {
                place: format!("{PAGE}:{line}"),
                what,
                rule: "a promise has its test".into(),
                why: "a page that nothing checks drifts away from the code".into(),
            });
        };
        let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            violation("names no test".into());
        }
        for name in names {
            if !Test::parse(name).is_some_and(|test| exists(&test)) {
                violation(format!("names {name}, which is no test"));
            }
        }
    }
    found
}

/// The last cell of each row of each table, headings and rules left out, with its line.
fn last_cells(page: &str) -> Vec<(usize, &str)> {
    let mut cells = Vec::new();
    let mut in_table = false;
    for (number, line) in page.lines().enumerate() {
        let Some(row) = line.trim().strip_prefix('|').and_then(|row| row.strip_suffix('|')) else {
            in_table = false;
            continue;
        };
        let cell = row.rsplit('|').next().unwrap_or_default();
        let is_rule = cell.trim().chars().all(|char| char == '-');
        if in_table && !is_rule {
            cells.push((number + 1, cell));
        }
        in_table = true;
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "
        #[test]
        #[cfg(unix)]
        fn one() {}

        #[tokio::test]
        async fn two() {}

        #[test]
        #[ignore]
        fn ignored() {}

        fn no_test() {}
    ";

    fn complaints(rows: &str) -> Vec<String> {
        let page = format!("# Page\n\n| threat | done | test |\n|---|---|---|\n{rows}\n\nEnd.");
        let exists = |test: &Test<'_>| test.is_in("crates/cli/tests/it/secrets.rs", SOURCE);
        of_page(&page, exists).into_iter().map(|v| format!("{} {}", v.place, v.what)).collect()
    }

    #[test]
    fn tests_that_exist_are_found() {
        assert!(complaints("| a | b `c` | `cli::secrets::one`, `cli::secrets::two` |").is_empty());
        assert!(complaints("| a | b | `cli::it::secrets::one` |").is_empty());
    }

    #[test]
    fn a_name_without_a_test_is_told_with_its_line() {
        for name in [
            "cli::secrets::no_test",
            "cli::secrets::ignored",
            "cli::secrets::three",
            "cli::secrets::on",
            "cli::others::one",
            "cli::others::secrets::one",
            "cli::ets::one",
            "cl::secrets::one",
            "api::secrets::one",
            "one",
        ] {
            let row = format!("| a | b | `cli::secrets::one` |\n| a | b | `{name}` |");
            let told = format!("docs/security.md:6 names {name}, which is no test");
            assert_eq!(complaints(&row), [told]);
        }
        assert_eq!(complaints("| a | b | none yet |"), ["docs/security.md:5 names no test"]);
    }
}
