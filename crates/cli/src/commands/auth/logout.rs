//! `auth logout`: forget what signs in.

use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Block, fact};
use crate::private_file;
use crate::settings::{Origin, SecretKey, SecretSetting, Source};
use crate::token_file;

/// Remove the profile's kept tokens and the secrets that it holds
///
/// Other keys of the profile stay, and so do files and programs that it names for a secret. A token
/// that somebody copied stays good until its end.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export auth logout
  aep-export auth logout -o json")]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn execute(self, context: &mut Context) -> Result<(), Failure> {
        context.refuse_raw("auth logout")?;
        let name = context.token_name().to_owned();
        let mut removed = Vec::new();
        if let Some(folder) = context.token_folder() {
            for path in token_file::all_of(&folder, &name)? {
                if private_file::remove(&path)? {
                    removed.push(path.display().to_string());
                }
            }
        }
        removed.extend(forget_secrets(context)?);
        let still = what_still_signs_in(context)?;
        let raw = json!({
            "profile": context.settings.profile().map(|using| &*using.name),
            "removed": removed,
            "still_signed_in_by": still.as_ref().map(|setting| setting.origin.to_string()),
        });
        context.out.document(raw.to_string().as_bytes(), &name, || {
            if removed.is_empty() {
                removed.push("nothing: there was nothing to remove".to_owned());
            }
            removed.into_iter().map(|what| fact("removed", Some(what))).collect::<Block>()
        })?;
        if let Some(SecretSetting { origin, .. }) = still {
            context.talk.warn(&format!("{origin} still signs in"));
        }
        Ok(())
    }
}

/// Takes the secrets themselves out of the profile; says which.
fn forget_secrets(context: &Context) -> Result<Vec<String>, Failure> {
    let Some(using) = context.settings.profile() else { return Ok(Vec::new()) };
    let file = context.config_file()?;
    let Some(text) = file.read()? else { return Ok(Vec::new()) };
    let profiles = text.profiles()?;
    let tables = profiles.iter().filter(|(name, _)| **name == *using.name);
    let is_held = |key: &String| tables.clone().any(|(_, table)| table.contains_key(key));
    let held: Vec<String> =
        SecretKey::ALL.map(SecretKey::name).into_iter().filter(is_held).collect();
    if held.is_empty() {
        return Ok(held);
    }
    file.change(|edit| {
        let removed = held.iter().filter(|key| edit.remove(&using.name, key));
        let place = format!("of profile `{}` in {}", using.name, file.path().display());
        Ok(removed.map(|key| format!("`{key}` {place}")).collect())
    })
}

/// What was not in the profile itself.
fn what_still_signs_in(context: &Context) -> Result<Option<SecretSetting>, Failure> {
    for key in SecretKey::ALL {
        let is_gone = |setting: &SecretSetting| {
            matches!((&setting.source, &setting.origin), (Source::Given(_), Origin::File(_)))
        };
        if let Some(setting) = context.settings.secret(key)?.filter(|setting| !is_gone(setting)) {
            return Ok(Some(setting));
        }
    }
    Ok(None)
}
