//! `auth status`: who signs in, with what, and how long.

use std::path::PathBuf;

use aep_export_api::ListExportJobs;
use aep_export_transport::StaticToken;
use serde_json::{Map, Value, json};

use super::until::Until;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::output::{Block, fact};
use crate::settings::{Key, Origin, SecretKey, SecretSetting, Source};

/// Show who signs in, with what, and how long
///
/// Sends nothing without --check, and shows no secret. Exit code 0 if everything is there that calls
/// need, 4 if not or if a token that was given has expired.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export auth status
  aep-export auth status --check -o json")]
pub(crate) struct Args {
    /// Ask the service: get a token and list one job
    #[arg(long)]
    check: bool,
}

/// What is shown of the settings.
const SHOWN: [(Key, &str); 6] = [
    (Key::Organization, "organisation"),
    (Key::ClientId, "client id"),
    (Key::Sandbox, "sandbox"),
    (Key::Scopes, "scopes"),
    (Key::BaseUrl, "service"),
    (Key::ImsUrl, "token service"),
];

impl Args {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        context.refuse_raw("auth status")?;
        let complete = context.signed_in();
        let checked = match (&complete, self.check) {
            (Ok(_), true) => Some(check(context).await),
            _ => None,
        };
        // After the check, which may have brought a token.
        let credential = context.settings.credential()?;
        let token = match &credential {
            Some((SecretKey::AccessToken, token)) => given(context, token).await?,
            Some((SecretKey::ClientSecret, _)) => kept(context)?,
            None => Held::new("none", "none"),
        };
        let outcome = match (complete, &checked) {
            (Err(incomplete), _) => Err(incomplete),
            (Ok(_), Some(Err(failure))) => Err(failure.clone()),
            (Ok(_), _) => token.complain(),
        };
        let report = Report { credential, token, checked, is_signed_in: outcome.is_ok() };
        report.show(context)?;
        outcome
    }
}

/// Asks for a token and then for something harmless.
async fn check(context: &mut Context) -> Result<(), Failure> {
    let client = context.connect().await?;
    client.sign_in().await.map_err(|error| Failure::of(&error, "sign in"))?;
    let one = ListExportJobs { limit: Some(1), ..ListExportJobs::default() };
    let listed = client.export_jobs().list(&one).await;
    listed.map(drop).map_err(|error| Failure::of(&error, "list jobs"))
}

/// What there is of a token.
struct Held {
    /// For programs.
    state: &'static str,
    /// For people.
    words: String,
    until: Option<Until>,
    file: Option<PathBuf>,
}

impl Held {
    fn new(state: &'static str, words: impl Into<String>) -> Self {
        Self { state, words: words.into(), until: None, file: None }
    }

    /// A token that was given cannot be replaced by another one.
    fn complain(&self) -> Result<(), Failure> {
        match (self.state, &self.until) {
            (GIVEN_AND_OVER, Some(until)) => Err(Failure::new(
                Kind::Auth,
                format!("the access token has expired: it was good until {}", until.moment()),
            )
            .hint("give another one, or sign in with a client secret: aep-export auth login")),
            _ => Ok(()),
        }
    }
}

const GIVEN_AND_OVER: &str = "expired";

/// A token that is used as it is. If it says when it ends, that is believed.
async fn given(context: &Context, token: &SecretSetting) -> Result<Held, Failure> {
    if let Source::Command(_) = token.source {
        return Ok(Held::new("not_read", "told by a program, which was not asked"));
    }
    let token = context.secrets.read(token).await?;
    Ok(match StaticToken::new(token).expires_at() {
        None => Held::new("given", "given, and does not say when it ends"),
        Some(end) => {
            let until = Until::of(end, &*context.clock);
            let state = if until.is_over() { GIVEN_AND_OVER } else { "given" };
            Held { until: Some(until), ..Held::new(state, "given") }
        }
    })
}

