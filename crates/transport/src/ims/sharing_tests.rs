use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt;
use futures_util::future::{join, join_all};

use super::*;
use crate::testing::ManualClock;
use crate::{Secret, TokenErrorKind, TokenStoreError, TokenStoreLock, captured_log};

const LIFE: Duration = Duration::from_secs(86_399);
const REQUEST_TIME: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

/// The token service: takes 2 s for each token, and gives `token-1`, `token-2` ... unless told to
/// fail.
#[derive(Clone)]
struct Service {
    clock: ManualClock,
    asked: Arc<Mutex<u32>>,
    failures: Arc<Mutex<VecDeque<bool>>>,
}

#[async_trait]
impl Grant for Service {
    async fn request_token(&self) -> Result<Granted, TokenError> {
        let number = {
            let mut asked = self.asked.lock().unwrap();
            *asked += 1;
            *asked
        };
        self.clock.sleep(REQUEST_TIME).await;
        if self.failures.lock().unwrap().pop_front().unwrap_or(false) {
            return Err(TokenError::new(TokenErrorKind::Unavailable, "sick"));
        }
        Ok(Granted { secret: Secret::new(format!("token-{number}")), life: Some(LIFE) })
    }
}

/// A store that works unless it is told to fail or to hang.
#[derive(Debug, Default)]
struct Store {
    token: Mutex<Option<StoredToken>>,
    turn: Arc<futures_util::lock::Mutex<()>>,
    fails: AtomicBool,
    hangs: AtomicBool,
    /// What was done to it, a letter for each step.
    steps: Mutex<String>,
}

impl Store {
    async fn step(&self, letter: char) -> Result<(), TokenStoreError> {
        self.steps.lock().unwrap().push(letter);
        if self.hangs.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if self.fails.load(Ordering::Relaxed) { Err("no space left".into()) } else { Ok(()) }
    }

    fn text(&self) -> Option<String> {
        self.token.lock().unwrap().as_ref().map(|token| token.secret.expose().to_owned())
    }

    fn put(&self, text: &str, asked_at: SystemTime, life: Duration) {
        let (secret, expires_at) = (Secret::new(text), asked_at + life);
        *self.token.lock().unwrap() = Some(StoredToken { secret, asked_at, expires_at });
    }
}

#[async_trait]
impl TokenStore for Store {
    async fn load(&self) -> Result<Option<StoredToken>, TokenStoreError> {
        self.step('r').await?;
        Ok(self.token.lock().unwrap().clone())
    }

    async fn save(&self, token: &StoredToken) -> Result<(), TokenStoreError> {
        self.step('w').await?;
        *self.token.lock().unwrap() = Some(token.clone());
        Ok(())
    }

    async fn remove(&self) -> Result<(), TokenStoreError> {
        self.step('x').await?;
        *self.token.lock().unwrap() = None;
        Ok(())
    }

    async fn lock(&self) -> Result<TokenStoreLock, TokenStoreError> {
        self.step('l').await?;
        Ok(TokenStoreLock::new(Arc::clone(&self.turn).lock_owned().await))
    }
}

/// One token service and one store, for any number of processes.
struct World {
    clock: ManualClock,
    service: Service,
    store: Arc<Store>,
}

impl World {
    fn new(failures: &[bool]) -> Self {
        let clock = ManualClock::new();
        let service = Service {
            clock: clock.clone(),
            asked: Arc::default(),
            failures: Arc::new(Mutex::new(failures.iter().copied().collect())),
        };
        Self { clock, service, store: Arc::default() }
    }

    /// What another process would have: its own memory, the same store.
    fn process(&self) -> Cache<Service> {
        let mut cache = Cache::new(self.service.clone(), Arc::new(self.clock.clone()));
        cache.share(Arc::clone(&self.store) as Arc<dyn TokenStore>);
        cache
    }

    fn asked(&self) -> u32 {
        *self.service.asked.lock().unwrap()
    }
}

async fn ask(cache: &Cache<Service>) -> String {
    cache.token().await.unwrap().secret().expose().to_owned()
}

