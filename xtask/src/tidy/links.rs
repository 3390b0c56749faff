//! Links between the pages of this repository, and the book's table of contents.

use super::Violation;
use crate::Outcome;
use crate::workspace::Workspace;

const PAGES_AT_THE_ROOT: [&str; 4] =
    ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];
const CONTENTS: &str = "docs/SUMMARY.md";

pub(super) fn of_workspace(workspace: &Workspace) -> Outcome<Vec<Violation>> {
    let book = workspace.files("docs", "md");
    let book: Vec<String> = book.into_iter().filter(|p| !p.starts_with("docs/book/")).collect();
    let root = PAGES_AT_THE_ROOT.iter().map(|page| (*page).to_owned());
    let exists = |path: &str| workspace.path(path).exists();

    let mut found = Vec::new();
    for page in root.filter(|page| exists(page)).chain(book.iter().cloned()) {
        found.extend(of_page(&page, &workspace.read(&page)?, exists));
    }
    found.extend(of_contents(&book, &workspace.read(CONTENTS)?));
    Ok(found)
}

/// Links that lead to no file.
fn of_page(page: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<Violation> {
    let mut found = Vec::new();
    for (line, target) in links(text) {
        let leads_out = target.contains("://") || target.starts_with("mailto:");
        let file = target.split('#').next().unwrap_or_default();
        if leads_out || file.is_empty() {
            continue;
        }
        if !exists(&resolve(page, file)) {
            found.push(Violation {
                place: format!("{page}:{line}"),
                what: format!("links to {file}, which does not exist"),
                rule: "links lead somewhere".into(),
                why: "a reader follows them".into(),
            });
        }
    }
    found
}

/// Pages that the table of contents leaves out, and so the book too.
fn of_contents(pages: &[String], contents: &str) -> Vec<Violation> {
    let listed: Vec<String> =
        links(contents).into_iter().map(|(_, target)| resolve(CONTENTS, &target)).collect();
    pages
        .iter()
        .filter(|page| *page != CONTENTS && !listed.contains(page))
        .map(|page| Violation {
            place: page.clone(),
            what: format!("is not in {CONTENTS}"),
            rule: "every page is in the book".into(),
            why: "a page that is not listed is not built".into(),
        })
        .collect()
}

/// The targets of `[text](target)` with their lines; code is passed over.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect();
        for rest in prose.split("](").skip(1) {
            if let Some((target, _)) = rest.split_once(')') {
                found.push((number + 1, target.to_owned()));
            }
        }
    }
    found
}

/// The path from the root of what `target` means on `page`.
fn resolve(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> Vec<String> {
        let exists = |path: &str| path == "docs/a.md" || path == "README.md";
        of_page("docs/guides/x.md", text, exists).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn links_to_files_resolve_from_their_page() {
        assert!(broken("[a](../a.md) [b](../a.md#part) [c](../../README.md)").is_empty());
        assert!(broken("[w](https://example.com/none.md) [h](#here)").is_empty());
        assert!(broken("`[x](none.md)`\n```text\n[x](none.md)\n```\n").is_empty());
    }

    #[test]
    fn a_link_to_nothing_is_found_with_its_line() {
        assert_eq!(
            broken("text\n[a](a.md)"),
            ["docs/guides/x.md:2: links to a.md, which does not exist \
              (rule \"links lead somewhere\": a reader follows them)"]
        );
    }

    #[test]
    fn a_page_outside_the_book_is_found() {
        let pages = ["docs/SUMMARY.md", "docs/a.md", "docs/guides/b.md"].map(str::to_owned);
        let found = of_contents(&pages, "- [A](a.md)\n");
        let places: Vec<&str> = found.iter().map(|v| v.place.as_str()).collect();
        assert_eq!(places, ["docs/guides/b.md"]);
    }
}