/// The token of an earlier run.
fn kept(context: &Context) -> Result<Held, Failure> {
    if !context.keeps_tokens()? {
        return Ok(Held::new("off", "not kept: each run asks for one"));
    }
    let Some(client_id) = context.settings.get(Key::ClientId)? else {
        return Ok(Held::new("none", "none"));
    };
    let Some(file) = context.token_file_of(None, &client_id.value)? else {
        return Ok(Held::new("off", "not kept: there is no folder for caches"));
    };
    let held = match file.read() {
        Err(failure) => Held::new("unusable", format!("not used: {}", failure.in_passing())),
        Ok(None) => return Ok(Held::new("none", "none kept; the next run asks for one")),
        Ok(Some(token)) => {
            let until = Until::of(token.expires_at, &*context.clock);
            let held = match token.left(context.clock.now()) {
                Some(_) => Held::new("kept", "kept"),
                None if until.is_over() => {
                    Held::new("ended", "the kept one is over, and the next run asks for another")
                }
                None => Held::new(
                    "unusable",
                    "the kept one is from the future, as a clock was set back; the next run asks \
                     for another",
                ),
            };
            Held { until: Some(until), ..held }
        }
    };
    Ok(Held { file: Some(file.path().to_owned()), ..held })
}

/// All that is shown.
struct Report {
    credential: Option<(SecretKey, SecretSetting)>,
    token: Held,
    checked: Option<Result<(), Failure>>,
    is_signed_in: bool,
}

impl Report {
    fn show(&self, context: &mut Context) -> Result<(), Failure> {
        let raw = self.json(context)?.to_string();
        let block = self.block(context)?;
        let id = context.settings.get(Key::ClientId)?.map(|setting| setting.value);
        context.out.document(raw.as_bytes(), &id.unwrap_or_default(), || block)?;
        Ok(())
    }

    fn json(&self, context: &Context) -> Result<Value, Failure> {
        let using = context.settings.profile();
        let mut shown = Map::new();
        shown.insert("signed_in".to_owned(), self.is_signed_in.into());
        let profile = using.map(|using| sourced(&using.name, &using.chosen_by));
        shown.insert("profile".to_owned(), profile.into());
        for (key, _) in SHOWN {
            let setting = context.settings.get(key)?;
            let setting = setting.map(|setting| sourced(&setting.value, &setting.origin));
            shown.insert(key.name(), setting.into());
        }
        let credential = self.credential.as_ref().map(|(key, setting)| {
            let mut shown = sourced(&setting.source.to_string(), &setting.origin);
            shown.insert("kind".to_owned(), key.name().into());
            shown
        });
        shown.insert("credential".to_owned(), credential.into());
        let Held { state, until, file, .. } = &self.token;
        let token = json!({
            "state": state,
            "valid_until": until.as_ref().map(Until::moment),
            "seconds_left": until.as_ref().map(Until::seconds_left),
            "file": file.as_ref().map(|file| file.display().to_string()),
        });
        shown.insert("token".to_owned(), token);
        let check = self.checked.as_ref();
        let check = check.map(|checked| if checked.is_ok() { "passed" } else { "failed" });
        shown.insert("check".to_owned(), check.into());
        Ok(shown.into())
    }

    fn block(&self, context: &Context) -> Result<Block, Failure> {
        let from = |value: &str, origin: &Origin| Some(format!("{value}  ({})", origin.short()));
        let mut block = Block::new();
        let using = context.settings.profile();
        block.push(fact("profile", using.and_then(|using| from(&using.name, &using.chosen_by))));
        for (key, label) in SHOWN {
            let setting = context.settings.get(key)?;
            let shown = setting.and_then(|setting| from(&setting.value, &setting.origin));
            block.push(fact(label, shown.unwrap_or_else(|| "-".to_owned())));
        }
        let credential = match &self.credential {
            Some((key, setting)) => {
                let kind = match key {
                    SecretKey::ClientSecret => "client secret",
                    SecretKey::AccessToken => "access token, used as it is",
                };
                from(&format!("{kind} {}", setting.source), &setting.origin)
            }
            None => Some("-".to_owned()),
        };
        block.push(fact("signs in with", credential));
        let Held { words, until, .. } = &self.token;
        let token = match until {
            Some(until) => format!("{words}, {until}"),
            None => words.clone(),
        };
        block.push(fact("token", token));
        let check = self.checked.as_ref().map(|checked| match checked {
            Ok(()) => "a token was had and a job listed".to_owned(),
            Err(_) => "failed".to_owned(),
        });
        block.push(fact("check", check));
        Ok(block)
    }
}

/// A value with where it came from, as `config show` has it.
fn sourced(value: &str, origin: &Origin) -> Map<String, Value> {
    [("value", value), ("origin", origin.kind()), ("from", &origin.short())]
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.into()))
        .collect()
}
