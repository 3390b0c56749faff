//! What a command works with.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aep_export_emulator::Emulator;
use aep_export_model::{BatchId, JobId, SegmentJobId};
use aep_export_transport::Clock;
use jiff::tz::TimeZone;

use crate::cli::Global;
use crate::config_file::ConfigFile;
use crate::destination::Destination;
use crate::duration::Limit;
use crate::failure::{Failure, Kind};
use crate::interruption::{AnyJob, Stage};
use crate::job_ids;
use crate::lost::Thing;
use crate::output::{Format, Output};
use crate::plan::Variables;
use crate::quote::quote;
use crate::secret::SecretReader;
use crate::settings::{Asked, Key, Settings};
use crate::talk::Talk;

/// Everything that a command may use. Nothing else of the process is open to it.
pub(crate) struct Context {
    pub(crate) out: Output,
    pub(crate) talk: Talk,
    pub(crate) stdin: Box<dyn Read + Send>,
    /// Whether somebody can be asked.
    pub(crate) can_ask: bool,
    pub(crate) settings: Settings,
    /// The profile that was asked for, whether there is one of that name or not.
    pub(crate) asked_profile: Option<Asked>,
    pub(crate) config_file: Option<ConfigFile>,
    /// Why the profile could not be read, for a command that examines that.
    pub(crate) unread_profile: Option<Failure>,
    /// Fetches the secrets that the settings only name.
    pub(crate) secrets: SecretReader,
    pub(crate) global: Global,
    pub(crate) clock: Arc<dyn Clock>,
    /// The time zone that people here live in.
    pub(crate) time_zone: fn() -> TimeZone,
    /// Whether standard output takes characters beyond ASCII.
    pub(crate) unicode: bool,
    /// The variables that a job file may name.
    pub(crate) variables: Variables,
    /// Where the user's programs keep their data.
    pub(crate) data_dir: Option<PathBuf>,
    /// Where the user's programs keep what they can do without.
    pub(crate) cache_dir: Option<PathBuf>,
    /// Number of this process.
    pub(crate) process: u32,
    /// Proxy variables, as the transport reads them.
    pub(crate) proxy: crate::proxy::Proxy,
    /// Where the command stands, for whoever stops it.
    pub(crate) stage: Stage,
    /// What the variables say of object stores.
    #[cfg(feature = "object-stores")]
    pub(crate) clouds: crate::objects::Clouds,
    /// What is to be undone if the command is stopped.
    #[cfg(feature = "object-stores")]
    pub(crate) undo: crate::undo::Undo,
    /// The emulator, once a command needed it.
    pub(crate) emulator: Option<Emulator>,
}

impl Context {
    /// `command` with the global flags that it needs to reach the same service: for hints.
    pub(crate) fn again(&self, command: &str) -> String {
        let mut line = String::from("aep-export");
        if self.global.emulator {
            line.push_str(" --emulator");
        }
        let flags = [
            ("--profile", &self.global.profile),
            ("--base-url", &self.global.base_url),
            ("--org", &self.global.org),
            ("--sandbox", &self.global.sandbox),
        ];
        for (name, value) in flags {
            if let Some(value) = value {
                line.extend([" ", name, " ", &quote(value)]);
            }
        }
        if let Some(dir) = &self.global.emulator_dir {
            line.extend([" --emulator-dir ", &quote(&dir.display().to_string())]);
        }
        line.extend([" ", command]);
        line
    }

    /// From here on the job `id` is there, whatever happens to this command.
    pub(crate) fn job_goes_on(&mut self, id: &JobId, cancel: bool) {
        let job = AnyJob::Export(id.clone());
        self.stage = Stage::Job { job, resume: self.wait_again(id), cancel };
    }

    /// The same for the segment job `id`; `then` is what is to be done once it has ended.
    pub(crate) fn segment_job_goes_on(&mut self, id: &SegmentJobId, cancel: bool, then: &str) {
        let wait = self.again(&format!("segment-job wait {}", quote(id.as_str())));
        let job = AnyJob::Segment(id.clone());
        self.stage = Stage::Job { job, resume: format!("{wait}{then}"), cancel };
    }

