//! The program `aep-export`.
fn main() {}
