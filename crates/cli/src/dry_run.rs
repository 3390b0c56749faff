//! `--dry-run` and `--curl`: the requests that would be sent, without secrets.

use aep_export_api::{Client, Operation};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::curl::{self, Trust};
use crate::failure::Failure;
use crate::output::Format;

/// Requests in the order in which they would be sent.
pub(crate) struct DryRun {
    client: Client,
    requests: Vec<http::Request<Bytes>>,
}

impl DryRun {
    pub(crate) fn new(context: &Context) -> Result<Self, Failure> {
        Ok(Self { client: context.client_for_dry_run()?, requests: Vec::new() })
    }

    /// Adds the request of `operation`.
    pub(crate) fn then<O: Operation>(mut self, operation: &O) -> Result<Self, Failure> {
        let request =
            self.client.request(operation).map_err(|error| Failure::usage(error.message()))?;
        self.requests.push(request);
        Ok(self)
    }

    /// Prints them; `rest` says what would follow, where that depends on the answers.
    pub(crate) fn show(self, context: &mut Context, rest: Option<&str>) -> Result<(), Failure> {
        if context.global.curl {
            self.show_commands(context)?;
            context.talk.note("nothing was sent (--curl); AEP_ACCESS_TOKEN must hold a token");
        } else {
            self.show_requests(context)?;
            context.talk.note("nothing was sent (--dry-run)");
        }
        if let Some(rest) = rest {
            context.talk.note(rest);
        }
        Ok(())
    }

    fn show_requests(&self, context: &mut Context) -> Result<(), Failure> {
        let shown: Vec<Value> = self.requests.iter().map(as_value).collect();
        match context.out.format() {
            Format::Json | Format::Yaml => {
                context.out.document(Value::Array(shown).to_string().as_bytes(), "", Vec::new)?;
            }
            Format::Ndjson => {
                for request in shown {
                    context.out.document(request.to_string().as_bytes(), "", Vec::new)?;
                }
            }
            _ => {
                let texts: Vec<String> = self.requests.iter().map(as_text).collect();
                context.out.plain(&texts.join("\n"))?;
            }
        }
        Ok(())
    }

    /// For a shell, whatever the format.
    fn show_commands(&self, context: &mut Context) -> Result<(), Failure> {
        let ca_file = context.ca_file()?;
        let trust = Trust { ca_file: ca_file.as_deref() };
        let commands: Vec<String> = self
            .requests
            .iter()
            .map(|request| curl::command(request, &headers(request), trust))
            .collect();
        Ok(context.out.plain(&commands.join("\n"))?)
    }
}

/// The token is put in later and is nobody's business.
const AUTHORIZATION: (&str, &str) = ("authorization", "Bearer $AEP_ACCESS_TOKEN");

fn headers(request: &http::Request<Bytes>) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .filter(|(name, _)| *name != http::header::AUTHORIZATION)
        .map(|(name, value)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    headers.push((AUTHORIZATION.0.to_owned(), AUTHORIZATION.1.to_owned()));
    headers.sort();
    headers
}

fn as_value(request: &http::Request<Bytes>) -> Value {
    let headers: Map<String, Value> =
        headers(request).into_iter().map(|(name, value)| (name, value.into())).collect();
    let body = String::from_utf8_lossy(request.body());
    json!({
        "method": request.method().as_str(),
        "url": request.uri().to_string(),
        "headers": headers,
        // The bytes as they would go, not a value read from them.
        "body": (!body.is_empty()).then_some(body),
    })
}

fn as_text(request: &http::Request<Bytes>) -> String {
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in headers(request) {
        text.push_str(&format!("{name}: {value}\n"));
    }
    if !request.body().is_empty() {
        text.push_str(&format!("\n{}\n", String::from_utf8_lossy(request.body())));
    }
    text
}
