//! What became of several jobs: written in order, one failure not losing the others.

use std::io;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::output::cell::Cell;
use crate::output::{Format, List};

/// So many calls are under way at once.
pub(crate) const AT_ONCE: usize = 4;

/// What became of one job.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What the service has said of it.
    pub(crate) said: Option<Said>,
    pub(crate) failure: Option<Failure>,
}

/// What the service has said of a job.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) raw: Bytes,
    pub(crate) id: String,
    /// Its values, in the order of the columns.
    pub(crate) row: Vec<Cell>,
}

/// What happens where nobody reads any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Nothing more is asked for.
    Stops,
    /// What is to be done to the jobs is done to each.
    GoesOn,
}

/// Writes what became of `all` jobs as it is known, and says of each why it failed. `doing` is what
/// was done with them: `get`.
///
/// # Errors
/// Not all went well: of the kind that they have in common, else partly done.
pub(crate) async fn write(
    context: &mut Context,
    doing: &str,
    all: usize,
    outcomes: impl Stream<Item = Outcome>,
    unread: Unread,
) -> Result<(), Failure> {
    let talk = &mut context.talk;
    let in_table = context.out.format() == Format::Table;
    let mut list = context.out.list();
    let (mut failures, mut unwritten) = (Vec::new(), None);
    let mut outcomes = std::pin::pin!(outcomes);
    while let Some(Outcome { said, failure }) = outcomes.next().await {
        if let Some(said) = said
            && unwritten.is_none()
        {
            // A table looks better when it is made at once.
            unwritten = tell(&mut list, said, !in_table).err();
        }
        if let Some(failure) = failure {
            if all > 1 {
                talk.failure(&failure);
            }
            failures.push(failure);
        }
        if unwritten.is_some() && unread == Unread::Stops {
            break;
        }
    }
    let ended = list.end();
    summary(doing, all, &failures)?;
    Ok(unwritten.map_or(ended, Err)?)
}

fn tell(list: &mut List<'_>, said: Said, at_once: bool) -> io::Result<()> {
    let Said { raw, id, row } = said;
    list.page(&raw)?;
    // An accepted cancel may be answered with nothing, which is no record.
    if !(raw.trim_ascii().is_empty() && list.needs_json()) {
        list.record(&raw, &id, || row)?;
    }
    if at_once { list.flush() } else { Ok(()) }
}

fn summary(doing: &str, all: usize, failures: &[Failure]) -> Result<(), Failure> {
    let failed = failures.len();
    let Some(first) = failures.first() else { return Ok(()) };
    if all == 1 {
        return Err(first.clone());
    }
    let agree = failed == all && failures.iter().all(|failure| failure.exit() == first.exit());
    let kind = if agree { first.kind() } else { Kind::Partly };
    Err(Failure::new(kind, format!("{doing}: {failed} of {all} jobs did not go well")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_common_one_or_partly_done() {
        let of = |all: usize, kinds: &[Kind]| {
            let failures: Vec<Failure> =
                kinds.iter().map(|kind| Failure::new(*kind, "m")).collect();
            summary("get", all, &failures).map_err(|failure| failure.exit().code())
        };
        assert_eq!(of(3, &[]), Ok(()));
        assert_eq!(of(2, &[Kind::NotFound, Kind::NotFound]), Err(3));
        assert_eq!(of(2, &[Kind::NotFound]), Err(11));
        assert_eq!(of(2, &[Kind::NotFound, Kind::JobFailed]), Err(11));
        // Two kinds, one code.
        assert_eq!(of(2, &[Kind::Network, Kind::RateLimited]), Err(10));
        assert_eq!(of(1, &[Kind::JobFailed]), Err(6));
    }
}
