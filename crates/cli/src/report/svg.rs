//! One picture: the bars of the jobs, all beginning with the creation.

use super::markup::Markup;
use super::{Line, Part, Piece, Report, longest, span, span_or_dash};

/// So many jobs have a bar.
const BARS: usize = 100;
const WIDTH: usize = 960;
const ROW: usize = 22;
/// Where the bars begin and end.
const LEFT: usize = 300;
const RIGHT: usize = WIDTH - 90;
const TOP: usize = 64;

/// What parts look like, here and in the page.
pub(super) const STYLE: &str = include_str!("parts.css");

/// The picture as a document of its own.
pub(crate) fn text(report: &Report) -> String {
    let lines = report.lines.get(..BARS).unwrap_or(&report.lines);
    let height = TOP + ROW * (lines.len() + 2);
    let view = format!("0 0 {WIDTH} {height}");
    let mut svg = Markup::default();
    svg.open(
        "svg",
        &[
            ("xmlns", "http://www.w3.org/2000/svg"),
            ("viewBox", &view),
            ("width", &WIDTH.to_string()),
            ("height", &height.to_string()),
            ("role", "img"),
            ("aria-labelledby", "title desc"),
            ("font-family", "system-ui, sans-serif"),
            ("font-size", "12"),
        ],
    );
    svg.element("title", &[("id", "title")], "Export jobs from their creation on");
    svg.element("desc", &[("id", "desc")], &format!("{}. {}.", report.headline(), report.states()));
    svg.style(STYLE);
    svg.empty("rect", &[("class", "ground"), ("width", "100%"), ("height", "100%")]);
    label(&mut svg, 12, 22, &report.headline());
    legend(&mut svg);
    let longest = longest(lines);
    for (row, line) in lines.iter().enumerate() {
        bar(&mut svg, report, line, TOP + ROW * row, longest);
    }
    let under = TOP + ROW * lines.len() + 16;
    label(&mut svg, LEFT, under, "0");
    svg.element(
        "text",
        &[("x", &RIGHT.to_string()), ("y", &under.to_string()), ("text-anchor", "end")],
        &span(longest),
    );
    if lines.len() < report.lines.len() {
        let left_out = format!("the newest {} of {} jobs", lines.len(), report.lines.len());
        label(&mut svg, 12, under, &left_out);
    }
    svg.finish()
}

fn legend(svg: &mut Markup) {
    for (index, part) in Part::ALL.into_iter().enumerate() {
        let x = LEFT + index * 110;
        svg.empty(
            "rect",
            &[
                ("class", class(part)),
                ("x", &x.to_string()),
                ("y", "36"),
                ("width", "14"),
                ("height", "12"),
            ],
        );
        label(svg, x + 20, 46, part.name());
    }
}

fn bar(svg: &mut Markup, report: &Report, line: &Line, top: usize, longest: u64) {
    let base = top + 15;
    svg.open("g", &[]);
    svg.element("title", &[], &told(line));
    label(svg, 12, base, &crate::output::table::cut(&line.id, 12));
    label(svg, 106, base, &crate::output::table::cut(&line.status, 12));
    label(
        svg,
        200,
        base,
        &line.created.map_or_else(|| "-".to_owned(), |at| report.clock(at, "%m-%d %H:%M")),
    );
    if line.odd {
        label(svg, LEFT, base, "its times contradict each other");
    }
    for piece in &line.pieces {
        let (from, to) = (along(piece.from, longest), along(piece.to, longest));
        svg.empty(
            "rect",
            &[
                ("class", class(piece.part)),
                ("x", &from.to_string()),
                ("y", &(top + 4).to_string()),
                ("width", &to.saturating_sub(from).max(1).to_string()),
                ("height", "14"),
            ],
        );
    }
    label(svg, RIGHT + 10, base, &span_or_dash(line.total.or(line.end())));
    svg.close();
}

fn label(svg: &mut Markup, x: usize, y: usize, text: &str) {
    svg.element("text", &[("x", &x.to_string()), ("y", &y.to_string())], text);
}

fn along(at: u64, longest: u64) -> usize {
    let room = (RIGHT - LEFT) as u128;
    let scaled = u128::from(at.min(longest)) * room / u128::from(longest.max(1));
    LEFT + usize::try_from(scaled).unwrap_or(0)
}

/// The class of the style sheet for a part.
pub(super) fn class(part: Part) -> &'static str {
    match part {
        Part::Waiting => "waiting",
        Part::Reading => "reading",
        Part::Writing => "writing",
        Part::Untold => "untold",
    }
}

/// A job and its parts in words.
pub(super) fn told(line: &Line) -> String {
    let parts: Vec<String> = line.pieces.iter().map(told_piece).collect();
    let parts =
        if line.odd { "its times contradict each other".to_owned() } else { parts.join(", ") };
    format!("job {} {}: {parts}", line.id, line.status)
}

pub(super) fn told_piece(piece: &Piece) -> String {
    format!("{} {}", piece.part.name(), span(piece.length()))
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn as_written_down() {
        let picture = text(&testing::report());
        testing::assert_kept("report.svg", &picture);
        assert!(!picture.contains("<script"), "{picture}");
    }

    #[test]
    fn the_longest_bar_ends_at_the_edge() {
        assert_eq!((along(0, 7), along(7, 7), along(9, 7)), (LEFT, RIGHT, RIGHT));
        assert_eq!(along(0, 0), LEFT);
    }
}
