//! A list of jobs that is kept current.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aep_export_api::{Client, ListExportJobs, Record};
use aep_export_model::ExportJob;
use aep_export_transport::Clock;
use futures_util::TryStreamExt;
use jiff::tz::TimeZone;

use crate::context::Context;
use crate::duration;
use crate::failure::{Failure, Kind};
use crate::follow::Followed;
use crate::job_filter::JobFilter;
use crate::jobs;
use crate::output::Format;
use crate::since;
use crate::talk::Talk;

/// What is watched.
pub(crate) struct Watched<'a> {
    pub(crate) operation: ListExportJobs,
    pub(crate) filter: &'a JobFilter,
    /// The newest so many jobs.
    pub(crate) limit: usize,
    pub(crate) interval: Duration,
}

/// Shows the newest jobs until it is stopped: on a terminal as a table that is drawn again, elsewhere
/// each job when something about it has changed.
pub(crate) async fn watch(
    context: &mut Context,
    client: &Client,
    watched: Watched<'_>,
) -> Result<(), Failure> {
    let format = context.out.format();
    if matches!(format, Format::Json | Format::Yaml | Format::Raw) && !context.out.has_view() {
        return Err(Failure::usage("--watch has no end, and this form of output needs one")
            .hint("choose -o ndjson, csv or id, or leave out -o"));
    }
    let zone = context.global.zone(context.time_zone);
    let clock = Arc::clone(&context.clock);
    let mut looks = Looks { client, watched, clock, zone, begun: false, trouble: None };
    if context.talk.manner().live && context.out.is_for_eyes() {
        draw(context, &mut looks).await
    } else {
        tell(context, &mut looks).await
    }
}

async fn draw(context: &mut Context, looks: &mut Looks<'_>) -> Result<(), Failure> {
    loop {
        let jobs = looks.next(&mut context.talk).await?;
        let rows = jobs.iter().map(|job| (job.raw.as_ref(), jobs::row(job)));
        let mut lines = context.out.drawn(since::now(looks.clock.as_ref()), rows);
        let every = duration::show(looks.watched.interval);
        lines.push(format!("{} shown, every {every}; Ctrl-C ends", jobs.len()));
        context.talk.live_lines(&lines);
    }
}

async fn tell(context: &mut Context, looks: &mut Looks<'_>) -> Result<(), Failure> {
    let mut told = Told::default();
    let mut list = context.out.list();
    loop {
        let jobs = looks.next(&mut context.talk).await?;
        // The older first, as in a log.
        for job in jobs.iter().rev().filter(|job| told.is_news(job)) {
            list.record(&job.raw, &jobs::id(job).unwrap_or_default(), || jobs::row(job))?;
        }
        list.flush()?;
        list.check_reader()?;
    }
}

/// One look after the other.
struct Looks<'a> {
    client: &'a Client,
    watched: Watched<'a>,
    clock: Arc<dyn Clock>,
    zone: TimeZone,
    begun: bool,
    /// What was said of looks that went wrong.
    trouble: Option<String>,
}

impl Looks<'_> {
    /// The jobs at the next look that goes well.
    async fn next(&mut self, talk: &mut Talk) -> Result<Vec<Record<ExportJob>>, Failure> {
        loop {
            if std::mem::replace(&mut self.begun, true) {
                self.clock.sleep(self.watched.interval).await;
            }
            match self.newest().await {
                Ok(jobs) => {
                    self.trouble = None;
                    return Ok(jobs);
                }
                Err(failure) if passes(failure.kind()) => {
                    if self.trouble.as_deref() != Some(failure.message()) {
                        talk.warn(&format!("{}; still watching", failure.message()));
                        self.trouble = Some(failure.message().to_owned());
                    }
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    async fn newest(&self) -> Result<Vec<Record<ExportJob>>, Failure> {
        let Watched { operation, filter, limit, .. } = &self.watched;
        let wanted = filter.at(since::now(self.clock.as_ref()), &self.zone);
        let mut jobs = std::pin::pin!(self.client.export_jobs().stream(operation.clone()));
        let mut newest = Vec::new();
        while newest.len() < *limit {
            let job = jobs.try_next().await.map_err(|error| Failure::of(&error, "list jobs"))?;
            let Some(job) = job.filter(|job| !wanted.is_past(job)) else { break };
            if wanted.has(&job) {
                newest.push(job);
            }
        }
        Ok(newest)
    }
}

/// Whether a later look may go well again.
fn passes(kind: Kind) -> bool {
    matches!(kind, Kind::Network | Kind::Service | Kind::RateLimited | Kind::Timeout)
}

/// What was told of each job.
#[derive(Debug, Default)]
struct Told(HashMap<String, (String, &'static str)>);

impl Told {
    /// Whether status or phase are not those that were told last.
    fn is_news(&mut self, job: &ExportJob) -> bool {
        let status = job.status.as_ref().map_or("", |status| status.as_str()).to_owned();
        let now = (status, job.phase());
        let id = jobs::id(job).unwrap_or_default();
        self.0.insert(id, now.clone()).is_none_or(|before| before != now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_are_other_states_and_phases() {
        let mut told = Told::default();
        let mut is_news = |json: &str| told.is_news(&serde_json::from_str(json).unwrap());
        assert!(is_news(r#"{"id":1,"status":"NEW"}"#));
        assert!(!is_news(r#"{"id":1,"status":"NEW","updateTime":7}"#));
        assert!(is_news(r#"{"id":2,"status":"NEW"}"#));
        assert!(is_news(r#"{"id":1,"status":"PROCESSING"}"#));
        let reading =
            r#"{"id":1,"status":"PROCESSING","metrics":{"profileExportTime":{"startTimeInMs":1}}}"#;
        assert!(is_news(reading));
        assert!(!is_news(reading));
    }
}
