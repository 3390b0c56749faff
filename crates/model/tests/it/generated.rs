//! Documents made at random: jobs and requests as they can be written, and JSON of any kind.

use std::collections::BTreeMap;

use aep_export_model::*;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use serde_json::Value;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,8}", "[a-z]{1,6}(\\.[a-z]{1,6}){0,2}", Just("\u{0}\"\\".to_owned())]
}

fn id() -> impl Strategy<Value = String> {
    "[!-~]{1,12}"
}

fn word(known: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![proptest::sample::select(known).prop_map(str::to_owned), text()]
}

fn membership() -> impl Strategy<Value = Vec<MembershipStatus>> {
    vec(word(MembershipStatus::KNOWN).prop_map(MembershipStatus::from), 0..3)
}

fn millis() -> impl Strategy<Value = EpochMillis> {
    any::<i64>().prop_map(EpochMillis::new)
}

prop_compose! {
    fn filter()(
        segments in vec((of(id()), of(text()), membership()), 0..3),
        times in (of(text()), of(text()), of(text())),
        has_times in any::<bool>(),
        empty in of(any::<bool>()),
    ) -> Filter {
        let mut filter = Filter::default();
        for (id, ns, status) in segments {
            let mut segment = SegmentFilter::default();
            segment.segment_id = id.map(SegmentId::from);
            segment.segment_ns = ns;
            segment.status = status;
            filter.segments.push(segment);
        }
        if has_times {
            let mut qualified = QualificationTime::default();
            qualified.start_time = times.0.map(TimeText::from);
            qualified.end_time = times.1.map(TimeText::from);
            filter.segment_qualification_time = Some(qualified);
        }
        filter.from_ingest_timestamp = times.2.map(TimeText::from);
        filter.empty_profiles = empty;
        filter
    }
}

prop_compose! {
    fn additional_fields()(
        fields in of(text()),
        filter in of((of(text()), of(text()))),
        list in any::<bool>(),
    ) -> AdditionalFields {
        let mut events = EventFields::default();
        events.fields = fields;
        events.filter = filter.map(|(from, to)| {
            let mut filter = EventFilter::default();
            filter.from_ingest_timestamp = from.map(TimeText::from);
            filter.to_ingest_timestamp = to.map(TimeText::from);
            filter
        });
        let mut fields = AdditionalFields::default();
        fields.event_list = list.then_some(events);
        fields
    }
}

prop_compose! {
    fn merge_policy()(id in of(id()), version in of(any::<u32>())) -> MergePolicyRef {
        let mut policy = MergePolicyRef::default();
        policy.id = id.map(MergePolicyId::from);
        policy.version = version;
        policy
    }
}

prop_compose! {
    fn phase()(times in (of(millis()), of(millis()), of(any::<u64>()))) -> Phase {
        let mut phase = Phase::default();
        (phase.start, phase.end, phase.total_ms) = times;
        phase
    }
}

fn counts() -> impl Strategy<Value = BTreeMap<String, u64>> {
    btree_map(text(), any::<u64>(), 0..3)
}

fn namespace_counter() -> impl Strategy<Value = NamespaceCounter> {
    prop_oneof![
        counts().prop_map(NamespaceCounter::Single),
        btree_map(id().prop_map(SegmentId::from), counts(), 1..3)
            .prop_map(NamespaceCounter::PerSegment),
    ]
}

prop_compose! {
    fn metrics()(
        phases in (of(phase()), of(phase()), of(phase())),
        total in of(any::<u64>()),
        by_segment in btree_map(id().prop_map(SegmentId::from), any::<u64>(), 0..3),
        by_namespace in of(namespace_counter()),
    ) -> Metrics {
        let mut metrics = Metrics::default();
        (metrics.total_time, metrics.profile_export_time, metrics.dataset_write_time) = phases;
        metrics.total_exported_profile_counter = total;
        metrics.exported_profile_counter = by_segment;
        metrics.exported_profile_by_namespace_counter = by_namespace;
        metrics
    }
}

prop_compose! {
    fn destination()(
        dataset in of(id()),
        each in of(any::<bool>()),
        batch in of(id()),
        batches in vec((of(id()), of(text()), membership(), of(id())), 0..3),
    ) -> JobDestination {
        let mut destination = JobDestination::default();
        destination.dataset_id = dataset.map(DatasetId::from);
        destination.segment_per_batch = each;
        destination.batch_id = batch.map(BatchId::from);
        for (segment, ns, status, id) in batches {
            let mut batch = SegmentBatch::default();
            batch.segment_id = segment.map(SegmentId::from);
            batch.segment_ns = ns;
            batch.status = status;
            batch.batch_id = id.map(BatchId::from);
            destination.batches.push(batch);
        }
        destination
    }
}

