//! Batches: what export jobs write.

use serde_json::{Value, json};

use super::{VERSION, bad_request, listing, under_id, with_catalog_headers};
use crate::answer::{Answer, problem, without_nulls};
use crate::call::Call;
use crate::core::gateway::Caller;
use crate::core::{Answered, Core};
use crate::records::{JobRecord, Outcome, Status};

impl Core {
    pub(super) fn get_batch(&self, caller: &Caller, id: &str, now: i64) -> Answered {
        let Some((job, place)) = self.store.batch(&caller.tenant, id)? else {
            return Ok(problem(404, "NotFoundError", "Batch not found."));
        };
        let answer = Answer::ok(&under_id(id, batch(&job, place, now)));
        Ok(with_catalog_headers(answer, caller))
    }

    /// `GET /batches?batch=&dataSet=` and the common parameters.
    pub(super) fn list_batches(&self, call: &Call, caller: &Caller, now: i64) -> Answered {
        let mut objects = Vec::new();
        let dataset = call.parameter("dataSet");
        self.store.visit_jobs(&caller.tenant, None, |job| {
            if dataset.is_none_or(|dataset| dataset == job.dataset_id) {
                for (place, slot) in job.batches.iter().enumerate() {
                    objects.push((slot.id.clone(), batch(&job, place, now)));
                }
            }
            std::ops::ControlFlow::Continue(())
        })?;
        if let Some(wanted) = call.parameter("batch") {
            objects.retain(|(id, _)| wanted.split(',').any(|wanted| wanted == id));
        }
        Ok(match listing(call, objects) {
            Ok(page) => Answer::ok(&page),
            Err(bad) => bad_request(&bad),
        })
    }
}

/// A batch shares the fate of its job (which state it shows before the end is assumed).
pub(in crate::core) fn batch_status(job: Status) -> &'static str {
    match job {
        Status::New => "queued",
        Status::Processing | Status::Cancelling => "processing",
        Status::Succeeded => "success",
        Status::Failed => "failed",
        Status::Cancelled => "aborted",
    }
}

fn batch(job: &JobRecord, place: usize, now: i64) -> Value {
    let moment = job.at(now);
    let id = job.batches.get(place).map(|slot| &slot.id);
    without_nulls(json!({
        "imsOrg": job.tenant.organization,
        "created": job.created,
        "started": moment.reading.map(|span| span.start),
        "completed": moment.reading.and(moment.total.end),
        "createdClient": "acp_core_unifiedProfile_feed",
        "createdUser": "acp_core_unifiedProfile_feed@AdobeID",
        "updatedUser": "acp_core_unifiedProfile_feed@AdobeID",
        "updated": moment.updated,
        "status": batch_status(moment.status),
        "version": VERSION,
        "relatedObjects": [
            {"type": "dataSet", "id": job.dataset_id},
            {"type": "batch", "id": id},
        ],
        "inputFormat": {"format": "parquet"},
        "metrics": metrics(job, place, moment.status),
        "errors": errors(job, moment.status),
    }))
}

fn metrics(job: &JobRecord, place: usize, status: Status) -> Value {
    let Some(written) = job.written(place).filter(|_| status == Status::Succeeded) else {
        return json!({});
    };
    // The empty marker is no output.
    let files: Vec<_> = written.files.iter().filter(|file| file.bytes > 0).collect();
    json!({
        "inputRecordCount": written.rows,
        "outputRecordCount": written.rows,
        "failedRecordCount": 0,
        "outputFileCount": files.len(),
        "outputByteSize": files.iter().map(|file| file.bytes).sum::<u64>(),
        "partitionCount": files.len(),
    })
}

fn errors(job: &JobRecord, status: Status) -> Value {
    match &job.outcome {
        Some(Outcome::Failed { errors, .. }) if status == Status::Failed => errors
            .iter()
            .map(|error| json!({"code": error.code, "description": error.message}))
            .collect(),
        _ => json!([]),
    }
}
