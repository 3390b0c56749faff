//! A create whose answer is lost, over sockets: each way to lose it, and what can be known then.
//! The fault matrix has the same and more without a socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use aep_export_api::{
    BaseUrl, Client, CreateExportJob, Error, ErrorKind, ListExportJobs, LostCreate, Operation,
    Reconciled, RetryPolicy,
};
use aep_export_emulator::{Action, Emulator, Envelope, Fault, FaultAnswer, Framing};
use aep_export_model::{ExportJobRequest, JobId, NewDataset};
use aep_export_transport::testing::ManualClock;
use aep_export_transport::{Clock, Sleep, TokioClock};
use futures_util::future::{Either, select};
use tokio::net::TcpListener;

use crate::emulated;

/// The real clock, but nobody waits for pauses: only time-outs take their time.
#[derive(Debug)]
struct WithoutPauses(TokioClock);

impl Clock for WithoutPauses {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        match duration <= Duration::from_secs(5) {
            true => Box::pin(std::future::ready(())),
            false => self.0.sleep(duration),
        }
    }
}

struct World {
    emulator: Emulator,
    client: Client,
    request: ExportJobRequest,
}

impl World {
    /// A dataset to export to, and then `fault` for every create.
    async fn under(fault: Fault) -> Self {
        Self::on(Arc::new(WithoutPauses(TokioClock::new())), fault).await
    }

    async fn on(clock: Arc<dyn Clock>, fault: Fault) -> Self {
        let emulator = Emulator::builder().profiles(10).start().await.unwrap();
        let client = emulated::configured(&emulator.url()).clock(clock).build().unwrap();
        let dataset = client.datasets().create(&NewDataset::for_exports("gold")).await.unwrap();
        let request = ExportJobRequest::builder(dataset.into_value()).build().unwrap();
        emulator.set_faults([fault.on("export_jobs.create")]).unwrap();
        Self { emulator, client, request }
    }

    /// The same emulator, but the calls themselves go to `url`.
    fn elsewhere(&self, url: &str) -> Client {
        emulated::configured(&self.emulator.url())
            .base_url(url)
            .clock(Arc::new(WithoutPauses(TokioClock::new())))
            .build()
            .unwrap()
    }

    /// The same emulator, asked on a clock that moves.
    fn without_pauses(self) -> Self {
        Self { client: self.elsewhere(&self.emulator.url()), ..self }
    }

    /// How many creates have arrived.
    fn creates(&self) -> usize {
        let is_create = |operation| operation == Some("export_jobs.create");
        self.emulator.requests().iter().filter(|seen| is_create(seen.operation)).count()
    }

    /// Completes once a create was carried out and its answer is kept back.
    async fn create_is_lost(&self) {
        while !self.emulator.requests().iter().any(|seen| seen.lost) {
            tokio::task::yield_now().await;
        }
    }

    async fn jobs(&self) -> Vec<JobId> {
        let page = self.client.export_jobs().list(&ListExportJobs::default()).await.unwrap();
        let records = page.into_value().records.into_iter();
        records.map(|record| record.unwrap().id.clone().unwrap()).collect()
    }

    /// The job that a create has made after all. `error` is how the create ended.
    async fn found(&self, error: Option<&Error>) -> Option<JobId> {
        let mut lost = LostCreate::new(self.request.clone(), Duration::from_secs(90));
        if let Some(error) = error {
            assert!(error.outcome_unknown(), "{error}");
            lost = lost.request_id(error.attempts().unwrap().sent_request_id().unwrap());
        }
        match self.client.export_jobs().reconcile(&lost).await.unwrap() {
            Reconciled::Found(job) => job.id.clone(),
            Reconciled::None => None,
            other => panic!("{other:?}"),
        }
    }

    async fn create(&self) -> Error {
        self.client.export_jobs().create(&self.request).await.unwrap_err()
    }
}

/// What the service did is known in the end, and it did it once.
async fn made_once_and_found(action: Action) {
    let world = World::under(Fault::new(action).after()).await;
    let error = world.create().await;
    let found = world.found(Some(&error)).await.expect("the job was made");
    assert_eq!(world.jobs().await, [found]);
    assert_eq!(world.creates(), 1);
}

#[tokio::test]
async fn a_502_after_the_job_was_made() {
    made_once_and_found(Action::Answer(FaultAnswer::new(502))).await;
}

#[tokio::test]
async fn a_503_page_after_the_job_was_made() {
    let page = FaultAnswer::new(503).envelope(Envelope::Html);
    made_once_and_found(Action::Answer(page)).await;
}

#[tokio::test]
async fn a_connection_cut_after_the_job_was_made() {
    made_once_and_found(Action::Reset).await;
}

#[tokio::test]
async fn an_answer_whose_body_is_cut() {
    for framing in [Framing::Length, Framing::Chunked, Framing::Close] {
        made_once_and_found(Action::Cut { after: 5, framing }).await;
    }
}

