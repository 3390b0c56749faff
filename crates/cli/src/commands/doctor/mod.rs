//! `doctor`: what is set up wrongly, and how to mend it.

mod judge;
mod report;

use std::path::Path;
use std::time::{Duration, SystemTime};

use aep_export_api::{
    Client, ClientBuilder, Error, ErrorKind, Keyed, ListAudiences, ListDatasets, ListExportJobs,
    ListFiles, Page, Reply,
};
use aep_export_model::{BatchId, Dataset, DatasetId, ExportJob};
use aep_export_transport::Token;
use http::HeaderMap;

pub(super) use self::report::KIND;
use self::report::{Check, Outcome, Report, Stop};
use crate::context::Context;
use crate::duration;
use crate::failure::{Failure, Kind};
use crate::settings::{Key, SecretKey, SecretSetting};
use crate::transfer;

/// Clocks further apart than this are told of: tokens and times in requests go by them.
const APART: Duration = Duration::from_secs(60);

/// How often a call is tried at most.
const MOST_ATTEMPTS: u32 = 2;

/// Find out what is set up wrongly, and how to mend it
///
/// Walks through settings, addresses, sign-in and permissions in the order in which one depends on
/// another. It asks for a token and for lists of one thing each, and changes nothing. Where something
/// is wrong that the rest depends on, the rest is skipped. The exit code is that of the first thing
/// that is wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export doctor
  aep-export doctor --sandbox dev -o json
  aep-export --emulator doctor")]
pub(crate) struct Args {}

impl Args {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        if context.global.only_shows() {
            return Err(Failure::usage(
                "`doctor` finds out by asking: --dry-run and --curl mean nothing",
            ));
        }
        context.refuse_raw("doctor")?;
        let mut report = Report::new(context.global.emulator);
        let mut doctor = Doctor { context, report: &mut report };
        if let Err(stop) = doctor.examine().await {
            doctor.report.skip_up_to(doctor.context, Check::Folder, &stop);
        }
        let folder = match transfer::prepare(Path::new(".")) {
            Ok(()) => Outcome::Ok("files can be written here".to_owned()),
            Err(failure) => Outcome::Wrong(failure),
        };
        doctor.report.tell(doctor.context, Check::Folder, folder, None);
        report.finish(context)
    }
}

struct Doctor<'a> {
    context: &'a mut Context,
    report: &'a mut Report,
}

