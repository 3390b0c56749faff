//! Looking for what a create without an answer may have made.
//!
//! The services have no key by which a create could be asked about (none is documented). What is left
//! is their lists, newest first: what carries the id we sent is ours; so is, most likely, the only
//! thing of that minute that is equal to what was asked for.

mod dataset;
mod export_job;
mod segment_job;

use std::time::Duration;

use aep_export_model::{EpochMillis, ExportJob};

pub use dataset::LostDataset;
pub use export_job::LostCreate;
pub use segment_job::LostSegmentJob;

use crate::likeness::Likeness;
use crate::newest::Newest;
use crate::{Client, Error, PagedOperation, Record};

/// The pauses before each look: what was made may take a moment to be listed.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(5)];

/// What became of a create whose outcome was not known.
#[derive(Debug)]
#[non_exhaustive]
pub enum Reconciled<T = ExportJob> {
    /// This is the one.
    Found(Box<Record<T>>),
    /// Nothing that could be it is listed. That is not certain for ever: a list may lag behind.
    None,
    /// Any of these could be it, and nothing tells which, or whether: there are several equal ones,
    /// or they do not repeat all that was asked for.
    Ambiguous(Vec<Record<T>>),
}

/// What a list has records of.
type RecordOf<L> = <<L as Lost>::List as PagedOperation>::Record;

/// A create whose outcome is not known, and how what it made would be recognised.
pub(crate) trait Lost: Sync {
    /// Where it would be listed.
    type List: PagedOperation;

    /// That list, the newest first.
    fn list(&self) -> Self::List;

    /// How long ago the create was begun, at most.
    fn age(&self) -> Duration;

    /// The id that it was sent under, if that is known and comes back.
    fn sent_id(&self) -> Option<&str>;

    /// When a record of the list was made.
    fn created(record: &RecordOf<Self>) -> Option<EpochMillis>;

    /// The id that the create of a record was sent under.
    fn carried_id(record: &RecordOf<Self>) -> Option<&str>;

    /// How alike a record and what was asked for are.
    fn likeness(&self, record: &RecordOf<Self>) -> Likeness;

    /// Whether a record carries the id that was sent.
    fn is_ours(&self, record: &RecordOf<Self>) -> bool {
        self.sent_id().is_some() && self.sent_id() == Self::carried_id(record)
    }

    /// Whether a later look may show something that is more likely ours than what was `seen`. What is
    /// equal and carries another id is perhaps of somebody who asked for the same at the same time,
    /// while our own is not listed yet.
    fn may_come_later_than(&self, seen: &Reconciled<RecordOf<Self>>) -> bool {
        match seen {
            Reconciled::None => true,
            Reconciled::Found(record) => {
                self.sent_id().is_some()
                    && Self::carried_id(record).is_some()
                    && !self.is_ours(record)
            }
            Reconciled::Ambiguous(_) => self.sent_id().is_some(),
        }
    }
}

impl Client {
    pub(crate) async fn reconcile<L: Lost>(
        &self,
        lost: &L,
    ) -> Result<Reconciled<RecordOf<L>>, Error> {
        let began = self.clock().elapsed();
        let mut seen = Reconciled::None;
        for pause in LOOKS {
            if !pause.is_zero() {
                self.clock().sleep(pause).await;
            }
            let age = lost.age().saturating_add(self.clock().elapsed().saturating_sub(began));
            match self.look_for(lost, age).await {
                Ok(now) if !lost.may_come_later_than(&now) => return Ok(now),
                // What an earlier look has seen is more than nothing.
                Ok(Reconciled::None) => {}
                Ok(now) => seen = now,
                Err(error) if matches!(seen, Reconciled::None) => return Err(error),
                Err(_) => break,
            }
        }
        Ok(seen)
    }

    async fn look_for<L: Lost>(
        &self,
        lost: &L,
        age: Duration,
    ) -> Result<Reconciled<RecordOf<L>>, Error> {
        let (mut equal, mut unclear) = (Vec::new(), Vec::new());
        let mut newest = Newest::new(self, lost.list(), L::created, age);
        while let Some(page) = newest.next_page().await? {
            for seen in page {
                if lost.is_ours(&seen.record) {
                    return Ok(Reconciled::Found(Box::new(seen.record)));
                }
                match lost.likeness(&seen.record) {
                    Likeness::Equal if seen.young => equal.push(seen.record),
                    Likeness::Unclear if seen.young => unclear.push(seen.record),
                    _ => {}
                }
            }
        }
        Ok(match (equal.len(), unclear.len()) {
            (0, 0) => Reconciled::None,
            (0, _) => Reconciled::Ambiguous(unclear),
            (1, _) => equal.pop().map_or(Reconciled::None, |one| Reconciled::Found(Box::new(one))),
            _ => Reconciled::Ambiguous(equal),
        })
    }
}
