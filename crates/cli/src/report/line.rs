//! One job of a report: what it was, and its time from its creation on cut into parts.

use aep_export_model::{EpochMillis, ExportJob, JobStatus, Phase};

use crate::jobs;

/// How far the clocks of the service's parts may differ before its times count as contradictory
/// (assumed).
const SKEW: i64 = 60_000;

/// What is told of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(super) id: String,
    /// In the service's spelling.
    pub(super) status: String,
    pub(super) outcome: Outcome,
    /// Milliseconds since 1970.
    pub(super) created: Option<i64>,
    pub(super) dataset: Option<String>,
    pub(super) profiles: Option<u64>,
    /// The segments whose members it exports; none means all profiles.
    pub(super) segments: Vec<String>,
    /// How many profiles it wrote for each segment, where the service counts that.
    pub(super) by_segment: Vec<(String, u64)>,
    /// How long it took; not known before it ends.
    pub(super) total: Option<u64>,
    pub(super) waiting: Option<u64>,
    pub(super) reading: Option<u64>,
    pub(super) writing: Option<u64>,
    /// From the creation on, without gaps. Empty where the times are missing or contradict each
    /// other.
    pub(super) pieces: Vec<Piece>,
    /// The times contradict each other, as in some of the service's documented samples.
    pub(super) odd: bool,
    /// Codes of a failed job, each with its message.
    pub(super) errors: Vec<(Option<String>, Option<String>)>,
}

/// How a job ended, if it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Succeeded,
    Failed,
    Cancelled,
    /// Not ended, or in a state that is not known here.
    Open,
}

/// What a job was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Before it read the first profile. Evaluation of segments, where the job was asked for it, is
    /// in here: the service has no figure of its own for it.
    Waiting,
    Reading,
    Writing,
    /// The service does not tell.
    Untold,
}

/// A stretch of a job's time, in milliseconds since its creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(super) part: Part,
    pub(super) from: u64,
    pub(super) to: u64,
}

impl Part {
    pub(super) const ALL: [Self; 4] = [Self::Waiting, Self::Reading, Self::Writing, Self::Untold];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Reading => "reading",
            Self::Writing => "writing",
            Self::Untold => "not told",
        }
    }
}

impl Line {
    /// What `job` tells at `now`, in milliseconds since 1970.
    pub(crate) fn of(job: &ExportJob, now: i64) -> Self {
        let phase = |of: fn(&aep_export_model::Metrics) -> Option<&Phase>| {
            job.metrics.as_ref().and_then(of)
        };
        let reading = phase(|metrics| metrics.profile_export_time.as_ref());
        let writing = phase(|metrics| metrics.dataset_write_time.as_ref());
        let pieces = Times::of(job, now).map(|times| times.pieces());
        let odd = matches!(pieces, Err(Odd));
        let pieces = pieces.unwrap_or_default();
        let waiting = pieces.first().filter(|piece| piece.part == Part::Waiting);
        let by_segment = job.metrics.iter().flat_map(|metrics| &metrics.exported_profile_counter);
        let segments = job.filter.iter().flat_map(|filter| &filter.segments);
        Self {
            id: jobs::id(job).unwrap_or_else(|| "-".to_owned()),
            status: job.status.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
            outcome: Outcome::of(job),
            created: job.creation_time.map(EpochMillis::get),
            dataset: job.dataset_id().map(ToString::to_string),
            profiles: jobs::profiles(job),
            segments: segments
                .filter_map(|segment| Some(segment.segment_id.as_ref()?.to_string()))
                .collect(),
            by_segment: by_segment.map(|(id, profiles)| (id.to_string(), *profiles)).collect(),
            total: jobs::took(job).and_then(milliseconds),
            waiting: waiting.map(Piece::length),
            reading: reading.and_then(Phase::duration).and_then(milliseconds),
            writing: writing.and_then(Phase::duration).and_then(milliseconds),
            pieces,
            odd,
            errors: errors(job),
        }
    }

    /// The end of its bar, in milliseconds since its creation.
    pub(super) fn end(&self) -> Option<u64> {
        self.pieces.last().map(|piece| piece.to)
    }
}

fn milliseconds(span: std::time::Duration) -> Option<u64> {
    u64::try_from(span.as_millis()).ok()
}

/// Errors stand on some succeeded jobs too (documented samples): those are no failures.
fn errors(job: &ExportJob) -> Vec<(Option<String>, Option<String>)> {
    if job.status != Some(JobStatus::Failed) {
        return Vec::new();
    }
    job.errors.iter().map(|error| (error.code.clone(), error.message.clone())).collect()
}

impl Outcome {
    fn of(job: &ExportJob) -> Self {
        match job.status {
            Some(JobStatus::Succeeded) => Self::Succeeded,
            Some(JobStatus::Failed) => Self::Failed,
            Some(JobStatus::Cancelled) => Self::Cancelled,
            _ => Self::Open,
        }
    }
}

impl Piece {
    pub(super) fn length(&self) -> u64 {
        self.to.saturating_sub(self.from)
    }
}

/// The job's times contradict each other.
#[derive(Debug)]
struct Odd;

