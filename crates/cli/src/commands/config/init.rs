//! `config init`: a profile from answers or flags.

use aep_export_api::Secret;

use super::store::{self, NewProfile};
use crate::asking::no_answer;
use crate::context::Context;
use crate::failure::Failure;
use crate::secret;
use crate::session::header_value;
use crate::settings::{Key, Origin, SecretKey};

/// Write a profile into the config file
///
/// On a terminal it asks for what the flags leave out; elsewhere --org and --client-id are needed.
/// The profile is the one that --profile names, or `default`. A secret need not be stored: it can
/// come from AEP_CLIENT_SECRET, from a file or from a program.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export config init --profile dev --org 0123456789ABCDEF01234567@AdobeOrg --client-id 0123abcd
  aep-export config init --profile ci --org 0123@AdobeOrg --client-id 0123abcd --client-secret-stdin < secret.txt")]
pub(crate) struct Args {
    /// Client ID of the developer console [env: AEP_CLIENT_ID]
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,

    /// Read the client secret from standard input
    #[arg(long)]
    client_secret_stdin: bool,

    /// Replace a profile that is there
    #[arg(long)]
    force: bool,
}

impl Args {
    pub(crate) async fn execute(self, context: &mut Context) -> Result<(), Failure> {
        let name = store::name(context)?;
        store::refuse_existing(context, &name, self.force)?;
        let profile = if context.can_ask {
            self.ask(context).await?
        } else {
            self.without_asking(context).await?
        };
        let has_secret = profile.secret.is_some();
        let next = store::store(context, &name, &profile, self.force)?;
        if !has_secret {
            context.talk.note(
                "it has no secret: set AEP_CLIENT_SECRET, or add client_secret_file or \
                 client_secret_command to it",
            );
        }
        context.talk.note(&next);
        Ok(())
    }

    async fn ask(&self, context: &mut Context) -> Result<NewProfile, Failure> {
        let organization = match given(context, Key::Organization)? {
            Some(organization) => organization,
            None => {
                context
                    .must_answer("Organisation ID, such as 0123456789ABCDEF01234567@AdobeOrg:")
                    .await?
            }
        };
        let client_id = match self.client_id(context)? {
            Some(client_id) => client_id,
            None => context.must_answer("Client ID:").await?,
        };
        let question = "Client secret (not shown; nothing to leave it out):";
        let secret = context.unseen_answer(question).await?.ok_or_else(no_answer)?;
        let sandbox = match given(context, Key::Sandbox)? {
            Some(sandbox) => sandbox,
            None => match context.answer("Sandbox [prod]:").await?.ok_or_else(no_answer)? {
                nothing if nothing.is_empty() => "prod".to_owned(),
                sandbox => sandbox,
            },
        };
        let secret = if secret.is_empty() {
            None
        } else {
            Some(secret::one_line(&"the client secret", &secret)?)
        };
        self.profile(context, organization, client_id, sandbox, secret)
    }

    async fn without_asking(&self, context: &mut Context) -> Result<NewProfile, Failure> {
        let (organization, client_id) =
            match (given(context, Key::Organization)?, self.client_id(context)?) {
                (Some(organization), Some(client_id)) => (organization, client_id),
                (None, Some(_)) => return Err(nobody_to_ask("--org")),
                (Some(_), None) => return Err(nobody_to_ask("--client-id")),
                (None, None) => return Err(nobody_to_ask("--org and --client-id")),
            };
        let sandbox = given(context, Key::Sandbox)?.unwrap_or_else(|| "prod".to_owned());
        let secret =
            if self.client_secret_stdin { Some(context.secret_from_stdin().await?) } else { None };
        self.profile(context, organization, client_id, sandbox, secret)
    }

    /// The flag, or else the variable.
    fn client_id(&self, context: &Context) -> Result<Option<String>, Failure> {
        match &self.client_id {
            Some(client_id) => Ok(Some(header_value(&"--client-id", client_id.clone())?)),
            None => given(context, Key::ClientId),
        }
    }

    fn profile(
        &self,
        context: &mut Context,
        organization: String,
        client_id: String,
        sandbox: String,
        secret: Option<Secret>,
    ) -> Result<NewProfile, Failure> {
        context.doubt_organization(&organization);
        let mut settings = vec![
            (Key::Organization, header_value(&"the organisation ID", organization)?),
            (Key::ClientId, header_value(&"the client ID", client_id)?),
            (Key::Sandbox, header_value(&"the sandbox", sandbox)?),
        ];
        // Who says where the service is, means this profile.
        settings.extend(store::flag(context, Key::BaseUrl)?.map(|url| (Key::BaseUrl, url)));
        Ok(NewProfile { settings, secret: secret.map(|secret| (SecretKey::ClientSecret, secret)) })
    }
}

/// What a flag or a variable says of `key`.
fn given(context: &Context, key: Key) -> Result<Option<String>, Failure> {
    match context.settings.get(key)? {
        None => Ok(None),
        Some(setting) if setting.origin == Origin::Default => Ok(None),
        Some(setting) => Ok(Some(header_value(&setting.origin, setting.value)?)),
    }
}

fn nobody_to_ask(flags: &str) -> Failure {
    Failure::usage(format!("nobody can be asked here: give {flags}"))
        .hint("the secret, if any, comes through --client-secret-stdin")
}
