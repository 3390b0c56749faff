//! Segment definitions: of the sample audiences, or of those of imported profiles.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::gateway::Caller;
use super::listing::{BadParameter, Direction, number, slice};
use super::{Answered, Core, is_read, policies, wrong_method};
use crate::answer::{Answer, not_emulated, ups};
use crate::call::Call;
use crate::records::Audience;

/// Page size when none is asked for, as in the samples.
const DEFAULT_LIMIT: u64 = 100;

impl Core {
    pub(super) fn segments(&self, call: &Call, caller: &Caller, rest: &[&str]) -> Answered {
        let audiences = self.store.audiences(&caller.tenant)?;
        Ok(match rest {
            [] | [_] if !is_read(call) => match rest {
                ["bulk-get"] => not_emulated(&call.shown_path()),
                [] if call.method == http::Method::POST => not_emulated("creating segments"),
                _ => wrong_method(call, "GET, HEAD"),
            },
            [] => match list(call, caller, &audiences) {
                Ok(answer) => answer,
                Err(bad) => ups(400, "UPAPI-113434-400", &bad.sentence(), &call.request_id),
            },
            [id] => match audiences.iter().find(|audience| audience.id == *id) {
                Some(audience) => Answer::ok(&definition(caller, audience)),
                None => {
                    let title = format!("The segment definition {id} is not found.");
                    ups(404, "UPAPI-113000-404", &title, &call.request_id)
                }
            },
            _ => not_emulated(&call.shown_path()),
        })
    }
}

/// Pages are counted from 0; `start` leaves out that many definitions, before the pages are
/// counted. `link` is an empty object on the last page (documented), else it holds the next page's
/// address (form assumed).
fn list(call: &Call, caller: &Caller, audiences: &[Audience]) -> Result<Answer, BadParameter> {
    let limit = number(call, "limit", 1)?.unwrap_or(DEFAULT_LIMIT);
    let page = number(call, "page", 0)?.unwrap_or(0);
    let start = number(call, "start", 0)?.unwrap_or(0);
    let (field, direction) = sort(call)?;

    let mut all: Vec<_> = audiences.iter().map(|it| definition(caller, it)).collect();
    all.sort_by(|a, b| direction.apply(compare(&a[field], &b[field])));
    let total = all.len() as u64;
    let skip = start.saturating_add(page.saturating_mul(limit));
    let segments = slice(all, skip, limit);
    let link = if skip.saturating_add(limit) < total {
        json!({"next": next_link(call, skip.saturating_add(limit), limit)})
    } else {
        json!({})
    };
    Ok(Answer::ok(&json!({
        "page": {
            "totalCount": total,
            "totalPages": total.div_ceil(limit),
            "sortField": field,
            "sort": direction.as_str(),
            "pageSize": segments.len(),
            "limit": limit,
        },
        "segments": segments,
        "link": link,
    })))
}

/// Says by itself all that the next page depends on.
fn next_link(call: &Call, start: u64, limit: u64) -> String {
    let mut link = format!("/segment/definitions?start={start}&limit={limit}");
    if let Some(sort) = call.parameter("sort") {
        link.push_str("&sort=");
        link.extend(utf8_percent_encode(sort, NON_ALPHANUMERIC));
    }
    link
}

fn sort(call: &Call) -> Result<(&'static str, Direction), BadParameter> {
    let Some(text) = call.parameter("sort") else {
        return Ok(("creationTime", Direction::Descending));
    };
    // Of several keys the first counts.
    let key = text.split(',').next().unwrap_or_default();
    let (field, direction) = key.split_once(':').unwrap_or((key, "asc"));
    let known = ["name", "id", "creationTime", "updateTime"];
    known.into_iter().find(|known| *known == field).zip(Direction::parse(direction)).ok_or_else(
        || BadParameter::new("sort", format!("{}, with :asc or :desc", known.join(", "))),
    )
}

fn compare(a: &Value, b: &Value) -> std::cmp::Ordering {
    a.as_i64().cmp(&b.as_i64()).then_with(|| a.as_str().cmp(&b.as_str()))
}

fn definition(caller: &Caller, audience: &Audience) -> Value {
    json!({
        "id": audience.id,
        "name": audience.name,
        "description": audience.description,
        "schema": {"name": "_xdm.context.profile"},
        "ttlInDays": 30,
        "imsOrgId": caller.tenant.organization,
        "sandbox": {
            "sandboxName": caller.tenant.sandbox,
            "type": "production",
            "default": caller.tenant.sandbox == "prod",
        },
        "expression": {"type": "PQL", "format": "pql/text", "value": audience.expression},
        "mergePolicyId": policies::DEFAULT,
        "evaluationInfo": {
            "batch": {"enabled": true},
            "continuous": {"enabled": false},
            "synchronous": {"enabled": false},
        },
        "dataGovernancePolicy": {"excludeOptOut": true},
        "creationTime": audience.made,
        "updateEpoch": audience.made / 1_000,
        "updateTime": audience.made,
    })
}
