//! How many profiles were exported, by audience.

use std::collections::BTreeMap;

use super::line::{Line, Outcome};

/// The jobs that succeeded for one audience.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Audience {
    /// The ids of its segments. Several, where a job wrote them into one batch: the service counts
    /// them together. None means all profiles.
    pub(super) segments: Vec<String>,
    pub(super) jobs: usize,
    /// Over all jobs, and of the newest. `None` where the service counted none.
    pub(super) profiles: Option<u64>,
    pub(super) newest: Option<u64>,
}

impl Audience {
    pub(super) fn name(&self) -> String {
        if self.segments.is_empty() { "all profiles".to_owned() } else { self.segments.join(" + ") }
    }
}

/// The audiences of `lines`, the newest first; those with the most profiles come first.
pub(super) fn by_audience(lines: &[Line]) -> Vec<Audience> {
    let mut found: BTreeMap<Vec<String>, Audience> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.outcome == Outcome::Succeeded) {
        for (segments, profiles) in counted(line) {
            let audience = found.entry(segments.clone()).or_insert_with(|| Audience {
                segments,
                jobs: 0,
                profiles: None,
                newest: profiles,
            });
            audience.jobs += 1;
            audience.profiles =
                audience.profiles.into_iter().chain(profiles).reduce(u64::saturating_add);
        }
    }
    let mut found: Vec<Audience> = found.into_values().collect();
    found.sort_by_key(|audience| std::cmp::Reverse(audience.profiles));
    found
}

fn counted(line: &Line) -> Vec<(Vec<String>, Option<u64>)> {
    if !line.by_segment.is_empty() {
        let one = |(id, profiles): &(String, u64)| (vec![id.clone()], Some(*profiles));
        return line.by_segment.iter().map(one).collect();
    }
    let mut segments = line.segments.clone();
    segments.sort();
    segments.dedup();
    vec![(segments, line.profiles)]
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn job(segments: &[&str], metrics: &Value) -> Line {
        let segments: Vec<_> = segments.iter().map(|id| json!({"segmentId": id})).collect();
        let job =
            json!({"status": "SUCCEEDED", "filter": {"segments": segments}, "metrics": metrics});
        Line::of(&serde_json::from_value(job).unwrap(), 0)
    }

    #[test]
    fn counts_are_the_services_and_are_never_split() {
        let total = |profiles: u64| json!({"totalExportedProfileCounter": profiles});
        let found = by_audience(&[
            job(&["gold"], &total(10)),
            job(&["silver", "gold"], &total(50)),
            job(
                &["gold", "silver"],
                &json!({"totalExportedProfileCounter": 9,
                "exportedProfileCounter": {"gold": 4, "silver": 5}}),
            ),
            job(&["gold"], &json!({})),
            job(&[], &total(100)),
        ]);
        let told: Vec<_> = found.iter().map(|a| (a.name(), a.jobs, a.profiles, a.newest)).collect();
        assert_eq!(
            told,
            [
                ("all profiles".to_owned(), 1, Some(100), Some(100)),
                ("gold + silver".to_owned(), 1, Some(50), Some(50)),
                ("gold".to_owned(), 3, Some(14), Some(10)),
                ("silver".to_owned(), 1, Some(5), Some(5)),
            ]
        );
    }
}
