//! The report as one page: no network, no scripts, for a screen of any size, for paper, for the dark
//! and for those who listen to it. Every picture stands in or beside a table with the same figures.

use super::days::{local, milliseconds_of_day};
use super::markup::Markup;
use super::svg::{class, told_piece};
use super::tables::{PICTURE, cell, end_of_table, legend, picture, row, section, table};
use super::{Line, Outcome, Part, Report, longest, span, span_or_dash};

/// So many jobs have a row; further ones are in the sums.
const ROWS: usize = 1000;
const DAY: u64 = 86_400_000;

const STYLE: &str = concat!(include_str!("parts.css"), include_str!("page.css"));

/// Nothing is loaded and nothing runs; of styles only [`STYLE`], by its hash.
const POLICY: &str = "default-src 'none'; \
                      style-src 'sha256-bAZkhIEiVEVveT+QS2vg3NTHonpy3Sa6w9bY6TUqPUo='; \
                      base-uri 'none'; form-action 'none'";

/// The whole page.
pub(crate) fn text(report: &Report) -> String {
    let mut page = Markup::after("<!doctype html>");
    page.open("html", &[("lang", "en")]);
    page.open("head", &[]);
    page.empty("meta", &[("charset", "utf-8")]);
    page.empty("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)]);
    page.empty("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
    page.empty("meta", &[("name", "color-scheme"), ("content", "light dark")]);
    page.element("title", &[], "Export jobs");
    page.style(STYLE);
    page.close();
    page.open("body", &[]);
    page.open("main", &[]);
    page.element("h1", &[], "Export jobs");
    page.element("p", &[], &report.headline());
    if !report.lines.is_empty() {
        page.element("p", &[], &report.states());
        bars(&mut page, report);
        clock(&mut page, report);
        durations(&mut page, report);
        audiences(&mut page, report);
        failures(&mut page, report);
    }
    page.element(
        "p",
        &[],
        &format!("Made {} ({}).", report.moment(report.now), report.zone_name()),
    );
    page.finish()
}

fn bars(page: &mut Markup, report: &Report) {
    let lines = report.lines.get(..ROWS).unwrap_or(&report.lines);
    let longest = longest(lines);
    section(page, "Where the time went");
    legend(page, &Part::ALL.map(|part| (class(part), part.name())));
    let mut caption =
        format!("Each bar begins when its job was created; the scale ends at {}.", span(longest));
    if lines.len() < report.lines.len() {
        caption.push_str(&format!(" The newest {} of {} jobs.", lines.len(), report.lines.len()));
    }
    let titles =
        ["Job", "Status", "Created", "Took", PICTURE, "waiting", "reading", "writing", "profiles"];
    table(page, &caption, &titles);
    for line in lines {
        row(page, &line.id);
        cell(page, "", &format!("{} {}", line.outcome.mark(), line.status));
        cell(page, "", &moment(report, line.created));
        cell(page, "", &span_or_dash(line.total.or(line.end())));
        picture(page, "0 0 10000 10", |page| pieces(page, line, longest));
        cell(page, "waiting", &span_or_dash(line.waiting));
        cell(page, "reading", &span_or_dash(line.reading));
        cell(page, "writing", &span_or_dash(line.writing));
        cell(page, "profiles", &count(line.profiles));
        page.close();
    }
    end_of_table(page);
    page.close();
}

fn pieces(page: &mut Markup, line: &Line, longest: u64) {
    if line.odd {
        return page.element("title", &[], "its times contradict each other");
    }
    for piece in &line.pieces {
        let (from, to) = (scaled(piece.from, longest, 10_000), scaled(piece.to, longest, 10_000));
        let (x, width) = (from.to_string(), to.saturating_sub(from).max(10).to_string());
        page.open(
            "rect",
            &[("class", class(piece.part)), ("x", &x), ("width", &width), ("height", "10")],
        );
        page.element("title", &[], &told_piece(piece));
        page.close();
    }
}

fn clock(page: &mut Markup, report: &Report) {
    if report.days.is_empty() {
        return;
    }
    section(page, "When jobs ran");
    legend(page, &[("ran", "ran"), ("ran failed", "failed")]);
    let busy: Vec<String> = (0..)
        .zip(report.hours)
        .filter(|(_, jobs)| *jobs > 0)
        .map(|(hour, jobs): (u32, u32)| format!("{hour}:00 ({jobs})"))
        .collect();
    let caption = format!(
        "Each strip is a day from 0:00 to 24:00 ({}), with a line every six hours. Jobs by the hour: {}.",
        report.zone_name(),
        busy.join(", ")
    );
    table(page, &caption, &["Day", PICTURE, "jobs", "failed", "longest"]);
    for day in report.days.iter().rev() {
        row(page, &day.date.to_string());
        picture(page, "0 0 86400 10", |page| {
            for hour in ["21600", "43200", "64800"] {
                page.empty("path", &[("class", "hour"), ("d", &format!("M{hour} 0v10"))]);
            }
            for line in report.lines.iter().take(ROWS) {
                ran(page, report, line, day.date);
            }
        });
        cell(page, "jobs", &day.jobs.to_string());
        cell(page, "failed", &day.failed.to_string());
        cell(page, "longest", &span_or_dash(day.longest));
        page.close();
    }
    end_of_table(page);
    page.close();
}

/// What of the job's time is on this day.
fn ran(page: &mut Markup, report: &Report, line: &Line, date: jiff::civil::Date) {
    let begun = line.created.and_then(|at| local(at, &report.zone));
    let Some((begun, length)) = begun.zip(line.end()) else { return };
    let Ok(days) = u64::try_from((date - begun.date()).get_days()) else { return };
    let from = milliseconds_of_day(&begun);
    let (from, to) = (from, from.saturating_add(length));
    let (midnight, next) = (days.saturating_mul(DAY), days.saturating_add(1).saturating_mul(DAY));
    if to <= midnight {
        return;
    }
    let (from, to) = (from.max(midnight) - midnight, to.min(next) - midnight);
    let width = (to.saturating_sub(from) / 1000).max(300).to_string();
    let failed = line.outcome == Outcome::Failed;
    let (x, class) = ((from / 1000).to_string(), if failed { "ran failed" } else { "ran" });
    // A failed job also is half as high.
    let height = if failed { "5" } else { "10" };
    page.open("rect", &[("class", class), ("x", &x), ("width", &width), ("height", height)]);
    page.element("title", &[], &format!("job {} {}", line.id, line.status));
    page.close();
}

fn durations(page: &mut Markup, report: &Report) {
    section(page, "How long jobs took");
    let ended = || {
        let ended = report.lines.iter().take(ROWS).filter(|line| line.outcome != Outcome::Open);
        ended.filter_map(|line| Some((line, line.created?, line.total?)))
    };
    if let (Some((first, last)), Some(most)) =
        (report.period(), ended().map(|(_, _, total)| total).max())
    {
        legend(page, &[("ran", "round: succeeded"), ("ran failed", "square: failed")]);
        page.open("figure", &[("class", "chart")]);
        page.element("div", &[("class", "axis")], &span(most));
        page.open(
            "svg",
            &[
                ("viewBox", "0 0 1000 1000"),
                ("preserveAspectRatio", "none"),
                ("role", "img"),
                ("aria-labelledby", "over-time over-time-told"),
            ],
        );
        page.element("title", &[("id", "over-time")], "Durations over time");
        let told = "A dot for each job that ended, by its creation and its duration; the lines are the \
                    median and, dashed, the 95th percentile. The table above has the figures.";
        page.element("desc", &[("id", "over-time-told")], told);
        if let Some(spread) = report.spreads.total {
            level(page, "level", spread.p50, most);
            level(page, "level p95", spread.p95, most);
        }
        let period = u64::try_from(last.saturating_sub(first)).unwrap_or(0);
        for (line, created, total) in ended() {
            let since = u64::try_from(created.saturating_sub(first)).unwrap_or(0);
            let (x, y) = (scaled(since, period, 1000), 1000 - scaled(total, most, 1000));
            let failed = line.outcome != Outcome::Succeeded;
            let class = if failed { "dot failed" } else { "dot" };
            page.open("path", &[("class", class), ("d", &format!("M{x} {y}h.01"))]);
            page.element(
                "title",
                &[],
                &format!("job {} {}: {}", line.id, line.status, span(total)),
            );
            page.close();
        }
        page.close();
        page.open("div", &[("class", "axis")]);
        page.element("span", &[], &report.clock(first, "%Y-%m-%d"));
        page.element("span", &[], &report.clock(last, "%Y-%m-%d"));
        page.close();
        page.close();
    }
    let caption = format!("Of the {} jobs that succeeded.", report.succeeded());
    table(page, &caption, &["Time", "p50", "p95", "max"]);
    for (name, spread) in report.spreads() {
        row(page, name);
        cell(page, "p50", &span_or_dash(spread.map(|spread| spread.p50)));
        cell(page, "p95", &span_or_dash(spread.map(|spread| spread.p95)));
        cell(page, "max", &span_or_dash(spread.map(|spread| spread.max)));
        page.close();
    }
    end_of_table(page);
    page.close();
}

fn level(page: &mut Markup, class: &str, value: u64, most: u64) {
    let y = 1000 - scaled(value, most, 1000);
    page.empty("path", &[("class", class), ("d", &format!("M0 {y}h1000"))]);
}

fn audiences(page: &mut Markup, report: &Report) {
    if report.audiences.is_empty() {
        return;
    }
    let most = report.audiences.iter().filter_map(|audience| audience.profiles).max().unwrap_or(0);
    section(page, "Profiles exported");
    table(
        page,
        "By audience, over all jobs that succeeded.",
        &["Audience", PICTURE, "all jobs", "newest job", "jobs"],
    );
    for audience in &report.audiences {
        row(page, &audience.name());
        picture(page, "0 0 10000 10", |page| {
            let width = scaled(audience.profiles.unwrap_or(0), most, 10_000).to_string();
            page.empty("rect", &[("class", "amount"), ("width", &width), ("height", "10")]);
        });
        cell(page, "all jobs", &count(audience.profiles));
        cell(page, "newest job", &count(audience.newest));
        cell(page, "jobs", &audience.jobs.to_string());
        page.close();
    }
    end_of_table(page);
    page.close();
}

fn failures(page: &mut Markup, report: &Report) {
    section(page, "What failed");
    if report.failings.is_empty() {
        page.element("p", &[], "No job failed.");
        return page.close();
    }
    let caption = "By the code that the service gave, with the last job that had it.";
    table(page, caption, &["Code", "jobs", "last", "job", "Message"]);
    for failing in &report.failings {
        row(page, failing.code());
        cell(page, "jobs", &failing.jobs.to_string());
        cell(page, "last", &moment(report, failing.last));
        cell(page, "job", &failing.example);
        cell(page, "", failing.message.as_deref().unwrap_or("-"));
        page.close();
    }
    end_of_table(page);
    page.close();
}

fn moment(report: &Report, at: Option<i64>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| report.moment(at))
}

fn count(profiles: Option<u64>) -> String {
    profiles.map_or_else(|| "-".to_owned(), |count| count.to_string())
}

fn scaled(value: u64, most: u64, room: u64) -> u64 {
    let scaled = u128::from(value.min(most)) * u128::from(room) / u128::from(most.max(1));
    u64::try_from(scaled).unwrap_or(room)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest as _, Sha256};

    use super::super::testing;
    use super::*;

    #[test]
    fn the_policy_lets_the_pages_own_style_through_and_nothing_else() {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        assert!(POLICY.contains(&hash), "the style's hash is now {hash}");
        let page = text(&testing::report());
        assert!(!page.contains("style=") && !page.contains("<script"), "{page}");
        for outside in ["http:", "https:", "url(", "@import", "src=", "href="] {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[test]
    fn names_of_the_service_are_text() {
        let page = text(&testing::report());
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
        assert!(page.contains("\\u{1b}[2J&lt;script&gt;alert(&#39;1001&#39;)"), "{page}");
    }

    #[test]
    fn what_is_opened_is_closed() {
        let page = text(&testing::report());
        let mut open = Vec::new();
        for tag in page.split('<').skip(2).map(|tag| tag.split('>').next().unwrap()) {
            let name = tag.split(' ').next().unwrap();
            match name.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name)),
                None if name == "meta" || tag.ends_with('/') => {}
                None => open.push(name),
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn a_job_over_midnight_is_on_both_days() {
        let jobs = testing::lines(&[("2026-01-01T23:00:00Z", 120)]);
        let report = Report::of(jobs, testing::at("2026-01-03T00:00:00Z"), jiff::tz::TimeZone::UTC);
        let on = |day| {
            let mut page = Markup::default();
            ran(&mut page, &report, &report.lines[0], jiff::civil::date(2026, 1, day));
            page.finish()
        };
        assert!(on(1).contains(r#"x="82800" width="3600""#), "{}", on(1));
        assert!(on(2).contains(r#"x="0" width="3600""#), "{}", on(2));
        assert_eq!(on(3), "\n");
    }
}
