//! Settings and where they come from: flag, then environment, then default.
//!
//! A setting is looked for in layers, from the strongest to the weakest. A config file is one more
//! layer between the environment and the defaults.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use crate::failure::Failure;

/// Something that can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    BaseUrl,
    ImsUrl,
    Organization,
    Sandbox,
    ClientId,
    ClientSecret,
    AccessToken,
    Scopes,
    Output,
    AllowHttp,
    CaFile,
    Retries,
    EmulatorDir,
    EmulatorPort,
    EmulatorFault,
    EmulatorCredentials,
    EmulatorTokenTtl,
}

impl Key {
    /// The environment variable that sets it.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::BaseUrl => "AEP_BASE_URL",
            Self::ImsUrl => "AEP_IMS_URL",
            Self::Organization => "AEP_ORG_ID",
            Self::Sandbox => "AEP_SANDBOX",
            Self::ClientId => "AEP_CLIENT_ID",
            Self::ClientSecret => "AEP_CLIENT_SECRET",
            Self::AccessToken => "AEP_ACCESS_TOKEN",
            Self::Scopes => "AEP_SCOPES",
            Self::Output => "AEP_OUTPUT",
            Self::AllowHttp => "AEP_ALLOW_HTTP",
            Self::CaFile => "AEP_CA_FILE",
            Self::Retries => "AEP_RETRIES",
            Self::EmulatorDir => "AEP_EMULATOR_DIR",
            Self::EmulatorPort => "AEP_EMULATOR_PORT",
            Self::EmulatorFault => "AEP_EMULATOR_FAULT",
            Self::EmulatorCredentials => "AEP_EMULATOR_CREDENTIALS",
            Self::EmulatorTokenTtl => "AEP_EMULATOR_TOKEN_TTL",
        }
    }

    /// What holds when nothing is set.
    fn default(self) -> Option<&'static str> {
        match self {
            Self::BaseUrl => Some("https://platform.adobe.io"),
            Self::ImsUrl => Some("https://ims-na1.adobelogin.com"),
            Self::Sandbox => Some("prod"),
            Self::Retries => Some("4"),
            Self::Scopes => Some(
                "openid,session,AdobeID,read_organizations,additional_info.projectedProductContext",
            ),
            _ => None,
        }
    }
}

/// A value and where it came from.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) value: String,
    pub(crate) origin: Origin,
}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(&'static str),
    Variable(&'static str),
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::Default => f.write_str("the default"),
        }
    }
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
}

/// All places, the strongest first.
pub(crate) struct Settings {
    layers: Vec<Box<dyn Layer>>,
}

impl Settings {
    /// Flags, then environment, then defaults.
    pub(crate) fn new(flags: Flags, variables: BTreeMap<String, OsString>) -> Self {
        Self { layers: vec![Box::new(flags), Box::new(Variables(variables)), Box::new(Defaults)] }
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
}

struct Variables(BTreeMap<String, OsString>);

impl Layer for Variables {
    fn get(&self, key: Key) -> Result<Option<Setting>, Failure> {
        let name = key.variable();
        // A variable that is set to nothing is how shells and CI systems say "not set".
        let Some(value) = self.0.get(name).filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        let value =
            value.to_str().ok_or_else(|| Failure::usage(format!("{name} is not valid UTF-8")))?;
        Ok(Some(Setting { value: value.trim().to_owned(), origin: Origin::Variable(name) }))
    }
}

struct Defaults;

impl Layer for Defaults {
    fn get(&self, key: Key) -> Result<Option<Setting>, Failure> {
        Ok(key.default().map(|value| Setting { value: value.to_owned(), origin: Origin::Default }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(flag: Option<&str>, variable: Option<&str>) -> Settings {
        let flags = Flags::default().with(Key::Sandbox, "--sandbox", flag.map(str::to_owned));
        let variables = variable
            .map(|value| ("AEP_SANDBOX".to_owned(), OsString::from(value)))
            .into_iter()
            .collect();
        Settings::new(flags, variables)
    }

    #[test]
    fn flag_then_environment_then_default() {
        let cases = [
            (Some("flag"), Some("variable"), "flag", "--sandbox"),
            (None, Some("variable"), "variable", "AEP_SANDBOX"),
            (None, Some(""), "prod", "the default"),
            (None, None, "prod", "the default"),
        ];
        for (flag, variable, value, origin) in cases {
            let setting = settings(flag, variable).get(Key::Sandbox).unwrap().unwrap();
            assert_eq!(
                (setting.value.as_str(), setting.origin.to_string().as_str()),
                (value, origin)
            );
        }
    }

    #[test]
    fn a_setting_does_not_show_its_value() {
        let setting = settings(Some("canary"), None).get(Key::Sandbox).unwrap().unwrap();
        assert!(!format!("{setting:?}").contains("canary"));
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_text_is_named() {
        use std::os::unix::ffi::OsStringExt;

        let variables = [("AEP_ORG_ID".to_owned(), OsString::from_vec(vec![0xff]))].into();
        let failure =
            Settings::new(Flags::default(), variables).get(Key::Organization).unwrap_err();
        assert_eq!(failure.message(), "AEP_ORG_ID is not valid UTF-8");
    }
}
