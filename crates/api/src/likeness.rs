//! Whether a job does what a request asks for, as far as the service's echo of it tells.
//!
//! A job repeats the request that it was made from, but not always all of it: published answers
//! leave out fields, times and events that were asked for, and even a segment may come back as its
//! id alone (observed). So there are three answers. For every part of a request:
//!
//! - the job repeats it: equal, or different;
//! - the job does not mention it, and the request asks for nothing but what the service does anyway
//!   (documented defaults): equal;
//! - the job does not mention it, and the request asks for something else: unclear.
//!
//! | part | how it is compared, and what holds when it is left out |
//! |---|---|
//! | dataset | must be there and the same |
//! | schema | text |
//! | fields | the set of paths; all |
//! | segments | id, namespace without regard to capitals (`ups` and `UPS` are both seen) and set of statuses; namespace `ups`; status `realized`, with or without `existing` (the documents disagree) |
//! | qualification, ingestion, event times | the instant, whatever the offset; no limit |
//! | empty profiles, batch per segment | `false` |
//! | events | their fields and times; none |
//! | merge policy | only if the request names one. Published answers hold another id than was asked for, so another id is unclear and not different |
//! | evaluation | not compared: never echoed |
//! | keys that are not known here | unclear |

use std::collections::BTreeSet;

use aep_export_model::{
    EventFields, ExportJob, ExportJobRequest, Filter, MembershipStatus, MergePolicyRef,
    SegmentFilter, TimeText,
};

/// How alike a request and a job are; the worst of all parts counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// The job does what the request asks for.
    Equal,
    /// What the job repeats is equal, but it does not repeat all that was asked for.
    Unclear,
    /// The job does something else.
    Different,
}

/// How alike `job` and a job made from `request` are.
pub(crate) fn likeness(request: &ExportJobRequest, job: &ExportJob) -> Likeness {
    let (asked, echoed) = (filter(request.filter.as_ref()), filter(job.filter.as_ref()));
    [
        dataset(request, job),
        schema(request, job),
        fields(request.fields.as_deref(), job.fields.as_deref()),
        segments(&asked.segments, &echoed.segments),
        times(&asked, &echoed),
        flag(asked.empty_profiles, echoed.empty_profiles),
        events(events_of_request(request), events_of_job(job)),
        merge_policy(request.merge_policy.as_ref(), job.merge_policy.as_ref()),
        flag(
            request.destination.segment_per_batch,
            job.destination.as_ref().and_then(|to| to.segment_per_batch),
        ),
        if request.unknown_keys().is_empty() { Likeness::Equal } else { Likeness::Unclear },
    ]
    .into_iter()
    .max()
    .unwrap_or(Likeness::Unclear)
}

impl Likeness {
    fn of(equal: bool) -> Self {
        if equal { Self::Equal } else { Self::Different }
    }
}

/// Compares one part: what was asked for, what is repeated of it, and what holds without it.
fn part<T: PartialEq>(asked: &T, echoed: Option<&T>, default: &T) -> Likeness {
    match echoed {
        Some(echoed) => Likeness::of(asked == echoed),
        None if asked == default => Likeness::Equal,
        None => Likeness::Unclear,
    }
}

fn filter(filter: Option<&Filter>) -> Filter {
    filter.cloned().unwrap_or_default()
}

/// A job that does not say where it writes is never taken for one that does.
fn dataset(request: &ExportJobRequest, job: &ExportJob) -> Likeness {
    let asked = request.destination.dataset_id.as_ref();
    Likeness::of(asked.is_some() && asked == job.dataset_id())
}

/// Only one schema was ever seen in an export job, so a job without one has that.
fn schema(request: &ExportJobRequest, job: &ExportJob) -> Likeness {
    let asked = request.schema.as_ref().and_then(|schema| schema.name.as_ref());
    let echoed = job.schema.as_ref().and_then(|schema| schema.name.as_ref());
    match (asked, echoed) {
        (Some(asked), Some(echoed)) => Likeness::of(asked == echoed),
        _ => Likeness::Equal,
    }
}

/// No paths at all are all fields.
fn fields(asked: Option<&str>, echoed: Option<&str>) -> Likeness {
    part(&paths(asked), echoed.map(|text| paths(Some(text))).as_ref(), &BTreeSet::new())
}

fn paths(joined: Option<&str>) -> BTreeSet<&str> {
    let paths = joined.into_iter().flat_map(|joined| joined.split(',')).map(str::trim);
    paths.filter(|path| !path.is_empty()).collect()
}

fn flag(asked: Option<bool>, echoed: Option<bool>) -> Likeness {
    part(&asked.unwrap_or_default(), echoed.as_ref(), &false)
}

fn times(asked: &Filter, echoed: &Filter) -> Likeness {
    let window = |filter: &Filter| filter.segment_qualification_time.clone().unwrap_or_default();
    let (asked_window, echoed_window) = (window(asked), window(echoed));
    time(asked_window.start_time.as_ref(), echoed_window.start_time.as_ref())
        .max(time(asked_window.end_time.as_ref(), echoed_window.end_time.as_ref()))
        .max(time(asked.from_ingest_timestamp.as_ref(), echoed.from_ingest_timestamp.as_ref()))
}

