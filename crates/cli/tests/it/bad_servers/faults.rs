//! The misbehaviours.

use std::io::{self, Write};
use std::net::TcpListener;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Came, LENGTH, exists, outside};
use crate::file_server::{Asked, Behaviour, Connection, content, good};
use crate::world::World;

/// One way to misbehave.
pub(super) struct Fault {
    pub(super) title: &'static str,
    /// What the service calls the file.
    pub(super) name: &'static str,
    /// How long the file is.
    pub(super) length: usize,
    /// What else the download is told.
    pub(super) args: &'static [&'static str],
    /// What is done to the machine before.
    pub(super) prepare: fn(&World),
    pub(super) behaviour: fn() -> Behaviour,
    /// What the file holds in the end.
    pub(super) wanted: fn(usize) -> Vec<u8>,
    /// What else must be so in the end.
    pub(super) check: fn(&World),
    /// What must come of it, in one run and in two.
    pub(super) ends: fn() -> (Came, Came),
}

const USUAL: Fault = Fault {
    title: "",
    name: "part-0.csv",
    length: LENGTH,
    args: &[],
    prepare: |_| {},
    behaviour: || Box::new(good),
    wanted: content,
    check: |world| assert!(outside(world).is_empty(), "{:?}", outside(world)),
    ends: || (Came::Right, Came::Right),
};

/// Answers the first requests so, and then as a good server does.
fn at_first(
    times: usize,
    answer: impl Fn(&Asked<'_>, &mut Connection<'_>) -> io::Result<()> + Send + Sync + 'static,
) -> Behaviour {
    // The first answer of a run may be a good one that does not count.
    Box::new(move |asked, connection| match asked.number {
        number if number <= times => answer(asked, connection),
        _ => good(asked, connection),
    })
}

const TAG: &str = "etag: \"1\"\r\n";

/// Half of the answer, and then something.
fn half(asked: &Asked<'_>, connection: &mut Connection<'_>) -> io::Result<()> {
    connection.part_head(asked, TAG)?;
    connection.body(&asked.bytes()[..asked.bytes().len() / 2])
}

fn cut() -> io::Result<()> {
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// The file in another state.
fn changed(length: usize) -> Vec<u8> {
    content(length).iter().map(|byte| byte ^ 0x55).collect()
}

/// Who must never hear of a download.
fn stranger() -> &'static TcpListener {
    static STRANGER: OnceLock<TcpListener> = OnceLock::new();
    STRANGER.get_or_init(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        listener
    })
}

