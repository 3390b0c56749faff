//! Tokens that end or are refused in the middle of something, and tokens that clients share.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aep_export_api::{Client, ErrorKind, ListExportJobs, Secret};
use aep_export_emulator::{Action, Builder, Emulator, Fault, Pace};
use aep_export_model::{ExportJobRequest, JobId, NewDataset};
use aep_export_transport::testing::{Capture, ManualClock, Scripted};
use aep_export_transport::{
    Clock, SharedTransport, StoredToken, TokenStore, TokenStoreError, TokenStoreLock,
};
use futures_util::future::join_all;

use crate::emulated::{configured, wire};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

/// A client of an emulator, what it sends, and the clock of both.
struct Watched {
    client: Client,
    wire: Capture<SharedTransport>,
    clock: ManualClock,
}

impl Watched {
    fn of(builder: Builder) -> Self {
        let clock = ManualClock::new();
        Self::on(wire(builder, &clock), clock)
    }

    /// A client on `clock`, which need not be the service's.
    fn on(wire: SharedTransport, clock: ManualClock) -> Self {
        let wire = Capture::new(wire);
        let client = configured("http://localhost")
            .transport(Arc::new(wire.clone()))
            .clock(Arc::new(clock.clone()))
            .build()
            .unwrap();
        Self { client, wire, clock }
    }

    async fn create_job(&self) -> JobId {
        let dataset = NewDataset::for_exports("gold");
        let dataset = self.client.datasets().create(&dataset).await.unwrap().into_value();
        let request = ExportJobRequest::builder(dataset).build().unwrap();
        self.client.export_jobs().create(&request).await.unwrap().id.clone().unwrap()
    }

    fn asked_for_tokens(&self) -> usize {
        self.wire.requests().iter().filter(|sent| sent.uri().path() == "/ims/token/v3").count()
    }

    /// Query and token of each request for a page, in order.
    fn pages(&self) -> Vec<(String, String)> {
        let sent = self.wire.requests();
        let pages = sent.iter().filter(|sent| {
            sent.method() == http::Method::GET && sent.uri().path().ends_with("/export/jobs")
        });
        let token = |sent: &http::Request<bytes::Bytes>| sent.headers()["authorization"].clone();
        pages
            .map(|sent| {
                let query = sent.uri().query().unwrap_or_default().to_owned();
                (query, token(sent).to_str().unwrap().to_owned())
            })
            .collect()
    }
}

#[tokio::test]
async fn waiting_outlives_the_token() {
    for (life, tokens) in [(24 * HOUR, 2..=2), (HOUR, 29..=34)] {
        let pace = Pace::Phases { queue: 30 * HOUR, read: MINUTE, write: MINUTE, cancel: MINUTE };
        let world = Watched::of(Emulator::builder().pace(pace).token_lifetime(life));
        let id = world.create_job().await;
        world.client.export_jobs().wait(&id).interval(5 * MINUTE).await.unwrap();
        assert!(world.clock.elapsed() > 30 * HOUR);
        assert!(tokens.contains(&world.asked_for_tokens()), "{}", world.asked_for_tokens());
    }
}

/// Every job of a list of three pages, with what happens `between` the first page and the second.
async fn listed(world: &Watched, between: impl FnOnce()) -> Vec<JobId> {
    let list = ListExportJobs { limit: Some(2), ..ListExportJobs::default() };
    let mut pages = world.client.export_jobs().pages(list);
    let mut ids = Vec::new();
    let mut between = Some(between);
    while let Some(page) = pages.next_page().await.unwrap() {
        ids.extend(page.records.iter().map(|job| job.as_ref().unwrap().id.clone().unwrap()));
        if let Some(between) = between.take() {
            between();
        }
    }
    ids
}

fn goes_on_with_the_same_page(world: &Watched) {
    let pages = world.pages();
    let (queries, tokens): (Vec<_>, Vec<_>) = pages.into_iter().unzip();
    assert_eq!(queries.len(), 4, "{queries:?}");
    assert_eq!(queries[1], queries[2]);
    assert!(queries[0] != queries[1] && queries[2] != queries[3], "{queries:?}");
    assert_eq!(tokens[0], tokens[1]);
    assert_ne!(tokens[1], tokens[2]);
    assert_eq!(tokens[2], tokens[3]);
    assert_eq!(world.asked_for_tokens(), 2);
}

