//! The records on disk: one redb file, every change a commit of its own.

mod segment_jobs;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use redb::{
    Database, Durability, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::segment_jobs::SEGMENT_JOBS;
use super::{DatasetRecord, JobRecord, ProfilesRecord, Tenant};

/// Counters, and the version of the layout.
const COUNTERS: TableDefinition<'_, &str, u64> = TableDefinition::new("counters");
const JOBS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("jobs");
/// Tenant, creation time, job.
const JOBS_BY_TIME: TableDefinition<'_, (&str, i64, u64), ()> =
    TableDefinition::new("jobs by time");
/// Tenant, dataset, job.
const JOBS_INTO: TableDefinition<'_, (&str, &str, u64), ()> = TableDefinition::new("jobs into");
/// Jobs whose work is still to be done.
const UNFINISHED: TableDefinition<'_, u64, ()> = TableDefinition::new("unfinished");
/// Tenant, batch: job and place among its batches.
const BATCHES: TableDefinition<'_, (&str, &str), (u64, u64)> = TableDefinition::new("batches");
/// Tenant, dataset.
const DATASETS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("datasets");

/// Tenant.
const PROFILES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("profiles");

const LAYOUT: u64 = 1;
/// The first job's id less one: ids are numbers of a few digits, as in the samples.
const BEFORE_FIRST_JOB: u64 = 1_000;

/// Why the records could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the store is closed")]
    Closed,
    #[error("{0}")]
    Records(String),
}

macro_rules! from_redb {
    ($($error:ident),+) => {
        $(impl From<redb::$error> for StoreError {
            fn from(error: redb::$error) -> Self {
                Self::Records(error.to_string())
            }
        })+
    };
}

from_redb!(
    CommitError,
    DatabaseError,
    SetDurabilityError,
    StorageError,
    TableError,
    TransactionError
);

type Result<T> = std::result::Result<T, StoreError>;

/// The records. Safe to use from many threads; unusable once closed.
#[derive(Debug)]
pub(crate) struct Store {
    database: RwLock<Option<Database>>,
    durability: Durability,
}

impl Store {
    /// Opens the records in this file, which is made if it is not there.
    pub(crate) fn open(file: &Path) -> Result<Self> {
        Self::ready(Database::create(file)?, Durability::Immediate)
    }

    /// Records that live in memory only.
    pub(crate) fn in_memory() -> Result<Self> {
        let backend = redb::backends::InMemoryBackend::new();
        Self::ready(Database::builder().create_with_backend(backend)?, Durability::None)
    }

    fn ready(database: Database, durability: Durability) -> Result<Self> {
        let store = Self { database: RwLock::new(Some(database)), durability };
        let layout = store.change(|change| {
            change.open_table(JOBS)?;
            change.open_table(JOBS_BY_TIME)?;
            change.open_table(JOBS_INTO)?;
            change.open_table(UNFINISHED)?;
            change.open_table(BATCHES)?;
            change.open_table(DATASETS)?;
            change.open_table(PROFILES)?;
            change.open_table(SEGMENT_JOBS)?;
            let mut counters = change.open_table(COUNTERS)?;
            let known = counters.get("layout")?.map(|layout| layout.value());
            if known.is_none() {
                counters.insert("layout", LAYOUT)?;
            }
            Ok(known.unwrap_or(LAYOUT))
        })?;
        if layout == LAYOUT {
            Ok(store)
        } else {
            Err(StoreError::Records(format!("their layout is {layout}, this program's {LAYOUT}")))
        }
    }

