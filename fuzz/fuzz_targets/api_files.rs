//! The files of a batch, and one of them fetched: a walk over any listings ends, and whatever the
//! service calls a file and sends for it, nothing but whole files stand under their names.
//!
//! The first line is `walk`, and blocks with listings follow; or `fetch LENGTH NAME`, and one block with
//! the bytes.
#![no_main]

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use aep_export_api::{ExportFile, Folder};
use aep_export_fuzz::block::{Block, blocks, first_line};
use aep_export_fuzz::client::{client, run};
use aep_export_fuzz::service::Service;
use futures_util::StreamExt;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

fuzz_target!(|data: &[u8]| {
    let (line, rest) = first_line(data);
    match line.strip_prefix("fetch ") {
        Some(file) => {
            let (length, name) = file.split_once(' ').unwrap_or((file, ""));
            let (name, length) = (name.to_owned(), length.parse().ok());
            fetch(ExportFile { file_id: "f1".into(), name, length }, Block::read(rest));
        }
        None => walk(rest),
    }
});

fn walk(data: &[u8]) {
    let answers = blocks(data);
    let most = answers.len() + 1;
    let service = Service::once(answers);
    let client = client(&service);
    let files = run(client.files().of_batch(&"b1".into()).collect::<Vec<_>>());
    assert!(service.requests().len() <= most);
    let errors = files.iter().filter(|file| file.is_err()).count();
    assert!(errors == 0 || files.last().is_some_and(Result::is_err), "it goes on after an error");
    assert!(errors <= 1);
}

fn fetch(file: ExportFile, block: Block) {
    let house = house();
    let target = house.join("in");
    let folder = Folder::at(&target).expect("a folder");
    let service = Service::once(vec![block.clone()]);
    let client = client(&service);
    let mut told = 0;
    let fetched = run(client.files().download(&file, &folder, |bytes| told += bytes));
    let found: Vec<_> = fs::read_dir(&target).expect("it is there").flatten().collect();
    match fetched {
        Ok(downloaded) => {
            assert!(block.status().is_success() && !block.says("cut"));
            assert_eq!(downloaded.path, target.join(&file.name));
            let bytes = fs::read(&downloaded.path).expect("the file");
            assert_eq!((bytes.len() as u64, told), (downloaded.bytes, downloaded.bytes));
            assert_eq!(bytes, block.body, "other bytes than those that came");
            assert!(file.length.is_none_or(|length| length == downloaded.bytes));
            assert_eq!(found.len(), 1);
        }
        Err(_) => {
            let whole = found.iter().find(|entry| entry.file_name().to_str() == Some(&file.name));
            assert!(whole.is_none(), "{:?} is not whole", file.name);
        }
    }
    let beside = fs::read_dir(house).expect("it is there").count();
    assert_eq!(beside, 1, "{:?} left its folder", file.name);
    fs::remove_dir_all(&target).expect("only files");
}

/// A folder for all inputs, each of which leaves it empty.
fn house() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| TempDir::new().expect("a temporary folder")).path()
}
