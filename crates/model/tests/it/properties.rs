//! What is written reads back, and nothing that can be read makes a reader panic.

use std::collections::BTreeMap;

use aep_export_model::error::*;
use aep_export_model::*;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
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
    fn job()(
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
    fn request()(job in job(), evaluate in of(of(any::<bool>()))) -> ExportJobRequest {
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
fn json() -> impl Strategy<Value = Value> {
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

/// Reads, and what was read is written and read back the same. The document's methods are called.
fn stable<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(
    text: &str,
    use_it: impl FnOnce(&T),
) -> Result<(), TestCaseError> {
    if let Ok(read) = serde_json::from_str::<T>(text) {
        use_it(&read);
        let written = serde_json::to_string(&read).unwrap();
        let again: T = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(again, read, "{}", written);
    }
    Ok(())
}

fn every_reader(text: &str) -> Result<(), TestCaseError> {
    stable::<ExportJob>(text, |job| {
        _ = (job.is_terminal(), job.batch_ids(), job.dataset_id());
        for phase in job.metrics.iter().filter_map(|metrics| metrics.total_time.as_ref()) {
            _ = (phase.duration(), phase.is_running());
        }
        _ = job.creation_time.map(|time| time.to_string());
        _ = job.metrics.as_ref().and_then(Metrics::profiles);
    })?;
    stable::<JobPage>(text, |_| {})?;
    stable::<CancelAnswer>(text, |_| {})?;
    stable::<ExportJobRequest>(text, |request| {
        _ = request.validate().map_err(|invalid| invalid.to_string());
    })?;
    stable::<Metrics>(text, |_| {})?;
    stable::<Dataset>(text, |set| _ = set.is_for_exports())?;
    stable::<DatasetMap>(text, |_| {})?;
    stable::<NewDataset>(text, |_| {})?;
    stable::<CreatedRefs>(text, |created| _ = created.dataset_id())?;
    stable::<BatchMap>(text, |_| {})?;
    stable::<Batch>(text, |batch| _ = (batch.records(), batch.related("dataSet")))?;
    stable::<FileList>(text, |_| {})?;
    stable::<SegmentDefinitionPage>(text, |_| {})?;
    stable::<SegmentDefinition>(text, |definition| _ = definition.updated_at())?;
    stable::<GatewayError>(text, |error| _ = (error.code(), error.message()))?;
    stable::<UpsError>(text, |error| _ = (error.code(), error.message(), error.status()))?;
    stable::<PlatformError>(text, |error| _ = (error.code(), error.message(), error.request_id()))?;
    stable::<CatalogError>(text, |error| _ = (error.code(), error.message()))?;
    stable::<StreamingError>(text, |error| _ = (error.code(), error.message()))?;
    stable::<ProfileError>(text, |error| _ = (error.code(), error.message()))?;
    stable::<MessageError>(text, |error| _ = error.message())?;
    stable::<ErrorMessage>(text, |error| _ = error.message())?;
    stable::<LabelsError>(text, |error| _ = (error.code(), error.message()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_written_job_reads_back(job in job()) {
        let text = serde_json::to_string(&job).unwrap();
        prop_assert!(!text.contains("null"));
        prop_assert_eq!(serde_json::from_str::<ExportJob>(&text).unwrap(), job.clone());
        let value = serde_json::to_value(&job).unwrap();
        prop_assert_eq!(serde_json::from_value::<ExportJob>(value).unwrap(), job);
    }

    #[test]
    fn a_written_request_reads_back(request in request()) {
        let text = serde_json::to_string(&request).unwrap();
        prop_assert_eq!(serde_json::from_str::<ExportJobRequest>(&text).unwrap(), request);
    }

    #[test]
    fn arbitrary_json_never_panics_and_reads_the_same_twice(value in json()) {
        every_reader(&value.to_string())?;
    }

    #[test]
    fn any_object_is_a_job(value in json()) {
        let read = serde_json::from_value::<ExportJob>(value.clone());
        prop_assert_eq!(read.is_ok(), value.is_object());
    }

    #[test]
    fn damaged_documents_never_panic(
        job in job(),
        cuts in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = serde_json::to_vec(&job).unwrap();
        for (index, byte) in cuts {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        every_reader(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn arbitrary_text_is_never_a_panic_nor_a_wrong_time(text in ".{0,40}", date in "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]{0,12}[Zz+-]?[0-9:]{0,5}") {
        for text in [text, date] {
            every_reader(&text)?;
            if let Ok(time) = Rfc3339::parse(&text) {
                prop_assert_eq!(time.as_str(), &text);
                _ = time.to_millis().to_string();
            }
        }
    }
}
