//! One whole file on its way into the store.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use aep_export_api::DownloadedFile;
use bytes::Bytes;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use object_store::{
    Error, MultipartUpload, ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions,
};
use tokio::sync::{Mutex, Semaphore};

use super::store::{Store, marks};
use crate::failure::{Failure, Kind};
use crate::undo::Undo;

/// All parts but the last one have the same length: some stores want it so.
const PART: u64 = 8 * 1024 * 1024;
/// No store takes more parts of one object.
const MOST_PARTS: u64 = 10_000;
/// Parts of all files together that are in memory at once.
pub(super) const PARTS_AT_ONCE: usize = 4;

/// What uploads share.
#[derive(Clone)]
pub(super) struct Uploads {
    pub(super) store: Arc<Store>,
    pub(super) undo: Undo,
    pub(super) parts: Arc<Semaphore>,
    /// Is told of bytes that have arrived.
    pub(super) arrived: Arc<dyn Fn(u64) + Send + Sync>,
}

impl Uploads {
    /// Sends the file, unless it is there already; what is there and is another one is left alone. Once
    /// the store has it, it is removed from this machine.
    pub(super) async fn send(&self, file: &DownloadedFile) -> Result<(), Failure> {
        let address = self.store.address_of(&file.planned.path());
        if self.is_there(file).await? {
            (self.arrived)(file.bytes);
        } else {
            match file.bytes {
                bytes if bytes <= PART => self.in_one_piece(file).await?,
                _ => self.in_parts(file).await?,
            }
            if !self.is_there(file).await? {
                let sentence = format!("{address} was sent and is not there");
                return Err(Failure::new(Kind::Check, sentence));
            }
        }
        std::fs::remove_file(&file.path)
            .map_err(|error| Failure::io(format!("cannot remove {}", file.path.display()), &error))
    }

    /// Whether the store has it. Something else in its place is an error.
    async fn is_there(&self, file: &DownloadedFile) -> Result<bool, Failure> {
        let path = file.planned.path();
        let Some(found) = self.store.file(&path).await? else { return Ok(false) };
        let is_it = found.bytes == file.bytes
            && ((found.sha256.is_some() && found.sha256 == file.sha256)
                || self.is_same(file).await?);
        if is_it {
            return Ok(true);
        }
        let address = self.store.address_of(&path);
        let sentence = format!("{address} is there already and is not the file to be fetched");
        Err(Failure::new(Kind::LocalIo, sentence)
            .hint("remove it, or choose another place: nothing is overwritten"))
    }

