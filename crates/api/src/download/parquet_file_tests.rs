use std::io::Write;
use std::sync::Arc;

use parquet::data_type::Int64Type;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;

use super::*;

/// A Parquet file with these numbers of rows in its row groups.
fn parquet(groups: &[usize]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type("message m { required int64 n; }").unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
    for rows in groups {
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let values: Vec<i64> = (0..).take(*rows).collect();
        column.typed::<Int64Type>().write_batch(&values, None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.close().unwrap();
    bytes
}

fn checked(bytes: &[u8]) -> Result<Option<u64>, String> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    check(&file, bytes.len() as u64).unwrap()
}

#[test]
fn rows_are_those_of_the_footer() {
    assert_eq!(checked(&parquet(&[])), Ok(Some(0)));
    assert_eq!(checked(&parquet(&[3, 4])), Ok(Some(7)));
}

#[test]
fn what_is_not_whole_is_told() {
    let whole = parquet(&[3]);
    let not_whole = Err("is not a whole Parquet file".to_owned());
    assert_eq!(checked(&whole[..whole.len() - 1]), not_whole);
    assert_eq!(checked(&whole[1..]), not_whole);
    assert_eq!(checked(b""), not_whole);
    assert_eq!(checked(b"PAR1PAR1"), not_whole);
    assert_eq!(checked(b"<html>rows</html>"), not_whole);
    let mut long = whole.clone();
    let at = long.len() - 8;
    long[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(checked(&long), Err("has a Parquet footer longer than itself".to_owned()));
    let empty = checked(b"PAR1\0\0\0\0PAR1").unwrap_err();
    assert!(empty.starts_with("has a Parquet footer that cannot be read"), "{empty}");
}

#[test]
fn rows_that_the_row_groups_do_not_have_are_told() {
    let whole = parquet(&[3, 4]);
    // The footer holds numbers of rows doubled, in one byte.
    let changed = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] = 2 * 8;
        checked(&bytes)
    };
    let mut sevens = (4..whole.len() - 8).filter(|at| whole[*at] == 2 * 7);
    let told = Err("has 7 rows in its row groups where its footer says 8".to_owned());
    assert!(sevens.any(|at| changed(at) == told));
}

#[test]
fn only_names_that_say_so_are_to_be_parquet() {
    assert!(is_parquet("part-0.c000.snappy.parquet") && is_parquet("X.PARQUET"));
    assert!(!is_parquet("parquet") && !is_parquet("a.parquet.csv"));
}

proptest! {
    /// A footer that was damaged is read or refused, and never more than that.
    #[test]
    fn a_damaged_footer_is_no_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = parquet(&[3, 4]);
        let footer = bytes.len() - 8 - u32::from_le_bytes(
            bytes[bytes.len() - 8..bytes.len() - 4].try_into().unwrap(),
        ) as usize;
        let end = bytes.len() - 8;
        for (at, byte) in changes {
            bytes[footer + at.index(end - footer)] = byte;
        }
        let _ = checked(&bytes);
    }

    #[test]
    fn any_bytes_between_the_marks_are_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let length = bytes.len() as u32;
        let _ = checked(&[b"PAR1", &bytes[..], &length.to_le_bytes(), b"PAR1"].concat());
    }
}