/// A job's times in milliseconds since its creation.
struct Times {
    end: i64,
    ended: bool,
    /// Known not to have begun its work.
    queued: bool,
    /// Reading and writing, as far as they have begun, the earlier first.
    phases: Vec<Begun>,
}

struct Begun {
    part: Part,
    from: i64,
    to: Option<i64>,
}

impl Times {
    fn of(job: &ExportJob, now: i64) -> Result<Self, Odd> {
        let metrics = job.metrics.as_ref();
        let total = metrics.and_then(|metrics| metrics.total_time.as_ref());
        let reading = metrics.and_then(|metrics| metrics.profile_export_time.as_ref());
        let writing = metrics.and_then(|metrics| metrics.dataset_write_time.as_ref());
        let starts = [total, reading, writing].map(|phase| Some(phase?.start?.get()));
        let created = job.creation_time.map(EpochMillis::get);
        let mut phases = Vec::new();
        let Some(origin) = created.or_else(|| starts.into_iter().flatten().min()) else {
            return Ok(Self { end: 0, ended: true, queued: false, phases });
        };
        if starts.into_iter().flatten().any(|start| start < origin.saturating_sub(SKEW)) {
            return Err(Odd);
        }
        for (part, phase) in [(Part::Reading, reading), (Part::Writing, writing)] {
            if let Some((from, to)) = phase.and_then(bounds) {
                phases.push(Begun {
                    part,
                    from: since(from, origin),
                    to: to.map(|to| since(to, origin)),
                });
            }
        }
        phases.sort_by_key(|phase| phase.from);
        let ended = job.is_terminal();
        let told = total.and_then(bounds).and_then(|(_, to)| to);
        let last = phases.iter().filter_map(|phase| phase.to).max();
        let end = if ended {
            let updated = job.update_time.map(EpochMillis::get);
            told.or(updated.filter(|_| last.is_none())).map(|at| at.saturating_sub(origin))
        } else {
            Some(now.saturating_sub(origin).max(0))
        };
        let end = end.into_iter().chain(last).max().unwrap_or(0);
        let backwards = phases.iter().any(|phase| phase.to.is_some_and(|to| to < phase.from));
        if end < 0 || backwards {
            return Err(Odd);
        }
        let queued = matches!(job.status, Some(JobStatus::New | JobStatus::Queued));
        Ok(Self { end, ended, queued, phases })
    }

    /// The whole time, cut where something begins or ends. Where reading and writing overlap, the
    /// one that began later shows.
    fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Cut::default();
        let Some(first) = self.phases.first() else {
            pieces.up_to(self.end, if self.queued { Part::Waiting } else { Part::Untold });
            return pieces.0;
        };
        pieces.up_to(first.from, Part::Waiting);
        let next = self.phases.iter().skip(1).map(|phase| phase.from).chain([self.end]);
        for (phase, next) in self.phases.iter().zip(next) {
            match phase.to {
                Some(to) => pieces.up_to(to.min(next), phase.part),
                None if self.ended => {}
                None => pieces.up_to(next, phase.part),
            }
            pieces.up_to(next, Part::Untold);
        }
        pieces.0
    }
}

/// Pieces, one after the other.
#[derive(Default)]
struct Cut(Vec<Piece>);

impl Cut {
    fn up_to(&mut self, to: i64, part: Part) {
        let from = self.0.last().map_or(0, |piece| piece.to);
        let to = u64::try_from(to).unwrap_or(0);
        if to > from {
            self.0.push(Piece { part, from, to });
        }
    }
}

fn bounds(phase: &Phase) -> Option<(i64, Option<i64>)> {
    let from = phase.start?.get();
    let measured = || from.checked_add(i64::try_from(phase.total_ms?).ok()?);
    Some((from, phase.end.map(EpochMillis::get).or_else(measured)))
}