    /// Compares every byte, where an object does not say what it is.
    async fn is_same(&self, file: &DownloadedFile) -> Result<bool, Failure> {
        let path = self.store.path_of(&file.planned.path())?;
        let doing = format!("read {}", self.store.address_of(&file.planned.path()));
        let failed = |error: Error| self.store.failure(&error, &doing);
        let mut pieces = self.store.inner.get(&path).await.map_err(failed)?.into_stream();
        let mut here = opened(file)?;
        while let Some(piece) = pieces.try_next().await.map_err(failed)? {
            let (again, bytes) = read(here, piece.len() as u64, file).await?;
            here = again;
            if bytes != piece {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A small file: it is there at once, or not at all.
    async fn in_one_piece(&self, file: &DownloadedFile) -> Result<(), Failure> {
        let path = self.store.path_of(&file.planned.path())?;
        let _permit = self.parts.acquire().await;
        let (_, bytes) = read(opened(file)?, file.bytes, file).await?;
        let attributes = marks(file.sha256.as_deref(), file.rows);
        let options = PutOptions { mode: PutMode::Create, attributes, ..PutOptions::default() };
        match self.store.inner.put_opts(&path, bytes.into(), options).await {
            Ok(_) => {
                (self.arrived)(file.bytes);
                Ok(())
            }
            // What it is will be seen.
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(()),
            Err(error) => Err(self.failed(&error, file)),
        }
    }

    /// A large file: in parts, which become an object when all are there. Until then nobody sees
    /// anything of it, and if it comes to nothing the parts are thrown away.
    async fn in_parts(&self, file: &DownloadedFile) -> Result<(), Failure> {
        let path = self.store.path_of(&file.planned.path())?;
        let attributes = marks(file.sha256.as_deref(), file.rows);
        let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
        let upload = self.store.inner.put_multipart_opts(&path, options).await;
        let upload = Arc::new(Mutex::new(upload.map_err(|error| self.failed(&error, file))?));
        let stopped = Arc::clone(&upload);
        let undoing =
            self.undo.on_stop(async move { drop(stopped.lock().await.abort().await) }.boxed());
        let sent = self.parts_of(file, &upload).await;
        self.undo.forget(&undoing);
        if !matches!(sent, Ok(true)) {
            // If this fails too the parts stay until the store clears them away.
            let _ = upload.lock().await.abort().await;
        }
        sent.map(drop)
    }

    /// `false` if the object is there by now.
    async fn parts_of(
        &self,
        file: &DownloadedFile,
        upload: &Mutex<Box<dyn MultipartUpload>>,
    ) -> Result<bool, Failure> {
        let size = part_size(file.bytes);
        let mut here = opened(file)?;
        let mut left = file.bytes;
        let mut on_their_way = FuturesUnordered::new();
        while left > 0 || !on_their_way.is_empty() {
            tokio::select! {
                permit = self.parts.acquire(), if left > 0 => {
                    let length = size.min(left);
                    let (again, bytes) = read(here, length, file).await?;
                    (here, left) = (again, left - length);
                    // Which part it is is decided here, and not by when it arrives.
                    let part = upload.lock().await.put_part(bytes.into());
                    on_their_way.push(async move {
                        let sent = part.await;
                        drop(permit);
                        sent.map(|()| length)
                    });
                }
                Some(sent) = on_their_way.next() => {
                    (self.arrived)(sent.map_err(|error| self.failed(&error, file))?);
                }
            }
        }
        // Somebody may have put something there meanwhile; an upload in parts would replace it.
        if self.is_there(file).await? {
            return Ok(false);
        }
        let completed = upload.lock().await.complete().await;
        completed.map(|_| true).map_err(|error| self.failed(&error, file))
    }

    fn failed(&self, error: &Error, file: &DownloadedFile) -> Failure {
        let address = self.store.address_of(&file.planned.path());
        self.store.failure(error, &format!("write {address}"))
    }
}

/// As large as usual, and larger only for a file that would have too many parts.
fn part_size(length: u64) -> u64 {
    length.div_ceil(MOST_PARTS).next_multiple_of(1024 * 1024).max(PART)
}

fn opened(file: &DownloadedFile) -> Result<File, Failure> {
    File::open(&file.path).map_err(|error| unread(file, &error))
}

/// The next bytes, read by a thread that may wait for the disk.
async fn read(
    mut here: File,
    length: u64,
    file: &DownloadedFile,
) -> Result<(File, Bytes), Failure> {
    let reading = tokio::task::spawn_blocking(move || {
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        here.read_exact(&mut bytes)?;
        Ok((here, Bytes::from(bytes)))
    });
    let read = reading.await.map_err(io::Error::other);
    read.and_then(|read| read).map_err(|error| unread(file, &error))
}

fn unread(file: &DownloadedFile, error: &io::Error) -> Failure {
    Failure::io(format!("cannot read {}", file.path.display()), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_large_enough_for_the_store_and_as_small_as_they_can_be() {
        const GIB: u64 = 1024 * 1024 * 1024;
        for length in [0, 1, PART, PART + 1, 78 * GIB, 79 * GIB, 1024 * GIB, 5 * 1024 * GIB] {
            let size = part_size(length);
            assert!(length.div_ceil(size) <= MOST_PARTS, "{length}");
            assert!(size == PART || length > MOST_PARTS * PART, "{length}");
        }
    }
}
