//! Where the calls are made: an emulator whose jobs are done at once and one whose jobs wait for
//! ever, with places in them that stay as they are, and places for calls that change something.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aep_export_api::{
    Client, ClientBuilder, ExportFile, ListDatasets, ListExportJobs, ListSegmentJobs, RetryPolicy,
    Secret,
};
use aep_export_emulator::{CLIENT_ID, CLIENT_SECRET, Emulator, Pace, SANDBOX, Service};
use aep_export_model::{
    BatchId, DatasetId, ExportJobRequest, JobId, NewDataset, SegmentFilter, SegmentId,
    SegmentJobId, SegmentJobRequest,
};
use aep_export_transport::layers::Stack;
use aep_export_transport::testing::ManualClock;
use aep_export_transport::{ImsCredentials, ImsTokenSource, Random};
use futures_util::TryStreamExt;

use super::calls::{Call, Nature};
use crate::emulated::{self, InProcess};

/// Longer than all calls together take.
const FOR_EVER: Duration = Duration::from_secs(20 * 365 * 24 * 3600);

/// Jobs stay in the queue.
const WAITING: Pace =
    Pace::Phases { queue: FOR_EVER, read: FOR_EVER, write: FOR_EVER, cancel: FOR_EVER };

/// Two emulators on one clock, and what is known of the places that stay as they are.
pub(super) struct House {
    pub(super) clock: ManualClock,
    quick: Side,
    slow: Side,
    pub(super) known: Known,
}

/// One of the emulators.
struct Side {
    wire: Arc<InProcess>,
    /// A token for all whose own is not the point.
    tokens: Arc<ImsTokenSource>,
}

/// What is in the places that stay as they are.
#[derive(Default)]
pub(super) struct Known {
    /// Jobs that have ended, the newest first.
    pub(super) jobs: Vec<JobId>,
    /// Segment jobs that have ended, the newest first.
    pub(super) segment_jobs: Vec<SegmentJobId>,
    /// The newest first.
    pub(super) datasets: Vec<DatasetId>,
    pub(super) audiences: Vec<SegmentId>,
    pub(super) batch: Option<BatchId>,
    pub(super) files: Vec<ExportFile>,
    pub(super) bytes: Vec<u8>,
    /// A job that waits, and what it does.
    waiting: Option<(JobId, ExportJobRequest)>,
    /// What the jobs do that wait in a crowd.
    crowd: Option<ExportJobRequest>,
}

/// Where one call is made.
pub(super) struct Scene<'a> {
    pub(super) house: &'a House,
    side: &'a Side,
    /// The client that meets the fault.
    pub(super) client: Client,
    /// A client for what is looked at before and afterwards.
    pub(super) good: Client,
    /// What a create asks for, or the job was created by.
    pub(super) request: Option<ExportJobRequest>,
    /// The one job that the call is about.
    pub(super) job: Option<JobId>,
    /// The one segment job that the call is about.
    pub(super) segment_job: Option<SegmentJobId>,
}

/// What a call finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Jobs that have ended, datasets and files, which stay as they are.
    Known,
    /// One job that waits, and stays so.
    Waiting,
    /// A new job that waits, in a crowd of such.
    NewJob,
    /// The same of segment jobs.
    NewSegmentJob,
    /// A sandbox of its own with a dataset and without a job.
    Own,
}

impl Side {
    async fn open(pace: Pace, clock: &ManualClock) -> Self {
        // The files of a batch come one by one, as those of a large one come in many pages.
        let builder = Emulator::builder().profiles(10).pace(pace).files_per_page(1);
        let wire = InProcess::open(builder, clock);
        let wire = Arc::new(wire);
        let bare = Stack::new(wire.clone(), Arc::new(clock.clone())).build();
        let client = ImsCredentials::new(CLIENT_ID, Secret::new(CLIENT_SECRET), ["openid"]);
        let tokens = ImsTokenSource::new(bare, HOST, client, Arc::new(clock.clone())).unwrap();
        Self { wire, tokens: Arc::new(tokens) }
    }

    fn client(&self, clock: &ManualClock, sandbox: &str, seed: u64) -> ClientBuilder {
        emulated::configured(HOST)
            .transport(self.wire.clone())
            .clock(Arc::new(clock.clone()))
            .sandbox(sandbox)
            .api_key(CLIENT_ID)
            .random(Arc::new(Dice(AtomicU64::new(seed << 32))))
    }

    /// A client that nothing happens to.
    fn good_client(&self, clock: &ManualClock, sandbox: &str, seed: u64) -> Client {
        let client = self.client(clock, sandbox, seed).token_source(self.tokens.clone());
        client.retries(RetryPolicy::never()).build().unwrap()
    }
}

const HOST: &str = "http://localhost";
/// The sandbox of the crowd.
const CROWD: &str = "crowd";

impl House {
    pub(super) async fn build() -> Self {
        let clock = ManualClock::new();
        let quick = Side::open(Pace::instant(), &clock).await;
        let slow = Side::open(WAITING, &clock).await;
        let mut house = Self { clock, quick, slow, known: Known::default() };
        house.known = house.furnish().await;
        house
    }

