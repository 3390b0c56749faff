//! Names of modules and sizes of files.

use super::Violation;
use crate::Outcome;
use crate::workspace::Workspace;

const NAMELESS: [&str; 6] = ["utils", "util", "helpers", "helper", "common", "misc"];
const MOST_LINES: usize = 500;

pub(super) fn of_workspace(workspace: &Workspace) -> Outcome<Vec<Violation>> {
    let mut found = Vec::new();
    for folder in ["crates", "fuzz", "xtask"] {
        for file in workspace.files(folder, "rs") {
            found.extend(of_file(&file, &workspace.read(&file)?));
        }
    }
    Ok(found)
}

fn of_file(file: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let name = file.strip_suffix(".rs").unwrap_or(file);
    if let Some(part) = name.split('/').find(|part| NAMELESS.contains(part)) {
        found.push(Violation {
            place: file.to_owned(),
            what: format!("is in a module called {part}"),
            rule: "a module is named for its subject".into(),
            why: "a name without a subject collects everything".into(),
        });
    }
    let lines = text.lines().count();
    if lines > MOST_LINES {
        found.push(Violation {
            place: file.to_owned(),
            what: format!("has {lines} lines"),
            rule: format!("at most {MOST_LINES} lines in a file"),
            why: "a file has one subject, and is read at one sitting".into(),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_without_a_subject_is_found() {
        let files = ["crates/api/src/utils.rs", "crates/cli/tests/common/mod.rs", "xtask/misc.rs"];
        for file in files {
            assert_eq!(of_file(file, "").len(), 1, "{file}");
        }
        assert_eq!(of_file("crates/api/src/commonplace.rs", ""), []);
    }

    #[test]
    fn a_long_file_is_found() {
        assert_eq!(of_file("crates/api/src/a.rs", &"\n".repeat(500)), []);
        let found = of_file("crates/api/src/a.rs", &"\n".repeat(501));
        let sentence = found.iter().map(ToString::to_string).collect::<String>();
        assert!(sentence.starts_with("crates/api/src/a.rs: has 501 lines"), "{sentence}");
    }
}
