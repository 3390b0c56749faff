//! Waiting for a job, and showing how it goes.

mod several;
mod usual;

use std::time::Duration;

use aep_export_api::{Client, Job, Reply, Snapshot, Wait, WaitError, WaitPolicy};
use aep_export_model::{ExportJob, JobStatus};
use futures_util::StreamExt;
use serde_json::json;

use crate::context::Context;
use crate::duration::{self, Limit};
use crate::failure::{Failure, Kind};
use crate::interruption::AnyJob;
use crate::output::Facts;

pub(crate) use self::several::{Waited, wait_for_all};
use self::usual::Usual;

/// How often the line on a terminal is drawn anew.
const TICK: Duration = Duration::from_secs(1);
/// The job itself waits no longer for how long others took.
const PATIENCE: Duration = Duration::from_secs(5);
/// How soon to look again at a job of the emulator in this process.
const AT_THE_EMULATOR: Duration = Duration::from_millis(100);

/// A kind of job that can be waited for and shown.
pub(crate) trait Followed: Job {
    /// The job `id` as messages have it.
    fn named(id: &Self::Id) -> AnyJob;
    /// What is known of it.
    fn facts(&self) -> Facts;
    /// What it is doing, in a word or two.
    fn phase(&self) -> &'static str;
    /// The job as an export job, if it is one.
    fn export(&self) -> Option<&ExportJob> {
        None
    }
}

/// Waits until the job has succeeded and gives its last state.
///
/// `timeout` of zero looks once; `None` waits as long as it takes. When the wait ends in another way
/// the job as it was last seen is written out here, and the failure says why.
pub(crate) async fn follow<J: Followed>(
    context: &mut Context,
    client: &Client,
    id: &J::Id,
    interval: Option<Duration>,
    timeout: Option<Duration>,
) -> Result<Reply<J>, Failure> {
    let ended_badly = match watch(context, client, id, interval, timeout).await {
        Ok(job) => return Ok(job),
        Err(ended_badly) => ended_badly,
    };
    // The job that was seen last is data, however the wait ended.
    if let Some(job) = ended_badly.last_seen {
        // Nobody to read it, or no room for it: what became of the job is told all the same.
        let id = J::named(id);
        let _ = context.out.document(job.raw(), id.id(), || job.value().facts());
    }
    Err(ended_badly.failure)
}

/// A wait that did not end with a success.
pub(crate) struct EndedBadly<J> {
    pub(crate) failure: Failure,
    last_seen: Option<Reply<J>>,
}

/// The same, with nothing written out.
pub(crate) async fn watch<J: Followed>(
    context: &mut Context,
    client: &Client,
    id: &J::Id,
    interval: Option<Duration>,
    timeout: Option<Duration>,
) -> Result<Reply<J>, EndedBadly<J>> {
    let limit = match context.global.timeout {
        Some(Limit::After(limit)) => Some(limit),
        Some(Limit::None) | None => None,
    };
    let policy = policy(interval, timeout, limit, context.global.emulator);
    let mut looks = client.wait::<J>(id).policy(policy);
    let mut shown = Shown::of(J::named(id));
    let mut last = None;
    while let Some(look) = next_look(context, &mut looks, &mut shown).await {
        match look {
            Ok(snapshot) => {
                let is_first = last.is_none();
                shown.take_in(context, &snapshot);
                context.talk.live(&shown.line());
                last = snapshot.answer.ok().or(last);
                if is_first && context.talk.manner().live {
                    let patience = context.clock.sleep(PATIENCE);
                    shown.usual = tokio::select! {
                        usual = usual(client, last.as_ref()) => usual,
                        () = patience => None,
                    };
                    context.talk.live(&shown.line());
                }
            }
            Err(error) => {
                context.talk.wipe();
                let failure = Failure::of_wait(&error, context.stage.resume());
                return Err(EndedBadly { failure, last_seen: error.job().cloned() });
            }
        }
    }
    context.talk.wipe();
    last.ok_or_else(|| EndedBadly {
        failure: Failure::new(Kind::Other, format!("nothing is known of {}", shown.job)),
        last_seen: None,
    })
}

/// How long such a job may take; of one that has ended that is known.
async fn usual<J: Followed>(client: &Client, job: Option<&Reply<J>>) -> Option<Usual> {
    let job = job?.value();
    let has_ended = job.status().is_some_and(JobStatus::is_terminal);
    Usual::of_dataset(client, job.export().filter(|_| !has_ended)?).await
}

/// A chosen interval is kept to; the default one grows. The emulator is close by and quick: there
/// it begins small. An outage is borne as long as the whole command may take.
fn policy(
    interval: Option<Duration>,
    timeout: Option<Duration>,
    limit: Option<Duration>,
    emulator: bool,
) -> WaitPolicy {
    let default = WaitPolicy::default();
    let (first, longest) = match interval {
        Some(interval) => (interval, interval),
        None if emulator => (AT_THE_EMULATOR, default.interval),
        None => (default.interval, default.max_interval),
    };
    WaitPolicy { interval: first, max_interval: longest, timeout, outage: limit }
}

