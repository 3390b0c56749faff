//! A token on the disk, for the next run of the program.
//!
//! The file is for its owner alone, takes the old one's place in one step, and says whose token it
//! holds: what another client left under the same name is not used.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use aep_export_api::Secret;
use aep_export_transport::{
    StoredToken, TokenStore, TokenStoreError, TokenStoreLock, normalise_scopes,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use twox_hash::XxHash64;
use url::Url;

use crate::failure::Failure;
use crate::private_file;

/// Who signs in, and where: another one has another token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Client {
    ims_url: String,
    client_id: String,
    scopes: Vec<String>,
}

impl Client {
    pub(crate) fn new(ims_url: &str, client_id: &str, scopes: &str) -> Self {
        // The same address in another spelling is the same address.
        let address = Url::parse(ims_url).map_or_else(|_| ims_url.to_owned(), String::from);
        Self {
            ims_url: address.trim_end_matches('/').to_owned(),
            client_id: client_id.trim().to_owned(),
            scopes: normalise_scopes([scopes]),
        }
    }

    /// What tells its file from those of others. Nothing secret goes into it.
    fn fingerprint(&self) -> String {
        let parts = serde_json::json!([self.ims_url, self.client_id, self.scopes]).to_string();
        format!("{:016x}", XxHash64::oneshot(0, parts.as_bytes()))
    }
}

/// The file that keeps one client's token.
#[derive(Debug, Clone)]
pub(crate) struct TokenFile {
    path: Arc<Path>,
    client: Client,
}

/// The token and whose it is. Times are written for people.
#[derive(Serialize, Deserialize)]
struct Document {
    #[serde(flatten)]
    client: Client,
    asked_at: String,
    expires_at: String,
    access_token: String,
}

impl TokenFile {
    /// The file in `folder` for the token that `client` uses under the name `name`.
    pub(crate) fn new(folder: &Path, name: &str, client: Client) -> Self {
        let path = folder.join(format!("{}-{}.json", plain(name), client.fingerprint()));
        Self { path: path.into(), client }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file, if there is one, may be used at all.
    ///
    /// # Errors
    /// When it cannot be read, or it or its folder is open to others.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.bytes().map(drop)
    }

    fn bytes(&self) -> Result<Option<Vec<u8>>, Failure> {
        private_file::check_folder_of(&self.path)?;
        private_file::read(&self.path)
    }

    /// The token, good or not; `None` if there is none.
    ///
    /// # Errors
    /// When the file cannot be read, it or its folder is open to others, or it holds something else.
    pub(crate) fn read(&self) -> Result<Option<StoredToken>, Failure> {
        let Some(bytes) = self.bytes()? else { return Ok(None) };
        let wrong = |what| Failure::usage(format!("{} {what}", self.path.display()));
        // serde's message may repeat the token: it is left out.
        let document: Document =
            serde_json::from_slice(&bytes).map_err(|_| wrong("does not hold a token"))?;
        if document.client != self.client {
            return Err(wrong("holds another client's token"));
        }
        let time = |text: &str| SystemTime::try_from(text.parse::<Timestamp>().ok()?).ok();
        match (time(&document.asked_at), time(&document.expires_at)) {
            (Some(asked_at), Some(expires_at)) => {
                let secret = Secret::new(document.access_token);
                Ok(Some(StoredToken { secret, asked_at, expires_at }))
            }
            _ => Err(wrong("does not say until when its token is good")),
        }
    }

    /// Puts `token` in place of what is there.
    ///
    /// # Errors
    /// When the file cannot be written, or its folder is open to others.
    pub(crate) fn write(&self, token: &StoredToken) -> Result<(), Failure> {
        private_file::check_folder_of(&self.path)?;
        let time = |time| {
            let time = Timestamp::try_from(time);
            time.map(|time| time.to_string()).map_err(|_| Failure::usage("a time beyond all dates"))
        };
        let document = Document {
            client: self.client.clone(),
            asked_at: time(token.asked_at)?,
            expires_at: time(token.expires_at)?,
            access_token: token.secret.expose().to_owned(),
        };
        let bytes = serde_json::to_vec_pretty(&document)
            .map_err(|_| Failure::usage("a token that JSON cannot hold"))?;
        private_file::write(&self.path, &bytes)
    }

    /// Does `work` on a thread that may wait for the disk.
    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, TokenStoreError> {
        let file = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&file)).await?;
        done.map_err(|failure| failure.message().into())
    }
}

#[async_trait::async_trait]
impl TokenStore for TokenFile {
    async fn load(&self) -> Result<Option<StoredToken>, TokenStoreError> {
        self.aside(Self::read).await
    }

    async fn save(&self, token: &StoredToken) -> Result<(), TokenStoreError> {
        let token = token.clone();
        self.aside(move |file| file.write(&token)).await
    }

    async fn remove(&self) -> Result<(), TokenStoreError> {
        self.aside(|file| private_file::remove(&file.path)).await.map(drop)
    }

    /// The system gives the lock of a process that dies to the next. Whoever no longer waits leaves
    /// a thread behind that gets the lock and drops it.
    async fn lock(&self) -> Result<TokenStoreLock, TokenStoreError> {
        self.aside(|file| private_file::lock(&file.path)).await.map(TokenStoreLock::new)
    }
}

/// The files in `folder` that keep tokens under the name `name`, whoever's they are; also those that a
/// run that was killed had only begun to put there.
pub(crate) fn all_of(folder: &Path, name: &str) -> Result<Vec<PathBuf>, Failure> {
    let cannot = |error| Failure::io(format!("cannot list {}", folder.display()), &error);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(cannot(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(cannot)?.path();
        let is_of = |file: &str| {
            let file = private_file::meant_by(file);
            let rest = file.strip_prefix(&plain(name))?.strip_prefix('-')?;
            let print = rest.strip_suffix(".json")?;
            Some(print.len() == 16 && print.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        if path.file_name().and_then(|file| is_of(file.to_str()?)) == Some(true) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// `name` as a part of a file's name.
fn plain(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    name.chars().take(64).map(|c| if fits(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests;
