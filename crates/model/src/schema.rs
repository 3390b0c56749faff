//! JSON Schema of what documents hold as text.

/// Makes `$name` a text in JSON Schema. The values that are known are told as examples, as a service
/// may have others; `format` is one of JSON Schema's.
macro_rules! text {
    ($name:ident $(, known: $known:expr)? $(, format: $format:literal)?) => {
        #[cfg(feature = "schema")]
        impl ::schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                ::schemars::json_schema!({
                    "type": "string",
                    $("examples": $known,)?
                    $("format": $format,)?
                })
            }
        }
    };
}

pub(crate) use text;

#[cfg(all(test, feature = "schema"))]
mod tests {
    use schemars::schema_for;
    use serde_json::{Value, json};

    use crate::ExportJobRequest;

    #[test]
    fn a_request_says_what_it_may_hold() {
        let schema = schema_for!(ExportJobRequest).to_value();
        assert_eq!(schema["required"], json!(["destination", "schema"]));
        let parts = &schema["$defs"];
        assert_eq!(parts["RequestDestination"]["required"], json!(["datasetId"]));
        assert_eq!(parts["SegmentFilter"]["required"], json!(["segmentId"]));
        let segment = &parts["SegmentFilter"]["properties"];
        assert_eq!(segment["status"]["items"]["examples"], json!(crate::MembershipStatus::KNOWN));
        assert_eq!(parts["EventFilter"]["properties"]["toIngestTimestamp"]["format"], "date-time");
        assert!(schema["properties"]["fields"]["description"].as_str().unwrap().contains("Dotted"));
    }

    /// What is written has no key that the schema does not name, under the same spelling.
    #[test]
    fn every_key_that_is_written_is_in_it() {
        let text = r#"{"fields":"a","mergePolicy":{"id":"m","version":1},"filter":{"segments":[{"segmentId":"s","segmentNs":"ups","status":["realized"]}],"segmentQualificationTime":{"startTime":"2026-01-01T00:00:00Z","endTime":"2026-02-01T00:00:00Z"},"fromIngestTimestamp":"2026-01-01T00:00:00Z","emptyProfiles":true},"additionalFields":{"eventList":{"fields":"x","filter":{"fromIngestTimestamp":"2026-01-01T00:00:00Z","toIngestTimestamp":"2026-02-01T00:00:00Z"}}},"destination":{"datasetId":"d","segmentPerBatch":true},"schema":{"name":"n"},"evaluationInfo":{"segmentation":true}}"#;
        let request: ExportJobRequest = serde_json::from_str(text).unwrap();
        assert!(request.unknown_keys().is_empty());
        let schema = schema_for!(ExportJobRequest).to_value();
        let names = |schema: &Value| -> Vec<String> {
            let mut found = Vec::new();
            let mut rest = vec![schema.clone()];
            while let Some(value) = rest.pop() {
                if let Some(properties) = value["properties"].as_object() {
                    found.extend(properties.keys().cloned());
                }
                rest.extend(
                    value.as_object().into_iter().flat_map(|members| members.values().cloned()),
                );
            }
            found.sort();
            found
        };
        let mut written = Vec::new();
        let mut rest = vec![serde_json::to_value(&request).unwrap()];
        while let Some(value) = rest.pop() {
            written
                .extend(value.as_object().into_iter().flat_map(|members| members.keys().cloned()));
            rest.extend(
                value.as_object().into_iter().flat_map(|members| members.values().cloned()),
            );
            rest.extend(value.as_array().into_iter().flatten().cloned());
        }
        written.sort();
        assert_eq!(names(&schema), written);
    }
}
