//! Reads a list of export jobs from a file or standard input, says how they stand, and writes the
//! request that would export the same again. Needs this crate and serde_json, nothing else.
//!
//! ```sh
//! aep-export list -o raw | cargo run -p aep-export-model --example read_and_write
//! cargo run -p aep-export-model --example read_and_write -- jobs.json
//! ```

use std::error::Error;
use std::fs::File;
use std::io::{self, Read, Write};

use aep_export_model::{ExportJob, ExportJobRequest, JobPage, Metrics};

fn main() -> Result<(), Box<dyn Error>> {
    let mut text = String::new();
    match std::env::args().nth(1) {
        Some(path) => File::open(path)?.read_to_string(&mut text)?,
        None => io::stdin().read_to_string(&mut text)?,
    };
    run(&text, &mut io::stdout().lock())
}

fn run(text: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let page: JobPage = serde_json::from_str(text)?;
    for job in &page.records {
        writeln!(out, "{}", line(job))?;
    }
    if let Some(newest) = page.records.first() {
        let request = once_more(newest)?;
        writeln!(out, "\nThe first one again:\n{}", serde_json::to_string_pretty(&request)?)?;
    }
    Ok(())
}

/// A job in one line: id, status, profiles, seconds, the first error.
fn line(job: &ExportJob) -> String {
    let metrics = job.metrics.as_ref();
    let id = job.id.as_ref().map_or("-", |id| id.as_str());
    let status = job.status.as_ref().map_or("-", |status| status.as_str());
    let profiles = metrics.and_then(Metrics::profiles).unwrap_or(0);
    let seconds = metrics
        .and_then(|metrics| metrics.total_time.as_ref()?.duration())
        .map_or(0.0, |duration| duration.as_secs_f64());
    let error = job.errors.first().and_then(|error| error.message.as_deref()).unwrap_or("");
    format!("{id:>8}  {status:<10}  {profiles:>9} profiles  {seconds:>8.1} s  {error}")
}

/// The request for what a job exported, written to the same dataset.
fn once_more(job: &ExportJob) -> Result<ExportJobRequest, Box<dyn Error>> {
    let dataset = job.dataset_id().ok_or("the job does not say where it wrote")?;
    let mut request = ExportJobRequest::builder(dataset).build()?;
    request.fields = job.fields.clone();
    request.filter = job.filter.clone();
    request.validate()?;
    Ok(request)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_example_runs() {
        let list = r#"{"records": [{"id": 7, "status": "SUCCEEDED", "fields": "a.b",
            "destination": {"dataSetId": "6123456789abcdef01234567"},
            "metrics": {"totalTime": {"totalTimeInMs": 1500}, "totalExportedProfileCounter": 3}}]}"#;
        let mut out = Vec::new();
        super::run(list, &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains("7  SUCCEEDED           3 profiles       1.5 s"), "{out}");
        assert!(out.contains(r#""datasetId": "6123456789abcdef01234567""#), "{out}");
    }
}
