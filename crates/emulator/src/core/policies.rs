//! Merge policies: as much as an export job needs to name one.

use serde_json::{Value, json};

use super::gateway::Caller;
use super::{Core, is_read, wrong_method};
use crate::answer::{Answer, not_emulated, ups};
use crate::call::Call;
use crate::records::MergePolicy;

/// The sandbox's default policy.
pub(super) const DEFAULT: &str = "4c1f9e20-8a3b-4d56-9e71-b05d2c6f8a01";
/// Another one, so that a request can name one that is not the default.
const PRECEDENCE: &str = "a7d25b93-16c8-4f0e-8b42-73e9d1f60c02";
/// The version of both.
pub(super) const VERSION: u64 = 1;

/// What is wrong with a policy that exports are to be merged by, if anything.
pub(crate) fn unknown(MergePolicy { id, version }: &MergePolicy) -> Option<String> {
    if ![DEFAULT, PRECEDENCE].contains(&id.as_str()) {
        Some(format!("merge policy {id} is not found"))
    } else if *version != VERSION {
        Some(format!("merge policy {id} has no version {version}"))
    } else {
        None
    }
}

impl Core {
    pub(super) fn merge_policies(&self, call: &Call, caller: &Caller, rest: &[&str]) -> Answer {
        let all = [
            policy(caller, DEFAULT, "Default timestamp ordered", "timestampOrdered", true),
            policy(caller, PRECEDENCE, "Dataset precedence", "dataSetPrecedence", false),
        ];
        match rest {
            [] | [_] if !is_read(call) => wrong_method(call, "GET, HEAD"),
            [] => Answer::ok(&json!({
                "_page": {"totalCount": all.len(), "pageSize": all.len()},
                "children": all,
                "_links": {"next": {}},
            })),
            [id] => match all.iter().find(|policy| policy["id"] == *id) {
                Some(policy) => Answer::ok(policy),
                None => {
                    let title = format!("The merge policy {id} is not found.");
                    ups(404, "UPAPI-113000-404", &title, &call.request_id)
                }
            },
            _ => not_emulated(&call.shown_path()),
        }
    }
}

fn policy(caller: &Caller, id: &str, name: &str, attributes: &str, is_default: bool) -> Value {
    json!({
        "id": id,
        "name": name,
        "imsOrgId": caller.tenant.organization,
        "sandbox": {"sandboxName": caller.tenant.sandbox},
        "schema": {"name": "_xdm.context.profile"},
        "version": VERSION,
        "identityGraph": {"type": "pdg"},
        "attributeMerge": {"type": attributes},
        "default": is_default,
        "updateEpoch": 1_767_225_600,
    })
}
