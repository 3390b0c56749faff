//! Files with credentials, as the developer console and other programs write them.
//!
//! Where the forms come from: the project file, the config file of the Python client aepp and Adobe's
//! Postman environment have published samples (*documented*); the flat file of the console is known from
//! programs that read it (*assumed*). Of a file that cannot be used nothing is repeated.

use std::collections::BTreeMap;

use aep_export_api::Secret;
use serde_json::{Map, Value};

/// Where a file says which token service to use and it is Adobe's usual one.
const USUAL_IMS: &str = "ims-na1.adobelogin.com";

/// What a file with credentials says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Credentials {
    /// What kind of file it is.
    pub(crate) form: &'static str,
    pub(crate) organization: Option<String>,
    pub(crate) client_id: String,
    /// The first of them, if there are several.
    pub(crate) secret: Option<Secret>,
    pub(crate) access_token: Option<Secret>,
    pub(crate) scopes: Option<String>,
    pub(crate) sandbox: Option<String>,
    pub(crate) ims_url: Option<String>,
    /// What is good to know about what was taken or left out.
    pub(crate) notes: Vec<&'static str>,
}

/// Reads a file with credentials; what is wrong with it is a sentence without a subject.
pub(crate) fn read(bytes: &[u8]) -> Result<Credentials, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let document: Value = serde_json::from_slice(bytes).map_err(|error| {
        // Its own words could repeat the document.
        format!("is not JSON (line {}, column {})", error.line(), error.column())
    })?;
    let Value::Object(document) = document else { return Err(UNKNOWN.to_owned()) };
    let document = Fields::of(document);
    if let Some(project) = document.object("project") {
        return of_project(&project);
    }
    if let Some(Value::Array(values)) = document.0.get("values") {
        return Fields::of_postman(values).credentials("a Postman environment");
    }
    let form = match document.0.contains_key("sandbox_name") || document.0.contains_key("secret") {
        true => "a config file of aepp",
        false => "a credential file of the developer console",
    };
    document.credentials(form)
}

const UNKNOWN: &str = "is none of the credential files that can be imported";

const JWT: &str = "has a Service Account (JWT) credential only, which Adobe has ended: add an OAuth \
                   Server-to-Server credential to the project and download it again";

const OF_A_PERSON: &str = "has the credential of a person's sign-in: what is needed is an OAuth \
                           Server-to-Server credential";

/// The file of a whole project, as the developer console gives it.
fn of_project(project: &Fields) -> Result<Credentials, String> {
    let workspace = project.object("workspace");
    let details = workspace.as_ref().and_then(|workspace| workspace.object("details"));
    let credentials = details.as_ref().and_then(|details| details.0.get("credentials"));
    let Some(Value::Array(credentials)) = credentials else {
        return Err("is the file of a project without credentials".to_owned());
    };
    let credentials: Vec<Fields> = credentials.iter().filter_map(Fields::of_value).collect();
    let mut of_servers =
        credentials.iter().filter_map(|credential| credential.object("oauth_server_to_server"));
    let Some(mut chosen) = of_servers.next() else {
        return Err(match credentials.iter().any(Fields::is_jwt) {
            true => JWT.to_owned(),
            false => "is the file of a project without an OAuth Server-to-Server credential".into(),
        });
    };
    if let Some(organization) =
        project.object("org").and_then(|org| org.0.get("ims_org_id").cloned())
    {
        chosen.0.insert("ims_org_id".to_owned(), organization);
    }
    let mut found = chosen.credentials("a project file of the developer console")?;
    if of_servers.next().is_some() {
        found
            .notes
            .push("the project has several OAuth Server-to-Server credentials: the first is taken");
    }
    Ok(found)
}

/// The members of an object by their names in lower case, with `_` for every dash and space.
struct Fields(BTreeMap<String, Value>);

impl Fields {
    fn of(object: Map<String, Value>) -> Self {
        let mut fields = BTreeMap::new();
        for (name, value) in object {
            let name = name.trim().to_lowercase().replace(['-', ' '], "_");
            fields.entry(name).or_insert(value);
        }
        Self(fields)
    }

