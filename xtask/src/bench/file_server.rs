//! A file server for measurements: nginx with the paths of Data Access.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::Outcome;

/// Listens on two ports.
pub(super) struct FileServer {
    folder: PathBuf,
    /// Gives what it can.
    free: u16,
    /// Holds each connection back.
    held_back: u16,
    child: Option<Child>,
}

impl FileServer {
    /// Serves what is in `served` of this folder, once it is started.
    pub(super) fn new(folder: &Path) -> Outcome<Self> {
        fs::create_dir_all(folder.join("listings"))?;
        // Both are held until both are known, so that they differ.
        let listeners = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
        let [first, second] = &listeners;
        let (free, held_back) = (first.local_addr()?.port(), second.local_addr()?.port());
        Ok(Self { folder: folder.to_owned(), free, held_back, child: None })
    }

    /// Lists these files in a batch. Its dataset file has the same name.
    pub(super) fn serve(&self, batch: &str, entries: &[Value]) -> Outcome {
        let listing = |data: Value| json!({"data": data}).to_string();
        let listings = self.folder.join("listings");
        let file = json!([{"dataSetFileId": batch}]);
        fs::write(listings.join(format!("batch-{batch}")), listing(file))?;
        fs::write(listings.join(format!("file-{batch}")), listing(json!(entries)))?;
        Ok(())
    }

    pub(super) fn start(&mut self) -> Outcome {
        let configuration = self.folder.join("nginx.conf");
        fs::write(&configuration, self.configuration())?;
        let log = self.folder.join("nginx.log");
        let mut command = Command::new("nginx");
        command.arg("-p").arg(&self.folder).arg("-c").arg(&configuration).arg("-e").arg(&log);
        self.child = Some(command.stdin(Stdio::null()).spawn()?);
        // Some seconds of a machine that has nothing else to do, and more of one that has.
        for _ in 0..200_000 {
            if TcpStream::connect(("127.0.0.1", self.held_back)).is_ok() {
                return Ok(());
            }
            std::thread::yield_now();
        }
        Err(format!("nginx does not listen; see {}", log.display()).into())
    }

    pub(super) fn address(&self, held_back: bool) -> String {
        let port = if held_back { self.held_back } else { self.free };
        format!("http://127.0.0.1:{port}")
    }

    /// Where one of a batch's files is.
    pub(super) fn file(&self, base: &str, batch: &str, name: &str) -> String {
        format!("{base}/data/foundation/export/files/{batch}?path={name}")
    }

    fn configuration(&self) -> String {
        // One process, so that nothing is left when it is ended.
        let [free, held_back] = [self.free, self.held_back].map(|port| {
            format!(
                "listen 127.0.0.1:{port};
                 root .;
                 location ~ ^/data/foundation/export/batches/(.+)/files$ {{
                   default_type application/json;
                   try_files /listings/batch-$1 =404;
                 }}
                 location ~ ^/data/foundation/export/files/(.+)$ {{
                   default_type application/json;
                   if ($arg_path) {{ rewrite ^ /served/$arg_path last; }}
                   try_files /listings/file-$1 =404;
                 }}
                 location /served/ {{ internal; }}"
            )
        });
        format!(
            "daemon off; master_process off; pid nginx.pid; error_log nginx.log;
             events {{ worker_connections 256; }}
             http {{
               access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000;
               default_type application/octet-stream;
               server {{ {free} }}
               server {{ {held_back} limit_rate 16m; }}
             }}\n"
        )
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
