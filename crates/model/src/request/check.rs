//! Everything that is wrong with a request, found at once.

use std::fmt;

use super::ExportJobRequest;
use crate::problem::Problem;
use crate::selection::{EventFields, Filter, SegmentFilter, split_paths};
use crate::time::{Rfc3339, TimeText};

/// A request with problems, all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRequest {
    problems: Vec<Problem>,
}

impl InvalidRequest {
    /// The problems, never none: first what could not be read, then what is wrong with the rest.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// One sentence with all problems.
impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the export job request is not valid: ")?;
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidRequest {}

pub(super) fn check(request: &ExportJobRequest) -> Result<(), InvalidRequest> {
    let unreadable = &request.left_out.unreadable;
    let mut check = Check { unreadable, problems: unreadable.clone() };
    check.paths("fields", request.fields.as_deref());
    if let Some(policy) = &request.merge_policy {
        check.required("mergePolicy.id", policy.id.as_ref().map(AsRef::as_ref));
    }
    if let Some(filter) = &request.filter {
        check.filter(filter);
    }
    if let Some(events) = request.additional_fields.as_ref().and_then(|all| all.event_list.as_ref())
    {
        check.events(events);
    }
    let dataset = request.destination.dataset_id.as_ref();
    check.required("destination.datasetId", dataset.map(AsRef::as_ref));
    let schema = request.schema.as_ref().and_then(|schema| schema.name.as_deref());
    check.required("schema.name", schema);
    match check.problems.is_empty() {
        true => Ok(()),
        false => Err(InvalidRequest { problems: check.problems }),
    }
}

struct Check<'a> {
    unreadable: &'a [Problem],
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    fn report(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem::new(path, message));
    }

    fn required(&mut self, path: &str, value: Option<&str>) {
        match value {
            // What could not be read is not missing.
            None if self.unreadable.iter().any(|problem| problem.covers(path)) => {}
            None => self.report(path, "is missing"),
            Some(value) => self.name(path, value),
        }
    }

    /// A name or an id: text without spaces in it.
    fn name(&mut self, path: &str, value: &str) {
        if value.trim().is_empty() {
            self.report(path, "is empty");
        } else if value
            .contains(|character: char| character.is_whitespace() || character.is_control())
        {
            self.report(path, format!("has white space in it: {value:?}"));
        }
    }

    fn filter(&mut self, filter: &Filter) {
        for (path, segment) in self.elements("filter.segments").zip(&filter.segments) {
            self.segment(&path, segment);
        }
        if let Some(qualified) = &filter.segment_qualification_time {
            self.period(
                ("filter.segmentQualificationTime.startTime", qualified.start_time.as_ref()),
                ("filter.segmentQualificationTime.endTime", qualified.end_time.as_ref()),
            );
        }
        self.time("filter.fromIngestTimestamp", filter.from_ingest_timestamp.as_ref());
    }

    fn segment(&mut self, path: &str, segment: &SegmentFilter) {
        let id = segment.segment_id.as_ref().map(AsRef::as_ref);
        self.required(&format!("{path}.segmentId"), id);
        if let Some(namespace) = &segment.segment_ns {
            self.name(&format!("{path}.segmentNs"), namespace);
        }
        for (path, status) in self.elements(&format!("{path}.status")).zip(&segment.status) {
            self.name(&path, status.as_str());
        }
    }

    /// Where the elements of a list stand in the document: those that could not be read are no
    /// longer among them.
    fn elements(&self, list: &str) -> impl Iterator<Item = String> + use<'a> {
        let list = list.to_owned();
        let unreadable = self.unreadable;
        (0_usize..)
            .map(move |index| format!("{list}[{index}]"))
            .filter(move |path| unreadable.iter().all(|problem| problem.path != *path))
    }

    fn events(&mut self, events: &EventFields) {
        self.paths("additionalFields.eventList.fields", events.fields.as_deref());
        if let Some(filter) = &events.filter {
            self.period(
                (
                    "additionalFields.eventList.filter.fromIngestTimestamp",
                    filter.from_ingest_timestamp.as_ref(),
                ),
                (
                    "additionalFields.eventList.filter.toIngestTimestamp",
                    filter.to_ingest_timestamp.as_ref(),
                ),
            );
        }
    }

    /// Comma-separated paths, none of them with a missing step.
    fn paths(&mut self, path: &str, joined: Option<&str>) {
        let Some(joined) = joined else { return };
        if joined.trim().is_empty() {
            self.report(path, "is empty; leave it out for all fields");
            return;
        }
        for (index, field) in split_paths(joined).enumerate() {
            let at = format!("{path}[{index}]");
            if field.is_empty() {
                self.report(at, "is an empty field path");
            } else if field.split('.').any(str::is_empty) {
                self.report(at, format!("has an empty step in its path: `{field}`"));
            } else {
                self.name(&at, field);
            }
        }
    }

    /// Two times, each of which may stand alone; the first must not lie after the second.
    fn period(&mut self, from: (&str, Option<&TimeText>), to: (&str, Option<&TimeText>)) {
        let start = self.time(from.0, from.1);
        let end = self.time(to.0, to.1);
        if let (Some(start), Some(end)) = (start, end)
            && start.is_after(&end)
        {
            let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
            self.report(from.0, format!("({start}) lies after {} ({end})", last(to.0)));
        }
    }

    fn time(&mut self, path: &str, time: Option<&TimeText>) -> Option<Rfc3339> {
        match time?.parse() {
            Ok(time) => Some(time),
            Err(invalid) => {
                self.report(path, format!("has a wrong time: {invalid}"));
                None
            }
        }
    }
}
