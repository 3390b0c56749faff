//! A client for the service that the settings name.

use std::path::PathBuf;
use std::sync::Arc;

use std::fmt::Display;

use aep_export_api::{BaseUrl, CaCertificates, Client, ClientBuilder, RetryPolicy, Secret};
use aep_export_emulator::{
    Builder, CLIENT_ID, CLIENT_SECRET, Emulator, EmulatorError, ORGANIZATION,
};
use aep_export_transport::SecretSource;

use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::secret::LateSecret;
use crate::settings::{Key, SecretKey, SecretSetting, Setting, Source};

/// What stands for the emulator in a dry run, where none is started.
const NOMINAL_EMULATOR: &str = "http://127.0.0.1:8377";

impl Context {
    /// A client that can be used. With `--emulator` the emulator runs from here on.
    pub(crate) async fn connect(&mut self) -> Result<Client, Failure> {
        let builder = if self.global.emulator {
            let url = self.start_emulator().await?;
            self.for_emulator(&url)?
        } else {
            self.for_service().await?
        };
        self.built(builder)
    }

    /// A client that only makes requests and never sends one: settings that are missing show as
    /// the variables that would set them.
    pub(crate) fn client_for_dry_run(&self) -> Result<Client, Failure> {
        let builder = if self.global.emulator {
            self.for_emulator(NOMINAL_EMULATOR)?
        } else {
            let or_variable = |key: Key| -> Result<String, Failure> {
                match self.settings.get(key)? {
                    Some(Setting { value, origin }) => header_value(&origin, value),
                    None => Ok(format!("${}", key.variable())),
                }
            };
            self.addressed()?
                .organization(or_variable(Key::Organization)?)
                .api_key(or_variable(Key::ClientId)?)
                .access_token(Secret::new("not-sent"))
        };
        self.built(builder)
    }

    fn built(&self, builder: ClientBuilder) -> Result<Client, Failure> {
        self.built_with(builder, self.retries()?)
    }

