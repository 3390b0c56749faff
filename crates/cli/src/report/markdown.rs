//! The report as Markdown with a Mermaid chart, for the summary of a CI run.

use std::fmt::Write as _;

use super::{Line, Part, Report, span, span_or_dash};
use crate::output::text::visible;

/// So many jobs have a row and a bar.
const JOBS: usize = 20;

/// The whole report.
pub(crate) fn text(report: &Report) -> String {
    let mut text = format!("## Export jobs\n\n{}\n", escaped(&report.headline()));
    if report.lines.is_empty() {
        return text;
    }
    let _ = write!(text, "\n{}\n", escaped(&report.states()));
    durations(&mut text, report);
    failures(&mut text, report);
    audiences(&mut text, report);
    jobs(&mut text, report);
    chart(&mut text, report);
    text
}

fn durations(text: &mut String, report: &Report) {
    if report.succeeded() == 0 {
        return;
    }
    text.push_str("\n### Durations\n\nOf the jobs that succeeded.\n\n");
    let rows = report.spreads().map(|(name, spread)| {
        let of = |of: fn(super::Spread) -> u64| span_or_dash(spread.map(of));
        vec![name.to_owned(), of(|it| it.p50), of(|it| it.p95), of(|it| it.max)]
    });
    table(text, &["", "p50", "p95", "max"], &rows);
}

fn failures(text: &mut String, report: &Report) {
    if report.failings.is_empty() {
        return;
    }
    text.push_str("\n### Failures\n\n");
    let rows: Vec<_> = report
        .failings
        .iter()
        .map(|failing| {
            vec![
                failing.code().to_owned(),
                failing.jobs.to_string(),
                failing.last.map_or_else(|| "-".to_owned(), |at| report.moment(at)),
                failing.example.clone(),
                failing.message.clone().unwrap_or_else(|| "-".to_owned()),
            ]
        })
        .collect();
    table(text, &["Code", "Jobs", "Last", "Job", "Message"], &rows);
}

fn audiences(text: &mut String, report: &Report) {
    if report.audiences.is_empty() {
        return;
    }
    text.push_str("\n### Profiles exported\n\n");
    let rows: Vec<_> = report
        .audiences
        .iter()
        .map(|audience| {
            let jobs = audience.jobs.to_string();
            vec![audience.name(), jobs, count(audience.newest), count(audience.profiles)]
        })
        .collect();
    table(text, &["Audience", "Jobs", "Newest job", "All jobs"], &rows);
}

fn count(profiles: Option<u64>) -> String {
    profiles.map_or_else(|| "-".to_owned(), |count| count.to_string())
}

fn jobs(text: &mut String, report: &Report) {
    text.push_str("\n### Jobs\n\n");
    let rows: Vec<_> = newest(report)
        .iter()
        .map(|line| {
            vec![
                line.id.clone(),
                format!("{} {}", line.outcome.mark(), line.status),
                line.created.map_or_else(|| "-".to_owned(), |at| report.moment(at)),
                span_or_dash(line.total),
                span_or_dash(line.waiting),
                span_or_dash(line.reading),
                span_or_dash(line.writing),
                count(line.profiles),
            ]
        })
        .collect();
    let titles = ["Job", "Status", "Created", "Total", "Waiting", "Reading", "Writing", "Profiles"];
    table(text, &titles, &rows);
    let (shown, all) = (rows.len(), report.lines.len());
    if all > shown {
        let _ = write!(text, "\nThe newest {shown} of {all} jobs.\n");
    }
}

/// All bars begin with the creation. Mermaid has no axis of durations, so they begin on a day of no
/// meaning at midnight; its axis shows the time of day only, and in no time zone.
fn chart(text: &mut String, report: &Report) {
    let lines = newest(report).iter().filter(|line| !line.pieces.is_empty());
    let mut chart = String::new();
    for line in lines {
        let (id, status) = (label(&line.id), label(&line.status));
        let _ = writeln!(chart, "    section {id} {status}");
        for piece in &line.pieces {
            let (from, to) = (midnight_and(piece.from), midnight_and(piece.to));
            let name = format!("{} {}", piece.part.name(), span(piece.length()));
            let tag = tag(piece.part);
            let _ = writeln!(chart, "    {name} :{tag}{from}, {to}");
        }
    }
    if !chart.is_empty() {
        let _ = write!(
            text,
            "\n### From the creation on\n\n```mermaid\ngantt\n    dateFormat YYYY-MM-DDTHH:mm:ss.SSS\n    \
             axisFormat %H:%M:%S\n{chart}```\n"
        );
    }
}

fn newest(report: &Report) -> &[Line] {
    report.lines.get(..JOBS).unwrap_or(&report.lines)
}

fn midnight_and(milliseconds: u64) -> String {
    let day = jiff::civil::date(2000, 1, 1).at(0, 0, 0, 0);
    // A chart of a year and more shows nothing anyway.
    let span =
        jiff::SignedDuration::from_millis(i64::try_from(milliseconds.min(YEAR)).unwrap_or(0));
    day.checked_add(span).unwrap_or(day).strftime("%Y-%m-%dT%H:%M:%S.%3f").to_string()
}

const YEAR: u64 = 366 * 86_400_000;

/// How Mermaid is to draw a part; words say what it is.
fn tag(part: Part) -> &'static str {
    match part {
        Part::Waiting => "done, ",
        Part::Reading => "active, ",
        Part::Writing => "",
        Part::Untold => "crit, ",
    }
}

fn table(text: &mut String, titles: &[&str], rows: &[Vec<String>]) {
    let _ = writeln!(text, "| {} |", titles.join(" | "));
    let _ = writeln!(text, "|{}", " --- |".repeat(titles.len()));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
}

/// Text of the service as text and nothing else: no markup, no link, nobody's name called.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '@' => safe.push_str("&#64;"),
            '#' => safe.push_str("&#35;"),
            ':' if safe.ends_with("http") || safe.ends_with("https") => safe.push_str("&#58;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '$' | '~' => safe.extend(['\\', character]),
            plain => safe.push(plain),
        }
    }
    safe
}

/// Text that Mermaid cannot take for its own: what has a meaning there is left out.
fn label(text: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
    visible(text).chars().take(40).map(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn as_written_down() {
        testing::assert_kept("report.md", &text(&testing::report()));
    }

    #[test]
    fn the_service_writes_no_markup() {
        for (given, safe) in [
            ("a|b\\c", "a\\|b\\\\c"),
            ("<img src=x>&", "&lt;img src=x&gt;&amp;"),
            ("[x](y) `z` *b* _i_", "\\[x\\](y) \\`z\\` \\*b\\* \\_i\\_"),
            ("@someone #12 https://x.test", "&#64;someone &#35;12 https&#58;//x.test"),
            ("two\nlines", "two\\\\nlines"),
        ] {
            assert_eq!(escaped(given), safe);
        }
        assert_eq!(label("1:2;%% x\n```"), "1_2____x_n___");
    }

    #[test]
    fn the_chart_counts_from_midnight() {
        assert_eq!(midnight_and(90_061_001), "2000-01-02T01:01:01.001");
        assert!(midnight_and(u64::MAX).starts_with("2001-01-0"));
    }
}
