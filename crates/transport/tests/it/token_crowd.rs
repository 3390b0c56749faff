//! Many callers of one token source at once, on several threads: some go away while they wait,
//! tokens end and are refused, and the token service has its moods. What each does is drawn from a
//! seed; in which order the threads come is not.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aep_export_transport::testing::ManualClock;
use aep_export_transport::{
    Body, Clock, ImsCredentials, ImsTokenSource, Secret, StoredToken, Token, TokenSource,
    TokenStore, TokenStoreError, TokenStoreLock, Transport, TransportError, TransportErrorKind,
};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::{Either, select};
use tokio::task::yield_now;

const CALLERS: u64 = 24;
const CALLS: u32 = 150;

/// What is drawn from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }
}

/// A token service that takes its time, and notes what must never be.
struct TokenService {
    clock: ManualClock,
    state: Mutex<State>,
    in_flight: AtomicU32,
}

struct State {
    dice: Dice,
    asked: u64,
    last: Option<Given>,
    refused: HashSet<String>,
    /// What was seen that must not happen.
    wrong: Vec<String>,
}

/// The last token that was given.
struct Given {
    text: String,
    life: Duration,
    /// Until when nobody has a reason to ask for another; known once a caller has it, as its life
    /// counts from before it was asked for.
    fresh_until: Option<SystemTime>,
}

/// A request under way; also one that its caller drops.
struct InFlight<'a>(&'a AtomicU32);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl TokenService {
    fn new(seed: u64, clock: &ManualClock) -> Self {
        let (dice, refused) = (Dice(seed), HashSet::new());
        let state = State { dice, asked: 0, last: None, refused, wrong: Vec::new() };
        Self { clock: clock.clone(), state: Mutex::new(state), in_flight: AtomicU32::new(0) }
    }

    /// How long it takes, in turns of the others.
    fn begin(&self, others: u32) -> u64 {
        let mut state = self.state.lock().unwrap();
        state.asked += 1;
        let number = state.asked;
        if others > 0 {
            state.wrong.push(format!("request {number} came while another was under way"));
        }
        let now = self.clock.now();
        let state = &mut *state;
        let is_fresh = |last: &&Given| last.fresh_until.is_some_and(|until| now < until);
        let fresh = state.last.as_ref().filter(is_fresh);
        if let Some(last) = fresh.filter(|last| !state.refused.contains(&last.text)) {
            state.wrong.push(format!("request {number} came while {} was fresh", last.text));
        }
        state.dice.below(6)
    }

    fn end(&self) -> Result<http::Response<Body>, TransportError> {
        let mut state = self.state.lock().unwrap();
        let State { dice, asked, last, .. } = &mut *state;
        let (status, body) = match dice.below(10) {
            0 => return Err(TransportError::new(TransportErrorKind::Interrupted, "broken")),
            1 => (503, "later".to_owned()),
            2 => (200, "<html>".to_owned()),
            _ => {
                let (text, life) = (format!("token-{asked}"), 5 + dice.below(600));
                let body = format!(r#"{{"access_token":"{text}","expires_in":{life}}}"#);
                let life = Duration::from_secs(life);
                *last = Some(Given { text, life, fresh_until: None });
                (200, body)
            }
        };
        let response = http::Response::builder().status(status).body(Bytes::from(body).into());
        Ok(response.unwrap())
    }
}

#[async_trait]
impl Transport for TokenService {
    async fn send(
        &self,
        _request: http::Request<Bytes>,
    ) -> Result<http::Response<Body>, TransportError> {
        let others = self.in_flight.fetch_add(1, Ordering::SeqCst);
        let _under_way = InFlight(&self.in_flight);
        for _ in 0..self.begin(others) {
            yield_now().await;
        }
        self.end()
    }
}

/// A store that has no trouble.
#[derive(Debug, Default)]
struct InMemory(Mutex<Option<StoredToken>>);

#[async_trait]
impl TokenStore for InMemory {
    async fn load(&self) -> Result<Option<StoredToken>, TokenStoreError> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn save(&self, token: &StoredToken) -> Result<(), TokenStoreError> {
        *self.0.lock().unwrap() = Some(token.clone());
        Ok(())
    }

    async fn remove(&self) -> Result<(), TokenStoreError> {
        *self.0.lock().unwrap() = None;
        Ok(())
    }

