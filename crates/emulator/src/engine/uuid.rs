//! The one place where UUIDs are made.

use fastrand::Rng;

/// A random UUID (version 4, RFC 9562). The same state of `rng` makes the same one.
pub(crate) fn uuid(rng: &mut Rng) -> String {
    let bits = rng.u128(..) & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let groups = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    let parts: Vec<&str> = groups.iter().filter_map(|&(from, to)| hex.get(from..to)).collect();
    parts.join("-")
}