#[tokio::test]
async fn a_token_refused_in_the_middle_of_a_list_costs_no_page() {
    let fault = r#"{"match": {"operation": "export_jobs.list"}, "when": {"nth": 2},
        "action": "expired_token"}"#;
    let mut builder = Emulator::builder().pace(Pace::instant());
    for fault in Fault::parse(fault).unwrap() {
        builder = builder.fault(fault);
    }
    let world = Watched::of(builder);
    let mut made = Vec::new();
    for _ in 0..5 {
        made.insert(0, world.create_job().await);
    }
    assert_eq!(listed(&world, || {}).await, made);
    goes_on_with_the_same_page(&world);
}

#[tokio::test]
async fn a_token_that_ends_sooner_than_the_client_knows_costs_no_page() {
    // The client's machine was asleep, and the clock that it looks at stood still meanwhile.
    let service = ManualClock::new();
    let builder = Emulator::builder().pace(Pace::instant()).token_lifetime(MINUTE);
    let world = Watched::on(wire(builder, &service), ManualClock::new());
    let mut made = Vec::new();
    for _ in 0..5 {
        made.insert(0, world.create_job().await);
    }
    assert_eq!(listed(&world, || service.advance(MINUTE)).await, made);
    goes_on_with_the_same_page(&world);
}

#[derive(Debug, Default)]
struct Shelf {
    token: Mutex<Option<StoredToken>>,
    turn: Arc<futures_util::lock::Mutex<()>>,
}

#[async_trait::async_trait]
impl TokenStore for Shelf {
    async fn load(&self) -> Result<Option<StoredToken>, TokenStoreError> {
        Ok(self.token.lock().unwrap().clone())
    }

    async fn save(&self, token: &StoredToken) -> Result<(), TokenStoreError> {
        *self.token.lock().unwrap() = Some(token.clone());
        Ok(())
    }

    async fn remove(&self) -> Result<(), TokenStoreError> {
        *self.token.lock().unwrap() = None;
        Ok(())
    }

    async fn lock(&self) -> Result<TokenStoreLock, TokenStoreError> {
        Ok(TokenStoreLock::new(Arc::clone(&self.turn).lock_owned().await))
    }
}

#[tokio::test]
async fn clients_that_share_a_store_ask_once_and_renew_once() {
    let shelf = Arc::new(Shelf::default());
    let script = Scripted::new()
        .answer(200, r#"{"access_token": "one", "expires_in": 86399}"#)
        .answer(200, r#"{"access_token": "two", "expires_in": 86399}"#);
    let clock = ManualClock::new();
    let clients: Vec<Client> = (0..20)
        .map(|_| {
            configured("http://localhost")
                .token_store(shelf.clone())
                .transport(Arc::new(script.clone()))
                .clock(Arc::new(clock.clone()))
                .build()
                .unwrap()
        })
        .collect();
    for token in ["one", "two"] {
        for signed_in in join_all(clients.iter().map(Client::sign_in)).await {
            assert_eq!(signed_in.unwrap().secret().expose(), token);
        }
        clock.advance(24 * HOUR);
    }
    assert_eq!(script.remaining(), 0);
}

#[test]
fn a_store_without_credentials_whose_token_it_could_keep_is_refused() {
    let builder = configured("http://localhost").api_key("k").access_token(Secret::new("canary"));
    let error = builder.token_store(Arc::new(Shelf::default())).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.message().contains("token store"), "{error}");
}

#[tokio::test]
async fn a_token_request_without_an_answer_leaves_time_for_another() {
    let silent = Fault::new(Action::Silence).on("ims.token").nth(1);
    let watched = Watched::of(Emulator::builder().fault(silent));
    watched.client.sign_in().await.unwrap();
    assert_eq!(watched.asked_for_tokens(), 2);

    let watched = Watched::of(Emulator::builder().fault(Fault::new(Action::Silence)));
    let error = watched.client.sign_in().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(watched.asked_for_tokens(), 3);
    assert!(watched.clock.elapsed() <= Duration::from_secs(20), "{:?}", watched.clock.elapsed());
}