    /// The same for several jobs.
    pub(crate) fn jobs_go_on(&mut self, ids: &[JobId]) {
        let resume = self.again(&format!("wait {}", job_ids::words(ids)));
        self.stage = match ids {
            [one] => Stage::Job { job: AnyJob::Export(one.clone()), resume, cancel: false },
            _ => Stage::Ended { id: None, what: "the jobs go on".to_owned(), resume },
        };
    }

    /// The command that waits for the job `id`.
    pub(crate) fn wait_again(&self, id: &JobId) -> String {
        self.again(&format!("wait {}", quote(id.as_str())))
    }

    /// The command that downloads what the job `id` wrote.
    pub(crate) fn download_again(&self, id: &JobId, to: &Destination) -> String {
        self.again(&format!("download {} {}", quote(id.as_str()), to.flags()))
    }

    /// The same for batches.
    pub(crate) fn download_batches_again(&self, batches: &[BatchId], to: &Destination) -> String {
        let batches = batches.iter().map(|batch| format!("--batch {} ", quote(batch.as_str())));
        self.again(&format!("download {}{}", batches.collect::<String>(), to.flags()))
    }

    /// The time of day as it stands in a log.
    pub(crate) fn time_of_day(&self) -> String {
        jiff::Timestamp::try_from(self.clock.now())
            .and_then(|at| at.round(jiff::Unit::Second))
            .map(|at| at.to_string())
            .unwrap_or_default()
    }

    /// The config file, which need not be there.
    pub(crate) fn config_file(&self) -> Result<&ConfigFile, Failure> {
        self.config_file.as_ref().ok_or_else(|| {
            Failure::usage("there is no home directory to keep the config file in")
                .hint("say where it is to be: AEP_CONFIG")
        })
    }

    /// Refuses `raw` for a command that puts its data together itself.
    pub(crate) fn refuse_raw(&self, command: &str) -> Result<(), Failure> {
        match self.out.format() {
            Format::Raw => Err(Failure::usage(format!(
                "`{command}` puts its output together from several answers: there is no raw one"
            ))
            .hint("choose -o json")),
            _ => Ok(()),
        }
    }

    /// From here on until the answer is there, nobody knows whether `what` is created. `look` is
    /// the command that may show it.
    pub(crate) fn create_leaves(&mut self, thing: Thing) {
        let look = format!("look before you create another one: {}", self.again(thing.list));
        self.stage = Stage::CreateSent { what: thing.name, look, sent_id: None };
    }

    /// The folder of the emulator's data.
    pub(crate) fn emulator_dir(&self) -> Result<PathBuf, Failure> {
        // Not through the settings: a path need not be text.
        if let Some(dir) = &self.global.emulator_dir {
            return Ok(dir.clone());
        }
        if let Some(setting) = self.settings.get(Key::EmulatorDir)? {
            return Ok(PathBuf::from(setting.value));
        }
        let data = self.data_dir.as_ref().ok_or_else(|| {
            Failure::usage("there is no home directory to keep the emulator's data in")
                .hint("give --emulator-dir or set AEP_EMULATOR_DIR")
        })?;
        Ok(data.join("aep-export").join("emulator"))
    }

    /// Does `read` with standard input on a thread of its own: reading may wait for ever, and Ctrl-C
    /// must be heard meanwhile. Standard input is used up by it.
    pub(crate) async fn reading<T: Send + 'static>(
        &mut self,
        read: impl FnOnce(Box<dyn Read + Send>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let stdin = std::mem::replace(&mut self.stdin, Box::new(std::io::empty()));
        tokio::task::spawn_blocking(move || read(stdin))
            .await
            .map_err(|_| Failure::new(Kind::Other, "reading was broken off"))?
    }

    /// The limit of `--timeout` for a command that ends by itself, `default` unless one was given.
    pub(crate) fn limit(&self, default: Option<Duration>) -> Result<Option<Duration>, Failure> {
        match self.global.timeout {
            None => Ok(default),
            Some(Limit::None) => Ok(None),
            Some(Limit::After(limit)) if limit.is_zero() => {
                Err(Failure::usage("--timeout 0 means to look once, which only `wait` can do"))
            }
            Some(Limit::After(limit)) => Ok(Some(limit)),
        }
    }
}
