//! How far a download is: what is shown of it, without the terminal.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use aep_export_api::{DownloadEvent, PlannedFile};

use super::bytes_shown;
use crate::duration;

/// The rate is that of the last seconds.
const WINDOW: Duration = Duration::from_secs(5);
/// A rate over less time than this says nothing.
const LEAST: Duration = Duration::from_millis(500);
/// How many files are shown beside the total.
const SHOWN: usize = 8;

/// How far a download is.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    files: usize,
    finished: usize,
    failed: usize,
    /// Of the files whose length is known.
    length: u64,
    /// Bytes that are there, of whatever run.
    there: u64,
    meter: Meter,
    under_way: BTreeMap<usize, OneFile>,
}

/// One file under way.
#[derive(Debug)]
struct OneFile {
    planned: Arc<PlannedFile>,
    there: u64,
    meter: Meter,
}

impl Progress {
    /// Takes in what happened at this time.
    pub(crate) fn take_in(&mut self, event: &DownloadEvent, now: Duration) {
        match event {
            DownloadEvent::Planned { files } => {
                self.files = files.len();
                // The service may list any number.
                let lengths = files.iter().filter_map(|file| file.file.length);
                self.length = lengths.fold(0, u64::saturating_add);
            }
            DownloadEvent::Started { file, had } => {
                let meter = Meter::default();
                let one = OneFile { planned: Arc::clone(file), there: *had, meter };
                self.there = self.there.saturating_add(*had);
                self.under_way.insert(file.number, one);
            }
            DownloadEvent::Progress { file, bytes } => {
                self.there = self.there.saturating_add(*bytes);
                self.meter.count(*bytes, now);
                if let Some(one) = self.under_way.get_mut(&file.number) {
                    one.there = one.there.saturating_add(*bytes);
                    one.meter.count(*bytes, now);
                }
            }
            DownloadEvent::StartedAgain { file, .. } => {
                if let Some(one) = self.under_way.get_mut(&file.number) {
                    self.there = self.there.saturating_sub(std::mem::take(&mut one.there));
                }
            }
            DownloadEvent::Finished { file } => {
                self.finished += 1;
                let counted = self.under_way.remove(&file.planned.number);
                let counted = counted.map_or(0, |one| one.there);
                self.there = self.there.saturating_add(file.bytes.saturating_sub(counted));
            }
            DownloadEvent::Failed { file, .. } => {
                self.failed += 1;
                self.under_way.remove(&file.number);
            }
            _ => {}
        }
    }

    /// The whole in one line.
    pub(crate) fn total(&self, now: Duration) -> String {
        let mut line = format!(
            "{} of {} files  {} of {}",
            self.finished,
            self.files,
            bytes_shown(self.there),
            bytes_shown(self.length.max(self.there)),
        );
        if self.failed > 0 {
            line.push_str(&format!("  {} failed", self.failed));
        }
        line + &self.meter.shown(self.length.saturating_sub(self.there), now)
    }

    /// The files under way, a line each.
    pub(crate) fn files(&self, now: Duration) -> Vec<String> {
        let mut lines: Vec<String> =
            self.under_way.values().take(SHOWN).map(|one| one.line(now)).collect();
        if self.under_way.len() > SHOWN {
            lines.push(format!("  and {} more", self.under_way.len() - SHOWN));
        }
        lines
    }
}

impl OneFile {
    fn line(&self, now: Duration) -> String {
        let name = &self.planned.file.name;
        let Some(length) = self.planned.file.length else {
            return format!("  {}{}  {name}", bytes_shown(self.there), self.meter.shown(0, now));
        };
        let left = length.saturating_sub(self.there);
        if left == 0 {
            return format!("  checking  {name}");
        }
        let percent = self.there as f64 * 100.0 / length as f64;
        let of = bytes_shown(length);
        format!("  {percent:>3.0} % of {of}{}  {name}", self.meter.shown(left, now))
    }
}

/// How many bytes came in the last seconds.
#[derive(Debug, Default)]
struct Meter {
    /// When it began to count.
    since: Option<Duration>,
    /// Bytes of a tenth of a second each, by its beginning.
    ticks: VecDeque<(Duration, u64)>,
}

impl Meter {
    fn count(&mut self, bytes: u64, now: Duration) {
        const TICK: Duration = Duration::from_millis(100);
        self.since.get_or_insert(now);
        match self.ticks.back_mut() {
            Some((began, sum)) if now.saturating_sub(*began) < TICK => {
                *sum = sum.saturating_add(bytes);
            }
            _ => self.ticks.push_back((now, bytes)),
        }
        while self.ticks.front().is_some_and(|(began, _)| now.saturating_sub(*began) > WINDOW) {
            self.ticks.pop_front();
        }
    }

    /// Bytes a second.
    fn rate(&self, now: Duration) -> Option<f64> {
        let counted = now.saturating_sub(self.since?).min(WINDOW);
        let from = now.saturating_sub(counted);
        let bytes = self.ticks.iter().filter(|(began, _)| *began >= from).map(|(_, bytes)| *bytes);
        (counted >= LEAST).then(|| bytes.sum::<u64>() as f64 / counted.as_secs_f64())
    }

