//! Datasets.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{VERSION, bad_request, batch_status, listing, picked, under_id, with_catalog_headers};
use crate::answer::{Answer, problem};
use crate::call::Call;
use crate::core::gateway::Caller;
use crate::core::{Answered, Core};
use crate::records::{DatasetRecord, JobRecord, Status, StoreError, Tenant};

/// What [`last_batches`] says of a dataset, once there is something to say.
const OF_BATCHES: [&str; 4] =
    ["lastBatchId", "lastBatchStatus", "lastSuccessfulBatch", "lastFailedBatch"];

impl Core {
    /// `POST /dataSets`: 201, `Location` and `["@/dataSets/<id>"]` (observed).
    pub(super) fn create_dataset(&self, call: &Call, caller: &Caller, now: i64) -> Answered {
        let refused = |detail: &str| Ok(problem(400, "BadRequestError", detail));
        let document = match serde_json::from_slice::<Value>(&call.body) {
            Ok(Value::Object(document)) => document,
            Ok(_) => return refused("The body must be a JSON object"),
            Err(error) => return refused(&format!("The body is not JSON: {error}")),
        };
        // What Catalog itself demands is not documented; a dataset without these is of no use.
        if document.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
            return refused("name is required");
        }
        if document.get("schemaRef").and_then(|schema| schema.get("id")?.as_str()).is_none() {
            return refused("schemaRef.id is required");
        }
        let dataset = DatasetRecord {
            id: self.ids.dataset(),
            view_id: self.ids.dataset(),
            created: now,
            client: caller.client.clone(),
            document,
        };
        self.store.create_dataset(&caller.tenant, &dataset)?;
        let location = format!("{}/data/foundation/catalog/dataSets/{}", caller.base, dataset.id);
        let created = [format!("@/dataSets/{}", dataset.id)];
        Ok(Answer::json(StatusCode::CREATED, &created).with("location", location))
    }

    pub(super) fn get_dataset(&self, call: &Call, caller: &Caller, id: &str, now: i64) -> Answered {
        let Some(dataset) = self.store.dataset(&caller.tenant, id)? else {
            return Ok(problem(404, "NotFoundError", "DataSet not found."));
        };
        let object = picked(call, self.dataset_document(&caller.tenant, &dataset, now)?);
        Ok(with_catalog_headers(Answer::ok(&under_id(id, object)), caller))
    }

    pub(super) fn list_datasets(&self, call: &Call, caller: &Caller, now: i64) -> Answered {
        let mut objects = Vec::new();
        for dataset in self.store.datasets(&caller.tenant)? {
            let object = self.dataset_document(&caller.tenant, &dataset, now)?;
            objects.push((dataset.id, object));
        }
        Ok(match listing(call, objects) {
            Ok(page) => Answer::ok(&page),
            Err(bad) => bad_request(&bad),
        })
    }

    /// A dataset's document: what the create request said, and what the service makes of it. What
    /// is the service's to say no request can.
    fn dataset_document(
        &self,
        tenant: &Tenant,
        dataset: &DatasetRecord,
        now: i64,
    ) -> Result<Value, StoreError> {
        let id = &dataset.id;
        let user = format!("{}@AdobeID", dataset.client);
        let own = json!({
            "version": VERSION,
            "imsOrg": tenant.organization,
            "created": dataset.created,
            "updated": dataset.created,
            "createdClient": dataset.client,
            "createdUser": user,
            "updatedUser": user,
            "state": "DRAFT",
            "viewId": dataset.view_id,
            "files": format!("@/dataSets/{id}/views/{}/files", dataset.view_id),
        });
        let mut object = dataset.document.clone();
        object.retain(|name, _| !OF_BATCHES.contains(&name.as_str()));
        if let Value::Object(own) = own {
            object.extend(own);
        }
        object.extend(last_batches(&self.store.jobs_into(tenant, id)?, now));
        Ok(object.into())
    }

    /// The job whose export is the dataset's content: the one that succeeded last replaced what
    /// was there (documented).
    pub(in crate::core) fn content_of(
        &self,
        tenant: &Tenant,
        dataset: &str,
        now: i64,
    ) -> Result<Option<JobRecord>, StoreError> {
        let jobs = self.store.jobs_into(tenant, dataset)?;
        Ok(latest(&jobs, &[Status::Succeeded], now).cloned())
    }
}

/// The job that came last into one of these states; of several at the same moment the younger.
fn latest<'a>(jobs: &'a [JobRecord], wanted: &[Status], now: i64) -> Option<&'a JobRecord> {
    let reached = jobs.iter().filter_map(|job| {
        let moment = job.at(now);
        wanted.contains(&moment.status).then_some(((moment.updated, job.id), job))
    });
    reached.max_by_key(|(order, _)| *order).map(|(_, job)| job)
}

/// `lastBatchId` and its like, from the jobs that are over.
fn last_batches(jobs: &[JobRecord], now: i64) -> Map<String, Value> {
    let last_id = |job: &JobRecord| job.batches.last().map(|batch| batch.id.clone());
    let mut members = Map::new();
    if let Some(job) = latest(jobs, &[Status::Succeeded, Status::Failed], now) {
        let status = batch_status(job.at(now).status);
        members.insert("lastBatchId".to_owned(), json!(last_id(job)));
        members.insert("lastBatchStatus".to_owned(), json!(status));
        members.insert("updated".to_owned(), json!(job.at(now).updated));
    }
    if let Some(job) = latest(jobs, &[Status::Succeeded], now) {
        members.insert("lastSuccessfulBatch".to_owned(), json!(last_id(job)));
    }
    if let Some(job) = latest(jobs, &[Status::Failed], now) {
        members.insert("lastFailedBatch".to_owned(), json!(last_id(job)));
    }
    members
}
