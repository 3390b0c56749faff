//! What is written reads back, and nothing that can be read makes a reader panic.

use aep_export_model::error::*;
use aep_export_model::*;
use proptest::collection::vec;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::generated::{job, json, request};

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

fn readable<T: DeserializeOwned>(value: &Value) -> bool {
    serde_json::from_value::<T>(value.clone()).is_ok()
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
    stable::<Dataset>(text, |set| _ = (set.is_for_exports(), set.export_obstacles()))?;
    stable::<DatasetMap>(text, |_| {})?;
    stable::<NewDataset>(text, |_| {})?;
    stable::<CreatedRefs>(text, |created| _ = created.dataset_id())?;
    stable::<BatchMap>(text, |_| {})?;
    stable::<Batch>(text, |batch| {
        _ = (batch.records(), batch.records_read(), batch.records_failed(), batch.bytes());
        _ = (batch.duration(), batch.related("dataSet"));
    })?;
    stable::<FileList>(text, |_| {})?;
    stable::<SegmentDefinitionPage>(text, |_| {})?;
    stable::<SegmentDefinition>(text, |definition| _ = definition.updated_at())?;
    stable::<SegmentJobPage>(text, |_| {})?;
    stable::<SegmentJob>(text, |job| _ = (job.is_terminal(), job.members(&"a".into())))?;
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
    fn any_object_is_any_document_and_nothing_else_is(value in json()) {
        let is_object = value.is_object();
        prop_assert_eq!(readable::<ExportJob>(&value), is_object);
        prop_assert_eq!(readable::<JobPage>(&value), is_object);
        prop_assert_eq!(readable::<ExportJobRequest>(&value), is_object);
        prop_assert_eq!(readable::<CancelAnswer>(&value), is_object);
        prop_assert_eq!(readable::<Dataset>(&value), is_object);
        prop_assert_eq!(readable::<Batch>(&value), is_object);
        prop_assert_eq!(readable::<SegmentDefinitionPage>(&value), is_object);
        prop_assert_eq!(readable::<DatasetMap>(&value), is_object);
        prop_assert_eq!(readable::<BatchMap>(&value), is_object);
        prop_assert_eq!(readable::<UpsError>(&value), is_object);
        prop_assert_eq!(readable::<PlatformError>(&value), is_object);
        prop_assert_eq!(readable::<StreamingError>(&value), is_object);
        prop_assert_eq!(readable::<ProfileError>(&value), is_object);
        prop_assert_eq!(readable::<FileList>(&value), is_object || value.is_array());
        let is_listing = readable::<Listing<serde::de::IgnoredAny>>(&value);
        prop_assert_eq!(is_listing, is_object || value.is_array());
        // Inside of other people's types the parts of pages take anything.
        prop_assert!(readable::<Option<Link>>(&value) && readable::<Option<PageInfo>>(&value));
        prop_assert!(readable::<Option<FilePage>>(&value) && readable::<Option<FileLinks>>(&value));
        prop_assert!(readable::<Option<SegmentPageInfo>>(&value));
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
