//! Which profiles and events an export lets through.

use std::collections::HashMap;

use jiff::Timestamp;

use super::profiles::{Damaged, StoredBlock, Tape, Token};
use super::request::{EventRequest, ExportRequest, MembershipStatus, SegmentRef};
use super::time::rfc3339;

/// The column that holds a profile's events.
pub(super) const EVENTS: &str = "eventList";
/// The store's own part of a profile or event, never exported.
pub(super) const ENVELOPE: &str = "_emulator";

pub(super) const MEMBERSHIPS: &str = "segmentMembership";
pub(super) const IDENTITIES: &str = "identityMap";

/// What a request lets through, ready to be asked often.
#[derive(Debug)]
pub(super) struct Filter<'r> {
    request: &'r ExportRequest,
    /// In lower case; those of `wanted` point here.
    namespaces: Vec<String>,
    wanted: Vec<Wanted<'r>>,
    /// Places in `wanted`, by segment id.
    by_id: HashMap<&'r str, Vec<usize>>,
}

/// A segment that the request names.
#[derive(Debug)]
struct Wanted<'r> {
    namespace: usize,
    statuses: &'r [MembershipStatus],
    batch: usize,
}

impl<'r> Filter<'r> {
    pub(super) fn new(request: &'r ExportRequest) -> Self {
        let mut filter =
            Self { request, namespaces: Vec::new(), wanted: Vec::new(), by_id: HashMap::new() };
        for (number, segment) in request.segments().iter().enumerate() {
            let batch = if request.segment_per_batch() { number } else { 0 };
            filter.by_id.entry(&segment.id).or_default().push(number);
            let namespace = filter.namespace(segment);
            filter.wanted.push(Wanted { namespace, statuses: &segment.statuses, batch });
        }
        filter
    }

    fn namespace(&mut self, segment: &SegmentRef) -> usize {
        let name = segment.namespace.to_ascii_lowercase();
        self.namespaces.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.namespaces.push(name);
            self.namespaces.len() - 1
        })
    }

    /// Whether the column of this name has to be read.
    pub(super) fn needs(&self, column: &str) -> bool {
        match column {
            MEMBERSHIPS => self.asks_for_memberships(),
            ENVELOPE => self.request.ingested_after().is_some(),
            _ => false,
        }
    }

    fn asks_for_memberships(&self) -> bool {
        !self.wanted.is_empty() || self.has_window()
    }

    fn has_window(&self) -> bool {
        self.request.qualified_from().is_some() || self.request.qualified_until().is_some()
    }

    /// The same for the profiles of one block.
    pub(super) fn for_block<'f>(&'f self, block: &'f StoredBlock) -> BlockFilter<'f, 'r> {
        let names = block.names();
        let namespace =
            |name: &&str| self.namespaces.iter().position(|known| known.eq_ignore_ascii_case(name));
        let segments = names.iter().map(|name| match self.by_id.get(name) {
            Some(wanted) => wanted.as_slice(),
            None => &[],
        });
        BlockFilter {
            filter: self,
            namespaces: names.iter().map(namespace).collect(),
            segments: segments.collect(),
            block,
            names,
        }
    }
}

/// A [`Filter`] that knows the names of a block.
#[derive(Debug)]
pub(super) struct BlockFilter<'f, 'r> {
    filter: &'f Filter<'r>,
    block: &'f StoredBlock,
    names: Vec<&'f str>,
    /// By name: which wanted namespace it is.
    namespaces: Vec<Option<usize>>,
    /// By name: which wanted segments have it as their id.
    segments: Vec<&'f [usize]>,
}

/// How a profile stands to a segment.
#[derive(Debug, Default)]
struct Membership<'a> {
    status: Option<&'a str>,
    qualified: Option<&'a str>,
    stamped: Option<&'a str>,
}

impl BlockFilter<'_, '_> {
    /// Calls `put` with each batch that a profile goes into, as positions in
    /// [`ExportRequest::batches`]; perhaps more than once.
    pub(super) fn batches(&self, row: usize, put: &mut dyn FnMut(usize)) -> Result<(), Damaged> {
        let request = self.filter.request;
        if !request.empty_profiles() && !self.block.is_record(row) {
            return Ok(());
        }
        if let Some(after) = request.ingested_after() {
            let envelope = self.block.column(ENVELOPE).and_then(|column| column.get(row));
            let updated = self.envelope_time(envelope, "updatedAt")?;
            if updated.is_none_or(|updated| updated <= after) {
                return Ok(());
            }
        }
        if !self.filter.asks_for_memberships() {
            put(0);
            return Ok(());
        }
        match self.block.column(MEMBERSHIPS).and_then(|column| column.get(row)) {
            Some(tape) => self.memberships(tape, put),
            None => Ok(()),
        }
    }

