//! The page in a real browser, over its debugging pipe: what no reading of the text can tell.
//!
//! Without a Chromium the tests say so and end; in CI that is a failure.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{html, svg, testing};

const NAMES: [&str; 4] =
    ["chromium-headless-shell", "chromium", "google-chrome", "chromium-browser"];
const FAR_TOO_LONG: Duration = Duration::from_secs(60);

/// Luminance and contrast as WCAG 2 defines them.
const MEASURE: &str = r#"(() => {
  const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const luminance = text => {
    const [r, g, b] = text.match(/[\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const style = element => getComputedStyle(element);
  const ground = luminance(style(document.body).backgroundColor);
  const texts = [...document.querySelectorAll('h1, h2, p, th, td, li, caption, .axis')];
  const of = (name, property) => luminance(style(document.querySelector(name))[property]);
  const fills = ['.waiting', '.reading', '.writing', '.untold'].map(name => of(name, 'fill')).sort((a, b) => a - b);
  const edges = ['.waiting', '.reading', '.writing', '.untold'].map(name => of(name, 'stroke'));
  const ran = [of('.ran', 'fill'), of('.ran.failed', 'fill')];
  return {
    overflow: document.documentElement.scrollWidth - innerWidth,
    ground: style(document.body).backgroundColor,
    text: Math.min(...texts.map(text => contrast(luminance(style(text).color), ground))),
    edge: Math.min(...edges.concat(ran).map(edge => contrast(edge, ground))),
    grey: Math.min(...fills.slice(1).map((fill, at) => contrast(fill, fills[at]))),
    ran: contrast(...ran),
    bar: document.querySelector('td.picture svg').getBoundingClientRect().width,
    scripts: document.scripts.length,
    unnamed: [...document.querySelectorAll('svg:not([aria-hidden])')].filter(svg => !svg.querySelector('title')).length,
    headings: [...document.querySelectorAll('h1, h2')].map(heading => heading.tagName).join(' '),
  };
})()"#;

#[test]
fn the_page_reads_well_wherever_it_is_opened() {
    let Some(mut browser) = Browser::start() else { return };
    let page = browser.file("report.html", &html::text(&testing::report()));
    for (width, media, scheme) in [
        (360, "screen", "light"),
        (360, "screen", "dark"),
        (1280, "screen", "light"),
        (1280, "screen", "dark"),
        (794, "print", "dark"),
    ] {
        let seen = browser.open(&page, width, media, scheme);
        let at = format!("{width} {media} {scheme}: {seen}");
        let number = |name: &str| seen[name].as_f64().unwrap();
        assert!(number("overflow") <= 0.0, "{at}");
        assert!(number("text") >= 4.5 && number("edge") >= 3.0, "{at}");
        assert!(number("grey") >= 1.35 && number("ran") >= 1.5, "{at}");
        assert!(number("bar") >= 200.0, "{at}");
        assert_eq!((&seen["scripts"], &seen["unnamed"]), (&json!(0), &json!(0)), "{at}");
        assert_eq!(seen["headings"], "H1 H2 H2 H2 H2 H2", "{at}");
        let dark = scheme == "dark" && media == "screen";
        assert_eq!(seen["ground"] != "rgb(255, 255, 255)", dark, "{at}");
    }
    assert_eq!(browser.complaints(), Vec::<Value>::new());
    assert_eq!(browser.requests(), [page.as_str(); 5]);
}

#[test]
fn the_picture_stands_alone() {
    let Some(mut browser) = Browser::start() else { return };
    let picture = browser.file("report.svg", &svg::text(&testing::report()));
    browser.show(&picture, 960, "screen", "light");
    let seen = browser
        .evaluate("document.documentElement.tagName + document.querySelectorAll('rect').length");
    assert!(seen.as_str().unwrap().starts_with("svg"), "{seen}");
    assert_eq!(browser.complaints(), Vec::<Value>::new());
    assert_eq!(browser.requests(), [picture.as_str()]);
}

struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: Option<String>,
    sent: u64,
    events: Vec<Value>,
    dir: TempDir,
}

impl Browser {
    fn start() -> Option<Self> {
        let Some(program) = NAMES.into_iter().find(|name| is_there(name)) else {
            assert!(!in_ci(), "no Chromium is installed");
            println!("skipped: no Chromium is installed");
            return None;
        };
        let dir = TempDir::new().unwrap();
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 >/dev/null 2>&1", "sh", program])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", dir.path().join("profile").display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, mut out) =
            (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let (send, from) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while out.read_until(0, &mut message).is_ok_and(|read| read > 0) {
                message.pop();
                if send.send(serde_json::from_slice(&message).unwrap()).is_err() {
                    return;
                }
                message.clear();
            }
        });
        let mut browser = Self { child, to, from, session: None, sent: 0, events: Vec::new(), dir };
        let target = browser.ask("Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = browser.ask("Target.attachToTarget", &attach);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Network.enable", "Log.enable", "Runtime.enable", "Page.enable"] {
            browser.ask(domain, &json!({}));
        }
        Some(browser)
    }

    /// A file with this text, as an address.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        format!("file://{}", Path::display(&path))
    }

    fn show(&mut self, url: &str, width: u32, media: &str, scheme: &str) {
        let size = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false});
        self.ask("Emulation.setDeviceMetricsOverride", &size);
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.ask("Emulation.setEmulatedMedia", &json!({"media": media, "features": features}));
        self.ask("Page.navigate", &json!({"url": url}));
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.from.recv_timeout(FAR_TOO_LONG).unwrap();
            self.events.push(event);
        }
        self.events.retain(|event| event["method"] != "Page.loadEventFired");
    }

    fn open(&mut self, url: &str, width: u32, media: &str, scheme: &str) -> Value {
        self.show(url, width, media, scheme);
        self.evaluate(MEASURE)
    }

    fn evaluate(&mut self, script: &str) -> Value {
        let asked = json!({"expression": script, "returnByValue": true});
        let answer = self.ask("Runtime.evaluate", &asked);
        assert!(answer["exceptionDetails"].is_null(), "{answer}");
        answer["result"]["value"].clone()
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.sent += 1;
        let mut message = json!({"id": self.sent, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let mut answer = self.from.recv_timeout(FAR_TOO_LONG).unwrap();
            if answer["id"] == self.sent {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    fn of(&self, methods: &[&str]) -> Vec<Value> {
        let wanted = |event: &&Value| methods.iter().any(|method| event["method"] == *method);
        self.events.iter().filter(wanted).cloned().collect()
    }

    /// What the browser's console has to say.
    fn complaints(&self) -> Vec<Value> {
        self.of(&[
            "Log.entryAdded",
            "Runtime.consoleAPICalled",
            "Runtime.exceptionThrown",
            "Page.javascriptDialogOpening",
        ])
    }

    fn requests(&self) -> Vec<String> {
        let url = |event: &Value| event["params"]["request"]["url"].as_str().unwrap().to_owned();
        self.of(&["Network.requestWillBeSent"]).iter().map(url).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_there(program: &str) -> bool {
    let mut asked = Command::new(program);
    asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}

#[expect(clippy::disallowed_methods, reason = "in CI a browser is there, or the test fails")]
fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}
