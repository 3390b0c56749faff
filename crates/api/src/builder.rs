//! Configuring a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use aep_export_transport::layers::{Stack, TimeoutPolicy};
use aep_export_transport::{
    BodyRetries, Clock, ImsCredentials, ImsTokenSource, Random, RetryBudget, RetryPolicy, Secret,
    SecretSource, SharedTransport, StaticToken, SystemRandom, TokenSource, TokenStore,
};

#[cfg(feature = "http")]
use crate::CaCertificates;
use crate::client::{Client, Inner};
#[cfg(feature = "http")]
use crate::http_client::HttpSettings;
use crate::{BaseUrl, Error};

/// The production service (documented).
const PLATFORM: &str = "https://platform.adobe.io";
/// The production token service (documented).
const IMS: &str = "https://ims-na1.adobelogin.com";

/// Puts a [`Client`] together; from [`Client::builder`]. Nothing is checked before
/// [`build`](Self::build), and nothing is connected to by it.
#[must_use]
pub struct ClientBuilder {
    base_url: String,
    ims_url: String,
    organization: Option<String>,
    sandbox: Option<String>,
    api_key: Option<String>,
    user_agent: String,
    credentials: Option<Credentials>,
    token_store: Option<Arc<dyn TokenStore>>,
    timeouts: TimeoutPolicy,
    retries: RetryPolicy,
    wire: Option<SharedTransport>,
    clock: Option<Arc<dyn Clock>>,
    random: Arc<dyn Random>,
    #[cfg(feature = "http")]
    http: HttpSettings,
}

enum Credentials {
    Token(Secret),
    Source(Arc<dyn TokenSource>),
    Client(ImsCredentials),
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            base_url: PLATFORM.to_owned(),
            ims_url: IMS.to_owned(),
            organization: None,
            sandbox: None,
            api_key: None,
            user_agent: concat!("aep-export/", env!("CARGO_PKG_VERSION")).to_owned(),
            credentials: None,
            token_store: None,
            timeouts: TimeoutPolicy::default(),
            retries: RetryPolicy::default(),
            wire: None,
            clock: None,
            random: Arc::new(SystemRandom),
            #[cfg(feature = "http")]
            http: HttpSettings::default(),
        }
    }
}

impl ClientBuilder {
    /// Where the service is; `https://platform.adobe.io` unless set. Plain `http` is for this
    /// machine only.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Where tokens come from; `https://ims-na1.adobelogin.com` unless set.
    pub fn ims_url(mut self, url: impl Into<String>) -> Self {
        self.ims_url = url.into();
        self
    }

    /// The organisation, such as `0123456789ABCDEF01234567@AdobeOrg`. Required.
    pub fn organization(mut self, id: impl Into<String>) -> Self {
        self.organization = Some(id.into());
        self
    }

    /// The sandbox, such as `prod`. Required: the service falls back to a default one without a
    /// word, and a job in the wrong sandbox looks like a success (documented).
    pub fn sandbox(mut self, name: impl Into<String>) -> Self {
        self.sandbox = Some(name.into());
        self
    }

    /// The client id that goes into `x-api-key`. Required unless
    /// [`client_credentials`](Self::client_credentials) gives it.
    pub fn api_key(mut self, client_id: impl Into<String>) -> Self {
        self.api_key = Some(client_id.into());
        self
    }

