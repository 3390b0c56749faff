//! A server with one finished job that wrote one batch of files, over real sockets. What it does with
//! a request for bytes can be chosen, down to the connection.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;

/// The batch of job 7.
pub(crate) const BATCH: &str = "B1";

/// A request for a file's bytes.
pub(crate) struct Asked<'a> {
    /// How many such requests came before it.
    pub(crate) number: usize,
    /// The file.
    pub(crate) content: &'a [u8],
    /// From the first to the last byte, both included.
    pub(crate) range: Option<(usize, usize)>,
    pub(crate) if_range: Option<String>,
}

/// What answers requests for bytes. An error closes the connection.
pub(crate) type Behaviour =
    Box<dyn Fn(&Asked<'_>, &mut Connection<'_>) -> io::Result<()> + Send + Sync>;

/// The way to whoever asked.
pub(crate) struct Connection<'a> {
    stream: TcpStream,
    server: &'a Inner,
}

pub(crate) struct FileServer {
    pub(crate) url: String,
    inner: Arc<Inner>,
}

struct Inner {
    files: Vec<(String, Vec<u8>)>,
    behaviour: Mutex<Arc<Behaviour>>,
    opened: AtomicUsize,
    served: AtomicU64,
    stalls: AtomicUsize,
    /// Asked before each piece is sent.
    gate: Mutex<Option<Gate>>,
}

/// Waits until so many bytes may have been sent in all.
type Gate = Arc<dyn Fn(u64) + Send + Sync>;

/// Bytes that are easy to tell from others.
pub(crate) fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// Answers as a good server does.
pub(crate) fn good(asked: &Asked<'_>, connection: &mut Connection<'_>) -> io::Result<()> {
    connection.part(asked, "etag: \"1\"\r\n")
}

impl FileServer {
    pub(crate) fn start(files: Vec<(String, Vec<u8>)>, behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            files,
            behaviour: Mutex::new(Arc::new(behaviour)),
            opened: AtomicUsize::new(0),
            served: AtomicU64::new(0),
            stalls: AtomicUsize::new(0),
            gate: Mutex::new(None),
        });
        let server = Arc::clone(&inner);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let server = Arc::clone(&server);
                // A connection ends as its client or the behaviour wants.
                thread::spawn(move || drop(server.serve(&stream)));
            }
        });
        Self { url, inner }
    }

    /// From now on requests are counted anew, and answered so.
    pub(crate) fn behave(&self, behaviour: Behaviour) {
        *self.inner.behaviour.lock().unwrap() = Arc::new(behaviour);
        self.inner.opened.store(0, Ordering::SeqCst);
        self.inner.served.store(0, Ordering::SeqCst);
    }

    /// Has every piece wait for `gate`, which is told how many bytes would have been sent with it.
    pub(crate) fn guard(&self, gate: Option<Gate>) {
        *self.inner.gate.lock().unwrap() = gate;
    }

    /// Counts the answers that stall.
    #[cfg(unix)]
    pub(crate) fn stalls(&self) -> Arc<dyn Fn() -> usize + Send + Sync> {
        let inner = Arc::clone(&self.inner);
        Arc::new(move || inner.stalls.load(Ordering::SeqCst))
    }

    /// How many bytes of files were sent.
    pub(crate) fn served(&self) -> u64 {
        self.inner.served.load(Ordering::SeqCst)
    }
}

impl Inner {
    /// Answers one request after the other.
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        loop {
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                if reader.read_line(&mut head)? == 0 {
                    return Ok(());
                }
            }
            let mut connection = Connection { stream: stream.try_clone()?, server: self };
            self.answer(&head, &mut connection)?;
        }
    }

    fn answer(&self, head: &str, connection: &mut Connection<'_>) -> io::Result<()> {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let value = match path.rsplit_once('/').unwrap_or_default() {
            (_, "files") => {
                let ids = (0..self.files.len()).map(|n| json!({"dataSetFileId": format!("F{n}")}));
                json!({"data": ids.collect::<Vec<_>>()})
            }
            (before, id) if before.ends_with("export/files") => {
                let (name, content) = &self.files[id[1..].parse::<usize>().unwrap()];
                if query.starts_with("path=") {
                    let asked = self.asked(head, content);
                    let behaviour = Arc::clone(&self.behaviour.lock().unwrap());
                    return behaviour(&asked, connection);
                }
                json!({"data": [{"name": name, "length": content.len().to_string()}]})
            }
            (before, _) if before.ends_with("export/jobs") => {
                json!({"id": 7, "status": "SUCCEEDED", "destination": {"batchId": BATCH}})
            }
            (_, batch) => json!({batch: {"status": "success"}}),
        };
        let text = value.to_string();
        connection.head(&format!("200 OK\r\ncontent-length: {}\r\n", text.len()))?;
        connection.raw(text.as_bytes())
    }

    fn asked<'a>(&self, head: &str, content: &'a [u8]) -> Asked<'a> {
        let header = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, text)| text).next()
        };
        let range = header("range").and_then(|range| {
            let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
            Some((first.parse().ok()?, last.parse::<usize>().ok()?.min(content.len() - 1)))
        });
        let number = self.opened.fetch_add(1, Ordering::SeqCst);
        Asked { number, content, range, if_range: header("if-range").map(str::to_owned) }
    }
}

impl Connection<'_> {
    /// A status and headers, and the end of them.
    pub(crate) fn head(&mut self, status_and_headers: &str) -> io::Result<()> {
        self.raw(format!("HTTP/1.1 {status_and_headers}\r\n").as_bytes())
    }

    fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Bytes of a file.
    pub(crate) fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.chunks(16 * 1024) {
            let length = piece.len() as u64;
            let gate = self.server.gate.lock().unwrap().clone();
            if let Some(gate) = gate {
                gate(self.server.served.load(Ordering::SeqCst) + length);
            }
            self.stream.write_all(piece)?;
            self.server.served.fetch_add(length, Ordering::SeqCst);
        }
        Ok(())
    }

    /// The part that was asked for, or the whole.
    pub(crate) fn part(&mut self, asked: &Asked<'_>, headers: &str) -> io::Result<()> {
        self.part_head(asked, headers)?;
        self.body(asked.bytes())
    }

    /// The beginning of that.
    pub(crate) fn part_head(&mut self, asked: &Asked<'_>, headers: &str) -> io::Result<()> {
        let (whole, length) = (asked.content.len(), asked.bytes().len());
        match asked.range {
            None => self.head(&format!("200 OK\r\n{headers}content-length: {length}\r\n")),
            Some((first, last)) => self.head(&format!(
                "206 Partial Content\r\n{headers}content-length: {length}\r\n\
                 content-range: bytes {first}-{last}/{whole}\r\n"
            )),
        }
    }

    /// Ends the connection at once, so that what was sent and not read yet is lost.
    #[cfg(unix)]
    pub(crate) fn reset(&mut self) -> io::Result<()> {
        let zero = std::time::Duration::ZERO;
        rustix::net::sockopt::set_socket_linger(&self.stream, Some(zero))?;
        Err(io::ErrorKind::ConnectionReset.into())
    }

    /// Sends nothing more and waits until the other side has had enough.
    pub(crate) fn stall(&mut self) -> io::Result<()> {
        self.server.stalls.fetch_add(1, Ordering::SeqCst);
        io::copy(&mut self.stream.try_clone()?, &mut io::sink())?;
        Err(io::ErrorKind::TimedOut.into())
    }
}

impl Asked<'_> {
    /// What was asked for.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.range.map_or(self.content, |(first, last)| &self.content[first..=last])
    }
}
