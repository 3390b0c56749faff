//! Why a command did not do what it was asked: the sentence, the hint, the exit code.

use std::time::Duration;

use aep_export_model::JobId;
use serde::Serialize;

use crate::exit::Exit;
use crate::interruption::AnyJob;

/// A command's failure.
///
/// The message is one sentence that says what and where. The hint is the next thing to do; hints
/// live in this crate only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure(Box<Told>);

/// The failure in the words of its JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Told {
    kind: Kind,
    message: String,
    /// What the message is made of, if it tells of several things.
    #[serde(skip)]
    problems: Vec<String>,
    hint: Option<String>,
    http_status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    retryable: bool,
    job_id: Option<String>,
    attempts: Option<u32>,
    elapsed_ms: Option<u64>,
    earlier_request_ids: Vec<String>,
    sent_request_id: Option<String>,
    segment_job_id: Option<String>,
}

/// What is known of the call that failed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answered {
    pub(crate) http_status: Option<u16>,
    pub(crate) code: Option<String>,
    /// Of the last answer.
    pub(crate) request_id: Option<String>,
    pub(crate) retryable: bool,
    pub(crate) attempts: Option<u32>,
    /// From the first attempt to the end of the last one.
    pub(crate) elapsed: Option<Duration>,
    /// Of the answers before the last one.
    pub(crate) earlier_request_ids: Vec<String>,
    /// What the call was sent under.
    pub(crate) sent_request_id: Option<String>,
}

/// What kind of failure, as scripts see it in JSON and people in the exit code; [`KINDS`] says what
/// each means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Usage,
    NotFound,
    Auth,
    Permission,
    Rejected,
    RateLimited,
    Service,
    Network,
    Busy,
    Timeout,
    JobFailed,
    JobCancelled,
    UnknownOutcome,
    BadAnswer,
    Check,
    Partly,
    LocalIo,
    Interrupted,
    Terminated,
    /// The reader of standard output went away: nothing to say to anybody.
    ClosedPipe,
    Other,
}

/// Every kind that is told, with what it means.
pub(crate) const KINDS: [(Kind, &str); 20] = [
    (Kind::Usage, "wrong usage or invalid input; nothing was sent"),
    (Kind::NotFound, "the service has no such thing"),
    (Kind::Auth, "no credentials, or refused ones"),
    (Kind::Permission, "signed in, but not permitted"),
    (Kind::Rejected, "the service will not do what was asked"),
    (Kind::RateLimited, "the service asked for fewer calls"),
    (Kind::Service, "the service has a fault of its own"),
    (Kind::Network, "the service cannot be reached"),
    (Kind::Busy, "another process holds the embedded emulator's data"),
    (Kind::Timeout, "the limit of `--timeout` was reached"),
    (Kind::JobFailed, "the job ended FAILED"),
    (Kind::JobCancelled, "the job was cancelled"),
    (Kind::UnknownOutcome, "a create was sent and nobody knows whether it was done"),
    (Kind::BadAnswer, "the service's answer makes no sense"),
    (Kind::Check, "downloaded data is not what the service said it would be"),
    (Kind::Partly, "some of it was done"),
    (Kind::LocalIo, "a file, a folder or the terminal"),
    (Kind::Interrupted, "Ctrl-C"),
    (Kind::Terminated, "SIGTERM"),
    (Kind::Other, "anything else"),
];

impl Kind {
    /// As it stands in JSON.
    pub(crate) fn name(self) -> String {
        let name = serde_json::to_value(self).ok();
        name.and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }

    pub(crate) fn exit(self) -> Exit {
        match self {
            Self::Usage => Exit::Usage,
            Self::NotFound => Exit::NotFound,
            Self::Auth | Self::Permission => Exit::NotPermitted,
            Self::Rejected => Exit::Rejected,
            Self::RateLimited | Self::Service | Self::Network | Self::Busy => Exit::Unreachable,
            Self::Timeout => Exit::NotFinished,
            Self::JobFailed => Exit::JobFailed,
            Self::JobCancelled => Exit::JobCancelled,
            Self::UnknownOutcome => Exit::UnknownOutcome,
            Self::Check => Exit::CheckFailed,
            Self::Partly => Exit::PartlyDone,
            Self::Interrupted => Exit::Interrupted,
            Self::Terminated => Exit::Terminated,
            Self::ClosedPipe => Exit::Done,
            Self::BadAnswer | Self::LocalIo | Self::Other => Exit::Other,
        }
    }
}

