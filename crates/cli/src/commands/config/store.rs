//! Writing a profile, for `config init` and `config import`.

use aep_export_api::Secret;
use serde_json::json;

use crate::config_file::{ConfigFile, Edit};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::fact;
use crate::quote::quote;
use crate::settings::{Key, Origin, Profile, SecretKey};

/// The profile that is used where nobody asks for one.
const USUAL: &str = Profile::USUAL;

/// What a profile is to say.
#[derive(Debug, Default)]
pub(super) struct NewProfile {
    pub(super) settings: Vec<(Key, String)>,
    pub(super) secret: Option<(SecretKey, Secret)>,
}

/// The name of the profile to write: the one that was asked for, or `default`.
pub(super) fn name(context: &Context) -> Result<String, Failure> {
    let Some(asked) = &context.asked_profile else { return Ok(USUAL.to_owned()) };
    let allowed = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    if asked.name.is_empty() || !asked.name.chars().all(allowed) {
        return Err(Failure::usage(format!(
            "{}: the name of a profile has letters, digits and -_. only",
            asked.origin
        )));
    }
    Ok(asked.name.clone())
}

/// What a flag says of `key`.
pub(super) fn flag(context: &Context, key: Key) -> Result<Option<String>, Failure> {
    let setting = context.settings.get(key)?;
    let setting = setting.filter(|setting| matches!(setting.origin, Origin::Flag(_)));
    Ok(setting.map(|setting| setting.value))
}

/// Refuses to write over a profile, unless that is meant: before anybody is asked for anything.
pub(super) fn refuse_existing(context: &Context, name: &str, force: bool) -> Result<(), Failure> {
    let file = context.config_file()?;
    let there = match file.read()? {
        Some(text) => text.profiles()?.iter().any(|(known, _)| *known == name),
        None => false,
    };
    if there && !force { Err(exists(file, name)) } else { Ok(()) }
}

fn exists(file: &ConfigFile, name: &str) -> Failure {
    Failure::usage(format!("there is a profile `{name}` in {} already", file.path().display()))
        .hint("choose another name with --profile, or replace it with --force")
}

/// Writes the profile, shows what it has, and gives the next thing to do. What it said before of who calls is replaced; its other settings
/// and its comments stay.
pub(super) fn store(
    context: &mut Context,
    name: &str,
    profile: &NewProfile,
    force: bool,
) -> Result<String, Failure> {
    let file = context.config_file()?.clone();
    let is_used = file.change(|edit| {
        // Another process may have been quicker.
        if edit.has(name) && !force {
            return Err(exists(&file, name));
        }
        write(edit, name, profile);
        Ok(edit.default_profile().unwrap_or(USUAL) == name)
    })?;
    let keys = profile.keys();
    let path = file.path().display().to_string();
    let raw = json!({ "profile": name, "file": path, "keys": keys }).to_string();
    context.out.document(raw.as_bytes(), name, || {
        vec![
            fact("profile", Some(name.to_owned())),
            fact("file", Some(path)),
            fact("has", Some(keys.join(", "))),
        ]
    })?;
    let flag = if is_used { String::new() } else { format!(" --profile {}", quote(name)) };
    Ok(format!("try it: aep-export{flag} list --limit 1"))
}

fn write(edit: &mut Edit, name: &str, profile: &NewProfile) {
    // The only one is the one that is used.
    if edit.default_profile().is_none() && !edit.has(USUAL) && name != USUAL {
        edit.set_default_profile(name);
    }
    // Another source of a secret would stand beside the new one, or count before it.
    for form in Profile::secret_names() {
        edit.remove(name, &form);
    }
    for (key, value) in &profile.settings {
        edit.set(name, &key.name(), value.as_str());
    }
    if let Some((key, secret)) = &profile.secret {
        edit.set(name, &key.name(), secret.expose());
    }
}

impl NewProfile {
    fn keys(&self) -> Vec<String> {
        let settings = self.settings.iter().map(|(key, _)| key.name());
        settings.chain(self.secret.iter().map(|(key, _)| key.name())).collect()
    }
}
