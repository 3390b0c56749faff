//! The built-in sample set: audiences, and profiles made from a seed.
//!
//! Profiles are XDM individual profiles as the engine's module text describes them. All their times
//! lie from 2026-01-01 up to, not including, 2026-11-01, whatever the clock says, and profile `n`
//! depends on the seed and `n` alone: a larger set begins with the smaller one. About three in a
//! hundred are known by their events only; one in four of the others has events too.

mod places;
mod text;

use std::fmt::{self, Write as _};

use fastrand::Rng;

use self::places::{PLACES, Place};
use self::text::Text;

/// A segment definition that every organisation and sandbox starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SampleAudience {
    /// Its segment id in the namespace `ups`: the same in every store.
    pub(crate) id: &'static str,
    /// What people call it. Two audiences share one name, as happens in real organisations.
    pub(crate) name: &'static str,
    /// One sentence for people.
    pub(crate) description: &'static str,
    /// The rule as Profile Query Language text (`expression.value`).
    pub(crate) expression: &'static str,
}

/// The sample audiences. "Newsletter subscribers" is there twice.
pub(crate) fn audiences() -> &'static [SampleAudience] {
    &AUDIENCES
}

const AUDIENCES: [SampleAudience; 6] = [
    SampleAudience {
        id: "3f0c8a52-7d1e-4b96-a6c4-2e9b51d07a11",
        name: "Gold members",
        description: "Loyalty members of the gold tier",
        expression: "loyalty.tier = \"gold\"",
    },
    SampleAudience {
        id: "9b6e4d17-52a8-4c3f-8f10-6d7c0be3a522",
        name: "Newsletter subscribers",
        description: "Said yes to the weekly e-mail",
        expression: "consents.marketing.email.val = \"y\"",
    },
    SampleAudience {
        id: "c2a7f930-1b64-4de8-9a05-f48e2b7dc633",
        name: "Newsletter subscribers",
        description: "Said yes to push messages of the app; the name was used twice",
        expression: "consents.marketing.push.val = \"y\"",
    },
    SampleAudience {
        id: "58d1b3e6-0f92-47ac-b7d3-91c5ea604f44",
        name: "Big spenders",
        description: "Lifetime value above 5,000",
        expression: "commerceSummary.lifetimeValue > 5000",
    },
    SampleAudience {
        id: "e47a2c05-86bd-4f31-85e9-0ab3d6c71955",
        name: "Lives in Japan",
        description: "Home address in Japan",
        expression: "homeAddress.countryCode = \"JP\"",
    },
    SampleAudience {
        id: "71fe5b8c-c340-4a27-92d6-3c8e1f0ba466",
        name: "Recent visitors",
        description: "Seen on the site or buying, also visitors who are known by nothing else",
        expression: "chain(xEvent, timestamp, [A: WHAT(environment.browserDetails.name.exists())])",
    },
];

/// The first `count` profiles of the sample set that belongs to `seed`, one JSON document each.
pub(crate) fn profiles(seed: u64, count: u64) -> impl Iterator<Item = String> + Send + 'static {
    (0..count).map(move |index| profile(seed, index))
}

/// The same as lines to read.
pub(crate) fn text(seed: u64, count: u64) -> Text<impl Iterator<Item = String> + Send> {
    Text::new(profiles(seed, count))
}

const GOLD: usize = 0;
const EMAIL_NEWS: usize = 1;
const PUSH_NEWS: usize = 2;
const BIG_SPENDERS: usize = 3;
const IN_JAPAN: usize = 4;
const VISITORS: usize = 5;

/// Segments that another system sent; the sample set has no definitions for them.
const AUDIENCE_MANAGER_IDS: [&str; 3] = ["4821763", "4821770", "5930012"];

fn profile(seed: u64, index: u64) -> String {
    // Neighbouring seeds and indexes must not give neighbouring streams.
    let mut rng = Rng::with_seed(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(index));
    rng = Rng::with_seed(rng.u64(..));
    let mut line = String::with_capacity(1_536);
    // Writing to a String cannot fail.
    let _ = if rng.u8(..100) < 3 {
        visitor(&mut line, &mut rng, index)
    } else {
        person(&mut line, &mut rng, index)
    };
    line
}

