//! The jobs that a command is about: ids typed, or read from standard input.

use std::collections::HashSet;
use std::io::Read;

use aep_export_api::{Client, GetExportJob};
use aep_export_model::JobId;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::columns::Kind;
use crate::output::look::Shows;
use crate::quote::quote;

/// What stands for standard input.
const STDIN: &str = "-";
/// More than any list of ids, in bytes.
const MOST: u64 = 64 * 1024 * 1024;

#[derive(Debug, clap::Args)]
pub(crate) struct JobIds {
    /// The jobs; `-` reads ids from standard input, one a line
    #[arg(value_name = "ID", required = true)]
    ids: Vec<JobId>,
}

impl JobIds {
    /// The one job, where no list was asked for. What a script gets must not depend on how many
    /// lines came over standard input, so `-` is a list always.
    pub(crate) fn one(&self) -> Option<&JobId> {
        match self.ids.as_slice() {
            [one] if one.as_str() != STDIN => Some(one),
            _ => None,
        }
    }

    /// What a command shows that shows a record of `kind` for each job.
    pub(crate) fn shows(&self, kind: &'static Kind) -> Shows {
        if self.one().is_some() { Shows::One(kind) } else { Shows::List(kind) }
    }

    /// Every job once, in the order in which they were named.
    pub(crate) async fn read(self, context: &mut Context) -> Result<Vec<JobId>, Failure> {
        let mut piped = Vec::new();
        if self.ids.iter().any(|id| id.as_str() == STDIN) {
            let text = context.reading(read_text).await?;
            piped = text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .map(JobId::new)
                .collect();
        }
        let mut ids = Vec::new();
        for id in self.ids {
            if id.as_str() == STDIN { ids.append(&mut piped) } else { ids.push(id) }
        }
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        if ids.is_empty() {
            return Err(Failure::usage("there is no job id on standard input"));
        }
        Ok(ids)
    }
}

fn read_text(stdin: Box<dyn Read + Send>) -> Result<String, Failure> {
    let mut text = String::new();
    stdin.take(MOST).read_to_string(&mut text).map_err(|error| {
        Failure::io("cannot read job ids from standard input", &error).of_input()
    })?;
    Ok(text)
}

/// Refuses ids that no request can be made of, before any is sent.
pub(crate) fn check(client: &Client, ids: &[JobId]) -> Result<(), Failure> {
    for id in ids {
        client
            .request(&GetExportJob { id: id.clone() })
            .map_err(|error| Failure::usage(error.message()).of_job(id.as_str()))?;
    }
    Ok(())
}

/// The ids as words of a command.
pub(crate) fn words(ids: &[JobId]) -> String {
    ids.iter().map(|id| quote(id.as_str())).collect::<Vec<_>>().join(" ")
}
