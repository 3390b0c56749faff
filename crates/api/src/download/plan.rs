//! Which part of a file is asked for next, and how much at once.

use std::time::Duration;

use super::extent::{Extent, Extents};

/// How long one answer should take. The service ends answers after 60 seconds (documented for Data
/// Access, where it advises ranges for large files); a third of that leaves room for a speed that
/// drops.
const ONE_ANSWER: Duration = Duration::from_secs(20);
/// Asking is not worth while for less time than this.
const SHORTEST_ANSWER: Duration = Duration::from_millis(100);
/// Where the speed is not known yet: 60 seconds are enough for it at 140 KB/s.
const UNKNOWN_SPEED: u64 = 8 * MIB;
const SMALLEST: u64 = MIB;
const LARGEST: u64 = 1024 * MIB;
const MIB: u64 = 1024 * 1024;

/// How many bytes to ask for at once: of `open` bytes, that `connections` share, each of which
/// brings `speed` bytes a second as far as is known.
///
/// Each connection gets half of its share, so that the pieces become smaller towards the end and
/// all connections end together. One connection alone needs no such care.
pub(super) fn size(open: u64, connections: u64, speed: Option<Speed>) -> u64 {
    let share = if connections > 1 { open.div_ceil(connections.saturating_mul(2)) } else { open };
    let most = speed.map_or(UNKNOWN_SPEED, |speed| speed.bytes_in(ONE_ANSWER));
    let most = most.clamp(SMALLEST, LARGEST);
    let least = speed.map_or(SMALLEST, |speed| speed.bytes_in(SHORTEST_ANSWER));
    share.clamp(least.clamp(SMALLEST, most), most)
}

/// Bytes a second over one connection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Speed(f64);

impl Speed {
    /// The speed after `bytes` came in `time`, when it was `before`: the mean of the two, so that it
    /// follows a change and forgives an exception. Too few bytes to tell change nothing.
    pub(super) fn seen(before: Option<Self>, bytes: u64, time: Duration) -> Option<Self> {
        const ENOUGH: u64 = 64 * 1024;
        if bytes < ENOUGH {
            return before;
        }
        // No time at all, as on a clock that a test moves, is very fast.
        let now = bytes as f64 / time.as_secs_f64().max(1e-6);
        Some(Self(before.map_or(now, |before| (before.0 + now) / 2.0)))
    }

    fn bytes_in(self, time: Duration) -> u64 {
        (self.0 * time.as_secs_f64()) as u64
    }
}

/// What of one file nobody has asked for yet.
#[derive(Debug)]
pub(super) struct Plan {
    open: Extents,
}

impl Plan {
    /// For a file of so many bytes, of which `have` is there.
    pub(super) fn new(length: u64, have: &Extents) -> Self {
        Self { open: have.missing(length) }
    }

    /// How many bytes nobody has asked for yet.
    pub(super) fn open(&self) -> u64 {
        self.open.total()
    }

    /// The next bytes to ask for: the first ones, at most `size`, or a little more where what is left
    /// would not be worth a request.
    pub(super) fn next(&mut self, size: u64) -> Option<Extent> {
        let first = self.open.pop_first()?;
        let (next, rest) = first.split(size);
        match rest {
            Some(rest) if rest.len() >= SMALLEST / 2 => {
                self.give_back(rest);
                Some(next)
            }
            _ => Some(first),
        }
    }

