//! A bare HTTP client with just enough around it to ask the emulator.

use aep_export_emulator::{Builder, CLIENT_ID, CLIENT_SECRET, Emulator, ORGANIZATION, SANDBOX};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

pub(crate) const UPS: &str = "/data/core/ups";
pub(crate) const JOBS: &str = "/data/core/ups/export/jobs";
pub(crate) const CATALOG: &str = "/data/foundation/catalog";
pub(crate) const EXPORT: &str = "/data/foundation/export";

/// A small emulator.
pub(crate) fn small() -> Builder {
    Emulator::builder().profiles(300)
}

/// A client with a token.
pub(crate) struct Wire {
    http: Client,
    base: String,
    token: String,
    pub(crate) organization: String,
    pub(crate) sandbox: String,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.expect("a body").to_vec();
        Self { status, headers, body }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}: {}", self.status, String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }
}

/// A client that asks nobody but the address it is given.
pub(crate) fn http() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().expect("a client")
}

impl Wire {
    pub(crate) async fn to(emulator: &Emulator) -> Self {
        let (http, base) = (http(), emulator.url());
        let form = format!(
            "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}\
             &scope=openid,AdobeID"
        );
        let request = http
            .post(format!("{base}/ims/token/v3"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let token = Got::of(request).await.json();
        let token = token["access_token"].as_str().expect("a token").to_owned();
        let (organization, sandbox) = (ORGANIZATION.to_owned(), SANDBOX.to_owned());
        Self { http, base, token, organization, sandbox }
    }

    /// The value of `authorization`.
    pub(crate) fn authorization(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// A request with all headers that the gateway wants.
    pub(crate) fn request(&self, method: Method, target: &str) -> RequestBuilder {
        let address = if target.starts_with('/') {
            format!("{}{target}", self.base)
        } else {
            target.to_owned()
        };
        self.http
            .request(method, address)
            .header("authorization", self.authorization())
            .header("x-api-key", CLIENT_ID)
            .header("x-gw-ims-org-id", &self.organization)
            .header("x-sandbox-name", &self.sandbox)
    }

    pub(crate) async fn get(&self, target: &str) -> Got {
        Got::of(self.request(Method::GET, target)).await
    }

    pub(crate) async fn delete(&self, target: &str) -> Got {
        Got::of(self.request(Method::DELETE, target)).await
    }

    pub(crate) async fn post(&self, target: &str, body: &Value) -> Got {
        let request = self.request(Method::POST, target);
        Got::of(request.header("content-type", "application/json").body(body.to_string())).await
    }

    /// A dataset for exports; its id.
    pub(crate) async fn dataset(&self) -> String {
        let schema = json!({
            "id": "https://ns.adobe.com/xdm/context/profile__union",
            "contentType": "application/vnd.adobe.xed+json;version=1",
        });
        let body = json!({"name": "exports", "schemaRef": schema});
        let created = self.post(&format!("{CATALOG}/dataSets"), &body).await.json();
        let reference = created[0].as_str().expect("a reference").to_owned();
        reference.trim_start_matches("@/dataSets/").to_owned()
    }

    /// The id of a sample audience.
    pub(crate) async fn audience(&self, name: &str) -> String {
        let listed = self.get(&format!("{UPS}/segment/definitions?limit=100")).await.json();
        let mut all = listed["segments"].as_array().expect("segments").iter();
        let found = all.find(|audience| audience["name"] == name).expect("a sample audience");
        found["id"].as_str().expect("a text").to_owned()
    }

    /// Creates a job; its id.
    pub(crate) async fn create(&self, request: &Value) -> u64 {
        let got = self.post(JOBS, request).await;
        assert_eq!(got.status, 200, "{}", got.json());
        got.json()["id"].as_u64().expect("a number")
    }

    /// The job's document.
    pub(crate) async fn job(&self, id: u64) -> Value {
        self.get(&format!("{JOBS}/{id}")).await.json()
    }
}

/// The smallest create request.
pub(crate) fn request(dataset: &str) -> Value {
    json!({"destination": {"datasetId": dataset}, "schema": {"name": "_xdm.context.profile"}})
}
