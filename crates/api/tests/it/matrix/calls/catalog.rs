//! Datasets and batches.

use aep_export_api::{ListDatasets, LostDataset, Reconciled};
use aep_export_model::NewDataset;
use futures_util::{FutureExt, TryStreamExt};

use super::{Call, Makes, Nature, USUAL, YEARS};
use crate::matrix::scene::Place;
use crate::matrix::verdict::{listed, same, wrong};

pub(super) const CALLS: &[Call] = &[
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
];
