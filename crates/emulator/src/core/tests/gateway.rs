use super::*;

/// The refusal of a request to the list of jobs with one thing wrong with it.
fn refusal(core: &Core, spoil: impl FnOnce(&mut http::Request<Bytes>)) -> (u16, Value) {
    let mut request = core.signed("GET", JOBS, "", START);
    spoil(&mut request);
    let answer = core.send(request, START);
    (answer.status.as_u16(), answer.document())
}

fn set(name: &'static str, value: &'static str) -> impl FnOnce(&mut http::Request<Bytes>) {
    move |request| {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
}

fn remove(name: &'static str) -> impl FnOnce(&mut http::Request<Bytes>) {
    move |request| {
        request.headers_mut().remove(name);
    }
}

#[test]
fn every_missing_or_wrong_header_has_its_code() {
    let core = core();
    let is = |(status, document): (u16, Value), code: &str| {
        assert_eq!(document["error_code"], code, "{document}");
        assert_eq!(status.to_string(), code[..3]);
        assert!(document["message"].is_string());
    };
    is(refusal(&core, remove("x-api-key")), "403000");
    is(refusal(&core, remove("authorization")), "403010");
    is(refusal(&core, set("authorization", "Bearer nonsense")), "401013");
    is(refusal(&core, set("authorization", "nonsense")), "401013");
    is(refusal(&core, set("x-api-key", "another client")), "403003");
    is(refusal(&core, remove("x-gw-ims-org-id")), "400003");
    is(refusal(&core, set("x-gw-ims-org-id", "nonsense")), "403027");
    is(refusal(&core, set("x-gw-ims-org-id", "a/b@AdobeOrg")), "403027");
    assert_eq!(refusal(&core, |_| ()).0, 200);
}

#[test]
fn an_organisation_that_is_not_provisioned_is_refused() {
    let mut core = core();
    core.settings.organizations = vec![ORG.to_owned()];
    assert_eq!(refusal(&core, |_| ()).0, 200);
    let other = set("x-gw-ims-org-id", "FFFFFFFFFFFFFFFFFFFFFFFF@AdobeOrg");
    assert_eq!(refusal(&core, other).1["error_code"], "403025");
}

#[test]
fn a_token_is_refused_once_it_is_over() {
    let core = core();
    let request = |now| core.signed("GET", JOBS, "", now);
    assert_eq!(core.send(request(second(0)), second(99)).status, 200);
    let late = core.send(request(second(0)), second(100));
    assert_eq!(late.status, 401);
    assert_eq!(late.document()["error_code"], "401013");
}

#[test]
fn a_sandbox_has_a_lower_case_name_and_prod_is_the_default() {
    let core = core();
    assert_eq!(refusal(&core, set("x-sandbox-name", "PROD")).0, 400);
    let dataset = core.dataset("exports", START);
    core.job(&dataset, START);
    let (status, page) = refusal(&core, remove("x-sandbox-name"));
    assert_eq!((status, page["records"].as_array().unwrap().len()), (200, 1));
    let (status, page) = refusal(&core, set("x-sandbox-name", "dev-1"));
    assert_eq!((status, page["records"].as_array().unwrap().len()), (200, 0));
}

#[test]
fn a_body_must_say_that_it_is_json() {
    let core = core();
    for target in [JOBS, DATASETS] {
        for content_type in [None, Some("text/plain")] {
            let mut request = core.signed("POST", target, "{}", START);
            request.headers_mut().remove("content-type");
            if let Some(content_type) = content_type {
                request.headers_mut().insert("content-type", content_type.parse().unwrap());
            }
            let answer = core.send(request, START);
            assert_eq!(answer.status, 400, "{target} {content_type:?}");
            assert_eq!(answer.document()["detail"], "A valid content-type must be specified");
        }
    }
}

#[test]
fn unknown_routes_are_the_gateways_and_unplayed_ones_are_loud() {
    let core = core();
    let nowhere = core.get("/nowhere", START);
    assert_eq!(nowhere.document(), json!({"error_code": "404040", "message": "Link not found"}));
    assert_eq!(nowhere.status, 404);
    for target in [
        "/data/core/ups/segment/jobs/bulk-get",
        "/data/core/ups/audiences",
        "/data/core/ups/export/jobs/1/2",
        "/data/foundation/catalog/accounts",
        "/data/foundation/sandbox-management/sandboxes",
        "/ims/profile/v1",
    ] {
        let answer = core.get(target, START);
        assert_eq!(answer.status, 501, "{target}");
        assert_eq!(answer.document()["title"], "NotEmulated");
    }
    let put = core.send(core.signed("PUT", JOBS, "{}", START), START);
    assert_eq!((put.status.as_u16(), put.header("allow")), (405, Some("GET, HEAD, POST")));
}

#[test]
fn unplayed_routes_still_ask_for_a_token() {
    let answer = core().send(bare("GET", "/data/core/ups/audiences", ""), START);
    assert_eq!(answer.document()["error_code"], "403000");
}

#[test]
fn health_needs_no_token() {
    let answer = core().send(bare("GET", "/_emulator/health", ""), START);
    assert_eq!((answer.status.as_u16(), &answer.document()["status"]), (200, &json!("ok")));
}

/// Answer of IMS to a form.
fn ims(core: &Core, form: &str) -> (u16, Value) {
    let mut request = bare("POST", "/ims/token/v2", form);
    let kind = "application/x-www-form-urlencoded".parse().unwrap();
    request.headers_mut().insert("content-type", kind);
    let answer = core.send(request, START);
    (answer.status.as_u16(), answer.document())
}

#[test]
fn ims_gives_tokens_for_client_credentials_only() {
    let mut core = core();
    let form = |id: &str, secret: &str| {
        format!(
            "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=openid%2CAdobeID"
        )
    };
    let (status, token) = ims(&core, &form("any", "any"));
    assert_eq!((status, &token["token_type"]), (200, &json!("bearer")));
    assert_eq!(token["expires_in"], 100);

    core.settings.credentials = Some(crate::builder::Credentials {
        client_id: "known".to_owned(),
        client_secret: "secret".to_owned(),
    });
    assert_eq!(ims(&core, &form("known", "secret")).0, 200);
    for (form, status, error) in [
        (form("known", "guess"), 401, "invalid_client"),
        (form("any", "secret"), 401, "invalid_client"),
        (form("known", ""), 400, "invalid_client"),
        (form("known", "secret").replace("scope", "skope"), 400, "invalid_scope"),
        (form("known", "secret").replace("client_credentials", "password"), 400, "bad_request"),
        (String::new(), 400, "bad_request"),
    ] {
        let (answered, document) = ims(&core, &form);
        assert_eq!((answered, &document["error"]), (status, &json!(error)), "{form}");
        assert!(document["error_description"].is_string());
    }
}

#[test]
fn only_the_given_client_gets_past_the_gateway() {
    let mut core = core();
    let request = core.signed("GET", JOBS, "", START);
    core.settings.credentials = Some(crate::builder::Credentials {
        client_id: "known".to_owned(),
        client_secret: "secret".to_owned(),
    });
    assert_eq!(core.send(request, START).document()["error_code"], "403003");
}

#[test]
fn web_pages_and_foreign_names_are_turned_away_on_every_route() {
    let core = core();
    for target in ["/_emulator/health", "/ims/token/v3", JOBS, "/nowhere"] {
        for (name, value, title) in [
            ("host", "evil.test", "HostRefused"),
            ("host", "127.0.0.1.evil.test", "HostRefused"),
            ("origin", "http://evil.test", "OriginRefused"),
            ("origin", "http://127.0.0.1:3000", "OriginRefused"),
            ("origin", "null", "OriginRefused"),
        ] {
            let mut request = core.signed("GET", target, "", START);
            request.headers_mut().insert(name, value.parse().unwrap());
            let answer = core.send(request, START);
            assert_eq!((answer.status.as_u16(), &answer.document()["title"]), (403, &json!(title)));
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
}

/// The status of an answer to a request to the emulator itself with these headers.
fn admitted(target: &str, headers: &[(&str, &[u8])]) -> u16 {
    let request = http::Request::get(target);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, http::HeaderValue::from_bytes(value).unwrap())
    });
    core().send(request.body(Bytes::new()).unwrap(), START).status.as_u16()
}

