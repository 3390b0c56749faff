//! The columns: everything that can go wrong, and what each means to any client, by the services'
//! documents and by HTTP alone.

use std::time::Duration;

use aep_export_api::ErrorKind;
use aep_export_emulator::{Action, Envelope, FaultAnswer, Framing, Stage};

/// One fault.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) class: Class,
    pub(super) name: String,
    pub(super) action: Action,
    /// When it can happen to a request that changes something.
    pub(super) stages: &'static [Stage],
    pub(super) meaning: Meaning,
}

/// How often a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    Once,
    ForEver,
}

impl Times {
    pub(super) const ALL: [Self; 2] = [Self::Once, Self::ForEver];
}

/// The tables of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Statuses,
    GatewayCodes,
    RetryAfter,
    Envelopes,
    NoAnswer,
    Bodies,
    OddAnswers,
}

impl Class {
    pub(super) const ALL: [Self; 7] = [
        Self::Statuses,
        Self::GatewayCodes,
        Self::RetryAfter,
        Self::Envelopes,
        Self::NoAnswer,
        Self::Bodies,
        Self::OddAnswers,
    ];
}

/// What a fault says to whoever meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A good answer, after this time.
    Late(Duration),
    /// A good answer, in pieces that come fast enough.
    InPieces,
    /// A refusal: nothing was done, and asking again will be refused again.
    Refusal(ErrorKind),
    /// This token is not accepted: nothing was done, and another one may be.
    TokenRefused,
    /// The gateway lets nobody through just now: the service has not seen the request. It may ask
    /// for a wait.
    TurnedAway(Option<Duration>),
    /// The service itself asks for fewer requests.
    Throttled,
    /// A fault on the other side, which may pass. It may ask for a wait. Whether the service acted,
    /// it does not say.
    Trouble(ErrorKind, Option<Duration>),
    /// No answer, which ends like this.
    NoAnswer(ErrorKind),
    /// A good answer whose body breaks, like this.
    BrokenBody(ErrorKind),
    /// A good answer that is whole, but breaks like this because HTTP promises more.
    Overstated(ErrorKind),
    /// A good answer of which HTTP says that it is whole, and which is not.
    Truncated,
    /// A good answer in an encoding that cannot be read.
    Unreadable,
    /// An answer that points elsewhere.
    Redirect,
    /// A good status with a page of something that is not the service.
    Page,
}

const BEFORE: &[Stage] = &[Stage::Before];
const AFTER: &[Stage] = &[Stage::After];
const BOTH: &[Stage] = &[Stage::Before, Stage::After];

/// Short enough to be waited for.
const SOON: Duration = Duration::from_secs(5);
/// Longer than the client's policy waits at the service's wish.
const MUCH_LATER: Duration = Duration::from_secs(600);

/// Every fault. Who refuses has not acted, so refusals come before the deed; what breaks an answer
/// of the service comes after it; the rest may come at either time.
pub(super) fn all() -> Vec<Column> {
    let mut all = statuses();
    all.extend(gateway_codes());
    all.extend(retry_after());
    all.extend(envelopes());
    all.extend(no_answer());
    all.extend(bodies());
    all.extend(odd_answers());
    all
}

fn column(
    class: Class,
    name: impl Into<String>,
    action: Action,
    stages: &'static [Stage],
    meaning: Meaning,
) -> Column {
    Column { class, name: name.into(), action, stages, meaning }
}

fn statuses() -> Vec<Column> {
    let numbers = [400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504];
    let of = |status: u16| {
        let (stages, meaning) = meaning_of(status, true);
        let action = Action::Answer(FaultAnswer::new(status));
        column(Class::Statuses, status.to_string(), action, stages, meaning)
    };
    numbers.map(of).into()
}

/// What a status means, `gateway` whether it is the gateway that says it.
fn meaning_of(status: u16, gateway: bool) -> (&'static [Stage], Meaning) {
    match status {
        401 => (BEFORE, Meaning::TokenRefused),
        403 => (BEFORE, Meaning::Refusal(ErrorKind::Permission)),
        404 => (BEFORE, Meaning::Refusal(ErrorKind::NotFound)),
        408 => (BOTH, Meaning::Trouble(ErrorKind::Timeout, None)),
        429 if gateway => (BEFORE, Meaning::TurnedAway(None)),
        429 => (BEFORE, Meaning::Throttled),
        500.. => (BOTH, Meaning::Trouble(ErrorKind::Service, None)),
        _ => (BEFORE, Meaning::Refusal(ErrorKind::Rejected)),
    }
}

/// The gateway's codes, one of each kind (documented, or in the gateway's source). All are said
/// before the service is asked.
fn gateway_codes() -> Vec<Column> {
    let permission = Meaning::Refusal(ErrorKind::Permission);
    let authentication = Meaning::Refusal(ErrorKind::Authentication);
    let trouble = Meaning::Trouble(ErrorKind::Service, None);
    let codes = [
        // A header is missing.
        ("400003", 400, Meaning::Refusal(ErrorKind::Rejected)),
        // The token is not valid, or not for this.
        ("401013", 401, Meaning::TokenRefused),
        ("401014", 401, Meaning::TokenRefused),
        // The client id is missing, or is none.
        ("403000", 403, permission),
        ("403003", 403, permission),
        // No token, or an invalid one, which the gateway calls 403.
        ("403010", 403, authentication),
        ("403020", 403, authentication),
        // The organisation is not the client's.
        ("403025", 403, permission),
        ("403027", 403, permission),
        // No such address.
        ("404040", 404, Meaning::Refusal(ErrorKind::NotFound)),
        // Too much.
        ("429001", 429, Meaning::TurnedAway(None)),
        ("429050", 429, Meaning::TurnedAway(None)),
        // The gateway could not look something up; the second it calls 403.
        ("503000", 503, trouble),
        ("503020", 403, trouble),
    ];
    let of = |(code, status, meaning): (&str, u16, Meaning)| {
        let action = Action::Answer(FaultAnswer::new(status).code(code));
        column(Class::GatewayCodes, code, action, BEFORE, meaning)
    };
    codes.map(of).into()
}

