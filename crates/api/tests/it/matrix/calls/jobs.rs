//! Signing in, and export jobs.

use aep_export_api::{ListExportJobs, LostCreate, Reconciled};
use aep_export_model::JobStatus;
use futures_util::{FutureExt, TryStreamExt};

use super::{Call, Makes, Nature, USUAL, YEARS};
use crate::matrix::scene::{Place, Scene};
use crate::matrix::verdict::{Failed, listed, same, wrong};

pub(super) const CALLS: &[Call] = &[
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
];

async fn create(scene: &Scene<'_>) -> Result<(), Failed> {
    let request = scene.request.as_ref().unwrap();
    let job = scene.client.export_jobs().create(request).await?;
    same(&scene.jobs().await, &vec![job.id.clone().unwrap()])
}
