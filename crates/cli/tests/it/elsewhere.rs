//! Answers that point to another host: nothing goes there.
#![cfg(target_os = "linux")]

use crate::script::{Came, Reply, Script};
use crate::world::World;

const JOBS: &str = "/data/core/ups/export/jobs";

/// Another host, which would answer anything.
fn other() -> Script {
    Script::start_at("127.0.0.2", &[("", Reply::Json(200, r#"{"records":[]}"#.to_owned()))])
}

/// Every way in which a text can point from `own` to `other`, both as `http://host:port`.
fn ways(own: &str, other: &str) -> Vec<String> {
    let (own, other) = (own.trim_start_matches("http://"), other.trim_start_matches("http://"));
    vec![
        format!("http://{other}"),
        format!("https://{other}"),
        format!("//{other}"),
        format!("http://{own}@{other}"),
        format!("http:\\\\{other}\\"),
        format!("http:/{other}"),
        format!("\\\\{other}"),
        format!("http://{other}#@{own}"),
        format!("http://{other}?@{own}"),
        format!("http://{own}/..//{other}"),
        format!("ftp://{other}"),
    ]
}

#[track_caller]
fn assert_untouched(other: &Script, what: &str) {
    let came = other.all();
    assert!(came.is_empty(), "{what}: {came:?}");
}

#[test]
fn a_link_to_the_next_page_gives_its_cursor_and_nothing_else() {
    let other = other();
    for way in ways("http://127.0.0.1:8377", &other.url) {
        let link = serde_json::Value::from(format!("{way}{JOBS}?offset=9_1"));
        let first = format!(r#"{{"records":[{{"id":1}}],"link":{{"next":{link}}}}}"#);
        let second = r#"{"records":[{"id":2}]}"#.to_owned();
        let own = Script::start(&[
            (&format!("GET {JOBS}?limit=100&offset=9_1"), Reply::Json(200, second)),
            (&format!("GET {JOBS}"), Reply::Json(200, first)),
        ]);
        let ran = World::at(&own.url).run(&["list", "--all", "-o", "id"]);
        // A cursor behind a fragment is none: then the list says that it breaks off.
        let whole = ran.code == 0 && ran.stdout == "1\n2\n";
        let broken_off = ran.code == 1 && ran.stdout == "1\n" && ran.stderr.contains("next page");
        assert!(whole || broken_off, "{way}: {ran:?}");
        assert_untouched(&other, &way);
    }
}

#[test]
fn a_link_to_a_file_is_not_followed() {
    let other = other();
    for way in ways("http://127.0.0.1:8377", &other.url) {
        let href = serde_json::Value::from(format!("{way}/data/foundation/export/files/F1"));
        let links = format!(r#""_links":{{"self":{{"href":{href}}},"next":{{"href":{href}}}}}"#);
        let job = r#"{"id":7,"status":"SUCCEEDED","destination":{"batchId":"B1"}}"#;
        let json = |body: String| Reply::Json(200, body);
        let own = Script::start(&[
            (&format!("GET {JOBS}/7"), json(job.to_owned())),
            ("GET /data/foundation/export/files/F1?path=", json("rows".to_owned())),
            (
                "GET /data/foundation/export/files/F1",
                json(format!(r#"{{"data":[{{"name":"a.csv","length":4,{links}}}]}}"#)),
            ),
            (
                "GET /data/foundation/export/batches/B1/files",
                json(format!(
                    r#"{{"data":[{{"dataSetFileId":"F1",{links}}}],"_page":{{"count":1}}}}"#
                )),
            ),
        ]);
        let world = World::at(&own.url);
        let ran = world.run(&["download", "7", "--to", "out"]);
        assert_eq!(ran.code, 0, "{way}: {ran:?}");
        assert_untouched(&other, &way);
    }
}

#[test]
fn a_redirect_is_an_error_of_the_call_wherever_it_leads() {
    let other = other();
    for status in [301, 302, 303, 307, 308] {
        for args in [
            &["list"][..],
            &["get", "7"],
            &["create", "--dataset", "6123456789abcdef01234567"],
            &["cancel", "7", "--yes"],
            &["dataset", "create", "gold"],
            &["download", "7", "--to", "out"],
        ] {
            let answer = format!(
                "HTTP/1.1 {status} Elsewhere\r\nlocation: {}/{JOBS}\r\nx-location: {}/\r\n\
                 content-length: 0\r\nconnection: close\r\n\r\n",
                other.url, other.url
            );
            let own = Script::start(&[("", Reply::Bytes(answer.into_bytes()))]);
            let ran = World::at(&own.url).run(args);
            assert!(matches!(ran.code, 1 | 9), "{status} {args:?}: {ran:?}");
            assert!(ran.stderr.contains(&format!("HTTP {status}")), "{status} {args:?}: {ran:?}");
            let creates = |came: &&Came| came.line.starts_with("POST");
            assert!(own.all().iter().filter(creates).count() <= 1, "{status} {args:?}");
            assert_untouched(&other, &format!("{status} {args:?}"));
        }
    }
}

#[test]
fn nor_does_a_token_request_go_elsewhere() {
    let other = other();
    let answer = format!(
        "HTTP/1.1 307 Elsewhere\r\nlocation: {}/ims/token/v3\r\ncontent-length: 0\r\n\
         connection: close\r\n\r\n",
        other.url
    );
    let own = Script::start(&[("", Reply::Bytes(answer.into_bytes()))]);
    let ran = World::signed_in(&own.url).run(&["list"]);
    assert!(matches!(ran.code, 1 | 4 | 10), "{ran:?}");
    assert_untouched(&other, "a token request");
}

#[test]
fn a_list_that_leads_back_to_itself_ends() {
    let page = |id: u32| {
        let next = format!("{JOBS}?offset=1_1");
        Reply::Json(200, format!(r#"{{"records":[{{"id":{id}}}],"link":{{"next":"{next}"}}}}"#))
    };
    let own = Script::start(&[
        (&format!("GET {JOBS}?limit=100&offset=1_1"), page(2)),
        (&format!("GET {JOBS}"), page(1)),
    ]);
    let ran = World::at(&own.url).run(&["list", "--all", "-o", "id"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, "1\n2\n"), "{ran:?}");
    assert!(ran.stderr.contains("was read before"), "{ran:?}");
}

#[test]
fn without_tls_nothing_leaves_for_a_host_that_is_not_this_machine() {
    // No loopback address, but it reaches this machine.
    let listening = Script::start_at("0.0.0.0", &[("", Reply::Html(200))]);
    for name in ["AEP_BASE_URL", "AEP_IMS_URL"] {
        let world = World::signed_in("http://127.0.0.1:1").with(name, &listening.url);
        for args in [&["list"][..], &["auth", "login"], &["auth", "status", "--check"]] {
            let ran = world.run(args);
            assert_eq!(ran.code, 2, "{name} {args:?}: {ran:?}");
            assert!(ran.stderr.contains("http would send secrets in clear"), "{ran:?}");
        }
    }
    assert_untouched(&listening, "a host without TLS");
    let allowed = World::at(&listening.url).with("AEP_ALLOW_HTTP", "0.0.0.0");
    allowed.run(&["list"]);
    assert_eq!(listening.all().len(), 1, "this test can see what comes");
}