fn error(code: u8, kind: &str) -> (Came, Came) {
    let error = Came::Error(code, kind.to_owned());
    (error.clone(), error)
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        title: "the body is cut, then all is well",
        behaviour: || at_first(2, |asked, to| half(asked, to).and_then(|()| cut())),
        ..USUAL
    },
    Fault {
        title: "ranges are ignored (200)",
        behaviour: || {
            Box::new(|asked, to| to.part(&Asked { range: None, if_range: None, ..*asked }, TAG))
        },
        ..USUAL
    },
    Fault {
        title: "206 with another start than asked for",
        behaviour: || {
            Box::new(|asked, to| {
                let range = asked.range.map(|(first, last)| (first / 2 + 1, last));
                to.part(&Asked { range, if_range: None, ..*asked }, TAG)
            })
        },
        ..USUAL
    },
    Fault {
        title: "206 with less than asked for",
        behaviour: || {
            Box::new(|asked, to| {
                let range = asked.range.map(|(first, last)| (first, last.min(first + 99_999)));
                to.part(&Asked { range, if_range: None, ..*asked }, TAG)
            })
        },
        ..USUAL
    },
    Fault {
        title: "the file changes between two parts (another ETag)",
        behaviour: || {
            Box::new(|asked, to| {
                let content = changed(asked.content.len());
                let same = asked.if_range.as_deref().is_none_or(|state| state == "\"2\"");
                let range = asked.range.filter(|_| same);
                let asked = Asked { content: &content, range, if_range: None, ..*asked };
                to.part(&asked, "etag: \"2\"\r\n")
            })
        },
        wanted: changed,
        ..USUAL
    },
    Fault {
        title: "the connection is reset in the middle",
        behaviour: || at_first(2, |asked, to| half(asked, to).and_then(|()| to.reset())),
        ..USUAL
    },
    Fault {
        title: "the answer stalls",
        // Over one connection nothing else can run into the time-out, and so long a file takes two
        // answers.
        length: 12 * 1024 * 1024,
        args: &["--connections", "1"],
        behaviour: || at_first(1, |asked, to| half(asked, to).and_then(|()| to.stall())),
        ..USUAL
    },
    Fault {
        title: "every chunked body is cut",
        behaviour: || {
            Box::new(|_, to| {
                to.head(&format!("200 OK\r\n{TAG}transfer-encoding: chunked\r\n"))?;
                to.body(b"1000\r\n")?;
                to.body(&content(LENGTH)[..0x1000])?;
                cut()
            })
        },
        ends: || error(10, "network"),
        ..USUAL
    },
    Fault {
        title: "every body is cut, and no length tells",
        behaviour: || {
            Box::new(|_, to| {
                to.head(&format!("200 OK\r\n{TAG}connection: close\r\n"))?;
                to.body(&content(LENGTH)[..LENGTH / 2])?;
                cut()
            })
        },
        ends: || error(12, "check"),
        ..USUAL
    },
    Fault {
        title: "503 twice",
        behaviour: || {
            at_first(2, |_, to| to.head("503 Service Unavailable\r\ncontent-length: 0\r\n"))
        },
        ..USUAL
    },
    Fault {
        title: "429 with `Retry-After` in seconds",
        behaviour: || {
            at_first(1, |_, to| {
                to.head("429 Too Many Requests\r\nretry-after: 2\r\ncontent-length: 0\r\n")
            })
        },
        ..USUAL
    },
    Fault {
        title: "429 with `Retry-After` as a date",
        behaviour: || {
            at_first(1, |_, to| {
                to.head(
                    "429 Too Many Requests\r\ndate: Mon, 23 Nov 2026 15:34:30 GMT\r\n\
                     retry-after: Mon, 23 Nov 2026 15:34:33 GMT\r\ncontent-length: 0\r\n",
                )
            })
        },
        ..USUAL
    },
    Fault {
        title: "every answer is packed (content-encoding: gzip)",
        behaviour: || {
            Box::new(|asked, to| {
                let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
                packed.write_all(asked.bytes())?;
                let packed = packed.finish()?;
                let length = packed.len();
                to.head(&format!(
                    "200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n"
                ))?;
                to.body(&packed)
            })
        },
        ends: || error(12, "check"),
        ..USUAL
    },
    Fault {
        title: "the service calls the file `../../evil`",
        name: "../../evil",
        check: |world| {
            assert!(outside(world).is_empty() && !exists(world, "../evil"));
            assert!(!exists(world, "out/evil") && !exists(world, "../../evil"));
        },
        ends: || error(12, "check"),
        ..USUAL
    },
    Fault {
        title: "a link stands in the file's place",
        prepare: |world| {
            std::fs::create_dir_all(world.path("out/B1")).unwrap();
            std::fs::write(world.path("victim"), "precious").unwrap();
            let target = world.path("out/B1/part-0.csv");
            std::os::unix::fs::symlink(world.path("victim"), target).unwrap();
        },
        check: |world| {
            assert_eq!(std::fs::read_to_string(world.path("victim")).unwrap(), "precious");
        },
        ends: || error(1, "local_io"),
        ..USUAL
    },
    Fault {
        title: "302 to another host",
        behaviour: || {
            Box::new(|_, to| {
                let other = stranger().local_addr().unwrap();
                to.head(&format!(
                    "302 Found\r\nlocation: http://{other}/file\r\ncontent-length: 0\r\n"
                ))
            })
        },
        check: |_| {
            let heard = stranger().accept().map(|_| ()).unwrap_err();
            assert_eq!(heard.kind(), io::ErrorKind::WouldBlock);
        },
        ends: || error(1, "bad_answer"),
        ..USUAL
    },
];
