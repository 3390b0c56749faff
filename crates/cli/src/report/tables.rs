//! The tables of the page, for a screen of any width and for those who listen.

use super::markup::Markup;

/// The title of a column of pictures.
pub(super) const PICTURE: &str = "Picture";

pub(super) fn section(page: &mut Markup, title: &str) {
    page.open("section", &[]);
    page.element("h2", &[], title);
}

pub(super) fn legend(page: &mut Markup, entries: &[(&'static str, &str)]) {
    page.open("ul", &[("class", "legend")]);
    for (class, name) in entries {
        page.open("li", &[]);
        page.open("svg", &[("viewBox", "0 0 12 8"), ("aria-hidden", "true")]);
        page.empty("rect", &[("class", class), ("width", "12"), ("height", "8")]);
        page.close();
        page.text(name);
        page.close();
    }
    page.close();
}

/// Begins a table; its roles are said too, because a narrow screen lays it out as no table is.
pub(super) fn table(page: &mut Markup, caption: &str, titles: &[&str]) {
    page.open("table", &[("role", "table")]);
    page.element("caption", &[], caption);
    page.open("thead", &[("role", "rowgroup")]);
    page.open("tr", &[("role", "row")]);
    for title in titles {
        let class = if *title == PICTURE { "picture" } else { "" };
        page.element("th", &[("role", "columnheader"), ("scope", "col"), ("class", class)], title);
    }
    page.close();
    page.close();
    page.open("tbody", &[("role", "rowgroup")]);
}

pub(super) fn end_of_table(page: &mut Markup) {
    page.close();
    page.close();
}

pub(super) fn row(page: &mut Markup, title: &str) {
    page.open("tr", &[("role", "row")]);
    page.element("th", &[("role", "rowheader"), ("scope", "row")], title);
}

/// A cell, and what a narrow screen says before it.
pub(super) fn cell(page: &mut Markup, of: &str, text: &str) {
    if of.is_empty() {
        page.element("td", &[("role", "cell")], text);
    } else {
        page.element("td", &[("role", "cell"), ("data-of", of)], text);
    }
}

/// A picture that shows what the other cells of its row say.
pub(super) fn picture(page: &mut Markup, view: &str, draw: impl FnOnce(&mut Markup)) {
    page.open("td", &[("role", "cell"), ("class", "picture")]);
    page.open(
        "svg",
        &[("viewBox", view), ("preserveAspectRatio", "none"), ("aria-hidden", "true")],
    );
    draw(page);
    page.close();
    page.close();
}