#[tokio::test]
async fn a_time_out_after_the_job_was_made() {
    let clock = ManualClock::by_hand();
    let silent = Fault::new(Action::Silence).after();
    let world = World::on(Arc::new(clock.clone()), silent).await;
    let time_passes = async {
        world.create_is_lost().await;
        loop {
            clock.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    };
    let create = Box::pin(world.create());
    let Either::Left((error, _)) = select(create, Box::pin(time_passes)).await;
    assert!(error.to_string().contains("no answer within 75 s"), "{error}");
    // On a clock that stands still a search that has to pause would never end.
    let world = world.without_pauses();
    let found = world.found(Some(&error)).await.expect("the job was made");
    assert_eq!(world.jobs().await, [found]);
    assert_eq!(world.creates(), 1);
}

#[tokio::test]
async fn a_connection_cut_before_the_service_acts() {
    let world = World::under(Fault::new(Action::Reset).before()).await;
    let error = world.create().await;
    assert_eq!(world.found(Some(&error)).await, None);
    assert_eq!(world.jobs().await, []);
    assert_eq!(world.creates(), 1);
}

/// Whoever cuts it has not read a byte, which nobody can know.
#[tokio::test]
async fn a_connection_cut_before_the_request_is_read() {
    let world = World::under(Fault::new(Action::Reset)).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let taken = AtomicUsize::new(0);
    let taking = async {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            taken.fetch_add(1, Ordering::Relaxed);
            // With no time to linger the system sends RST.
            connection.set_zero_linger().unwrap();
        }
    };
    let elsewhere = world.elsewhere(&url);
    let jobs = elsewhere.export_jobs();
    let create = std::pin::pin!(jobs.create(&world.request));
    let Either::Left((created, _)) = select(create, std::pin::pin!(taking)).await;
    let error = created.unwrap_err();
    assert_eq!(taken.load(Ordering::Relaxed), 1);
    assert_eq!(world.found(Some(&error)).await, None);
    assert_eq!((world.jobs().await.len(), world.creates()), (0, 0));
}

#[tokio::test]
async fn no_connection_leaves_nothing_unknown() {
    let world = World::under(Fault::new(Action::Reset)).await;
    let nowhere = world.elsewhere("http://127.0.0.1:1");
    let error = nowhere.export_jobs().create(&world.request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(error.attempts().unwrap().made(), RetryPolicy::default().attempts);
    assert_eq!((world.jobs().await.len(), world.creates()), (0, 0));
}

/// A create that nobody waits for any more is not taken back.
#[tokio::test]
async fn a_create_that_is_dropped_may_have_made_the_job() {
    let world = World::under(Fault::new(Action::Silence).after()).await;
    let create = Box::pin(world.create());
    match select(create, Box::pin(world.create_is_lost())).await {
        Either::Left((error, _)) => panic!("{error}"),
        Either::Right(((), create)) => drop(create),
    }
    let found = world.found(None).await.expect("the job was made");
    assert_eq!(world.jobs().await, [found]);
    assert_eq!(world.creates(), 1);
}

/// Of equal jobs the id tells which is whose, although the calls never returned.
#[tokio::test]
async fn a_dropped_create_is_found_by_the_id_that_was_chosen_for_it() {
    let world = World::under(Fault::new(Action::Silence).after()).await;
    for (index, id) in ["first", "second"].into_iter().enumerate() {
        let operation = CreateExportJob::new(&world.request).unwrap().request_id(id);
        let create = Box::pin(world.client.execute(&operation));
        let lost = || world.emulator.requests().iter().filter(|seen| seen.lost).count();
        let is_lost = async {
            while lost() <= index {
                tokio::task::yield_now().await;
            }
        };
        assert!(matches!(select(create, Box::pin(is_lost)).await, Either::Right(_)));
    }
    let jobs = world.jobs().await;
    assert_eq!(jobs.len(), 2);
    let lost = LostCreate::new(world.request.clone(), Duration::from_secs(60));
    let look =
        async |lost: LostCreate| match world.client.export_jobs().reconcile(&lost).await.unwrap() {
            Reconciled::Found(job) => job.id.clone(),
            _ => None,
        };
    assert_eq!(look(lost.clone()).await, None);
    assert_eq!(look(lost.clone().request_id("first")).await.as_ref(), jobs.last());
    assert_eq!(look(lost.request_id("second")).await.as_ref(), jobs.first());
}

#[test]
fn an_id_that_no_header_can_carry_is_refused() {
    let base = BaseUrl::parse("https://platform.adobe.io").unwrap();
    let create = |id: &str| CreateExportJob::from_document("{}").request_id(id).request(&base);
    assert_eq!(create("a\nb").unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(create("ours").unwrap().headers()["x-request-id"], "ours");
}
