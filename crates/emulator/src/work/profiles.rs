//! The profiles that exports read: the sample set, or what a tenant imported.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::Works;
use crate::clock::millis;
use crate::engine::ExportError;
use crate::engine::profiles::{
    ProfileFile, Profiles, Source, StoredError, TakeError, TakeOptions, take,
};
use crate::engine::sample;
use crate::home::Home;
use crate::import::{Import, ImportError, Imported};
use crate::records::{JobRecord, ProfilesFile, ProfilesRecord, Sample, StoreError, Tenant};

/// Files of profiles that are in use.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    imported: Mutex<HashMap<String, Weak<ProfileFile>>>,
    /// Made when they are first needed, and then kept.
    samples: Mutex<HashMap<Sample, Arc<ProfileFile>>>,
}

/// Why an export has no profiles to read.
#[derive(Debug)]
pub(super) enum NoProfiles {
    Records(StoreError),
    Export(ExportError),
}

impl From<StoreError> for NoProfiles {
    fn from(error: StoreError) -> Self {
        Self::Records(error)
    }
}

impl From<StoredError> for NoProfiles {
    fn from(error: StoredError) -> Self {
        Self::Export(ExportError::Store(error.to_string()))
    }
}

/// What the names of files of profiles end with.
const ENDING: &str = ".profiles";

impl Works {
    /// Removes files of profiles that no record tells of: those of an import that was cut off.
    pub(super) fn sweep_profiles(&self, folder: &Path) -> Result<(), StoreError> {
        let records = self.store.all_profiles()?.into_iter();
        let known: HashSet<String> =
            records.flat_map(|record| record.files).map(|file| file.name).collect();
        let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(ENDING) && !known.contains(&name) {
                tracing::info!(name, "removing profiles of an import that was cut off");
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    /// The profiles of a job's tenant. They can be read as long as the value is there, whatever is
    /// imported meanwhile.
    pub(super) fn profiles_of(
        &self,
        job: &JobRecord,
        home: &Home,
        stop: &AtomicBool,
    ) -> Result<Profiles, NoProfiles> {
        let mut imported = lock(&self.shelf.imported);
        let Some(record) = self.store.profiles(&job.tenant)? else {
            drop(imported);
            return Ok(Profiles::of(vec![self.sample(job.sample, home, stop)?]));
        };
        let mut files = Vec::new();
        for ProfilesFile { name, .. } in record.files {
            let known = imported.get(&name).and_then(Weak::upgrade);
            let file = match known {
                Some(file) => file,
                None => Arc::new(ProfileFile::open(&home.profiles.join(&name))?),
            };
            imported.insert(name, Arc::downgrade(&file));
            files.push(file);
        }
        Ok(Profiles::of(files))
    }

    fn sample(
        &self,
        sample: Sample,
        home: &Home,
        stop: &AtomicBool,
    ) -> Result<Arc<ProfileFile>, NoProfiles> {
        let mut samples = lock(&self.shelf.samples);
        if let Some(file) = samples.get(&sample) {
            return Ok(file.clone());
        }
        let name = format!("sample-{}-{}{ENDING}", sample.seed, sample.count);
        let path = home.scratch().join(name);
        let source = Source::Reader(Box::new(sample::text(sample.seed, sample.count)));
        let taken = take(vec![source], &path, &TakeOptions::default(), &mut |_| go_on([stop]));
        if let Err(error) = taken {
            let _ = fs::remove_file(&path);
            return Err(NoProfiles::Export(match error {
                TakeError::Stopped => ExportError::Cancelled,
                other => ExportError::Store(other.to_string()),
            }));
        }
        let file = Arc::new(ProfileFile::open(&path)?);
        samples.insert(sample, file.clone());
        Ok(file)
    }

    /// Imports profiles, unless `stop` is set before they are all read.
    pub(crate) fn import(
        &self,
        mut import: Import,
        stop: &AtomicBool,
    ) -> Result<Imported, ImportError> {
        let Tenant { organization, sandbox } = &import.tenant;
        if !Tenant::is_organization(organization) {
            return Err(ImportError::Organization(organization.clone()));
        }
        if !Tenant::is_sandbox(sandbox) {
            return Err(ImportError::Sandbox(sandbox.clone()));
        }
        let home = self.table().home.clone().ok_or(ImportError::Stopped)?;
        let number = self.store.next_import().map_err(not_stored)?;
        let name = format!("{number:06}{ENDING}");
        let path = home.scratch().join(&name);
        let began = millis(self.clock.now());
        let options = TakeOptions { imported: Some(began), ..TakeOptions::default() };
        let mut progress = import.progress.take();
        let sources = std::mem::take(&mut import.sources);
        let taken = take(sources, &path, &options, &mut |profiles| {
            if let Some(progress) = &mut progress {
                progress(profiles);
            }
            go_on([stop, &self.ending])
        });
        let done = match taken {
            Ok(0) => Err(ImportError::Empty(import.names.join(", "))),
            Ok(profiles) => self.put(&import, &home, &path, ProfilesFile { name, profiles }, began),
            Err(error) => Err(of_import(error, &import)),
        };
        // What was put in its place is not here any more.
        let _ = fs::remove_file(&path);
        done
    }

    /// Puts the file in its place, then says so in the records. Nothing waits for the disk: after a
    /// power failure the file may be damaged, which exports notice, and its source is still there.
    fn put(
        &self,
        import: &Import,
        home: &Home,
        path: &Path,
        file: ProfilesFile,
        began: i64,
    ) -> Result<Imported, ImportError> {
        let place = home.profiles.join(&file.name);
        let segments = ProfileFile::open(path).map_err(not_stored)?.segments().clone();
        // From here on nobody begins to read profiles until it is clear which.
        let mut shelf = lock(&self.shelf.imported);
        let moved = self.store.while_open(|| fs::rename(path, &place));
        moved.map_err(not_stored)?.map_err(not_stored)?;
        let tenant = &import.tenant;
        let before = self.store.profiles(tenant).map_err(not_stored)?.unwrap_or_default();
        let profiles = file.profiles;
        let kept = if import.append { before.clone() } else { ProfilesRecord::default() };
        let now = kept.with(file, began, segments, &import.audiences);
        self.store.put_profiles(tenant, &now).map_err(not_stored)?;
        for file in before.files.iter().filter(|file| !now.files.contains(file)) {
            match shelf.remove(&file.name).and_then(|file| file.upgrade()) {
                Some(in_use) => in_use.replaced(),
                None => {
                    let _ = fs::remove_file(home.profiles.join(&file.name));
                }
            }
        }
        Ok(Imported { profiles, total: now.profiles() })
    }
}

fn go_on<const N: usize>(stops: [&AtomicBool; N]) -> ControlFlow<()> {
    if stops.iter().any(|stop| stop.load(Ordering::SeqCst)) {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn not_stored(error: impl Display) -> ImportError {
    ImportError::Store(error.to_string())
}

fn of_import(error: TakeError, import: &Import) -> ImportError {
    let file = |from: usize| import.names.get(from).cloned().unwrap_or_default();
    match error {
        TakeError::Line { from, line, reason } => {
            ImportError::Line { file: file(from), line, reason }
        }
        TakeError::Read { from, error } => ImportError::Source { file: file(from), source: error },
        TakeError::Write(error) => not_stored(error),
        TakeError::Stopped => ImportError::Stopped,
    }
}
