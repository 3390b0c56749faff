//! Lists of any kind, page by page, as far as they are wanted.

use std::borrow::Cow;

use aep_export_api::{Next, Page, PagedOperation, Pages, Record};

use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::output::Format;
use crate::output::cell::Cell;

/// How a record is written.
pub(crate) struct Shown<'a> {
    pub(crate) id: String,
    /// The record as JSON.
    pub(crate) raw: Cow<'a, [u8]>,
}

/// What is wanted of a list.
pub(crate) struct Wanted<'a, R> {
    /// What the list is called in messages: `jobs`.
    pub(crate) what: &'a str,
    /// Which flags show more of it.
    pub(crate) more: &'a str,
    /// At most so many records.
    pub(crate) limit: Option<u64>,
    /// More than one page makes the result wrong, for the reason given.
    pub(crate) one_page: Option<&'a str>,
    pub(crate) keep: &'a dyn Fn(&R) -> bool,
    /// Nothing that comes after a page of such records is wanted.
    pub(crate) is_past: &'a dyn Fn(&R) -> bool,
    pub(crate) show: &'a dyn Fn(&Record<R>) -> Shown<'_>,
    /// The values of a record, in the order of the columns.
    pub(crate) row: &'a dyn Fn(&R) -> Vec<Cell>,
}

impl<'a, R> Wanted<'a, R> {
    /// All of it, or as many as `limit` says.
    pub(crate) fn up_to(
        limit: Option<u64>,
        what: &'a str,
        show: &'a dyn Fn(&Record<R>) -> Shown<'_>,
        row: &'a dyn Fn(&R) -> Vec<Cell>,
    ) -> Self {
        let more = "without --limit all are shown";
        Self { what, more, limit, one_page: None, keep: &|_| true, is_past: &|_| false, show, row }
    }
}

/// Whether every record of a page is past: the order of a list is not promised to the millisecond, so
/// that one such record is not the end.
pub(crate) fn is_past<R>(page: &Page<R>, is_past: impl Fn(&R) -> bool) -> bool {
    let past = |record: &Result<Record<R>, _>| record.as_ref().is_ok_and(|record| is_past(record));
    !page.records.is_empty() && page.records.iter().all(past)
}

/// Reads pages and writes their records as they come. Stops reading when it has what is wanted or
/// when nobody takes it any more.
pub(crate) async fn list<O: PagedOperation>(
    context: &mut Context,
    mut pages: Pages<O>,
    wanted: Wanted<'_, O::Record>,
) -> Result<(), Failure> {
    let talk = &mut context.talk;
    let mut out = context.out.list();
    let mut unreadable = 0_u64;
    let outcome: Result<bool, Failure> = async {
        let doing = format!("list {}", wanted.what);
        while let Some(page) =
            pages.next_page().await.map_err(|error| Failure::of(&error, &doing))?
        {
            if let Some(reason) = wanted.one_page.filter(|_| page.next != Next::End) {
                return Err(Failure::usage(reason));
            }
            out.page(page.raw())?;
            for record in &page.records {
                if wanted.limit.is_some_and(|limit| out.written() >= limit) {
                    out.flush()?;
                    return Ok(true);
                }
                match record {
                    Ok(record) if (wanted.keep)(record) => {
                        let shown = (wanted.show)(record);
                        out.record(&shown.raw, &shown.id, || (wanted.row)(record))?;
                    }
                    Ok(_) => {}
                    Err(error) => {
                        unreadable += 1;
                        talk.warn(error.message());
                    }
                }
            }
            out.flush()?;
            out.check_reader()?;
            if is_past(&page, wanted.is_past) {
                return Ok(false);
            }
            if wanted.limit.is_some_and(|limit| out.written() >= limit) {
                return Ok(page.next != Next::End);
            }
        }
        Ok(false)
    }
    .await;
    let more = outcome?;
    let written = out.written();
    out.end()?;
    if written == 0 && unreadable == 0 && context.out.format() == Format::Table {
        talk.note(&format!("no {}", wanted.what));
    }
    if more {
        let these = if written == 1 { "this one".to_owned() } else { format!("these {written}") };
        talk.note(&format!("there are more {} than {these}; {}", wanted.what, wanted.more));
    }
    match unreadable {
        0 => Ok(()),
        some => Err(Failure::new(
            Kind::Partly,
            format!("{some} of the {} could not be read", wanted.what),
        )),
    }
}
