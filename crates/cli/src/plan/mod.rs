//! From flags and file to the request that creates a job.
//!
//! There is one road: a document (the file's, or an empty one) and edits by flags. Everything that
//! is wrong is found before anything is sent, and told at once.

mod assignment;
mod edit;
mod file;
pub(crate) mod flags;
mod json_path;
mod language;
mod node;
mod toml;
mod variables;
mod yaml;

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use aep_export_model::{
    DatasetId, ExportJobRequest, InvalidRequest, Problem, SchemaName, SegmentFilter, SegmentId,
};

use self::assignment::Assignment;
use self::edit::Step;
pub(crate) use self::file::{RequestFile, read};
use self::flags::JobFlags;
pub(crate) use self::variables::Variables;
use crate::failure::Failure;
use crate::segment::SegmentFlag;

/// A checked plan of a job: what is still missing are names that only the service can turn to ids.
#[derive(Debug)]
pub(crate) struct Plan {
    flags: JobFlags,
    file: Option<RequestFile>,
    /// What may not be meant.
    pub(crate) warnings: Vec<String>,
}

/// What the service turned names into.
#[derive(Debug, Clone, Default)]
pub(crate) struct Resolved {
    /// The dataset made for `--create-dataset`.
    pub(crate) dataset: Option<DatasetId>,
    /// The audiences of `--audience`, in their order.
    pub(crate) audiences: Vec<SegmentId>,
}

/// Stand for what is not known yet while a plan is checked.
const SOME_DATASET: &str = "000000000000000000000000";
const SOME_AUDIENCE: &str = "00000000-0000-0000-0000-000000000000";

impl Plan {
    /// Checks everything that can be checked here. `file` is what [`read`] gave of the file of
    /// `flags`, if they name one.
    pub(crate) fn new(flags: JobFlags, file: Option<RequestFile>) -> Result<Self, Failure> {
        let mut plan = Self { flags, file, warnings: Vec::new() };
        plan.check()?;
        Ok(plan)
    }

    /// The name of the dataset to make first.
    pub(crate) fn new_dataset(&self) -> Option<&str> {
        self.flags.create_dataset.as_deref()
    }

    /// The audiences to look up first.
    pub(crate) fn audiences(&self) -> &[String] {
        &self.flags.audience
    }

    /// How old a running job may be that is as good as a new one.
    pub(crate) fn once(&self) -> Option<Duration> {
        self.flags.once
    }

    /// The request as it is sent: the file's own bytes if no flag changes anything.
    pub(crate) fn document(&self, resolved: &Resolved) -> Result<Bytes, Failure> {
        self.edited(resolved).map(Bytes::from).map_err(|problem| invalid(&[problem]))
    }

    /// What the request says, as far as it can be read.
    pub(crate) fn request(&self, resolved: &Resolved) -> Result<ExportJobRequest, Failure> {
        let document = self.document(resolved)?;
        serde_json::from_slice(&document).map_err(|error| Failure::usage(error.to_string()))
    }

    fn edited(&self, resolved: &Resolved) -> Result<String, String> {
        let (mut document, name) = match &self.file {
            Some(file) => (file.json().to_owned(), file.name()),
            None => ("{}".to_owned(), "the request"),
        };
        for (path, value) in self.edits(resolved) {
            let steps: Vec<Step<'_>> = path.iter().copied().map(Step::Key).collect();
            document = edit::set(&document, &steps, &value.to_string())
                .map_err(|error| format!("{name}: {error}"))?;
        }
        for assignment in &self.flags.set {
            document = edit::set(&document, &assignment.steps(), assignment.value())
                .map_err(|error| format!("--set {}: {error}", assignment.path()))?;
        }
        Ok(document)
    }

