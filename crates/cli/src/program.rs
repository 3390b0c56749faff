//! One run of the program, from the arguments to the exit code.

use std::ffi::OsString;
use std::future::pending;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aep_export_transport::Clock;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use crate::choices::Choices;
use crate::cli::{Asked, Cli, Command, Global};
use crate::commands::{emulator, printed};
use crate::completion;
use crate::context::Context;
use crate::early::{self, Early};
use crate::env::Env;
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::interruption::{AnyJob, Stage};
use crate::log;
use crate::output::look::{Look, Shows};
use crate::output::{Format, Output};
use crate::plan::Variables;
use crate::proxy::Proxy;
use crate::secret::SecretReader;
use crate::signals::{self, Signal, Signals};
use crate::since;
use crate::talk::{Manner, Talk};

/// What was stopped may take so long to be undone.
#[cfg(feature = "object-stores")]
const UNDOING: Duration = Duration::from_secs(10);

/// Runs the program.
pub(crate) fn run(args: &[OsString], mut env: Env) -> Exit {
    if let Some(answered) = completion::answer(args, &mut env) {
        return if answered.is_ok() { Exit::Done } else { Exit::Other };
    }
    let early = Early::of(args, &env);
    let matches = Cli::command().try_get_matches_from(args);
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return not_a_command(&error, early, args.len(), env),
    };
    let Cli { global, command } = cli;
    let command = match command {
        Asked::Printed(command) => {
            return match command.answered_elsewhere() {
                Some(help) => not_a_command(&help, early, args.len(), env),
                None => print(command, &global, early, env),
            };
        }
        Asked::Command(command) => *command,
    };
    let (mut context, signals) = match set_up(global, early, env, &command) {
        Ok(ready) => ready,
        Err((failure, mut talk)) => {
            talk.failure(&failure);
            return failure.exit();
        }
    };
    let _log = log::start(context.global.verbose, context.talk.writer());
    let outcome = in_runtime(command, &mut context, signals);
    context.talk.wipe();
    match outcome {
        Ok(()) => Exit::Done,
        Err(failure) => {
            context.talk.failure(&failure);
            failure.exit()
        }
    }
}

/// What needs neither settings nor a runtime is there at once.
fn print(command: printed::Command, global: &Global, early: Early, mut env: Env) -> Exit {
    let format = global.output.unwrap_or(Format::Table);
    let printed = Look::of(global, format, Shows::Text, since::now(env.clock.as_ref()))
        .and_then(|_| command.text(global.output))
        .and_then(|text| Ok(env.stdout.write_all(&text).and_then(|()| env.stdout.flush())?));
    let Err(failure) = printed else { return Exit::Done };
    let colour = early.colour(&env, env.stderr_is_terminal);
    let manner = Manner {
        json: early.json,
        quiet: global.quiet,
        colour,
        width: env.width,
        ..Manner::default()
    };
    Talk::new(Arc::new(Mutex::new(env.stderr)), manner).failure(&failure);
    failure.exit()
}

/// A folder for the emulator without the emulator: the command would go to the real service.
fn refuse_forgotten_emulator(global: &Global, command: &Command) -> Result<(), Failure> {
    let serves = matches!(command, Command::Emulator(_));
    if global.emulator_dir.is_none() || global.emulator || serves {
        return Ok(());
    }
    Err(Failure::usage("--emulator-dir without --emulator would run against the real service")
        .hint("add --emulator, or leave out --emulator-dir"))
}

/// Help, version, or a command line that makes no sense.
fn not_a_command(error: &clap::Error, early: Early, words: usize, mut env: Env) -> Exit {
    let no_words =
        error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && words <= 1;
    let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let to_stdout = no_words || asked_for;
    let is_terminal = if to_stdout { env.stdout_is_terminal } else { env.stderr_is_terminal };
    let text = error.render();
    let text =
        if early.colour(&env, is_terminal) { text.ansi().to_string() } else { text.to_string() };
    if to_stdout {
        // A reader who has seen enough may go.
        let _ = env.stdout.write_all(text.as_bytes()).and_then(|()| env.stdout.flush());
        return Exit::Done;
    }
    if early.json {
        let _ = writeln!(env.stderr, "{}", in_one_line(&error.render().to_string()).json());
    } else {
        let _ = env.stderr.write_all(text.as_bytes());
    }
    Exit::Usage
}

/// What clap says over several paragraphs: its first is the sentence, its tip the hint.
fn in_one_line(said: &str) -> Failure {
    let mut paragraphs =
        said.split("\n\n").map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let message = paragraphs.next().unwrap_or_default();
    let tip = paragraphs.find_map(|text| text.strip_prefix("tip: ").map(str::to_owned));
    Failure::usage(message.strip_prefix("error: ").unwrap_or(&message))
        .hint(tip.unwrap_or_else(|| "aep-export --help".to_owned()))
}

type Ready = (Context, bool);

