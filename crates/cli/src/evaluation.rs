//! Evaluating audiences by a segment job.

use aep_export_api::{Client, Reply};
use aep_export_model::{SegmentJob, SegmentJobId, SegmentJobRequest};

use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::making::{look_first, sign_in};

/// Where segment jobs are looked for.
const LIST: &str = "segment-job list";

/// Creates a segment job. `cancel` says whether an interrupt cancels it, `then` what is to be done
/// once it has ended by whoever takes up again.
pub(crate) async fn create(
    context: &mut Context,
    client: &Client,
    request: &SegmentJobRequest,
    cancel: bool,
    then: &str,
) -> Result<(SegmentJobId, Reply<SegmentJob>), Failure> {
    sign_in(client).await?;
    context.create_leaves("segment job", LIST);
    let job = match client.segment_jobs().create(request).await {
        Ok(job) => job,
        Err(error) => {
            let failure = Failure::of(&error, "create the segment job");
            return Err(look_first(context, failure, LIST));
        }
    };
    let Some(id) = job.id.clone() else {
        let failure =
            Failure::new(Kind::UnknownOutcome, "the segment job was created without an id");
        return Err(look_first(context, failure, LIST));
    };
    context.segment_job_goes_on(&id, cancel, then);
    context.talk.note(&format!("segment job {id} created"));
    Ok((id, job))
}
