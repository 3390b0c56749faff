//! The rows: everything that the api can be asked for, each with what makes an answer right.

use std::future::IntoFuture;
use std::time::Duration;

use aep_export_api::{
    ListAudiences, ListDatasets, ListExportJobs, ListSegmentJobs, LostCreate, LostDataset,
    LostSegmentJob, Reconciled,
};
use aep_export_model::{JobStatus, NewDataset, SegmentJobRequest};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryStreamExt};

use super::scene::{Place, Scene};
use super::verdict::{Failed, listed, same, wrong};
use crate::threads::beside_threads;

/// One call.
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) nature: Nature,
    /// The emulator's name for the request that the fault strikes.
    pub(super) struck: &'static str,
    /// How many of these requests the call sends when nothing is wrong.
    pub(super) sends: u32,
    /// The first of them that the fault strikes: of a list the second page.
    pub(super) from: u32,
    pub(super) place: Place,
    pub(super) makes: Option<Makes>,
    /// Whether a good answer has no body, so that there is nothing to break in it.
    pub(super) without_body: bool,
    /// The operations and functions of the api that it runs through.
    pub(super) covers: &'static [&'static str],
    pub(super) run: for<'a> fn(&'a Scene<'a>) -> BoxFuture<'a, Result<(), Failed>>,
}

/// What is asked for, as far as the rules tell calls apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// Reads, however many requests that takes.
    Read,
    /// Makes something.
    Create,
    /// Marks a job for cancelling.
    Cancel,
    /// Needs a token, which is where the fault is.
    Token,
    /// Reads a file's bytes.
    Bytes,
    /// Waits for the end of a job.
    Wait,
}

/// What a create makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Makes {
    Job,
    SegmentJob,
    Dataset,
}

const USUAL: Call = Call {
    name: "",
    nature: Nature::Read,
    struck: "",
    sends: 1,
    from: 1,
    place: Place::Known,
    makes: None,
    without_body: false,
    covers: &[],
    run: |_| unreachable!(),
};

