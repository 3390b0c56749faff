//! A segment job as the service shows it.

use serde_json::{Value, json};

use crate::answer::without_nulls;
use crate::core::policies;
use crate::records::{SegmentJobRecord, SegmentOfJob, Span, Status};

/// The job's document at a moment.
pub(super) fn view(job: &SegmentJobRecord, now: i64) -> Value {
    view_as(job, job.at(now).status, now)
}

/// The same with this status.
pub(super) fn view_as(job: &SegmentJobRecord, status: Status, now: i64) -> Value {
    let moment = job.at(now);
    let begun = moment.reading.filter(|_| status != Status::New);
    let ended = status.is_final();
    let metrics = (status != Status::New).then(|| {
        json!({
            "totalTime": span(moment.total),
            // `{}` until it begins (documented sample).
            "profileSegmentationTime": begun.map_or_else(|| json!({}), span),
        })
    });
    let link =
        |method: &str| json!({"href": format!("/segment/jobs/{}", job.id), "method": method});
    without_nulls(json!({
        "id": job.id,
        "imsOrgId": job.tenant.organization,
        "sandbox": {
            "sandboxName": job.tenant.sandbox,
            "type": "production",
            "default": job.tenant.sandbox == "prod",
        },
        "profileInstanceId": "ups",
        "source": "api",
        "status": status.as_str(),
        "computeGatewayJobId": begun.map(|_| &job.compute),
        "segments": job.segments.iter().map(segment).collect::<Vec<_>>(),
        "metrics": metrics,
        "errors": (ended && status == Status::Failed).then_some(&job.errors),
        "requestId": job.request_id,
        "schema": {"name": "_xdm.context.profile"},
        "_links": {"cancel": link("DELETE"), "checkStatus": link("GET")},
        "updateTime": moment.updated,
        "creationTime": job.created,
        "updateEpoch": moment.updated / 1_000,
    }))
}

fn segment(segment: &SegmentOfJob) -> Value {
    let definition = segment.expression.as_ref().map(|rule| {
        json!({
            "id": segment.id,
            "expression": {"type": "PQL", "format": "pql/text", "value": rule},
            "mergePolicyId": policies::DEFAULT,
            "mergePolicy": {"id": policies::DEFAULT, "version": policies::VERSION},
        })
    });
    without_nulls(json!({"segmentId": segment.id, "segment": definition}))
}

fn span(span: Span) -> Value {
    json!({
        "startTimeInMs": span.start,
        "endTimeInMs": span.end,
        "totalTimeInMs": span.end.map(|end| end.saturating_sub(span.start)),
    })
}
