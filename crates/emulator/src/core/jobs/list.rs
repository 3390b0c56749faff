//! `GET /export/jobs`.

use std::ops::ControlFlow;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::view;
use crate::answer::{Answer, ups};
use crate::call::Call;
use crate::core::gateway::Caller;
use crate::core::listing::{BadParameter, Direction, number};
use crate::core::{Answered, Core};
use crate::records::{JobRecord, Status};

/// Page size when a page is asked for by its number only (assumed).
const DEFAULT_PAGE: u64 = 100;

/// What the list call asks for: the parameters of both guides.
#[derive(Debug)]
struct Wanted {
    limit: Option<u64>,
    /// Only jobs after this one, in the order newest first.
    cursor: Option<(i64, u64)>,
    status: Option<Status>,
    /// Jobs to leave out at the beginning.
    skip: u64,
    sort: Option<(Field, Direction)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Created,
    Updated,
    Id,
}

impl Core {
    /// One page of jobs, newest first. Without a limit all of them (documented).
    pub(super) fn list_jobs(&self, call: &Call, caller: &Caller, now: i64) -> Answered {
        let wanted = match Wanted::of(call) {
            Ok(wanted) => wanted,
            Err(bad) => {
                let refused = ups(400, "UPAPI-113434-400", &bad.sentence(), &call.request_id);
                return Ok(refused);
            }
        };
        let (mut page, more) = self.page_of_jobs(caller, &wanted, now)?;
        let last = page.last().map(JobRecord::cursor).unwrap_or_default();
        let (field, direction) = wanted.sort.unwrap_or((Field::Created, Direction::Descending));
        if wanted.sort.is_some() {
            // Within the page only: "does not work when returning multiple pages" (documented).
            page.sort_by(|a, b| direction.apply(field.of(a, now).cmp(&field.of(b, now))));
        }
        let records: Vec<_> = page.iter().map(|job| view(job, now)).collect();
        let document = json!({
            "page": {
                "sortField": field.as_str(),
                "sort": direction.as_str(),
                "pageOffset": last,
                "pageSize": records.len(),
            },
            "records": records,
            "link": {"next": if more { next_link(call, &last) } else { String::new() }},
        });
        Ok(Answer::ok(&document))
    }

    /// The jobs of the page, and whether there are more after it.
    fn page_of_jobs(
        &self,
        caller: &Caller,
        wanted: &Wanted,
        now: i64,
    ) -> Result<(Vec<JobRecord>, bool), crate::records::StoreError> {
        let mut skip = wanted.skip;
        let mut page = Vec::new();
        let mut more = false;
        self.store.visit_jobs(&caller.tenant, wanted.cursor, |job| {
            if wanted.status.is_some_and(|status| job.at(now).status != status) {
                return ControlFlow::Continue(());
            }
            if skip > 0 {
                skip -= 1;
                return ControlFlow::Continue(());
            }
            if wanted.limit.is_some_and(|limit| page.len() as u64 >= limit) {
                more = true;
                return ControlFlow::Break(());
            }
            page.push(job);
            ControlFlow::Continue(())
        })?;
        Ok((page, more))
    }
}

impl Wanted {
    fn of(call: &Call) -> Result<Self, BadParameter> {
        let mut limit = number(call, "limit", 1)?;
        let page = number(call, "page", 0)?;
        if page.is_some() {
            limit = limit.or(Some(DEFAULT_PAGE));
        }
        let start = number(call, "start", 0)?.unwrap_or(0);
        let pages = page.unwrap_or(0).saturating_mul(limit.unwrap_or(0));
        Ok(Self {
            limit,
            cursor: call.parameter("offset").map(cursor).transpose()?,
            status: call.parameter("status").map(status).transpose()?,
            skip: start.saturating_add(pages),
            sort: call.parameter("sort").map(sort).transpose()?,
        })
    }
}

fn cursor(text: &str) -> Result<(i64, u64), BadParameter> {
    let bad = || BadParameter::new("offset", "<creation time in ms>_<job id>");
    let (time, id) = text.split_once('_').ok_or_else(bad)?;
    Ok((time.parse().map_err(|_| bad())?, id.parse().map_err(|_| bad())?))
}

/// Three values are documented; the others are taken as well (assumed).
fn status(text: &str) -> Result<Status, BadParameter> {
    let known = Status::KNOWN.into_iter().find(|status| status.as_str() == text);
    known.ok_or_else(|| {
        let names = Status::KNOWN.map(Status::as_str).join(", ");
        BadParameter::new("status", format!("one of {names}"))
    })
}

fn sort(text: &str) -> Result<(Field, Direction), BadParameter> {
    let (field, direction) = text.split_once(':').unwrap_or((text, "asc"));
    let field = match field {
        "createdTime" | "creationTime" => Some(Field::Created),
        "updateTime" => Some(Field::Updated),
        "id" => Some(Field::Id),
        _ => None,
    };
    field.zip(Direction::parse(direction)).ok_or_else(|| {
        BadParameter::new("sort", "creationTime, updateTime or id, with :asc or :desc")
    })
}

impl Field {
    fn of(self, job: &JobRecord, now: i64) -> (i64, u64) {
        match self {
            Self::Created => (job.created, job.id),
            Self::Updated => (job.at(now).updated, job.id),
            Self::Id => (0, job.id),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            // Not what the field is called in the records; documented so.
            Self::Created => "createdTime",
            Self::Updated => "updateTime",
            Self::Id => "id",
        }
    }
}

/// Relative to the service's base, with a slash before the query (documented).
fn next_link(call: &Call, cursor: &str) -> String {
    let mut link = "/export/jobs/?".to_owned();
    for name in ["limit", "status", "sort"] {
        if let Some(value) = call.parameter(name) {
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
            link.push_str(&format!("{name}={value}&"));
        }
    }
    link.push_str("offset=");
    link.push_str(cursor);
    link
}