pub(super) const ALL: &[Call] = &[
    Call {
        name: "sign in",
        nature: Nature::Token,
        struck: "ims.token",
        covers: &["Client::sign_in"],
        run: |scene| async { Ok(scene.client.sign_in().await.map(drop)?) }.boxed(),
        ..USUAL
    },
    Call {
        name: "list jobs",
        struck: "export_jobs.list",
        sends: 3,
        from: 2,
        covers: &[
            "ListExportJobs",
            "ExportJobs::list",
            "ExportJobs::pages",
            "ExportJobs::stream",
            "Pages::next_page",
            "Client::execute",
        ],
        run: |scene| {
            let list = ListExportJobs { limit: Some(2), ..Default::default() };
            let jobs = scene.client.export_jobs().stream(list);
            listed(jobs.map_ok(|job| job.id.clone().unwrap()), &scene.house.known.jobs).boxed()
        },
        ..USUAL
    },
    Call {
        name: "get a job",
        struck: "export_jobs.get",
        covers: &["GetExportJob", "ExportJobs::get"],
        run: |scene| {
            async {
                let id = &scene.house.known.jobs[2];
                let job = scene.client.export_jobs().get(id).await?;
                same(&job.value().id, &Some(id.clone()))
            }
            .boxed()
        },
        ..USUAL
    },
    Call {
        name: "create a job",
        nature: Nature::Create,
        struck: "export_jobs.create",
        place: Place::Own,
        makes: Some(Makes::Job),
        covers: &["CreateExportJob", "ExportJobs::create"],
        run: |scene| create(scene).boxed(),
        ..USUAL
    },
    Call {
        name: "create a job (its token)",
        nature: Nature::Token,
        struck: "ims.token",
        place: Place::Own,
        makes: Some(Makes::Job),
        covers: &[],
        run: |scene| create(scene).boxed(),
        ..USUAL
    },
    Call {
        name: "cancel a job",
        nature: Nature::Cancel,
        struck: "export_jobs.cancel",
        place: Place::NewJob,
        covers: &["CancelExportJob", "ExportJobs::cancel"],
        run: |scene| {
            async {
                let id = scene.job.as_ref().unwrap();
                scene.client.export_jobs().cancel(id).await?;
                let job = scene.good.export_jobs().get(id).await?;
                match job.status {
                    Some(JobStatus::Cancelling | JobStatus::Cancelled) => Ok(()),
                    ref other => wrong(format!("the job is {other:?}")),
                }
            }
            .boxed()
        },
        ..USUAL
    },
    Call {
        name: "wait for a job",
        nature: Nature::Wait,
        struck: "export_jobs.get",
        covers: &["ExportJobs::wait"],
        run: |scene| {
            async {
                let id = &scene.house.known.jobs[1];
                let job = scene.client.export_jobs().wait(id).await?;
                same(&job.status, &Some(JobStatus::Succeeded))
            }
            .boxed()
        },
        ..USUAL
    },
    Call {
        name: "look for a lost create",
        struck: "export_jobs.list",
        place: Place::Waiting,
        covers: &["ExportJobs::reconcile"],
        run: |scene| {
            async {
                let lost = LostCreate::new(scene.request.clone().unwrap(), YEARS);
                match scene.client.export_jobs().reconcile(&lost).await? {
                    Reconciled::Found(job) => same(&job.id, &scene.job),
                    other => wrong(format!("{other:?}")),
                }
            }
            .boxed()
        },
        ..USUAL
    },
    Call {
        name: "look for an equal job",
        struck: "export_jobs.list",
        place: Place::Waiting,
        covers: &["ExportJobs::find_running"],
        run: |scene| {
            async {
                let request = scene.request.as_ref().unwrap();
                let running = scene.client.export_jobs().find_running(request, YEARS).await?;
                same(&running.newest().and_then(|job| job.id.clone()), &scene.job)
            }
            .boxed()
        },
        ..USUAL
    },
    Call {
        name: "list audiences",
        struck: "audiences.list",
        sends: 3,
        from: 2,
        covers: &[
            "ListAudiences",
            "Audiences::list",
            "Audiences::named",
            "Search",
            "Audiences::pages",
            "Audiences::stream",
        ],
        run: |scene| {
            let list = ListAudiences { limit: Some(2), ..Default::default() };
            let audiences = scene.client.audiences().stream(list);
            let ids = audiences.map_ok(|audience| audience.id.clone().unwrap());
            listed(ids, &scene.house.known.audiences).boxed()
        },
        ..USUAL
    },
    Call {
        name: "get an audience",
        struck: "audiences.get",
        covers: &["GetAudience", "Audiences::get"],
        run: |scene| {
            async {
                let id = &scene.house.known.audiences[1];
                let audience = scene.client.audiences().get(id).await?;
                same(&audience.value().id, &Some(id.clone()))
            }
            .boxed()
        },
        ..USUAL
    },
    Call {
        name: "list segment jobs",
        struck: "segment_jobs.list",
        sends: 3,
        from: 2,
        covers: &[
            "ListSegmentJobs",
            "SegmentJobs::list",
            "SegmentJobs::pages",
            "SegmentJobs::stream",
        ],
        run: |scene| {
            let list = ListSegmentJobs { limit: Some(2), ..Default::default() };
            let jobs = scene.client.segment_jobs().stream(list);
            let ids = jobs.map_ok(|job| job.id.clone().unwrap());
            listed(ids, &scene.house.known.segment_jobs).boxed()
        },
        ..USUAL
    },
    Call {
        name: "get a segment job",
        struck: "segment_jobs.get",
        covers: &["GetSegmentJob", "SegmentJobs::get"],
        run: |scene| {
            async {
                let id = &scene.house.known.segment_jobs[2];
                let job = scene.client.segment_jobs().get(id).await?;
                same(&job.value().id, &Some(id.clone()))
            }
            .boxed()
        },
        ..USUAL
    },
    Call {
        name: "create a segment job",
        nature: Nature::Create,
        struck: "segment_jobs.create",
        place: Place::Own,
        makes: Some(Makes::SegmentJob),
        covers: &["CreateSegmentJob", "SegmentJobs::create"],
        run: |scene| {
            async {
                let job = scene.client.segment_jobs().create(&scene.evaluation()).await?;
                same(&scene.segment_jobs().await, &vec![job.id.clone().unwrap()])
            }
            .boxed()
        },
        ..USUAL
    },
    Call {
        name: "look for a lost segment job",
        struck: "segment_jobs.list",
        covers: &["SegmentJobs::reconcile"],
        run: |scene| {
            async {
                let job = &scene.house.known.segment_jobs[1];
                let job = scene.good.segment_jobs().get(job).await?;
                let sent_id = job.request_id.clone().unwrap();
                let lost = LostSegmentJob::new(SegmentJobRequest::All, YEARS).request_id(sent_id);
                match scene.client.segment_jobs().reconcile(&lost).await? {
                    Reconciled::Found(found) => same(&found.id, &job.id),
                    other => wrong(format!("{other:?}")),
                }
            }
            .boxed()
        },
        ..USUAL
    },
    Call {
        name: "cancel a segment job",
        nature: Nature::Cancel,
        struck: "segment_jobs.cancel",
        place: Place::NewSegmentJob,
        without_body: true,
        covers: &["CancelSegmentJob", "SegmentJobs::cancel"],
        run: |scene| {
            async {
                let id = scene.segment_job.as_ref().unwrap();
                scene.client.segment_jobs().cancel(id).await?;
                let job = scene.good.segment_jobs().get(id).await?;
                match job.status {
                    Some(JobStatus::Cancelling | JobStatus::Cancelled) => Ok(()),
                    ref other => wrong(format!("the segment job is {other:?}")),
                }
            }
            .boxed()
        },
        ..USUAL
    },
    Call {
        name: "wait for a segment job",
        nature: Nature::Wait,
        struck: "segment_jobs.get",
        covers: &["SegmentJobs::wait"],
        run: |scene| {
            async {
                let id = &scene.house.known.segment_jobs[1];
                let job = scene.client.segment_jobs().wait(id).await?;
                same(&job.status, &Some(JobStatus::Succeeded))
            }
            .boxed()
        },
        ..USUAL
    },
    Call {
        name: "list datasets",
        struck: "datasets.list",
        sends: 3,
        from: 2,
        covers: &["ListDatasets", "Datasets::list", "Datasets::pages", "Datasets::stream"],
        run: |scene| {
            let list = ListDatasets { limit: Some(2), ..Default::default() };
            let datasets = scene.client.datasets().stream(list);
            let ids = datasets.map_ok(|dataset| dataset.value.id);
            listed(ids, &scene.house.known.datasets).boxed()
        },
        ..USUAL
    },
    Call {
        name: "get a dataset",
        struck: "datasets.get",
        covers: &["GetDataset", "Datasets::get"],
        run: |scene| {
            async {
                let id = &scene.house.known.datasets[3];
                let dataset = scene.client.datasets().get(id).await?;
                same(&dataset.value().name.as_deref(), &Some("dataset 1"))
            }
            .boxed()
        },
        ..USUAL
    },
    Call {
        name: "create a dataset",
        nature: Nature::Create,
        struck: "datasets.create",
        place: Place::Own,
        makes: Some(Makes::Dataset),
        covers: &["CreateDataset", "Datasets::create"],
        run: |scene| {
            async {
                let made = scene.client.datasets().create(&scene.new_dataset()).await?;
                same(&scene.datasets().await, &vec![made.into_value()])
            }
            .boxed()
        },
        ..USUAL
    },
    Call {
        name: "look for a lost dataset",
        struck: "datasets.list",
        covers: &["Datasets::reconcile"],
        run: |scene| {
            async {
                let lost = LostDataset::new(NewDataset::for_exports("dataset 3"), YEARS);
                match scene.client.datasets().reconcile(&lost).await? {
                    Reconciled::Found(found) => same(&found.id, &scene.house.known.datasets[1]),
                    other => wrong(format!("{other:?}")),
                }
            }
            .boxed()
        },
        ..USUAL
    },
    Call {
        name: "get a batch",
        struck: "batches.get",
        covers: &["GetBatch", "Batches::get"],
        run: |scene| {
            async {
                let id = scene.house.known.batch.as_ref().unwrap();
                let batch = scene.client.batches().get(id).await?;
                match batch.is_complete() {
                    true => Ok(()),
                    false => wrong(format!("the batch is {:?}", batch.value())),
                }
            }
            .boxed()
        },
        ..USUAL
    },
    Call {
        name: "list the files of a batch",
        struck: "files.list",
        sends: 2,
        from: 2,
        covers: &["ListFiles", "Files::of_batch"],
        run: |scene| files(scene).boxed(),
        ..USUAL
    },
    Call {
        name: "list the files of a batch (their entries)",
        struck: "files.entry",
        sends: 2,
        from: 2,
        covers: &[],
        run: |scene| files(scene).boxed(),
        ..USUAL
    },
    Call {
        name: "download a file",
        nature: Nature::Bytes,
        struck: "files.open",
        covers: &["OpenFile", "Files::open", "Files::downloader", "Client::open"],
        run: |scene| download(scene).boxed(),
        ..USUAL
    },
];

