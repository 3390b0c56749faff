//! The files of a batch: a walk over any listings ends, and ends with its first error.
//!
//! Blocks are answers, in the order in which they are asked for.

use crate::block::blocks;
use crate::client::{client, run};
use crate::service::Service;
use futures_util::StreamExt;

/// How many listings may be asked for at once.
const AT_ONCE: usize = 8;

pub(super) fn target(data: &[u8]) {
    let answers = blocks(data);
    let most = answers.len() + AT_ONCE;
    let service = Service::once(answers);
    let client = client(&service);
    let files = run(client.files().of_batch(&"b1".into()).collect::<Vec<_>>());
    assert!(service.requests().len() <= most);
    let errors = files.iter().filter(|file| file.is_err()).count();
    assert!(errors == 0 || files.last().is_some_and(Result::is_err), "it goes on after an error");
    assert!(errors <= 1);
}
