//! Segment jobs among the records.

use redb::{ReadableTable, TableDefinition};

use super::{Result, Store, decode, encode};
use crate::records::{SegmentJobRecord, Tenant};

/// Tenant, segment job.
pub(super) const SEGMENT_JOBS: TableDefinition<'_, (&str, &str), &[u8]> =
    TableDefinition::new("segment jobs");

impl Store {
    pub(crate) fn create_segment_job(&self, job: &SegmentJobRecord) -> Result<()> {
        let key = job.tenant.key();
        self.change(|change| {
            let mut jobs = change.open_table(SEGMENT_JOBS)?;
            jobs.insert((key.as_str(), job.id.as_str()), encode(job)?.as_slice())?;
            Ok(())
        })
    }

    pub(crate) fn segment_job(
        &self,
        tenant: &Tenant,
        id: &str,
    ) -> Result<Option<SegmentJobRecord>> {
        let key = tenant.key();
        self.read(|read| {
            let found = read.open_table(SEGMENT_JOBS)?.get((key.as_str(), id))?;
            found.map(|found| decode(found.value())).transpose()
        })
    }

    /// Changes a segment job; `None` where there is no such job.
    pub(crate) fn update_segment_job(
        &self,
        tenant: &Tenant,
        id: &str,
        update: impl FnOnce(&mut SegmentJobRecord),
    ) -> Result<Option<SegmentJobRecord>> {
        let key = tenant.key();
        self.change(|change| {
            let mut jobs = change.open_table(SEGMENT_JOBS)?;
            let found = jobs.get((key.as_str(), id))?.map(|found| decode(found.value()));
            let Some(mut job) = found.transpose()? else { return Ok(None) };
            update(&mut job);
            jobs.insert((key.as_str(), id), encode(&job)?.as_slice())?;
            Ok(Some(job))
        })
    }

    /// A tenant's segment jobs, in no meaningful order.
    pub(crate) fn segment_jobs(&self, tenant: &Tenant) -> Result<Vec<SegmentJobRecord>> {
        let key = tenant.key();
        self.read(|read| {
            let mut found = Vec::new();
            for entry in read.open_table(SEGMENT_JOBS)?.range((key.as_str(), "")..)? {
                let (name, job) = entry?;
                if name.value().0 != key {
                    break;
                }
                found.push(decode(job.value())?);
            }
            Ok(found)
        })
    }
}
