//! The gateway in front of the services: tokens, keys, organisations, and its refusals.

use crate::answer::{Answer, gateway, problem};
use crate::call::Call;
use crate::core::{Core, token};
use crate::records::Tenant;

/// The sandbox of a request that names none (documented in 2020; later pages call the header
/// required).
const DEFAULT_SANDBOX: &str = "prod";

/// Who a request comes from, once the gateway let it through.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) tenant: Tenant,
    pub(super) client: String,
    /// What links begin with: the address that the caller used.
    pub(super) base: String,
}

impl Core {
    /// The checks of the gateway, in the order in which they are made (the codes are documented,
    /// their order is assumed).
    pub(super) fn gateway(&self, call: &Call, now: i64) -> Result<Caller, Answer> {
        let client = call
            .header("x-api-key")
            .ok_or_else(|| gateway("403000", "Api Key is required"))?
            .to_owned();
        let authorization = call
            .header("authorization")
            .ok_or_else(|| gateway("403010", "Oauth token is missing."))?;
        let issued_to = bearer(authorization)
            .filter(|_| !self.faults.has_expired(authorization))
            .and_then(|text| token::client_of(text, now))
            .ok_or_else(|| gateway("401013", "Oauth token is not valid"))?;
        let is_known =
            self.settings.credentials.as_ref().is_none_or(|known| known.client_id == client);
        if issued_to != client || !is_known {
            return Err(gateway("403003", "Api Key is invalid"));
        }
        let organization = self.organization(call)?;
        let sandbox = sandbox(call)?;
        let host = call.host.as_deref().unwrap_or("127.0.0.1");
        let base = format!("http://{host}");
        Ok(Caller { tenant: Tenant { organization, sandbox }, client, base })
    }

    fn organization(&self, call: &Call) -> Result<String, Answer> {
        let id =
            call.header("x-gw-ims-org-id").ok_or_else(|| gateway("400003", "Missing header"))?;
        if !Tenant::is_organization(id) {
            return Err(gateway("403027", "User region is missing"));
        }
        let provisioned = &self.settings.organizations;
        if !provisioned.is_empty() && !provisioned.iter().any(|known| known == id) {
            return Err(gateway("403025", "Profile is not valid"));
        }
        Ok(id.to_owned())
    }
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// What the gateway says of a name that no sandbox can have is assumed.
fn sandbox(call: &Call) -> Result<String, Answer> {
    let Some(name) = call.header("x-sandbox-name") else {
        return Ok(DEFAULT_SANDBOX.to_owned());
    };
    if Tenant::is_sandbox(name) {
        Ok(name.to_owned())
    } else {
        Err(problem(400, "BadRequestError", "x-sandbox-name is not the name of a sandbox"))
    }
}

/// Requests with a body must say that it is JSON (documented for all services; the body of the
/// answer is Catalog's).
pub(super) fn json_only(call: &Call) -> Result<(), Answer> {
    if call.has_content_type("application/json") {
        Ok(())
    } else {
        Err(problem(400, "BadRequestError", "A valid content-type must be specified"))
    }
}
