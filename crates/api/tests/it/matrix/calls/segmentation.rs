//! Audiences and segment jobs.

use aep_export_api::{ListAudiences, ListSegmentJobs, LostSegmentJob, Reconciled};
use aep_export_model::{JobStatus, SegmentJobRequest};
use futures_util::{FutureExt, TryStreamExt};

use super::{Call, Makes, Nature, USUAL, YEARS};
use crate::matrix::scene::Place;
use crate::matrix::verdict::{listed, same, wrong};

pub(super) const CALLS: &[Call] = &[
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
];
