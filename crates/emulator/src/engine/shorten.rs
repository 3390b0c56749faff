//! Repeating what somebody sent, in a message to them.

/// Characters of it that are enough to recognise it by.
const MOST: usize = 60;

/// The text, or its beginning and an ellipsis: a message must not grow with what it complains of.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        Some(_) => text.chars().take(MOST).chain(std::iter::once('…')).collect(),
        None => text.to_owned(),
    }
}
