//! What profiles have: the fields and the kinds of their values, over all of them.
//!
//! It is learnt while profiles are taken in. Two shapes joined are that of all profiles of both,
//! in whichever order: parts of an import are learnt from side by side.

use std::collections::BTreeMap;
use std::ops::{BitOr, BitOrAssign};

use serde::{Deserialize, Serialize};

use super::request::DEEPEST_PATH;

/// Levels of nesting that become columns, from the fields of a row on; lists and maps count too.
/// What a request can ask for by its path has its column, unless lists lie on its way. The Parquet
/// writer needs 32 KiB of stack a level in an unoptimised build, and its thread has 2 MiB.
pub(super) const DEEPEST: usize = DEEPEST_PATH;

/// Fields of an object in a profile, at most. More of them mean that the names are data where XDM
/// knows no map, and the object is written as its JSON.
pub(super) const MOST_FIELDS: usize = 1_000;

/// Places that values can be in, over all profiles: all that is known of them is in memory.
pub(super) const MOST_PLACES: usize = 100_000;

/// How many levels of maps begin at a field: XDM's fields whose keys are data.
pub(super) fn map_levels(field: &str) -> u8 {
    match field {
        "identityMap" => 1,
        "segmentMembership" | "idSpecific" => 2,
        _ => 0,
    }
}

/// A set of kinds of values. Null is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Kinds(u16);

impl Kinds {
    pub(super) const NONE: Self = Self(0);
    pub(super) const BOOL: Self = Self(1);
    /// Whole numbers of 64 bits.
    pub(super) const INT: Self = Self(1 << 1);
    pub(super) const FLOAT: Self = Self(1 << 2);
    pub(super) const TEXT: Self = Self(1 << 3);
    /// Objects whose names are fields.
    pub(super) const OBJECT: Self = Self(1 << 4);
    /// Objects whose names are data.
    pub(super) const MAP: Self = Self(1 << 5);
    pub(super) const LIST: Self = Self(1 << 6);
    /// Whole numbers beyond 64 bits.
    pub(super) const BIG: Self = Self(1 << 7);
    /// Objects and lists that are too deep, and objects that have too many fields.
    pub(super) const BULK: Self = Self(1 << 8);
    /// What has something in it.
    pub(super) const CONTAINERS: Self =
        Self(Self::OBJECT.0 | Self::MAP.0 | Self::LIST.0 | Self::BULK.0);

    /// Those that are in both sets.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for Kinds {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Kinds {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

/// What is known about the values in one place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Shape {
    #[serde(rename = "k")]
    pub(super) kinds: Kinds,
    /// Of its objects, unless one is too deep or has too many.
    #[serde(rename = "f", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) fields: BTreeMap<String, Shape>,
    /// Of its maps.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub(super) values: Option<Box<Shape>>,
    /// Of its lists.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub(super) elements: Option<Box<Shape>>,
}

/// What is known of a profile, field by field.
pub(super) type Fields = BTreeMap<String, Shape>;

/// Adds what is known of other profiles.
pub(super) fn join_fields(into: &mut Fields, other: Fields) {
    for (name, shape) in other {
        into.entry(name).or_default().join(shape);
    }
}

/// How many places there are in profiles with these fields.
pub(super) fn places(fields: &Fields) -> usize {
    fields.values().map(Shape::places).sum()
}

impl Shape {
    /// Makes it the shape of what has either.
    fn join(&mut self, other: Self) {
        self.kinds |= other.kinds;
        join_fields(&mut self.fields, other.fields);
        join_below(&mut self.values, other.values);
        join_below(&mut self.elements, other.elements);
        self.give_up_bulk();
    }

    fn places(&self) -> usize {
        let below = [&self.values, &self.elements].into_iter().flatten();
        1 + places(&self.fields) + below.map(|shape| shape.places()).sum::<usize>()
    }

    /// Forgets the fields of objects that have too many of them.
    pub(super) fn give_up_bulk(&mut self) {
        if self.fields.len() > MOST_FIELDS {
            self.kinds |= Kinds::BULK;
        }
        if self.kinds.and(Kinds::BULK) == Kinds::BULK {
            self.fields.clear();
        }
    }
}

fn join_below(into: &mut Option<Box<Shape>>, other: Option<Box<Shape>>) {
    match (into, other) {
        (Some(into), Some(other)) => into.join(*other),
        (into @ None, other) => *into = other,
        (Some(_), None) => {}
    }
}
