//! Waiting for several jobs at once.

use std::time::Duration;

use aep_export_api::{Client, Reply, Snapshot, WaitError};
use aep_export_model::{ExportJob, JobId};
use futures_util::{Stream, StreamExt, stream};

use super::{Followed, Shown, TICK, policy};
use crate::context::Context;
use crate::duration::Limit;
use crate::failure::{Failure, Kind};
use crate::several::AT_ONCE;

/// How the wait for one job ended.
pub(crate) struct Waited {
    pub(crate) id: JobId,
    last: Option<Reply<ExportJob>>,
    error: Option<WaitError<ExportJob>>,
    began: bool,
    shown: Shown,
}

impl Waited {
    fn new(id: &JobId) -> Self {
        let shown = Shown::of(ExportJob::named(id));
        Self { id: id.clone(), last: None, error: None, began: false, shown }
    }

    /// The job as it was last seen.
    pub(crate) fn job(&self) -> Option<&Reply<ExportJob>> {
        self.last.as_ref().or_else(|| self.error.as_ref()?.job())
    }

    /// The same, without the rest.
    pub(crate) fn into_job(self) -> Option<Reply<ExportJob>> {
        self.last.or_else(|| self.error?.job().cloned())
    }

    /// What ended the wait but the job's success.
    pub(crate) fn error(&self) -> Option<&WaitError<ExportJob>> {
        self.error.as_ref()
    }

    /// Why it did not succeed.
    pub(crate) fn failure(&self, context: &Context) -> Option<Failure> {
        match &self.error {
            Some(error) => Some(Failure::of_wait(error, Some(&context.wait_again(&self.id)))),
            None if self.last.is_none() => {
                let message = format!("nothing is known of job {}", self.id);
                Some(Failure::new(Kind::Other, message).of_job(self.id.as_str()))
            }
            None => None,
        }
    }

    fn is_over(&self) -> bool {
        self.error.is_some() || (self.last.is_some() && self.shown.next_look.is_none())
    }

    fn is_watched(&self) -> bool {
        self.began && !self.is_over()
    }
}

/// Waits until each job has ended, for a few of them at once. The others get their turn when one of
/// those has ended; a `timeout` is that of all together, and each is looked at once at least.
pub(crate) async fn wait_for_all(
    context: &mut Context,
    client: &Client,
    ids: &[JobId],
    interval: Option<Duration>,
    timeout: Option<Duration>,
) -> Vec<Waited> {
    let limit = match context.global.timeout {
        Some(Limit::After(limit)) => Some(limit),
        Some(Limit::None) | None => None,
    };
    let (clock, emulator) = (context.clock.clone(), context.global.emulator);
    let began = clock.elapsed();
    let looks = stream::iter(ids.iter().enumerate())
        .map(|(number, id)| {
            let gone_by = clock.elapsed().saturating_sub(began);
            let left = timeout.map(|timeout| timeout.saturating_sub(gone_by));
            let policy = policy(interval, left, limit, emulator);
            client.export_jobs().wait(id).policy(policy).map(move |look| (number, look))
        })
        .flatten_unordered(AT_ONCE);
    let mut looks = std::pin::pin!(looks);
    let mut jobs: Vec<Waited> = ids.iter().map(Waited::new).collect();
    while let Some((number, look)) = next_look(context, &mut looks, &mut jobs).await {
        let Some(job) = jobs.get_mut(number) else { continue };
        match look {
            Ok(snapshot) => {
                job.began = true;
                job.shown.take_in(context, &snapshot);
                job.last = snapshot.answer.ok().or(job.last.take());
            }
            Err(error) => job.error = Some(error),
        }
        context.talk.live_lines(&lines(&jobs));
    }
    context.talk.wipe();
    jobs
}

type Look = (usize, Result<Snapshot<ExportJob>, WaitError<ExportJob>>);

/// The next look at any of them; meanwhile the lines on the terminal are kept alive.
async fn next_look(
    context: &mut Context,
    looks: &mut (impl Stream<Item = Look> + Unpin),
    jobs: &mut [Waited],
) -> Option<Look> {
    loop {
        let tick = context.clock.sleep(TICK);
        tokio::select! {
            look = looks.next() => return look,
            () = tick, if context.talk.manner().live => {
                jobs.iter_mut().filter(|job| job.is_watched()).for_each(|job| job.shown.tick(TICK));
                context.talk.live_lines(&lines(jobs));
            }
        }
    }
}

/// How many have ended, and how it goes with those that are watched.
fn lines(jobs: &[Waited]) -> Vec<String> {
    if let [one] = jobs {
        return vec![one.shown.line()];
    }
    let over = jobs.iter().filter(|job| job.is_over()).count();
    let watched = jobs.iter().filter(|job| job.is_watched()).map(|job| job.shown.line());
    std::iter::once(format!("{over} of {} jobs", jobs.len())).chain(watched).collect()
}
