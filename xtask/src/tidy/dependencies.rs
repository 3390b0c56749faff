//! Who depends on whom: the layer law applied to the trees and manifests that cargo reports.

use std::collections::BTreeSet;

use cargo_metadata::DependencyKind;

use super::Violation;
use super::law::{AUTOMATION, Crates, LAYERS, Layer};
use crate::Outcome;
use crate::workspace::{Features, Tree, Workspace};

/// A dependency that stands in a manifest.
pub(crate) struct Near {
    pub(crate) name: String,
    pub(crate) kind: DependencyKind,
}

pub(super) fn of_workspace(workspace: &Workspace) -> Outcome<Vec<Violation>> {
    let metadata = workspace.metadata()?;
    let members: Vec<String> = metadata.packages.iter().map(|p| p.name.to_string()).collect();
    let mut found = strangers(&members);
    for layer in LAYERS {
        let package = metadata.packages.iter().find(|p| p.name.as_str() == layer.package);
        let near: Vec<Near> = package
            .iter()
            .flat_map(|package| &package.dependencies)
            .map(|d| Near { name: d.name.clone(), kind: d.kind })
            .collect();
        found.extend(of_manifest(layer, &near));
        let mut told = BTreeSet::new();
        for features in [Features::Default, Features::None, Features::All] {
            let tree = workspace.tree(layer.package, features)?;
            let violations = of_tree(layer, features, &tree).into_iter();
            found.extend(violations.filter(|v| told.insert((v.what.clone(), v.rule.clone()))));
        }
    }
    Ok(found)
}

/// Packages that the law does not know, and layers that are gone.
fn strangers(members: &[String]) -> Vec<Violation> {
    let violation = |name: &str, what: &str| Violation {
        place: name.to_owned(),
        what: what.to_owned(),
        rule: "every package has a layer".into(),
        why: "a package outside the table would be bound by nothing".into(),
    };
    let unknown = members
        .iter()
        .filter(|member| {
            !AUTOMATION.contains(&member.as_str()) && !LAYERS.iter().any(|l| l.package == *member)
        })
        .map(|member| violation(member, "is not in the table of xtask/src/tidy/law.rs"));
    let gone = LAYERS
        .iter()
        .filter(|layer| !members.iter().any(|member| member == layer.package))
        .map(|layer| violation(layer.package, "is in the law but not in the workspace"));
    unknown.chain(gone).collect()
}

/// What stands in the layer's own manifest.
fn of_manifest(layer: &Layer, near: &[Near]) -> Vec<Violation> {
    let mut found = Vec::new();
    for dependency in near {
        let name = dependency.name.as_str();
        let tests_only = dependency.kind == DependencyKind::Development;
        if is_ours(name) && tests_only {
            let allowed = name == layer.package
                || layer.may_know.contains(&name)
                || layer.tests_may_know.contains(&name);
            if !allowed {
                found.push(foreign_layer(layer, format!("its tests depend on {name}")));
            }
        }
        if dependency.kind == DependencyKind::Build && is_ours(name) {
            found.push(foreign_layer(layer, format!("its build script depends on {name}")));
        }
        for crates in layer.near.iter().filter(|crates| !tests_only && crates.has(name)) {
            found.push(Violation {
                place: format!("{}/Cargo.toml", layer.folder),
                what: format!("it names {name} as a dependency"),
                rule: crates.rule.into(),
                why: crates.why.into(),
            });
        }
    }
    found
}

/// What the layer's code is built from, with these features.
fn of_tree(layer: &Layer, features: Features, tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    let place = format!("{} {}", layer.folder, features.phrase());
    if let Some(most) = layer.at_most
        && features == Features::Default
        && tree.size() > most
    {
        found.push(Violation {
            place: place.clone(),
            what: format!("it is built from {} crates, itself included", tree.size()),
            rule: format!("at most {most} crates"),
            why: "a small tree is what its users come for".into(),
        });
    }
    for name in tree.names() {
        if is_ours(name) && !layer.may_know.contains(&name) {
            let what = format!("it depends on {name}, as {}", tree.path_to(name));
            found.push(Violation { place: place.clone(), ..foreign_layer(layer, what) });
        }
        let bans = layer.far.iter().filter(|(of, _)| *of == features).flat_map(|(_, bans)| *bans);
        for crates in bans.filter(|crates| crates.has(name)) {
            found.push(Violation {
                place: place.clone(),
                what: format!("it is built from {name}, as {}", tree.path_to(name)),
                rule: crates.rule.into(),
                why: crates.why.into(),
            });
        }
    }
    found
}

fn foreign_layer(layer: &Layer, what: String) -> Violation {
    let may = if layer.may_know.is_empty() {
        "none of the other packages here".to_owned()
    } else {
        format!("only {}", layer.may_know.join(", "))
    };
    Violation {
        place: layer.folder.into(),
        what,
        rule: format!("{} may know {may}", layer.package),
        why: "a layer that stays inside its bounds can be used and tested without the others"
            .into(),
    }
}

fn is_ours(name: &str) -> bool {
    AUTOMATION.contains(&name) || name.starts_with("aep-export")
}

