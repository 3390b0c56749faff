//! Where a value came from, in words for a message.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(&'static str),
    Variable(&'static str),
    File(Place),
    Default,
}

/// A place in the config file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) key: String,
    /// The profile it stands in; `default_profile` stands in none.
    pub(crate) profile: Option<Arc<str>>,
    pub(crate) file: Arc<Path>,
    /// Counted from 1.
    pub(crate) line: usize,
}

impl Origin {
    /// What kind of place it is, in one word for programs.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Flag(_) => "flag",
            Self::Variable(_) => "variable",
            Self::File(_) => "file",
            Self::Default => "default",
        }
    }

    /// The place alone, where the key is known.
    pub(crate) fn short(&self) -> String {
        match self {
            Self::Flag(name) | Self::Variable(name) => (*name).to_owned(),
            Self::File(place) => format!("{}:{}", place.file.display(), place.line),
            Self::Default => "default".to_owned(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::File(place) => place.fmt(f),
            Self::Default => f.write_str("the default"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.key)?;
        if let Some(profile) = &self.profile {
            write!(f, " of profile `{profile}`")?;
        }
        write!(f, " in {}:{}", self.file.display(), self.line)
    }
}
