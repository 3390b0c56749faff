//! `cargo xtask generate`: the pages of docs/ that come from the program's own definitions, and those
//! that a test sees by playing what may go wrong.
//!
//! The pages are kept in the repository, so that a change of the program shows as a change of its
//! documentation; tests compare the two.

mod errors;
mod markdown;

use crate::Outcome;
use crate::workspace::Workspace;

const HOW_TO_MEND: &str = "cargo xtask generate";

/// The tests that compare a page with what they see: their package and name.
const PLAYED: [(&str, &str); 2] = [
    // docs/reference/fault-matrix.md
    ("aep-export-api", "matrix::page::the_page_is_what_was_seen"),
    // docs/reference/bad-servers.md
    ("aep-export-cli", "bad_servers::page::the_page_is_what_was_seen"),
];
/// Tells these tests to write their pages.
const WRITE_PAGES: &str = "AEP_EXPORT_WRITE_PAGES";

/// A page and what it should hold.
struct Page {
    file: &'static str,
    text: String,
}

fn pages() -> Vec<Page> {
    vec![
        Page {
            file: "docs/reference/commands.md",
            text: markdown::reference(aep_export_cli::command()),
        },
        Page { file: "docs/reference/errors.md", text: errors::page() },
    ]
}

/// Writes every page.
pub(crate) fn write(workspace: &Workspace) -> Outcome {
    write_own(workspace)?;
    play(workspace, true)
}

/// Fails if a page is not what [`write()`] would write.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    check_own(workspace)?;
    play(workspace, false)
}

fn play(workspace: &Workspace, writes: bool) -> Outcome {
    for (package, name) in PLAYED {
        let mut test = workspace.cargo();
        test.args(["test", "--locked", "--package", package, "--test", "it", "--", name]);
        if writes {
            test.env(WRITE_PAGES, "1");
        }
        let output = test.output().map_err(|error| format!("cargo: cannot be started: {error}"))?;
        if !output.status.success() {
            let said =
                [output.stderr, output.stdout].map(|b| String::from_utf8_lossy(&b).into_owned());
            return Err(said.join("\n").into());
        }
    }
    Ok(())
}

/// Writes the pages that come from the program's own definitions.
fn write_own(workspace: &Workspace) -> Outcome {
    for page in pages() {
        let path = workspace.path(page.file);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, page.text)
            .map_err(|error| format!("{}: cannot be written: {error}", page.file))?;
    }
    Ok(())
}

/// The same for the pages that come from the program's own definitions; the others have tests of
/// their own.
pub(crate) fn check_own(workspace: &Workspace) -> Outcome {
    let complaints: Vec<String> = pages()
        .iter()
        .filter_map(|page| complaint(page, &workspace.read(page.file).unwrap_or_default()))
        .collect();
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
}

fn complaint(page: &Page, found: &str) -> Option<String> {
    // A checkout may have changed the ends of lines.
    let found = found.replace("\r\n", "\n");
    if found == page.text {
        return None;
    }
    let same = found.lines().zip(page.text.lines()).take_while(|(a, b)| a == b).count();
    Some(format!(
        "{}: differs from the program's own definitions from line {} on; mend it with: {HOW_TO_MEND}",
        page.file,
        same + 1
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_what_the_program_says() {
        if let Err(complaints) = check_own(&Workspace::here()) {
            panic!("{complaints}");
        }
    }

    #[test]
    fn a_page_that_differs_names_the_file_the_line_and_the_cure() {
        let page = Page { file: "docs/x.md", text: "a\nb\n".into() };
        assert_eq!(complaint(&page, "a\nb\n"), None);
        assert_eq!(complaint(&page, "a\r\nb\r\n"), None);
        assert_eq!(
            complaint(&page, "a\nc\n").unwrap(),
            "docs/x.md: differs from the program's own definitions from line 2 on; \
             mend it with: cargo xtask generate"
        );
        assert!(complaint(&page, "").unwrap().contains("from line 1 on"));
    }
}
