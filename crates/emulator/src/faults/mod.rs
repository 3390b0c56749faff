//! Faults on demand: rules as data, and what they do to a request.
//!
//! Each rule counts every request that it means. Of the rules that would strike a request, in
//! order, all delays do, and the first other one; only a rule that strikes uses up one of its
//! times. What is decided here is carried out in two places: another answer by the core, what
//! happens on the socket by the shell.

mod action;
mod documents;
mod operation;
mod parse;
mod rule;
mod strike;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::call::Call;

pub use action::{Action, Envelope, FaultAnswer, Framing};
pub use parse::InvalidFault;
pub use rule::{Fault, Stage};

pub(crate) use operation::operation;
pub(crate) use strike::Strike;

/// The rules in force. Clones are the same rules.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use aep_export_emulator::{Action, Emulator, Fault};
///
/// let emulator = Emulator::builder().profiles(10).start().await?;
/// emulator.set_faults([Fault::new(Action::Reset).on("export_jobs.list").times(2)])?;
/// // ... requests ...
/// assert_eq!(emulator.faults().report()[0].fired, 0);
/// emulator.clear_faults();
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Faults {
    rules: Arc<Mutex<Rules>>,
}

/// How a rule has fared since it was set.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FaultReport {
    /// The rule.
    pub rule: Fault,
    /// How many requests it meant.
    pub seen: u64,
    /// How many of them it struck.
    pub fired: u64,
}

#[derive(Debug)]
struct Rules {
    seed: u64,
    live: Vec<Live>,
    /// Tokens that are over, as numbers that say nothing about them.
    expired: HashSet<u64>,
    hasher: RandomState,
}

/// A rule in force.
#[derive(Debug)]
struct Live {
    fault: Fault,
    seen: u64,
    fired: u64,
    dice: fastrand::Rng,
}

impl Faults {
    pub(crate) fn new(seed: u64, faults: Vec<Fault>) -> Result<Self, InvalidFault> {
        let hasher = RandomState::new();
        let rules = Rules { seed, live: Vec::new(), expired: HashSet::new(), hasher };
        let new = Self { rules: Arc::new(Mutex::new(rules)) };
        new.add(faults)?;
        Ok(new)
    }

    /// Puts these rules in the place of all that were there; every count begins anew, and expired
    /// tokens are good again.
    ///
    /// # Errors
    /// A rule is not valid; those that were there stay.
    pub fn set(&self, faults: impl IntoIterator<Item = Fault>) -> Result<(), InvalidFault> {
        let faults = checked(faults)?;
        let mut rules = self.rules();
        rules.clear();
        rules.extend(faults);
        Ok(())
    }

    /// Adds rules behind those that are there.
    ///
    /// # Errors
    /// A rule is not valid; none is added then.
    pub fn add(&self, faults: impl IntoIterator<Item = Fault>) -> Result<(), InvalidFault> {
        let faults = checked(faults)?;
        self.rules().extend(faults);
        Ok(())
    }

    /// Takes all rules away; expired tokens are good again. What a rule is doing to a request
    /// already it does to the end.
    pub fn clear(&self) {
        self.rules().clear();
    }

    /// All rules in order, and how often each has struck.
    #[must_use]
    pub fn report(&self) -> Vec<FaultReport> {
        let of = |live: &Live| FaultReport {
            rule: live.fault.clone(),
            seen: live.seen,
            fired: live.fired,
        };
        self.rules().live.iter().map(of).collect()
    }

    /// What happens to this request.
    pub(crate) fn strike(&self, call: &Call) -> Strike {
        let mut rules = self.rules();
        let mut strike = Strike::default();
        for (place, live) in (1..).zip(&mut rules.live) {
            if live.would_strike(call) && strike.takes(&live.fault) {
                live.fired += 1;
                strike.add(place, &live.fault);
            }
        }
        if strike.expires_token()
            && let Some(token) = call.header("authorization")
        {
            let mark = rules.mark(token);
            rules.expired.insert(mark);
        }
        strike
    }

    /// Whether a rule has declared over what this `Authorization` holds.
    pub(crate) fn has_expired(&self, authorization: &str) -> bool {
        let rules = self.rules();
        rules.expired.contains(&rules.mark(authorization))
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rules {
    /// What is kept of a token. How its scheme is written makes no difference.
    fn mark(&self, authorization: &str) -> u64 {
        self.hasher.hash_one(authorization.rsplit(' ').next())
    }

    fn clear(&mut self) {
        self.live.clear();
        self.expired.clear();
    }

    /// The dice of a rule depend on the seed and the rule's place alone.
    fn extend(&mut self, faults: Vec<Fault>) {
        for fault in faults {
            let place = self.live.len() as u64;
            let seed = self.seed.wrapping_add(place.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let dice = fastrand::Rng::with_seed(seed);
            self.live.push(Live { fault, seen: 0, fired: 0, dice });
        }
    }
}

impl Live {
    /// Counts the request, if it is meant, and says whether its turn has come.
    fn would_strike(&mut self, call: &Call) -> bool {
        if !self.fault.matching.takes(call) {
            return false;
        }
        let when = &self.fault.when;
        let turn = self.seen >= when.skipped() && !when.is_used_up(self.seen, self.fired);
        self.seen += 1;
        turn && when.probability.is_none_or(|probability| self.dice.f64() < probability)
    }
}

fn checked(faults: impl IntoIterator<Item = Fault>) -> Result<Vec<Fault>, InvalidFault> {
    let faults: Vec<_> = faults.into_iter().collect();
    for (index, fault) in faults.iter().enumerate() {
        fault.check().map_err(|wrong| InvalidFault::of(index, wrong))?;
    }
    Ok(faults)
}
