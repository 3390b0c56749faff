//! Where downloads go: a folder of this machine, or an object store.

use std::path::{Path, PathBuf};
#[cfg(feature = "object-stores")]
use std::sync::Arc;

use url::Url;

use crate::context::Context;
use crate::failure::Failure;
#[cfg(feature = "object-stores")]
use crate::objects::Store;
use crate::quote::quote;
use crate::transfer;

/// The schemes of object stores.
const STORES: [&str; 3] = ["s3", "gs", "az"];

/// What `--to` and `--staging` say.
#[derive(Debug)]
pub(crate) struct Destination {
    /// As it was given; for `file://` the folder.
    to: PathBuf,
    staging: Option<PathBuf>,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Folder,
    #[cfg(feature = "object-stores")]
    Store(Arc<Store>),
}

impl Destination {
    /// Understands `to`, and sees that it can be written to as far as that is seen from here.
    pub(crate) fn of(
        context: &Context,
        to: &Path,
        staging: Option<PathBuf>,
    ) -> Result<Self, Failure> {
        let found = Self::parse(context, "--to", to, staging)?;
        match found.place {
            Place::Folder if found.staging.is_some() => Err(Failure::usage(
                "--staging is for downloads into an object store: in a folder files wait in their \
                 own places",
            )),
            Place::Folder => transfer::check_target(&found.to).map(|()| found),
            #[cfg(feature = "object-stores")]
            Place::Store(_) => Ok(found),
        }
    }

    /// The place of an earlier download.
    pub(crate) fn to_verify(context: &Context, dir: &Path) -> Result<Self, Failure> {
        Self::parse(context, "--verify", dir, None)
    }

    fn parse(
        context: &Context,
        flag: &str,
        to: &Path,
        staging: Option<PathBuf>,
    ) -> Result<Self, Failure> {
        let Some((scheme, url)) = address(flag, to)? else {
            return Ok(Self { to: to.to_owned(), staging, place: Place::Folder });
        };
        match scheme.as_str() {
            "file" => Ok(Self { to: path_of(flag, &url)?, staging, place: Place::Folder }),
            scheme if STORES.contains(&scheme) => Self::store(context, flag, to, url, staging),
            _ => Err(Failure::usage(format!(
                "{flag} {scheme}://: files are in a folder, or at file://, s3://, gs:// or az://"
            ))),
        }
    }

    #[cfg(feature = "object-stores")]
    fn store(
        context: &Context,
        _: &str,
        to: &Path,
        url: Url,
        staging: Option<PathBuf>,
    ) -> Result<Self, Failure> {
        let store = Store::at(context, url, staging.as_deref())?;
        Ok(Self { to: to.to_owned(), staging, place: Place::Store(Arc::new(store)) })
    }

    #[cfg(not(feature = "object-stores"))]
    #[expect(clippy::needless_pass_by_value, reason = "as with the feature")]
    fn store(
        _: &Context,
        flag: &str,
        _: &Path,
        url: Url,
        _: Option<PathBuf>,
    ) -> Result<Self, Failure> {
        let scheme = url.scheme();
        Err(Failure::usage(format!(
            "{flag} {scheme}://: this program was built without the feature object-stores"
        ))
        .hint("build it with --features object-stores, or download to a folder"))
    }

    /// Sees to it that it takes files, before hours are spent on what goes into it.
    pub(crate) async fn prepare(&self) -> Result<(), Failure> {
        match &self.place {
            Place::Folder => transfer::prepare(&self.to),
            #[cfg(feature = "object-stores")]
            Place::Store(store) => store.look().await,
        }
    }

    /// As people know it.
    pub(crate) fn path(&self) -> &Path {
        &self.to
    }

    /// The store, if it is one.
    #[cfg(feature = "object-stores")]
    pub(crate) fn as_store(&self) -> Option<&Arc<Store>> {
        match &self.place {
            Place::Folder => None,
            Place::Store(store) => Some(store),
        }
    }

    /// The flags that say the same.
    pub(crate) fn flags(&self) -> String {
        let quoted = |path: &Path| quote(&path.display().to_string()).into_owned();
        let mut flags = format!("--to {}", quoted(&self.to));
        if let Some(staging) = &self.staging {
            flags.extend([" --staging ", &quoted(staging)]);
        }
        flags
    }
}

/// The scheme and the address, if `to` is one and no path.
///
/// Nothing of it is repeated where it may hold a secret.
fn address(flag: &str, to: &Path) -> Result<Option<(String, Url)>, Failure> {
    let Some((scheme, _)) = to.to_str().and_then(|text| text.split_once("://")) else {
        return Ok(None);
    };
    let is_letter = |char: char| char.is_ascii_alphanumeric() || "+-.".contains(char);
    // A single letter is a drive.
    if scheme.len() < 2 || !scheme.chars().all(is_letter) {
        return Ok(None);
    }
    let scheme = scheme.to_ascii_lowercase();
    let wrong = |why: &str| Failure::usage(format!("{flag} {scheme}://: {why}"));
    let url = to.to_str().and_then(|text| Url::parse(text).ok());
    let url = url.ok_or_else(|| wrong("this is no address"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("an address must not hold a name or a password")
            .hint("set the variables of the store instead, such as AWS_ACCESS_KEY_ID"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("an address with ? or # in it names no folder"));
    }
    Ok(Some((scheme, url)))
}

/// The folder of a `file://` address.
fn path_of(flag: &str, url: &Url) -> Result<PathBuf, Failure> {
    url.to_file_path().map_err(|()| {
        Failure::usage(format!("{flag} {url}: this names no folder of this machine"))
            .hint("three slashes and the whole path: file:///data/gold")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme(to: &str) -> Option<String> {
        address("--to", Path::new(to)).unwrap().map(|(scheme, _)| scheme)
    }

    #[test]
    fn addresses_and_paths_are_told_apart() {
        for (to, found) in [
            ("gold", None),
            ("./s3:/gold", None),
            ("C://gold", None),
            ("a b://gold", None),
            ("://gold", None),
            ("s3://bucket/gold", Some("s3")),
            ("S3://bucket", Some("s3")),
            ("file:///data", Some("file")),
            ("ftp://host/gold", Some("ftp")),
        ] {
            assert_eq!(scheme(to).as_deref(), found, "{to}");
        }
    }

    #[test]
    fn an_address_with_more_in_it_is_refused_and_not_repeated() {
        for to in [
            "s3://me:canary@bucket/x",
            "s3://canary@bucket/x",
            "az://c/x?sig=canary",
            "gs://b/x#canary",
            "s3://[canary",
        ] {
            let failure = address("--to", Path::new(to)).unwrap_err();
            assert_eq!(failure.exit().code(), 2, "{to}");
            assert!(!failure.message().contains("canary"), "{}", failure.message());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_address_is_a_folder() {
        let folder = |to: &str| path_of("--to", &Url::parse(to).unwrap());
        assert_eq!(folder("file:///data/my%20gold").unwrap(), Path::new("/data/my gold"));
        assert_eq!(folder("file://localhost/data").unwrap(), Path::new("/data"));
        assert_eq!(folder("file://elsewhere/data").unwrap_err().exit().code(), 2);
    }
}