    /// Signs in as this client (OAuth server-to-server) and keeps a token as long as it is good.
    /// Its id also goes into `x-api-key` unless [`api_key`](Self::api_key) says otherwise.
    /// The secret may also be told by a [`SecretSource`] of your own, which is asked when a token
    /// is to be asked for.
    pub fn client_credentials(
        mut self,
        client_id: impl Into<String>,
        client_secret: impl SecretSource + 'static,
        scopes: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Self {
        let credentials = ImsCredentials::new(client_id, client_secret, scopes);
        self.credentials = Some(Credentials::Client(credentials));
        self
    }

    /// Uses this token as it is.
    pub fn access_token(mut self, token: Secret) -> Self {
        self.credentials = Some(Credentials::Token(token));
        self
    }

    /// Takes tokens from a source of your own.
    pub fn token_source(mut self, source: Arc<dyn TokenSource>) -> Self {
        self.credentials = Some(Credentials::Source(source));
        self
    }

    /// Shares the token of the [client credentials](Self::client_credentials) through `store`, so
    /// that the next process need not ask for one, and of several that start at once only one does.
    /// A store that fails costs a token request and fails no call.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use aep_export_api::{Client, Error, Secret};
    /// use aep_export_api::transport::TokenStore;
    ///
    /// fn client(secret: Secret, vault: Arc<dyn TokenStore>) -> Result<Client, Error> {
    ///     Client::builder()
    ///         .organization("0123456789ABCDEF01234567@AdobeOrg")
    ///         .sandbox("prod")
    ///         .client_credentials("client id", secret, ["openid", "AdobeID"])
    ///         .token_store(vault)
    ///         .build()
    /// }
    /// ```
    pub fn token_store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.token_store = Some(store);
        self
    }

    /// What the client calls itself.
    pub fn user_agent(mut self, text: impl Into<String>) -> Self {
        self.user_agent = text.into();
        self
    }

    /// How long to wait for answers.
    pub fn timeouts(mut self, policy: TimeoutPolicy) -> Self {
        self.timeouts = policy;
        self
    }

    /// When a call that may be repeated is repeated; what may be is each operation's to say. All
    /// calls of a client share one budget of repetitions.
    pub fn retries(mut self, policy: RetryPolicy) -> Self {
        self.retries = policy;
        self
    }

    /// Sends requests over this instead of the default HTTP client. The layers (tokens, headers,
    /// limits, time-outs) stand around it all the same.
    pub fn transport(mut self, wire: SharedTransport) -> Self {
        self.wire = Some(wire);
        self
    }

    /// Takes the time from here. Required without the feature `http`.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Takes jitter from here.
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// Also trusts these certificate authorities, beside those of the operating system.
    #[cfg(feature = "http")]
    pub fn ca_certificates(mut self, certificates: CaCertificates) -> Self {
        self.http.ca_certificates.push(certificates);
        self
    }

    /// Also speaks plain `http` to this host, such as an emulator in another container.
    #[cfg(feature = "http")]
    pub fn allow_plain_http(mut self, host: impl Into<String>) -> Self {
        self.http.plain_http_hosts.push(host.into());
        self
    }

    /// Reaches `https` addresses over this proxy, but for the hosts of `no_proxy` (a list with
    /// commas). Nothing is read from the environment.
    #[cfg(feature = "http")]
    pub fn proxy(mut self, url: impl Into<String>, no_proxy: impl Into<String>) -> Self {
        self.http.proxy = Some((url.into(), no_proxy.into()));
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) naming the first setting that is missing or unusable.
    pub fn build(self) -> Result<Client, Error> {
        let base = BaseUrl::parse(&self.base_url)?;
        let headers = self.headers()?;
        let wire = self.wire_or_default()?;
        let clock = self.clock_or_default()?;
        let budget = RetryBudget::default();
        let stack = Stack::new(wire, Arc::clone(&clock)).timeouts(self.timeouts);
        let tokens = match self.credentials {
            Some(Credentials::Source(_) | Credentials::Token(_)) if self.token_store.is_some() => {
                return Err(Error::invalid(
                    "a token store is set, but there are no client credentials whose token it could \
                     keep",
                ));
            }
            Some(Credentials::Source(source)) => source,
            Some(Credentials::Token(token)) => static_token(token, Arc::clone(&clock))?,
            Some(Credentials::Client(client)) => {
                // Tokens are asked for without what the service wants to know.
                let retries = token_retries(self.retries);
                let random = Arc::clone(&self.random);
                let bare = stack
                    .clone()
                    .timeouts(token_timeouts(self.timeouts))
                    .retry(retries, budget.clone(), random)
                    .build();
                let source = ImsTokenSource::new(bare, &self.ims_url, client, Arc::clone(&clock));
                let source = source.map_err(|error| {
                    Error::invalid("cannot use the address of the token service").with_source(error)
                })?;
                match self.token_store {
                    Some(store) => Arc::new(source.with_store(store)),
                    None => Arc::new(source),
                }
            }
            None => return Err(Error::invalid("no credentials are set: neither token nor client")),
        };
        let random = self.random;
        let body_retries = BodyRetries::new(self.retries, budget.clone(), Arc::clone(&random));
        let transport = stack
            .headers(headers.clone())
            .authorization(Arc::clone(&tokens), [base.origin().clone()])
            .retry(self.retries, budget, Arc::clone(&random))
            .build();
        Ok(Client::new(Inner { transport, base, headers, clock, random, tokens, body_retries }))
    }

