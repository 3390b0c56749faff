//! Files of a batch: `/data/foundation/export` (documented; called Data Access).

use std::ops::Range;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use http::{HeaderValue, Request, Response, header};
use serde_json::value::RawValue;

use aep_export_model::{BatchId, FileEntry, FileId, FileLinks, FilePage, Listing};
use aep_export_transport::{Body, OperationInfo, Replay};

use crate::paging::{self, Next, Page, PagedOperation, Pages, position_in, records};
use crate::{Answer, BaseUrl, Client, Error, Operation};

/// How deep directories of one batch may lie in each other. One level is documented.
const MAX_DEPTH: usize = 8;
/// Every file of a batch has a listing of its own (documented): so many are asked for at once.
const LISTED_AT_ONCE: usize = 8;

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

    #[cfg(feature = "download")]
    pub(crate) fn client(&self) -> &Client {
        self.client
    }

    /// Every file of a batch, in the order in which the service lists them. Pages and directories
    /// are followed, several at once; empty marker files such as `_SUCCESS` are left out.
    pub fn of_batch(
        &self,
        batch: &BatchId,
    ) -> impl Stream<Item = Result<ExportFile, Error>> + Send + use<> {
        let files = files_in(self.client.clone(), ListFiles::of_batch(batch.clone()), 1);
        // Nothing follows an error.
        futures_util::stream::unfold(Some(files), |files| async {
            let mut files = files?;
            let file = files.next().await?;
            let rest = file.is_ok().then_some(files);
            Some((file, rest))
        })
    }

    /// A file's bytes, streamed.
    ///
    /// # Errors
    /// See [`Client::open`].
    pub async fn open(&self, file: &ExportFile) -> Result<Response<Body>, Error> {
        self.client.open(&OpenFile::whole(file.clone())).await
    }
}

type FileStream = BoxStream<'static, Result<ExportFile, Error>>;

/// The files of a listing that lies `depth` deep, those of its directories in their place.
fn files_in(client: Client, listing: ListFiles, depth: usize) -> FileStream {
    let file_id = match &listing.of {
        Listed::Batch(_) => None,
        Listed::File(id) => Some(id.clone()),
    };
    let entries = Pages::new(client.clone(), listing).into_stream();
    let files = entries.map(move |entry| {
        let (client, file_id) = (client.clone(), file_id.clone());
        async move { files_of(client, file_id, entry?.value, depth).await }
    });
    let files = files.buffered(LISTED_AT_ONCE).flat_map(|files| {
        let (files, error) = match files {
            Ok(files) => (files, None),
            Err(error) => (Vec::new(), Some(Err(error))),
        };
        futures_util::stream::iter(files.into_iter().map(Ok).chain(error))
    });
    files.boxed()
}

/// The files that an entry stands for. A batch has no id of a file of its own.
async fn files_of(
    client: Client,
    file_id: Option<FileId>,
    entry: FileEntry,
    depth: usize,
) -> Result<Vec<ExportFile>, Error> {
    // Markers say something by being there and hold nothing.
    if entry.is_marker() {
        return Ok(Vec::new());
    }
    match (file_id, entry.name, entry.data_set_file_id) {
        (Some(file_id), Some(name), _) => {
            Ok(vec![ExportFile { file_id, name, length: entry.length }])
        }
        (_, _, Some(_)) if depth >= MAX_DEPTH => Err(Error::malformed(format!(
            "directories of the batch lie in each other more than {MAX_DEPTH} deep"
        ))),
        (_, _, Some(directory)) => {
            files_in(client, ListFiles::of_file(directory), depth + 1).try_collect().await
        }
        _ => {
            let why = "an entry of the file list names neither a file nor a directory";
            Err(Error::malformed(why))
        }
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

/// Opens a file, or a part of it, to read its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenFile {
    /// The file.
    pub file: ExportFile,
    /// The bytes that are asked for, the end not included; `None` for all. Ask for few enough that
    /// the service can send them within 60 seconds (documented), and look at the answer: it may be
    /// for other bytes than were asked for (documented), or the whole file.
    pub range: Option<Range<u64>>,
    /// Goes into `If-Range`: gives the whole file instead of the range where it is not in this state
    /// any more.
    pub if_range: Option<String>,
}

impl OpenFile {
    /// All bytes of a file.
    pub fn whole(file: ExportFile) -> Self {
        Self { file, range: None, if_range: None }
    }
}

impl Operation for OpenFile {
    type Output = Bytes;

    fn info(&self) -> OperationInfo {
        Self::INFO
    }

    fn request(&self, base: &BaseUrl) -> Result<Request<Bytes>, Error> {
        let mut request = base
            .at("/data/foundation/export/files")
            .segment("file id", self.file.file_id.as_str())
            .query("path", Some(&self.file.name))
            .get()?;
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        // The length that the service lists is that of the bytes as they are.
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(range) = &self.range {
            let last = range.end.checked_sub(1).filter(|last| range.start <= *last);
            let last = last.ok_or_else(|| Error::invalid("a range of a file holds no byte"))?;
            let range = format!("bytes={}-{last}", range.start);
            headers.insert(header::RANGE, HeaderValue::try_from(range).map_err(unfit)?);
        }
        if let Some(state) = &self.if_range {
            let state = HeaderValue::try_from(state.as_str()).map_err(unfit)?;
            headers.insert(header::IF_RANGE, state);
        }
        Ok(request)
    }

    fn decode(&self, answer: &Answer) -> Result<Bytes, Error> {
        Ok(answer.body().clone())
    }
}

impl OpenFile {
    pub(crate) const INFO: OperationInfo =
        OperationInfo::new("files.open", Replay::Safe).unlimited_body();
}

fn unfit(error: header::InvalidHeaderValue) -> Error {
    Error::invalid("the range of a file cannot stand in a header").with_source(error)
}
