//! Files of a batch: `/data/foundation/export` (documented; called Data Access).

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::{Request, Response, header};
use serde_json::value::RawValue;

use aep_export_model::{BatchId, FileEntry, FileId, FileLinks, FilePage, Listing};
use aep_export_transport::{Body, OperationInfo, Replay};

use crate::paging::{self, Next, Page, PagedOperation, Pages, position_in, records};
use crate::{Answer, BaseUrl, Client, Error, Operation, Record};

/// How deep directories of one batch may lie in each other. One level is documented.
const MAX_DEPTH: usize = 8;

/// What can be done with files; from [`Client::files`].
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    client: &'a Client,
}

/// One file of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExportFile {
    /// The dataset file that it belongs to.
    pub file_id: FileId,
    /// Its name as the service has it. It may be any text: check it before it becomes a path.
    pub name: String,
    /// Its length in bytes, where the service says it.
    pub length: Option<u64>,
}

impl<'a> Files<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Every file of a batch. Pages and directories are followed; empty marker files such as
    /// `_SUCCESS` are left out.
    pub fn of_batch(
        &self,
        batch: &BatchId,
    ) -> impl Stream<Item = Result<ExportFile, Error>> + Send + use<> {
        let client = self.client.clone();
        let listing = ListFiles::of_batch(batch.clone());
        let walk = Walk { open: vec![Level::of(&client, listing)], client };
        futures_util::stream::unfold(walk, |mut walk| async move {
            let file = walk.next_file().await?;
            if file.is_err() {
                walk.open.clear();
            }
            Some((file, walk))
        })
    }

    /// A file's bytes, streamed.
    ///
    /// # Errors
    /// See [`Client::open`].
    pub async fn open(&self, file: &ExportFile) -> Result<Response<Body>, Error> {
        self.client.open(&OpenFile { file: file.clone() }).await
    }
}

/// Goes through the listings of a batch, deepest first.
struct Walk {
    client: Client,
    open: Vec<Level>,
}

struct Level {
    /// The dataset file whose entries these are; a batch has none of its own.
    file_id: Option<FileId>,
    entries: BoxStream<'static, Result<Record<FileEntry>, Error>>,
}

impl Level {
    fn of(client: &Client, listing: ListFiles) -> Self {
        let file_id = match &listing.of {
            Listed::Batch(_) => None,
            Listed::File(id) => Some(id.clone()),
        };
        Self { file_id, entries: Pages::new(client.clone(), listing).into_stream().boxed() }
    }
}

impl Walk {
    async fn next_file(&mut self) -> Option<Result<ExportFile, Error>> {
        loop {
            let level = self.open.last_mut()?;
            let entry = match level.entries.next().await {
                Some(Ok(entry)) => entry.value,
                Some(Err(error)) => return Some(Err(error)),
                None => {
                    self.open.pop();
                    continue;
                }
            };
            // Markers say something by being there and hold nothing.
            if entry.is_marker() {
                continue;
            }
            match (&level.file_id, entry.name, entry.data_set_file_id) {
                (Some(file_id), Some(name), _) => {
                    let file_id = file_id.clone();
                    return Some(Ok(ExportFile { file_id, name, length: entry.length }));
                }
                (_, _, Some(directory)) => {
                    if let Err(error) = self.descend(directory) {
                        return Some(Err(error));
                    }
                }
                _ => {
                    let why = "an entry of the file list names neither a file nor a directory";
                    return Some(Err(Error::malformed(why)));
                }
            }
        }
    }

    fn descend(&mut self, directory: FileId) -> Result<(), Error> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Error::malformed(format!(
                "directories of the batch lie in each other more than {MAX_DEPTH} deep"
            )));
        }
        let listing = ListFiles::of_file(directory);
        self.open.push(Level::of(&self.client, listing));
        Ok(())
    }
}

/// Lists what a batch or a dataset file holds: one page of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFiles {
    of: Listed,
    /// Where to go on: an index for a batch, a name or an index for a dataset file (documented and
    /// observed), so opaque here.
    start: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Listed {
    Batch(BatchId),
    File(FileId),
}

impl ListFiles {
    /// What a batch holds: dataset files.
    pub fn of_batch(batch: BatchId) -> Self {
        Self { of: Listed::Batch(batch), start: None }
    }

    /// What a dataset file holds: one file, or more where it is a directory.
    pub fn of_file(file: FileId) -> Self {
        Self { of: Listed::File(file), start: None }
    }
}

impl Operation for ListFiles {
    type Output = Page<FileEntry>;

    fn info(&self) -> OperationInfo {
        OperationInfo::new("files.list", Replay::Safe)
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        let target = match &self.of {
            Listed::Batch(id) => base
                .at("/data/foundation/export/batches")
                .segment("batch id", id.as_str())
                .then("/files"),
            Listed::File(id) => {
                base.at("/data/foundation/export/files").segment("file id", id.as_str())
            }
        };
        target.query("start", self.start.as_deref()).get()
    }

    fn decode(&self, answer: &Answer) -> Result<Self::Output, Error> {
        let page: Listing<&RawValue, FilePage, FileLinks> = paging::listing(answer)?;
        let raw = page.records.unwrap_or_default();
        let next = match page.link.and_then(|links| links.next) {
            Some(link) if !link.trim().is_empty() => position_in(&link, "start"),
            _ => self.next_by_count(raw.len(), page.page.as_ref()),
        };
        Ok(Page::new(records(answer, &raw), next))
    }
}

impl ListFiles {
    /// Without a link, a total above what has been read still means more. (The total is sometimes
    /// only the page's own size, which then ends the list rightly.)
    fn next_by_count(&self, read: usize, page: Option<&FilePage>) -> Next {
        let start = self.start.as_deref().unwrap_or("0").parse::<u64>().ok();
        let end = start.map(|start| start.saturating_add(read as u64));
        match (end, page.and_then(|page| page.count)) {
            (Some(end), Some(count)) if read > 0 && end < count => Next::At(end.to_string()),
            _ => Next::End,
        }
    }
}

impl PagedOperation for ListFiles {
    type Record = FileEntry;

    fn at(&self, position: &str) -> Self {
        Self { start: Some(position.to_owned()), ..self.clone() }
    }

    fn position(&self) -> Option<String> {
        self.start.clone()
    }
}

/// Opens a file to read its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFile {
    /// The file.
    pub file: ExportFile,
}

impl Operation for OpenFile {
    type Output = Bytes;

    fn info(&self) -> OperationInfo {
        OperationInfo::new("files.open", Replay::Safe).unlimited_body()
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        let mut request = base
            .at("/data/foundation/export/files")
            .segment("file id", self.file.file_id.as_str())
            .query("path", Some(&self.file.name))
            .get()?;
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, header::HeaderValue::from_static("*/*"));
        // The length that the service lists is that of the bytes as they are.
        let identity = header::HeaderValue::from_static("identity");
        headers.insert(header::ACCEPT_ENCODING, identity);
        Ok(request)
    }

    fn decode(&self, answer: &Answer) -> Result<Bytes, Error> {
        Ok(answer.body().clone())
    }
}
