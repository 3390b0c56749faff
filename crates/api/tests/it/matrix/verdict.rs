//! Whether what came of a call is right.

use std::fmt::Debug;

use aep_export_api::{Error, ErrorKind, Job, WaitError, WaitErrorKind};
use futures_util::{Stream, StreamExt};

/// A call that did not do what it was asked.
#[derive(Debug)]
pub(super) enum Failed {
    /// It says so.
    Error(Error),
    /// A wait that says so: what, why, and with which error.
    Wait(String, WaitErrorKind, Option<ErrorKind>),
    /// It does not say so: the worst that can happen.
    Wrong(String),
    /// It would never have ended.
    Hung,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl<J: Job> From<WaitError<J>> for Failed {
    fn from(wait: WaitError<J>) -> Self {
        let said = format!("{wait}: {:?}", wait.error().map(ToString::to_string));
        Self::Wait(said, wait.kind(), wait.error().map(Error::kind))
    }
}

impl Failed {
    /// What is to be said of it.
    pub(super) fn said(&self) -> String {
        match self {
            Self::Error(error) => error.to_string(),
            Self::Wait(said, ..) => said.clone(),
            Self::Wrong(what) => format!("a wrong success: {what}"),
            Self::Hung => "it would never have ended".to_owned(),
        }
    }

    /// The kind of error that the caller sees.
    pub(super) fn kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Error(error) => Some(error.kind()),
            Self::Wait(_, WaitErrorKind::Gone, _) => Some(ErrorKind::NotFound),
            Self::Wait(_, _, cause) => *cause,
            Self::Wrong(_) | Self::Hung => None,
        }
    }
}

/// Nothing of a list is lost or repeated: it is whole, or it is its beginning and then an error.
pub(super) async fn listed<T: PartialEq + Debug>(
    list: impl Stream<Item = Result<T, Error>>,
    truth: &[T],
) -> Result<(), Failed> {
    let mut list = std::pin::pin!(list);
    let mut seen = Vec::new();
    while let Some(item) = list.next().await {
        match item {
            Ok(item) => seen.push(item),
            Err(_) if !truth.starts_with(&seen) => return wrong(format!("the list is {seen:?}")),
            Err(error) => return Err(error.into()),
        }
    }
    if seen == truth { Ok(()) } else { wrong(format!("the list is {seen:?}, not {truth:?}")) }
}

pub(super) fn same<T: PartialEq + Debug>(seen: &T, right: &T) -> Result<(), Failed> {
    if seen == right { Ok(()) } else { wrong(format!("{seen:?} is not {right:?}")) }
}

pub(super) fn wrong(what: String) -> Result<(), Failed> {
    Err(Failed::Wrong(what))
}
