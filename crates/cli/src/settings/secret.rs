//! Where a secret is.

use std::fmt;
use std::path::PathBuf;

use aep_export_api::Secret;

use super::Origin;
use crate::quote::quote;

/// A secret that was found in a layer, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretSetting {
    pub(crate) source: Source,
    pub(crate) origin: Origin,
}

/// Where the secret itself is. Shown, it says the place and never the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Given(Secret),
    /// In a file of its own.
    File(PathBuf),
    /// What a program prints; its name and arguments.
    Command(Vec<String>),
}

impl Source {
    pub(super) fn given(text: impl Into<Box<str>>) -> Self {
        Self::Given(Secret::new(text))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(_) => f.write_str("(hidden)"),
            Self::File(path) => write!(f, "(the file {})", path.display()),
            Self::Command(words) => {
                let words: Vec<_> = words.iter().map(|word| quote(word)).collect();
                write!(f, "(the command `{}`)", words.join(" "))
            }
        }
    }
}
