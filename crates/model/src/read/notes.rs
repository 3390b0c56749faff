//! What reading leaves out, told by its path, for a document whose loss would matter.
//!
//! An answer that is read in part is better than none. A request that is read in part asks for
//! something else: without its damaged filter, for every profile.

use super::kind::Kind;
use crate::problem::Problem;

/// Takes notes while a document is read, or does nothing at all.
#[derive(Debug)]
pub(crate) struct Notes {
    /// Where reading is, if notes are taken.
    path: Option<String>,
    left_out: LeftOut,
}

/// What was noted. Takes no part in comparisons: it says how a document came, not what it says.
#[derive(Debug, Clone, Default)]
pub(crate) struct LeftOut {
    /// Values that nothing could be made of, and keys that are there twice.
    pub(crate) unreadable: Vec<Problem>,
    /// Values that were read although they are of another kind than the documents promise.
    pub(crate) unusual: Vec<Problem>,
    /// Keys that are not known.
    pub(crate) unknown: Vec<String>,
}

impl PartialEq for LeftOut {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for LeftOut {}

impl Notes {
    pub(crate) fn none() -> Self {
        Self { path: None, left_out: LeftOut::default() }
    }

    pub(crate) fn taken() -> Self {
        Self { path: Some(String::new()), left_out: LeftOut::default() }
    }

    pub(crate) fn left_out(self) -> LeftOut {
        self.left_out
    }

    /// Goes down to the value of a key; [`leave`](Self::leave) takes the place that is returned.
    pub(super) fn enter_key(&mut self, key: &str) -> usize {
        let Some(path) = &mut self.path else { return 0 };
        let above = path.len();
        if above > 0 {
            path.push('.');
        }
        path.push_str(key);
        above
    }

    /// Goes down to an element of a list.
    pub(super) fn enter_element(&mut self, index: usize) -> usize {
        let Some(path) = &mut self.path else { return 0 };
        let above = path.len();
        path.push_str(&format!("[{index}]"));
        above
    }

    pub(super) fn leave(&mut self, above: usize) {
        if let Some(path) = &mut self.path {
            path.truncate(above);
        }
    }

    pub(super) fn unreadable(&mut self, promised: Kind, found: Kind) {
        let Some(path) = &self.path else { return };
        let message = match (promised, found) {
            (Kind::Text, Kind::Text) => "is empty".to_owned(),
            (Kind::Number, Kind::Number) => "is no whole number, or out of range".to_owned(),
            _ => format!("is not {}, but {}", promised.promised(), found.found()),
        };
        self.left_out.unreadable.push(Problem::new(path, message));
    }

    pub(super) fn unusual(&mut self, promised: Kind, found: Kind) {
        let Some(path) = &self.path else { return };
        let message = format!("should be {}, not {}", promised.promised(), found.found());
        self.left_out.unusual.push(Problem::new(path, message));
    }

    pub(super) fn repeated(&mut self, key: &str) {
        let above = self.enter_key(key);
        if let Some(path) = &self.path {
            self.left_out.unreadable.push(Problem::new(path, "is there more than once"));
        }
        self.leave(above);
    }

    pub(super) fn unknown(&mut self, key: &str) {
        let above = self.enter_key(key);
        self.left_out.unknown.extend(self.path.clone());
        self.leave(above);
    }
}