fn retry_after() -> Vec<Column> {
    let date = |later: &str| {
        let answer = |status| FaultAnswer::new(status).header("date", DATE).retry_after(later);
        [answer(429), answer(503)]
    };
    let seconds = |wait: Duration| {
        [429, 503].map(|status| FaultAnswer::new(status).retry_after_seconds(wait.as_secs()))
    };
    let mut all = Vec::new();
    for (what, answers, wait) in [
        ("5 s", seconds(SOON), SOON),
        ("date in 5 s", date(IN_5_SECONDS), SOON),
        ("10 min", seconds(MUCH_LATER), MUCH_LATER),
        ("date in 10 min", date(IN_10_MINUTES), MUCH_LATER),
    ] {
        let [turned_away, trouble] = answers.map(Action::Answer);
        let class = Class::RetryAfter;
        let meaning = Meaning::TurnedAway(Some(wait));
        all.push(column(class, format!("429 ({what})"), turned_away, BEFORE, meaning));
        let meaning = Meaning::Trouble(ErrorKind::Service, Some(wait));
        all.push(column(class, format!("503 ({what})"), trouble, BOTH, meaning));
    }
    all
}

/// The dates of the standard's examples: what counts is how far they are from each other.
const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const IN_5_SECONDS: &str = "Sun, 06 Nov 1994 08:49:42 GMT";
const IN_10_MINUTES: &str = "Sun, 06 Nov 1994 08:59:37 GMT";

/// Every form of an error document, under a wish for less and under trouble: whose word it is must
/// be told from its form.
fn envelopes() -> Vec<Column> {
    let of = |status: u16, envelope: Envelope| {
        let (stages, meaning) = meaning_of(status, envelope == Envelope::Gateway);
        let action = Action::Answer(FaultAnswer::new(status).envelope(envelope));
        let form = serde_json::to_value(envelope).unwrap();
        let name = format!("{status} {}", form.as_str().unwrap().replace('_', " "));
        column(Class::Envelopes, name, action, stages, meaning)
    };
    [429, 503].into_iter().flat_map(|status| Envelope::ALL.map(|it| of(status, it))).collect()
}

fn no_answer() -> Vec<Column> {
    // A request that is late on its way is done late, which only a socket can show.
    let late = |name: &str, seconds: u64| {
        let action = Action::Delay { ms: seconds * 1000 };
        let meaning = Meaning::Late(Duration::from_secs(seconds));
        column(Class::NoAnswer, name, action, AFTER, meaning)
    };
    let never = |name: &str, action, kind| {
        column(Class::NoAnswer, name, action, BOTH, Meaning::NoAnswer(kind))
    };
    vec![
        late("5 s late", 5),
        // Longer than most calls wait, shorter than the gateway.
        late("50 s late", 50),
        // Longer than any call waits.
        late("90 s late", 90),
        never("silence", Action::Silence, ErrorKind::Timeout),
        never("reset", Action::Reset, ErrorKind::Network),
    ]
}

/// Ways for a good answer to arrive badly.
fn bodies() -> Vec<Column> {
    let of = |name: &str, action, meaning| column(Class::Bodies, name, action, AFTER, meaning);
    let cut = |framing| Action::Cut { after: 10, framing };
    let drip = |bytes, every_ms| Action::Drip { bytes, every_ms };
    let broken = Meaning::BrokenBody(ErrorKind::Network);
    let overstated = Meaning::Overstated(ErrorKind::Network);
    let too_slow = Meaning::BrokenBody(ErrorKind::Timeout);
    vec![
        of("cut (length)", cut(Framing::Length), broken),
        of("cut (chunked)", cut(Framing::Chunked), broken),
        of("shorter than it says", Action::WrongLength { by: 5 }, overstated),
        of("cut (close)", cut(Framing::Close), Meaning::Truncated),
        of("longer than it says", Action::WrongLength { by: -5 }, Meaning::Truncated),
        of("in pieces", drip(1000, 10), Meaning::InPieces),
        of("a byte every 10 s", drip(1, 10_000), too_slow),
        of("half a document", Action::MalformedJson, Meaning::Truncated),
    ]
}

fn odd_answers() -> Vec<Column> {
    let of = |name: String, action, stages, meaning| {
        column(Class::OddAnswers, name, action, stages, meaning)
    };
    let redirect = |status: u16| {
        let answer = FaultAnswer::new(status).header("location", "https://elsewhere.example/data");
        of(format!("{status} elsewhere"), Action::Answer(answer), BOTH, Meaning::Redirect)
    };
    let page = FaultAnswer::new(200).envelope(Envelope::Html);
    let gzip =
        FaultAnswer::new(200).header("content-encoding", "gzip").body("this is no gzip at all");
    let empty = FaultAnswer::new(200).envelope(Envelope::Empty);
    let mut all: Vec<_> = [301, 302, 303, 307, 308].map(redirect).into();
    all.extend([
        of("200 with a page".to_owned(), Action::Answer(page), BOTH, Meaning::Page),
        of("200 with nothing".to_owned(), Action::Answer(empty), AFTER, Meaning::Truncated),
        of("200 in a broken encoding".to_owned(), Action::Answer(gzip), AFTER, Meaning::Unreadable),
        of("expired token".to_owned(), Action::ExpiredToken, BEFORE, Meaning::TokenRefused),
    ]);
    all
}
