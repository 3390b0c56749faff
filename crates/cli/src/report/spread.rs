//! How values spread: the middle, the slow end, the worst.

/// Of some values: half are no larger than `p50`, 95 of 100 no larger than `p95`. Each is one of the
/// values (nearest rank), so that a job can be found that took just so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(super) struct Spread {
    #[serde(rename = "jobs")]
    pub(super) count: usize,
    #[serde(rename = "p50_ms")]
    pub(super) p50: u64,
    #[serde(rename = "p95_ms")]
    pub(super) p95: u64,
    #[serde(rename = "max_ms")]
    pub(super) max: u64,
}

/// The spread of `values`; of none there is none.
pub(super) fn spread(mut values: Vec<u64>) -> Option<Spread> {
    values.sort_unstable();
    let at = |percent: usize| {
        let rank = (values.len() * percent).div_ceil(100);
        values.get(rank.saturating_sub(1)).copied()
    };
    Some(Spread { count: values.len(), p50: at(50)?, p95: at(95)?, max: at(100)? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranks_are_those_of_the_textbook() {
        let of = |values: &[u64]| spread(values.to_vec()).map(|s| (s.p50, s.p95, s.max));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[7]), Some((7, 7, 7)));
        assert_eq!(of(&[50, 15, 20, 40, 35]), Some((35, 50, 50)));
        assert_eq!(of(&(1..=100).collect::<Vec<_>>()), Some((50, 95, 100)));
    }

    proptest! {
        #[test]
        fn a_percentile_is_a_value_with_so_many_at_or_below_it(
            values in prop::collection::vec(0_u64..50, 1..80),
        ) {
            let found = spread(values.clone()).unwrap();
            for (percent, value) in [(50, found.p50), (95, found.p95), (100, found.max)] {
                let below = values.iter().filter(|other| **other < value).count();
                let at_or_below = values.iter().filter(|other| **other <= value).count();
                prop_assert!(values.contains(&value));
                prop_assert!(at_or_below * 100 >= percent * values.len());
                prop_assert!(below * 100 < percent * values.len());
            }
        }
    }
}
