//! What cargo says about this workspace: manifests, and the dependency tree of a package.

use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{Metadata, MetadataCommand};

use crate::Outcome;

/// The work tree that this program was built from.
pub(crate) struct Workspace {
    root: PathBuf,
}

/// The features that a dependency tree is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Features {
    /// What a user gets who says nothing.
    Default,
    /// The smallest build.
    None,
    /// The largest build.
    All,
}

impl Features {
    /// The words for it in a message.
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Self::Default => "with default features",
            Self::None => "without default features",
            Self::All => "with all features",
        }
    }

    fn flag(self) -> Option<&'static str> {
        match self {
            Self::Default => None,
            Self::None => Some("--no-default-features"),
            Self::All => Some("--all-features"),
        }
    }
}

impl Workspace {
    pub(crate) fn here() -> Self {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self { root: manifest.parent().unwrap_or(manifest).to_owned() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A file or folder of the work tree, named from its root.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Reads a text file; the error names it.
    pub(crate) fn read(&self, relative: &str) -> Outcome<String> {
        std::fs::read_to_string(self.path(relative))
            .map_err(|error| format!("{relative}: cannot be read: {error}").into())
    }

    /// A cargo command that runs in the root of the work tree.
    pub(crate) fn cargo(&self) -> Command {
        // A bare `cargo` is rustup's proxy or the one on the path: the same that started us.
        let mut command = Command::new("cargo");
        command.current_dir(&self.root);
        command
    }

    /// The members and their direct dependencies. `--no-deps`: downloads nothing.
    pub(crate) fn metadata(&self) -> Outcome<Metadata> {
        Ok(MetadataCommand::new().current_dir(&self.root).no_deps().exec()?)
    }

    /// The normal dependencies of one package (no dev, no build dependencies) on this machine.
    ///
    /// `cargo tree` and not `cargo metadata`, because only the former resolves the features of one
    /// package alone; the latter unites those of the whole workspace.
    pub(crate) fn tree(&self, package: &str, features: Features) -> Outcome<Tree> {
        let mut command = self.cargo();
        command.args(["tree", "--locked", "--edges", "normal", "--prefix", "depth"]);
        command.args(["--format", " {p}", "--package", package]);
        command.args(features.flag());
        let output = command.output()?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            return Err(format!("cargo tree of {package} failed:\n{why}").into());
        }
        Ok(Tree::parse(&String::from_utf8_lossy(&output.stdout)))
    }

    /// Every file below a folder whose name ends with `.extension`, named from the root, sorted.
    /// A folder that does not exist has none.
    pub(crate) fn files(&self, folder: &str, extension: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.path(folder)];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for path in entries.flatten().map(|entry| entry.path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == extension)
                    && let Ok(relative) = path.strip_prefix(&self.root)
                {
                    found.push(relative.to_string_lossy().replace('\\', "/"));
                }
            }
        }
        found.sort();
        found
    }
}

/// A dependency tree in the order in which `cargo tree` prints it.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    depth: usize,
    name: String,
    version: String,
}

impl Tree {
    /// Reads `DEPTH NAME vVERSION ...` lines; anything else is passed over.
    pub(crate) fn parse(text: &str) -> Self {
        let entries = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            Some(Entry {
                depth: words.next()?.parse().ok()?,
                name: words.next()?.to_owned(),
                version: words.next().unwrap_or_default().to_owned(),
            })
        });
        Self { entries: entries.collect() }
    }

    /// How many different crates, the root included. Two versions of one crate are two.
    pub(crate) fn size(&self) -> usize {
        let mut crates: Vec<_> = self.entries.iter().map(|e| (&e.name, &e.version)).collect();
        crates.sort();
        crates.dedup();
        crates.len()
    }

    /// The names in the tree, the root excluded, each once, in order of appearance.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.depth > 0) {
            if !names.contains(&entry.name.as_str()) {
                names.push(&entry.name);
            }
        }
        names
    }

    /// How the root comes to depend on `name`: `root > a > name`.
    pub(crate) fn path_to(&self, name: &str) -> String {
        let mut path: Vec<&str> = Vec::new();
        for entry in &self.entries {
            path.truncate(entry.depth);
            path.push(&entry.name);
            if entry.name == name {
                break;
            }
        }
        path.join(" > ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0 ours v0.1.0 (/somewhere)\n1 a v1.0.0\n2 b v2.0.0\n1 c v1.0.0 (proc-macro)\n2 b v1.0.0\n2 a v1.0.0 (*)\n";

    #[test]
    fn a_tree_counts_each_version_once() {
        assert_eq!(Tree::parse(TEXT).size(), 5);
    }

    #[test]
    fn a_tree_names_its_crates_without_the_root() {
        assert_eq!(Tree::parse(TEXT).names(), ["a", "b", "c"]);
    }

    #[test]
    fn the_path_to_a_crate_leaves_out_its_neighbours() {
        let tree = Tree::parse(TEXT);
        assert_eq!(tree.path_to("b"), "ours > a > b");
        assert_eq!(tree.path_to("c"), "ours > c");
    }

    #[test]
    fn cargo_answers_for_this_workspace() {
        let workspace = Workspace::here();
        let tree = workspace.tree("aep-export-model", Features::Default).unwrap();
        assert!(tree.names().contains(&"serde"), "{:?}", tree.names());
        assert!(workspace.files("xtask/src", "rs").contains(&"xtask/src/main.rs".to_owned()));
    }
}