    fn memberships(&self, mut tape: Tape<'_>, put: &mut dyn FnMut(usize)) -> Result<(), Damaged> {
        let wants_any = self.filter.wanted.is_empty();
        tape.object()?;
        while let Some(name) = tape.name()? {
            let namespace = *self.namespaces.get(name as usize).ok_or(Damaged)?;
            if (namespace.is_none() && !wants_any) || !tape.is_at_container() {
                tape.skip()?;
                continue;
            }
            tape.object()?;
            while let Some(name) = tape.name()? {
                let wanted = *self.segments.get(name as usize).ok_or(Damaged)?;
                if wanted.is_empty() && !wants_any {
                    tape.skip()?;
                    continue;
                }
                let membership = self.membership(&mut tape)?;
                if wants_any && self.counts(&NOT_EXITED, &membership) {
                    put(0);
                }
                let wanted = wanted.iter().filter_map(|number| self.filter.wanted.get(*number));
                for wanted in wanted.filter(|wanted| Some(wanted.namespace) == namespace) {
                    if self.counts(wanted.statuses, &membership) {
                        put(wanted.batch);
                    }
                }
            }
        }
        Ok(())
    }

    fn membership<'a>(&self, tape: &mut Tape<'a>) -> Result<Membership<'a>, Damaged> {
        let mut membership = Membership::default();
        if !tape.is_at_container() {
            tape.skip()?;
            return Ok(membership);
        }
        tape.object()?;
        while let Some(name) = tape.name()? {
            let field = match *self.names.get(name as usize).ok_or(Damaged)? {
                "status" => &mut membership.status,
                "lastQualificationTime" => &mut membership.qualified,
                "timestamp" => &mut membership.stamped,
                _ => {
                    tape.skip()?;
                    continue;
                }
            };
            if let Token::Text(text) = tape.token()? {
                *field = Some(text);
            }
        }
        Ok(membership)
    }

    fn counts(&self, statuses: &[MembershipStatus], membership: &Membership<'_>) -> bool {
        let in_status = statuses.iter().any(|it| Some(it.as_str()) == membership.status);
        in_status && (!self.filter.has_window() || self.is_in_window(membership))
    }

    fn is_in_window(&self, membership: &Membership<'_>) -> bool {
        let request = self.filter.request;
        let time = membership.qualified.or(membership.stamped);
        let Some(qualified) = time.and_then(rfc3339) else { return false };
        request.qualified_from().is_none_or(|from| qualified >= from)
            && request.qualified_until().is_none_or(|until| qualified < until)
    }

    /// Whether an event passes the job's and the event list's ingest times; both ends are exclusive
    /// (documented as "after" and "before").
    pub(super) fn keeps_event(
        &self,
        events: &EventRequest,
        event: Tape<'_>,
    ) -> Result<bool, Damaged> {
        let bounds = [self.filter.request.ingested_after(), events.ingested_after];
        if bounds == [None, None] && events.ingested_before.is_none() {
            return Ok(true);
        }
        let envelope = self.member(event, ENVELOPE)?;
        let Some(ingested) = self.envelope_time(envelope, "ingestedAt")? else { return Ok(false) };
        Ok(bounds.into_iter().flatten().all(|after| ingested > after)
            && events.ingested_before.is_none_or(|before| ingested < before))
    }

    /// A time of the store's own part, or else the time of the import.
    fn envelope_time(
        &self,
        envelope: Option<Tape<'_>>,
        key: &str,
    ) -> Result<Option<Timestamp>, Damaged> {
        let mut time = None;
        if let Some(envelope) = envelope
            && let Some(mut value) = self.member(envelope, key)?
            && let Token::Text(text) = value.token()?
        {
            time = rfc3339(text);
        }
        Ok(time.or_else(|| Timestamp::from_millisecond(self.block.imported()?).ok()))
    }

    /// The value with this name in an object; of anything else, none.
    fn member<'a>(&self, mut value: Tape<'a>, key: &str) -> Result<Option<Tape<'a>>, Damaged> {
        if value.token()? != Token::Object {
            return Ok(None);
        }
        while let Some(id) = value.name()? {
            if self.names.get(id as usize) == Some(&key) {
                return Ok(Some(value));
            }
            value.skip()?;
        }
        Ok(None)
    }
}

/// A qualification window without segments asks for any membership within it (assumed).
const NOT_EXITED: [MembershipStatus; 2] = [MembershipStatus::Realized, MembershipStatus::Existing];