#[tokio::test]
async fn a_hundred_calls_of_twenty_processes_make_one_request() {
    let world = World::new(&[]);
    let processes: Vec<_> = (0..20).map(|_| world.process()).collect();
    for round in ["token-1", "token-2"] {
        let calls = processes.iter().flat_map(|process| (0..5).map(|_| ask(process)));
        let tokens = join_all(calls).await;
        assert!(tokens.len() == 100 && tokens.iter().all(|token| token == round), "{tokens:?}");
        world.clock.advance(LIFE);
    }
    assert_eq!(world.asked(), 2);
}

#[tokio::test]
async fn a_later_process_takes_what_is_stored_without_the_lock() {
    let world = World::new(&[]);
    let asked_at = world.clock.now();
    assert_eq!(ask(&world.process()).await, "token-1");
    // Counted from before the request, in the store as in memory.
    let stored = world.store.token.lock().unwrap().clone().unwrap();
    assert_eq!((stored.asked_at, stored.expires_at), (asked_at, asked_at + LIFE));
    let token = world.process().token().await.unwrap();
    assert_eq!(token.expires_at(), Some(asked_at + LIFE));
    assert_eq!(world.asked(), 1);
    assert_eq!(*world.store.steps.lock().unwrap(), "rlrwr");
}

#[tokio::test]
async fn a_stored_token_is_used_until_it_would_be_renewed() {
    let world = World::new(&[]);
    let asked_at = world.clock.now();
    for (life, age, used) in [
        (LIFE, LIFE - EARLY - SECOND, true),
        (LIFE, LIFE - EARLY, false),
        (SECOND * 600, SECOND * 539, true),
        (SECOND * 600, SECOND * 540, false),
        (LIFE, LIFE, false),
        (LIFE, LIFE * 2, false),
        (Duration::ZERO, Duration::ZERO, false),
    ] {
        let clock = ManualClock::starting_at(asked_at + age);
        let world = World {
            service: Service { clock: clock.clone(), ..world.service.clone() },
            clock,
            ..World::new(&[])
        };
        world.store.put("stored", asked_at, life);
        assert_eq!(ask(&world.process()).await == "stored", used, "{life:?} after {age:?}");
    }
}