/// Milliseconds from `origin` to `at`; a little before it counts as at it.
fn since(at: i64, origin: i64) -> i64 {
    let passed = at.saturating_sub(origin);
    if (-SKEW..0).contains(&passed) { 0 } else { passed }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn line(job: Value, now: i64) -> Line {
        Line::of(&serde_json::from_value(job).unwrap(), now)
    }

    fn pieces(job: Value) -> Vec<(&'static str, u64, u64)> {
        let line = line(job, 10_000);
        line.pieces.iter().map(|piece| (piece.part.name(), piece.from, piece.to)).collect()
    }

    #[test]
    fn time_is_cut_where_the_service_says_so_and_nowhere_else() {
        let phase = |from: i64, to: i64| json!({"startTimeInMs": from, "endTimeInMs": to});
        let begun = |from: i64| json!({"startTimeInMs": from});
        let cases = [
            (
                "all phases",
                json!({"status": "SUCCEEDED", "creationTime": 1000, "metrics": {
                "totalTime": phase(1000, 5000), "profileExportTime": phase(1500, 3000),
                "aCPDatasetWriteTime": phase(3200, 4900)}}),
                vec![
                    ("waiting", 0, 500),
                    ("reading", 500, 2000),
                    ("not told", 2000, 2200),
                    ("writing", 2200, 3900),
                    ("not told", 3900, 4000),
                ],
            ),
            (
                "still reading",
                json!({"status": "PROCESSING", "creationTime": 1000, "metrics": {
                "totalTime": begun(1000), "profileExportTime": begun(1500)}}),
                vec![("waiting", 0, 500), ("reading", 500, 9000)],
            ),
            (
                "failed while reading: when that ended is not told",
                json!({"status": "FAILED", "creationTime": 1000, "metrics": {
                "totalTime": phase(1000, 5000), "profileExportTime": begun(1500)}}),
                vec![("waiting", 0, 500), ("not told", 500, 4000)],
            ),
            (
                "no metrics",
                json!({"status": "FAILED", "creationTime": 1000, "updateTime": 3000}),
                vec![("not told", 0, 2000)],
            ),
            (
                "not begun",
                json!({"status": "NEW", "creationTime": 1000}),
                vec![("waiting", 0, 9000)],
            ),
            (
                "at work, and nothing told",
                json!({"status": "PROCESSING", "creationTime": 1000}),
                vec![("not told", 0, 9000)],
            ),
            (
                "a state of the future",
                json!({"status": "RESTING", "creationTime": 1000}),
                vec![("not told", 0, 9000)],
            ),
            (
                "overlapping",
                json!({"status": "SUCCEEDED", "creationTime": 1000, "metrics": {
                "profileExportTime": phase(1000, 3000), "aCPDatasetWriteTime": phase(2000, 4000)}}),
                vec![("reading", 0, 1000), ("writing", 1000, 3000)],
            ),
            (
                "lengths instead of ends",
                json!({"status": "SUCCEEDED", "creationTime": 1000,
                "metrics": {"profileExportTime": {"startTimeInMs": 1500, "totalTimeInMs": 100}}}),
                vec![("waiting", 0, 500), ("reading", 500, 600)],
            ),
            (
                "a clock that is a little behind",
                json!({"status": "SUCCEEDED",
                "creationTime": 1000, "metrics": {"profileExportTime": phase(990, 2000)}}),
                vec![("reading", 0, 1000)],
            ),
            (
                "no creation time",
                json!({"status": "SUCCEEDED",
                "metrics": {"profileExportTime": phase(1500, 2000)}}),
                vec![("reading", 0, 500)],
            ),
            ("nothing at all", json!({}), vec![]),
        ];
        for (what, job, expected) in cases {
            assert_eq!(pieces(job), expected, "{what}");
        }
    }

    #[test]
    fn times_that_contradict_each_other_are_not_drawn() {
        for job in [
            // As in documented samples: created months after it ran.
            json!({"status": "SUCCEEDED", "creationTime": 9_000_000, "metrics": {
                "totalTime": {"startTimeInMs": 1000, "endTimeInMs": 5000, "totalTimeInMs": 4000}}}),
            json!({"status": "SUCCEEDED", "creationTime": 1000, "metrics": {
                "profileExportTime": {"startTimeInMs": 5000, "endTimeInMs": 2000}}}),
            json!({"status": "FAILED", "creationTime": 5000, "updateTime": 1000}),
        ] {
            let line = line(job.clone(), 10_000_000);
            assert!(line.odd && line.pieces.is_empty(), "{job}: {line:?}");
        }
    }

    #[test]
    fn errors_of_a_job_that_succeeded_are_no_failures() {
        let errors = json!([{"code": "0090000009", "msg": "m"}]);
        let job = |status| line(json!({"status": status, "errors": errors}), 0);
        assert_eq!(job("SUCCEEDED").errors, []);
        assert_eq!(job("FAILED").errors, [(Some("0090000009".to_owned()), Some("m".to_owned()))]);
    }

    fn any_time() -> impl Strategy<Value = Value> {
        prop_oneof![
            3 => (0_i64..200_000).prop_map(Value::from),
            1 => any::<i64>().prop_map(Value::from),
            1 => Just(Value::Null),
        ]
    }

    fn any_phase() -> impl Strategy<Value = Value> {
        (any_time(), any_time(), any_time()).prop_map(|(start, end, total)| {
            json!({"startTimeInMs": start, "endTimeInMs": end, "totalTimeInMs": total})
        })
    }

    proptest! {
        #[test]
        fn pieces_follow_each_other_from_the_creation_on(
            status in prop::sample::select(JobStatus::KNOWN.to_vec()),
            times in prop::array::uniform2(any_time()),
            phases in prop::array::uniform3(any_phase()),
            now in any::<i64>(),
        ) {
            let [created, updated] = times;
            let [total, reading, writing] = phases;
            let line = line(json!({"status": status, "creationTime": created, "updateTime": updated,
                "metrics": {"totalTime": total, "profileExportTime": reading,
                            "aCPDatasetWriteTime": writing}}), now);
            let mut at = 0;
            for piece in &line.pieces {
                prop_assert_eq!(piece.from, at);
                prop_assert!(piece.to > piece.from);
                at = piece.to;
            }
            prop_assert!(!line.odd || line.pieces.is_empty());
        }
    }
}