    async fn lock(&self) -> Result<TokenStoreLock, TokenStoreError> {
        Ok(TokenStoreLock::new(()))
    }
}

/// One of those who want the token.
struct Caller {
    source: Arc<ImsTokenSource>,
    service: Arc<TokenService>,
    clock: ManualClock,
    dice: Dice,
}

impl Caller {
    /// Gives how often it got a token.
    async fn call(mut self) -> u32 {
        let mut got = 0;
        for _ in 0..CALLS {
            if self.dice.one_in(12) {
                self.clock.advance(Duration::from_secs(self.dice.below(120)));
            }
            let asked_on = self.clock.now();
            if let Some(token) = self.token().await {
                got += 1;
                self.check(&token, asked_on);
                if self.dice.one_in(15) {
                    self.refuse(&token).await;
                }
            }
            yield_now().await;
        }
        got
    }

    /// The token, unless it cannot be had or this caller goes away while it waits.
    async fn token(&mut self) -> Option<Token> {
        let asking = pin!(self.source.token());
        if !self.dice.one_in(4) {
            return asking.await.ok();
        }
        let turns = self.dice.below(5);
        let patience = pin!(async {
            for _ in 0..turns {
                yield_now().await;
            }
        });
        match select(asking, patience).await {
            Either::Left((token, _)) => token.ok(),
            Either::Right(_) => None,
        }
    }

    fn check(&self, token: &Token, asked_on: SystemTime) {
        let (text, end) = (token.secret().expose(), token.expires_at().unwrap());
        let mut state = self.service.state.lock().unwrap();
        if end <= asked_on {
            state.wrong.push(format!("{text} was over when it was asked for"));
        }
        if let Some(last) = state.last.as_mut().filter(|last| last.text == text) {
            let early = (last.life / 10).min(Duration::from_secs(300));
            last.fresh_until = Some(end - early);
        }
    }

    /// As after a 401: the next token that this caller gets is another one.
    async fn refuse(&self, token: &Token) {
        let text = token.secret().expose().to_owned();
        self.service.state.lock().unwrap().refused.insert(text);
        self.source.invalidate(token).await;
        if let Ok(next) = self.source.token().await
            && next.secret() == token.secret()
        {
            let wrong = format!("{} came back after it was refused", token.secret().expose());
            self.service.state.lock().unwrap().wrong.push(wrong);
        }
    }
}

/// Lets a crowd loose; gives what must not have happened, how many requests were made and how many
/// tokens were got.
async fn crowd(seed: u64, store: bool) -> (Vec<String>, u64, u32) {
    let clock = ManualClock::by_hand();
    let service = Arc::new(TokenService::new(seed, &clock));
    let source = ImsTokenSource::new(
        Arc::clone(&service) as _,
        "https://ims.example",
        ImsCredentials::new("id", Secret::new("secret"), ["openid"]),
        Arc::new(clock.clone()),
    );
    let source = source.unwrap();
    let source = if store { source.with_store(Arc::<InMemory>::default()) } else { source };
    let source = Arc::new(source);
    let callers: Vec<_> = (0..CALLERS)
        .map(|number| Caller {
            source: Arc::clone(&source),
            service: Arc::clone(&service),
            clock: clock.clone(),
            dice: Dice(seed ^ (number << 32)),
        })
        .map(|caller| tokio::spawn(caller.call()))
        .collect();
    let mut got = 0;
    for caller in callers {
        // Real time, and only to fail where otherwise everything would stand still.
        let ended = tokio::time::timeout(Duration::from_secs(60), caller).await;
        got += ended.unwrap_or_else(|_| panic!("a caller waits for ever")).unwrap();
    }
    let mut state = service.state.lock().unwrap();
    (std::mem::take(&mut state.wrong), state.asked, got)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_is_served_by_one_request_at_a_time_and_with_good_tokens() {
    for seed in 0..6 {
        let (wrong, asked, got) = crowd(seed, seed % 2 == 1).await;
        assert_eq!(wrong, Vec::<String>::new(), "seed {seed}");
        // Most calls need no request, and most get a token.
        let calls = u64::from(CALLS) * CALLERS;
        assert!(asked < calls / 3 && u64::from(got) > calls / 2, "{asked} {got}");
    }
}