prop_compose! {
    pub(super) fn job()(
        names in (of(id()), of(word(JobType::KNOWN)), of(word(JobStatus::KNOWN))),
        texts in (of(text()), of(text()), of(text()), of(text())),
        asked in (of(of(text())), of(filter()), of(additional_fields()), of(merge_policy())),
        done in (of(destination()), of(metrics()), of((of(text()), of(text())))),
        errors in vec((of(text()), of(text()), of(text())), 0..3),
        times in (of(millis()), of(millis())),
    ) -> ExportJob {
        let mut job = ExportJob::default();
        job.id = names.0.map(JobId::from);
        job.job_type = names.1.map(JobType::from);
        job.status = names.2.map(JobStatus::from);
        (job.profile_instance_id, job.ims_org_id, job.request_id, job.fields) = texts;
        job.schema = asked.0.map(|name| {
            let mut schema = SchemaName::default();
            schema.name = name;
            schema
        });
        (job.filter, job.additional_fields, job.merge_policy) = (asked.1, asked.2, asked.3);
        (job.destination, job.metrics) = (done.0, done.1);
        job.compute_gateway_job_id = done.2.map(|(export, push)| {
            let mut jobs = ComputeJobs::default();
            (jobs.export_job, jobs.push_job) = (export, push);
            jobs
        });
        for (code, message, call_stack) in errors {
            let mut error = JobError::default();
            (error.code, error.message, error.call_stack) = (code, message, call_stack);
            job.errors.push(error);
        }
        (job.creation_time, job.update_time) = times;
        job
    }
}

prop_compose! {
    pub(super) fn request()(job in job(), evaluate in of(of(any::<bool>()))) -> ExportJobRequest {
        let mut request = ExportJobRequest::default();
        (request.fields, request.merge_policy, request.filter) = (job.fields, job.merge_policy, job.filter);
        (request.additional_fields, request.schema) = (job.additional_fields, job.schema);
        if let Some(destination) = job.destination {
            request.destination.dataset_id = destination.dataset_id;
            request.destination.segment_per_batch = destination.segment_per_batch;
        }
        request.evaluation_info = evaluate.map(|segmentation| {
            let mut info = EvaluationInfo::default();
            info.segmentation = segmentation;
            info
        });
        request
    }
}

/// Any JSON at all, but with the documents' own keys, so that it reaches every reader.
pub(super) fn json() -> impl Strategy<Value = Value> {
    const KEYS: &[&str] = &[
        "id",
        "status",
        "jobType",
        "schema",
        "name",
        "fields",
        "filter",
        "segments",
        "segmentId",
        "segmentQualificationTime",
        "startTime",
        "fromIngestTimestamp",
        "emptyProfiles",
        "additionalFields",
        "eventList",
        "mergePolicy",
        "version",
        "destination",
        "datasetId",
        "dataSetId",
        "batchId",
        "batches",
        "metrics",
        "totalTime",
        "startTimeInMs",
        "endTimeInMs",
        "exportedProfileCounter",
        "exportedProfileByNamespaceCounter",
        "computeGatewayJobId",
        "errors",
        "code",
        "msg",
        "creationTime",
        "records",
        "children",
        "page",
        "link",
        "next",
        "href",
        "data",
        "_links",
        "_page",
        "self",
        "length",
        "tags",
        "schemaRef",
        "relatedObjects",
        "rows",
        "type",
        "title",
        "404",
        "report",
        "cause",
        "error-chain",
        "_streamingValidation",
        "causingExceptions",
        "message",
        "error_code",
        "evaluationInfo",
        "batch",
        "enabled",
        "$serde_json::private::Number",
    ];
    let key = prop_oneof![8 => proptest::sample::select(KEYS).prop_map(str::to_owned), 1 => text()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0..1000_i32).prop_map(|number| Value::from(f64::from(number))),
        text().prop_map(Value::from),
        "-?[0-9]{1,25}([.][0-9]{1,3})?(e[+-]?[0-9]{1,3})?".prop_map(Value::from),
        Just(Value::from("2018-01-01T00:00:00Z")),
    ];
    leaf.prop_recursive(6, 96, 8, move |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..5).prop_map(Value::from),
            3 => vec((key.clone(), inner), 0..8)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}
