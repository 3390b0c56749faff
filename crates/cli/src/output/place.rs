//! Where something stands in a text that was typed on the command line.

use crate::place::Place;

/// The place of the byte `offset` in `text`, in words.
pub(super) fn place(text: &str, offset: usize) -> String {
    let Place { line, column } = Place::of(text, offset);
    if text.contains('\n') {
        format!("in line {line} at character {column}:")
    } else {
        format!("at character {column}:")
    }
}
