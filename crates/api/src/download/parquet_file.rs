//! What a Parquet file says of itself.

use std::fs::File;

use super::positioned::read_exact_at;

/// First and last bytes of every Parquet file (documented by the format).
const MARK: [u8; 4] = *b"PAR1";
/// The mark at the end and the footer's length before it.
const TAIL: u64 = 8;

/// Whether a file of this name is to be Parquet.
pub(super) fn is_parquet(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".parquet")
}

/// Looks at the marks at both ends, and counts the rows that the footer tells of, where this crate
/// was built to (feature `parquet-check`).
///
/// # Errors
/// What is wrong with the file, or why it cannot be read.
pub(super) fn check(file: &File, length: u64) -> std::io::Result<Result<Option<u64>, String>> {
    let not_whole = || Ok(Err("is not a whole Parquet file".to_owned()));
    if length < MARK.len() as u64 + TAIL {
        return not_whole();
    }
    let (mut first, mut tail) = ([0; 4], [0; TAIL as usize]);
    read_exact_at(file, &mut first, 0)?;
    read_exact_at(file, &mut tail, length - TAIL)?;
    let [a, b, c, d, last @ ..] = tail;
    if first != MARK || last != MARK {
        return not_whole();
    }
    let footer = u64::from(u32::from_le_bytes([a, b, c, d]));
    match (length - TAIL).checked_sub(footer) {
        Some(start) if start >= MARK.len() as u64 => rows(file, start, footer),
        _ => Ok(Err("has a Parquet footer longer than itself".to_owned())),
    }
}

#[cfg(not(feature = "parquet-check"))]
#[expect(clippy::unnecessary_wraps, reason = "as it is with the feature")]
fn rows(_: &File, _: u64, _: u64) -> std::io::Result<Result<Option<u64>, String>> {
    Ok(Ok(None))
}

/// The footer is decoded in memory, into several times its size. One larger than this is left alone,
/// and its rows stay unknown.
#[cfg(feature = "parquet-check")]
const LARGEST_FOOTER: u64 = 16 * 1024 * 1024;

#[cfg(feature = "parquet-check")]
fn rows(file: &File, start: u64, length: u64) -> std::io::Result<Result<Option<u64>, String>> {
    if length > LARGEST_FOOTER {
        return Ok(Ok(None));
    }
    let mut footer = vec![0; usize::try_from(length).unwrap_or_default()];
    read_exact_at(file, &mut footer, start)?;
    Ok(rows_in(&footer).map(Some))
}

#[cfg(feature = "parquet-check")]
fn rows_in(footer: &[u8]) -> Result<u64, String> {
    use parquet::file::metadata::{
        ParquetMetaDataOptions, ParquetMetaDataReader, ParquetStatisticsPolicy,
    };

    let unreadable = || "has a Parquet footer that cannot be read".to_owned();
    let mut options = ParquetMetaDataOptions::new();
    options.set_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll);
    options.set_column_stats_policy(ParquetStatisticsPolicy::SkipAll);
    options.set_size_stats_policy(ParquetStatisticsPolicy::SkipAll);
    let decode = || ParquetMetaDataReader::decode_metadata_with_options(footer, Some(&options));
    // The decoder is made for files that one trusts; whatever it makes of this one must not end more
    // than this file.
    let metadata = std::panic::catch_unwind(std::panic::AssertUnwindSafe(decode));
    let metadata = metadata.map_err(|_| unreadable())?;
    let metadata = metadata.map_err(|error| format!("{}: {error}", unreadable()))?;
    let told = u64::try_from(metadata.file_metadata().num_rows()).map_err(|_| unreadable())?;
    let mut groups = metadata.row_groups().iter();
    let counted =
        groups.try_fold(0_u64, |sum, group| sum.checked_add(u64::try_from(group.num_rows()).ok()?));
    let counted = counted.ok_or_else(unreadable)?;
    if counted == told {
        Ok(told)
    } else {
        Err(format!("has {counted} rows in its row groups where its footer says {told}"))
    }
}

#[cfg(test)]
#[cfg(feature = "parquet-check")]
#[path = "parquet_file_tests.rs"]
mod tests;
