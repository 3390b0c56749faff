//! What failed, by the code that the service gave.

use std::collections::BTreeMap;

use super::line::{Line, Outcome};

/// The jobs that failed with one code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failing {
    /// `None` where the service gave no code.
    pub(super) code: Option<String>,
    pub(super) jobs: usize,
    /// When the first and the last of them were created.
    pub(super) first: Option<i64>,
    pub(super) last: Option<i64>,
    /// The last of them, and what the service said of it.
    pub(super) example: String,
    pub(super) message: Option<String>,
}

impl Failing {
    pub(super) fn code(&self) -> &str {
        self.code.as_deref().unwrap_or("no code given")
    }
}

/// The failures of `lines`, the newest first, by code; the most frequent come first. A job with
/// several codes counts for each of them.
pub(super) fn by_code(lines: &[Line]) -> Vec<Failing> {
    let mut found: BTreeMap<Option<&str>, Failing> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.outcome == Outcome::Failed) {
        for (code, message) in codes(line) {
            let failing = found.entry(code).or_insert_with(|| Failing {
                code: code.map(str::to_owned),
                jobs: 0,
                first: None,
                last: None,
                example: line.id.clone(),
                message: message.map(str::to_owned),
            });
            failing.jobs += 1;
            failing.first = failing.first.into_iter().chain(line.created).min();
            failing.last = failing.last.max(line.created);
        }
    }
    let mut found: Vec<Failing> = found.into_values().collect();
    found.sort_by_key(|failing| std::cmp::Reverse(failing.jobs));
    found
}

/// Each code of a job once, with its first message.
fn codes(line: &Line) -> BTreeMap<Option<&str>, Option<&str>> {
    let mut codes = BTreeMap::new();
    for (code, message) in &line.errors {
        codes.entry(code.as_deref()).or_insert(message.as_deref());
    }
    if codes.is_empty() {
        codes.insert(None, None);
    }
    codes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(id: u32, created: i64, status: &str, codes: &[&str]) -> Line {
        let errors: Vec<_> =
            codes.iter().map(|code| json!({"code": code, "msg": format!("of {id}")})).collect();
        let job = json!({"id": id, "creationTime": created, "status": status, "errors": errors});
        Line::of(&serde_json::from_value(job).unwrap(), 0)
    }

    #[test]
    fn each_code_counts_once_a_job_and_shows_its_newest() {
        let found = by_code(&[
            job(5, 500, "FAILED", &["A", "A", "B"]),
            job(4, 400, "SUCCEEDED", &["A"]),
            job(3, 300, "FAILED", &[]),
            job(2, 200, "FAILED", &["A"]),
        ]);
        let told: Vec<_> =
            found.iter().map(|f| (f.code(), f.jobs, f.first, f.last, f.example.as_str())).collect();
        assert_eq!(
            told,
            [
                ("A", 2, Some(200), Some(500), "5"),
                ("no code given", 1, Some(300), Some(300), "3"),
                ("B", 1, Some(500), Some(500), "5"),
            ]
        );
        assert_eq!(found[0].message.as_deref(), Some("of 5"));
    }
}