/// Puts the context together; a failure comes with somebody to tell it.
fn set_up(
    global: Global,
    early: Early,
    env: Env,
    command: &Command,
) -> Result<Ready, (Failure, Talk)> {
    let proxy = Proxy::of(&env.vars);
    let redraw = early::can_redraw(&env);
    let colour = early.colour(&env, env.stderr_is_terminal);
    let out_colour = early.colour(&env, env.stdout_is_terminal);
    let choices = Choices::of(&global, &env, command.uses_profile());
    let json = choices.as_ref().map_or(early.json, |choices| choices.format.is_json());
    let manner = Manner {
        json,
        quiet: global.quiet,
        colour,
        live: redraw && !global.quiet && !global.no_progress && !json,
        width: env.width,
        height: env.height,
    };
    let mut talk = Talk::new(Arc::new(Mutex::new(env.stderr)), manner);
    let mut choices = match choices {
        Ok(choices) => choices,
        Err(failure) => return Err((failure, talk)),
    };
    let now = since::now(env.clock.as_ref());
    let look = match Look::of(&global, choices.format, command.shows(), now) {
        Ok(look) => look
            .on(env.stdout_is_terminal, out_colour, env.width)
            .at(global.zone(env.time_zone), now),
        Err(failure) => return Err((failure, talk)),
    };
    if !command.examines_settings()
        && let Some(failure) = choices.unread_profile.take()
    {
        return Err((failure, talk));
    }
    for warning in &choices.warnings {
        talk.warn(warning);
    }
    let context = Context {
        out: Output::new(env.stdout, look).watching(env.reader_is_gone),
        talk,
        stdin: env.stdin,
        can_ask: env.stdin_is_terminal && env.stderr_is_terminal,
        settings: choices.settings,
        asked_profile: choices.asked_profile,
        config_file: choices.config_file,
        unread_profile: choices.unread_profile,
        secrets: SecretReader::new(Arc::clone(&env.clock), &env.vars),
        global,
        clock: env.clock,
        time_zone: env.time_zone,
        unicode: early::takes_unicode(&env.vars),
        variables: Variables::of(&env.vars),
        data_dir: env.data_dir,
        cache_dir: env.cache_dir,
        process: env.process,
        proxy,
        stage: Stage::Plain,
        #[cfg(feature = "object-stores")]
        clouds: crate::objects::Clouds::of(&env.vars),
        #[cfg(feature = "object-stores")]
        undo: crate::undo::Undo::default(),
        emulator: None,
    };
    Ok((context, env.signals))
}

/// Does the command in a runtime of one thread: calls wait, they do not compute.
fn in_runtime(command: Command, context: &mut Context, signals: bool) -> Result<(), Failure> {
    refuse_forgotten_emulator(&context.global, &command)?;
    let limit = command.limit(context)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io("cannot start", &error))?;
    let outcome = runtime.block_on(until_stopped(command, context, signals, limit));
    // Work of the emulator that is under way is taken up by whoever opens its store next.
    runtime.shutdown_background();
    outcome
}

async fn until_stopped(
    command: Command,
    context: &mut Context,
    signals: bool,
    limit: Option<Duration>,
) -> Result<(), Failure> {
    let deaf = |error| Failure::io("cannot listen for Ctrl-C", &error);
    if let Some(busy) = context.out.busy().filter(|_| signals) {
        signals::end_at_once_while(busy).map_err(deaf)?;
    }
    let mut signals = Signals::new(signals).map_err(deaf)?;
    let serving = matches!(command, Command::Emulator(emulator::Command::Serve(_)));
    let watches = matches!(&command, Command::List(args) if args.watches());
    let clock = Arc::clone(&context.clock);
    let outcome = tokio::select! {
        biased;
        outcome = command.execute(context) => Ok(outcome),
        signal = signals.next() => Err(Some(signal)),
        () = passed(clock, limit) => Err(None),
    };
    if watches {
        // The last table is what somebody looks at who has seen enough.
        context.talk.leave();
    }
    context.talk.wipe();
    let outcome = match outcome {
        Ok(outcome) => outcome.map_err(|failure| failure.about(context.stage.job())),
        Err(None) => Err(context.stage.timed_out(limit.unwrap_or_default())),
        // Serving has no other end than being told to stop.
        Err(Some(_)) if serving => Ok(()),
        Err(Some(signal)) => Err(interrupted(context, signal, &mut signals).await),
    };
    #[cfg(feature = "object-stores")]
    if outcome.is_err() {
        tokio::select! {
            () = context.undo.undo() => {}
            () = context.clock.sleep(UNDOING) => {}
            _ = signals.next() => {}
        }
    }
    let emulator = context.emulator.take();
    tokio::select! {
        () = async { if let Some(emulator) = emulator { emulator.shutdown().await } } => {}
        _ = signals.next() => {}
    }
    outcome
}

async fn passed(clock: Arc<dyn Clock>, limit: Option<Duration>) {
    match limit {
        Some(limit) => clock.sleep(limit).await,
        None => pending().await,
    }
}

/// Leaves at once, but for a job that is to be cancelled first; a second signal ends that too.
async fn interrupted(context: &mut Context, signal: Signal, signals: &mut Signals) -> Failure {
    let failure = context.stage.interrupted(signal);
    let Some(job) = context.stage.to_cancel(signal).cloned() else { return failure };
    context.talk.note(&format!("cancelling {job}; Ctrl-C again leaves it running"));
    let cancelled = tokio::select! {
        cancelled = cancel(context, &job) => cancelled,
        _ = signals.next() => return failure,
    };
    match cancelled {
        Ok(()) => {
            Failure::new(Kind::Interrupted, format!("interrupted; {job} is marked for cancelling"))
                .of_any_job(&job)
        }
        Err(why) => {
            context.talk.warn(why.message());
            failure
        }
    }
}

async fn cancel(context: &mut Context, job: &AnyJob) -> Result<(), Failure> {
    let client = context.connect().await?;
    let cancelled = match job {
        AnyJob::Export(id) => client.export_jobs().cancel(id).await,
        AnyJob::Segment(id) => client.segment_jobs().cancel(id).await,
    };
    match cancelled {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::of(&error, &format!("cancel {job}"))),
    }
}
