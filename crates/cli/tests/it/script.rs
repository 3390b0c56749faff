//! A service that answers by a script, also what no good service would answer.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// What to do when a request comes.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A status and a JSON body.
    Json(u16, String),
    /// A status and an HTML page.
    Html(u16),
    /// These very bytes, and the end of the connection.
    Bytes(Vec<u8>),
    /// Nothing, with the connection left open.
    Silence,
    /// Nothing, with the connection closed.
    Close,
}

/// A request that came.
#[derive(Debug)]
pub(crate) struct Came {
    /// `GET /data/core/ups/export/jobs?limit=20`
    pub(crate) line: String,
    pub(crate) headers: String,
    pub(crate) body: String,
}

pub(crate) struct Script {
    pub(crate) url: String,
    came: Receiver<Came>,
    looks: Arc<AtomicUsize>,
    silences: Arc<AtomicUsize>,
}

impl Script {
    /// Answers requests by the first rule whose text the request line begins with. A rule may be
    /// given several times: each but the last is used up by one request.
    pub(crate) fn start(rules: &[(&str, Reply)]) -> Self {
        Self::start_at("127.0.0.1", rules)
    }

    /// The same on another address of this machine: another host to everybody.
    pub(crate) fn start_at(host: &str, rules: &[(&str, Reply)]) -> Self {
        let listener = TcpListener::bind((host, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, came) = channel();
        let [looks, silences] = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
        let counters = [Arc::clone(&looks), Arc::clone(&silences)];
        let mut rules: Vec<(String, Reply)> =
            rules.iter().map(|(start, reply)| ((*start).to_owned(), reply.clone())).collect();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                answer(stream, &mut rules, &sender, &counters);
            }
        });
        Self { url, came, looks, silences }
    }

    /// The next request, which must come soon.
    #[track_caller]
    pub(crate) fn next(&self) -> Came {
        self.came.recv_timeout(Duration::from_secs(20)).expect("a request should have come")
    }

    /// Counts the requests that it left without an answer.
    pub(crate) fn silences(&self) -> Arc<dyn Fn() -> usize + Send + Sync> {
        let silences = Arc::clone(&self.silences);
        Arc::new(move || silences.load(Ordering::SeqCst))
    }

    /// Counts the requests that only read.
    pub(crate) fn looks(&self) -> Arc<dyn Fn() -> usize + Send + Sync> {
        let looks = Arc::clone(&self.looks);
        Arc::new(move || looks.load(Ordering::SeqCst))
    }

    /// All requests that came so far.
    pub(crate) fn all(&self) -> Vec<Came> {
        self.came.try_iter().collect()
    }
}

fn answer(
    mut stream: TcpStream,
    rules: &mut Vec<(String, Reply)>,
    sender: &Sender<Came>,
    [looks, silences]: &[Arc<AtomicUsize>; 2],
) {
    let Some(came) = read(&mut stream) else { return };
    let fits = |(start, _): &&(String, Reply)| came.line.starts_with(start.as_str());
    let reply = rules.iter().find(fits).map(|(_, reply)| reply.clone());
    let first = rules.iter().position(|rule| fits(&rule));
    if let Some(first) = first {
        let again = rules.iter().skip(first + 1).any(|(start, _)| *start == rules[first].0);
        if again {
            rules.remove(first);
        }
    }
    looks.fetch_add(usize::from(came.line.starts_with("GET ")), Ordering::SeqCst);
    let _ = sender.send(came);
    let (status, kind, body) = match reply {
        Some(Reply::Json(status, body)) => (status, "application/json", body),
        Some(Reply::Html(status)) => (status, "text/html", "<html>busy</html>".to_owned()),
        Some(Reply::Bytes(bytes)) => {
            // Whoever has had enough goes before the end.
            let _ = stream.write_all(&bytes);
            return;
        }
        Some(Reply::Close) => return,
        Some(Reply::Silence) => {
            silences.fetch_add(1, Ordering::SeqCst);
            // Kept open until the test is over.
            std::mem::forget(stream);
            return;
        }
        None => (404, "application/json", r#"{"message":"not in the script"}"#.to_owned()),
    };
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 {status} Scripted\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\
         x-request-id: scripted-request\r\nconnection: close\r\n\r\n{body}"
    );
}

fn read(stream: &mut TcpStream) -> Option<Came> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let (line, headers) = head.split_once("\r\n")?;
    let length = headers
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Came {
        line: line.trim_end_matches(" HTTP/1.1").to_owned(),
        headers: headers.to_lowercase(),
        body: String::from_utf8(body).ok()?,
    })
}

/// A job as the service writes it, in this state.
pub(crate) fn job(status: &str) -> Reply {
    Reply::Json(200, format!(r#"{{"id":7,"status":"{status}"}}"#))
}

/// The rule for a look at the dataset [`DATASET`], which is fit for exports.
pub(crate) fn fit_dataset() -> (&'static str, Reply) {
    let dataset = format!(
        r#"{{"{DATASET}":{{"schemaRef":{{"id":"https://ns.adobe.com/xdm/context/profile__union"}}}}}}"#
    );
    ("GET /data/foundation/catalog/dataSets/", Reply::Json(200, dataset))
}

const DATASET: &str = "6123456789abcdef01234567";