    /// A client that repeats calls by this policy.
    pub(crate) fn built_with(
        &self,
        builder: ClientBuilder,
        retries: RetryPolicy,
    ) -> Result<Client, Failure> {
        builder
            .retries(retries)
            .clock(self.clock.clone())
            .user_agent(concat!("aep-export/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::usage(error.message()))
    }

    pub(crate) fn retries(&self) -> Result<RetryPolicy, Failure> {
        let setting = self.required(Key::Retries)?;
        let retries: u32 = setting.value.parse().map_err(|_| {
            let (origin, value) = (&setting.origin, &setting.value);
            Failure::usage(format!("{origin}: `{value}` is not a number of repetitions"))
        })?;
        Ok(RetryPolicy::default().attempts(retries.saturating_add(1)))
    }

    async fn start_emulator(&mut self) -> Result<String, Failure> {
        if let Some(emulator) = &self.emulator {
            return Ok(emulator.url());
        }
        let faults = self.emulator_faults(&[])?;
        let mut builder = Emulator::builder()
            .data_dir(self.emulator_dir()?)
            .holder(format!("aep-export (process {})", self.process));
        builder = faults.iter().cloned().fold(builder, Builder::fault);
        if let Some(ttl) = self.emulator_token_ttl(None)? {
            builder = builder.token_lifetime(ttl);
        }
        let emulator = builder.start().await.map_err(|error| Failure::from(&error))?;
        self.tell_of_faults(&faults);
        Ok(self.emulator.insert(emulator).url())
    }

    fn for_emulator(&self, url: &str) -> Result<ClientBuilder, Failure> {
        Ok(Client::builder()
            .base_url(url)
            .ims_url(url)
            .organization(ORGANIZATION)
            .sandbox(self.in_header(Key::Sandbox)?)
            .client_credentials(CLIENT_ID, Secret::new(CLIENT_SECRET), ["openid"]))
    }

    async fn for_service(&mut self) -> Result<ClientBuilder, Failure> {
        let (key, credential) = self.signed_in()?;
        self.keeps_tokens()?;
        let builder = self.identified(self.addressed()?)?;
        let builder = match (key, &credential.source) {
            // With a kept token nobody need be asked.
            (SecretKey::ClientSecret, Source::Command(_)) => {
                let secret = LateSecret::new(self.secrets.clone(), credential);
                self.with_client_secret(builder, secret)?
            }
            _ => {
                let secret = self.secrets.read(&credential).await?;
                self.with_secret(builder, key, secret)?
            }
        };
        if key == SecretKey::AccessToken {
            return Ok(builder);
        }
        Ok(match self.trusted_token_file()? {
            Some(file) => builder.token_store(Arc::new(file)),
            None => builder,
        })
    }

    /// A client that signs in with these and keeps nothing, whatever else is set.
    pub(crate) fn client_of(
        &self,
        organization: &str,
        client_id: &str,
        secret: Secret,
    ) -> Result<Client, Failure> {
        let scopes = [self.required(Key::Scopes)?.value];
        let builder = self.addressed()?.organization(organization);
        self.built(builder.client_credentials(client_id, secret, scopes))
    }

    /// Who calls.
    pub(crate) fn identified(&self, builder: ClientBuilder) -> Result<ClientBuilder, Failure> {
        Ok(builder
            .organization(self.in_header(Key::Organization)?)
            .api_key(self.in_header(Key::ClientId)?))
    }

    /// What the caller signs in with.
    pub(crate) fn with_secret(
        &self,
        builder: ClientBuilder,
        key: SecretKey,
        secret: Secret,
    ) -> Result<ClientBuilder, Failure> {
        Ok(match key {
            SecretKey::AccessToken => builder.access_token(secret),
            SecretKey::ClientSecret => self.with_client_secret(builder, secret)?,
        })
    }

    fn with_client_secret(
        &self,
        builder: ClientBuilder,
        secret: impl SecretSource + 'static,
    ) -> Result<ClientBuilder, Failure> {
        let client_id = self.required(Key::ClientId)?.value;
        Ok(builder.client_credentials(client_id, secret, [self.required(Key::Scopes)?.value]))
    }

    /// Says so if `id` does not look like one of an organisation, before it is saved.
    pub(crate) fn doubt_organization(&mut self, id: &str) {
        if !id.ends_with("@AdobeOrg") {
            self.talk.warn("the organisation ID does not end with @AdobeOrg");
        }
    }

    /// Addresses, sandbox, certificates and proxy.
    pub(crate) fn addressed(&self) -> Result<ClientBuilder, Failure> {
        let base = self.address(Key::BaseUrl)?;
        let ims = self.address(Key::ImsUrl)?;
        let encrypted = [&base, &ims].iter().any(|url| url.value.starts_with("https:"));
        let mut builder = Client::builder()
            .base_url(base.value)
            .ims_url(ims.value)
            .sandbox(self.in_header(Key::Sandbox)?);
        if let Some(host) = self.settings.get(Key::AllowHttp)? {
            builder = builder.allow_plain_http(host.value);
        }
        // What is wrong with it is no reason to refuse what needs none of it.
        if encrypted {
            if let Some(certificates) = self.certificates()? {
                builder = builder.ca_certificates(certificates);
            }
            if let Some((url, no_proxy)) = self.proxy.https()? {
                builder = builder.proxy(url, no_proxy);
            }
        }
        Ok(builder)
    }

    /// The file of a certificate authority of the user's own.
    pub(crate) fn ca_file(&self) -> Result<Option<PathBuf>, Failure> {
        Ok(self.settings.get(Key::CaFile)?.map(|setting| PathBuf::from(setting.value)))
    }

    /// The way of bytes to anything that is not AEP, with the certificates and the proxy that are set.
    /// Plain http goes to this machine and to these hosts.
    #[cfg(feature = "object-stores")]
    pub(crate) fn wire(
        &self,
        plain: impl IntoIterator<Item = String>,
    ) -> Result<aep_export_transport::DefaultTransport, Failure> {
        use aep_export_transport::{DefaultTransport, ProxySettings};

        let mut builder = DefaultTransport::builder();
        if let Some(certificates) = self.certificates()? {
            builder = builder.extra_roots(certificates);
        }
        if let Some((url, no_proxy)) = self.proxy.https()? {
            let url = url::Url::parse(&url)
                .map_err(|_| Failure::usage("the address of the proxy cannot be read"))?;
            builder = builder.proxy(ProxySettings::new(url, no_proxy));
        }
        for host in plain {
            builder = builder.allow_plain_http(host);
        }
        Ok(builder.build())
    }

    fn certificates(&self) -> Result<Option<CaCertificates>, Failure> {
        let Some(Setting { value: file, origin }) = self.settings.get(Key::CaFile)? else {
            return Ok(None);
        };
        let pem = std::fs::read(&file).map_err(|error| {
            Failure::io(format!("{origin}: cannot read {file}"), &error).of_input()
        })?;
        CaCertificates::from_pem(&pem)
            .map(Some)
            .map_err(|error| Failure::usage(format!("{origin}: {file} {error}")))
    }

    /// An address, checked here so that the message can say where it came from.
    fn address(&self, key: Key) -> Result<Setting, Failure> {
        let setting = self.required(key)?;
        let wrong = |why: &str| Failure::usage(format!("{}: {why}", setting.origin));
        let url = BaseUrl::parse(&setting.value).map_err(|error| wrong(error.message()))?;
        let (origin, host) = (url.origin(), url.origin().host());
        let allowed = self.settings.get(Key::AllowHttp)?;
        let allowed = allowed.is_some_and(|allowed| allowed.value.eq_ignore_ascii_case(&host));
        if !(origin.is_https() || origin.is_loopback() || allowed) {
            let why = "is not on this machine, and http would send secrets in clear";
            return Err(wrong(&format!("{origin} {why}"))
                .hint(format!("if that is meant, set AEP_ALLOW_HTTP={host}")));
        }
        Ok(setting)
    }

    pub(crate) fn required(&self, key: Key) -> Result<Setting, Failure> {
        self.settings
            .get(key)?
            .ok_or_else(|| Failure::new(Kind::Auth, format!("{} is not set", key.variable())))
    }

    /// A setting that goes into a header of each call.
    pub(crate) fn in_header(&self, key: Key) -> Result<String, Failure> {
        let Setting { value, origin } = self.required(key)?;
        header_value(&origin, value)
    }

    /// What signs in, if everything is there that calls need.
    pub(crate) fn signed_in(&self) -> Result<(SecretKey, SecretSetting), Failure> {
        let mut missing = Vec::new();
        for key in [Key::Organization, Key::ClientId] {
            if self.settings.get(key)?.is_none() {
                missing.push(key.variable());
            }
        }
        let credential = self.settings.credential()?;
        let (list, verb) = match (credential, missing.as_slice()) {
            (Some(credential), []) => return Ok(credential),
            (Some(_), [one]) => ((*one).to_owned(), "is"),
            (Some(_), several) => (several.join(" and "), "are"),
            (None, []) => (A_CREDENTIAL.to_owned(), "is"),
            (None, missing) => (format!("{} and {A_CREDENTIAL}", missing.join(", ")), "are"),
        };
        let failure = Failure::new(Kind::Auth, format!("not signed in: {list} {verb} not set"));
        let profile = match self.settings.profile() {
            Some(using) => format!("profile `{}` of {}", using.name, using.file.display()),
            None => "a profile".to_owned(),
        };
        Err(failure.hint(format!(
            "set them in the environment or in {profile} (aep-export auth login asks for them), or add --emulator \
             to work without an account"
        )))
    }
}

const A_CREDENTIAL: &str = "AEP_CLIENT_SECRET (or AEP_ACCESS_TOKEN)";

/// A value that goes into a header, checked here so that the message can say where it came from. What
/// a server makes of one beyond ASCII is not defined (RFC 9110, 5.5).
pub(crate) fn header_value(place: &dyn Display, value: String) -> Result<String, Failure> {
    let fits = value.is_ascii() && http::HeaderValue::from_str(&value).is_ok();
    if value.trim().is_empty() || !fits {
        return Err(Failure::usage(format!("{place}: {value:?} cannot stand in a header")));
    }
    Ok(value)
}

impl From<&EmulatorError> for Failure {
    fn from(error: &EmulatorError) -> Self {
        let failure = |kind| Self::new(kind, error.to_string());
        match error {
            EmulatorError::StoreHeld { .. } => failure(Kind::Busy)
                .hint("wait for it to end, or use another folder: --emulator-dir DIR"),
            EmulatorError::Bind { .. } => {
                failure(Kind::LocalIo).hint("choose another port; --port 0 takes any free one")
            }
            EmulatorError::Files { .. } => {
                failure(Kind::LocalIo).hint("choose another folder: --emulator-dir DIR")
            }
            _ => failure(Kind::Other),
        }
    }
}
