//! The Parquet schema and the values in it.

use arrow_array::cast::AsArray as _;
use arrow_schema::{DataType, Schema};
use parquet::basic::LogicalType;
use serde_json::{Value, json};

use super::{ExportOptions, reader, request, rows, run};

fn schemas(members: &Value, profiles: &[Value]) -> Vec<Schema> {
    let folder = tempfile::tempdir().unwrap();
    let exported =
        run(&request(members), profiles, folder.path(), &ExportOptions::default()).unwrap();
    let numbered = exported.batches.iter().enumerate();
    let first_file = |(number, batch): (usize, &super::ExportedBatch)| {
        let path = folder.path().join(number.to_string()).join(&batch.files[0].name);
        reader(&path).schema().as_ref().clone()
    };
    numbered.map(first_file).collect()
}

fn schema(members: &Value, profiles: &[Value]) -> Schema {
    schemas(members, profiles).remove(0)
}

/// The type at a dotted path through structs, lists (their elements) and maps (their values).
fn type_at(schema: &Schema, path: &str) -> DataType {
    let mut names = path.split('.');
    let first = names.next().unwrap();
    names.fold(schema.field_with_name(first).unwrap().data_type().clone(), |found, name| {
        match &found {
            DataType::Struct(fields) => fields.find(name).unwrap().1.data_type().clone(),
            DataType::List(element) => element.data_type().clone(),
            DataType::Map(entries, _) => match entries.data_type() {
                DataType::Struct(fields) => fields[1].data_type().clone(),
                other => panic!("{other}"),
            },
            other => panic!("{path}: nothing below {other}"),
        }
    })
}

#[test]
fn types_follow_the_values_and_every_column_is_optional() {
    let profiles = [
        json!({"_id": "1", "flag": true, "whole": 1, "part": 1, "list": [], "nothing": null}),
        json!({"_id": "2", "part": 0.5, "list": ["x"], "person": {"name": {"first": "A"}},
               "time": "2026-01-01T00:00:00Z"}),
    ];
    let schema = schema(&json!({}), &profiles);
    let expected = [
        ("_id", DataType::Utf8),
        ("flag", DataType::Boolean),
        ("whole", DataType::Int64),
        ("part", DataType::Float64),
        ("list.element", DataType::Utf8),
        ("nothing", DataType::Utf8),
        ("person.name.first", DataType::Utf8),
        ("time", DataType::Utf8),
    ];
    for (path, expected) in expected {
        assert_eq!(type_at(&schema, path), expected, "{path}");
    }
    assert!(schema.fields().iter().all(|field| field.is_nullable()));
}

#[test]
fn objects_whose_keys_are_data_are_maps() {
    let profile = json!({
        "_id": "1",
        "identityMap": {"Email": [{"id": "a"}]},
        "segmentMembership": {"ups": {"s": {"status": "realized"}}},
        "consents": {"idSpecific": {"ECID": {"123": {"collect": {"val": "y"}}}}},
        "eventList": [{"_id": "e", "identityMap": {"ECID": [{"id": "1"}]}}],
    });
    let members = json!({"additionalFields": {"eventList": {}}});
    let schema = schema(&members, std::slice::from_ref(&profile));
    for path in [
        "identityMap",
        "segmentMembership",
        "segmentMembership.value",
        "consents.idSpecific",
        "consents.idSpecific.value",
        "eventList.element.identityMap",
    ] {
        assert!(matches!(type_at(&schema, path), DataType::Map(_, false)), "{path}");
    }
    assert_eq!(type_at(&schema, "identityMap.value.element.id"), DataType::Utf8);
    assert_eq!(rows(&members, std::slice::from_ref(&profile)), [profile]);
}

#[test]
fn maps_and_lists_are_laid_out_as_the_parquet_specification_says() {
    let folder = tempfile::tempdir().unwrap();
    let profile = json!({"_id": "1", "identityMap": {"Email": [{"id": "a"}]}});
    let exported =
        run(&request(&json!({})), &[profile], folder.path(), &ExportOptions::default()).unwrap();
    let parquet = reader(&folder.path().join("0").join(&exported.batches[0].files[0].name));
    let schema = parquet.metadata().file_metadata().schema_descr();
    let map = &schema.root_schema().get_fields()[1];
    assert_eq!(map.get_basic_info().logical_type_ref(), Some(&LogicalType::Map));
    let leaves: Vec<String> =
        schema.columns().iter().map(|column| column.path().string()).collect();
    let id = "identityMap.key_value.value.list.element.id";
    assert_eq!(leaves, ["_id", "identityMap.key_value.key", id]);
}