    /// What the flags say, as values at paths of the document.
    fn edits(&self, resolved: &Resolved) -> Vec<(&'static [&'static str], Value)> {
        let flags = &self.flags;
        let mut edits: Vec<(&'static [&'static str], Value)> = Vec::new();
        let mut set = |path: &'static [&'static str], value: Option<Value>| {
            edits.extend(value.map(|value| (path, value)));
        };
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        let on = |flag: bool| flag.then_some(Value::Bool(true));

        let dataset = flags.dataset.as_ref().or(resolved.dataset.as_ref());
        set(&["destination", "datasetId"], dataset.map(|id| id.as_str().into()));
        set(&["destination", "segmentPerBatch"], on(flags.segment_per_batch));
        let default_schema = self.file.is_none().then(|| SchemaName::PROFILE.into());
        set(&["schema", "name"], text(&flags.schema).or(default_schema));
        set(&["fields"], flags.fields.as_ref().map(|fields| fields.join(",").into()));
        if let Some(policy) = &flags.merge_policy {
            // Another policy has other versions: the file's version goes with the file's policy.
            let version = policy.version.map(|version| ("version", json!(version)));
            let members = [("id", json!(policy.id.as_str()))].into_iter().chain(version);
            let policy: serde_json::Map<_, _> =
                members.map(|(key, value)| (key.to_owned(), value)).collect();
            set(&["mergePolicy"], Some(Value::Object(policy)));
        }
        let segments = segments(&flags.segment, &resolved.audiences);
        set(&["filter", "segments"], segments);
        let qualified = &["filter", "segmentQualificationTime", "startTime"];
        set(qualified, text(&flags.qualified_after));
        let qualified = &["filter", "segmentQualificationTime", "endTime"];
        set(qualified, text(&flags.qualified_before));
        set(&["filter", "fromIngestTimestamp"], text(&flags.ingested_after));
        set(&["filter", "emptyProfiles"], on(flags.empty_profiles));
        match flags.events.as_deref() {
            Some("") => set(&["additionalFields", "eventList"], Some(json!({}))),
            Some(fields) => set(&["additionalFields", "eventList", "fields"], Some(fields.into())),
            None => {}
        }
        let events = &["additionalFields", "eventList", "filter", "fromIngestTimestamp"];
        set(events, text(&flags.events_ingested_after));
        set(&["evaluationInfo", "segmentation"], on(flags.evaluate));
        edits
    }

    /// Finds everything that is wrong with the request, as far as it can be known here.
    fn check(&mut self) -> Result<(), Failure> {
        let mut problems = self.problems_of_flags();
        let resolved = Resolved {
            dataset: self.flags.create_dataset.is_some().then(|| SOME_DATASET.into()),
            audiences: self.flags.audience.iter().map(|_| SOME_AUDIENCE.into()).collect(),
        };
        match self.edited(&resolved) {
            Ok(document) => problems.extend(self.problems_of(&document)),
            Err(problem) => problems.push(problem),
        }
        if problems.is_empty() { Ok(()) } else { Err(invalid(&problems)) }
    }

    fn problems_of_flags(&self) -> Vec<String> {
        let flags = &self.flags;
        let mut problems = Vec::new();
        if self.file.is_none() {
            if !self.names_dataset() {
                problems.push("no dataset: give --dataset ID or --create-dataset NAME".to_owned());
            }
            if flags.events_ingested_after.is_some() && flags.events.is_none() {
                problems.push("--events-ingested-after needs --events".to_owned());
            }
        }
        let named = [("--create-dataset", flags.create_dataset.as_ref())];
        let audiences = flags.audience.iter().map(|name| ("--audience", Some(name)));
        for (flag, name) in named.into_iter().chain(audiences) {
            if name.is_some_and(|name| name.trim().is_empty()) {
                problems.push(format!("{flag} is empty"));
            }
        }
        problems
    }

    /// Whether a flag says where to export to.
    fn names_dataset(&self) -> bool {
        let flags = &self.flags;
        let sets = |assignment: &Assignment| assignment.path().starts_with("destination");
        flags.dataset.is_some() || flags.create_dataset.is_some() || flags.set.iter().any(sets)
    }

    fn problems_of(&mut self, document: &str) -> Vec<String> {
        let file = self.file.as_ref();
        let place = |path: &str| {
            file.map(|file| format!("{}: ", file.place(path, document))).unwrap_or_default()
        };
        let request: ExportJobRequest = match serde_json::from_str(document) {
            Ok(request) => request,
            Err(error) => return vec![format!("{}{error}", place(""))],
        };
        let unknown = request.unknown_keys().iter();
        self.warnings.extend(
            unknown.map(|key| format!("{}unknown key `{key}` is sent as it is", place(key))),
        );
        let invalid = request.validate().err();
        let wrong = invalid.iter().flat_map(InvalidRequest::problems);
        // The document goes as it is: what could only be read with good will, the service refuses.
        let mut wrong: Vec<&Problem> = wrong.chain(request.unusual_values()).collect();
        // As somebody meets them who goes down the file.
        wrong.sort_by_key(|problem| file?.line_and_column(&problem.path, document));
        wrong
            .into_iter()
            // Said above, in the words of the flags.
            .filter(|problem| {
                self.file.is_some()
                    || problem.path != "destination.datasetId"
                    || self.names_dataset()
            })
            .map(|problem| match flag_for(&problem.path).filter(|_| self.file.is_none()) {
                _ if self.flags.set.iter().any(|set| set.covers(&problem.path)) => {
                    format!("--set: {problem}")
                }
                // It may be missing in what --set began, where no flag was given.
                Some(flag) if self.flags.set.iter().any(|set| set.is_beside(&problem.path)) => {
                    format!("{problem} ({flag})")
                }
                Some(flag) => format!("{flag} {}", problem.message),
                None => format!("{}{problem}", place(&problem.path)),
            })
            .collect()
    }
}

fn segments(flags: &[SegmentFlag], audiences: &[SegmentId]) -> Option<Value> {
    let by_id = flags.iter().map(SegmentFlag::filter);
    let by_name = audiences.iter().map(SegmentFilter::new);
    let filters: Vec<SegmentFilter> = by_id.chain(by_name).collect();
    (!filters.is_empty()).then(|| serde_json::to_value(&filters).unwrap_or_default())
}

/// The flag that sets what is at `path`.
fn flag_for(path: &str) -> Option<&'static str> {
    const FLAGS: [(&str, &str); 9] = [
        ("destination.datasetId", "--dataset"),
        ("schema", "--schema"),
        ("fields", "--fields"),
        ("mergePolicy", "--merge-policy"),
        ("filter.segments", "--segment"),
        ("filter.segmentQualificationTime.startTime", "--qualified-after"),
        ("filter.segmentQualificationTime", "--qualified-before"),
        ("filter.fromIngestTimestamp", "--ingested-after"),
        ("additionalFields.eventList.filter", "--events-ingested-after"),
    ];
    if path.starts_with("additionalFields.eventList.fields") {
        return Some("--events");
    }
    FLAGS.iter().find(|(prefix, _)| path.starts_with(prefix)).map(|(_, flag)| *flag)
}

fn invalid(problems: &[String]) -> Failure {
    match problems {
        [one] => Failure::usage(one.clone()),
        several => Failure::of_problems(several.to_vec()),
    }
}

#[cfg(test)]
mod tests;
