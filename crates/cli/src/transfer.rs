//! Fetching what jobs wrote: shown while it goes on, told when it has ended.

mod ended;
mod place;
pub(crate) mod progress;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aep_export_api::{Client, Download, DownloadEvent, DownloadedFile, Downloader, ExportFile};
use aep_export_model::BatchId;
use aep_export_transport::{Clock, Sleep};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::json;

pub(crate) use self::ended::Ended;
use self::progress::Progress;
use crate::context::Context;
use crate::destination::Destination;
use crate::failure::Failure;

pub(crate) use self::place::{check_target, prepare};

/// How often progress is drawn.
const DRAW: Duration = Duration::from_millis(100);
/// How often the log says how far it is, where nobody watches.
const HEARTBEAT: Duration = Duration::from_secs(60);
/// More than this helps nobody, and looks like an attack.
const MOST_CONNECTIONS: usize = 64;

/// How to fetch.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct HowToFetch {
    /// How many files, or parts of files, are fetched at once
    #[arg(
        long,
        value_name = "N",
        default_value_t = Downloader::CONNECTIONS,
        value_parser = parse_connections
    )]
    connections: NonZeroUsize,

    /// Where files wait on this machine on their way into an object store [default: in the user's
    /// cache]
    #[arg(long, value_name = "DIR", requires = "to")]
    pub(crate) staging: Option<PathBuf>,
}

/// The files that are there, and whether that is all of them.
pub(crate) type Fetched = (Vec<Arc<DownloadedFile>>, Result<(), Failure>);

fn parse_connections(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse().ok().filter(|number: &NonZeroUsize| number.get() <= MOST_CONNECTIONS);
    number.ok_or_else(|| format!("a number from 1 to {MOST_CONNECTIONS} is needed"))
}

/// Every file of `batch`, each name once.
pub(crate) async fn files_of(client: &Client, batch: &BatchId) -> Result<Vec<ExportFile>, Failure> {
    let doing = || format!("list the files of batch {batch}");
    let files: Vec<ExportFile> = client
        .files()
        .of_batch(batch)
        .try_collect()
        .await
        .map_err(|error| Failure::of(&error, &doing()))?;
    Ok(files)
}

/// Fetches what `downloader` says. Whatever goes wrong, the files that are whole come back too.
pub(crate) async fn fetch(
    context: &mut Context,
    downloader: Downloader,
    how: &HowToFetch,
    to: &Destination,
) -> Fetched {
    let downloader = downloader.connections(how.connections);
    #[cfg(feature = "object-stores")]
    if let Some(store) = to.as_store() {
        return crate::objects::fetch(context, downloader, store).await;
    }
    let dir = to.path();
    let mut download = downloader.to(dir);
    watch(context, &mut download, dir).await;
    context.talk.wipe();
    match download.await {
        Ok(done) => {
            for remark in &done.remarks {
                context.talk.warn(remark);
            }
            for batch in &done.forgotten {
                let folder = dir.join(batch.as_str());
                let folder = folder.display();
                context.talk.note(&format!("{folder} is gone, and the manifest has forgotten it"));
            }
            (done.files, Ok(()))
        }
        Err(error) => (error.done().to_vec(), Err(Ended::of(&error).told(context))),
    }
}

/// Shows how it goes, until it has ended.
async fn watch(context: &mut Context, download: &mut Download, dir: &Path) {
    let mut progress = Progress::default();
    let mut ticks = Ticks::new(context);
    loop {
        tokio::select! {
            biased;
            () = ticks.next() => show(context, &progress, None),
            event = download.next() => {
                let Some(event) = event else { return };
                progress.take_in(&event, context.clock.elapsed());
                if let DownloadEvent::Planned { files } = &event {
                    let batches = files.iter().filter_map(|file| file.batch.as_ref());
                    let ours: Vec<&str> =
                        batches.map(BatchId::as_str).chain(["manifest.json"]).collect();
                    place::say_what_else_is_there(context, dir, &ours);
                    if context.talk.manner().live {
                        show(context, &progress, None);
                    }
                }
                say(context, &event);
            }
        }
    }
}

/// When progress is to be shown.
pub(crate) struct Ticks {
    clock: Arc<dyn Clock>,
    every: Duration,
    next: Sleep,
}

impl Ticks {
    pub(crate) fn new(context: &Context) -> Self {
        let clock = Arc::clone(&context.clock);
        let every = if context.talk.manner().live { DRAW } else { HEARTBEAT };
        let next = clock.sleep(every);
        Self { clock, every, next }
    }

    /// The next time. Nothing is lost if it is not waited for to the end.
    pub(crate) async fn next(&mut self) {
        (&mut self.next).await;
        self.next = self.clock.sleep(self.every);
    }
}

/// Draws it where somebody watches, and writes a line elsewhere; `more` is what else goes on.
pub(crate) fn show(context: &mut Context, progress: &Progress, more: Option<&str>) {
    let now = context.clock.elapsed();
    let mut total = progress.total(now);
    if context.talk.manner().live {
        let mut lines = vec![format!("downloading  {total}")];
        lines.extend(more.map(str::to_owned));
        lines.extend(progress.files(now));
        context.talk.live_lines(&lines);
    } else if !context.global.no_progress {
        total.extend(more.iter().flat_map(|more| ["; ", more]));
        let at = context.time_of_day();
        let event = json!({ "event": "progress", "at": at, "message": total });
        context.talk.event(&event, &format!("{at}  {total}"));
    }
}

/// What is worth a line of its own.
pub(crate) fn say(context: &mut Context, event: &DownloadEvent) {
    match event {
        DownloadEvent::Finished { file } => finished(context, file),
        DownloadEvent::Retrying { file, why, wait } => {
            let (path, wait) = (file.path(), crate::duration::show(*wait));
            context.talk.note(&format!("{path}: {why}; asking for the rest in {wait}"));
        }
        DownloadEvent::StartedAgain { file, why } => {
            context.talk.note(&format!("{}: {why}; beginning it again", file.path()));
        }
        _ => {}
    }
}

/// A line for each file, where nobody watches a live one.
pub(crate) fn finished(context: &mut Context, file: &DownloadedFile) {
    if context.talk.manner().live || context.global.no_progress {
        return;
    }
    let at = context.time_of_day();
    let event = json!({
        "event": "file",
        "at": at,
        "path": file.planned.path(),
        "bytes": file.bytes,
        "rows": file.rows,
        "kept": file.kept,
    });
    let kept = if file.kept { "  there already" } else { "" };
    let (path, bytes) = (file.planned.path(), bytes_shown(file.bytes));
    context.talk.event(&event, &format!("{at}  {path}  {bytes}{kept}"));
}

/// A number of bytes as people read it.
pub(crate) fn bytes_shown(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64 / 1024.0;
    let mut unit = UNITS.iter();
    let mut name = unit.next();
    while size >= 1024.0 && unit.len() > 0 {
        size /= 1024.0;
        name = unit.next();
    }
    format!("{size:.1} {}", name.unwrap_or(&"TiB"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_as_people_read_them() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_572_864, "1.5 MiB"),
            (1 << 40, "1.0 TiB"),
            (1 << 53, "8192.0 TiB"),
        ];
        for (bytes, shown) in cases {
            assert_eq!(bytes_shown(bytes), shown);
        }
    }
}