    #[cfg(feature = "http")]
    fn wire_or_default(&self) -> Result<SharedTransport, Error> {
        match &self.wire {
            None => self.http.transport(),
            Some(_) if self.http.is_set() => Err(Error::invalid(
                "certificates, proxy and plain-http hosts are settings of the default HTTP client, \
                 but another transport is set",
            )),
            Some(wire) => Ok(Arc::clone(wire)),
        }
    }

    #[cfg(not(feature = "http"))]
    fn wire_or_default(&self) -> Result<SharedTransport, Error> {
        self.wire.clone().ok_or_else(|| Error::invalid("no transport is set"))
    }

    fn clock_or_default(&self) -> Result<Arc<dyn Clock>, Error> {
        #[cfg(feature = "http")]
        let default = Some(crate::http_client::clock());
        #[cfg(not(feature = "http"))]
        let default = None;
        self.clock.clone().or(default).ok_or_else(|| Error::invalid("no clock is set"))
    }

    /// What every request carries (documented).
    fn headers(&self) -> Result<HeaderMap, Error> {
        let client_id = match (&self.api_key, &self.credentials) {
            (None, Some(Credentials::Client(client))) => Some(&client.client_id),
            (api_key, _) => api_key.as_ref(),
        };
        let mut headers = HeaderMap::new();
        for (name, what, value) in [
            ("x-gw-ims-org-id", "organisation", self.organization.as_ref()),
            ("x-api-key", "client id", client_id),
            ("x-sandbox-name", "sandbox", self.sandbox.as_ref()),
        ] {
            let value = value.map(|value| value.trim()).filter(|value| !value.is_empty());
            let value = value.ok_or_else(|| Error::invalid(format!("no {what} is set")))?;
            headers.insert(HeaderName::from_static(name), header_value(what, value)?);
        }
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::USER_AGENT, header_value("user agent", &self.user_agent)?);
        Ok(headers)
    }
}

fn header_value(what: &str, value: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(value)
        .map_err(|_| Error::invalid(format!("the {what} cannot stand in a header")))
}

/// A token with a line break at its end, the usual slip, is told before anything is sent.
fn static_token(token: Secret, clock: Arc<dyn Clock>) -> Result<Arc<dyn TokenSource>, Error> {
    let usable = !token.expose().is_empty() && token.expose().bytes().all(|b| b.is_ascii_graphic());
    if !usable {
        let why = "the access token is empty, or holds white space or other characters that no \
                   token has";
        return Err(Error::invalid(why));
    }
    Ok(Arc::new(StaticToken::new(token).with_clock(clock)))
}

/// A call that waits for a token is not kept waiting as long as for its own answer.
fn token_retries(policy: RetryPolicy) -> RetryPolicy {
    let total = Duration::from_secs(20);
    policy
        .attempts(policy.attempts.min(3))
        .total(Some(policy.total.map_or(total, |limit| limit.min(total))))
}

/// Each try leaves time for the others: a token comes quickly or not at all.
fn token_timeouts(mut policy: TimeoutPolicy) -> TimeoutPolicy {
    policy.response = policy.response.min(Duration::from_secs(6));
    policy
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_url", &self.base_url)
            .field("ims_url", &self.ims_url)
            .field("organization", &self.organization)
            .field("sandbox", &self.sandbox)
            .finish_non_exhaustive()
    }
}
