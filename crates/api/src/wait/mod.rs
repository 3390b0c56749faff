//! Waiting for a job: a pure step function under a stream and a future.

mod error;
mod job;
mod step;

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::StreamExt;
use futures_util::future::{Either, select};

use aep_export_model::ExportJob;

pub use self::error::WaitError;
pub use self::job::Job;
use self::step::{Step, Waiting};
pub use self::step::{WaitErrorKind, WaitPolicy};
use crate::{Client, Error, Reply};

/// How long the last look, which falls on the time-out, may take.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// A wait for the end of one job: an export job, unless another kind is named.
///
/// Await it for the finished job, or read it as a stream of [`Snapshot`]s: one for each look, given
/// out before the sleep that follows it. The stream ends after the snapshot of a job that has
/// succeeded; whatever else ends the wait is a [`WaitError`].
///
/// Dropping it ends the waiting, never the job.
///
/// # Example
/// ```no_run
/// # async fn example(client: &aep_export_api::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use futures_util::TryStreamExt;
///
/// let id = "42".into();
/// let mut looks = client.export_jobs().wait(&id);
/// while let Some(look) = looks.try_next().await? {
///     println!("{:?} after {:?}", look.job().and_then(|job| job.status.as_ref()), look.elapsed);
/// }
///
/// let finished = client.export_jobs().wait(&id).await?;
/// println!("{:?}", finished.batch_ids());
/// # Ok(())
/// # }
/// ```
pub struct Wait<J: Job = ExportJob> {
    client: Client,
    id: J::Id,
    policy: WaitPolicy,
    looks: Option<BoxStream<'static, Look<J>>>,
}

type Look<J> = Result<Snapshot<J>, WaitError<J>>;

/// One look at a job.
#[derive(Debug)]
#[non_exhaustive]
pub struct Snapshot<J = ExportJob> {
    /// What the service answered: the job, or a passing error.
    pub answer: Result<Reply<J>, Error>,
    /// Time since the wait began.
    pub elapsed: Duration,
    /// Time until the next look; `None` when this was the last one.
    pub next_look: Option<Duration>,
}

impl<J> Snapshot<J> {
    /// The job, unless this look went unanswered.
    pub fn job(&self) -> Option<&J> {
        self.answer.as_ref().ok().map(Reply::value)
    }
}

impl<J: Job> Wait<J> {
    pub(crate) fn new(client: Client, id: J::Id) -> Self {
        Self { client, id, policy: WaitPolicy::default(), looks: None }
    }

    /// Waits by this policy. Has no effect once the first look was asked for.
    #[must_use]
    pub fn policy(mut self, policy: WaitPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Looks for the second time after `interval`.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.policy.interval = interval;
        self
    }

    /// Gives up after `timeout`, at which it looks once more, for at most five seconds;
    /// [`Duration::ZERO`] looks once.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.policy.timeout = Some(timeout);
        self
    }
}

impl<J: Job> Stream for Wait<J> {
    type Item = Look<J>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let looks = this.looks.get_or_insert_with(|| {
            looks(Looking::new(this.client.clone(), this.id.clone(), this.policy)).boxed()
        });
        looks.poll_next_unpin(cx)
    }
}

impl<J: Job> IntoFuture for Wait<J> {
    type Output = Result<Reply<J>, WaitError<J>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut last = None;
            while let Some(look) = self.next().await {
                last = look?.answer.ok().or(last);
            }
            last.ok_or_else(|| {
                let id = self.id;
                WaitError::new(WaitErrorKind::Request, id, Duration::ZERO, None)
            })
        })
    }
}

/// The thin shell: looks, asks the step function, sleeps.
struct Looking<J: Job> {
    client: Client,
    id: J::Id,
    get: J::Get,
    waiting: Waiting,
    timeout: Option<Duration>,
    began: Duration,
    phase: Phase<J>,
    last_seen: Option<Reply<J>>,
}

enum Phase<J: Job> {
    LookAfter(Duration),
    Fail(Box<WaitError<J>>),
    Over,
}

impl<J: Job> Looking<J> {
    fn new(client: Client, id: J::Id, policy: WaitPolicy) -> Self {
        Self {
            began: client.clock().elapsed(),
            waiting: Waiting::new(policy),
            timeout: policy.timeout,
            client,
            get: J::get(&id),
            id,
            phase: Phase::LookAfter(Duration::ZERO),
            last_seen: None,
        }
    }

    fn elapsed(&self) -> Duration {
        self.client.clock().elapsed().saturating_sub(self.began)
    }

    async fn next(&mut self) -> Option<Look<J>> {
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Over => None,
            Phase::Fail(error) => Some(Err(*error)),
            Phase::LookAfter(delay) => {
                if !delay.is_zero() {
                    self.client.clock().sleep(delay).await;
                }
                let answer = self.look().await;
                Some(self.take_in(answer))
            }
        }
    }

    /// One request, cut off at the time-out. The last look falls on the time-out and has a moment
    /// more; a wait that looks just once is not cut off at all.
    async fn look(&self) -> Result<Reply<J>, Error> {
        let request = std::pin::pin!(self.client.execute(&self.get));
        let Some(timeout) = self.timeout.filter(|timeout| !timeout.is_zero()) else {
            return request.await;
        };
        let left = match timeout.saturating_sub(self.elapsed()) {
            Duration::ZERO => LAST_LOOK,
            left => left,
        };
        match select(request, self.client.clock().sleep(left)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(Error::timeout("no answer before the wait's time-out")),
        }
    }

    fn take_in(&mut self, answer: Result<Reply<J>, Error>) -> Look<J> {
        let elapsed = self.elapsed();
        let fraction = self.client.random().fraction();
        let status = answer.as_ref().map(|job| job.value().status());
        let step = self.waiting.step(status, elapsed, fraction);
        if let Ok(job) = &answer {
            self.last_seen = Some(job.clone());
        }
        let next_look = match step {
            Step::Succeeded => None,
            Step::LookAfter(delay) => {
                self.phase = Phase::LookAfter(delay);
                Some(delay)
            }
            Step::GivenUp(kind) => {
                let given_up =
                    WaitError::new(kind, self.id.clone(), elapsed, self.last_seen.take());
                match answer {
                    Err(cause) => return Err(given_up.because(cause)),
                    Ok(_) => self.phase = Phase::Fail(Box::new(given_up)),
                }
                None
            }
        };
        Ok(Snapshot { answer, elapsed, next_look })
    }
}

fn looks<J: Job>(start: Looking<J>) -> impl Stream<Item = Look<J>> + Send {
    futures_util::stream::unfold(start, |mut looking| async move {
        let item = looking.next().await?;
        Some((item, looking))
    })
}

impl<J: Job> fmt::Debug for Wait<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("id", &self.id)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
