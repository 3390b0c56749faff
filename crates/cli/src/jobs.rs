//! Export jobs as people see them: a row of a list, a block of values, a phase.

use std::time::Duration;

use aep_export_model::{ExportJob, JobId, JobStatus};

use crate::follow::Followed;
use crate::interruption::AnyJob;
use crate::output::cell::Cell;
use crate::output::columns::{Column, Kind};
use crate::output::{Facts, fact};

/// What is told of a job.
pub(crate) static KIND: Kind = Kind {
    name: "job",
    columns: &[
        Column::right("id"),
        Column::left("status"),
        Column::left("created"),
        Column::right("duration"),
        Column::right("profiles"),
        Column::left("dataset"),
        Column::left("updated").for_programs(),
        Column::left("batches").for_programs(),
        Column::text("fields").for_programs(),
        Column::left("merge_policy").for_programs(),
        Column::text("error").for_programs(),
    ],
    keyed: false,
};

/// A job's values, in the order of the columns.
pub(crate) fn row(job: &ExportJob) -> Vec<Cell> {
    let errors: Vec<String> = job.errors.iter().map(explain).collect();
    vec![
        id(job).into(),
        job.status.as_ref().map(ToString::to_string).into(),
        job.creation_time.into(),
        took(job).into(),
        profiles(job).into(),
        job.dataset_id().map(ToString::to_string).into(),
        job.update_time.into(),
        batches(job, " ").into(),
        job.fields.clone().into(),
        merge_policy(job).into(),
        Some(errors.join("; ")).filter(|errors| !errors.is_empty()).into(),
    ]
}

impl Followed for ExportJob {
    fn named(id: &JobId) -> AnyJob {
        AnyJob::Export(id.clone())
    }

    fn facts(&self) -> Facts {
        let mut block = vec![
            fact("job", id(self)),
            fact("status", self.status.as_ref().map(ToString::to_string)),
            fact("created", self.creation_time),
            fact("updated", self.update_time),
            fact("duration", took(self)),
            fact("profiles", profiles(self)),
            fact("dataset", self.dataset_id().map(ToString::to_string)),
            fact("batches", batches(self, ", ")),
            fact("fields", self.fields.clone()),
            fact("merge policy", merge_policy(self)),
        ];
        block.extend(self.errors.iter().map(|error| fact("error", Some(explain(error)))));
        Facts { row: row(self), block }
    }

    fn export(&self) -> Option<&ExportJob> {
        Some(self)
    }

    fn phase(&self) -> &'static str {
        let metrics = self.metrics.as_ref();
        let running = |phase: Option<&aep_export_model::Phase>| {
            phase.is_some_and(aep_export_model::Phase::is_running)
        };
        match self.status.as_ref() {
            Some(JobStatus::New | JobStatus::Queued) => "queued",
            Some(JobStatus::Cancelling) => "cancelling",
            Some(status) if status.is_terminal() => "ended",
            _ if running(metrics.and_then(|metrics| metrics.dataset_write_time.as_ref())) => {
                "writing the dataset"
            }
            _ if running(metrics.and_then(|metrics| metrics.profile_export_time.as_ref())) => {
                "reading profiles"
            }
            _ => "working",
        }
    }
}

fn batches(job: &ExportJob, separator: &str) -> Option<String> {
    let batches: Vec<&str> = job.batch_ids().iter().map(|id| id.as_str()).collect();
    Some(batches.join(separator)).filter(|batches| !batches.is_empty())
}

fn merge_policy(job: &ExportJob) -> Option<String> {
    Some(job.merge_policy.as_ref()?.id.as_ref()?.to_string())
}

/// An error of a job: its code, its message, and what the stack says beyond that.
pub(crate) fn explain(error: &aep_export_model::JobError) -> String {
    let message = error.message.as_deref().map(str::trim).filter(|message| !message.is_empty());
    let cause = error.call_stack.as_deref().and_then(|stack| cause(stack, message.unwrap_or("")));
    let said = match (message, cause) {
        (Some(message), Some(cause)) => Some(format!("{message} ({cause})")),
        (message, cause) => message.or(cause).map(str::to_owned),
    };
    match (error.code.as_deref(), said) {
        (Some(code), Some(said)) => format!("{code}: {said}"),
        (Some(code), None) => code.to_owned(),
        (None, Some(said)) => said,
        (None, None) => "no reason given".to_owned(),
    }
}

/// The first line of a stack that says something which the message does not: no frame, and no name
/// of a class alone, as in every published sample.
fn cause<'a>(stack: &'a str, message: &str) -> Option<&'a str> {
    let says = |line: &&str| {
        let is_frame = line.starts_with("at ") || line.starts_with("...");
        let is_sentence =
            line.contains(char::is_whitespace) || (message.is_empty() && !line.is_empty());
        let is_new = message.is_empty() || !line.contains(message);
        !is_frame && is_sentence && is_new
    };
    stack.lines().map(str::trim).find(says)
}