fn time(asked: Option<&TimeText>, echoed: Option<&TimeText>) -> Likeness {
    match (asked, echoed) {
        (None, None) => Likeness::Equal,
        (Some(_), None) => Likeness::Unclear,
        (None, Some(_)) => Likeness::Different,
        (Some(asked), Some(echoed)) => match (asked.parse(), echoed.parse()) {
            (Ok(asked), Ok(echoed)) => {
                Likeness::of(!asked.is_after(&echoed) && !echoed.is_after(&asked))
            }
            // No time, as far as can be seen here; the same letters mean the same.
            _ if asked == echoed => Likeness::Equal,
            _ => Likeness::Unclear,
        },
    }
}

fn segments(asked: &[SegmentFilter], echoed: &[SegmentFilter]) -> Likeness {
    match (asked, echoed) {
        ([], []) => Likeness::Equal,
        (_, []) => Likeness::Unclear,
        (asked, echoed) if asked.len() != echoed.len() => Likeness::Different,
        (asked, echoed) => {
            let pairs = in_order(asked).into_iter().zip(in_order(echoed));
            pairs.map(|(asked, echoed)| segment(asked, echoed)).max().unwrap_or(Likeness::Equal)
        }
    }
}

/// The order in which segments are named means nothing.
fn in_order(segments: &[SegmentFilter]) -> Vec<&SegmentFilter> {
    let mut segments: Vec<_> = segments.iter().collect();
    segments.sort_by_key(|segment| (segment.segment_id.as_ref(), segment.segment_ns.as_deref()));
    segments
}

fn segment(asked: &SegmentFilter, echoed: &SegmentFilter) -> Likeness {
    let namespace =
        |segment: &SegmentFilter| segment.segment_ns.as_deref().map(str::to_ascii_lowercase);
    let default = "ups".to_owned();
    let asked_namespace = namespace(asked).unwrap_or_else(|| default.clone());
    Likeness::of(asked.segment_id == echoed.segment_id)
        .max(part(&asked_namespace, namespace(echoed).as_ref(), &default))
        .max(statuses(&asked.status, &echoed.status))
}

fn statuses(asked: &[MembershipStatus], echoed: &[MembershipStatus]) -> Likeness {
    let set = |statuses: &[MembershipStatus]| -> BTreeSet<String> {
        statuses.iter().map(ToString::to_string).collect()
    };
    match (asked, echoed) {
        ([], []) => Likeness::Equal,
        // The service may write out its default, which is one of two.
        ([], echoed) => {
            let new = [MembershipStatus::Realized];
            let old = [MembershipStatus::Realized, MembershipStatus::Existing];
            Likeness::of([set(&new), set(&old)].contains(&set(echoed)))
        }
        (_, []) => Likeness::Unclear,
        (asked, echoed) => Likeness::of(set(asked) == set(echoed)),
    }
}

fn events_of_request(request: &ExportJobRequest) -> Option<&EventFields> {
    request.additional_fields.as_ref()?.event_list.as_ref()
}

fn events_of_job(job: &ExportJob) -> Option<&EventFields> {
    job.additional_fields.as_ref()?.event_list.as_ref()
}

fn events(asked: Option<&EventFields>, echoed: Option<&EventFields>) -> Likeness {
    match (asked, echoed) {
        (None, None) => Likeness::Equal,
        (Some(_), None) => Likeness::Unclear,
        (None, Some(_)) => Likeness::Different,
        (Some(asked), Some(echoed)) => {
            let filter = |events: &EventFields| events.filter.clone().unwrap_or_default();
            let (asked_filter, echoed_filter) = (filter(asked), filter(echoed));
            let (from, to) =
                (&asked_filter.from_ingest_timestamp, &asked_filter.to_ingest_timestamp);
            fields(asked.fields.as_deref(), echoed.fields.as_deref())
                .max(time(from.as_ref(), echoed_filter.from_ingest_timestamp.as_ref()))
                .max(time(to.as_ref(), echoed_filter.to_ingest_timestamp.as_ref()))
        }
    }
}

fn merge_policy(asked: Option<&MergePolicyRef>, echoed: Option<&MergePolicyRef>) -> Likeness {
    let Some(asked) = asked.filter(|policy| policy.id.is_some()) else { return Likeness::Equal };
    match echoed {
        Some(echoed) if echoed.id == asked.id => match (asked.version, echoed.version) {
            (None, _) => Likeness::Equal,
            (Some(_), None) => Likeness::Unclear,
            (Some(asked), Some(echoed)) => Likeness::of(asked == echoed),
        },
        _ => Likeness::Unclear,
    }
}

#[cfg(test)]
#[path = "likeness_tests.rs"]
mod tests;
