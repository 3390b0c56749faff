//! Whether a dataset can take what an export writes, seen before anything is created.

use aep_export_api::{Client, Error, ErrorKind};
use aep_export_model::{Dataset, DatasetId, ExportJobRequest, ExportObstacle, SchemaName};

use crate::context::Context;
use crate::failure::Failure;

/// Looks at the dataset that `request` writes to, if it names one. Refuses what is certain to fail,
/// and warns of the rest.
pub(crate) async fn check(
    context: &mut Context,
    client: &Client,
    request: &ExportJobRequest,
) -> Result<(), Failure> {
    let Some(id) = &request.destination.dataset_id else { return Ok(()) };
    let dataset = match client.datasets().get(id).await {
        Ok(dataset) => dataset,
        Err(error) => {
            let failure = Failure::of(&error, &format!("check dataset {id}"));
            if !may_go_on(&error) {
                return Err(failure);
            }
            context.talk.warn(&format!("{}; going on without", failure.message()));
            return Ok(());
        }
    };
    let mut certain = Vec::new();
    for obstacle in dataset.export_obstacles() {
        if obstacle.is_certain() && is_of_profiles(request) {
            certain.push(obstacle.to_string());
        } else {
            context.talk.warn(&said(id, &obstacle));
        }
    }
    if certain.is_empty() {
        return Ok(());
    }
    let what = format!("dataset {id} cannot take an export: {}", certain.join("; "));
    Err(Failure::usage(what).hint("--create-dataset NAME makes one that can"))
}

/// Warns of what speaks against exporting into a dataset.
pub(crate) fn warn(context: &mut Context, id: &DatasetId, dataset: &Dataset) {
    for obstacle in dataset.export_obstacles() {
        let text = match obstacle.is_certain() {
            true => format!("dataset {id} cannot take an export: {obstacle}"),
            false => said(id, &obstacle),
        };
        context.talk.warn(&text);
    }
}

fn said(id: &DatasetId, obstacle: &ExportObstacle) -> String {
    format!("dataset {id} may not take an export: {obstacle}")
}

/// The union schema is that of profiles; which one another schema's export needs is not documented.
fn is_of_profiles(request: &ExportJobRequest) -> bool {
    let schema = request.schema.as_ref().and_then(|schema| schema.name.as_deref());
    schema.is_none_or(|schema| schema == SchemaName::PROFILE)
}

/// Whether an error of the look says nothing about the export: who may export need not be permitted to
/// read datasets, and the catalog is another service than the one that exports.
fn may_go_on(error: &Error) -> bool {
    use ErrorKind::{Malformed, Permission, Rejected, Service, Throttled, TooLarge};
    matches!(error.kind(), Permission | Rejected | Throttled | Service | Malformed | TooLarge)
}