    /// `  85.3 MiB/s  34s left`, as far as it is known.
    fn shown(&self, left: u64, now: Duration) -> String {
        let Some(rate) = self.rate(now) else { return String::new() };
        let shown = format!("  {}/s", bytes_shown(rate as u64));
        let seconds = left as f64 / rate;
        if left == 0 || !seconds.is_finite() || seconds > 1e7 {
            return shown;
        }
        let seconds = Duration::from_secs(seconds.ceil() as u64);
        format!("{shown}  {} left", duration::show_seconds(seconds))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use aep_export_api::{DownloadedFile, ExportFile};

    use super::*;

    const MIB: u64 = 1024 * 1024;

    fn plan(lengths: &[Option<u64>]) -> (Progress, Vec<Arc<PlannedFile>>) {
        let file = |(number, length): (usize, &Option<u64>)| {
            let name = format!("part-{number}");
            let file = ExportFile { file_id: "F".into(), name, length: *length };
            Arc::new(PlannedFile { number, batch: None, file })
        };
        let files: Vec<_> = lengths.iter().enumerate().map(file).collect();
        let mut progress = Progress::default();
        let event = DownloadEvent::Planned { files: files.as_slice().into() };
        progress.take_in(&event, Duration::ZERO);
        (progress, files)
    }

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn started(file: &Arc<PlannedFile>, had: u64) -> DownloadEvent {
        DownloadEvent::Started { file: Arc::clone(file), had }
    }

    fn came(file: &Arc<PlannedFile>, bytes: u64) -> DownloadEvent {
        DownloadEvent::Progress { file: Arc::clone(file), bytes }
    }

    fn finished(planned: &Arc<PlannedFile>, bytes: u64) -> DownloadEvent {
        let planned = Arc::clone(planned);
        let path = PathBuf::new();
        let file = DownloadedFile { planned, path, bytes, rows: None, sha256: None, kept: false };
        DownloadEvent::Finished { file: Arc::new(file) }
    }

    #[test]
    fn rate_and_time_left_come_with_the_bytes() {
        let (mut progress, files) = plan(&[Some(100 * MIB), Some(10 * MIB)]);
        assert_eq!(progress.total(ms(0)), "0 of 2 files  0 B of 110.0 MiB");
        progress.take_in(&started(&files[0], 20 * MIB), ms(0));
        // What was there before is no work of now.
        assert_eq!(progress.total(ms(0)), "0 of 2 files  20.0 MiB of 110.0 MiB");
        for at in 0..10 {
            progress.take_in(&came(&files[0], MIB), ms(at * 100));
        }
        let total = "0 of 2 files  30.0 MiB of 110.0 MiB  10.0 MiB/s  8s left";
        assert_eq!(progress.total(ms(1000)), total);
        let file = "   30 % of 100.0 MiB  10.0 MiB/s  7s left  part-0";
        assert_eq!(progress.files(ms(1000)), [file]);
        // Nothing came since: the rate sinks, and it is not said how long that would take.
        assert!(progress.total(ms(5000)).contains("  2.0 MiB/s  40s left"));
        assert!(progress.total(ms(60_000)).ends_with("of 110.0 MiB  0 B/s"));
    }

    #[test]
    fn files_come_and_go() {
        let (mut progress, files) = plan(&[Some(MIB), None, Some(MIB)]);
        for file in &files {
            progress.take_in(&started(file, 0), ms(0));
        }
        progress.take_in(&came(&files[0], MIB), ms(0));
        progress.take_in(&came(&files[1], MIB / 2), ms(0));
        assert_eq!(
            progress.files(ms(0)),
            ["  checking  part-0", "  512.0 KiB  part-1", "    0 % of 1.0 MiB  part-2"]
        );
        progress.take_in(&finished(&files[0], MIB), ms(0));
        let why = "refused".to_owned();
        let kind = aep_export_api::ErrorKind::Permission;
        let file = Arc::clone(&files[2]);
        progress.take_in(&DownloadEvent::Failed { file, why, kind }, ms(0));
        assert_eq!(progress.total(ms(0)), "1 of 3 files  1.5 MiB of 2.0 MiB  1 failed");
        assert_eq!(progress.files(ms(0)).len(), 1);
        // One that was there already counts at once.
        let (mut progress, files) = plan(&[Some(MIB)]);
        progress.take_in(&finished(&files[0], MIB), ms(0));
        assert_eq!(progress.total(ms(0)), "1 of 1 files  1.0 MiB of 1.0 MiB");
    }

    #[test]
    fn a_file_that_begins_again_is_not_counted_twice() {
        let (mut progress, files) = plan(&[Some(4 * MIB)]);
        progress.take_in(&started(&files[0], MIB), ms(0));
        progress.take_in(&came(&files[0], MIB), ms(0));
        let (file, why) = (Arc::clone(&files[0]), "it has changed".to_owned());
        progress.take_in(&DownloadEvent::StartedAgain { file, why }, ms(0));
        assert_eq!(progress.total(ms(0)), "0 of 1 files  0 B of 4.0 MiB");
        progress.take_in(&came(&files[0], MIB), ms(0));
        assert_eq!(progress.total(ms(0)), "0 of 1 files  1.0 MiB of 4.0 MiB");
    }

    #[test]
    fn many_files_are_not_all_shown() {
        let (mut progress, files) = plan(&[Some(MIB); 20]);
        for file in &files {
            progress.take_in(&started(file, 0), ms(0));
        }
        let lines = progress.files(ms(0));
        assert_eq!((lines.len(), lines.last().unwrap().as_str()), (9, "  and 12 more"));
    }
}
