//! Why a command did not do what it was asked: the sentence, the hint, the exit code.

use aep_export_model::JobId;
use serde::Serialize;

use crate::exit::Exit;

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
    hint: Option<String>,
    http_status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    retryable: bool,
    job_id: Option<String>,
}

/// What kind of failure, as scripts see it in JSON and people in the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Wrong usage or invalid input; nothing was sent.
    Usage,
    /// The service has no such thing.
    NotFound,
    /// No credentials, or refused ones.
    Auth,
    /// Signed in, but not permitted.
    Permission,
    /// The service will not do what was asked.
    Rejected,
    /// The service asked for fewer calls.
    RateLimited,
    /// The service has a fault of its own.
    Service,
    /// The service cannot be reached.
    Network,
    /// Another process holds the embedded emulator's data.
    Busy,
    /// The limit of `--timeout` was reached.
    Timeout,
    /// The job ended FAILED.
    JobFailed,
    /// The job was cancelled.
    JobCancelled,
    /// A create was sent and nobody knows whether it was done.
    UnknownOutcome,
    /// The service's answer makes no sense.
    BadAnswer,
    /// Downloaded data is not what the service said it would be.
    Check,
    /// Some of it was done.
    Partly,
    /// A file, a folder or the terminal.
    LocalIo,
    /// Ctrl-C.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// The reader of standard output went away: nothing to say to anybody.
    ClosedPipe,
    /// Anything else.
    Other,
}

impl Kind {
    fn exit(self) -> Exit {
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
        }))
    }

    /// Wrong usage or invalid input.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
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

    /// The same failure with what else was found out.
    #[must_use]
    pub(crate) fn adding(mut self, more: &str) -> Self {
        self.0.message = format!("{}; {more}", self.0.message);
        self
    }

    /// The same failure of the job `job`.
    #[must_use]
    pub(crate) fn of_job(mut self, job: impl Into<String>) -> Self {
        self.0.job_id = Some(job.into());
        self
    }

    /// The same failure of the job that the command was about, unless it names one itself.
    #[must_use]
    pub(crate) fn about(mut self, job: Option<&JobId>) -> Self {
        self.0.job_id = self.0.job_id.or_else(|| job.map(ToString::to_string));
        self
    }

    /// The same failure with what the service's answer said of itself.
    #[must_use]
    pub(crate) fn answered(
        mut self,
        http_status: Option<u16>,
        code: Option<String>,
        request_id: Option<String>,
        retryable: bool,
    ) -> Self {
        self.0.http_status = http_status;
        self.0.code = code;
        self.0.request_id = request_id;
        self.0.retryable = retryable;
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

    /// What to do next.
    pub(crate) fn next_step(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// What a person needs to tell the service's support, if anything.
    pub(crate) fn trail(&self) -> Option<String> {
        self.0.request_id.as_ref().map(|id| format!("request id {id}"))
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
            .answered(Some(400), Some("400003".to_owned()), Some("abc".to_owned()), false)
            .of_job("7");
        assert_eq!(
            failure.json(),
            r#"{"kind":"rejected","message":"no such dataset\nat all","hint":null,"http_status":400,"code":"400003","request_id":"abc","retryable":false,"job_id":"7"}"#
        );
    }

    #[test]
    fn input_output_errors_read_like_sentences() {
        let missing = std::io::Error::from_raw_os_error(2);
        let failure = Failure::io("cannot read job.json", &missing);
        assert_eq!(failure.message(), "cannot read job.json: no such file or directory");
    }
}
