//! Waiting for a job, and showing how it goes.

use std::time::Duration;

use aep_export_api::{Client, Reply, Snapshot, WaitError, WaitPolicy};
use aep_export_model::{ExportJob, JobId};
use futures_util::StreamExt;
use serde_json::json;

use crate::context::Context;
use crate::duration::{self, Limit};
use crate::failure::{Failure, Kind};
use crate::jobs;

/// How often the line on a terminal is drawn anew.
const TICK: Duration = Duration::from_secs(1);
/// How soon to look again at a job of the emulator in this process.
const AT_THE_EMULATOR: Duration = Duration::from_millis(100);

/// Waits until the job has succeeded and gives its last state.
///
/// `timeout` of zero looks once; `None` waits as long as it takes. When the wait ends in another way
/// the job as it was last seen is written out here, and the failure says why.
pub(crate) async fn follow(
    context: &mut Context,
    client: &Client,
    id: &JobId,
    interval: Option<Duration>,
    timeout: Option<Duration>,
) -> Result<Reply<ExportJob>, Failure> {
    let limit = match context.global.timeout {
        Some(Limit::After(limit)) => Some(limit),
        Some(Limit::None) | None => None,
    };
    let policy = policy(interval, timeout, limit, context.global.emulator);
    let mut looks = client.export_jobs().wait(id).policy(policy);
    let mut shown = Shown::default();
    let mut last = None;
    while let Some(look) = next_look(context, &mut looks, &mut shown).await {
        let snapshot = match look {
            Ok(snapshot) => snapshot,
            Err(error) => return Err(ended_badly(context, &error)),
        };
        shown.take_in(context, id, &snapshot);
        last = snapshot.answer.ok().or(last);
    }
    context.talk.wipe();
    last.ok_or_else(|| Failure::new(Kind::Other, format!("nothing is known of job {id}")))
}

/// The job that was seen last is data, however the wait ended.
fn ended_badly(context: &mut Context, error: &WaitError) -> Failure {
    context.talk.wipe();
    if let Some(job) = error.job() {
        let id = error.job_id().as_str();
        // Nobody to read it, or no room for it: what became of the job is told all the same.
        let _ = context.out.document(job.raw(), id, || jobs::block(job));
    }
    Failure::of_wait(error, context.stage.resume())
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
async fn next_look(
    context: &mut Context,
    looks: &mut aep_export_api::Wait,
    shown: &mut Shown,
) -> Option<Result<Snapshot, WaitError>> {
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
#[derive(Debug, Default)]
struct Shown {
    id: String,
    status: String,
    phase: &'static str,
    elapsed: Duration,
    next_look: Option<Duration>,
    trouble: Option<String>,
}

impl Shown {
    fn take_in(&mut self, context: &mut Context, id: &JobId, snapshot: &Snapshot) {
        self.id = id.to_string();
        self.elapsed = snapshot.elapsed;
        self.next_look = snapshot.next_look;
        match &snapshot.answer {
            Ok(job) => {
                self.trouble = None;
                self.changed(context, job);
            }
            Err(error) => self.troubled(context, error),
        }
        context.talk.live(&self.line());
    }

    /// One line for each change, where nobody watches a live one.
    fn changed(&mut self, context: &mut Context, job: &ExportJob) {
        let status = job.status.as_ref().map_or("(no status)", |status| status.as_str());
        let phase = jobs::phase(job);
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
            "event": "state", "at": at, "job_id": self.id,
            "from": (!from.is_empty()).then_some(from), "to": status, "phase": phase,
        });
        let phase = if phase == "ended" { String::new() } else { format!(", {phase}") };
        context.talk.event(&value, &format!("{at}  job {}  {status}{phase}", self.id));
    }

    fn troubled(&mut self, context: &mut Context, error: &aep_export_api::Error) {
        let trouble = Failure::of(error, &format!("look at job {}", self.id)).message().to_owned();
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
        let mut line = format!("job {}  {}", self.id, self.status);
        if !matches!(self.phase, "" | "ended") {
            line.push_str(&format!(", {}", self.phase));
        }
        line.push_str(&format!("  {}", duration::show_seconds(self.elapsed)));
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
            id: "7".to_owned(),
            status: "PROCESSING".to_owned(),
            phase: "reading profiles",
            elapsed: Duration::from_millis(59_400),
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
