//! The built-in sample set: audiences, and profiles made from a seed.

/// A segment definition that every organisation and sandbox starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleAudience {
    /// Its segment id in the namespace `ups`: the same in every store.
    pub id: &'static str,
    /// What people call it. Two audiences share one name, as happens in real organisations.
    pub name: &'static str,
    /// One sentence for people.
    pub description: &'static str,
    /// The rule as Profile Query Language text (`expression.value`).
    pub expression: &'static str,
}

/// The sample audiences. "Newsletter subscribers" is there twice.
#[must_use]
pub fn audiences() -> &'static [SampleAudience] {
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
        description: "A page view in the last thirty days, also of visitors known by nothing else",
        expression: "select e from xEvent where e.eventType = \"web.webpagedetails.pageViews\"",
    },
];

/// The first `count` profiles of the sample set that belongs to `seed`, one JSON document each.
pub fn profiles(seed: u64, count: u64) -> impl Iterator<Item = String> + Send + 'static {
    (0..count).map(move |index| profile(seed, index))
}

fn profile(_seed: u64, _index: u64) -> String {
    String::new()
}
