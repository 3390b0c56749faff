//! The audiences that a tenant has segment definitions of.

use std::collections::BTreeSet;

use super::{ProfilesRecord, Store, StoreError, Tenant};
use crate::engine::sample;

/// When the sample audiences were made: 2026-01-01, and one second later each.
const SAMPLES_MADE: i64 = 1_767_225_600_000;

/// An audience of the namespace `ups`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Audience {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// The rule as Profile Query Language text.
    pub(crate) expression: String,
    /// Milliseconds since 1970.
    pub(crate) made: i64,
}

impl Store {
    /// The sample audiences, or those of the imported profiles: what they are members of has a
    /// definition, and what was given a name (assumed).
    pub(crate) fn audiences(&self, tenant: &Tenant) -> Result<Vec<Audience>, StoreError> {
        Ok(match self.profiles(tenant)? {
            Some(record) => imported(&record),
            None => samples().collect(),
        })
    }
}

fn samples() -> impl Iterator<Item = Audience> {
    (0..).zip(sample::audiences()).map(|(place, audience)| Audience {
        id: audience.id.to_owned(),
        name: audience.name.to_owned(),
        description: audience.description.to_owned(),
        expression: audience.expression.to_owned(),
        made: SAMPLES_MADE + place * 1_000,
    })
}

fn imported(record: &ProfilesRecord) -> Vec<Audience> {
    let named = record.audiences.iter().map(|audience| &audience.id);
    let ids: BTreeSet<&String> = record.segments.iter().chain(named).collect();
    let audience = |id: &String| {
        let name = record.audiences.iter().find(|known| known.id == *id);
        if let (None, Some(sample)) = (name, samples().find(|sample| sample.id == *id)) {
            return sample;
        }
        Audience {
            id: id.clone(),
            name: name.map_or_else(|| id.clone(), |audience| audience.name.clone()),
            description: "Imported with the profiles".to_owned(),
            // Members come with the profiles; the rule that chose them is not known.
            expression: String::new(),
            made: record.imported,
        }
    };
    ids.into_iter().map(audience).collect()
}
