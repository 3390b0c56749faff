//! `GET /segment/jobs`.

use serde_json::{Value, json};

use super::view::view;
use crate::answer::{Answer, not_emulated, ups, without_nulls};
use crate::call::Call;
use crate::core::gateway::Caller;
use crate::core::listing::{BadParameter, Direction, number, slice};
use crate::core::{Answered, Core};
use crate::records::{SegmentJobRecord, Status};

/// Page size when none is asked for (assumed).
const DEFAULT_LIMIT: u64 = 100;

/// What the list call asks for.
struct Wanted {
    /// Number of the page, from 0 (observed).
    page: u64,
    limit: u64,
    status: Option<String>,
    segment: Option<String>,
    field: &'static str,
    direction: Direction,
}

impl Core {
    pub(super) fn list_segment_jobs(&self, call: &Call, caller: &Caller, now: i64) -> Answered {
        if call.parameter("snapshot.name").is_some() {
            return Ok(not_emulated("snapshot.name of segment jobs"));
        }
        let wanted = match Wanted::of(call) {
            Ok(wanted) => wanted,
            Err(bad) => {
                return Ok(ups(400, "UPAPI-113434-400", &bad.sentence(), &call.request_id));
            }
        };
        let mut jobs = self.store.segment_jobs(&caller.tenant)?;
        jobs.retain(|job| wanted.takes(job, now));
        let mut jobs: Vec<Value> = jobs.iter().map(|job| view(job, now)).collect();
        jobs.sort_by(|a, b| wanted.direction.apply(wanted.compare(a, b)));
        Ok(Answer::ok(&wanted.page_of(jobs)))
    }
}

impl Wanted {
    fn of(call: &Call) -> Result<Self, BadParameter> {
        let (field, direction) = sort(call)?;
        Ok(Self {
            page: number(call, "start", 0)?.unwrap_or(0),
            limit: number(call, "limit", 1)?.unwrap_or(DEFAULT_LIMIT),
            status: call.parameter("status").map(status).transpose()?,
            segment: call.parameter("property").map(property).transpose()?,
            field,
            direction,
        })
    }

    fn takes(&self, job: &SegmentJobRecord, now: i64) -> bool {
        let status = job.at(now).status;
        self.status.as_ref().is_none_or(|wanted| wanted == status.as_str())
            && self
                .segment
                .as_ref()
                .is_none_or(|wanted| job.segments.iter().any(|segment| segment.id == *wanted))
    }

    fn compare(&self, a: &Value, b: &Value) -> std::cmp::Ordering {
        let key = |job: &Value| {
            let text = |name: &str| job[name].as_str().unwrap_or_default().to_owned();
            let number = job[self.field].as_i64().unwrap_or_default();
            (number, text(self.field), text("id"))
        };
        key(a).cmp(&key(b))
    }

    /// What leads on stands in `_page` and in a link that cannot be followed (both observed); on the
    /// last page the link is `{}` (documented).
    fn page_of(&self, jobs: Vec<Value>) -> Value {
        let total = jobs.len() as u64;
        let next = self.page.saturating_add(1);
        let more = next.saturating_mul(self.limit) < total;
        let children = slice(jobs, self.page.saturating_mul(self.limit), self.limit);
        let (field, limit) = (self.field, self.limit);
        let sort = format!("{field}:{}", self.direction.as_str().to_uppercase());
        let link =
            format!("@/segmentJobs?sort={sort}&start={next}&limit={limit}&totalCount={total}");
        without_nulls(json!({
            "_page": {
                "totalCount": total,
                "pageSize": children.len(),
                "next": more.then(|| next.to_string()),
            },
            "children": children,
            "_links": {"next": if more { json!({"href": link}) } else { json!({}) }},
        }))
    }
}

/// `QUEUED` is documented too, and no job here ever is.
fn status(text: &str) -> Result<String, BadParameter> {
    let known = Status::KNOWN.map(Status::as_str).into_iter().chain(["QUEUED"]);
    let names: Vec<_> = known.collect();
    if names.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(BadParameter::new("status", format!("one of {}", names.join(", "))))
}

/// `segments~segmentId==<id>` (documented); nothing else is understood here.
fn property(text: &str) -> Result<String, BadParameter> {
    let id = text.strip_prefix("segments~segmentId==").filter(|id| !id.is_empty());
    id.map(str::to_owned)
        .ok_or_else(|| BadParameter::new("property", "segments~segmentId==<segment id>"))
}

/// The newest first when nothing is said (assumed); the direction in either case, as both were seen.
fn sort(call: &Call) -> Result<(&'static str, Direction), BadParameter> {
    let Some(text) = call.parameter("sort") else {
        return Ok(("creationTime", Direction::Descending));
    };
    let (field, direction) = text.split_once(':').unwrap_or((text, "asc"));
    let known = ["creationTime", "updateTime", "status", "id"];
    let field = known.into_iter().find(|known| *known == field);
    field.zip(Direction::parse(&direction.to_lowercase())).ok_or_else(|| {
        BadParameter::new("sort", format!("{}, with :asc or :desc", known.join(", ")))
    })
}
