//! The newest records of a list, as far back as a given age.

use std::time::{Duration, SystemTime};

use aep_export_model::EpochMillis;

use crate::{Client, Error, Page, PagedOperation, Pages, Record, Reply};

/// Records a page.
pub(crate) const PAGE_SIZE: u32 = 100;
/// A list that goes on beyond so many pages without coming to older records is given up.
const MOST_PAGES: usize = 100;
/// How far the service's clock and ours may be apart, and how coarse its dates are.
const SLACK: Duration = Duration::from_secs(5);

/// A list that begins with the newest record, page by page, until a page has none that is young
/// enough.
///
/// There is no other way to find jobs that run: the list of export jobs is documented to filter by
/// `NEW`, `SUCCEEDED` and `FAILED` alone.
pub(crate) struct Newest<L: PagedOperation> {
    client: Client,
    pages: Option<Pages<L>>,
    created: fn(&L::Record) -> Option<EpochMillis>,
    age: Duration,
    since: Option<i64>,
    read: usize,
}

/// A record of the list.
pub(crate) struct Seen<T> {
    pub(crate) record: Record<T>,
    /// It is young enough, as far as is known: a record need not say when it was made.
    pub(crate) young: bool,
}

impl<L: PagedOperation> Newest<L> {
    /// Records of `list` that were made at most `age` ago, as `created` says.
    pub(crate) fn new(
        client: &Client,
        list: L,
        created: fn(&L::Record) -> Option<EpochMillis>,
        age: Duration,
    ) -> Self {
        let pages = Some(Pages::new(client.clone(), list));
        Self { client: client.clone(), pages, created, age, since: None, read: 0 }
    }

    /// The records of the next page, or `None` when there are no younger ones. Those that cannot be
    /// read are left out.
    pub(crate) async fn next_page(&mut self) -> Result<Option<Vec<Seen<L::Record>>>, Error> {
        let Some(pages) = &mut self.pages else { return Ok(None) };
        if self.read >= MOST_PAGES {
            return Err(Error::malformed(format!(
                "{MOST_PAGES} pages of the list hold nothing that is older than the search goes back"
            )));
        }
        let Some(page) = pages.next_page().await? else { return Ok(None) };
        self.read += 1;
        let since = match self.since {
            Some(since) => since,
            None => *self.since.insert(earliest(&self.client, &page, self.age)),
        };
        let seen: Vec<_> = page
            .into_value()
            .records
            .into_iter()
            .flatten()
            .map(|record| {
                let young = (self.created)(&record).is_none_or(|time| time.get() >= since);
                Seen { record, young }
            })
            .collect();
        if !seen.iter().any(|seen| seen.young) {
            self.pages = None;
        }
        Ok(Some(seen))
    }
}

/// The creation time, in milliseconds, of the oldest record that is looked for, by the service's own
/// clock where its answer tells it.
fn earliest<T>(client: &Client, page: &Reply<Page<T>>, age: Duration) -> i64 {
    let now = page.answered_at().unwrap_or_else(|| client.clock().now());
    let since = now.checked_sub(age.saturating_add(SLACK)).unwrap_or(SystemTime::UNIX_EPOCH);
    let since = since.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