    fn of_value(value: &Value) -> Option<Self> {
        value.as_object().cloned().map(Self::of)
    }

    fn of_postman(values: &[Value]) -> Self {
        let mut fields = Map::new();
        for variable in values.iter().filter_map(Self::of_value) {
            let is_on =
                variable.0.get("enabled").is_none_or(|enabled| *enabled != Value::Bool(false));
            if let (true, Some(Value::String(name)), Some(value)) =
                (is_on, variable.0.get("key"), variable.0.get("value"))
            {
                fields.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        Self::of(fields)
    }

    fn object(&self, name: &str) -> Option<Self> {
        self.0.get(name).and_then(Self::of_value)
    }

    /// The first of `names` that has a text.
    fn text(&self, names: &[&str]) -> Result<Option<String>, String> {
        Ok(self.texts(names)?.into_iter().next())
    }

    /// The texts of the first of `names` that has any: one, or an array of them.
    fn texts(&self, names: &[&str]) -> Result<Vec<String>, String> {
        for name in names {
            let texts = match self.0.get(*name) {
                None | Some(Value::Null) => continue,
                Some(Value::Array(values)) => values.iter().map(text).collect::<Option<Vec<_>>>(),
                Some(value) => text(value).map(|text| vec![text]),
            };
            let texts = texts.ok_or_else(|| format!("has a `{name}` that is not text"))?;
            let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
            if texts.iter().any(|text| text.starts_with('<') && text.ends_with('>')) {
                return Err(format!("has a `{name}` that nobody filled in"));
            }
            if !texts.is_empty() {
                return Ok(texts);
            }
        }
        Ok(Vec::new())
    }

    /// Whether it is a credential of the kind that Adobe has ended (*assumed*: no sample is known).
    fn is_jwt(&self) -> bool {
        let signs = [
            "jwt",
            "jwt_token",
            "private_key",
            "path_to_key",
            "pathtokey",
            "metascopes",
            "meta_scopes",
        ];
        let kind = self.0.get("integration_type").and_then(Value::as_str);
        signs.iter().any(|sign| self.0.contains_key(*sign))
            || kind.is_some_and(|kind| matches!(kind.to_lowercase().as_str(), "service" | "jwt"))
    }

    fn credentials(&self, form: &'static str) -> Result<Credentials, String> {
        let scopes = self.texts(&["scopes", "scope"])?;
        if scopes.is_empty() && self.is_jwt() {
            return Err(JWT.to_owned());
        }
        if scopes.is_empty() && self.0.contains_key("auth_code") {
            return Err(OF_A_PERSON.to_owned());
        }
        let client_id = self.text(&["client_id", "api_key"])?;
        let secrets = self.texts(&["client_secrets", "client_secret", "secret"])?;
        let token = self.text(&["access_token"])?;
        let Some(client_id) = client_id else {
            return Err(match secrets.is_empty() && token.is_none() {
                true => UNKNOWN.to_owned(),
                false => "has no client id".to_owned(),
            });
        };
        let mut notes = Vec::new();
        if secrets.len() > 1 {
            notes.push("it has several client secrets: the first is taken");
        }
        if !secrets.is_empty() && token.is_some() {
            notes.push("its access token is left out: the client secret outlives it");
        }
        if self.text(&["environment"])?.is_some_and(|name| !name.eq_ignore_ascii_case("prod")) {
            notes.push("it is not for Adobe's production: set base_url and ims_url yourself");
        }
        let ims = self.text(&["ims"])?.filter(|host| host != USUAL_IMS);
        Ok(Credentials {
            form,
            organization: self.text(&["org_id", "ims_org_id", "ims_org"])?,
            client_id,
            access_token: token.filter(|_| secrets.is_empty()).map(Secret::new),
            secret: secrets.into_iter().next().map(Secret::new),
            scopes: (!scopes.is_empty()).then(|| scopes.join(",")),
            sandbox: self.text(&["sandbox_name", "sandbox"])?,
            ims_url: ims
                .map(|ims| if ims.contains("://") { ims } else { format!("https://{ims}") }),
            notes,
        })
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests;
