//! One cell: a call under a fault, and what came of it.

use std::fmt::Debug;
use std::time::Duration;

use aep_export_api::{Error, ErrorKind, LostCreate, LostDataset, LostSegmentJob, Reconciled};
use aep_export_emulator::{Fault, Stage};
use aep_export_transport::Clock;
use futures_util::future::{Either, select};

use super::calls::{Call, Makes, Nature};
use super::faults::{Column, Times};
use super::rules::{self, Expected};
use super::scene::{House, Scene};
use super::verdict::Failed;

/// Longer than any call may take, and so the sign of one that would never end.
const FOR_EVER: Duration = Duration::from_secs(30 * 24 * 3600);

/// A call under a fault.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) call: &'a Call,
    pub(super) column: &'a Column,
    pub(super) times: Times,
    /// `None` where the call changes nothing, so that there is no before and after.
    pub(super) stage: Option<Stage>,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) end: Result<(), Failed>,
    /// How often the request that the fault strikes was sent.
    sent: u32,
    took: Duration,
    /// How many things the call made.
    made: usize,
    /// Whether what a create without a usable answer made was found afterwards.
    pub(super) found: Option<bool>,
}

impl Cell<'_> {
    /// Whether there is such a cell.
    pub(super) fn exists(&self) -> bool {
        rules::exists(self.call, self.column)
            && self.stage.is_none_or(|stage| self.column.stages.contains(&stage))
    }

    fn fault(&self) -> Fault {
        let fault = Fault::new(self.column.action.clone()).on(self.call.struck);
        let from = u64::from(self.call.from);
        let fault = match self.times {
            Times::Once => fault.nth(from),
            Times::ForEver => fault.skip(from - 1),
        };
        match self.stage {
            None => fault,
            Some(Stage::Before) => fault.before(),
            Some(Stage::After) => fault.after(),
        }
    }

    /// Makes the call in `house`. `number` tells it from all other calls there.
    pub(super) async fn play(&self, house: &House, number: u64) -> Seen {
        let scene = house.scene(self.call, number).await;
        let service = scene.service();
        service.set_faults([self.fault()]).unwrap();
        service.clear_requests();
        let began = house.clock.elapsed();
        let end = match select((self.call.run)(&scene), house.clock.sleep(FOR_EVER)).await {
            Either::Left((end, _)) => end,
            Either::Right(_) => Err(Failed::Hung),
        };
        let took = house.clock.elapsed() - began;
        let requests = service.requests();
        let struck = requests.iter().filter(|it| it.operation == Some(self.call.struck));
        let sent = u32::try_from(struck.count()).unwrap();
        service.clear_faults();
        let made = match self.call.makes {
            None => 0,
            Some(Makes::Job) => scene.jobs().await.len(),
            Some(Makes::SegmentJob) => scene.segment_jobs().await.len(),
            Some(Makes::Dataset) => scene.datasets().await.len(),
        };
        let found = self.found(&scene, &end, took).await;
        Seen { end, sent, took, made, found }
    }

    /// Looks for what a create whose outcome is not known has made, by what its error says.
    async fn found(
        &self,
        scene: &Scene<'_>,
        end: &Result<(), Failed>,
        took: Duration,
    ) -> Option<bool> {
        let Err(Failed::Error(error)) = end else { return None };
        let makes = self.call.makes.filter(|_| error.outcome_unknown())?;
        let sent_id = error.attempts().unwrap().sent_request_id().unwrap();
        Some(match makes {
            Makes::Job => {
                let request = scene.request.clone().unwrap();
                let lost = LostCreate::new(request, took).request_id(sent_id);
                is_found(scene.good.export_jobs().reconcile(&lost).await)
            }
            Makes::SegmentJob => {
                let lost = LostSegmentJob::new(scene.evaluation(), took).request_id(sent_id);
                is_found(scene.good.segment_jobs().reconcile(&lost).await)
            }
            Makes::Dataset => {
                let lost = LostDataset::new(scene.new_dataset(), took);
                is_found(scene.good.datasets().reconcile(&lost).await)
            }
        })
    }

    fn expected(&self) -> Expected {
        let stage = self.stage.unwrap_or(Stage::Before);
        rules::expected(self.call, self.column, self.times, stage)
    }

    /// What is not as the rules say.
    pub(super) fn complaint(&self, seen: &Seen) -> Option<String> {
        let expected = self.expected();
        let call = self.call;
        let mut wrong = Vec::new();
        let mut check = |is_right: bool, what: String| {
            if !is_right {
                wrong.push(what);
            }
        };
        let kind = seen.end.as_ref().copied().map_err(Failed::kind);
        check(kind == expected.end.map_err(Some), format!("expected {:?}", expected.end));
        let tries = self.tries(seen);
        check(tries == expected.tries, format!("{tries:?} tries, not {:?}", expected.tries));
        let made = usize::from(expected.made);
        check(seen.made == made, format!("made {} things, not {made}", seen.made));
        let unknown = expected.end == Err(ErrorKind::UnknownOutcome);
        let found = (unknown && call.makes.is_some()).then_some(expected.made);
        check(seen.found == found, format!("looking for it: {:?}, not {found:?}", seen.found));
        let (took, least) = (seen.took, expected.at_least);
        check(took >= least, format!("took {took:?}, less than the {least:?} asked for"));
        let most = rules::deadline(call.nature);
        check(took <= most, format!("took {took:?}, more than {most:?}"));
        let cell =
            format!("{}, {}, {:?}, {:?}", call.name, self.column.name, self.times, self.stage);
        let said = seen.end.as_ref().err().map(Failed::said).unwrap_or_default();
        (!wrong.is_empty()).then(|| format!("{cell}: {}\n    {said}", wrong.join("; ")))
    }

    /// How often the struck request was tried: what was sent beside it when nothing is wrong is
    /// left out. How often a wait asks depends on the job.
    fn tries(&self, seen: &Seen) -> Option<u32> {
        let beside = match seen.end {
            Ok(()) => self.call.sends - 1,
            Err(_) => self.call.from - 1,
        };
        (self.call.nature != Nature::Wait).then(|| seen.sent.saturating_sub(beside))
    }

    /// For the page: what the caller sees.
    pub(super) fn word(&self, seen: &Seen) -> String {
        let mut word = match &seen.end {
            Ok(()) => "right".to_owned(),
            Err(failed) => match failed.kind() {
                Some(ErrorKind::UnknownOutcome) => "unknown".to_owned(),
                Some(kind) => in_words(kind),
                None => failed.said(),
            },
        };
        match self.tries(seen) {
            Some(tries) if tries > 1 => word.push_str(&format!(", {tries} tries")),
            _ => {}
        }
        match seen.found {
            Some(true) => word.push_str(" → found"),
            Some(false) => word.push_str(" → none"),
            None => {}
        }
        word
    }
}

/// `NotFound` as `not found`.
fn in_words(kind: ErrorKind) -> String {
    let mut words = String::new();
    for letter in format!("{kind:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

fn is_found<T: Debug>(looked: Result<Reconciled<T>, Error>) -> bool {
    match looked.unwrap() {
        Reconciled::Found(_) => true,
        Reconciled::None => false,
        other => panic!("{other:?}"),
    }
}