    /// Five jobs and five segment jobs that have ended, five datasets, and the sample audiences; and a
    /// job that waits.
    async fn furnish(&self) -> Known {
        let client = self.quick.good_client(&self.clock, SANDBOX, 0);
        let mut known = Known::default();
        for number in 0..5 {
            let name = format!("dataset {number}");
            // The catalog orders by the time of creation.
            self.clock.advance(Duration::from_secs(1));
            let dataset = client.datasets().create(&NewDataset::for_exports(name)).await.unwrap();
            let request = ExportJobRequest::builder(dataset.value()).build().unwrap();
            let job = client.export_jobs().create(&request).await.unwrap();
            known.datasets.insert(0, dataset.into_value());
            known.jobs.insert(0, job.id.clone().unwrap());
        }
        let audiences = client.audiences().stream(Default::default());
        let ids = audiences.map_ok(|audience| audience.id.clone().unwrap());
        known.audiences = ids.try_collect().await.unwrap();
        for _ in 0..5 {
            self.clock.advance(Duration::from_secs(1));
            let job = client.segment_jobs().create(&SegmentJobRequest::All).await.unwrap();
            known.segment_jobs.insert(0, job.id.clone().unwrap());
        }
        let job = client.export_jobs().get(&known.jobs[0]).await.unwrap();
        let batch = job.batch_ids()[0].clone();
        known.files = client.files().of_batch(&batch).try_collect().await.unwrap();
        known.batch = Some(batch);
        let body = client.files().open(&known.files[0]).await.unwrap().into_body();
        known.bytes = body.collect(u64::MAX).await.unwrap().into();

        let client = self.slow.good_client(&self.clock, SANDBOX, 1);
        let request = request(&client, &known.audiences[0]).await;
        let job = client.export_jobs().create(&request).await.unwrap();
        known.waiting = Some((job.id.clone().unwrap(), request));
        let client = self.slow.good_client(&self.clock, CROWD, 2);
        known.crowd = Some(self::request(&client, &known.audiences[0]).await);
        known
    }

    /// A place for a call that differs from all others by its number.
    pub(super) async fn scene(&self, call: &Call, number: u64) -> Scene<'_> {
        let side = if call.place == Place::Known { &self.quick } else { &self.slow };
        let own = format!("cell{number}");
        let sandbox = match call.place {
            Place::Known | Place::Waiting => SANDBOX,
            Place::NewJob | Place::NewSegmentJob => CROWD,
            Place::Own => &own,
        };
        // Two clients, two streams of chance: no two requests have one id.
        let client = side.client(&self.clock, sandbox, 2 * number + 4);
        let client = match call.nature {
            Nature::Token => client,
            _ => client.token_source(side.tokens.clone()),
        };
        let client = client.build().unwrap();
        let good = side.good_client(&self.clock, sandbox, 2 * number + 5);
        let mut scene =
            Scene { house: self, side, client, good, request: None, job: None, segment_job: None };
        scene.furnish(call.place).await;
        scene
    }
}

impl Scene<'_> {
    async fn furnish(&mut self, place: Place) {
        let known = &self.house.known;
        match place {
            Place::Known => {}
            Place::Waiting => (self.job, self.request) = known.waiting.clone().unzip(),
            Place::NewJob => {
                let request = known.crowd.as_ref().unwrap();
                let job = self.good.export_jobs().create(request).await.unwrap();
                self.job = job.id.clone();
            }
            Place::NewSegmentJob => {
                let request = SegmentJobRequest::of(&known.audiences[..1]);
                let job = self.good.segment_jobs().create(&request).await.unwrap();
                self.segment_job = job.id.clone();
            }
            Place::Own => self.request = Some(request(&self.good, &known.audiences[0]).await),
        }
    }

    pub(super) fn service(&self) -> &Service {
        self.side.wire.service()
    }

    /// The jobs in this sandbox, the newest first.
    pub(super) async fn jobs(&self) -> Vec<JobId> {
        let jobs = self.good.export_jobs().stream(ListExportJobs::default());
        jobs.map_ok(|job| job.id.clone().unwrap()).try_collect().await.unwrap()
    }

    /// The segment jobs in this sandbox, the newest first.
    pub(super) async fn segment_jobs(&self) -> Vec<SegmentJobId> {
        let jobs = self.good.segment_jobs().stream(ListSegmentJobs::default());
        jobs.map_ok(|job| job.id.clone().unwrap()).try_collect().await.unwrap()
    }

    /// What a segment job is created by.
    pub(super) fn evaluation(&self) -> SegmentJobRequest {
        SegmentJobRequest::of(&self.house.known.audiences[..1])
    }

    /// What a dataset is created by.
    pub(super) fn new_dataset(&self) -> NewDataset {
        NewDataset::for_exports("new")
    }

    /// The datasets that the call itself made in this sandbox.
    pub(super) async fn datasets(&self) -> Vec<DatasetId> {
        let own = self.request.as_ref().and_then(|it| it.destination.dataset_id.clone());
        let datasets = self.good.datasets().stream(ListDatasets::default());
        let ids = datasets.map_ok(|dataset| dataset.value.id);
        let ids: Vec<_> = ids.try_collect().await.unwrap();
        ids.into_iter().filter(|id| Some(id) != own.as_ref()).collect()
    }
}

/// What a job is to do: export to a new dataset that nothing can be exported to, which it would find
/// out only when its time comes. That spares the work.
async fn request(client: &Client, audience: &SegmentId) -> ExportJobRequest {
    let mut dataset = NewDataset::for_exports("own");
    dataset.schema_ref.as_mut().unwrap().id = Some("another schema".to_owned());
    let dataset = client.datasets().create(&dataset).await.unwrap().into_value();
    let segment = SegmentFilter::new(audience);
    ExportJobRequest::builder(dataset).segment(segment).fields(["identityMap"]).build().unwrap()
}

/// Chance that is the same in every run (the generator is `SplitMix64`).
#[derive(Debug)]
struct Dice(AtomicU64);

impl Random for Dice {
    fn fraction(&self) -> f64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