    /// Bytes that were asked for and did not come.
    pub(super) fn give_back(&mut self, rest: Extent) {
        self.open.insert(rest.start, rest.end);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONNECTIONS: std::ops::Range<u64> = 1..65;

    fn speed(bytes_a_second: u64) -> Option<Speed> {
        Speed::seen(None, bytes_a_second.max(64 * 1024), Duration::from_secs(1))
    }

    #[test]
    fn sizes_follow_the_speed_and_the_share() {
        let gib = 1024 * MIB;
        for (open, connections, bytes_a_second, expected) in [
            // Nothing is known: a careful first piece.
            (gib, 8, None, 8 * MIB),
            (5 * MIB, 1, None, 5 * MIB),
            (5 * MIB, 8, None, MIB),
            // 20 seconds' worth, whatever is left.
            (100 * gib, 1, Some(MIB), 20 * MIB),
            // A link that brings little gets little.
            (gib, 1, Some(64 * 1024), 20 * 64 * 1024),
            // Towards the end everybody gets half of a share.
            (160 * MIB, 8, Some(5 * MIB), 10 * MIB),
            (16 * MIB, 8, Some(5 * MIB), MIB),
            // Very fast: no piece is worth less than a tenth of a second.
            (gib, 8, Some(gib), gib / 10),
        ] {
            let size = size(open, connections, bytes_a_second.and_then(speed));
            assert_eq!(size, expected, "{open} {connections} {bytes_a_second:?}");
        }
    }

    #[test]
    fn the_speed_follows_what_is_seen() {
        let mib_in = |before, seconds| Speed::seen(before, MIB, Duration::from_secs(seconds));
        let first = mib_in(None, 1);
        assert_eq!(first, Some(Speed(MIB as f64)));
        assert_eq!(mib_in(first, 2), Some(Speed(MIB as f64 * 0.75)));
        assert_eq!(Speed::seen(first, 1000, Duration::from_secs(10)), first);
        assert!(mib_in(None, 0).is_some());
    }

    proptest! {
        /// Whatever the speed, an answer takes a third of the service's limit at most, unless
        /// already the smallest piece takes longer.
        #[test]
        fn a_piece_takes_20_seconds_at_most_and_is_never_empty(
            open in 1_u64..1 << 45,
            connections in CONNECTIONS,
            bytes_a_second in 64_u64 * 1024..1 << 36,
        ) {
            let size = size(open, connections, speed(bytes_a_second));
            prop_assert!(size >= SMALLEST);
            let seconds = size as f64 / bytes_a_second as f64;
            prop_assert!(seconds <= 20.0 || size == SMALLEST, "{seconds} s");
        }

        /// Every byte is asked for once, whatever the sizes; what did not come is asked for again.
        #[test]
        fn every_missing_byte_is_asked_for_until_it_is_there(
            length in 0_u64..40 * MIB,
            had in proptest::collection::vec((0_u64..40 * MIB, 0_u64..4 * MIB), 0..5),
            connections in CONNECTIONS,
            bytes_a_second in proptest::option::of(64_u64 * 1024..1 << 30),
            came in proptest::collection::vec(0_u64..3 * MIB, 1..20),
        ) {
            let mut have = Extents::default();
            for (start, size) in had {
                have.insert(start.min(length), (start + size).min(length));
            }
            let mut plan = Plan::new(length, &have);
            let mut came = came.into_iter().chain(std::iter::repeat(u64::MAX));
            while plan.open() > 0 {
                let before = plan.open();
                let asked = plan.next(size(before, connections, bytes_a_second.and_then(speed)));
                let asked = asked.unwrap();
                prop_assert!(asked.end <= length);
                prop_assert_eq!(plan.open(), before - asked.len());
                let had = have.total();
                let end = asked.start.saturating_add(came.next().unwrap()).min(asked.end);
                have.insert(asked.start, end);
                prop_assert_eq!(have.total(), had + (end - asked.start), "asked for twice");
                if let Some(rest) = Extent::new(end, asked.end) {
                    plan.give_back(rest);
                }
            }
            prop_assert_eq!(plan.next(1), None);
            prop_assert_eq!(have.unbroken(), length);
        }

        /// With several connections the last pieces are small: nobody waits long for the others.
        #[test]
        fn the_pieces_become_smaller_towards_the_end(
            length in 64 * MIB..4096 * MIB,
            connections in 2_u64..17,
        ) {
            let mut plan = Plan::new(length, &Extents::default());
            let mut last = u64::MAX;
            let per_connection = speed(10 * MIB);
            while let Some(asked) = plan.next(size(plan.open(), connections, per_connection)) {
                prop_assert!(asked.len() <= last.saturating_add(SMALLEST), "{} {last}", asked.len());
                last = asked.len();
            }
            prop_assert!(last <= 2 * SMALLEST);
        }
    }
}
