//! The exit codes: one table for the program, its help and its tests.

use std::process::ExitCode;

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Exit {
    Done,
    Other,
    Usage,
    NotFound,
    NotPermitted,
    Rejected,
    JobFailed,
    JobCancelled,
    NotFinished,
    UnknownOutcome,
    Unreachable,
    PartlyDone,
    CheckFailed,
    Interrupted,
    Terminated,
}

/// Every exit code with its meaning, in the order of the codes.
pub(crate) const TABLE: [(Exit, u8, &str); 15] = [
    (Exit::Done, 0, "done"),
    (Exit::Other, 1, "anything not below"),
    (Exit::Usage, 2, "wrong usage or invalid input; nothing was sent"),
    (Exit::NotFound, 3, "not found"),
    (Exit::NotPermitted, 4, "not signed in, or not permitted"),
    (Exit::Rejected, 5, "the service rejected the request"),
    (Exit::JobFailed, 6, "the job failed"),
    (Exit::JobCancelled, 7, "the job was cancelled"),
    (Exit::NotFinished, 8, "not finished within --timeout"),
    (Exit::UnknownOutcome, 9, "a create was sent and its outcome is unknown"),
    (Exit::Unreachable, 10, "service or network unreachable"),
    (Exit::PartlyDone, 11, "partly done"),
    (Exit::CheckFailed, 12, "downloaded data failed its check"),
    (Exit::Interrupted, 130, "interrupted (SIGINT)"),
    (Exit::Terminated, 143, "terminated (SIGTERM)"),
];

impl Exit {
    /// The number a script sees.
    pub(crate) fn code(self) -> u8 {
        TABLE.iter().find(|(exit, _, _)| *exit == self).map_or(1, |(_, code, _)| *code)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The table as `--help` shows it.
pub(crate) fn help() -> String {
    let rows: Vec<String> =
        TABLE.iter().map(|(_, code, meaning)| format!("  {code:>3}  {meaning}")).collect();
    format!("Exit codes:\n{}", rows.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_contract() {
        let codes: Vec<u8> = TABLE.iter().map(|(_, code, _)| *code).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 130, 143]);
        assert_eq!(Exit::UnknownOutcome.code(), 9);
        assert_eq!(Exit::Terminated.code(), 143);
    }
}
