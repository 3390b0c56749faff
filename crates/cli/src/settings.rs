//! Settings and where they come from: flag, then environment, then profile, then default.
//!
//! A setting is looked for in layers, from the strongest to the weakest. Secrets are looked for in
//! the same layers and never become plain settings: a layer says where one is, and it is read when it
//! is needed.

mod origin;
mod profile;
mod secret;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use crate::failure::Failure;

pub(crate) use origin::{Origin, Place};
pub(crate) use profile::{Asked, DEFAULT_PROFILE, Profile, Using};
pub(crate) use secret::{SecretSetting, Source};

/// Something that can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    BaseUrl,
    ImsUrl,
    Organization,
    Sandbox,
    ClientId,
    Scopes,
    Output,
    AllowHttp,
    CaFile,
    Retries,
    TokenCache,
    EmulatorDir,
    EmulatorPort,
    EmulatorFault,
    EmulatorCredentials,
    EmulatorTokenTtl,
}

/// What a value looks like in a profile. In the environment everything is text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    /// Text, or several in an array.
    List,
    Number,
    /// True or false.
    Switch,
    /// A path; a relative one counts from the folder of the config file.
    Path,
}

impl Key {
    /// Every setting, in the order in which they are shown.
    pub(crate) const ALL: [Self; 16] = [
        Self::BaseUrl,
        Self::ImsUrl,
        Self::Organization,
        Self::Sandbox,
        Self::ClientId,
        Self::Scopes,
        Self::Output,
        Self::AllowHttp,
        Self::CaFile,
        Self::Retries,
        Self::TokenCache,
        Self::EmulatorDir,
        Self::EmulatorPort,
        Self::EmulatorFault,
        Self::EmulatorCredentials,
        Self::EmulatorTokenTtl,
    ];

    /// The environment variable that sets it.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::BaseUrl => "AEP_BASE_URL",
            Self::ImsUrl => "AEP_IMS_URL",
            Self::Organization => "AEP_ORG_ID",
            Self::Sandbox => "AEP_SANDBOX",
            Self::ClientId => "AEP_CLIENT_ID",
            Self::Scopes => "AEP_SCOPES",
            Self::Output => "AEP_OUTPUT",
            Self::AllowHttp => "AEP_ALLOW_HTTP",
            Self::CaFile => "AEP_CA_FILE",
            Self::Retries => "AEP_RETRIES",
            Self::TokenCache => "AEP_TOKEN_CACHE",
            Self::EmulatorDir => "AEP_EMULATOR_DIR",
            Self::EmulatorPort => "AEP_EMULATOR_PORT",
            Self::EmulatorFault => "AEP_EMULATOR_FAULT",
            Self::EmulatorCredentials => "AEP_EMULATOR_CREDENTIALS",
            Self::EmulatorTokenTtl => "AEP_EMULATOR_TOKEN_TTL",
        }
    }

    /// What a profile calls it: the variable without `AEP_`, in lower case.
    pub(crate) fn name(self) -> String {
        name_of(self.variable())
    }

    /// Whether its value is kept from others' eyes, though it is made up: it may have been mixed up
    /// with a real one.
    pub(crate) fn is_hidden(self) -> bool {
        matches!(self, Self::EmulatorCredentials)
    }

    fn shape(self) -> Shape {
        match self {
            Self::Scopes => Shape::List,
            Self::Retries | Self::EmulatorPort => Shape::Number,
            Self::TokenCache => Shape::Switch,
            Self::CaFile | Self::EmulatorDir => Shape::Path,
            _ => Shape::Text,
        }
    }

    /// What holds when nothing is set.
    fn default(self) -> Option<&'static str> {
        match self {
            Self::BaseUrl => Some("https://platform.adobe.io"),
            Self::ImsUrl => Some("https://ims-na1.adobelogin.com"),
            Self::Sandbox => Some("prod"),
            Self::Retries => Some("4"),
            Self::TokenCache => Some("on"),
            Self::Scopes => Some(
                "openid,session,AdobeID,read_organizations,additional_info.projectedProductContext",
            ),
            _ => None,
        }
    }
}

/// A secret that can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SecretKey {
    ClientSecret,
    AccessToken,
}

impl SecretKey {
    /// Every secret, that first which counts where one layer has both.
    pub(crate) const ALL: [Self; 2] = [Self::AccessToken, Self::ClientSecret];

    /// The environment variable that holds it.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::ClientSecret => "AEP_CLIENT_SECRET",
            Self::AccessToken => "AEP_ACCESS_TOKEN",
        }
    }

    /// The environment variable that names a file with it.
    pub(crate) fn file_variable(self) -> &'static str {
        match self {
            Self::ClientSecret => "AEP_CLIENT_SECRET_FILE",
            Self::AccessToken => "AEP_ACCESS_TOKEN_FILE",
        }
    }

    /// What a profile calls it.
    pub(crate) fn name(self) -> String {
        name_of(self.variable())
    }
}

fn name_of(variable: &str) -> String {
    variable.strip_prefix("AEP_").unwrap_or(variable).to_ascii_lowercase()
}