/// A profile that is known by its events only.
fn visitor(line: &mut String, rng: &mut Rng, index: u64) -> fmt::Result {
    write!(line, r#"{{"identityMap":{{"ECID":[{{"id":"{}","primary":true}}]}}"#, ecid(rng))?;
    let mut belongs = [false; AUDIENCES.len()];
    belongs[VISITORS] = rng.u8(..100) < 60;
    memberships(line, rng, belongs)?;
    let count = rng.u64(1..=3);
    events(line, rng, index, count)?;
    envelope(line, rng)
}

/// A profile with record fields.
fn person(line: &mut String, rng: &mut Rng, index: u64) -> fmt::Result {
    // Half of the people live in the first place, so that no country has just a few.
    let abroad = rng.bool();
    let place = pick(rng, if abroad { &PLACES[1..] } else { &PLACES[..1] })?;
    let spent = if rng.u8(..100) < 10 { rng.u32(500_001..2_000_000) } else { rng.u32(..500_001) };
    let gold = rng.u8(..100) < 12;
    let (email_consent, push_consent) = (rng.u8(..100) < 55, rng.u8(..100) < 30);
    let event_count = if rng.u8(..100) < 25 { rng.u64(1..=4) } else { 0 };

    write!(line, r#"{{"_id":"person-{index:08}""#)?;
    identity_and_name(line, rng, index, place)?;
    address(line, rng, place)?;
    loyalty(line, rng, gold)?;
    let (units, cents) = (spent / 100, spent % 100);
    let orders = 1 + spent / 20_000;
    write!(line, r#","commerceSummary":{{"lifetimeValue":{units}.{cents:02},"orders":{orders}}}"#)?;
    let yes = |consent| if consent { "y" } else { "n" };
    write!(
        line,
        r#","consents":{{"marketing":{{"email":{{"val":"{}"}},"push":{{"val":"{}"}}}}}}"#,
        yes(email_consent),
        yes(push_consent)
    )?;
    write!(
        line,
        r#","preferredLanguage":"{}","testProfile":{}"#,
        place.language,
        index.is_multiple_of(50)
    )?;
    interests(line, rng)?;

    let mut belongs = [false; AUDIENCES.len()];
    belongs[GOLD] = gold;
    belongs[EMAIL_NEWS] = email_consent;
    belongs[PUSH_NEWS] = push_consent;
    belongs[BIG_SPENDERS] = spent > 500_000;
    belongs[IN_JAPAN] = place.country_code == "JP";
    belongs[VISITORS] = event_count > 0;
    memberships(line, rng, belongs)?;
    if event_count > 0 {
        events(line, rng, index, event_count)?;
    }
    envelope(line, rng)
}

fn identity_and_name(line: &mut String, rng: &mut Rng, index: u64, place: &Place) -> fmt::Result {
    let first = pick(rng, place.first_names)?;
    let last = pick(rng, place.last_names)?;
    let domain = pick(rng, &["example.com", "example.org", "mail.example"])?;
    let email = format!("{}.{}.{index}@{domain}", first.plain, last.plain);
    write!(line, r#","identityMap":{{"CRMId":[{{"id":"C{index:09}","primary":true}}]"#)?;
    write!(line, r#","Email":[{{"id":"{email}"}}]"#)?;
    if rng.u8(..100) < 70 {
        write!(line, r#","ECID":[{{"id":"{}"}}"#, ecid(rng))?;
        if rng.u8(..100) < 20 {
            write!(line, r#",{{"id":"{}"}}"#, ecid(rng))?;
        }
        line.push(']');
    }
    write!(
        line,
        r#"}},"person":{{"name":{{"firstName":"{}","lastName":"{}"}},"birthYear":{}}}"#,
        first.written,
        last.written,
        rng.u32(1940..2008)
    )?;
    write!(line, r#","personalEmail":{{"address":"{email}"}}"#)?;
    if rng.u8(..100) < 40 {
        write!(line, r#","mobilePhone":{{"number":"+00 555 {:07}"}}"#, rng.u32(..10_000_000))?;
    }
    Ok(())
}

fn address(line: &mut String, rng: &mut Rng, place: &Place) -> fmt::Result {
    write!(
        line,
        r#","homeAddress":{{"city":"{}","postalCode":"{:05}","country":"{}","countryCode":"{}"}}"#,
        pick(rng, place.cities)?,
        rng.u32(1_000..100_000),
        place.country,
        place.country_code
    )
}

/// Everybody in the gold tier is a gold member; one in three of the others has another tier.
fn loyalty(line: &mut String, rng: &mut Rng, gold: bool) -> fmt::Result {
    let tier = match (gold, rng.u8(..3)) {
        (true, _) => "gold",
        (false, 0) => "silver",
        (false, _) => return Ok(()),
    };
    let points = rng.u32(..50_000);
    let joined = moment(rng);
    write!(line, r#","loyalty":{{"tier":"{tier}","points":{points},"joinDate":"{joined}"}}"#)
}

fn interests(line: &mut String, rng: &mut Rng) -> fmt::Result {
    const TOPICS: [&str; 5] = ["hiking", "cooking", "chess", "gardening", "music"];
    let count = rng.usize(..3);
    let first = rng.usize(..TOPICS.len());
    let chosen = TOPICS.iter().cycle().skip(first).take(count);
    let quoted: Vec<String> = chosen.map(|topic| format!("\"{topic}\"")).collect();
    write!(line, r#","interests":[{}]"#, quoted.join(","))
}

/// Who belongs to a segment is in it as realized or existing; some of the others have left it.
fn memberships(line: &mut String, rng: &mut Rng, belongs: [bool; AUDIENCES.len()]) -> fmt::Result {
    line.push_str(r#","segmentMembership":{"ups":{"#);
    let mut separator = "";
    for (audience, belongs) in AUDIENCES.iter().zip(belongs) {
        let chance = rng.u8(..100);
        let status = match belongs {
            true if chance < 35 => "realized",
            true => "existing",
            false if chance < 12 => "exited",
            false => continue,
        };
        line.push_str(separator);
        membership(line, rng, audience.id, status)?;
        separator = ",";
    }
    line.push('}');
    if rng.u8(..100) < 8 {
        line.push_str(r#","AAM":{"#);
        let id = pick(rng, &AUDIENCE_MANAGER_IDS)?;
        let status = if rng.u8(..4) == 0 { "exited" } else { "realized" };
        membership(line, rng, id, status)?;
        line.push('}');
    }
    line.push('}');
    Ok(())
}

fn membership(line: &mut String, rng: &mut Rng, id: &str, status: &str) -> fmt::Result {
    let time = moment(rng);
    write!(line, r#""{id}":{{"lastQualificationTime":"{time}","status":"{status}"}}"#)
}

fn events(line: &mut String, rng: &mut Rng, index: u64, count: u64) -> fmt::Result {
    line.push_str(r#","eventList":["#);
    for number in 0..count {
        if number > 0 {
            line.push(',');
        }
        event(line, rng, index, number)?;
    }
    line.push(']');
    Ok(())
}

fn event(line: &mut String, rng: &mut Rng, index: u64, number: u64) -> fmt::Result {
    // A page view happens and arrives within the hour that follows.
    let happened = rng.u32(..SECONDS - 3_600);
    let arrived = happened + rng.u32(1..3_600);
    let browser = pick(rng, &["Firefox", "Chrome", "Safari"])?;
    let purchase = rng.u8(..5) == 0;
    let kind = if purchase { "commerce.purchases" } else { "web.webpagedetails.pageViews" };
    write!(
        line,
        r#"{{"_id":"event-{index:08}-{number}","timestamp":"{}","eventType":"{kind}""#,
        time_at(happened)
    )?;
    if purchase {
        let (units, cents) = (rng.u32(1..400), rng.u32(..100));
        write!(line, r#","commerce":{{"order":{{"priceTotal":{units}.{cents:02}}}}}"#)?;
    } else {
        let page = pick(rng, &["home", "search", "product", "basket"])?;
        write!(line, r#","web":{{"webPageDetails":{{"name":"{page}"}}}}"#)?;
    }
    write!(
        line,
        r#","environment":{{"browserDetails":{{"name":"{browser}","version":"{}.0"}}}}"#,
        rng.u32(90..140)
    )?;
    write!(line, r#","_emulator":{{"ingestedAt":"{}"}}}}"#, time_at(arrived))
}

fn envelope(line: &mut String, rng: &mut Rng) -> fmt::Result {
    write!(line, r#","_emulator":{{"updatedAt":"{}"}}}}"#, moment(rng))
}

/// One of the choices; none to choose from is an error, and no list here is empty.
fn pick<'a, T>(rng: &mut Rng, choices: &'a [T]) -> Result<&'a T, fmt::Error> {
    rng.choice(choices).ok_or(fmt::Error)
}

/// An Experience Cloud id: 38 digits.
fn ecid(rng: &mut Rng) -> String {
    format!("{:019}{:019}", rng.u64(..1 << 62), rng.u64(..1 << 62))
}

/// The seconds from 2026-01-01 to 2026-11-01.
const SECONDS: u32 = 304 * 86_400;

fn moment(rng: &mut Rng) -> String {
    time_at(rng.u32(..SECONDS))
}

/// RFC 3339 text of a second counted from the beginning of 2026. Written by hand because a sample
/// set has a hundred thousand of these and the first run of the program is an unoptimised build.
fn time_at(second: u32) -> String {
    const MONTH_LENGTHS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let (mut day, mut month) = (second / 86_400, 1);
    for length in MONTH_LENGTHS {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    let (hour, minute, second) = (second / 3_600 % 24, second / 60 % 60, second % 60);
    format!("2026-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", day + 1)
}
