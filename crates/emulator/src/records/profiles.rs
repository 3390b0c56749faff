//! Imported profiles, as far as the records tell of them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What a tenant has in the place of the sample set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProfilesRecord {
    /// One for each import, in order.
    pub(crate) files: Vec<ProfilesFile>,
    /// When the last import began, milliseconds since 1970.
    pub(crate) imported: i64,
    /// Segments of the namespace `ups` that profiles are or were in.
    pub(crate) segments: BTreeSet<String>,
    /// Audiences that were given a name.
    pub(crate) audiences: Vec<NamedAudience>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProfilesFile {
    /// Its name in the folder of imported profiles.
    pub(crate) name: String,
    pub(crate) profiles: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NamedAudience {
    /// The segment's id in the namespace `ups`.
    pub(crate) id: String,
    pub(crate) name: String,
}

impl ProfilesRecord {
    /// The same with one more import. Of names for one audience the newest counts.
    pub(crate) fn with(
        mut self,
        file: ProfilesFile,
        began: i64,
        segments: BTreeSet<String>,
        audiences: &[NamedAudience],
    ) -> Self {
        self.files.push(file);
        self.imported = began;
        self.segments.extend(segments);
        for audience in audiences {
            self.audiences.retain(|known| known.id != audience.id);
            self.audiences.push(audience.clone());
        }
        self
    }

    pub(crate) fn profiles(&self) -> u64 {
        self.files.iter().map(|file| file.profiles).sum()
    }
}
