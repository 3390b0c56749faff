//! What a block's profiles have in one place, learnt while they are read.

use super::names::{Entry, Names};
use crate::engine::shape::{Fields, Kinds, MOST_FIELDS, Shape, map_levels};

/// Fields of a profile itself, at most: each is a column of its block.
const MOST_PROFILE_FIELDS: usize = 5_000;

/// Fields that mean something to the engine, and what must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Profile,
    /// Anything.
    Plain,
    /// Anything; an object's names are data, and those of so many levels below as well.
    Map(u8),
    /// `identityMap`: lists by namespace.
    Identities,
    IdentityList,
    /// `segmentMembership`: segments by namespace.
    Memberships,
    /// Memberships by segment.
    Segments,
    Membership,
    /// `eventList`.
    Events,
    Event,
    /// `_emulator`.
    Envelope,
    /// An RFC 3339 time.
    Time,
    Word,
}

impl Role {
    /// The role of a value with this name in an object that has a role.
    fn below(self, name: &str) -> Self {
        match (self, name) {
            (Self::Profile, "identityMap") => Self::Identities,
            (Self::Profile, "segmentMembership") => Self::Memberships,
            (Self::Profile, "eventList") => Self::Events,
            (Self::Profile | Self::Event, "_emulator") => Self::Envelope,
            (Self::Membership, "lastQualificationTime" | "timestamp")
            | (Self::Envelope, "updatedAt" | "ingestedAt") => Self::Time,
            (Self::Membership, "status") => Self::Word,
            _ => Self::of_name(name),
        }
    }

    fn of_name(name: &str) -> Self {
        match map_levels(name) {
            0 => Self::Plain,
            levels => Self::Map(levels),
        }
    }

    /// The role of a map's values.
    fn of_values(self) -> Self {
        match self {
            Self::Identities => Self::IdentityList,
            Self::Memberships => Self::Segments,
            Self::Segments => Self::Membership,
            Self::Map(levels @ 2..) => Self::Map(levels - 1),
            _ => Self::Plain,
        }
    }

    fn of_elements(self) -> Self {
        if self == Self::Events { Self::Event } else { Self::Plain }
    }

    pub(super) fn is_map(self) -> bool {
        matches!(self, Self::Map(_) | Self::Identities | Self::Memberships | Self::Segments)
    }

    /// Whether a field makes a profile more than somebody who was seen (assumed).
    pub(super) fn is_record(self) -> bool {
        !matches!(self, Self::Identities | Self::Memberships | Self::Events | Self::Envelope)
    }

    /// Whether a value that begins with this byte may be here; null may be everywhere.
    #[inline(always)]
    pub(super) fn takes(self, first: u8) -> bool {
        self == Self::Plain || self.takes_in_its_place(first)
    }

    fn takes_in_its_place(self, first: u8) -> bool {
        match self {
            Self::Plain | Self::Map(_) => true,
            Self::Time | Self::Word => matches!(first, b'"' | b'n'),
            Self::Events | Self::IdentityList => matches!(first, b'[' | b'n'),
            Self::Profile
            | Self::Identities
            | Self::Memberships
            | Self::Segments
            | Self::Membership
            | Self::Event
            | Self::Envelope => matches!(first, b'{' | b'n'),
        }
    }
}

/// Names of a map that are worth expecting.
const KNOWN_KEYS: usize = 64;

/// One place.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) role: Role,
    pub(super) kinds: Kinds,
    pub(super) fields: Names<Place>,
    keys: Option<Box<Names<()>>>,
    values: Option<Box<Place>>,
    elements: Option<Box<Place>>,
}

impl Place {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            kinds: Kinds::NONE,
            fields: Names::default(),
            keys: None,
            values: None,
            elements: None,
        }
    }

    /// Makes room for a field that was met where `hint` was expected.
    pub(super) fn add_field(&mut self, hint: usize, name: &[u8], id: u32) -> usize {
        let place = Self::new(self.role.below(std::str::from_utf8(name).unwrap_or_default()));
        self.fields.insert(hint, name, id, place)
    }

    /// The keys of its maps that are expected.
    pub(super) fn keys(&mut self) -> &mut Names<()> {
        self.keys.get_or_insert_default()
    }

    /// Expects a key of a map from now on, unless there are many already.
    pub(super) fn add_key(&mut self, hint: usize, name: &[u8], id: u32) {
        let keys = self.keys();
        if keys.len() < KNOWN_KEYS {
            keys.insert(hint, name, id, ());
        }
    }

    /// What a map's values are.
    pub(super) fn values(&mut self) -> &mut Self {
        let role = self.role.of_values();
        self.values.get_or_insert_with(|| Box::new(Self::new(role)))
    }

    /// What a list's elements are.
    pub(super) fn elements(&mut self) -> &mut Self {
        let role = self.role.of_elements();
        self.elements.get_or_insert_with(|| Box::new(Self::new(role)))
    }

    /// Whether it cannot have another field.
    pub(super) fn is_full(&self) -> bool {
        let most = if self.role == Role::Profile { MOST_PROFILE_FIELDS } else { MOST_FIELDS };
        self.fields.len() >= most
    }

    /// What was learnt of a profile's fields.
    pub(super) fn into_fields(self) -> Fields {
        let name = |entry: &Entry<Self>| String::from_utf8_lossy(&entry.name).into_owned();
        let field = |entry: Entry<Self>| (name(&entry), entry.value.into_shape());
        self.fields.into_iter().map(field).collect()
    }

    fn into_shape(self) -> Shape {
        let below = |place: Option<Box<Self>>| place.map(|place| Box::new(place.into_shape()));
        let mut shape = Shape {
            kinds: self.kinds,
            values: below(self.values),
            elements: below(self.elements),
            fields: Self { values: None, elements: None, ..self }.into_fields(),
        };
        shape.give_up_bulk();
        shape
    }
}
