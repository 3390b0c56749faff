//! `auth login`: prove the credentials and keep what they gave.

use std::fmt::Display;
use std::time::SystemTime;

use aep_export_api::Secret;
use aep_export_transport::{StoredToken, Token};
use serde_json::json;

use super::until::Until;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::output::fact;
use crate::secret;
use crate::session::header_value;
use crate::settings::{Key, Origin, Profile, SecretKey, SecretSetting, Setting};

/// Get a token with the present credentials and keep it
///
/// Asks the token service anew, even where a good token is kept. On a terminal it asks for what is
/// missing, and a secret is not shown; what was asked for is saved in the profile once it has proved
/// good. Without a terminal the secret can come over standard input. Nothing is written when the
/// token service refuses.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export auth login
  aep-export auth login --client-id 0123abcd --client-secret-stdin < secret.txt")]
pub(crate) struct Args {
    /// Client ID of the developer console [env: AEP_CLIENT_ID]
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,

    /// Take a new client secret, from standard input, and save it in the profile
    #[arg(long)]
    client_secret_stdin: bool,
}

/// Who signs in.
struct Caller {
    organization: Value,
    client_id: Value,
    secret: Secret,
    /// The secret was given just now, and is to be saved.
    has_new_secret: bool,
}

struct Value {
    text: String,
    from: From,
}

/// Where a value is from, as far as it matters for saving it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Profile,
    /// A flag or a variable.
    Outside,
    Answer,
}

/// The profile that is used from now on, and what was written into it.
struct Saved {
    profile: Option<String>,
    keys: Vec<String>,
}

impl Args {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        context.refuse_raw("auth login")?;
        context.keeps_tokens()?;
        let caller = self.caller(context).await?;
        let asked_at = context.clock.now();
        let token = sign_in(context, &caller).await?;
        let saved = save(context, &caller)?;
        let kept = keep(context, &saved, &caller, asked_at, &token)?;
        tell(context, &caller, &token, &saved, kept)
    }

    /// What the settings say, and the rest from whoever can be asked.
    async fn caller(&self, context: &mut Context) -> Result<Caller, Failure> {
        let held = self.held_secret(context)?;
        let organization = value(context, Key::Organization)?;
        let client_id = match &self.client_id {
            Some(id) => Some(Value::new(&"--client-id", id.clone(), From::Outside)?),
            None => value(context, Key::ClientId)?,
        };
        if !context.can_ask {
            let no_secret = held.is_none() && !self.client_secret_stdin;
            complain(&[
                ("AEP_ORG_ID (or --org)", organization.is_none()),
                ("AEP_CLIENT_ID (or --client-id)", client_id.is_none()),
                ("AEP_CLIENT_SECRET (or --client-secret-stdin)", no_secret),
            ])?;
        }
        if [organization.is_none(), client_id.is_none(), held.is_none()].contains(&true) {
            // Where it is to be saved is known before anybody is asked.
            context.config_file()?;
        }
        let question = "Organisation ID, such as 0123456789ABCDEF01234567@AdobeOrg:";
        let organization = or_ask(context, organization, question).await?;
        context.doubt_organization(&organization.text);
        let client_id = or_ask(context, client_id, "Client ID:").await?;
        let has_new_secret = held.is_none();
        let secret = match held {
            Some(setting) => context.secrets.read(&setting).await?,
            None if context.can_ask => {
                let answer = context.unseen_answer("Client secret (not shown):").await?;
                secret::one_line(&"the client secret", &answer.unwrap_or_default())?
            }
            None => context.secret_from_stdin().await?,
        };
        Ok(Caller { organization, client_id, secret, has_new_secret })
    }

    /// Where the present secret is. With either flag a new one is taken in its place: a secret
    /// belongs to its client.
    fn held_secret(&self, context: &Context) -> Result<Option<SecretSetting>, Failure> {
        let wants_new = self.client_secret_stdin || self.client_id.is_some();
        match context.settings.credential()? {
            Some((SecretKey::ClientSecret, held)) if !wants_new => Ok(Some(held)),
            Some((SecretKey::AccessToken, token)) => {
                // One in the profile gives way.
                if wants_new && matches!(token.origin, Origin::File(_)) {
                    return Ok(None);
                }
                Err(Failure::usage(format!(
                    "{} gives a token that is used as it is: there is nothing to sign in with",
                    token.origin
                ))
                .hint("leave it out to sign in with a client secret; see: aep-export auth status"))
            }
            _ => Ok(None),
        }
    }
}

impl Value {
    fn new(place: &dyn Display, text: String, from: From) -> Result<Self, Failure> {
        Ok(Self { text: header_value(place, text)?, from })
    }
}

fn value(context: &Context, key: Key) -> Result<Option<Value>, Failure> {
    let Some(Setting { value, origin }) = context.settings.get(key)? else { return Ok(None) };
    let from = if matches!(origin, Origin::File(_)) { From::Profile } else { From::Outside };
    Value::new(&origin, value, from).map(Some)
}

