//! Jobs for the tests of reports.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Line, Report};

/// The moment in milliseconds since 1970.
pub(super) fn at(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

/// Jobs that succeeded: created then, and so many minutes long.
pub(super) fn lines(jobs: &[(&str, u64)]) -> Vec<Line> {
    let job = |(created, minutes): &(&str, u64)| {
        let created = at(created);
        let ended = created + i64::try_from(*minutes).unwrap() * 60_000;
        json!({"status": "SUCCEEDED", "creationTime": created, "updateTime": ended})
    };
    jobs.iter().map(|one| line(&job(one))).collect()
}

pub(super) fn line(job: &Value) -> Line {
    let job = serde_json::from_value(job.clone()).unwrap();
    Line::of(&job, at("2026-01-05T03:00:00Z"))
}

/// Jobs of every kind that there is.
pub(super) fn report() -> Report {
    let job = |id: u32, day: &str, status: &str, spans: [u64; 4]| {
        let created = at(&format!("{day}Z"));
        let [waiting, reading, gap, writing] = spans.map(|s| i64::try_from(s).unwrap() * 1000);
        let (read, written) = (created + waiting, created + waiting + reading + gap);
        json!({
            "id": id, "status": status, "creationTime": created,
            "destination": {"datasetId": "6123456789abcdef01234567"},
            "filter": {"segments": [{"segmentId": "4bd7a1c0-6c2f-4a55-9c69-1b0a7f3c2d10"}]},
            "metrics": {
                "totalTime": {"startTimeInMs": created, "endTimeInMs": written + writing,
                              "totalTimeInMs": written + writing - created},
                "profileExportTime": {"startTimeInMs": read, "endTimeInMs": read + reading,
                                      "totalTimeInMs": reading},
                "aCPDatasetWriteTime": {"startTimeInMs": written, "endTimeInMs": written + writing,
                                        "totalTimeInMs": writing},
                "totalExportedProfileCounter": id * 10,
            }
        })
    };
    let failed = at("2026-01-03T01:00:00Z");
    let jobs = [
        json!({"id": 1007, "status": "NEW", "creationTime": at("2026-01-05T02:55:00Z")}),
        json!({"id": 1006, "status": "PROCESSING", "creationTime": at("2026-01-05T02:50:00Z"),
               "metrics": {"profileExportTime": {"startTimeInMs": at("2026-01-05T02:52:00Z")}}}),
        job(1005, "2026-01-05T01:00:00", "SUCCEEDED", [120, 300, 0, 180]),
        job(1004, "2026-01-04T01:00:00", "SUCCEEDED", [60, 300, 60, 120]),
        json!({"id": 1003, "status": "FAILED", "creationTime": failed, "updateTime": failed + 90_000,
               "errors": [{"code": "0090000009", "msg": "Error writing | <script>alert(1)</script>"}]}),
        job(1002, "2026-01-02T01:00:00", "SUCCEEDED", [30, 200, 0, 100]),
        json!({"id": "\u{1b}[2J<script>alert('1001')</script>", "status": "SUCCEEDED",
               "creationTime": at("2026-01-01T01:00:00Z"),
               "metrics": {"totalTime": {"startTimeInMs": 1000, "endTimeInMs": 61_000}}}),
    ];
    let lines = jobs.iter().map(line).collect();
    Report::of(lines, at("2026-01-05T03:00:00Z"), TimeZone::UTC)
}

/// Compares `text` with the file of this name beside this one; with AEP_EXPORT_WRITE_PAGES set, it is
/// written instead, for the change to be read in the difference.
#[expect(clippy::disallowed_methods, reason = "tells what is written from what is compared")]
#[track_caller]
pub(super) fn assert_kept(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/snapshots").join(name);
    if std::env::var_os("AEP_EXPORT_WRITE_PAGES").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    assert!(text == kept, "{name} is now:\n{text}");
}