impl Doctor<'_> {
    async fn examine(&mut self) -> Result<(), Stop> {
        let unread = self.context.unread_profile.take();
        let file = unread.map_or_else(|| Ok(((), config_file(self.context))), Err);
        self.decide(Check::ConfigFile, file)?;
        let client = if self.context.global.emulator {
            let client = self.emulator().await?;
            self.token_service(&client).await?;
            client
        } else {
            self.service().await?
        };
        let datasets = self.first_call(&client).await?;
        self.permissions(&client, datasets).await;
        Ok(())
    }

    async fn emulator(&mut self) -> Result<Client, Stop> {
        let began = self.now();
        let client = self.context.connect().await.and_then(|client| {
            let dir = self.context.emulator_dir()?;
            Ok((client, format!("runs in this program, with its data in {}", dir.display())))
        });
        let took = self.since(began);
        self.report.decide(self.context, Check::Emulator, client, took)
    }

    /// From the settings to a client that has a token.
    async fn service(&mut self) -> Result<Client, Stop> {
        let settings = settings(self.context);
        let (key, credential) = self.decide(Check::Settings, settings)?;
        let addresses = addresses(self.context);
        let builder = self.decide(Check::Addresses, addresses)?;
        let began = self.now();
        let secret = self.context.secrets.read(&credential).await;
        // Not with a token that was kept: the sign-in itself is to be seen.
        let client = secret
            .and_then(|secret| self.context.with_secret(builder, key, secret))
            .and_then(|builder| {
                let retries = self.context.retries()?;
                // Somebody waits to be told.
                let retries = retries.attempts(retries.attempts.min(MOST_ATTEMPTS));
                self.context.built_with(builder, retries)
            })
            .map(|client| (client, secret_seen(key, &credential)));
        let took = self.since(began);
        let client = self.report.decide(self.context, Check::Secret, client, took)?;
        self.report.tell(self.context, Check::TokenCache, token_cache(self.context, key), None);
        match key {
            SecretKey::ClientSecret => self.token_service(&client).await?,
            SecretKey::AccessToken => self.given_token(&client).await?,
        }
        Ok(client)
    }

    /// Whether the token service is there, and gives a token.
    async fn token_service(&mut self, client: &Client) -> Result<(), Stop> {
        let began = self.now();
        let signed_in = client.sign_in().await;
        let took = self.since(began);
        let away = signed_in.as_ref().err().filter(|error| is_away(error));
        let there = match away {
            Some(error) => Err(Failure::of(error, "reach the token service")),
            None => Ok(((), answered(took))),
        };
        self.report.decide(self.context, Check::TokenService, there, took)?;
        self.decide(Check::Token, token(signed_in))
    }

    async fn given_token(&mut self, client: &Client) -> Result<(), Stop> {
        let why = Outcome::Skipped("a token is given, so none is asked for".to_owned());
        self.report.tell(self.context, Check::TokenService, why, None);
        let given = token(client.sign_in().await);
        self.decide(Check::Token, given)
    }

    /// The first call tells whether the service is there and lets the caller in. It is for datasets,
    /// as only Catalog says for which sandbox it answers. Gives what is wrong with datasets
    /// themselves.
    async fn first_call(&mut self, client: &Client) -> Result<Option<Failure>, Stop> {
        let began = self.now();
        let first = client.datasets().list(&ListDatasets { limit: Some(1), start: 0 }).await;
        let took = self.since(began);
        let fault = first.as_ref().err().and_then(judge::fault);
        let judged = |check: Check, doing: &str, seen: String| match &first {
            Err(error) if fault == Some(check) => Err(Failure::of(error, doing)),
            _ => Ok(((), seen)),
        };
        let there = judged(Check::Service, "reach the service", answered(took));
        self.report.decide(self.context, Check::Service, there, took)?;
        let at = first.as_ref().map_or_else(Error::answered_at, Reply::answered_at);
        let clock = clock(self.context.clock.now(), at);
        self.report.tell(self.context, Check::Clock, clock, None);
        for (check, seen) in [
            (Check::ClientId, "known to the gateway"),
            (Check::TokenAccepted, "by the gateway"),
            (Check::Organisation, "open to this credential"),
        ] {
            self.decide(check, judged(check, "call the service", seen.to_owned()))?;
        }
        match judged(Check::Sandbox, "use the sandbox", String::new()) {
            Ok(_) => self.sandbox(client, first.as_ref().ok()).await?,
            Err(failure) => self.decide(Check::Sandbox, Err(failure))?,
        }
        Ok(first.err().map(|error| Failure::of(&error, "list datasets")))
    }

    /// Whether it is the sandbox that was asked for: Catalog's answers name it in a header, those about
    /// one dataset for certain (observed).
    async fn sandbox(
        &mut self,
        client: &Client,
        list: Option<&Reply<Page<Keyed<DatasetId, Dataset>>>>,
    ) -> Result<(), Stop> {
        let mut named = list.and_then(|list| sandbox_in(list.headers()));
        let dataset = list.and_then(|list| list.records.iter().flatten().next());
        if let (None, Some(dataset)) = (&named, dataset) {
            let one = client.datasets().get(&dataset.id).await.ok();
            named = one.and_then(|one| sandbox_in(one.headers()));
        }
        let Some(named) = named else {
            let why = match dataset {
                Some(_) => "the service did not say for which one it answers",
                None => "the service tells it with a dataset, and none was listed",
            };
            self.report.tell(self.context, Check::Sandbox, Outcome::Skipped(why.to_owned()), None);
            return Ok(());
        };
        let judged = same_sandbox(self.context, named);
        self.decide(Check::Sandbox, judged)
    }

    /// What the credential may do; of these none depends on another.
    async fn permissions(&mut self, client: &Client, datasets: Option<Failure>) {
        self.report.tell(self.context, Check::Datasets, listed(datasets), None);

        let began = self.now();
        let list = ListExportJobs { limit: Some(20), ..ListExportJobs::default() };
        let jobs = client.export_jobs().list(&list).await;
        let failure = jobs.as_ref().err().map(|error| Failure::of(error, "list export jobs"));
        let took = self.since(began);
        self.report.tell(self.context, Check::ExportJobs, listed(failure), took);

        let began = self.now();
        let audiences = client.execute(&ListAudiences { limit: Some(1), page: 0 }).await;
        let failure = audiences.err().map(|error| Failure::of(&error, "list audiences"));
        let took = self.since(began);
        self.report.tell(self.context, Check::Audiences, listed(failure), took);

        let began = self.now();
        let files = match jobs.as_ref().ok().and_then(some_batch) {
            Some(batch) => files(client, batch).await,
            None => Outcome::Skipped("no job is known that wrote files".to_owned()),
        };
        let took = self.since(began);
        self.report.tell(self.context, Check::Files, files, took);
    }

    fn decide<T>(&mut self, check: Check, found: Result<(T, String), Failure>) -> Result<T, Stop> {
        self.report.decide(self.context, check, found, None)
    }

    fn now(&self) -> Duration {
        self.context.clock.elapsed()
    }

    fn since(&self, began: Duration) -> Option<Duration> {
        Some(self.now().saturating_sub(began))
    }
}

fn config_file(context: &Context) -> String {
    let file = context.config_file.as_ref().map(|file| file.path().display().to_string());
    match (context.settings.profile(), file) {
        (Some(using), _) => format!("profile `{}` of {}", using.name, using.file.display()),
        (None, Some(file)) => format!("no profile is used ({file})"),
        (None, None) => "no profile is used, and there is no home directory for one".to_owned(),
    }
}

