//! From a plan to a job: names looked up, the dataset made, the job created.

use std::time::Duration;

use aep_export_api::{
    Client, CreateDataset, CreateExportJob, CreateSegmentJob, GetDataset, Keyed, ListAudiences,
    ListExportJobs, LostCreate, LostDataset, Record,
};
use aep_export_model::{Dataset, DatasetId, ExportJob, ExportJobRequest, JobId, NewDataset};
use aep_export_transport::{SystemRandom, new_request_id};
use bytes::Bytes;
use serde_json::json;

use crate::audience_name::find_audience;
use crate::context::Context;
use crate::dry_run::DryRun;
use crate::evaluation::{self, Evaluated};
use crate::failure::{Failure, Kind};
use crate::fitness;
use crate::interruption::Stage;
use crate::lost::{self, DATASET, JOB, look_first};
use crate::plan::flags::JobFlags;
use crate::plan::{self, Plan, Resolved};

/// A job that was just created, or that does already what was asked for.
pub(crate) struct Made {
    pub(crate) id: JobId,
    pub(crate) job: Record<ExportJob>,
}

/// Checks what was asked for, and says what may not be meant.
pub(crate) async fn plan(context: &mut Context, flags: JobFlags) -> Result<Plan, Failure> {
    let file = match flags.file.clone() {
        Some(path) => {
            let variables = context.variables.clone();
            let read = move |mut stdin| plan::read(&path, &mut stdin, &variables);
            Some(context.reading(read).await?)
        }
        None => None,
    };
    let plan = Plan::new(flags, file)?;
    for warning in &plan.warnings {
        context.talk.warn(warning);
    }
    Ok(plan)
}

/// What is done around the creation of a job.
#[derive(Debug, Default)]
pub(crate) struct Care {
    /// An interrupt cancels what was made. What was there already is somebody else's and goes on.
    pub(crate) cancel: bool,
    /// The dataset is looked at before anything is created.
    pub(crate) check_dataset: bool,
    /// The segments are evaluated before they are exported.
    pub(crate) evaluate_first: bool,
    /// Time between two looks at that.
    pub(crate) interval: Option<Duration>,
}

/// Makes the job of `plan`. Nothing is created before every name is found.
pub(crate) async fn make(
    context: &mut Context,
    client: &Client,
    plan: &Plan,
    care: &Care,
) -> Result<Made, Failure> {
    let mut resolved = Resolved::default();
    for name in plan.audiences() {
        resolved.audiences.push(find_audience(context, client, name).await?);
    }
    if care.check_dataset && plan.new_dataset().is_none() {
        fitness::check(context, client, &plan.request(&resolved)?).await?;
    }
    if care.evaluate_first {
        // Who attaches to an equal job evaluates nothing.
        if let Some(running) = running(context, client, plan, &resolved).await? {
            return Ok(running);
        }
        let evaluated = Evaluated::of(&plan.request(&resolved)?)?;
        let request = &evaluated.request;
        evaluation::first(context, client, request, care.interval, care.cancel).await?;
    }
    if let Some(name) = plan.new_dataset() {
        resolved.dataset = Some(create_dataset(context, client, name).await?.0);
    }
    if let Some(running) = running(context, client, plan, &resolved).await? {
        return Ok(running);
    }
    let document = plan.document(&resolved)?;
    sign_in(client).await?;
    create_job(context, client, document, care.cancel).await
}

/// With `--once` the job that is there already.
async fn running(
    context: &mut Context,
    client: &Client,
    plan: &Plan,
    resolved: &Resolved,
) -> Result<Option<Made>, Failure> {
    let Some(age) = plan.once() else { return Ok(None) };
    let running = find_running(context, client, &plan.request(resolved)?, age).await?;
    if let Some(running) = &running {
        context.job_goes_on(&running.id, false);
    }
    Ok(running)
}

async fn create_job(
    context: &mut Context,
    client: &Client,
    document: Bytes,
    cancel: bool,
) -> Result<Made, Failure> {
    context.create_leaves(JOB);
    let began = context.clock.elapsed();
    // Known also to whoever is interrupted before there is an answer.
    let sent_id = new_request_id(&SystemRandom);
    context.stage.sent_under(&sent_id);
    let operation = CreateExportJob::from_document(document.clone()).request_id(sent_id.clone());
    let (job, is_found) = match client.execute(&operation).await {
        Ok(reply) => (reply.into_record(), false),
        Err(error) => {
            let failure = Failure::of(&error, "create the job");
            if !error.outcome_unknown() {
                return Err(look_first(context, failure, JOB));
            }
            let age = context.clock.elapsed().saturating_sub(began);
            let search = async {
                let lost = LostCreate::of_document(&document, age)?.request_id(sent_id);
                client.export_jobs().reconcile(&lost).await
            };
            let id = |job: &ExportJob| job.id.as_ref().map(ToString::to_string);
            (lost::find(context, JOB, failure, search, id).await?, true)
        }
    };
    let Some(id) = job.value.id.clone() else {
        let failure = Failure::new(Kind::UnknownOutcome, "the job was created without an id");
        return Err(look_first(context, failure, JOB));
    };
    context.job_goes_on(&id, cancel);
    if !is_found {
        context.talk.note(&format!("job {id} created"));
    }
    Ok(Made { id, job })
}

