//! What the user chose before the command itself: settings, profile, form of output.

use clap::ValueEnum;

use crate::cli::Global;
use crate::config_file::ConfigFile;
use crate::env::Env;
use crate::failure::Failure;
use crate::nearest::nearest;
use crate::output::Format;
use crate::settings::{Asked, Flags, Key, Profile, Settings};

pub(crate) struct Choices {
    pub(crate) settings: Settings,
    pub(crate) format: Format,
    /// The profile that was asked for, whether there is one of that name or not.
    pub(crate) asked_profile: Option<Asked>,
    pub(crate) config_file: Option<ConfigFile>,
    /// What in the config file may not be meant.
    pub(crate) warnings: Vec<String>,
    /// Why the profile could not be read, and so says nothing.
    pub(crate) unread_profile: Option<Failure>,
}

impl Choices {
    /// Reads the config file, here and only here, for a command that `uses_profile`. Those are also
    /// commands with --emulator: a profile may say the sandbox and where the emulator's data is.
    pub(crate) fn of(global: &Global, env: &Env, uses_profile: bool) -> Result<Self, Failure> {
        let flags = Flags::default()
            .with(Key::BaseUrl, "--base-url", global.base_url.clone())
            .with(Key::Organization, "--org", global.org.clone())
            .with(Key::Sandbox, "--sandbox", global.sandbox.clone());
        let config_file =
            ConfigFile::of(&env.vars, env.config_dir.as_deref(), env.home_dir.clone());
        let asked_profile = Asked::of(global.profile.clone(), &env.vars)?;
        let loaded = if uses_profile {
            Profile::load(config_file.as_ref(), asked_profile.clone())
        } else {
            Ok((None, Vec::new()))
        };
        let ((profile, warnings), unread_profile) = match loaded {
            Ok(loaded) => (loaded, None),
            Err(failure) => ((None, Vec::new()), Some(failure)),
        };
        let settings = Settings::new(flags, env.vars.clone(), profile);
        let format = format(global, &settings)?;
        Ok(Self { settings, format, asked_profile, config_file, warnings, unread_profile })
    }
}

fn format(global: &Global, settings: &Settings) -> Result<Format, Failure> {
    if let Some(format) = global.output {
        return Ok(format);
    }
    let Some(setting) = settings.get(Key::Output)? else { return Ok(Format::Table) };
    Format::from_str(&setting.value, false).map_err(|_| {
        let known: Vec<String> = Format::value_variants()
            .iter()
            .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
            .collect();
        let failure = Failure::usage(format!(
            "{}: {:?} is not an output format (one of {})",
            setting.origin,
            setting.value,
            known.join(", ")
        ));
        match nearest(&setting.value, known.iter().map(String::as_str)) {
            Some(meant) => failure.hint(format!("did you mean {meant}?")),
            None => failure,
        }
    })
}
