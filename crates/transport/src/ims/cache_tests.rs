use std::collections::VecDeque;

use futures_util::FutureExt;
use futures_util::future::join_all;

use super::*;
use crate::testing::ManualClock;
use crate::{Secret, TokenErrorKind};

/// Takes 2 s for each token, and gives `token-1`, `token-2` ... unless told to fail.
struct Slow {
    clock: ManualClock,
    asked: Mutex<u32>,
    failures: Mutex<VecDeque<bool>>,
}

const LIFE: Duration = Duration::from_secs(86_399);
const REQUEST_TIME: Duration = Duration::from_secs(2);
const SECOND: Duration = Duration::from_secs(1);

#[async_trait]
impl Grant for Slow {
    async fn request_token(&self) -> Result<Granted, TokenError> {
        let number = {
            let mut asked = self.asked.lock().unwrap();
            *asked += 1;
            *asked
        };
        self.clock.sleep(REQUEST_TIME).await;
        if self.failures.lock().unwrap().pop_front().unwrap_or(false) {
            let error = TokenError::new(TokenErrorKind::Unavailable, "sick");
            return Err(error.with_code(number.to_string()));
        }
        Ok(Granted { secret: Secret::new(format!("token-{number}")), life: Some(LIFE) })
    }
}

fn cache(failures: &[bool]) -> (ManualClock, Cache<Slow>) {
    let clock = ManualClock::new();
    let slow = Slow {
        clock: clock.clone(),
        asked: Mutex::default(),
        failures: Mutex::new(failures.iter().copied().collect()),
    };
    (clock.clone(), Cache::new(slow, Arc::new(clock)))
}

fn asked(cache: &Cache<Slow>) -> u32 {
    *cache.grant.asked.lock().unwrap()
}

fn text(token: &Token) -> &str {
    token.secret().expose()
}

#[tokio::test]
async fn a_hundred_calls_with_an_expired_token_make_one_request() {
    let (clock, cache) = cache(&[]);
    cache.token().await.unwrap();
    clock.advance(LIFE);
    let tokens = join_all((0..100).map(|_| cache.token())).await;
    assert!(tokens.iter().all(|token| text(token.as_ref().unwrap()) == "token-2"));
    assert_eq!(asked(&cache), 2);
}

#[tokio::test]
async fn a_hundred_calls_share_one_failure_and_the_next_call_asks_again() {
    let (_, cache) = cache(&[true]);
    let results = join_all((0..100).map(|_| cache.token())).await;
    assert!(results.iter().all(|result| result.as_ref().unwrap_err().code() == Some("1")));
    assert_eq!(asked(&cache), 1);
    assert_eq!(text(&cache.token().await.unwrap()), "token-2");
}

#[tokio::test]
async fn a_leader_that_is_dropped_costs_one_more_request_and_nobody_hangs() {
    let (_, cache) = cache(&[]);
    let mut leader = Box::pin(cache.token());
    assert!((&mut leader).now_or_never().is_none());
    let mut followers = Box::pin(join_all((0..50).map(|_| cache.token())));
    assert!((&mut followers).now_or_never().is_none());
    drop(leader);
    let tokens = followers.await;
    assert!(tokens.iter().all(|token| text(token.as_ref().unwrap()) == "token-2"));
    assert_eq!(asked(&cache), 2);
}

#[tokio::test]
async fn life_counts_from_before_the_request() {
    let (clock, cache) = cache(&[]);
    let asked_on = clock.now();
    let token = cache.token().await.unwrap();
    assert_eq!(clock.elapsed(), REQUEST_TIME);
    assert_eq!(token.expires_at(), asked_on.checked_add(LIFE));
}

#[tokio::test]
async fn renewed_five_minutes_early_while_others_use_the_old_one() {
    let (clock, cache) = cache(&[]);
    cache.token().await.unwrap();
    clock.advance(LIFE - EARLY - REQUEST_TIME - SECOND);
    assert_eq!(text(&cache.token().await.unwrap()), "token-1");
    clock.advance(SECOND);
    let tokens = join_all((0..3).map(|_| cache.token())).await;
    let texts: Vec<_> = tokens.iter().map(|token| text(token.as_ref().unwrap())).collect();
    assert_eq!(texts, ["token-2", "token-1", "token-1"]);
    assert_eq!(asked(&cache), 2);
}

