//! Profiles of one's own in the place of the sample set.

use std::fmt;
use std::io::{self, Read};
use std::path::PathBuf;

use crate::engine::profiles::Source;
use crate::records::{NamedAudience, Tenant};
use crate::{ORGANIZATION, SANDBOX};

/// Profiles that are to be imported into one sandbox of an organisation; see
/// [`Emulator::import`](crate::Emulator::import).
///
/// A profile is an XDM individual profile as one JSON document on one line. Sources are read in the
/// order in which they were given. They may be compressed with gzip or Zstandard, which their first
/// bytes tell.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use aep_export_emulator::{Emulator, Import};
///
/// let profiles = concat!(
///     r#"{"_id": "1", "person": {"name": {"firstName": "Ada"}}, "segmentMembership": {"ups": {"#,
///     r#""vip": {"status": "realized", "lastQualificationTime": "2026-03-01T00:00:00Z"}}}}"#,
///     "\n",
/// );
/// let emulator = Emulator::builder().start().await?;
/// let import = Import::new().reader("profiles", profiles.as_bytes()).audience("vip", "VIPs");
/// let imported = emulator.import(import).await?;
/// assert_eq!(imported.profiles, 1);
/// # emulator.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is imported until an emulator is given it"]
pub struct Import {
    pub(crate) tenant: Tenant,
    pub(crate) append: bool,
    pub(crate) names: Vec<String>,
    pub(crate) sources: Vec<Source>,
    pub(crate) audiences: Vec<NamedAudience>,
    pub(crate) progress: Option<Box<dyn FnMut(u64) + Send>>,
}

impl Import {
    /// No profiles yet, for the organisation and sandbox that `--emulator` uses.
    pub fn new() -> Self {
        let tenant = Tenant { organization: ORGANIZATION.to_owned(), sandbox: SANDBOX.to_owned() };
        Self {
            tenant,
            append: false,
            names: Vec::new(),
            sources: Vec::new(),
            audiences: Vec::new(),
            progress: None,
        }
    }

    /// The organisation whose profiles they are to be.
    pub fn organization(mut self, id: impl Into<String>) -> Self {
        self.tenant.organization = id.into();
        self
    }

    /// The sandbox.
    pub fn sandbox(mut self, name: impl Into<String>) -> Self {
        self.tenant.sandbox = name.into();
        self
    }

    /// Whether earlier imports stay. Otherwise, and at the first import, the profiles take the place
    /// of all that was there.
    pub fn append(mut self, append: bool) -> Self {
        self.append = append;
        self
    }

    /// Profiles from a file.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        self.names.push(path.display().to_string());
        self.sources.push(Source::File(path));
        self
    }

    /// Profiles from anything else; `name` is what errors call it.
    pub fn reader(mut self, name: impl Into<String>, reader: impl Read + Send + 'static) -> Self {
        self.names.push(name.into());
        self.sources.push(Source::Reader(Box::new(reader)));
        self
    }

    /// A name for the audience of a segment of the namespace `ups`, also of one that nobody is in.
    /// Audiences that are not given a name are called by their segment's id.
    pub fn audience(mut self, id: impl Into<String>, name: impl Into<String>) -> Self {
        self.audiences.push(NamedAudience { id: id.into(), name: name.into() });
        self
    }

    /// Called often with the number of profiles that were read so far.
    pub fn progress(mut self, progress: impl FnMut(u64) + Send + 'static) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }
}

impl Default for Import {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Import")
            .field("tenant", &self.tenant)
            .field("append", &self.append)
            .field("sources", &self.names)
            .finish_non_exhaustive()
    }
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// Profiles of this import.
    pub profiles: u64,
    /// Profiles that exports read from now on: more than these only after appending.
    pub total: u64,
}

/// Why nothing was imported: everything is as it was before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A line is no profile.
    #[error("{file}:{line}: {reason}")]
    Line {
        /// The source, as it was named.
        file: String,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A source cannot be read, or is not what its first bytes say.
    #[error("cannot read {file}: {source}")]
    Source {
        /// The source, as it was named.
        file: String,
        /// The reason.
        source: io::Error,
    },
    /// There is not a single profile in the sources.
    #[error("there are no profiles in {0}")]
    Empty(String),
    /// No organisation has such an id: letters and digits, then `@AdobeOrg`.
    #[error("{0:?} is not the id of an organisation")]
    Organization(String),
    /// No sandbox has such a name: lower-case letters, digits and hyphens.
    #[error("{0:?} is not the name of a sandbox")]
    Sandbox(String),
    /// The emulator's own files cannot be used.
    #[error("cannot store the profiles: {0}")]
    Store(String),
    /// The emulator was stopped, or nobody waited for the import any more.
    #[error("the import was stopped")]
    Stopped,
}
