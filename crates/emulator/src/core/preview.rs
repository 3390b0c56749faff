//! The first rows of what an export wrote, as JSON.

use std::fs::File;
use std::path::Path;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;

use crate::records::JobRecord;

/// Rows in a preview, at most (documented).
const ROWS: usize = 100;

/// The first rows of the job's part files, in order.
pub(super) fn rows(
    exports: &Path,
    job: &JobRecord,
) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    let mut rows = Vec::new();
    for place in 0..job.batches.len() {
        let dir = crate::work::batch_dir(exports, job.id, place);
        let files = job.written(place).map(|written| written.files.as_slice()).unwrap_or_default();
        for file in files.iter().filter(|file| file.rows > 0) {
            let left = ROWS - rows.len();
            if left == 0 {
                return Ok(rows);
            }
            rows.extend(first_rows(&dir.join(&file.name), left)?);
        }
    }
    Ok(rows)
}

fn first_rows(file: &Path, count: usize) -> Result<Vec<Value>, Box<dyn std::error::Error>> {
    let reader = SerializedFileReader::new(File::open(file)?)?;
    let rows = reader.get_row_iter(None)?.take(count);
    rows.map(|row| Ok(object(row?.get_column_iter()))).collect()
}

/// Of fields without a value there is nothing.
fn object<'f>(fields: impl Iterator<Item = (&'f String, &'f Field)>) -> Value {
    let known = fields.filter(|(_, field)| !matches!(field, Field::Null));
    Value::Object(known.map(|(name, field)| (name.clone(), value(field))).collect())
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => (*value).into(),
        Field::Long(value) => (*value).into(),
        Field::Double(value) => (*value).into(),
        Field::Str(text) => text.as_str().into(),
        Field::Group(group) => object(group.get_column_iter()),
        Field::ListInternal(list) => list.elements().iter().map(value).collect(),
        Field::MapInternal(map) => {
            let members = map.entries().iter();
            members.map(|(key, field)| (text_of(key), value(field))).collect()
        }
        // Exports have columns of no other kind.
        other => other.to_string().into(),
    }
}

fn text_of(key: &Field) -> String {
    if let Field::Str(text) = key { text.clone() } else { key.to_string() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_schema::{DataType, Field as Column, Fields, Schema};
    use parquet::arrow::ArrowWriter;
    use serde_json::json;

    use super::*;

    /// Columns of every kind that exports have.
    fn schema() -> Schema {
        let optional = |name: &str, kind| Column::new(name, kind, true);
        let list = |element| DataType::List(Arc::new(optional("element", element)));
        let map = |values| {
            let members = [Column::new("key", DataType::Utf8, false), optional("value", values)];
            let members = DataType::Struct(Fields::from_iter(members));
            DataType::Map(Arc::new(Column::new("key_value", members, false)), false)
        };
        let name = DataType::Struct(Fields::from_iter([optional("first", DataType::Utf8)]));
        Schema::new(vec![
            optional("name", name.clone()),
            optional("orders", DataType::Int64),
            optional("value", DataType::Float64),
            optional("test", DataType::Boolean),
            optional("interests", list(DataType::Utf8)),
            optional("identityMap", map(list(name))),
        ])
    }

    #[test]
    fn the_first_rows_are_those_of_the_file_without_what_has_no_value() {
        let rows = [
            json!({"name": {"first": "Ruth"}, "orders": -17, "value": 0.1, "test": false,
                "interests": ["chess", null], "identityMap": {"Email": [{"first": "r"}], "ECID": []}}),
            json!({"name": {}, "interests": [], "identityMap": {}}),
            json!({"orders": 9_007_199_254_740_993_i64, "identityMap": {"Email": null}}),
            json!({}),
        ];
        let schema = Arc::new(schema());
        let mut reader = arrow_json::ReaderBuilder::new(schema.clone()).build_decoder().unwrap();
        reader.serialize(&rows).unwrap();
        let batch = reader.flush().unwrap().unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut writer = ArrowWriter::try_new(file.as_file(), schema, None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        assert_eq!(first_rows(file.path(), 100).unwrap(), rows);
        assert_eq!(first_rows(file.path(), 2).unwrap(), rows[..2]);
    }
}
