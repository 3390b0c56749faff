//! Cutting a profile down to the fields that were asked for.

use std::collections::BTreeMap;

use serde_json::Value;

use super::filter::{self, ENVELOPE, EVENTS, Object};
use super::request::{EventRequest, ExportRequest};

/// A set of dotted paths, joined where they begin alike.
///
/// A path keeps the nesting that leads to it, goes through the keys of maps such as `identityMap`
/// like through any other key, and applies to every element of an array. A path that ends keeps
/// everything below it, also when another path goes on from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Projection {
    /// Everything from here on.
    Whole,
    /// These keys only.
    Keys(BTreeMap<String, Projection>),
}

impl Projection {
    /// `None` asks for everything.
    pub(super) fn new<'a>(paths: Option<impl IntoIterator<Item = &'a str>>) -> Self {
        let Some(paths) = paths else { return Self::Whole };
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

    /// Takes out of `object` what was not asked for.
    pub(super) fn apply(&self, object: &mut Object) {
        let Self::Keys(keys) = self else { return };
        object.retain(|key, value| keys.get(key).is_some_and(|below| below.keep(value)));
    }

    /// Cuts one value down; false when nothing of its kind can be below the path.
    fn keep(&self, value: &mut Value) -> bool {
        if *self == Self::Whole {
            return true;
        }
        match value {
            Value::Object(object) => self.apply(object),
            Value::Array(elements) => elements.retain_mut(|element| self.keep(element)),
            _ => return false,
        }
        true
    }
}

/// The paths of `fields` that can mean something: events are asked for in another place, and the
/// store's envelope is not part of a profile.
pub(super) fn record_paths(request: &ExportRequest) -> Option<Vec<&str>> {
    let paths = request.fields()?.iter().map(String::as_str);
    let is_record = |path: &&str| {
        let first_name = path.split('.').next();
        first_name != Some(EVENTS) && first_name != Some(ENVELOPE)
    };
    Some(paths.filter(is_record).collect())
}

/// Turns stored profiles into exported rows.
pub(super) struct RowMaker<'r> {
    request: &'r ExportRequest,
    fields: Projection,
    event_fields: Projection,
}

impl<'r> RowMaker<'r> {
    pub(super) fn new(request: &'r ExportRequest) -> Self {
        let event_fields = request.events().and_then(|events| events.fields.as_deref());
        let event_paths = event_fields.map(|paths| paths.iter().map(String::as_str));
        Self {
            request,
            fields: Projection::new(record_paths(request)),
            event_fields: Projection::new(event_paths),
        }
    }

    /// The row that a profile is exported as. Events come only by `additionalFields`, whatever
    /// `fields` says, and then every row has the list, if only an empty one.
    pub(super) fn row(&self, mut profile: Object) -> Object {
        profile.remove(ENVELOPE);
        let stored = profile.remove(EVENTS);
        self.fields.apply(&mut profile);
        if let Some(wanted) = self.request.events() {
            profile.insert(EVENTS.to_owned(), Value::Array(self.events(wanted, stored)));
        }
        profile
    }

    fn events(&self, wanted: &EventRequest, stored: Option<Value>) -> Vec<Value> {
        let Some(Value::Array(mut events)) = stored else { return Vec::new() };
        events.retain(|event| filter::keeps_event(self.request, wanted, event));
        for event in events.iter_mut().filter_map(Value::as_object_mut) {
            event.remove(ENVELOPE);
            self.event_fields.apply(event);
        }
        events
    }
}
