//! A server that does exactly what a test says, down to the byte.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

/// What to do once a request was read.
#[derive(Clone, Copy)]
pub(crate) enum Then {
    /// Write this and wait for the next request on the connection.
    Answer(&'static str),
    /// Write this and close.
    AnswerAndClose(&'static str),
    Close,
    Silence,
}

/// A request that was read whole.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) connection: usize,
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) const OK: Then = Then::Answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");

pub(crate) struct Server {
    pub(crate) port: u16,
    log: Arc<Mutex<Log>>,
}

#[derive(Default)]
struct Log {
    seen: Vec<Seen>,
    connections: usize,
}

impl Server {
    /// Plays `script`: what to do after the first request, after the second ... The last entry is
    /// for all that follow. Requests are counted over all connections.
    pub(crate) async fn start(script: &'static [Then]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::<Mutex<Log>>::default();
        let shared = Arc::clone(&log);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let connection = begin(&shared);
                tokio::spawn(serve(stream, connection, Arc::clone(&shared), script));
            }
        });
        Self { port, log }
    }

    /// Closes every connection at once: for clients that would wait for it to speak TLS.
    pub(crate) async fn hanging_up() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::<Mutex<Log>>::default();
        let shared = Arc::clone(&log);
        tokio::spawn(async move {
            loop {
                drop(listener.accept().await.unwrap());
                begin(&shared);
            }
        });
        Self { port, log }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.log.lock().unwrap().seen.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.log.lock().unwrap().connections
    }
}

fn begin(log: &Mutex<Log>) -> usize {
    let mut log = log.lock().unwrap();
    log.connections += 1;
    log.connections - 1
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    connection: usize,
    log: Arc<Mutex<Log>>,
    script: &'static [Then],
) {
    while let Some((head, body)) = read_request(&mut stream).await {
        let number = {
            let mut log = log.lock().unwrap();
            log.seen.push(Seen { connection, head, body });
            log.seen.len() - 1
        };
        match script[number.min(script.len() - 1)] {
            Then::Answer(text) => stream.write_all(text.as_bytes()).await.unwrap(),
            Then::AnswerAndClose(text) => {
                stream.write_all(text.as_bytes()).await.unwrap();
                return;
            }
            Then::Close => return,
            Then::Silence => std::future::pending().await,
        }
    }
}

/// Head (lower case) and body of the next request, or `None` if the client has gone.
pub(crate) async fn read_request(
    stream: &mut (impl AsyncRead + Unpin),
) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Some((head, body.to_owned()));
            }
        }
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(length) if length > 0 => bytes.extend(&piece[..length]),
            _ => return None,
        }
    }
}
