//! `POST /segment/jobs`.

use serde_json::Value;

use super::view;
use crate::answer::{Answer, ups};
use crate::call::Call;
use crate::core::gateway::Caller;
use crate::core::{Answered, Core};
use crate::pace::Pace;
use crate::records::{Audience, JobError, SegmentJobRecord, SegmentOfJob, Status};

/// What a request asks to evaluate.
enum Asked {
    All,
    These(Vec<String>),
}

impl Core {
    /// Makes a job of a request. That an unknown segment makes it fail, and is not refused here, is
    /// assumed.
    pub(super) fn create_segment_job(&self, call: &Call, caller: &Caller, now: i64) -> Answered {
        let asked = match asked(&call.body) {
            Ok(asked) => asked,
            Err(why) => return Ok(ups(400, "UPAPI-113434-400", &why, &call.request_id)),
        };
        let audiences = self.store.audiences(&caller.tenant)?;
        let job = self.new_segment_job(call, caller, segments(asked, &audiences), now);
        self.store.create_segment_job(&job)?;
        // New whatever the pace is (documented); samples begin with PROCESSING.
        Ok(Answer::ok(&view::view_as(&job, Status::New, now)))
    }

    fn new_segment_job(
        &self,
        call: &Call,
        caller: &Caller,
        segments: Vec<SegmentOfJob>,
        now: i64,
    ) -> SegmentJobRecord {
        let (queue, evaluation) = match self.settings.pace {
            Pace::AsWork => (0, 0),
            Pace::Phases { queue, read, .. } => {
                let millis = |phase: std::time::Duration| {
                    i64::try_from(phase.as_millis()).unwrap_or(i64::MAX)
                };
                (millis(queue), millis(read))
            }
        };
        let unknown = segments.iter().filter(|segment| segment.expression.is_none());
        let errors = unknown.map(|segment| not_found(&segment.id)).collect();
        SegmentJobRecord {
            id: self.ids.uuid(),
            tenant: caller.tenant.clone(),
            created: now,
            request_id: call.request_id.clone(),
            segments,
            compute: self.ids.uuid(),
            queue,
            evaluation,
            errors,
            cancel: None,
        }
    }
}

/// Two forms are documented: a list of segments, and an object with `*` for all of them. That each is
/// taken with the other's segments is assumed.
fn asked(body: &[u8]) -> Result<Asked, String> {
    let document: Value =
        serde_json::from_slice(body).map_err(|error| format!("The body is not JSON: {error}"))?;
    let list = match &document {
        Value::Array(list) => list,
        Value::Object(members) => members
            .get("segments")
            .and_then(Value::as_array)
            .ok_or("segments must be a list of segments.")?,
        _ => return Err("The body must be a list of segments.".to_owned()),
    };
    let mut ids = Vec::new();
    for (place, segment) in list.iter().enumerate() {
        let id = segment.get("segmentId").and_then(Value::as_str).filter(|id| !id.is_empty());
        ids.push(id.ok_or_else(|| format!("segments[{place}].segmentId is required."))?.to_owned());
    }
    match ids.as_slice() {
        [] => Err("At least one segment is required.".to_owned()),
        ids if ids.iter().any(|id| id == "*") => Ok(Asked::All),
        _ => Ok(Asked::These(ids)),
    }
}

fn segments(asked: Asked, audiences: &[Audience]) -> Vec<SegmentOfJob> {
    match asked {
        Asked::All => audiences.iter().map(of_audience).collect(),
        Asked::These(ids) => ids.into_iter().map(|id| find(id, audiences)).collect(),
    }
}

fn find(id: String, audiences: &[Audience]) -> SegmentOfJob {
    let known = audiences.iter().find(|audience| audience.id == id);
    known.map_or(SegmentOfJob { id, expression: None }, of_audience)
}

fn of_audience(audience: &Audience) -> SegmentOfJob {
    SegmentOfJob { id: audience.id.clone(), expression: Some(audience.expression.clone()) }
}

/// An entry of `errors[]`; its code is one of failed export jobs.
fn not_found(segment: &str) -> JobError {
    JobError {
        code: "0100000003".to_owned(),
        message: format!("Error in Segment Job: segment {segment} is not found"),
        call_stack: "aep_export_emulator::core::segment_jobs".to_owned(),
    }
}
