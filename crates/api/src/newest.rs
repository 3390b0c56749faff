//! The newest jobs of the list, as far back as a given age.

use std::time::{Duration, SystemTime};

use aep_export_model::ExportJob;

use crate::{Client, Error, ListExportJobs, Page, Pages, Record, Reply};

/// Jobs a page.
const PAGE_SIZE: u32 = 100;
/// A list that goes on beyond so many pages without coming to older jobs is given up.
const MOST_PAGES: usize = 100;
/// How far the service's clock and ours may be apart, and how coarse its dates are.
const SLACK: Duration = Duration::from_secs(5);

/// The list page by page, newest first (documented), until a page has no job that is young enough.
///
/// There is no other way to find jobs that run: the list is documented to filter by `NEW`,
/// `SUCCEEDED` and `FAILED` alone.
pub(crate) struct Newest {
    client: Client,
    pages: Option<Pages<ListExportJobs>>,
    age: Duration,
    since: Option<i64>,
    read: usize,
}

/// A job of the list.
pub(crate) struct Seen {
    pub(crate) job: Record<ExportJob>,
    /// It is young enough, as far as is known: a job need not say when it was made.
    pub(crate) young: bool,
}

impl Newest {
    /// Jobs that were made at most `age` ago.
    pub(crate) fn new(client: &Client, age: Duration) -> Self {
        let list = ListExportJobs { limit: Some(PAGE_SIZE), ..ListExportJobs::default() };
        let pages = Some(client.export_jobs().pages(list));
        Self { client: client.clone(), pages, age, since: None, read: 0 }
    }

    /// The jobs of the next page, or `None` when there are no younger ones. Records that cannot be
    /// read are left out.
    pub(crate) async fn next_page(&mut self) -> Result<Option<Vec<Seen>>, Error> {
        let Some(pages) = &mut self.pages else { return Ok(None) };
        if self.read >= MOST_PAGES {
            return Err(Error::malformed(format!(
                "{MOST_PAGES} pages of the list hold no job that is older than the search goes back"
            )));
        }
        let Some(page) = pages.next_page().await? else { return Ok(None) };
        self.read += 1;
        let since = match self.since {
            Some(since) => since,
            None => *self.since.insert(earliest(&self.client, &page, self.age)),
        };
        let seen: Vec<Seen> = page
            .into_value()
            .records
            .into_iter()
            .flatten()
            .map(|job| {
                let young = job.creation_time.is_none_or(|time| time.get() >= since);
                Seen { job, young }
            })
            .collect();
        if !seen.iter().any(|seen| seen.young) {
            self.pages = None;
        }
        Ok(Some(seen))
    }
}

/// The creation time, in milliseconds, of the oldest job that is looked for, by the service's own
/// clock where its answer tells it.
fn earliest(client: &Client, page: &Reply<Page<ExportJob>>, age: Duration) -> i64 {
    let now = page.answered_at().unwrap_or_else(|| client.clock().now());
    let since = now.checked_sub(age.saturating_add(SLACK)).unwrap_or(SystemTime::UNIX_EPOCH);
    let since = since.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
