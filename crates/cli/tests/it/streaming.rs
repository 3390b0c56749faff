//! Long lists: in flat memory, and no longer than somebody reads them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::world::{Ran, World};

/// A service with this many jobs, which makes each page when it is asked for.
struct Jobs {
    url: String,
    asked: Arc<AtomicUsize>,
    /// The last page is asked for.
    at_the_end: Receiver<()>,
    /// Let the last page go.
    go: Sender<()>,
}

#[derive(Debug, Clone, Copy)]
struct Pages {
    pages: usize,
    jobs: usize,
}

impl Jobs {
    fn serve(size: Pages) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let (reached, at_the_end) = channel();
        let (go, may_go) = channel();
        let counter = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                talk(stream, size, &counter, &reached, &may_go);
            }
        });
        Self { url, asked, at_the_end, go }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Answers the requests of one connection.
fn talk(
    mut stream: TcpStream,
    size: Pages,
    asked: &AtomicUsize,
    reached: &Sender<()>,
    may_go: &Receiver<()>,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let offset = head.split("offset=1_").nth(1).unwrap_or("0");
        let digits: String = offset.chars().take_while(char::is_ascii_digit).collect();
        let number: usize = digits.parse().unwrap();
        asked.fetch_add(1, Ordering::SeqCst);
        let is_last = number + 1 == size.pages;
        if is_last {
            reached.send(()).unwrap();
            let _ = may_go.recv();
        }
        let body = page(number, size.jobs, is_last);
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn page(number: usize, jobs: usize, is_last: bool) -> String {
    let mut body = String::from("{\"records\":[");
    for job in 0..jobs {
        let id = number * jobs + job;
        let comma = if job == 0 { "" } else { "," };
        body.push_str(&format!(
            r#"{comma}{{"id":{id},"status":"SUCCEEDED","creationTime":{},"destination":{{"datasetId":
            "{}","batchId":"01ABCDEFGHJKMNPQRST{id}"}},"metrics":{{
            "totalExportedProfileCounter":{id},"totalTime":{{"totalTimeInMs":{id}}}}}}}"#,
            1_538_615_973_895_usize - id,
            if id == 0 { "first" } else { "other" }
        ));
    }
    let next =
        if is_last { String::new() } else { format!("/export/jobs/?offset=1_{}", number + 1) };
    body.push_str(&format!("],\"link\":{{\"next\":\"{next}\"}}}}"));
    body
}

/// The most memory that a process had so far, in KiB.
#[cfg(target_os = "linux")]
fn peak_kib(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// Lists all jobs, and tells the peak memory before the last page and how many lines there were.
#[cfg(target_os = "linux")]
fn list(size: Pages, args: &[&str]) -> (u64, usize) {
    let jobs = Jobs::serve(size);
    let args = [&["list", "--all", "--page-size", "1000"], args].concat();
    let mut child = World::at(&jobs.url).spawn(&args);
    let out = child.stdout.take().unwrap();
    let reader = thread::spawn(move || lines(out));
    jobs.at_the_end.recv_timeout(Duration::from_secs(60)).unwrap();
    let peak = peak_kib(&child);
    jobs.go.send(()).unwrap();
    let lines = reader.join().unwrap();
    assert!(child.wait().unwrap().success());
    (peak, lines)
}

fn lines(mut out: ChildStdout) -> usize {
    let (mut buffer, mut lines) = ([0; 64 * 1024], 0);
    loop {
        match out.read(&mut buffer).unwrap() {
            0 => return lines,
            read => lines += buffer[..read].iter().filter(|byte| **byte == b'\n').count(),
        }
    }
}

/// What is written is forgotten: a hundred times as many jobs need no more memory.
#[cfg(target_os = "linux")]
#[test]
fn long_lists_are_written_in_flat_memory() {
    const FEW: Pages = Pages { pages: 2, jobs: 1000 };
    const MIB: u64 = 1024;
    for (args, pages, heading) in [
        (&["-o", "ndjson"][..], 100, 0),
        (&[], 100, 1),
        (&["-o", "csv"], 20, 1),
        (&["--jq", ".id"], 20, 0),
        (&["--template", "{{ id }}"], 20, 0),
    ] {
        let (few, _) = list(FEW, args);
        let (many, lines) = list(Pages { pages, ..FEW }, args);
        assert_eq!(lines, pages * FEW.jobs + heading, "{args:?}");
        assert!(many < few + 4 * MIB, "{args:?}: {few} KiB and then {many} KiB");
    }
}

/// Whoever reads has had enough: nothing more is asked for, also where there is nothing to write.
#[test]
fn a_reader_that_goes_away_ends_the_reading_of_pages() {
    const ENDLESS: Pages = Pages { pages: usize::MAX, jobs: 200 };
    for (args, read) in [
        (&["list", "--all", "-o", "ndjson"][..], 1_000),
        (&["list", "--all"], 1_000),
        (&["list", "--all", "-o", "json"], 1_000),
        (&["list", "--all", "-o", "raw"], 1_000),
        (&["list", "--all", "-o", "id"], 5),
        (&["list", "--all", "--jq", ".id"], 5),
        // The first job is written and no other: the end of the pipe must be seen without a write.
        (&["list", "--all", "-o", "id", "--dataset", "first"], 2),
        (&["list", "--all", "--jq", "select(.id == 0) | .status"], 5),
        (&["list", "--watch=20ms", "--jq", ".id"], 5),
        (&["api", "GET", "/data/core/ups/export/jobs", "--paginate", "--jq", ".records[0].id"], 2),
    ] {
        let jobs = Jobs::serve(ENDLESS);
        let mut child = World::at(&jobs.url).spawn(args);
        let mut out = child.stdout.take().unwrap();
        let mut some = vec![0; read];
        out.read_exact(&mut some).unwrap();
        drop(out);
        let before = jobs.asked();
        let ran = Ran::of(child);
        let after = jobs.asked() - before;
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{args:?}");
        // One page may be under way, and one may have been asked for between the two lines above.
        assert!(after <= 2, "{args:?}: {after} more pages were asked for");
    }
}
