//! Evaluating audiences by a segment job.

use std::time::Duration;

use aep_export_api::{Attempts, Client, LostSegmentJob, Record};
use aep_export_model::{
    ExportJobRequest, SegmentFilter, SegmentId, SegmentJob, SegmentJobId, SegmentJobRequest,
};

use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::follow::watch;
use crate::interruption::Stage;
use crate::lost::{self, SEGMENT_JOB, look_first};
use crate::making::sign_in;
use crate::segment_jobs;

/// Creates a segment job. `cancel` says whether an interrupt cancels it, `then` what is to be done
/// once it has ended by whoever takes up again.
pub(crate) async fn create(
    context: &mut Context,
    client: &Client,
    request: &SegmentJobRequest,
    cancel: bool,
    then: &str,
) -> Result<(SegmentJobId, Record<SegmentJob>), Failure> {
    sign_in(client).await?;
    context.create_leaves(SEGMENT_JOB);
    let began = context.clock.elapsed();
    let created = client.segment_jobs().create(request).await;
    let (job, is_found) = match created {
        Ok(job) => (job.into_record(), false),
        Err(error) => {
            let failure = Failure::of(&error, "create the segment job");
            if !error.outcome_unknown() {
                return Err(look_first(context, failure, SEGMENT_JOB));
            }
            let age = context.clock.elapsed().saturating_sub(began);
            let lost = LostSegmentJob::new(request.clone(), age);
            let lost = match error.attempts().and_then(Attempts::sent_request_id) {
                Some(id) => lost.request_id(id),
                None => lost,
            };
            let jobs = client.segment_jobs();
            let search = jobs.reconcile(&lost);
            (lost::find(context, SEGMENT_JOB, failure, search, segment_jobs::id).await?, true)
        }
    };
    let Some(id) = job.value.id.clone() else {
        let failure =
            Failure::new(Kind::UnknownOutcome, "the segment job was created without an id");
        return Err(look_first(context, failure, SEGMENT_JOB));
    };
    context.segment_job_goes_on(&id, cancel, then);
    if !is_found {
        context.talk.note(&format!("segment job {id} created"));
    }
    Ok((id, job))
}

/// What is to be evaluated before an export.
#[derive(Debug)]
pub(crate) struct Evaluated {
    pub(crate) request: SegmentJobRequest,
    /// What no segment job evaluates, as `ID (NAMESPACE)`.
    pub(crate) left_out: Vec<String>,
}

impl Evaluated {
    /// The segments that `request` exports, each once. Those of other namespaces than `ups` come from
    /// elsewhere, and have no definition to evaluate (assumed).
    pub(crate) fn of(request: &ExportJobRequest) -> Result<Self, Failure> {
        let (mut ids, mut left_out) = (Vec::<SegmentId>::new(), Vec::new());
        for segment in request.filter.iter().flat_map(|filter| &filter.segments) {
            let Some(id) = &segment.segment_id else { continue };
            match other_namespace(segment) {
                Some(namespace) => left_out.push(format!("{id} ({namespace})")),
                None if ids.contains(id) => {}
                None => ids.push(id.clone()),
            }
        }
        if ids.is_empty() {
            let what = "--evaluate-first has nothing to evaluate: give --segment or --audience";
            return Err(Failure::usage(match left_out.as_slice() {
                [] => what.to_owned(),
                left_out => format!(
                    "--evaluate-first has nothing to evaluate: no segment job does that with {}",
                    left_out.join(", ")
                ),
            }));
        }
        Ok(Self { request: SegmentJobRequest::Segments(ids), left_out })
    }
}

fn other_namespace(segment: &SegmentFilter) -> Option<&str> {
    segment.segment_ns.as_deref().filter(|namespace| !namespace.eq_ignore_ascii_case("ups"))
}

/// Evaluates what is exported next, and waits for it.
pub(crate) async fn first(
    context: &mut Context,
    client: &Client,
    request: &SegmentJobRequest,
    interval: Option<Duration>,
    cancel: bool,
) -> Result<(), Failure> {
    let then = ", then the same command without --evaluate-first";
    let (id, _) = create(context, client, request, cancel, then).await?;
    let evaluated = watch::<SegmentJob>(context, client, &id, interval, None).await;
    // What is asked for is an export job: of this one nothing goes to standard output.
    evaluated.map_err(|ended_badly| ended_badly.failure)?;
    context.stage = Stage::Plain;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluated(segments: &str) -> Result<Evaluated, Failure> {
        let request = format!(r#"{{"filter":{{"segments":[{segments}]}}}}"#);
        Evaluated::of(&serde_json::from_str(&request).unwrap())
    }

    #[test]
    fn each_segment_of_the_service_is_evaluated_once() {
        let segments = r#"{"segmentId":"a"},{"segmentId":"b","segmentNs":"UPS"},
            {"segmentId":"a","segmentNs":"ups","status":["exited"]},{"segmentId":"c","segmentNs":"AAM"}"#;
        let evaluated = evaluated(segments).unwrap();
        assert_eq!(evaluated.request, SegmentJobRequest::of(["a", "b"]));
        assert_eq!(evaluated.left_out, ["c (AAM)"]);
    }

    #[test]
    fn nothing_to_evaluate_is_wrong_usage() {
        for (segments, part) in [
            ("", "give --segment or --audience"),
            (r#"{"segmentId":"c","segmentNs":"AAM"}"#, "c (AAM)"),
        ] {
            let failure = evaluated(segments).unwrap_err();
            assert_eq!(failure.kind(), Kind::Usage);
            assert!(failure.message().contains(part), "{}", failure.message());
        }
    }
}
