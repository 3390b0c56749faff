//! HTML and SVG as text. Names of elements and attributes are the program's own; whatever else is
//! written is escaped, so that nothing of the service becomes markup.

use crate::output::text::visible;

/// Elements without content, which HTML does not close.
const VOID: [&str; 2] = ["meta", "col"];

/// Attributes of an element.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// Markup that is being written; what is open is closed in its order.
#[derive(Debug, Default)]
pub(super) struct Markup {
    text: String,
    open: Vec<&'static str>,
}

impl Markup {
    /// Markup after a line that the program knows, such as a document type.
    pub(super) fn after(first_line: &'static str) -> Self {
        Self { text: format!("{first_line}\n"), open: Vec::new() }
    }

    /// Begins an element; what follows is inside it until it is closed.
    pub(super) fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.tag(name, attributes);
        self.text.push('>');
        self.open.push(name);
    }

    /// Ends the innermost open element.
    pub(super) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.text.extend(["</", name, ">"]);
            if matches!(name, "p" | "tr" | "h1" | "h2" | "g" | "svg" | "section" | "style" | "head")
            {
                self.text.push('\n');
            }
        }
    }

    /// An element with text and nothing else.
    pub(super) fn element(&mut self, name: &'static str, attributes: Attributes<'_>, text: &str) {
        self.open(name, attributes);
        self.text(text);
        self.close();
    }

    /// An element with nothing in it.
    pub(super) fn empty(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.tag(name, attributes);
        self.text.push_str(if VOID.contains(&name) { ">" } else { "/>" });
    }

    pub(super) fn text(&mut self, text: &str) {
        escape(&mut self.text, text);
    }

    /// A style sheet of the program's own, as it is: within it nothing is escaped.
    pub(super) fn style(&mut self, sheet: &'static str) {
        self.open("style", &[]);
        self.text.push_str(sheet);
        self.close();
    }

    /// Closes what is open.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text.push('\n');
        self.text
    }

    fn tag(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.text.extend(["<", name]);
        for &(attribute, value) in attributes {
            self.text.extend([" ", attribute, "=\""]);
            escape(&mut self.text, value);
            self.text.push('"');
        }
    }
}

/// Also control characters become visible: XML has no way to write most of them.
fn escape(into: &mut String, text: &str) {
    for character in visible(text).chars() {
        match character {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\'' => into.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => into.push('\u{fffd}'),
            plain => into.push(plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_open_is_closed_and_what_is_text_stays_text() {
        let mut markup = Markup::after("<!doctype html>");
        markup.open("main", &[("class", "a\"b")]);
        markup.element("b", &[], "<script>alert('1')</script> & \u{1b}");
        markup.empty("rect", &[("x", "1")]);
        markup.empty("meta", &[]);
        assert_eq!(
            markup.finish(),
            "<!doctype html>\n<main class=\"a&quot;b\"><b>&lt;script&gt;alert(&#39;1&#39;)\
             &lt;/script&gt; &amp; \\u{1b}</b><rect x=\"1\"/><meta></main>\n"
        );
    }

    proptest! {
        #[test]
        fn no_text_leaves_its_place(text in any::<String>()) {
            let mut markup = Markup::default();
            markup.element("p", &[("title", &text)], &text);
            let written = markup.finish();
            prop_assert_eq!(written.matches('<').count(), 2);
            prop_assert_eq!(written.matches('>').count(), 2);
            prop_assert_eq!(written.matches('"').count(), 2);
        }
    }
}
