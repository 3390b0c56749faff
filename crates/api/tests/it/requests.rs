//! The requests themselves: what a dry run shows is what is sent.

use std::sync::Arc;

use aep_export_api::{
    Client, CreateExportJob, ExportFile, GetExportJob, ListExportJobs, OpenFile, Secret,
};
use aep_export_transport::testing::{ManualClock, Scripted};

use crate::clients::{ORGANIZATION, scripted};

#[tokio::test]
async fn a_dry_run_shows_what_would_be_sent_but_for_the_token() {
    let script = Scripted::new().answer(200, r#"{"id": 1}"#);
    let client = scripted(&script);
    let operation = GetExportJob { id: "42".into() };

    let shown = client.request(&operation).unwrap();
    assert!(script.requests().is_empty(), "a dry run sends nothing");
    client.execute(&operation).await.unwrap();
    let sent = &script.requests()[0];

    assert_eq!(shown.method(), sent.method());
    assert_eq!(shown.uri(), sent.uri());
    assert_eq!(shown.body(), sent.body());
    assert_eq!(shown.headers().get("authorization"), None);
    for (name, value) in shown.headers() {
        assert_eq!(sent.headers().get(name), Some(value), "{name}");
    }
    assert_eq!(sent.headers()["authorization"], "Bearer a-token");
    assert_eq!(sent.headers()["x-gw-ims-org-id"], ORGANIZATION);
    assert_eq!(sent.headers()["x-api-key"], "a-client");
    assert_eq!(sent.headers()["x-sandbox-name"], "prod");
    assert_eq!(sent.headers()["user-agent"], concat!("aep-export/", env!("CARGO_PKG_VERSION")));
    assert!(sent.headers()["authorization"].is_sensitive());
}

#[test]
fn every_list_parameter_has_its_name() {
    let list = ListExportJobs {
        limit: Some(10),
        offset: Some("1540974701302_96".to_owned()),
        status: Some("SUCCEEDED".parse().unwrap()),
        start: Some("4".to_owned()),
        page: Some(2),
        sort: Some("updateTime:asc".to_owned()),
    };
    let request = scripted(&Scripted::new()).request(&list).unwrap();
    assert_eq!(
        request.uri().query(),
        Some(
            "limit=10&offset=1540974701302_96&status=SUCCEEDED&start=4&page=2&sort=updateTime%3Aasc"
        )
    );
}

#[test]
fn a_file_is_asked_for_as_it_is() {
    let file = ExportFile { file_id: "F1".into(), name: "part 1&2.parquet".into(), length: None };
    let request = scripted(&Scripted::new()).request(&OpenFile::whole(file)).unwrap();
    assert_eq!(
        request.uri().path_and_query().unwrap(),
        "/data/foundation/export/files/F1?path=part%201%262.parquet"
    );
    assert_eq!(request.headers()["accept-encoding"], "identity");
    let info = aep_export_transport::OperationInfo::of(&request);
    assert_eq!(info.body_limit, aep_export_transport::BodyLimit::Unlimited);
}

#[test]
fn a_request_with_problems_never_becomes_an_operation() {
    let mut request = aep_export_model::ExportJobRequest::builder("d").build().unwrap();
    request.fields = Some("a,,b".to_owned());
    let error = CreateExportJob::new(&request).unwrap_err();
    assert_eq!(error.kind(), aep_export_api::ErrorKind::Invalid);
}

#[tokio::test]
async fn the_token_service_is_told_nothing_of_the_customer() {
    let script = Scripted::new()
        .answer(200, r#"{"access_token": "t", "token_type": "bearer", "expires_in": 86399}"#)
        .answer(200, r#"{"id": 1}"#);
    let client = Client::builder()
        .organization(ORGANIZATION)
        .sandbox("prod")
        .client_credentials("first", Secret::new("s"), ["openid"])
        .client_credentials("second", Secret::new("s"), ["openid"])
        .transport(Arc::new(script.clone()))
        .clock(Arc::new(ManualClock::new()))
        .build()
        .unwrap();
    client.export_jobs().get(&"1".into()).await.unwrap();
    let [token, call] = &script.requests()[..] else { panic!("two requests") };
    assert_eq!(token.uri(), "https://ims-na1.adobelogin.com/ims/token/v3");
    for name in ["x-api-key", "x-gw-ims-org-id", "x-sandbox-name", "authorization"] {
        assert!(!token.headers().contains_key(name), "{name}");
    }
    assert_eq!(call.headers()["x-api-key"], "second", "the client that signs in is the one named");
}
