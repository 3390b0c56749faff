//! An object store, and what is in it.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aep_export_api::{Manifest, ManifestBatch, ManifestFile};
use aep_export_model::BatchId;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path as ObjectPath;
use object_store::{
    Attribute, Attributes, Error, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt,
    ObjectStoreScheme, PutMode, PutOptions, RetryConfig, UpdateVersion,
};
use url::Url;

use super::clouds::Clouds;
use super::failure::{SIGN_IN, failure};
use super::staging;
use super::wire::Ways;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::quote::quote;

/// The crate gives a request up after this, however often it may be sent.
const PATIENCE: Duration = Duration::from_secs(180);
/// So many objects are asked about at once.
const ASKED_AT_ONCE: usize = 16;
/// Two that write the manifest at once take turns; so many in a row is something else.
const TURNS: usize = 8;
const MANIFEST: &str = "manifest.json";
/// What an object of ours says of itself. All stores take such names.
const SHA256: Attribute = Attribute::Metadata(std::borrow::Cow::Borrowed("aepexportsha256"));
const ROWS: Attribute = Attribute::Metadata(std::borrow::Cow::Borrowed("aepexportrows"));

/// A place in an object store, with the way there.
pub(crate) struct Store {
    pub(super) inner: Arc<dyn ObjectStore>,
    prefix: ObjectPath,
    /// The address, without a slash at its end.
    address: String,
    /// Where files wait on this machine.
    pub(super) staging: PathBuf,
    clouds: Clouds,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What the crate shows of its stores is more than ours may.
        f.debug_struct("Store").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Store {
    /// The store at this address. Nothing is sent yet.
    pub(crate) fn at(context: &Context, url: Url, staging: Option<&Path>) -> Result<Self, Failure> {
        let address = url.as_str().trim_end_matches('/').to_owned();
        let doing = format!("use {address}");
        let clouds = context.clouds.clone();
        let wrong = |error: &Error| failure(error, &doing, &clouds).of_input().hint(SIGN_IN);
        let (scheme, prefix) =
            ObjectStoreScheme::parse(&url).map_err(|error| wrong(&error.into()))?;
        let inner = build(context, &scheme, url).map_err(|error| match error {
            Unbuilt::Ours(failure) => failure,
            Unbuilt::Theirs(error) => wrong(&error),
        })?;
        let staging = match (staging, &context.cache_dir) {
            (Some(staging), _) => staging.to_owned(),
            (None, Some(cache)) => cache.join("aep-export").join("staging"),
            (None, None) => {
                return Err(Failure::usage(
                    "there is no home directory to keep files in meanwhile",
                )
                .hint("say where they are to be: --staging DIR"));
            }
        };
        Ok(Self { inner, prefix, address, staging, clouds })
    }

    /// Looks whether it is there and can be used, and whether files can wait on this machine.
    pub(crate) async fn look(&self) -> Result<(), Failure> {
        staging::make(&self.staging).map_err(Failure::of_input)?;
        let first = self.inner.list(Some(&self.prefix)).next().await;
        match first {
            None | Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(self.failure(&error, &format!("look into {}", self.address))),
        }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The address of what lies below.
    pub(super) fn address_of(&self, below: &str) -> String {
        format!("{}/{below}", self.address)
    }

    /// What lies below, for the crate.
    pub(super) fn path_of(&self, below: &str) -> Result<ObjectPath, Failure> {
        let path = match self.prefix.as_ref() {
            "" => below.to_owned(),
            prefix => format!("{prefix}/{below}"),
        };
        ObjectPath::parse(path).map_err(|error| {
            Failure::new(Kind::Check, format!("{below:?} cannot be the name of an object: {error}"))
        })
    }

    pub(super) fn failure(&self, error: &Error, doing: &str) -> Failure {
        failure(error, doing, &self.clouds)
    }

    /// The files of these batches that are there: as the manifest knows them, or else as they say
    /// themselves. One that is none of ours has no SHA-256.
    pub(super) async fn files_of(&self, batches: &[BatchId]) -> Result<Vec<ManifestFile>, Failure> {
        let noted = self.manifest().await?.map(|(manifest, _)| manifest).unwrap_or_default();
        let noted = noted.batches.into_iter().flat_map(|batch| batch.files);
        let noted: HashMap<String, ManifestFile> =
            noted.map(|file| (file.path.clone(), file)).collect();
        let mut known = Vec::new();
        let mut unknown = Vec::new();
        for batch in batches {
            for (path, bytes) in self.lengths_of(batch).await? {
                match noted.get(&path).filter(|noted| noted.bytes == bytes) {
                    Some(noted) if noted.sha256.is_some() => known.push(noted.clone()),
                    _ => unknown.push(path),
                }
            }
        }
        let asked = futures_util::stream::iter(unknown)
            .map(|path| async move { self.file(&path).await })
            .buffered(ASKED_AT_ONCE);
        let asked: Vec<Option<ManifestFile>> = asked.try_collect().await?;
        known.extend(asked.into_iter().flatten());
        Ok(known)
    }

    /// The paths and the lengths of all that lies in the folder of a batch.
    pub(super) async fn lengths_of(&self, batch: &BatchId) -> Result<Vec<(String, u64)>, Failure> {
        let folder = self.path_of(batch.as_str())?;
        let doing = format!("list {}", self.address_of(batch.as_str()));
        let objects = self.inner.list(Some(&folder)).try_collect().await;
        let objects: Vec<ObjectMeta> = objects.map_err(|error| self.failure(&error, &doing))?;
        let below = |object: &ObjectMeta| {
            let rest: Vec<_> = object.location.prefix_match(&folder)?.collect();
            let names: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
            Some((format!("{batch}/{}", names.join("/")), object.size))
        };
        Ok(objects.iter().filter_map(below).collect())
    }

    /// What the file at `path` says of itself, if it is there.
    pub(super) async fn file(&self, path: &str) -> Result<Option<ManifestFile>, Failure> {
        let options = GetOptions { head: true, ..GetOptions::default() };
        let found = match self.inner.get_opts(&self.path_of(path)?, options).await {
            Ok(found) => found,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => {
                return Err(self.failure(&error, &format!("look at {}", self.address_of(path))));
            }
        };
        let mut file = ManifestFile::new(path, found.meta.size);
        let says = |attribute| found.attributes.get(attribute).map(|value| value.to_string());
        file.sha256 = says(&SHA256);
        file.rows = says(&ROWS).and_then(|rows| rows.parse().ok());
        Ok(Some(file))
    }

    /// The manifest that is there, and which state of it that is.
    pub(super) async fn manifest(&self) -> Result<Option<(Manifest, UpdateVersion)>, Failure> {
        let address = self.address_of(MANIFEST);
        let failed = |error: Error| self.failure(&error, &format!("read {address}"));
        let found = match self.inner.get(&self.path_of(MANIFEST)?).await {
            Ok(found) => found,
            Err(Error::NotFound { source, .. }) if !source.to_string().contains("NoSuchBucket") => {
                return Ok(None);
            }
            Err(error) => return Err(failed(error)),
        };
        let state =
            UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
        let text = found.bytes().await.map_err(failed)?;
        let manifest = Manifest::parse(&text, &address)
            .map_err(|error| Failure::of(&error, "use what is there"))?;
        Ok(Some((manifest, state)))
    }

    /// Adds batches to the manifest. Gives those that it has forgotten.
    pub(super) async fn note(&self, batches: &[ManifestBatch]) -> Result<Vec<BatchId>, Failure> {
        let address = self.address_of(MANIFEST);
        let failed = |error: &Error| self.failure(error, &format!("write {address}"));
        let path = self.path_of(MANIFEST)?;
        for _ in 0..TURNS {
            let found = self.manifest().await?;
            let (before, mode) = match found {
                None => (Manifest::default(), PutMode::Create),
                Some((manifest, state)) if state.e_tag.is_some() => {
                    (manifest, PutMode::Update(state))
                }
                Some((manifest, _)) => (manifest, PutMode::Overwrite),
            };
            let folders = self.inner.list_with_delimiter(Some(&self.prefix)).await;
            let folders = folders.map_err(|error| failed(&error))?.common_prefixes;
            let is_there =
                |id: &BatchId| folders.iter().any(|folder| folder.filename() == Some(id.as_str()));
            let mut manifest = before.clone();
            let forgotten = manifest.take_in(batches.to_vec(), is_there);
            if manifest == before {
                return Ok(forgotten);
            }
            let text =
                manifest.text().map_err(|error| Failure::of(&error, "write the manifest"))?;
            let options = PutOptions { mode, ..PutOptions::default() };
            match self.inner.put_opts(&path, text.into(), options).await {
                Ok(_) => return Ok(forgotten),
                // Another one has written it meanwhile.
                Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        Err(Failure::new(Kind::Other, format!("{address} is written by others without a pause")))
    }
}

/// What an object of ours says of itself.
pub(super) fn marks(sha256: Option<&str>, rows: Option<u64>) -> Attributes {
    let mut marks = Attributes::new();
    if let Some(sha256) = sha256 {
        marks.insert(SHA256, sha256.to_owned().into());
    }
    if let Some(rows) = rows {
        marks.insert(ROWS, rows.to_string().into());
    }
    marks
}

enum Unbuilt {
    Ours(Failure),
    Theirs(Error),
}

impl From<Failure> for Unbuilt {
    fn from(failure: Failure) -> Self {
        Self::Ours(failure)
    }
}

impl From<Error> for Unbuilt {
    fn from(error: Error) -> Self {
        Self::Theirs(error)
    }
}

/// Each builder is a type of its own, and all are filled in the same way.
macro_rules! built {
    ($builder:ty, $context:expr, $url:expr, $ways:expr, $retries:expr) => {{
        let builder =
            $context.clouds.options().fold(<$builder>::new(), |builder, (name, value)| {
                match name.parse() {
                    Ok(key) => builder.with_config(key, value),
                    // A variable of another program.
                    Err(_) => builder,
                }
            });
        let builder = builder.with_url($url).with_http_connector($ways).with_retry($retries);
        Arc::new(builder.build()?) as Arc<dyn ObjectStore>
    }};
}

fn build(
    context: &Context,
    scheme: &ObjectStoreScheme,
    url: Url,
) -> Result<Arc<dyn ObjectStore>, Unbuilt> {
    let strict = context.wire([])?;
    let plain = context.wire(context.clouds.plain_hosts())?;
    let ways = Ways::new(strict, plain, &context.clock);
    let attempts = context.retries()?.attempts;
    let max_retries = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let retries = RetryConfig { max_retries, retry_timeout: PATIENCE, ..RetryConfig::default() };
    Ok(match scheme {
        ObjectStoreScheme::AmazonS3 => built!(AmazonS3Builder, context, url, ways, retries),
        ObjectStoreScheme::GoogleCloudStorage => {
            built!(GoogleCloudStorageBuilder, context, url, ways, retries)
        }
        ObjectStoreScheme::MicrosoftAzure => {
            built!(MicrosoftAzureBuilder, context, url, ways, retries)
        }
        _ => {
            let address = quote(url.as_str()).into_owned();
            return Err(Failure::usage(format!("--to {address}: this is no object store")).into());
        }
    })
}