/// The job's id as text.
pub(crate) fn id(job: &ExportJob) -> Option<String> {
    job.id.as_ref().map(ToString::to_string)
}

/// How many profiles the job wrote.
pub(crate) fn profiles(job: &ExportJob) -> Option<u64> {
    job.metrics.as_ref()?.profiles()
}

/// How long the job took, from its own metrics, or from its times once it has ended.
pub(crate) fn took(job: &ExportJob) -> Option<Duration> {
    let measured = job.metrics.as_ref().and_then(|metrics| metrics.total_time.as_ref()?.duration());
    measured.or_else(|| {
        let ended = job.status.as_ref().is_some_and(JobStatus::is_terminal);
        let (from, to) = (job.creation_time?, job.update_time.filter(|_| ended)?);
        u64::try_from(to.get().checked_sub(from.get())?).ok().map(Duration::from_millis)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::when::When;

    fn job(json: &str) -> ExportJob {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_row_says_what_is_known_and_dashes_the_rest() {
        let full = job(r#"{"id": 24115, "status": "SUCCEEDED", "creationTime": 1538615973895,
                "updateTime": 1538616233239, "destination": {"datasetId": "61234567"},
                "metrics": {"totalExportedProfileCounter": 7,
                            "totalTime": {"startTimeInMs": 1000, "endTimeInMs": 8300}}}"#);
        let shown = |job: &ExportJob| {
            row(job).iter().map(|cell| cell.shown(&When::default())).collect::<Vec<_>>()
        };
        assert_eq!(
            shown(&full)[..6],
            ["24115", "SUCCEEDED", "2018-10-04T01:19:33Z", "7.3s", "7", "61234567"]
        );
        assert_eq!(shown(&job("{}")), vec!["-"; KIND.columns.len()]);
    }

    #[test]
    fn an_error_is_its_code_its_message_and_its_cause() {
        for (error, said) in [
            (
                r#"{"code":"0100000003","msg":"Error in Export Job","callStack":"com.adobe.aep.Logger"}"#,
                "0100000003: Error in Export Job",
            ),
            (
                r#"{"code":"unknown","msg":"Job aborted.","callStack":"org.apache.spark.SparkException: Job aborted.\n\tat a.b(C.scala:1)\nCaused by: java.io.IOException: No space left"}"#,
                "unknown: Job aborted. (Caused by: java.io.IOException: No space left)",
            ),
            (r#"{"callStack":"\n  no such file\n"}"#, "no such file"),
            (r#"{"code":"1","msg":" "}"#, "1"),
            (r#"{"code":"1","msg":"same words","callStack":"x: same words"}"#, "1: same words"),
            ("{}", "no reason given"),
        ] {
            assert_eq!(explain(&serde_json::from_str(error).unwrap()), said, "{error}");
        }
    }

    #[test]
    fn without_metrics_the_times_of_an_ended_job_tell() {
        let ended = r#"{"status":"FAILED","creationTime":1000,"updateTime":43000}"#;
        assert_eq!(took(&job(ended)), Some(Duration::from_secs(42)));
        let running = r#"{"status":"PROCESSING","creationTime":1000,"updateTime":43000}"#;
        assert_eq!(took(&job(running)), None);
        let absurd = r#"{"status":"FAILED","creationTime":43000,"updateTime":1000}"#;
        assert_eq!(took(&job(absurd)), None);
    }

    #[test]
    fn phases() {
        let cases = [
            (r#"{"status":"NEW"}"#, "queued"),
            (r#"{"status":"PROCESSING"}"#, "working"),
            (
                r#"{"status":"PROCESSING","metrics":{"profileExportTime":{"startTimeInMs":1}}}"#,
                "reading profiles",
            ),
            (
                r#"{"status":"PROCESSING","metrics":{
                    "profileExportTime":{"startTimeInMs":1,"endTimeInMs":2,"totalTimeInMs":1},
                    "aCPDatasetWriteTime":{"startTimeInMs":2}}}"#,
                "writing the dataset",
            ),
            (r#"{"status":"SUCCEEDED"}"#, "ended"),
            (r#"{"status":"SOMETHING"}"#, "working"),
        ];
        for (json, expected) in cases {
            assert_eq!(job(json).phase(), expected, "{json}");
        }
    }

    #[test]
    fn errors_are_explained_as_far_as_they_go() {
        let explained = |json: &str| explain(&serde_json::from_str(json).unwrap());
        assert_eq!(explained(r#"{"code":"0100000003","msg":"Error"}"#), "0100000003: Error");
        assert_eq!(
            explained(r#"{"code":"unknown","callStack":"\n a.b.C\n at"}"#),
            "unknown: a.b.C"
        );
        assert_eq!(explained("{}"), "no reason given");
    }
}
