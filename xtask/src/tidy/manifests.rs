//! Each member's manifest says again nothing that the workspace says once.

use std::collections::BTreeMap;

use super::Violation;
use crate::Outcome;
use crate::workspace::Workspace;

/// What every member takes from the workspace.
const INHERITED: [&str; 6] =
    ["version", "edition", "rust-version", "license", "authors", "publish"];

pub(super) fn of_workspace(workspace: &Workspace) -> Outcome<Vec<Violation>> {
    let mut found = of_root("Cargo.toml", &workspace.read("Cargo.toml")?);
    for package in workspace.metadata()?.packages {
        let path = package.manifest_path.as_std_path();
        let path = path.strip_prefix(workspace.root()).unwrap_or(path).to_string_lossy();
        found.extend(of_member(&path, &workspace.read(&path)?));
    }
    Ok(found)
}

fn of_root(place: &str, text: &str) -> Vec<Violation> {
    let forbids = Manifest::parse(text).is("workspace.lints.rust", "unsafe_code", "\"forbid\"");
    let violation = || Violation {
        place: place.to_owned(),
        what: "does not say unsafe_code = \"forbid\" in [workspace.lints.rust]".into(),
        rule: "no unsafe code".into(),
        why: "nothing here needs it".into(),
    };
    if forbids { Vec::new() } else { vec![violation()] }
}

fn of_member(place: &str, text: &str) -> Vec<Violation> {
    let manifest = Manifest::parse(text);
    let mut found = Vec::new();
    if !manifest.is("lints", "workspace", "true") {
        found.push(Violation {
            place: place.to_owned(),
            what: "does not say workspace = true in [lints]".into(),
            rule: "lints come from the workspace".into(),
            why: "unsafe code and printing are forbidden once, for all".into(),
        });
    }
    for field in INHERITED {
        if !manifest.is("package", &format!("{field}.workspace"), "true") {
            found.push(Violation {
                place: place.to_owned(),
                what: format!("does not say {field}.workspace = true"),
                rule: "package fields come from the workspace".into(),
                why: "one place to change them".into(),
            });
        }
    }
    found
}

/// The `key = value` lines of a manifest by section: as much TOML as these rules need. A form it
/// does not know counts as absent, so that the rule complains rather than stays silent.
struct Manifest {
    values: BTreeMap<(String, String), String>,
}

impl Manifest {
    fn parse(text: &str) -> Self {
        let mut section = String::new();
        let mut values = BTreeMap::new();
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name.to_owned();
            } else if let Some((key, value)) = line.split_once('=')
                && !line.starts_with('#')
            {
                let value = value.split_once(" #").map_or(value, |(value, _)| value);
                let key = key.split_whitespace().collect();
                values.insert((section.clone(), key), value.trim().to_owned());
            }
        }
        Self { values }
    }

    fn is(&self, section: &str, key: &str, value: &str) -> bool {
        self.values.get(&(section.to_owned(), key.to_owned())).is_some_and(|v| v == value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"x\"\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true # as all\nlicense.workspace = true\nauthors.workspace = true\n\
        publish.workspace = true\n\n[lints]\nworkspace = true\n";

    #[test]
    fn a_manifest_that_inherits_everything_passes() {
        assert_eq!(of_member("x/Cargo.toml", GOOD), []);
    }

    #[test]
    fn each_line_that_is_missing_is_found() {
        for line in GOOD.lines().filter(|line| line.contains("workspace = true")) {
            let rest: Vec<&str> = GOOD.lines().filter(|other| *other != line).collect();
            let found = of_member("x/Cargo.toml", &rest.join("\n"));
            assert_eq!(found.len(), 1, "{line}: {found:?}");
        }
    }

    #[test]
    fn a_value_of_its_own_is_found() {
        let text = GOOD.replace("edition.workspace = true", "edition = \"2021\"");
        let found: Vec<String> =
            of_member("x/Cargo.toml", &text).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            ["x/Cargo.toml: does not say edition.workspace = true \
              (rule \"package fields come from the workspace\": one place to change them)"]
        );
    }

    #[test]
    fn lints_in_a_comment_do_not_count() {
        let text = GOOD.replace("[lints]\nworkspace", "[lints]\n# workspace");
        assert_eq!(of_member("x/Cargo.toml", &text).len(), 1);
    }

    #[test]
    fn a_root_that_allows_unsafe_code_is_found() {
        let good = "[workspace.lints.rust]\nunsafe_code = \"forbid\"\n";
        assert_eq!(of_root("Cargo.toml", good), []);
        assert_eq!(of_root("Cargo.toml", &good.replace("forbid", "deny")).len(), 1);
    }
}
