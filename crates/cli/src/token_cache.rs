//! Whether tokens are kept for the next run, and where.

use std::path::PathBuf;

use crate::context::Context;
use crate::failure::Failure;
use crate::settings::Key;
use crate::token_file::{Client, TokenFile};

/// What stands for the profile where none is used.
const NO_PROFILE: &str = "environment";

impl Context {
    /// Whether a token is kept for the next run.
    pub(crate) fn keeps_tokens(&self) -> Result<bool, Failure> {
        let setting = self.required(Key::TokenCache)?;
        match setting.value.to_ascii_lowercase().as_str() {
            "on" | "1" | "true" | "yes" => Ok(true),
            "off" | "0" | "false" | "no" => Ok(false),
            _ => {
                let (origin, value) = (&setting.origin, &setting.value);
                Err(Failure::usage(format!("{origin}: `{value}` is neither on nor off"))
                    .hint("on, 1, true and yes; off, 0, false and no"))
            }
        }
    }

    /// The folder of all kept tokens, if there is a place for it.
    pub(crate) fn token_folder(&self) -> Option<PathBuf> {
        Some(self.cache_dir.as_ref()?.join("aep-export").join("tokens"))
    }

    /// The name under which the present profile's tokens are kept.
    pub(crate) fn token_name(&self) -> &str {
        self.settings.profile().map_or(NO_PROFILE, |using| &using.name)
    }

    /// The file for the token of the client `client_id` in `profile`, or else in the present one,
    /// unless none is kept.
    pub(crate) fn token_file_of(
        &self,
        profile: Option<&str>,
        client_id: &str,
    ) -> Result<Option<TokenFile>, Failure> {
        let (true, Some(folder)) = (self.keeps_tokens()?, self.token_folder()) else {
            return Ok(None);
        };
        let client = Client::new(
            &self.required(Key::ImsUrl)?.value,
            client_id,
            &self.required(Key::Scopes)?.value,
        );
        Ok(Some(TokenFile::new(&folder, profile.unwrap_or_else(|| self.token_name()), client)))
    }

    /// The file for the present client's token, unless none is kept or it cannot be trusted: that is
    /// said, and the run goes on without.
    pub(crate) fn trusted_token_file(&mut self) -> Result<Option<TokenFile>, Failure> {
        let client_id = self.required(Key::ClientId)?.value;
        let Some(file) = self.token_file_of(None, &client_id)? else { return Ok(None) };
        let Err(failure) = file.check() else { return Ok(Some(file)) };
        self.talk.warn(&format!("the kept token is not used: {}", failure.in_passing()));
        Ok(None)
    }
}