#[test]
fn every_name_that_a_request_has_for_the_emulator_counts() {
    let health = "/_emulator/health";
    assert_eq!(admitted(health, &[("host", b"127.0.0.1:8377")]), 200);
    assert_eq!(admitted(health, &[("host", b"evil\xff.test")]), 403);
    let whole = "http://127.0.0.1:8377/_emulator/health";
    assert_eq!(admitted(whole, &[]), 200);
    assert_eq!(admitted(whole, &[("host", b"127.0.0.1:8377")]), 200);
    assert_eq!(admitted(whole, &[("host", b"evil.test")]), 403);
    let foreign = "http://evil.test/_emulator/health";
    assert_eq!(admitted(foreign, &[("host", b"127.0.0.1:8377")]), 403);
}

#[test]
fn every_origin_counts() {
    let ours: (&str, &[u8]) = ("origin", b"http://127.0.0.1:8377");
    let host: (&str, &[u8]) = ("host", b"127.0.0.1:8377");
    assert_eq!(admitted("/_emulator/health", &[host, ours]), 200);
    assert_eq!(admitted("/_emulator/health", &[host, ours, ("origin", b"http://evil.test")]), 403);
}

#[test]
fn only_who_gets_past_the_gateway_is_told_of_jobs() {
    let core = core();
    let tenant = |request: http::Request<Bytes>| {
        let (parts, body) = request.into_parts();
        core.tenant(&Call::new(parts, body, String::new()), START).map(|tenant| tenant.sandbox)
    };
    assert_eq!(tenant(core.signed("GET", JOBS, "", START)).as_deref(), Some("prod"));
    assert_eq!(tenant(bare("GET", JOBS, "")), None);
    assert_eq!(tenant(core.signed("GET", "/_emulator/health", "", START)), None);
    assert_eq!(tenant(core.signed("POST", "/ims/token/v3", "", START)), None);
}
