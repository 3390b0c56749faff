//! Which parts of a profile were asked for.

use std::collections::BTreeMap;

use super::filter::ENVELOPE;
use super::request::ExportRequest;

/// A set of dotted paths, joined where they begin alike.
///
/// A path keeps the nesting that leads to it, goes through the keys of maps such as `identityMap`
/// like through any other key, and applies to every element of an array. A path that ends keeps
/// everything below it, also when another path goes on from there. What a path goes on from must
/// be an object or a list; another value there is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Projection {
    /// Everything from here on.
    Whole,
    /// Everything but this key.
    Without(&'static str),
    /// These keys only.
    Keys(BTreeMap<String, Projection>),
}

impl Projection {
    pub(super) fn new<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = Self::Keys(BTreeMap::new());
        for path in paths {
            all.add(path.split('.'));
        }
        all
    }

    fn add<'a>(&mut self, mut names: impl Iterator<Item = &'a str>) {
        let Self::Keys(keys) = self else { return };
        match names.next() {
            None => *self = Self::Whole,
            Some(name) => keys
                .entry(name.to_owned())
                .or_insert_with(|| Self::Keys(BTreeMap::new()))
                .add(names),
        }
    }

    /// What is kept of the value with this name; `None` if nothing is.
    pub(super) fn below(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Whole => Some(&Self::Whole),
            Self::Without(other) => (name != *other).then_some(&Self::Whole),
            Self::Keys(keys) => keys.get(name),
        }
    }

    /// Whether only what has something in it is kept.
    pub(super) fn goes_on(&self) -> bool {
        matches!(self, Self::Keys(_))
    }

    /// What is kept of a value of which any of these may be kept.
    pub(super) fn any_of<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut keys: BTreeMap<String, Vec<&Self>> = BTreeMap::new();
        for one in all {
            match one {
                Self::Keys(some) => {
                    for (name, below) in some {
                        keys.entry(name.clone()).or_default().push(below);
                    }
                }
                _ => return Self::Whole,
            }
        }
        Self::Keys(keys.into_iter().map(|(name, below)| (name, Self::any_of(below))).collect())
    }
}

/// What is kept of a profile, but for its events: those are asked for in another place, and the
/// store's envelope is not part of a profile.
pub(super) fn of_profile(request: &ExportRequest) -> Projection {
    let Some(fields) = request.fields() else { return Projection::Whole };
    Projection::new(fields.iter().map(String::as_str))
}

/// What is kept of an event, if events are asked for.
pub(super) fn of_event(request: &ExportRequest) -> Option<Projection> {
    let fields = request.events()?.fields.as_ref();
    Some(match fields {
        Some(fields) => Projection::new(fields.iter().map(String::as_str)),
        None => Projection::Without(ENVELOPE),
    })
}
