//! Before anything is fetched: what there is, where it goes, and that it may go there.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aep_export_model::BatchId;
use futures_util::TryStreamExt;

use super::event::PlannedFile;
use super::manifest::Manifest;
use super::part::{Finished, Target};
use super::schedule::Job;
use super::stop::Stop;
use super::worker::aside;
use crate::folder::{Folder, Lock};
use crate::plain_name::{PlainName, twin};
use crate::{Client, Error, ExportFile};

/// How long another download into the same folder is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What is to be fetched.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) batches: Vec<BatchId>,
    pub(super) files: Vec<ExportFile>,
}

/// Asks for the files of every batch, and sees that their names can be names of files.
pub(super) async fn plan(client: &Client, wanted: Wanted) -> Result<Vec<Arc<PlannedFile>>, Error> {
    let mut planned = Vec::new();
    let mut add = |batch: Option<&BatchId>, file| {
        let number = planned.len();
        planned.push(Arc::new(PlannedFile { number, batch: batch.cloned(), file }));
    };
    for file in wanted.files {
        add(None, file);
    }
    let folders: Vec<PlainName> =
        wanted.batches.iter().map(folder_name).collect::<Result<_, _>>()?;
    if let Some(twin) = twin(&folders) {
        let twin = twin.as_str();
        return Err(Error::corrupt(format!("there is {twin:?} and another batch in its place")));
    }
    for batch in &wanted.batches {
        let files: Vec<ExportFile> = client.files().of_batch(batch).try_collect().await?;
        files.into_iter().for_each(|file| add(Some(batch), file));
    }
    refuse_twins(&planned)?;
    Ok(planned)
}

fn folder_name(batch: &BatchId) -> Result<PlainName, Error> {
    PlainName::of_folder(batch.as_str())
}

/// Two files of one name would become one.
fn refuse_twins(planned: &[Arc<PlannedFile>]) -> Result<(), Error> {
    let mut names: HashMap<Option<&BatchId>, Vec<PlainName>> = HashMap::new();
    for planned in planned {
        let name = PlainName::of_file(&planned.file.name)?;
        names.entry(planned.batch.as_ref()).or_default().push(name);
    }
    for (batch, names) in names {
        let Some(twin) = twin(&names) else { continue };
        let who = batch.map_or_else(String::new, |batch| format!("batch {batch} lists "));
        let twin = twin.as_str();
        return Err(Error::corrupt(format!("{who}{twin:?} and another file in its place")));
    }
    Ok(())
}

/// The folder of a download, with the right to write into it.
pub(super) struct Site {
    pub(super) root: Arc<Folder>,
    pub(super) jobs: Vec<Job>,
}

/// Makes the folders, and takes the right to write into them.
pub(super) async fn site(
    client: &Client,
    dir: PathBuf,
    batches: &[BatchId],
    planned: Vec<Arc<PlannedFile>>,
    digest: bool,
) -> Result<Site, Error> {
    let mut batches: Vec<Option<BatchId>> = batches.iter().cloned().map(Some).collect();
    batches.extend(planned.iter().any(|planned| planned.batch.is_none()).then_some(None));
    let (root, manifest, folders) = aside(move || {
        let root = Arc::new(Folder::at(&dir)?);
        let manifest = Manifest::in_folder(&root)?.unwrap_or_default();
        let mut folders = Vec::new();
        for batch in batches {
            let folder = match &batch {
                Some(batch) => Arc::new(root.inner(&folder_name(batch)?)?),
                None => Arc::clone(&root),
            };
            folders.push((batch, folder));
        }
        Ok((root, manifest, folders))
    })?
    .wait()
    .await?;
    let mut places = HashMap::new();
    for (batch, folder) in folders {
        let lock = Arc::new(lock(client, &folder).await?);
        places.insert(batch, (folder, lock));
    }
    let mut jobs = Vec::new();
    for planned in planned {
        let Some((folder, lock)) = places.get(&planned.batch) else { continue };
        let target = Target {
            folder: Arc::clone(folder),
            name: PlainName::of_file(&planned.file.name)?,
            file: planned.file.clone(),
            digest,
            noted: noted(&manifest, &planned),
            stop: Stop::default(),
        };
        jobs.push(Job { planned, target, lock: Arc::clone(lock) });
    }
    Ok(Site { root, jobs })
}

/// What the manifest knows of a file of a batch.
fn noted(manifest: &Manifest, planned: &PlannedFile) -> Option<Finished> {
    planned.batch.as_ref()?;
    let file = manifest.file(&planned.path())?;
    Some(Finished { bytes: file.bytes, rows: file.rows, sha256: file.sha256.clone() })
}

/// The right to work in a folder. Whoever has it may be about to leave.
pub(super) async fn lock(client: &Client, folder: &Arc<Folder>) -> Result<Lock, Error> {
    let began = client.clock().elapsed();
    loop {
        let there = Arc::clone(folder);
        if let Some(lock) = aside(move || Lock::take(&there))?.wait().await? {
            return Ok(lock);
        }
        if client.clock().elapsed().saturating_sub(began) >= PATIENCE {
            let sentence = format!("another download is at work in {}", folder.path().display());
            return Err(Error::local(sentence, std::io::ErrorKind::ResourceBusy.into()));
        }
        client.clock().sleep(LOOK_AGAIN).await;
    }
}
