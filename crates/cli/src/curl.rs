//! `--curl`: a request as a command for a POSIX shell.

use std::path::Path;

use bytes::Bytes;
use http::Request;

use crate::quote::quote;

/// What `curl` is told beside the request itself.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Trust<'a> {
    /// A certificate authority of the user's own.
    pub(crate) ca_file: Option<&'a Path>,
}

/// The command that sends `request` with `headers`, and does nothing else.
///
/// The token is a variable, and goes in over standard input: what stands in the arguments of a
/// process is read by everybody on the machine.
pub(crate) fn command(
    request: &Request<Bytes>,
    headers: &[(String, String)],
    trust: Trust<'_>,
) -> String {
    let mut words = vec![format!("curl --request {}", request.method())];
    let url = request.uri().to_string();
    if url.contains(['[', ']', '{', '}']) {
        words.push("--globoff".to_owned());
    }
    words.push(quote(&url).into_owned());
    if let Some(file) = trust.ca_file {
        words.push(format!("--cacert {}", quote(&file.display().to_string())));
    }
    let (secret, open): (Vec<_>, Vec<_>) =
        headers.iter().partition(|(name, _)| name == http::header::AUTHORIZATION.as_str());
    words.extend(open.into_iter().map(|(name, value)| format!("--header {}", word(name, value))));
    if !request.body().is_empty() {
        let body = String::from_utf8_lossy(request.body());
        words.push(format!("--data-raw {}", quote(&body)));
    }
    let mut command = words.join(" \\\n  ");
    if !secret.is_empty() {
        command.push_str(" \\\n  --header @- <<EOF\n");
        for (name, value) in secret {
            command.push_str(&format!("{name}: {value}\n"));
        }
        command.push_str("EOF");
    }
    command.push('\n');
    command
}

/// A header as one word; the variable of a setting that is missing stays one.
fn word(name: &str, value: &str) -> String {
    let is_variable = value.strip_prefix("$AEP_").is_some_and(|rest| {
        !rest.is_empty() && rest.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    });
    if is_variable {
        return format!("\"{name}: {value}\"");
    }
    quote(&format!("{name}: {value}")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_one_word_and_the_token_is_none() {
        let request = Request::post("http://[::1]:8377/jobs?a=b&c=d")
            .body(Bytes::from_static(b"{\"name\": \"it's $HOME\"}"))
            .unwrap();
        let headers = [
            ("authorization", "Bearer $AEP_ACCESS_TOKEN"),
            ("x-api-key", "$AEP_CLIENT_ID"),
            ("x-sandbox-name", "$(prod)"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let trust = Trust { ca_file: Some(Path::new("my ca.pem")) };
        assert_eq!(
            command(&request, &headers, trust),
            "curl --request POST \\\n  \
             --globoff \\\n  \
             'http://[::1]:8377/jobs?a=b&c=d' \\\n  \
             --cacert 'my ca.pem' \\\n  \
             --header \"x-api-key: $AEP_CLIENT_ID\" \\\n  \
             --header 'x-sandbox-name: $(prod)' \\\n  \
             --data-raw '{\"name\": \"it'\\''s $HOME\"}' \\\n  \
             --header @- <<EOF\n\
             authorization: Bearer $AEP_ACCESS_TOKEN\n\
             EOF\n"
        );
    }
}