    /// Lets go of the file. Changes under way are finished first; later ones are refused.
    pub(crate) fn close(&self) {
        self.database.write().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Runs `act` unless the store is closed, and keeps it from being closed meanwhile.
    pub(crate) fn while_open<T>(&self, act: impl FnOnce() -> T) -> Result<T> {
        let guard = self.database.read().unwrap_or_else(PoisonError::into_inner);
        guard.as_ref().map(|_| act()).ok_or(StoreError::Closed)
    }

    fn read<T>(&self, look: impl FnOnce(&redb::ReadTransaction) -> Result<T>) -> Result<T> {
        let guard = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let database = guard.as_ref().ok_or(StoreError::Closed)?;
        look(&database.begin_read()?)
    }

    fn change<T>(&self, act: impl FnOnce(&WriteTransaction) -> Result<T>) -> Result<T> {
        let guard = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let database = guard.as_ref().ok_or(StoreError::Closed)?;
        let mut transaction = database.begin_write()?;
        transaction.set_durability(self.durability)?;
        let done = act(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Stores the job that `make` gives for the next free id.
    pub(crate) fn create_job(&self, make: impl FnOnce(u64) -> JobRecord) -> Result<JobRecord> {
        self.change(|change| {
            let mut counters = change.open_table(COUNTERS)?;
            let last = counters.get("last job")?.map_or(BEFORE_FIRST_JOB, |last| last.value());
            counters.insert("last job", last + 1)?;
            let job = make(last + 1);
            let tenant = job.tenant.key();
            change.open_table(JOBS)?.insert(job.id, encode(&job)?.as_slice())?;
            change.open_table(JOBS_BY_TIME)?.insert((tenant.as_str(), job.created, job.id), ())?;
            let into = (tenant.as_str(), job.dataset_id.as_str(), job.id);
            change.open_table(JOBS_INTO)?.insert(into, ())?;
            change.open_table(UNFINISHED)?.insert(job.id, ())?;
            let mut batches = change.open_table(BATCHES)?;
            for (place, batch) in (0..).zip(&job.batches) {
                batches.insert((tenant.as_str(), batch.id.as_str()), (job.id, place))?;
            }
            Ok(job)
        })
    }

    pub(crate) fn job(&self, id: u64) -> Result<Option<JobRecord>> {
        self.read(|read| find_job(&read.open_table(JOBS)?, id))
    }

    /// Changes a job. One with an outcome, or with a cancellation that is done, is finished
    /// afterwards: nobody takes up its work again.
    pub(crate) fn update_job(
        &self,
        id: u64,
        update: impl FnOnce(&mut JobRecord),
    ) -> Result<Option<JobRecord>> {
        self.change(|change| {
            let mut jobs = change.open_table(JOBS)?;
            let Some(mut job) = find_job(&jobs, id)? else { return Ok(None) };
            update(&mut job);
            jobs.insert(id, encode(&job)?.as_slice())?;
            let cancelled = job.cancel.is_some_and(|cancel| cancel.done.is_some());
            if job.outcome.is_some() || cancelled {
                change.open_table(UNFINISHED)?.remove(id)?;
            }
            Ok(Some(job))
        })
    }

    /// Notes that these jobs' work was put down in good order.
    pub(crate) fn put_down(&self, jobs: &[u64]) -> Result<()> {
        self.change(|change| {
            let mut records = change.open_table(JOBS)?;
            for id in jobs {
                let Some(mut job) = find_job(&records, *id)? else { continue };
                job.attempts = 0;
                records.insert(id, encode(&job)?.as_slice())?;
            }
            Ok(())
        })
    }

    /// A tenant's jobs, newest first, from the one after `cursor` on, until `visit` has enough.
    pub(crate) fn visit_jobs(
        &self,
        tenant: &Tenant,
        cursor: Option<(i64, u64)>,
        mut visit: impl FnMut(JobRecord) -> ControlFlow<()>,
    ) -> Result<()> {
        let key = tenant.key();
        let (time, id) = cursor.unwrap_or((i64::MAX, u64::MAX));
        self.read(|read| {
            let jobs = read.open_table(JOBS)?;
            let by_time = read.open_table(JOBS_BY_TIME)?;
            let range = (key.as_str(), i64::MIN, 0)..(key.as_str(), time, id);
            for entry in by_time.range(range)?.rev() {
                let (_, _, id) = entry?.0.value();
                let Some(job) = find_job(&jobs, id)? else { continue };
                if visit(job).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// The jobs that write into a dataset, newest first.
    pub(crate) fn jobs_into(&self, tenant: &Tenant, dataset: &str) -> Result<Vec<JobRecord>> {
        let key = tenant.key();
        self.read(|read| {
            let jobs = read.open_table(JOBS)?;
            let range = (key.as_str(), dataset, 0)..=(key.as_str(), dataset, u64::MAX);
            let mut found = Vec::new();
            for entry in read.open_table(JOBS_INTO)?.range(range)?.rev() {
                let (_, _, id) = entry?.0.value();
                found.extend(find_job(&jobs, id)?);
            }
            Ok(found)
        })
    }

    /// The jobs whose work is still to be done, of every tenant.
    pub(crate) fn unfinished(&self) -> Result<Vec<JobRecord>> {
        self.read(|read| {
            let jobs = read.open_table(JOBS)?;
            let mut found = Vec::new();
            for entry in read.open_table(UNFINISHED)?.iter()? {
                found.extend(find_job(&jobs, entry?.0.value())?);
            }
            Ok(found)
        })
    }

    /// The job that a batch belongs to, and the batch's place in it.
    pub(crate) fn batch(&self, tenant: &Tenant, id: &str) -> Result<Option<(JobRecord, usize)>> {
        let key = tenant.key();
        self.read(|read| {
            let found = read.open_table(BATCHES)?.get((key.as_str(), id))?;
            let Some((job, place)) = found.map(|found| found.value()) else { return Ok(None) };
            let job = find_job(&read.open_table(JOBS)?, job)?;
            Ok(job.map(|job| (job, usize::try_from(place).unwrap_or(usize::MAX))))
        })
    }

    pub(crate) fn create_dataset(&self, tenant: &Tenant, dataset: &DatasetRecord) -> Result<()> {
        let key = tenant.key();
        self.change(|change| {
            let mut datasets = change.open_table(DATASETS)?;
            datasets.insert((key.as_str(), dataset.id.as_str()), encode(dataset)?.as_slice())?;
            Ok(())
        })
    }

    pub(crate) fn dataset(&self, tenant: &Tenant, id: &str) -> Result<Option<DatasetRecord>> {
        let key = tenant.key();
        self.read(|read| {
            let found = read.open_table(DATASETS)?.get((key.as_str(), id))?;
            found.map(|found| decode(found.value())).transpose()
        })
    }

    /// A tenant's datasets, in no meaningful order.
    pub(crate) fn datasets(&self, tenant: &Tenant) -> Result<Vec<DatasetRecord>> {
        let key = tenant.key();
        self.read(|read| {
            let mut found = Vec::new();
            for entry in read.open_table(DATASETS)?.range((key.as_str(), "")..)? {
                let (name, dataset) = entry?;
                if name.value().0 != key {
                    break;
                }
                found.push(decode(dataset.value())?);
            }
            Ok(found)
        })
    }
}

/// Imported profiles.
impl Store {
    /// A number that no import had before.
    pub(crate) fn next_import(&self) -> Result<u64> {
        self.change(|change| {
            let mut counters = change.open_table(COUNTERS)?;
            let next = counters.get("last import")?.map_or(0, |last| last.value()) + 1;
            counters.insert("last import", next)?;
            Ok(next)
        })
    }

    /// What a tenant imported; none if it has the sample set.
    pub(crate) fn profiles(&self, tenant: &Tenant) -> Result<Option<ProfilesRecord>> {
        self.read(|read| {
            let found = read.open_table(PROFILES)?.get(tenant.key().as_str())?;
            found.map(|found| decode(found.value())).transpose()
        })
    }

    pub(crate) fn put_profiles(&self, tenant: &Tenant, profiles: &ProfilesRecord) -> Result<()> {
        self.change(|change| {
            let mut table = change.open_table(PROFILES)?;
            table.insert(tenant.key().as_str(), encode(profiles)?.as_slice())?;
            Ok(())
        })
    }

    /// What all tenants imported.
    pub(crate) fn all_profiles(&self) -> Result<Vec<ProfilesRecord>> {
        self.read(|read| {
            let mut found = Vec::new();
            for entry in read.open_table(PROFILES)?.iter()? {
                found.push(decode(entry?.1.value())?);
            }
            Ok(found)
        })
    }
}

fn find_job(jobs: &impl ReadableTable<u64, &'static [u8]>, id: u64) -> Result<Option<JobRecord>> {
    jobs.get(id)?.map(|job| decode(job.value())).transpose()
}

fn encode(record: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(record).map_err(|error| StoreError::Records(error.to_string()))
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::Records(error.to_string()))
}