impl Failure {
    /// A failure of `kind`, told in one sentence.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Told {
            kind,
            message: message.into(),
            hint: None,
            http_status: None,
            code: None,
            request_id: None,
            retryable: matches!(
                kind,
                Kind::RateLimited | Kind::Service | Kind::Network | Kind::Busy | Kind::Timeout
            ),
            job_id: None,
            attempts: None,
            elapsed_ms: None,
            earlier_request_ids: Vec::new(),
            sent_request_id: None,
            segment_job_id: None,
            problems: Vec::new(),
        }))
    }

    /// Wrong usage or invalid input.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Several things that are wrong with the input.
    pub(crate) fn of_problems(problems: Vec<String>) -> Self {
        let message = format!("{} problems: {}", problems.len(), problems.join("; "));
        let mut failure = Self::usage(message);
        failure.0.problems = problems;
        failure
    }

    /// Trouble with a file or a folder.
    pub(crate) fn io(what: impl std::fmt::Display, error: &std::io::Error) -> Self {
        Self::new(Kind::LocalIo, format!("{what}: {}", reason(error)))
    }

    /// The same failure as one of the input: a file that was named wrongly, for example.
    #[must_use]
    pub(crate) fn of_input(mut self) -> Self {
        self.0.kind = Kind::Usage;
        self
    }

    /// The same failure with the next thing to do.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same failure with one more thing to do.
    #[must_use]
    pub(crate) fn also_hint(mut self, more: &str) -> Self {
        self.0.hint = Some(match self.0.hint.take() {
            Some(hint) => format!("{hint}; {more}"),
            None => more.to_owned(),
        });
        self
    }

    /// The same failure with what else was found out.
    #[must_use]
    pub(crate) fn adding(mut self, more: &str) -> Self {
        self.0.message = format!("{}; {more}", self.0.message);
        self
    }

    /// The same failure in other words, where its own and what to do about it were told already.
    #[must_use]
    pub(crate) fn told_as(mut self, message: String) -> Self {
        self.0.message = message;
        self.0.hint = None;
        self.0.request_id = None;
        self.0.earlier_request_ids = Vec::new();
        self
    }

    /// The same failure as one of another kind.
    #[must_use]
    pub(crate) fn of_kind(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// The same failure of the job `job`.
    #[must_use]
    pub(crate) fn of_job(mut self, job: impl Into<String>) -> Self {
        self.0.job_id = Some(job.into());
        self
    }

    /// The same failure of a job of either kind.
    #[must_use]
    pub(crate) fn of_any_job(mut self, job: &AnyJob) -> Self {
        let id = Some(job.id().to_owned());
        match job {
            AnyJob::Export(_) => self.0.job_id = id,
            AnyJob::Segment(_) => self.0.segment_job_id = id,
        }
        self
    }

    /// The same failure of the job that the command was about, unless it names one itself.
    #[must_use]
    pub(crate) fn about(mut self, job: Option<&JobId>) -> Self {
        self.0.job_id = self.0.job_id.or_else(|| job.map(ToString::to_string));
        self
    }

    /// The same failure with what is known of the call.
    #[must_use]
    pub(crate) fn answered(mut self, call: Answered) -> Self {
        self.0.http_status = call.http_status;
        self.0.code = call.code;
        self.0.request_id = call.request_id;
        self.0.retryable = call.retryable;
        self.0.attempts = call.attempts;
        self.0.elapsed_ms =
            call.elapsed.map(|elapsed| u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX));
        self.0.earlier_request_ids = call.earlier_request_ids;
        self.0.sent_request_id = call.sent_request_id;
        self
    }

    pub(crate) fn kind(&self) -> Kind {
        self.0.kind
    }

    pub(crate) fn exit(&self) -> Exit {
        self.0.kind.exit()
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    pub(crate) fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    pub(crate) fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// What it says, for people: each of several problems on a line of its own.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let told = &self.0;
        if told.problems.is_empty() {
            return vec![told.message.clone()];
        }
        let head = format!("{} problems:", told.problems.len());
        std::iter::once(head).chain(told.problems.iter().map(|one| format!("  {one}"))).collect()
    }

    /// What to do next.
    pub(crate) fn next_step(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// What is said of it where the program goes on without what failed.
    pub(crate) fn in_passing(&self) -> String {
        let mend = self.next_step().map(|hint| format!("; mend it with: {hint}"));
        format!("{}{}", self.message(), mend.unwrap_or_default())
    }

    /// What a person needs to tell the service's support: the ids of the exchanges.
    pub(crate) fn trail(&self) -> Vec<String> {
        let told = &self.0;
        let mut trail = Vec::new();
        trail.extend(told.request_id.as_ref().map(|id| format!("request id {id}")));
        // Where there was no answer, or not a usable one, it is all that there is to look for.
        let sent = told.sent_request_id.as_ref().filter(|_| told.kind == Kind::UnknownOutcome);
        trail.extend(sent.map(|id| format!("sent under the request id {id}")));
        if !told.earlier_request_ids.is_empty() {
            trail.push(format!("earlier request ids {}", told.earlier_request_ids.join(", ")));
        }
        trail
    }

    /// One line for programs; text of the service goes in as it is.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_else(|_| r#"{"kind":"other"}"#.to_owned())
    }
}

