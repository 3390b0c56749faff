//! The name of a job's state, as somebody types it.

use std::ffi::OsStr;

use aep_export_model::JobStatus;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// Reads a state that is known, in any case. That clap knows the words lets shells complete them, and
/// says which was meant.
#[derive(Debug, Clone)]
pub(crate) struct Status;

impl TypedValueParser for Status {
    type Value = JobStatus;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<JobStatus, clap::Error> {
        let words = PossibleValuesParser::new(JobStatus::KNOWN);
        let word = words.parse_ref(command, arg, &value.to_ascii_uppercase())?;
        Ok(JobStatus::from(word.as_str()))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(JobStatus::KNOWN.iter().copied().map(PossibleValue::new)))
    }
}
