//! The Rust in the README and the guides, compiled and run as documentation tests.
//!
//! Nothing here is used; the library exists because only a library's documentation is tested.

#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/use-the-model.md")]
mod use_the_model {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/use-the-api.md")]
mod use_the_api {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/download-files.md")]
mod download_files {}

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/emulator.md")]
mod emulator {}