/// Writing to standard output failed: a closed pipe is no one's fault.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::new(Kind::ClosedPipe, "closed pipe"),
            // Nothing was wrong with writing: what was to be written does not fit the form.
            std::io::ErrorKind::InvalidData => Self::new(Kind::Other, error.to_string()),
            _ => Self::io("cannot write to standard output", &error),
        }
    }
}

/// The reason of an input/output error without the system's number.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text.get(..end).unwrap_or(&text).to_lowercase(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_every_key_on_one_line() {
        let failure = Failure::new(Kind::Rejected, "no such dataset\nat all")
            .answered(Answered {
                http_status: Some(400),
                code: Some("400003".to_owned()),
                request_id: Some("abc".to_owned()),
                attempts: Some(2),
                elapsed: Some(Duration::from_millis(1500)),
                earlier_request_ids: vec!["xyz".to_owned()],
                ..Answered::default()
            })
            .of_job("7");
        assert_eq!(
            failure.json(),
            r#"{"kind":"rejected","message":"no such dataset\nat all","hint":null,"http_status":400,"code":"400003","request_id":"abc","retryable":false,"job_id":"7","attempts":2,"elapsed_ms":1500,"earlier_request_ids":["xyz"],"sent_request_id":null,"segment_job_id":null}"#
        );
    }

    #[test]
    fn the_trail_is_every_id_that_support_can_look_for() {
        let of = |kind, request_id: Option<&str>| {
            Failure::new(kind, "m").answered(Answered {
                request_id: request_id.map(str::to_owned),
                earlier_request_ids: vec!["a".to_owned(), "b".to_owned()],
                sent_request_id: Some("ours".to_owned()),
                ..Answered::default()
            })
        };
        let earlier = "earlier request ids a, b";
        assert_eq!(of(Kind::Service, Some("c")).trail(), ["request id c", earlier]);
        let sent = "sent under the request id ours";
        assert_eq!(of(Kind::UnknownOutcome, None).trail(), [sent, earlier]);
        assert!(Failure::usage("m").trail().is_empty());
    }

    #[test]
    fn hints_add_up() {
        let failure = Failure::usage("m").also_hint("do this").also_hint("do that");
        assert_eq!(failure.next_step(), Some("do this; do that"));
    }

    #[test]
    fn input_output_errors_read_like_sentences() {
        let missing = std::io::Error::from_raw_os_error(2);
        let failure = Failure::io("cannot read job.json", &missing);
        assert_eq!(failure.message(), "cannot read job.json: no such file or directory");
    }
}
