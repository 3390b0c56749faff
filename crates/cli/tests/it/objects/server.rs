//! A real S3 server in a process of its own, and what stands between it and the program.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use serde_json::{Value, json};

use crate::world::World;

/// moto, and boto3 that looks into it. It ends with this process, whose end closes its input.
pub(crate) struct S3 {
    pub(crate) url: String,
    talk: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    _process: Child,
}

/// Python with the server, if it is there.
#[expect(clippy::print_stdout, reason = "that nothing is tested must be seen")]
fn python() -> Option<PathBuf> {
    let program = std::env::current_exe().unwrap();
    let folders = program.ancestors().map(|folder| folder.join("tools/python"));
    // The list of what is installed is written last.
    let is_installed = |folder: &PathBuf| {
        let packages = std::fs::read_to_string(folder.join("packages"));
        packages.is_ok_and(|packages| packages.contains("moto"))
    };
    let python = folders.into_iter().find(is_installed).map(|folder| folder.join("bin/python"));
    assert!(python.is_some() || !is_ci(), "the S3 server is not installed: run .ci/run");
    if python.is_none() {
        println!("skipped: the S3 server is not installed; .ci/run installs it");
    }
    python
}

#[expect(clippy::disallowed_methods, reason = "the one setting of these tests")]
fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

impl S3 {
    /// The one of all tests.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<S3>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    pub(crate) fn start() -> Option<Self> {
        let mut process = Command::new(python()?)
            .args(["-c", include_str!("server.py")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut url = String::new();
        output.read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        assert!(url.starts_with("http"), "the S3 server does not start: {url:?}");
        Some(Self { url, talk: Mutex::new((input, output)), _process: process })
    }

    fn ask(&self, order: &Value) -> Value {
        let mut talk = self.talk.lock().unwrap();
        writeln!(talk.0, "{order}").unwrap();
        let mut answer = String::new();
        talk.1.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{order}: {error}"))
    }

    pub(crate) fn make(&self, bucket: &str) {
        self.ask(&json!({"do": "make", "bucket": bucket}));
    }

    /// Puts an object there whose bytes are these, and which says nothing of itself.
    pub(crate) fn put(&self, bucket: &str, key: &str, bytes: &[u8]) {
        let text: String = bytes.iter().copied().map(char::from).collect();
        self.ask(&json!({"do": "put", "bucket": bucket, "key": key, "text": text}));
    }

    /// Every object by its key.
    pub(crate) fn objects(&self, bucket: &str) -> serde_json::Map<String, Value> {
        match self.ask(&json!({"do": "objects", "bucket": bucket})) {
            Value::Object(objects) => objects,
            other => panic!("{other}"),
        }
    }

    /// How many uploads in parts are open.
    pub(crate) fn uploads(&self, bucket: &str) -> u64 {
        self.ask(&json!({"do": "uploads", "bucket": bucket})).as_u64().unwrap()
    }

    /// From here on only somebody new is let in: his id and secret.
    pub(crate) fn guard(&self) -> [String; 2] {
        serde_json::from_value(self.ask(&json!({"do": "guard"}))).unwrap()
    }
}

/// The same machine with the variables of a store at `url`.
pub(crate) fn with_store(world: World, url: &str) -> World {
    world
        .with("AWS_ENDPOINT_URL", url)
        .with("AWS_ACCESS_KEY_ID", "key-canary")
        .with("AWS_SECRET_ACCESS_KEY", "secret-canary")
        .with("AWS_SESSION_TOKEN", "session-canary")
}

/// Stands in front of a server and holds the first request that has `held` in it.
pub(crate) struct Gate {
    pub(crate) url: String,
    /// Is told when that request is there.
    pub(crate) reached: Receiver<()>,
    /// Lets it pass.
    pub(crate) open: Sender<()>,
}

/// Both for the one request that is held.
type Guard = Mutex<Option<(Sender<()>, Receiver<()>)>>;

impl Gate {
    pub(crate) fn before(server: &str, held: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = server.trim_start_matches("http://").to_owned();
        let (told, reached) = channel();
        let (open, opened) = channel();
        let guard: Arc<Guard> = Arc::new(Mutex::new(Some((told, opened))));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (server, guard) = (server.clone(), Arc::clone(&guard));
                thread::spawn(move || {
                    let server = TcpStream::connect(server).unwrap();
                    let (mut from, mut back) =
                        (server.try_clone().unwrap(), client.try_clone().unwrap());
                    thread::spawn(move || {
                        // Whoever goes first ends the other one.
                        let _ = std::io::copy(&mut from, &mut back);
                        let _ = back.shutdown(Shutdown::Both);
                    });
                    let _ = pass(client, &server, held, &guard);
                    let _ = server.shutdown(Shutdown::Both);
                });
            }
        });
        Self { url, reached, open }
    }
}

/// Passes on what comes, but for the one request that is held.
fn pass(mut from: TcpStream, mut to: &TcpStream, held: &str, guard: &Guard) -> std::io::Result<()> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut piece)?;
        if length == 0 {
            return Ok(());
        }
        // The head of a request comes in one piece.
        let is_it = piece[..length].windows(held.len()).any(|bytes| bytes == held.as_bytes());
        let first = if is_it { guard.lock().unwrap().take() } else { None };
        if let Some((told, opened)) = first {
            // Nobody who listens any more is as good as somebody who has heard it.
            let _ = told.send(());
            if opened.recv().is_err() {
                return Ok(());
            }
        }
        to.write_all(&piece[..length])?;
    }
}
