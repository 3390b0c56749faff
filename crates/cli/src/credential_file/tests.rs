use proptest::prelude::*;
use serde_json::json;

use super::*;

const CANARY: &str = "p8e-canary";

fn of(document: &Value) -> Result<Credentials, String> {
    read(document.to_string().as_bytes())
}

fn project(credentials: &Value) -> Value {
    json!({ "project": {
        "name": "x",
        "org": { "id": "1", "name": "Org", "ims_org_id": "A@AdobeOrg" },
        "workspace": { "details": { "credentials": credentials } },
    }})
}

fn of_servers(client_id: &str, secrets: &[&str]) -> Value {
    json!({
        "integration_type": "oauth_server_to_server",
        "oauth_server_to_server": {
            "client_id": client_id,
            "client_secrets": secrets,
            "technical_account_email": "x@example.com",
            "scopes": ["openid", "AdobeID"],
        }
    })
}

/// The same in every file: this organisation, client, secret and these scopes.
fn expected(form: &'static str) -> Credentials {
    Credentials {
        form,
        organization: Some("A@AdobeOrg".to_owned()),
        client_id: "c".to_owned(),
        secret: Some(Secret::new("s")),
        scopes: Some("openid,AdobeID".to_owned()),
        ..Credentials::default()
    }
}

#[test]
fn every_form_in_every_spelling() {
    let console = "a credential file of the developer console";
    let aepp = "a config file of aepp";
    let postman = "a Postman environment";
    let cases = [
        (
            project(&json!([{ "integration_type": "apikey" }, of_servers("c", &["s"])])),
            expected("a project file of the developer console"),
        ),
        (
            json!({ "ORG_ID": "A@AdobeOrg", "CLIENT_ID": "c", "CLIENT_SECRETS": ["s"],
                "SCOPES": ["openid", "AdobeID"], "TECHNICAL_ACCOUNT_ID": "t" }),
            expected(console),
        ),
        (
            json!({ "IMS_ORG_ID": "A@AdobeOrg", "API_KEY": "c", "CLIENT_SECRET": "s",
                "SCOPES": "openid,AdobeID" }),
            expected(console),
        ),
        (
            json!({ "Ims Org Id": " A@AdobeOrg ", "client-id": " c ", "Client_Secrets": "s",
                "Scope": "openid,AdobeID" }),
            expected(console),
        ),
        (
            json!({ "org_id": "A@AdobeOrg", "client_id": "c", "secret": "s",
                "sandbox-name": "dev", "environment": "prod", "scopes": "openid,AdobeID" }),
            Credentials { sandbox: Some("dev".to_owned()), ..expected(aepp) },
        ),
        (
            json!({ "org_id": "A@AdobeOrg", "api_key": "c", "secret": "s", "environment": "stage",
                "scopes": ["openid", "AdobeID"] }),
            Credentials {
                notes: vec!["it is not for Adobe's production: set base_url and ims_url yourself"],
                ..expected(aepp)
            },
        ),
        (
            json!({ "name": "x", "values": [
                { "key": "CLIENT_SECRET", "value": "s", "enabled": true },
                { "key": "API_KEY", "value": "c" },
                { "key": "API_KEY", "value": "another" },
                { "key": "SCOPES", "value": "openid,AdobeID" },
                { "key": "ACCESS_TOKEN", "value": "" },
                { "key": "IMS", "value": "ims-na1.adobelogin.com" },
                { "key": "IMS_ORG", "value": "A@AdobeOrg" },
                { "key": "SANDBOX_NAME", "value": "off", "enabled": false },
            ]}),
            expected(postman),
        ),
        (
            json!({ "values": [
                { "key": "CLIENT_SECRET", "value": "s" }, { "key": "API_KEY", "value": "c" },
                { "key": "SCOPES", "value": "openid,AdobeID" }, { "key": "IMS", "value": "ims.example" },
                { "key": "IMS_ORG", "value": "A@AdobeOrg" }, { "key": "SANDBOX_NAME", "value": "dev" },
            ]}),
            Credentials {
                sandbox: Some("dev".to_owned()),
                ims_url: Some("https://ims.example".to_owned()),
                ..expected(postman)
            },
        ),
    ];
    for (document, expected) in cases {
        assert_eq!(of(&document).as_ref(), Ok(&expected), "{document}");
    }
    // As some editors save it.
    let marked = format!("\u{feff}{}", json!({ "client_id": "c" }));
    assert_eq!(read(marked.as_bytes()).unwrap().client_id, "c");
}