impl Crates {
    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => *pattern == name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(package: &str) -> &'static Layer {
        LAYERS.iter().find(|layer| layer.package == package).unwrap()
    }

    fn sentences(violations: &[Violation]) -> String {
        violations.iter().map(|v| format!("{v}\n")).collect()
    }

    /// The tree of a package with one dependency that brings another.
    fn tree(package: &str, name: &str) -> Tree {
        Tree::parse(&format!("0 {package} v0.1.0\n1 between v1.0.0\n2 {name} v1.0.0\n"))
    }

    fn breaches(package: &str, features: Features, name: &str) -> String {
        sentences(&of_tree(layer(package), features, &tree(package, name)))
    }

    #[test]
    fn a_breach_says_where_what_which_rule_and_why() {
        assert_eq!(
            breaches("aep-export-model", Features::Default, "tokio"),
            "crates/model with default features: it is built from tokio, as \
             aep-export-model > between > tokio (rule \"no async runtime\": \
             whoever brings another HTTP stack brings the runtime too)\n"
        );
    }

    /// Each row of the law's table, breached once.
    #[test]
    fn every_forbidden_crate_is_found() {
        use Features::{All, Default, None};
        let rows = [
            ("aep-export-model", Default, "http", "no HTTP"),
            ("aep-export-model", Default, "hyper-util", "no HTTP"),
            ("aep-export-model", Default, "url", "no URLs"),
            ("aep-export-model", Default, "tokio", "no async runtime"),
            ("aep-export-model", Default, "futures-core", "no async"),
            ("aep-export-model", Default, "async-trait", "no async"),
            ("aep-export-model", Default, "serde_json", "no JSON reader"),
            ("aep-export-model", Default, "chrono", "no clocks"),
            ("aep-export-model", All, "tokio", "no async runtime"),
            ("aep-export-transport", None, "reqwest", "no reqwest"),
            ("aep-export-transport", None, "hyper", "no hyper"),
            ("aep-export-transport", None, "rustls", "no TLS"),
            ("aep-export-transport", None, "tokio", "no async runtime"),
            ("aep-export-transport", All, "etcetera", "no home directory"),
            ("aep-export-api", None, "reqwest", "no reqwest"),
            ("aep-export-api", All, "indicatif", "no terminal"),
            ("aep-export-emulator", All, "clap_builder", "no terminal"),
        ];
        for (package, features, name, rule) in rows {
            let found = breaches(package, features, name);
            assert!(found.contains(&format!("(rule \"{rule}")), "{package}, {name}: {found:?}");
        }
    }

    #[test]
    fn a_feature_that_asks_for_a_crate_may_have_it() {
        assert_eq!(breaches("aep-export-transport", Features::Default, "reqwest"), "");
        assert_eq!(breaches("aep-export-api", Features::All, "reqwest"), "");
        assert_eq!(breaches("aep-export-model", Features::All, "serde_json"), "");
    }

    /// Every pair of packages: allowed exactly where the table of the design allows it.
    #[test]
    fn a_layer_knows_only_the_layers_below_it() {
        let allowed = [
            ("aep-export-api", "aep-export-model"),
            ("aep-export-api", "aep-export-transport"),
            ("aep-export-cli", "aep-export-model"),
            ("aep-export-cli", "aep-export-transport"),
            ("aep-export-cli", "aep-export-api"),
            ("aep-export-cli", "aep-export-emulator"),
        ];
        for of in LAYERS {
            for on in LAYERS.iter().filter(|on| on.package != of.package) {
                let found = breaches(of.package, Features::Default, on.package);
                let is_allowed = allowed.contains(&(of.package, on.package));
                assert_eq!(found.is_empty(), is_allowed, "{} on {}", of.package, on.package);
            }
        }
    }

    #[test]
    fn a_thirteenth_crate_of_the_model_is_one_too_many() {
        let crates = |count: usize| {
            let lines = (1..count).map(|n| format!("1 crate{n} v1.0.0\n"));
            Tree::parse(&format!("0 aep-export-model v0.1.0\n{}", lines.collect::<String>()))
        };
        let model = layer("aep-export-model");
        assert_eq!(of_tree(model, Features::Default, &crates(12)), []);
        let found = sentences(&of_tree(model, Features::Default, &crates(13)));
        assert!(found.contains("built from 13 crates"), "{found}");
        assert!(found.contains("at most 12 crates"), "{found}");
    }

    fn manifest_of(package: &str, name: &str, kind: DependencyKind) -> String {
        sentences(&of_manifest(layer(package), &[Near { name: name.to_owned(), kind }]))
    }

    #[test]
    fn the_api_and_the_program_do_not_name_reqwest() {
        for package in ["aep-export-api", "aep-export-cli"] {
            let found = manifest_of(package, "reqwest", DependencyKind::Normal);
            assert!(found.contains("names reqwest as a dependency"), "{package}: {found:?}");
        }
    }

    #[test]
    fn the_emulator_is_a_witness_of_its_own() {
        let tests = DependencyKind::Development;
        assert_eq!(manifest_of("aep-export-emulator", "reqwest", tests), "");
        assert_eq!(manifest_of("aep-export-emulator", "aep-export-model", tests), "");
        let found = manifest_of("aep-export-emulator", "aep-export-api", tests);
        assert!(found.contains("its tests depend on aep-export-api"), "{found}");
    }

    #[test]
    fn tests_of_the_api_may_use_the_emulator_and_build_scripts_may_not() {
        let name = "aep-export-emulator";
        assert_eq!(manifest_of("aep-export-api", name, DependencyKind::Development), "");
        let found = manifest_of("aep-export-api", name, DependencyKind::Build);
        assert!(found.contains("its build script depends on"), "{found}");
    }

    #[test]
    fn a_package_without_a_layer_is_found() {
        let names: Vec<String> =
            LAYERS.iter().skip(1).map(|l| l.package.to_owned()).chain(["extra".into()]).collect();
        let found = sentences(&strangers(&names));
        assert!(found.contains("extra: is not in the table"), "{found}");
        assert!(found.contains("aep-export-model: is in the law but not in"), "{found}");
    }
}
