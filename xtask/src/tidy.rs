//! `cargo xtask tidy`: the layer law, the manifests, the layout and the links of the workspace, and
//! the tests that its documents name.
//!
//! Each part is a plain function from facts to violations, so that tests feed it facts that breach
//! a rule. What the rules are stands in [`law`].

mod dependencies;
mod law;
mod layout;
mod links;
mod manifests;
mod security_page;
mod sources;

use std::fmt;

use crate::Outcome;
use crate::workspace::Workspace;

/// One breach, as one sentence: where, what, which rule, and why the rule is there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) place: String,
    pub(crate) what: String,
    pub(crate) rule: String,
    pub(crate) why: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, what, rule, why } = self;
        write!(f, "{place}: {what} (rule \"{rule}\": {why})")
    }
}

/// Checks everything and fails with the list of violations.
pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let violations = violations(workspace)?;
    if violations.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
    Err(format!("{}\ntidy: {} to mend", lines.join("\n"), lines.len()).into())
}

fn violations(workspace: &Workspace) -> Outcome<Vec<Violation>> {
    let mut found = dependencies::of_workspace(workspace)?;
    found.extend(manifests::of_workspace(workspace)?);
    found.extend(sources::of_workspace(workspace)?);
    found.extend(layout::of_workspace(workspace)?);
    found.extend(links::of_workspace(workspace)?);
    found.extend(security_page::of_workspace(workspace)?);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The law holds in this work tree. When this fails, the message says what to mend.
    #[test]
    fn this_workspace_is_tidy() {
        if let Err(violations) = run(&Workspace::here()) {
            panic!("{violations}");
        }
    }

    #[test]
    fn a_violation_is_one_sentence() {
        let violation = Violation {
            place: "crates/model".into(),
            what: "depends on tokio".into(),
            rule: "no async".into(),
            why: "because".into(),
        };
        assert_eq!(
            violation.to_string(),
            "crates/model: depends on tokio (rule \"no async\": because)"
        );
    }
}
