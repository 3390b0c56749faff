//! `download --verify`: a folder or a store against its manifest, without the service.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aep_export_api::{Error, Manifest, Verified};
use futures_util::future::BoxFuture;
use serde_json::json;

use crate::context::Context;
use crate::destination::Destination;
use crate::failure::{Failure, Kind};
use crate::output::columns::{Column, Kind as RecordKind};
use crate::transfer::bytes_shown;

/// What is told of a file that is not as it was left.
pub(super) static KIND: RecordKind = RecordKind {
    name: "difference",
    columns: &[Column::left("differs"), Column::text("file"), Column::text("path").for_programs()],
    keyed: false,
};
const DRAW: Duration = Duration::from_millis(100);

pub(super) async fn execute(context: &mut Context, dir: PathBuf) -> Result<(), Failure> {
    context.refuse_raw("download --verify")?;
    let place = Destination::to_verify(context, &dir)?;
    let dir = place.path().to_owned();
    let verified = compared(context, &place).await?;
    let mut list = context.out.list();
    list.page(b"")?;
    for difference in &verified.differences {
        let record = json!({
            "path": difference.path,
            "differs": difference.what.word(),
            "message": difference.to_string(),
        });
        list.record(record.to_string().as_bytes(), &difference.path, || {
            vec![
                difference.what.word().into(),
                difference.to_string().into(),
                difference.path.as_str().into(),
            ]
        })?;
    }
    list.end()?;
    let Verified { files, bytes, .. } = verified;
    let dir = dir.display();
    match verified.differences.len() {
        0 => {
            let (plural, verb) = if files == 1 { ("file", "is") } else { ("files", "are") };
            let bytes = bytes_shown(bytes);
            context.talk.note(&format!("{files} {plural}, {bytes}, {verb} as {dir} was left"));
            Ok(())
        }
        count => {
            let (plural, verb) = if count == 1 { ("thing", "is") } else { ("things", "are") };
            let sentence = format!("{count} {plural} in {dir} {verb} not as the manifest says");
            Err(Failure::new(Kind::Check, sentence)
                .hint("remove the files that differ and download again"))
        }
    }
}

/// Compares on a thread that may wait for the disk, and shows how far it is.
async fn compared(context: &mut Context, place: &Destination) -> Result<Verified, Failure> {
    let read = Arc::new(AtomicU64::new(0));
    let dir = place.path();
    let mut comparing = comparing(place, Arc::clone(&read));
    let done = loop {
        tokio::select! {
            done = &mut comparing => break done,
            () = context.clock.sleep(DRAW), if context.talk.manner().live => {
                let read = bytes_shown(read.load(Ordering::Relaxed));
                context.talk.live(&format!("comparing  {read} read"));
            }
        }
    };
    context.talk.wipe();
    done?.ok_or_else(|| {
        Failure::usage(format!("{} has no manifest.json to compare with", dir.display()))
            .hint("it is written by `download` once all files of a batch are there")
    })
}

type Comparing<'a> = BoxFuture<'a, Result<Option<Verified>, Failure>>;

fn comparing(place: &Destination, read: Arc<AtomicU64>) -> Comparing<'_> {
    #[cfg(feature = "object-stores")]
    if let Some(store) = place.as_store() {
        return Box::pin(async move { store.verify(&read).await });
    }
    Box::pin(folder_compared(place.path().to_owned(), read))
}

async fn folder_compared(
    there: PathBuf,
    counted: Arc<AtomicU64>,
) -> Result<Option<Verified>, Failure> {
    let comparing = tokio::task::spawn_blocking(move || {
        let Some(manifest) = Manifest::read(&there)? else { return Ok(None) };
        let count = |bytes| {
            counted.fetch_add(bytes, Ordering::Relaxed);
            Ok(())
        };
        manifest.verify(&there, count).map(Some)
    });
    let done: Result<Option<Verified>, Error> =
        comparing.await.map_err(|_| Failure::new(Kind::Other, "comparing was broken off"))?;
    done.map_err(|error| Failure::of(&error, "compare").of_input())
}