/// Since before the first call was made.
const YEARS: Duration = Duration::from_secs(20 * 365 * 24 * 3600);

async fn create(scene: &Scene<'_>) -> Result<(), Failed> {
    let request = scene.request.as_ref().unwrap();
    let job = scene.client.export_jobs().create(request).await?;
    same(&scene.jobs().await, &vec![job.id.clone().unwrap()])
}

async fn files(scene: &Scene<'_>) -> Result<(), Failed> {
    let batch = scene.house.known.batch.as_ref().unwrap();
    listed(scene.client.files().of_batch(batch), &scene.house.known.files).await
}

/// Nothing but the whole file ever stands under its name.
async fn download(scene: &Scene<'_>) -> Result<(), Failed> {
    let known = &scene.house.known;
    let dir = tempfile::tempdir().unwrap();
    let file = &known.files[0];
    let download = scene.client.files().downloader().files([file.clone()]).to(dir.path());
    let done = beside_threads(download.into_future()).await;
    let bytes = std::fs::read(dir.path().join(&file.name)).ok();
    match (done, bytes) {
        (Ok(_), Some(bytes)) if bytes == known.bytes => Ok(()),
        (Err(error), None) => Err(error.into_failures().remove(0).error.into()),
        (done, bytes) => {
            wrong(format!("{done:?}, and a file of {:?} bytes", bytes.map(|bytes| bytes.len())))
        }
    }
}
