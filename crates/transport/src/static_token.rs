//! A token that was given from outside.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use crate::{Clock, Secret, Token, TokenError, TokenErrorKind, TokenSource, jwt};

/// A token that was given from outside and is used as it is.
///
/// If it is a JWT, as those of IMS are, its end is read from it without verifying anything, and is
/// the [`expires_at`](Token::expires_at) of the tokens it gives. With a clock an ended token is
/// [`TokenErrorKind::Expired`], which says when it ended, instead of a 401 that says nothing.
///
/// ```
/// use std::sync::Arc;
/// use aep_export_transport::testing::ManualClock;
/// use aep_export_transport::{Secret, StaticToken, TokenErrorKind, TokenSource};
///
/// # futures_util::FutureExt::now_or_never(async {
/// // {"exp":1767000000}, which was in December 2025.
/// let jwt = Secret::new("e30.eyJleHAiOjE3NjcwMDAwMDB9.c2ln");
/// let source = StaticToken::new(jwt).with_clock(Arc::new(ManualClock::new()));
/// let error = source.token().await.unwrap_err();
/// assert_eq!(error.kind(), TokenErrorKind::Expired);
/// assert!(error.to_string().contains("Mon, 29 Dec 2025 09:20:00 GMT"), "{error}");
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct StaticToken {
    token: Token,
    clock: Option<Arc<dyn Clock>>,
}

impl StaticToken {
    /// Uses `token` for every call, ended or not.
    pub fn new(token: Secret) -> Self {
        let expires_at = jwt::expiry(&token);
        Self { token: Token::new(token, expires_at), clock: None }
    }

    /// Refuses to give the token once it has ended by the time of `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// When the token ends, if it says so.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.token.expires_at()
    }
}

#[async_trait]
impl TokenSource for StaticToken {
    async fn token(&self) -> Result<Token, TokenError> {
        match (&self.clock, self.expires_at()) {
            (Some(clock), Some(end)) if end <= clock.now() => Err(expired(end)),
            _ => Ok(self.token.clone()),
        }
    }
}

fn expired(end: SystemTime) -> TokenError {
    let message = match date(end) {
        Some(date) => format!("the access token has expired: it was good until {date}"),
        None => "the access token has expired".to_owned(),
    };
    TokenError::new(TokenErrorKind::Expired, message)
}

/// The date as HTTP writes it; none after the year 9999, which it cannot write.
fn date(time: SystemTime) -> Option<String> {
    const YEAR_10_000: Duration = Duration::from_secs(253_402_300_800);
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    (since < YEAR_10_000).then(|| httpdate::fmt_http_date(time))
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::testing::ManualClock;

    /// `{"created_at":"1767225600000","expires_in":"3600000"}`: one hour from the start of 2026,
    /// which is when a `ManualClock` starts.
    const ONE_HOUR: &str =
        "e30.eyJjcmVhdGVkX2F0IjoiMTc2NzIyNTYwMDAwMCIsImV4cGlyZXNfaW4iOiIzNjAwMDAwIn0.canary";

    fn token(source: &StaticToken) -> Result<Token, TokenError> {
        source.token().now_or_never().unwrap()
    }

    #[test]
    fn a_token_is_given_until_the_second_it_ends() {
        let clock = ManualClock::by_hand();
        let source = StaticToken::new(Secret::new(ONE_HOUR)).with_clock(Arc::new(clock.clone()));
        let given = token(&source).unwrap();
        assert_eq!(given.secret().expose(), ONE_HOUR);
        assert_eq!(given.expires_at(), Some(clock.now() + Duration::from_secs(3600)));
        clock.advance(Duration::from_secs(3599));
        assert!(token(&source).is_ok());
        clock.advance(Duration::from_secs(1));
        let error = token(&source).unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Expired);
        assert!(error.to_string().contains("Thu, 01 Jan 2026 01:00:00 GMT"), "{error}");
        assert!(!format!("{error:?} {source:?}").contains("canary"));
    }

    #[test]
    fn without_a_clock_or_an_end_it_is_used_as_it_is() {
        let late = SystemTime::UNIX_EPOCH + Duration::from_secs(300_000_000_000);
        assert!(token(&StaticToken::new(Secret::new(ONE_HOUR))).is_ok());
        let clock = Arc::new(ManualClock::starting_at(late));
        let opaque = StaticToken::new(Secret::new("opaque")).with_clock(clock.clone());
        assert_eq!(token(&opaque).unwrap().expires_at(), None);
        // A year that dates do not reach does no harm.
        let jwt = Secret::new("e30.eyJleHAiOjI5OTAwMDAwMDAwMH0.c2ln");
        let error = token(&StaticToken::new(jwt).with_clock(clock)).unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Expired);
    }
}