/// The next look; meanwhile the line on the terminal is kept alive.
async fn next_look<J: Followed>(
    context: &mut Context,
    looks: &mut Wait<J>,
    shown: &mut Shown,
) -> Option<Result<Snapshot<J>, WaitError<J>>> {
    loop {
        let tick = context.clock.sleep(TICK);
        tokio::select! {
            look = looks.next() => return look,
            () = tick, if context.talk.manner().live => {
                shown.tick(TICK);
                context.talk.live(&shown.line());
            }
        }
    }
}

/// What was last shown.
#[derive(Debug)]
struct Shown {
    job: AnyJob,
    status: String,
    phase: &'static str,
    elapsed: Duration,
    usual: Option<Usual>,
    next_look: Option<Duration>,
    trouble: Option<String>,
}

impl Shown {
    fn of(job: AnyJob) -> Self {
        Self {
            job,
            status: String::new(),
            phase: "",
            elapsed: Duration::ZERO,
            usual: None,
            next_look: None,
            trouble: None,
        }
    }

    fn take_in<J: Followed>(&mut self, context: &mut Context, snapshot: &Snapshot<J>) {
        self.elapsed = snapshot.elapsed;
        self.next_look = snapshot.next_look;
        match &snapshot.answer {
            Ok(job) => {
                self.trouble = None;
                self.changed(context, job.value());
            }
            Err(error) => self.troubled(context, error),
        }
    }

    /// One line for each change, where nobody watches a live one.
    fn changed<J: Followed>(&mut self, context: &mut Context, job: &J) {
        let status = job.status().map_or("(no status)", |status| status.as_str());
        let phase = job.phase();
        if self.status == status && self.phase == phase {
            return;
        }
        let from = std::mem::replace(&mut self.status, status.to_owned());
        self.phase = phase;
        if context.talk.manner().live || context.global.no_progress {
            return;
        }
        let at = context.time_of_day();
        let value = json!({
            "event": "state", "at": at, (self.job.key()): self.job.id(),
            "from": (!from.is_empty()).then_some(from), "to": status, "phase": phase,
        });
        let phase = if phase == "ended" { String::new() } else { format!(", {phase}") };
        context.talk.event(&value, &format!("{at}  {}  {status}{phase}", self.job));
    }

    fn troubled(&mut self, context: &mut Context, error: &aep_export_api::Error) {
        let trouble = Failure::of(error, &format!("look at {}", self.job)).message().to_owned();
        if self.trouble.as_ref() == Some(&trouble) {
            return;
        }
        context.talk.warn(&format!("{trouble}; still waiting"));
        self.trouble = Some(trouble);
    }

    fn tick(&mut self, by: Duration) {
        self.elapsed = self.elapsed.saturating_add(by);
        self.next_look = self.next_look.map(|left| left.saturating_sub(by));
    }

    fn line(&self) -> String {
        let mut line = format!("{}  {}", self.job, self.status);
        if !matches!(self.phase, "" | "ended") {
            line.push_str(&format!(", {}", self.phase));
        }
        line.push_str(&format!("  {}", duration::show_seconds(self.elapsed)));
        if let Some(usual) = self.usual.filter(|_| self.phase != "ended") {
            line.push_str(&format!(" ({usual})"));
        }
        if let Some(next) = self.next_look.filter(|next| next.as_secs() > 0) {
            line.push_str(&format!("  next look in {}s", next.as_secs()));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_live_line_counts_between_two_looks() {
        let mut shown = Shown {
            job: AnyJob::Export("7".into()),
            status: "PROCESSING".to_owned(),
            phase: "reading profiles",
            elapsed: Duration::from_millis(59_400),
            usual: None,
            next_look: Some(Duration::from_secs(12)),
            trouble: None,
        };
        let line = "job 7  PROCESSING, reading profiles  59s  next look in 12s";
        assert_eq!(shown.line(), line);
        shown.tick(TICK);
        let line = "job 7  PROCESSING, reading profiles  1m 0s  next look in 11s";
        assert_eq!(shown.line(), line);
        let ended = Shown { phase: "ended", next_look: None, ..shown };
        assert_eq!(ended.line(), "job 7  PROCESSING  1m 0s");
    }

    #[test]
    fn a_chosen_interval_is_kept_to_and_the_emulator_is_quick() {
        let second = Duration::from_secs(1);
        let chosen = policy(Some(second), None, None, true);
        assert_eq!((chosen.interval, chosen.max_interval), (second, second));
        assert!(policy(None, None, None, true).interval < second);
        assert_eq!(policy(None, Some(second), None, false).timeout, Some(second));
        assert_eq!(policy(None, None, None, false), WaitPolicy::default());
        assert_eq!(policy(None, None, Some(second), false).outage, Some(second));
    }
}
