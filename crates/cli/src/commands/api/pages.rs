//! Page after page of a list that may be any.

use std::collections::HashSet;

use aep_export_api::Client;
use serde_json::Value;
use url::form_urlencoded;

use super::call::Call;
use super::refused;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::output::Format;

/// Makes `call` and those that follow it, and writes each answer on lines of its own.
pub(super) async fn all(
    context: &mut Context,
    client: &Client,
    mut call: Call,
) -> Result<(), Failure> {
    let mut seen = HashSet::from([call.path.clone()]);
    loop {
        let reply = client.execute(&call).await.map_err(|error| refused(&error, &call))?;
        match context.out.format() {
            Format::Json | Format::Ndjson | Format::Yaml => {
                context.out.document(reply.raw(), "", Vec::new)?;
            }
            _ if context.out.is_for_eyes() => context.out.for_eyes(reply.raw())?,
            _ => {
                context.out.bytes(reply.raw())?;
                if !reply.raw().ends_with(b"\n") {
                    context.out.bytes(b"\n")?;
                }
            }
        }
        context.out.check_reader()?;
        let Some(link) = link(reply.raw()) else { return Ok(()) };
        let Some(path) = next_path(&call.path, &link) else {
            let message = format!("there are more pages, but their link {link:?} has no query");
            return Err(Failure::new(Kind::BadAnswer, message));
        };
        if !seen.insert(path.clone()) {
            let message = format!("the link {link:?} leads back to a page that was there already");
            return Err(Failure::new(Kind::BadAnswer, message));
        }
        call.path = path;
    }
}

/// The link to the next page: `link.next` of export jobs and segments, `_links.next.href` of
/// others.
fn link(page: &[u8]) -> Option<String> {
    let page: Value = serde_json::from_slice(page).ok()?;
    ["/link/next", "/_links/next/href"]
        .iter()
        .filter_map(|place| page.pointer(place)?.as_str())
        .map(str::trim)
        .find(|link| !link.is_empty())
        .map(str::to_owned)
}

/// `path` with what the query of `link` says. The rest of the link is not followed: it may name
/// another host, and often leaves out the beginning of the path.
fn next_path(path: &str, link: &str) -> Option<String> {
    let query = link.split_once('?')?.1.split('#').next()?;
    let new: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    if new.is_empty() {
        return None;
    }
    let (path, old) = path.split_once('?').unwrap_or((path, ""));
    let kept = form_urlencoded::parse(old.as_bytes())
        .into_owned()
        .filter(|(name, _)| new.iter().all(|(newer, _)| newer != name));
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept).extend_pairs(&new);
    Some(format!("{path}?{}", query.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_where_services_put_them() {
        let found = |page: &str| link(page.as_bytes());
        assert_eq!(
            found(r#"{"link":{"next":"/jobs?offset=1"}}"#).as_deref(),
            Some("/jobs?offset=1")
        );
        assert_eq!(found(r#"{"_links":{"next":{"href":"?page=2"}}}"#).as_deref(), Some("?page=2"));
        for last in [r#"{"link":{"next":" "}}"#, r#"{"link":{}}"#, "[]", "no json", ""] {
            assert_eq!(found(last), None, "{last}");
        }
    }

    #[test]
    fn only_the_query_of_a_link_is_followed() {
        for (path, link, next) in [
            (
                "/data/jobs?limit=2",
                "/export/jobs/?limit=2&offset=1_2",
                Some("/data/jobs?limit=2&offset=1_2"),
            ),
            (
                "/jobs?limit=2&offset=0",
                "https://evil.example/x?offset=a%2Fb#top",
                Some("/jobs?limit=2&offset=a%2Fb"),
            ),
            ("/jobs", "?start=2", Some("/jobs?start=2")),
            ("/jobs", "string", None),
            ("/jobs", "/jobs?", None),
        ] {
            assert_eq!(next_path(path, link).as_deref(), next, "{path} {link}");
        }
    }
}