#[test]
fn of_several_the_first_is_taken_and_that_is_said() {
    let found =
        of(&project(&json!([of_servers("c", &["s", "t"]), of_servers("d", &["u"])]))).unwrap();
    assert_eq!((found.client_id.as_str(), found.secret), ("c", Some(Secret::new("s"))));
    assert_eq!(
        found.notes,
        [
            "it has several client secrets: the first is taken",
            "the project has several OAuth Server-to-Server credentials: the first is taken",
        ]
    );
}

#[test]
fn a_token_is_taken_only_where_there_is_no_secret() {
    let both = of(&json!({ "CLIENT_ID": "c", "CLIENT_SECRET": "s", "ACCESS_TOKEN": "t" })).unwrap();
    assert_eq!((both.access_token, both.secret), (None, Some(Secret::new("s"))));
    assert_eq!(both.notes, ["its access token is left out: the client secret outlives it"]);
    let token = of(&json!({ "CLIENT_ID": "c", "CLIENT_SECRET": "", "ACCESS_TOKEN": "t" })).unwrap();
    assert_eq!((token.access_token, token.secret), (Some(Secret::new("t")), None));
}

#[test]
fn what_cannot_be_used_is_told_without_repeating_it() {
    let service = json!({ "integration_type": "service", "jwt": { "client_id": CANARY } });
    let cases = [
        (project(&json!([service])), JWT),
        (json!({ "client_id": CANARY, "secret": CANARY, "private_key": CANARY }), JWT),
        (json!({ "api_key": CANARY, "secret": CANARY, "pathToKey": CANARY }), JWT),
        (json!({ "client_id": CANARY, "secret": CANARY, "auth_code": CANARY }), OF_A_PERSON),
        (
            project(&json!([{ "integration_type": CANARY }])),
            "is the file of a project without an OAuth Server-to-Server credential",
        ),
        (project(&json!({})), "is the file of a project without credentials"),
        (json!({ "project": {} }), "is the file of a project without credentials"),
        (json!({ "CLIENT_SECRET": CANARY }), "has no client id"),
        (
            json!({ "client_id": "<client_id>", "secret": CANARY }),
            "has a `client_id` that nobody filled in",
        ),
        (json!({ "client_id": CANARY, "secret": 7 }), "has a `secret` that is not text"),
        (json!({ "client_id": [CANARY, {}] }), "has a `client_id` that is not text"),
        (json!({ "values": [] }), UNKNOWN),
        (json!({ "values": [CANARY, { "key": CANARY }] }), UNKNOWN),
        (json!({ CANARY: CANARY }), UNKNOWN),
        (json!([CANARY]), UNKNOWN),
        (json!(CANARY), UNKNOWN),
    ];
    for (document, expected) in cases {
        assert_eq!(of(&document).unwrap_err(), expected, "{document}");
    }
    for (text, expected) in [
        ("", "is not JSON (line 1, column 0)"),
        ("{\"client_id\": \"p8e-canary", "is not JSON (line 1, column 25)"),
        ("CLIENT_SECRET=p8e-canary\n", "is not JSON (line 1, column 1)"),
    ] {
        assert_eq!(read(text.as_bytes()).unwrap_err(), expected);
    }
    assert!(read(&[b'['; 100_000]).unwrap_err().starts_with("is not JSON"));
    assert!(read(b"{\"client_id\": \"\xff\"}").unwrap_err().starts_with("is not JSON"));
}

/// A document of the names that matter, with the canary wherever a value can be.
fn document() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "project",
        "org",
        "ims_org_id",
        "workspace",
        "details",
        "credentials",
        "values",
        "key",
        "value",
        "oauth_server_to_server",
        "client_id",
        "client_secrets",
        "secret",
        "scopes",
        "SCOPE",
        "ims",
        "access_token",
        "sandbox-name",
        "environment",
        "jwt",
        "auth_code",
        "enabled",
    ]);
    let leaf = prop_oneof![
        Just(json!(CANARY)),
        Just(json!(format!("<{CANARY}>"))),
        Just(json!("CLIENT_ID")),
        Just(json!(7.5)),
        Just(json!(null)),
        Just(json!(false)),
    ];
    leaf.prop_recursive(6, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((names.clone(), inner), 0..6).prop_map(|members| {
                Value::Object(
                    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                )
            }),
        ]
    })
}

proptest! {
    /// Whatever a document holds: credentials, or a sentence that repeats nothing of it.
    #[test]
    fn no_document_panics_or_is_repeated(document in document(), cut in 0usize..200) {
        let text = document.to_string();
        let cut = text.char_indices().map(|(at, _)| at).nth(cut).unwrap_or(text.len());
        for text in [&text[..], &text[..cut]] {
            if let Err(why) = read(text.as_bytes()) {
                prop_assert!(!why.contains(CANARY), "{}", why);
            }
        }
    }
}
