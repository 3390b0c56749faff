//! `HTTPS_PROXY`: used for https, kept away from everything else.

use crate::script::{Reply, Script, job};
use crate::world::World;

#[test]
fn https_goes_to_the_proxy_and_takes_no_token_there() {
    let proxy = Script::start(&[("CONNECT ", Reply::Html(403))]);
    let ran = World::at("https://aep.invalid").with("HTTPS_PROXY", &proxy.url).run(&["get", "7"]);
    assert_eq!(ran.code, 10, "{ran:?}");
    let came = proxy.next();
    assert_eq!(came.line, "CONNECT aep.invalid:443");
    assert!(!came.headers.contains("canary"), "{came:?}");

    // A host that needs none is reached directly, which fails here for want of the host.
    let world = World::at("https://aep.invalid")
        .with("https_proxy", &proxy.url)
        .with("NO_PROXY", "aep.invalid");
    assert_eq!(world.run(&["get", "7"]).code, 10);
    assert!(proxy.all().is_empty());
}

#[test]
fn plain_http_and_the_emulator_need_no_proxy() {
    let service = Script::start(&[("GET ", job("NEW"))]);
    let world = World::at(&service.url).with("HTTPS_PROXY", "http://me:canary@");
    world.run(&["get", "7"]).ok();
    world.run(&["--emulator", "list"]).ok();
    let ran = world.with("AEP_BASE_URL", "https://aep.invalid").run(&["get", "7"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("HTTPS_PROXY is not the address of an http proxy"), "{ran:?}");
    assert!(!ran.stderr.contains("canary"), "{ran:?}");
}
