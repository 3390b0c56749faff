//! What the fuzz targets share.
//!
//! An input is a text that a person can read and write: blocks like messages of HTTP, with a line
//! `---` between two. libFuzzer changes it byte by byte, so reading it never fails; what has another
//! form is simply taken for a body.

pub mod block;
pub mod client;
pub mod program;
pub mod service;