#[tokio::test]
async fn who_comes_late_to_a_renewal_does_not_renew_again() {
    let (clock, cache) = cache(&[]);
    let old = cache.token().await.unwrap();
    clock.advance(LIFE - EARLY);
    assert_eq!(text(&cache.token().await.unwrap()), "token-2");
    // A caller on another thread that saw the old token just before.
    assert_eq!(text(&cache.renew(old).await.unwrap()), "token-2");
    assert_eq!(asked(&cache), 2);
}

#[test]
fn a_short_life_is_renewed_in_its_last_tenth() {
    for (life, renewed) in [(600, 540), (60, 54), (3000, 2700), (86_400, 86_100)] {
        let granted = Granted { secret: Secret::new("t"), life: Some(Duration::from_secs(life)) };
        let held = Held::granted(granted, Duration::ZERO, SystemTime::UNIX_EPOCH);
        assert_eq!(held.renew_at, Some(Duration::from_secs(renewed)));
    }
}

#[tokio::test]
async fn a_valid_token_outlives_failed_renewals_which_are_not_made_by_every_call() {
    let (clock, cache) = cache(&[false, true, true, true]);
    cache.token().await.unwrap();
    clock.advance(LIFE - EARLY);
    for _ in 0..100 {
        assert_eq!(text(&cache.token().await.unwrap()), "token-1");
    }
    assert_eq!(asked(&cache), 2, "one renewal, then the back-off");
    clock.advance(BACK_OFF);
    for _ in 0..100 {
        assert_eq!(text(&cache.token().await.unwrap()), "token-1");
    }
    assert_eq!(asked(&cache), 3);
    clock.advance(EARLY);
    assert_eq!(cache.token().await.unwrap_err().code(), Some("4"), "no longer valid");
    assert_eq!(text(&cache.token().await.unwrap()), "token-5");
}

#[tokio::test]
async fn a_renewal_whose_caller_goes_away_is_not_begun_again_by_every_call() {
    let (clock, cache) = cache(&[]);
    cache.token().await.unwrap();
    clock.advance(LIFE - EARLY);
    let mut leader = Box::pin(cache.token());
    assert!((&mut leader).now_or_never().is_none());
    drop(leader);
    assert_eq!(text(&cache.token().await.unwrap()), "token-1");
    assert_eq!(asked(&cache), 2);
    clock.advance(BACK_OFF);
    assert_eq!(text(&cache.token().await.unwrap()), "token-3");
}

#[tokio::test]
async fn a_set_back_clock_or_a_suspended_machine_do_not_keep_an_old_token_alive() {
    let (clock, cache) = cache(&[]);
    cache.token().await.unwrap();
    let held = cache.state().held.clone().unwrap();
    assert!(held.is_valid(&clock));
    let by_day = Held { ends_at: None, ..held.clone() };
    let by_elapsed = Held { token: Token::new(Secret::new("t"), None), ..held };
    clock.advance(LIFE);
    assert!(!by_day.is_valid(&clock));
    assert!(!by_elapsed.is_valid(&clock));
}

#[tokio::test]
async fn only_the_present_token_is_dropped_by_a_401() {
    let (_, cache) = cache(&[]);
    let first = cache.token().await.unwrap();
    assert!(cache.invalidate(&first).await);
    let second = cache.token().await.unwrap();
    assert_eq!(text(&second), "token-2");
    assert!(
        cache.invalidate(&first).await,
        "a call that was late with the old token may try again"
    );
    assert_eq!(text(&cache.token().await.unwrap()), "token-2");
    assert_eq!(asked(&cache), 2);
}

#[tokio::test]
async fn a_token_of_unknown_life_is_kept_until_it_is_refused() {
    struct Forever;
    #[async_trait]
    impl Grant for Forever {
        async fn request_token(&self) -> Result<Granted, TokenError> {
            Ok(Granted { secret: Secret::new("t"), life: None })
        }
    }
    let clock = ManualClock::new();
    let cache = Cache::new(Forever, Arc::new(clock.clone()));
    cache.token().await.unwrap();
    clock.advance(LIFE * 1000);
    assert!(cache.state().held.as_ref().unwrap().is_fresh(&clock));
}