/// Has a token before anything is created: what is interrupted after this was sent.
pub(crate) async fn sign_in(client: &Client) -> Result<(), Failure> {
    client.sign_in().await.map_err(|error| Failure::of(&error, "sign in"))?;
    Ok(())
}

/// The newest job under way that is equal to what `request` asks for.
async fn find_running(
    context: &mut Context,
    client: &Client,
    request: &ExportJobRequest,
    age: Duration,
) -> Result<Option<Made>, Failure> {
    let running = client
        .export_jobs()
        .find_running(request, age)
        .await
        .map_err(|error| Failure::of(&error, "look for an equal job"))?;
    let equal: Vec<Made> = running.equal.into_iter().filter_map(Made::of).collect();
    let also: Vec<String> = equal.iter().skip(1).map(|made| made.id.to_string()).collect();
    let others = match also.as_slice() {
        [] => String::new(),
        ids => format!("; so do {}, which were created earlier", ids.join(", ")),
    };
    let Some(newest) = equal.into_iter().next() else {
        for unclear in running.unclear.iter().filter_map(|job| job.id.as_ref()) {
            context.talk.warn(&format!(
                "job {unclear} is running and may be equal, but the service does not repeat all \
                 that is asked for here; another one is created"
            ));
        }
        return Ok(None);
    };
    let id = &newest.id;
    let status = newest.job.status.as_ref().map_or("no status", |status| status.as_str());
    context.talk.event(
        &json!({ "event": "attached", "job_id": id.as_str(), "status": status, "also": also }),
        &format!(
            "attached to job {id}, which does the same already ({status}){others}; none created"
        ),
    );
    if request.evaluation_info.as_ref().is_some_and(|info| info.segmentation == Some(true)) {
        context.talk.warn(&format!(
            "whether job {id} evaluates its segments first, the service does not tell"
        ));
    }
    Ok(Some(newest))
}

impl Made {
    /// A job without an id cannot be asked for again.
    fn of(job: Record<ExportJob>) -> Option<Self> {
        Some(Self { id: job.value.id.clone()?, job })
    }
}

/// Makes a dataset that exports can write to, and gives what the service said.
pub(crate) async fn create_dataset(
    context: &mut Context,
    client: &Client,
    name: &str,
) -> Result<(DatasetId, Bytes), Failure> {
    sign_in(client).await?;
    context.create_leaves(DATASET);
    let began = context.clock.elapsed();
    let dataset = NewDataset::for_exports(name);
    let (id, raw) = match client.datasets().create(&dataset).await {
        Ok(reply) => {
            context.talk.note(&format!("dataset {} created ({name})", reply.value()));
            (reply.value().clone(), reply.raw().clone())
        }
        Err(error) => {
            let failure = Failure::of(&error, &format!("create the dataset {name:?}"));
            if !error.outcome_unknown() {
                return Err(look_first(context, failure, DATASET));
            }
            let age = context.clock.elapsed().saturating_sub(began);
            let lost = LostDataset::new(dataset, age);
            let datasets = client.datasets();
            let id = |dataset: &Keyed<DatasetId, Dataset>| Some(dataset.id.to_string());
            let found =
                lost::find(context, DATASET, failure, datasets.reconcile(&lost), id).await?;
            let id = found.value.id;
            // As the service would have said.
            let raw = json!([format!("@/dataSets/{id}")]).to_string();
            (id, raw.into())
        }
    };
    context.stage = Stage::Plain;
    Ok((id, raw))
}

/// What stands for the names while nothing is looked up.
pub(crate) fn placeholders(plan: &Plan) -> Resolved {
    let audience = |name: &String| format!("<id of the audience {name:?}>").into();
    Resolved {
        dataset: plan.new_dataset().map(|_| "<id of the new dataset>".into()),
        audiences: plan.audiences().iter().map(audience).collect(),
    }
}

/// The requests that [`make`] would send.
pub(crate) fn dry_run(context: &Context, plan: &Plan, care: &Care) -> Result<DryRun, Failure> {
    let mut dry = DryRun::new(context)?;
    let resolved = placeholders(plan);
    let request = plan.request(&resolved)?;
    if !plan.audiences().is_empty() {
        dry = dry.then(&ListAudiences::default())?;
    }
    if care.check_dataset
        && plan.new_dataset().is_none()
        && let Some(id) = request.destination.dataset_id.clone()
    {
        dry = dry.then(&GetDataset { id })?;
    }
    if plan.once().is_some() {
        dry = dry.then(&ListExportJobs { limit: Some(100), ..ListExportJobs::default() })?;
    }
    if care.evaluate_first {
        dry = dry.then(&CreateSegmentJob { request: Evaluated::of(&request)?.request })?;
    }
    if let Some(name) = plan.new_dataset() {
        dry = dry.then(&CreateDataset { dataset: NewDataset::for_exports(name) })?;
    }
    dry.then(&CreateExportJob::from_document(plan.document(&resolved)?))
}
