//! How long a job's phases took and how many profiles it wrote.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::MapAccess;
use serde::ser::{Serialize, Serializer};

use crate::document::document;
use crate::id::SegmentId;
use crate::read::{Kind, Object, Scalar, Value};
use crate::time::EpochMillis;

document! {
    /// Durations and counts of a job. While it runs, parts are missing (observed).
    pub struct Metrics {
        /// The whole job, queueing included.
        pub total_time: Option<Phase> = "totalTime";
        /// Reading the profiles.
        pub profile_export_time: Option<Phase> = "profileExportTime";
        /// Writing the dataset. The key's capitals are the service's (documented, observed).
        pub dataset_write_time: Option<Phase> = "aCPDatasetWriteTime";
        /// How many profiles were exported; since May 2020 (documented, not in the definition).
        pub total_exported_profile_counter: Option<u64> = "totalExportedProfileCounter";
        /// How many profiles were exported for each segment, with a batch per segment (documented
        /// once, June 2020).
        pub exported_profile_counter: BTreeMap<SegmentId, u64> = "exportedProfileCounter";
        /// How many profiles have an identity of each namespace, for all or for each segment.
        pub exported_profile_by_namespace_counter: Option<NamespaceCounter>
            = "exportedProfileByNamespaceCounter";
    }
}

impl Metrics {
    /// How many profiles were exported: the total, or else the sum over the segments, which counts
    /// a member of two segments twice. Identities are never added up: a profile has many.
    pub fn profiles(&self) -> Option<u64> {
        let by_segment = &self.exported_profile_counter;
        self.total_exported_profile_counter.or_else(|| {
            (!by_segment.is_empty())
                .then(|| by_segment.values().fold(0, |sum: u64, count| sum.saturating_add(*count)))
        })
    }

    /// How many profiles were exported for one segment; only with a batch per segment.
    pub fn profiles_of(&self, segment: &SegmentId) -> Option<u64> {
        self.exported_profile_counter.get(segment).copied()
    }
}

document! {
    /// One phase of a job.
    pub struct Phase {
        /// When it began.
        pub start: Option<EpochMillis> = "startTimeInMs";
        /// When it ended; absent while it runs (observed).
        pub end: Option<EpochMillis> = "endTimeInMs";
        /// How long it took, in milliseconds; absent while it runs (observed).
        pub total_ms: Option<u64> = "totalTimeInMs";
    }
}

impl Phase {
    /// How long the phase took: the service's own figure, or else end minus start. `None` while it
    /// runs, and where the end lies before the start.
    pub fn duration(&self) -> Option<Duration> {
        let measured = || {
            let (start, end) = (self.start?.get(), self.end?.get());
            u64::try_from(end.checked_sub(start)?).ok()
        };
        self.total_ms.or_else(measured).map(Duration::from_millis)
    }

    /// Whether the phase has begun and not ended.
    pub fn is_running(&self) -> bool {
        self.start.is_some() && self.end.is_none() && self.total_ms.is_none()
    }
}

/// Profiles by the namespace of their identities, in the shape of the job: for all of it, or for
/// each segment where each has its own batch (documented, the second shape in June 2020 only).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NamespaceCounter {
    /// Namespace to number of profiles.
    Single(BTreeMap<String, u64>),
    /// Segment to namespace to number of profiles.
    PerSegment(BTreeMap<SegmentId, BTreeMap<String, u64>>),
}

impl NamespaceCounter {
    /// How many profiles have an identity of this namespace; over all segments, where it is known
    /// for each.
    pub fn of_namespace(&self, namespace: &str) -> Option<u64> {
        match self {
            Self::Single(counts) => counts.get(namespace).copied(),
            Self::PerSegment(segments) => segments
                .values()
                .filter_map(|counts| counts.get(namespace).copied())
                .reduce(u64::saturating_add),
        }
    }
}

impl Value for NamespaceCounter {
    const KIND: Kind = Kind::Object;

    /// The first value that is itself an object decides the shape.
    fn from_object<'de, A: MapAccess<'de>>(
        mut object: Object<'_, 'de, A>,
    ) -> Result<Option<Self>, A::Error> {
        let mut single = BTreeMap::new();
        let mut per_segment = BTreeMap::new();
        while let Some(key) = object.next_key()? {
            match object.value(&key)? {
                Some(Count::Number(count)) => {
                    single.insert(key.into_string(), count);
                }
                Some(Count::ByNamespace(counts)) => {
                    per_segment.insert(SegmentId::from(key.into_string()), counts);
                }
                None => {}
            }
        }
        Ok(Some(match per_segment.is_empty() {
            true => Self::Single(single),
            false => Self::PerSegment(per_segment),
        }))
    }
}

impl Serialize for NamespaceCounter {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Single(counts) => counts.serialize(to),
            Self::PerSegment(segments) => segments.serialize(to),
        }
    }
}

/// A value of the counter, in either shape.
enum Count {
    Number(u64),
    ByNamespace(BTreeMap<String, u64>),
}

impl Value for Count {
    const KIND: Kind = Kind::Number;

    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        u64::from_scalar(scalar).map(Self::Number)
    }

    fn from_object<'de, A: MapAccess<'de>>(
        object: Object<'_, 'de, A>,
    ) -> Result<Option<Self>, A::Error> {
        Ok(BTreeMap::from_object(object)?.map(Self::ByNamespace))
    }
}