type Signing = (SecretKey, SecretSetting);

fn settings(context: &Context) -> Result<(Signing, String), Failure> {
    let signing = context.signed_in()?;
    context.retries()?;
    context.keeps_tokens()?;
    let organization = context.in_header(Key::Organization)?;
    let client_id = context.in_header(Key::ClientId)?;
    context.in_header(Key::Sandbox)?;
    Ok((signing, format!("organisation {organization}, client id {client_id}")))
}

fn addresses(context: &Context) -> Result<(ClientBuilder, String), Failure> {
    let builder = context.addressed()?;
    let builder = context.identified(builder)?;
    let mut seen = format!(
        "{} and {}",
        context.required(Key::BaseUrl)?.value,
        context.required(Key::ImsUrl)?.value
    );
    // Not its address: it may hold a password. One that cannot be used was told by now, if it is needed.
    if let Ok(Some(_)) = context.proxy.https() {
        seen.push_str(", https through a proxy");
    }
    if context.ca_file()?.is_some() {
        seen.push_str(", with an authority of your own");
    }
    Ok((builder, seen))
}

fn secret_seen(key: SecretKey, credential: &SecretSetting) -> String {
    let what = match key {
        SecretKey::AccessToken => "an access token",
        SecretKey::ClientSecret => "a client secret",
    };
    format!("{what} from {}", credential.origin)
}

/// Whether the file that tokens are kept in is for its owner alone: another one is not used.
fn token_cache(context: &Context, key: SecretKey) -> Outcome {
    if key == SecretKey::AccessToken {
        return Outcome::Skipped("a token is given, so none is kept".to_owned());
    }
    let seen = || {
        let client_id = context.required(Key::ClientId)?.value;
        let Some(file) = context.token_file_of(None, &client_id)? else {
            return Ok("tokens are not kept".to_owned());
        };
        file.check()?;
        Ok(format!("kept in {}", file.path().display()))
    };
    seen().map_or_else(Outcome::Wrong, Outcome::Ok)
}

/// Whether nothing of an error comes from the other side.
fn is_away(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Network | ErrorKind::Timeout)
}

/// How far apart the two clocks are. The service's has whole seconds, and its answer was on its way
/// for a moment.
fn clock(ours: SystemTime, theirs: Option<SystemTime>) -> Outcome {
    let Some(theirs) = theirs else {
        return Outcome::Skipped("no answer said what time it is".to_owned());
    };
    let (apart, word) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    if apart <= APART {
        return Outcome::Ok("agrees with the service's".to_owned());
    }
    let apart = duration::show(apart);
    Outcome::Wrong(
        Failure::new(Kind::Other, format!("this machine's clock is {apart} {word} the service's"))
            .hint("set the clock, best by a time service (NTP)"),
    )
}

fn answered(took: Option<Duration>) -> String {
    format!("answered in {}", duration::show(took.unwrap_or_default()))
}

fn token(signed_in: Result<Token, Error>) -> Result<((), String), Failure> {
    let token = signed_in.map_err(|error| Failure::of(&error, "sign in"))?;
    let seen = match token.expires_at() {
        Some(end) => format!("good until {}", moment(end)),
        None => "given, and does not say how long it is good".to_owned(),
    };
    Ok(((), seen))
}

fn moment(at: SystemTime) -> String {
    jiff::Timestamp::try_from(at)
        .and_then(|at| at.round(jiff::Unit::Second))
        .map(|at| at.to_string())
        .unwrap_or_default()
}

fn sandbox_in(headers: &HeaderMap) -> Option<String> {
    Some(headers.get("x-sandbox-name")?.to_str().ok()?.to_owned())
}

fn same_sandbox(context: &Context, named: String) -> Result<((), String), Failure> {
    let asked = context.required(Key::Sandbox)?;
    if named == asked.value {
        return Ok(((), named));
    }
    let (value, origin) = (&asked.value, &asked.origin);
    let message =
        format!("the service answers for the sandbox `{named}`, and {origin} says `{value}`");
    Err(Failure::usage(message).hint("check the sandbox's name: --sandbox or AEP_SANDBOX"))
}

fn listed(failure: Option<Failure>) -> Outcome {
    failure.map_or_else(|| Outcome::Ok("can be listed".to_owned()), Outcome::Wrong)
}

/// A batch of a job that is there to be read.
fn some_batch(jobs: &Reply<Page<ExportJob>>) -> Option<BatchId> {
    let good = jobs.records.iter().flatten().filter(|job| job.is_success());
    good.flat_map(|job| job.batch_ids()).next().cloned()
}

async fn files(client: &Client, batch: BatchId) -> Outcome {
    match client.execute(&ListFiles::of_batch(batch.clone())).await {
        Ok(_) => listed(None),
        Err(error) if error.is_not_found() => {
            Outcome::Skipped(format!("the batch {batch} is not there any more"))
        }
        Err(error) => listed(Some(Failure::of(&error, "list the files of a batch"))),
    }
}