async fn or_ask(
    context: &mut Context,
    value: Option<Value>,
    question: &str,
) -> Result<Value, Failure> {
    match value {
        Some(value) => Ok(value),
        None => Value::new(&"the answer", context.must_answer(question).await?, From::Answer),
    }
}

/// Names all that is missing.
fn complain(is_missing: &[(&str, bool)]) -> Result<(), Failure> {
    let missing = is_missing.iter().filter_map(|(name, is)| is.then_some(*name));
    let missing: Vec<&str> = missing.collect();
    let (list, verb) = match missing.as_slice() {
        [] => return Ok(()),
        [one] => ((*one).to_owned(), "is"),
        [first @ .., last] => (format!("{} and {last}", first.join(", ")), "are"),
    };
    Err(Failure::new(Kind::Auth, format!("cannot sign in: {list} {verb} missing"))
        .hint("there is no flag for the secret itself: other users of this machine would see it"))
}

/// Asks the token service, whatever is kept.
async fn sign_in(context: &Context, caller: &Caller) -> Result<Token, Failure> {
    let (organization, client_id) = (&caller.organization.text, &caller.client_id.text);
    let client = context.client_of(organization, client_id, caller.secret.clone())?;
    client.sign_in().await.map_err(|error| Failure::of(&error, "sign in"))
}

/// Writes what was given just now into the profile.
fn save(context: &mut Context, caller: &Caller) -> Result<Saved, Failure> {
    let values = [(Key::Organization, &caller.organization), (Key::ClientId, &caller.client_id)];
    let is_new = |value: &Value| match value.from {
        From::Answer => true,
        // The secret is of no use without them.
        From::Outside => caller.has_new_secret,
        From::Profile => false,
    };
    let values: Vec<_> = values.into_iter().filter(|(_, value)| is_new(value)).collect();
    let using = context.settings.profile().map(|using| using.name.to_string());
    if values.is_empty() && !caller.has_new_secret {
        return Ok(Saved { profile: using, keys: Vec::new() });
    }
    let profile = using.unwrap_or_else(|| Profile::USUAL.to_owned());
    let secret = SecretKey::ClientSecret.name();
    context.config_file()?.change(|edit| {
        for (key, value) in &values {
            edit.set(&profile, &key.name(), value.text.as_str());
        }
        if caller.has_new_secret {
            // Another source of a secret would stand beside the new one, or count before it.
            for form in Profile::secret_names() {
                edit.remove(&profile, &form);
            }
            edit.set(&profile, &secret, caller.secret.expose());
        }
        Ok(())
    })?;
    let keys = values.iter().map(|(key, _)| key.name());
    let keys = keys.chain(caller.has_new_secret.then_some(secret)).collect();
    Ok(Saved { profile: Some(profile), keys })
}

/// Keeps the token for the next run, if one can be kept; says whether it was.
fn keep(
    context: &mut Context,
    saved: &Saved,
    caller: &Caller,
    asked_at: SystemTime,
    token: &Token,
) -> Result<bool, Failure> {
    let file = context.token_file_of(saved.profile.as_deref(), &caller.client_id.text)?;
    let (Some(file), Some(expires_at)) = (file, token.expires_at()) else { return Ok(false) };
    let stored = StoredToken { secret: token.secret().clone(), asked_at, expires_at };
    let Err(failure) = file.write(&stored) else { return Ok(true) };
    context.talk.warn(&format!("the token is not kept: {}", failure.in_passing()));
    Ok(false)
}

fn tell(
    context: &mut Context,
    caller: &Caller,
    token: &Token,
    saved: &Saved,
    kept: bool,
) -> Result<(), Failure> {
    let until = token.expires_at().map(|end| Until::of(end, &*context.clock));
    let (organization, client_id) = (&caller.organization.text, &caller.client_id.text);
    let raw = json!({
        "org_id": organization,
        "client_id": client_id,
        "profile": saved.profile,
        "saved": saved.keys,
        "valid_until": until.as_ref().map(Until::moment),
        "seconds_left": until.as_ref().map(Until::seconds_left),
        "kept": kept,
    });
    context.out.document(raw.to_string().as_bytes(), client_id, || {
        let keys = saved.keys.join(", ");
        let keys = saved.profile.as_ref().map(|profile| format!("{keys} in profile `{profile}`"));
        vec![
            fact("organisation", Some(organization.clone())),
            fact("client id", Some(client_id.clone())),
            fact(
                "token",
                Some(until.map_or("of unknown life".to_owned(), |until| until.to_string())),
            ),
            fact("kept", Some(if kept { "for the next run" } else { "no" }.to_owned())),
            fact("saved", keys.filter(|_| !saved.keys.is_empty())),
        ]
    })?;
    if let Some((_, used)) = context.settings.credential()?
        && caller.has_new_secret
        && matches!(used.origin, Origin::Variable(_))
    {
        context.talk.warn(&format!("{} wins over the secret in the profile", used.origin));
    }
    Ok(())
}