/// A value and where it came from.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) value: String,
    pub(crate) origin: Origin,
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The value may be a secret.
        f.debug_struct("Setting").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// One place where settings are looked for.
pub(crate) trait Layer {
    /// What this place says about `key`.
    fn get(&self, key: Key) -> Result<Option<Setting>, Failure>;

    /// Where this place has the secret `key`.
    fn secret(&self, key: SecretKey) -> Result<Option<SecretSetting>, Failure>;
}

/// All places, the strongest first.
pub(crate) struct Settings {
    layers: Vec<Box<dyn Layer>>,
    using: Option<Using>,
}

impl Settings {
    /// Flags, then environment, then the profile, then defaults.
    pub(crate) fn new(
        flags: Flags,
        variables: BTreeMap<String, OsString>,
        profile: Option<Profile>,
    ) -> Self {
        let using = profile.as_ref().map(|profile| profile.using.clone());
        let mut layers: Vec<Box<dyn Layer>> = vec![Box::new(flags), Box::new(Variables(variables))];
        if let Some(profile) = profile {
            layers.push(Box::new(profile));
        }
        layers.push(Box::new(Defaults));
        Self { layers, using }
    }

    /// The profile that is used, if one is.
    pub(crate) fn profile(&self) -> Option<&Using> {
        self.using.as_ref()
    }

    /// What holds for `key`.
    pub(crate) fn get(&self, key: Key) -> Result<Option<Setting>, Failure> {
        for layer in &self.layers {
            if let Some(setting) = layer.get(key)? {
                return Ok(Some(setting));
            }
        }
        Ok(None)
    }

    /// Where the strongest place that has the secret `key` has it. Whether it is what signs in is
    /// another matter.
    pub(crate) fn secret(&self, key: SecretKey) -> Result<Option<SecretSetting>, Failure> {
        for layer in &self.layers {
            if let Some(setting) = layer.secret(key)? {
                return Ok(Some(setting));
            }
        }
        Ok(None)
    }

    /// What signs in: of the strongest place that has any, and there a token before a secret.
    pub(crate) fn credential(&self) -> Result<Option<(SecretKey, SecretSetting)>, Failure> {
        for layer in &self.layers {
            for key in SecretKey::ALL {
                if let Some(setting) = layer.secret(key)? {
                    return Ok(Some((key, setting)));
                }
            }
        }
        Ok(None)
    }
}

/// What was said on the command line. Never a secret.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags(BTreeMap<Key, (&'static str, String)>);

impl Flags {
    /// The flag called `name` says `value`, if it was given.
    #[must_use]
    pub(crate) fn with(mut self, key: Key, name: &'static str, value: Option<String>) -> Self {
        if let Some(value) = value {
            self.0.insert(key, (name, value));
        }
        self
    }
}

impl Layer for Flags {
    fn get(&self, key: Key) -> Result<Option<Setting>, Failure> {
        Ok(self
            .0
            .get(&key)
            .map(|(name, value)| Setting { value: value.clone(), origin: Origin::Flag(name) }))
    }

    fn secret(&self, _key: SecretKey) -> Result<Option<SecretSetting>, Failure> {
        Ok(None)
    }
}

struct Variables(BTreeMap<String, OsString>);

/// A variable that is set to nothing is how shells and CI systems say "not set".
fn raw_of<'a>(variables: &'a BTreeMap<String, OsString>, name: &str) -> Option<&'a OsString> {
    variables.get(name).filter(|value| !value.is_empty())
}

fn text_of(
    variables: &BTreeMap<String, OsString>,
    name: &'static str,
) -> Result<Option<String>, Failure> {
    let Some(value) = raw_of(variables, name) else { return Ok(None) };
    let value =
        value.to_str().ok_or_else(|| Failure::usage(format!("{name} is not valid UTF-8")))?;
    Ok(Some(value.trim().to_owned()))
}

impl Layer for Variables {
    fn get(&self, key: Key) -> Result<Option<Setting>, Failure> {
        let name = key.variable();
        let value = text_of(&self.0, name)?;
        Ok(value.map(|value| Setting { value, origin: Origin::Variable(name) }))
    }

    fn secret(&self, key: SecretKey) -> Result<Option<SecretSetting>, Failure> {
        let (variable, file_variable) = (key.variable(), key.file_variable());
        let given = text_of(&self.0, variable)?.map(|text| SecretSetting {
            source: Source::given(text),
            origin: Origin::Variable(variable),
        });
        let file = raw_of(&self.0, file_variable).map(|path| SecretSetting {
            source: Source::File(PathBuf::from(path)),
            origin: Origin::Variable(file_variable),
        });
        if given.is_some() && file.is_some() {
            return Err(Failure::usage(format!("{variable} and {file_variable} are both set"))
                .hint("leave one of them out"));
        }
        Ok(given.or(file))
    }
}

struct Defaults;

impl Layer for Defaults {
    fn get(&self, key: Key) -> Result<Option<Setting>, Failure> {
        Ok(key.default().map(|value| Setting { value: value.to_owned(), origin: Origin::Default }))
    }

    fn secret(&self, _key: SecretKey) -> Result<Option<SecretSetting>, Failure> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
