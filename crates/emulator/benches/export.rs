//! What `cargo xtask bench export` measures: an import and an export, in a process of their own that
//! says what they took.
//!
//! `export sample COUNT FILE` writes profiles; `export run PROFILES FOLDER REQUEST` imports them into
//! an emulator in FOLDER, exports what REQUEST asks for, and prints the job's folder and what each of
//! the two took as a line of JSON.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for developers, which may fail loudly"
)]

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use aep_export_emulator::{
    CLIENT_ID, CLIENT_SECRET, Emulator, Import, ORGANIZATION, SANDBOX, Service, sample_profiles,
};
use axum::body::{Body, to_bytes};
use http::Request;
use serde_json::{Value, json};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["sample", count, file] => sample(count.parse().expect("a number"), file),
        ["run", profiles, folder, request] => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(run(Path::new(profiles), Path::new(folder), request));
        }
        // `cargo bench` runs it too.
        _ => println!("to measure: cargo xtask bench export"),
    }
}

fn sample(count: u64, file: &str) {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file).unwrap());
    for profile in sample_profiles(1, count) {
        writeln!(out, "{profile}").unwrap();
    }
    out.flush().unwrap();
}

async fn run(profiles: &Path, folder: &Path, request: &str) {
    let service = Emulator::builder().data_dir(folder).open().await.unwrap();
    let begin = Moment::now();
    let imported = service.import(Import::new().file(profiles)).await.unwrap();
    let between = Moment::now();
    let job = export(&service, serde_json::from_str(request).unwrap()).await;
    let end = Moment::now();
    let told = json!({
        "import": between.since(&begin),
        "export": end.since(&between),
        "peak_rss_kib": status("VmHWM:"),
        "profiles": imported.profiles,
        "rows": job["metrics"]["totalExportedProfileCounter"],
        "files": folder.join("exports").join(job["id"].to_string()).join("0"),
        "stored": bytes_in(&folder.join("profiles")),
    });
    println!("{told}");
    service.close().await;
}

/// Creates the job and waits for its end; the job.
async fn export(service: &Service, mut request: Value) -> Value {
    let form = format!(
        "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}\
         &scope=openid"
    );
    let token = Request::post("/ims/token/v3")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form));
    let token = answer(service, token.unwrap()).await;
    let authorization = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let call = |method: &str, target: &str, body: Option<&Value>| {
        Request::builder()
            .method(method)
            .uri(format!("/data/{target}"))
            .header("authorization", &authorization)
            .header("x-api-key", CLIENT_ID)
            .header("x-gw-ims-org-id", ORGANIZATION)
            .header("x-sandbox-name", SANDBOX)
            .header("content-type", "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .unwrap()
    };
    let schema = json!({"id": "https://ns.adobe.com/xdm/context/profile__union"});
    let dataset = json!({"name": "bench", "schemaRef": schema});
    let created =
        answer(service, call("POST", "foundation/catalog/dataSets", Some(&dataset))).await;
    let id = created[0].as_str().unwrap().trim_start_matches("@/dataSets/");
    request["destination"] = json!({"datasetId": id});
    request["schema"] = json!({"name": "_xdm.context.profile"});
    let job = answer(service, call("POST", "core/ups/export/jobs", Some(&request))).await;
    service.settled().await;
    let job = format!("core/ups/export/jobs/{}", job["id"]);
    let job = answer(service, call("GET", &job, None)).await;
    assert_eq!(job["status"], "SUCCEEDED", "{job}");
    job
}

async fn answer(service: &Service, request: Request<Body>) -> Value {
    let answer = service.call(request).await;
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice(&body).expect("JSON")
}

fn bytes_in(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len());
    files.sum()
}

struct Moment {
    wall: Instant,
    /// Of this process: in programs and in the system on their behalf, hundredths of a second.
    cpu: Option<u64>,
}

impl Moment {
    fn now() -> Self {
        Self { wall: Instant::now(), cpu: cpu() }
    }

    fn since(&self, before: &Self) -> Value {
        let cpu = self.cpu.zip(before.cpu).map(|(now, before)| (now - before) as f64 / 100.0);
        json!({"wall": self.wall.duration_since(before.wall).as_secs_f64(), "cpu": cpu})
    }
}

/// Linux tells; elsewhere it is not known.
fn cpu() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program is in parentheses and may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields[11].parse::<u64>().ok()? + fields[12].parse::<u64>().ok()?)
}

fn status(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned))?;
    line.split_whitespace().next()?.parse().ok()
}