#[test]
fn all_batches_of_a_job_have_the_same_columns() {
    let member = |segment: &str, extra: &str| {
        let realized = json!({"status": "realized"});
        json!({extra: 1, "segmentMembership": {"ups": {segment: realized}}})
    };
    let members = json!({
        "destination": {"segmentPerBatch": true},
        "filter": {"segments": [{"segmentId": "s"}, {"segmentId": "t"}, {"segmentId": "u"}]},
    });
    let schemas = schemas(&members, &[member("s", "a"), member("t", "b")]);
    assert_eq!(schemas.len(), 3);
    assert!(
        schemas[0].column_with_name("a").is_some() && schemas[0].column_with_name("b").is_some()
    );
    assert_eq!(schemas[1], schemas[0]);
    assert_eq!(schemas[2], schemas[0]);
}

#[test]
fn fields_that_were_asked_for_have_columns_though_nobody_has_them() {
    let members = json!({
        "fields": "person.name.first,identityMap.Email.id,no.where,segmentMembership.ups",
        "additionalFields": {"eventList": {"fields": "web.name"}},
    });
    for profiles in [vec![], vec![json!({"_id": "1"})]] {
        let schema = schema(&members, &profiles);
        assert_eq!(type_at(&schema, "no.where"), DataType::Utf8);
        assert_eq!(type_at(&schema, "person.name.first"), DataType::Utf8);
        assert_eq!(type_at(&schema, "eventList.element.web.name"), DataType::Utf8);
        for map in ["identityMap", "segmentMembership", "segmentMembership.value"] {
            assert!(matches!(type_at(&schema, map), DataType::Map(_, _)), "{map}");
        }
        assert_eq!(schema.fields().len(), 5);
    }
}

#[test]
fn values_that_share_no_type_become_their_json() {
    let big = 18_446_744_073_709_551_615_u64;
    let profiles = [
        json!({"_id": "1", "mixed": "text", "empty": {}, "big": big, "deep": [{"x": [1]}]}),
        json!({"_id": "2", "mixed": {"b": 1, "a": [true, null]}, "deep": [{"x": "y"}]}),
        json!({"_id": "3", "mixed": 7}),
    ];
    let expected = [
        json!({"_id": "1", "mixed": "text", "empty": "{}", "big": "18446744073709551615",
               "deep": [{"x": "[1]"}]}),
        json!({"_id": "2", "mixed": "{\"b\":1,\"a\":[true,null]}", "deep": [{"x": "y"}]}),
        json!({"_id": "3", "mixed": "7"}),
    ];
    assert_eq!(rows(&json!({}), &profiles), expected);
}

#[test]
fn numbers_and_texts_come_back_exactly() {
    let profile = json!({
        "_id": "1",
        "least": i64::MIN, "most": i64::MAX, "tenth": 0.1, "tiny": 5e-324, "price": 12_704.52,
        "sixteen digits": 203_916.863_104_876_86,
        "text": "中\u{0000}\"\\\n\u{1f600}",
    });
    assert_eq!(rows(&json!({}), std::slice::from_ref(&profile)), [profile]);
}

#[test]
fn a_path_through_a_map_has_its_column_in_the_values_that_are_there() {
    let profile = json!({"_id": "1", "identityMap": {"Email": [{"id": "a"}]}});
    let members = json!({"fields": "identityMap.Email.xid"});
    let schema = schema(&members, std::slice::from_ref(&profile));
    assert_eq!(type_at(&schema, "identityMap.value.element.xid"), DataType::Utf8);
    assert_eq!(rows(&members, &[profile]), [json!({"identityMap": {"Email": [{}]}})]);
}

/// JSON leaves out what is null; readers of the file see a key without a value.
#[test]
fn a_key_of_a_map_is_left_out_where_its_path_goes_on_in_vain() {
    let folder = tempfile::tempdir().unwrap();
    let ids = json!({"ECID": "text", "Email": {"x": {"val": "y"}}});
    let profile = json!({"_id": "1", "consents": {"idSpecific": ids}});
    let fields = "consents.idSpecific.ECID.x,consents.idSpecific.Email.x";
    let request = request(&json!({"fields": fields}));
    let exported = run(&request, &[profile], folder.path(), &ExportOptions::default()).unwrap();
    let parquet = reader(&folder.path().join("0").join(&exported.batches[0].files[0].name));
    let chunk = parquet.build().unwrap().next().unwrap().unwrap();
    let ids = chunk.column(0).as_struct().column_by_name("idSpecific").unwrap();
    assert_eq!(ids.as_map().keys().as_string::<i32>().iter().collect::<Vec<_>>(), [Some("Email")]);
}

#[test]
fn readers_see_plain_parquet_without_an_arrow_schema() {
    let folder = tempfile::tempdir().unwrap();
    let exported =
        run(&request(&json!({})), &[], folder.path(), &ExportOptions::default()).unwrap();
    let parquet = reader(&folder.path().join("0").join(&exported.batches[0].files[0].name));
    assert_eq!(parquet.metadata().file_metadata().key_value_metadata(), None);
}