#[tokio::test]
async fn a_token_from_the_future_is_not_used() {
    let world = World::new(&[]);
    world.store.put("stored", world.clock.now() + SECOND, LIFE);
    assert_eq!(ask(&world.process()).await, "token-1");
    assert_eq!(world.store.text().unwrap(), "token-1");
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_give_the_present_token_another_life() {
    let world = World::new(&[]);
    let process = world.process();
    assert_eq!(ask(&process).await, "token-1");
    world.clock.advance(LIFE);
    // By the time of day it is still good, by the time that has passed it is not.
    world.store.put("token-1", world.clock.now(), LIFE);
    assert_eq!(ask(&process).await, "token-2");
}

#[tokio::test]
async fn of_two_that_renew_one_asks_and_the_others_go_on_meanwhile() {
    let world = World::new(&[]);
    let (one, other) = (world.process(), world.process());
    assert_eq!(join(ask(&one), ask(&other)).await, ("token-1".to_owned(), "token-1".to_owned()));
    world.clock.advance(LIFE - EARLY);
    let renewed = join_all([&one, &one, &other, &other].map(ask)).await;
    assert_eq!(renewed, ["token-2", "token-1", "token-2", "token-1"]);
    assert_eq!(world.asked(), 2);
}

#[tokio::test]
async fn a_stored_token_that_cannot_be_renewed_is_used_while_it_is_good() {
    let world = World::new(&[true, true]);
    world.store.put("stored", world.clock.now(), LIFE);
    world.clock.advance(LIFE - EARLY);
    let process = world.process();
    for _ in 0..10 {
        assert_eq!(ask(&process).await, "stored");
    }
    assert_eq!(world.asked(), 1, "one renewal, then the back-off");
    world.clock.advance(EARLY);
    assert!(process.token().await.is_err());
    assert_eq!(ask(&process).await, "token-3");
}

#[tokio::test]
async fn a_refused_token_is_dropped_from_the_store_once() {
    let world = World::new(&[]);
    let process = world.process();
    let refused = process.token().await.unwrap();
    world.store.steps.lock().unwrap().clear();
    join_all((0..100).map(|_| process.invalidate(&refused))).await;
    assert_eq!(world.store.text(), None);
    assert_eq!(*world.store.steps.lock().unwrap(), "lrx");
    assert_eq!(ask(&process).await, "token-2");
    assert_eq!(world.store.text().unwrap(), "token-2");
}

#[tokio::test]
async fn another_ones_newer_token_is_not_dropped_but_used() {
    let world = World::new(&[]);
    let process = world.process();
    let refused = process.token().await.unwrap();
    world.store.put("newer", world.clock.now(), LIFE);
    assert!(process.invalidate(&refused).await);
    assert_eq!(ask(&process).await, "newer");
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn a_refused_token_that_stays_in_the_store_is_not_used_again() {
    let world = World::new(&[]);
    let process = world.process();
    let refused = process.token().await.unwrap();
    world.store.fails.store(true, Ordering::Relaxed);
    process.invalidate(&refused).await;
    world.store.fails.store(false, Ordering::Relaxed);
    assert_eq!(world.store.text().unwrap(), "token-1");
    assert_eq!(ask(&process).await, "token-2");
}

#[test]
fn a_store_that_fails_fails_no_call_and_is_told_of_in_the_log() {
    let world = World::new(&[]);
    world.store.fails.store(true, Ordering::Relaxed);
    let process = world.process();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let log = captured_log::logged(|| {
        runtime.block_on(async {
            let token = process.token().await.unwrap();
            assert_eq!(token.secret().expose(), "token-1");
            assert!(process.invalidate(&token).await);
            assert_eq!(ask(&process).await, "token-2");
        });
    });
    for step in ["read", "locked", "written"] {
        assert!(log.contains(&format!("the token store could not be {step}")), "{step}: {log}");
    }
    assert!(log.contains("no space left") && !log.contains("token-"), "{log}");
}

#[tokio::test]
async fn a_store_that_hangs_is_waited_for_ten_seconds_at_each_step() {
    let world = World::new(&[]);
    world.store.hangs.store(true, Ordering::Relaxed);
    assert_eq!(ask(&world.process()).await, "token-1");
    assert_eq!(*world.store.steps.lock().unwrap(), "rlrw");
    assert_eq!(world.clock.elapsed(), PATIENCE * 4 + REQUEST_TIME);
}

#[tokio::test]
async fn a_lock_that_is_never_given_back_keeps_nobody_from_asking_and_storing() {
    let world = World::new(&[]);
    let _stuck = world.store.lock().await.unwrap();
    assert_eq!(ask(&world.process()).await, "token-1");
    assert_eq!(world.clock.elapsed(), PATIENCE + REQUEST_TIME);
    assert_eq!(ask(&world.process()).await, "token-1", "the next one needs no lock");
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn what_cannot_be_a_token_is_passed_over() {
    for damaged in ["", "can\nary", "\u{0}"] {
        let world = World::new(&[]);
        world.store.put(damaged, world.clock.now(), LIFE);
        assert_eq!(ask(&world.process()).await, "token-1");
        assert_eq!(world.store.text().unwrap(), "token-1");
    }
}

#[tokio::test]
async fn a_leader_that_is_dropped_costs_one_more_request_and_leaves_no_lock() {
    let world = World::new(&[]);
    let (one, other) = (world.process(), world.process());
    let mut leader = Box::pin(one.token());
    assert!((&mut leader).now_or_never().is_none());
    let mut follower = Box::pin(ask(&other));
    assert!((&mut follower).now_or_never().is_none());
    drop(leader);
    assert_eq!(follower.await, "token-2");
    assert_eq!(ask(&one).await, "token-2");
    assert_eq!(world.asked(), 2);
}

#[tokio::test]
async fn a_token_of_unknown_life_is_not_stored() {
    struct Forever;
    #[async_trait]
    impl Grant for Forever {
        async fn request_token(&self) -> Result<Granted, TokenError> {
            Ok(Granted { secret: Secret::new("t"), life: None })
        }
    }
    let world = World::new(&[]);
    let mut cache = Cache::new(Forever, Arc::new(world.clock.clone()));
    cache.share(Arc::clone(&world.store) as Arc<dyn TokenStore>);
    cache.token().await.unwrap();
    assert_eq!(world.store.text(), None);
}
