//! `POST /export/jobs`.

use std::time::Duration;

use serde_json::Value;

use crate::answer::{Answer, Effect, ups};
use crate::call::Call;
use crate::core::gateway::Caller;
use crate::core::{Answered, Core, policies};
use crate::engine::ExportRequest;
use crate::pace::Pace;
use crate::records::{BatchSlot, ComputeJobs, JobRecord, MergePolicy, Plan, SlotSegment, Work};

impl Core {
    /// Makes a job of a request. What only the run can tell (unknown segments and merge policies,
    /// a dataset that cannot be written to) makes the job fail later; what is wrong with the
    /// request itself is refused here. Where that line runs is assumed.
    pub(super) fn create_job(&self, call: &Call, caller: &Caller, now: i64) -> Answered {
        let refused = |code: &str, title: &str| Ok(ups(400, code, title, &call.request_id));
        let request = match ExportRequest::parse(&call.body) {
            Ok(request) => request,
            Err(bad) if bad.path().is_empty() => {
                return refused("UPLIB-101206-500", &bad.to_string());
            }
            Err(bad) => return refused("UPAPI-113434-400", &bad.to_string()),
        };
        let dataset = request.dataset_id();
        if self.store.dataset(&caller.tenant, dataset)?.is_none() {
            let title = format!("Dataset {dataset} cannot be retrieved from Catalog.");
            return refused("UPLIB-101554-503", &title);
        }
        let job = self.store.create_job(|id| self.new_job(id, call, caller, &request, now))?;
        let location = format!("{}/data/core/ups/export/jobs/{}", caller.base, job.id);
        Ok(Answer::ok(&super::view(&job, now))
            .with("x-location", location)
            .and(Effect::Start(job.id)))
    }

    fn new_job(
        &self,
        id: u64,
        call: &Call,
        caller: &Caller,
        request: &ExportRequest,
        now: i64,
    ) -> JobRecord {
        JobRecord {
            id,
            tenant: caller.tenant.clone(),
            created: now,
            request_id: call.request_id.clone(),
            request: kept(&call.body),
            dataset_id: request.dataset_id().to_owned(),
            merge_policy: merge_policy(request),
            batches: self.slots(request, now),
            compute: ComputeJobs { export: self.ids.uuid(), push: self.ids.uuid() },
            sample: self.settings.sample,
            plan: plan(self.settings.pace),
            work: Work::default(),
            attempts: 0,
            cancel: None,
            outcome: None,
        }
    }

    fn slots(&self, request: &ExportRequest, now: i64) -> Vec<BatchSlot> {
        let batches = request.batches().into_iter();
        batches
            .map(|segment| BatchSlot {
                id: self.ids.batch(now),
                segment: segment.map(|segment| SlotSegment {
                    id: segment.id.clone(),
                    namespace: segment.namespace.clone(),
                    statuses: segment.statuses.iter().map(|s| s.as_str().to_owned()).collect(),
                }),
            })
            .collect()
    }
}

/// What is kept of a create request: what answers show and the export goes by.
fn kept(body: &[u8]) -> Value {
    let Ok(Value::Object(mut request)) = serde_json::from_slice(body) else {
        return Value::Null;
    };
    let shown = ["additionalFields", "destination", "fields", "filter", "mergePolicy", "schema"];
    request.retain(|name, _| shown.contains(&name.as_str()));
    for (name, members) in
        [("destination", ["datasetId", "segmentPerBatch"]), ("mergePolicy", ["id", "version"])]
    {
        if let Some(Value::Object(part)) = request.get_mut(name) {
            part.retain(|name, _| members.contains(&name.as_str()));
        }
    }
    request.into()
}

/// The policy that the request names; without one the sandbox's default (documented: the
/// segment's own, which here is always the default).
fn merge_policy(request: &ExportRequest) -> MergePolicy {
    match request.merge_policy() {
        Some(policy) => MergePolicy {
            id: policy.id.clone(),
            version: policy.version.unwrap_or(policies::VERSION),
        },
        None => MergePolicy { id: policies::DEFAULT.to_owned(), version: policies::VERSION },
    }
}

fn plan(pace: Pace) -> Option<Plan> {
    let millis = |phase: Duration| i64::try_from(phase.as_millis()).unwrap_or(i64::MAX);
    match pace {
        Pace::AsWork => None,
        Pace::Phases { queue, read, write, cancel } => Some(Plan {
            queue: millis(queue),
            read: millis(read),
            write: millis(write),
            cancel: millis(cancel),
        }),
    }
}
