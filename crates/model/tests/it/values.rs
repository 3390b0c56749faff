//! Ids, times and enums by themselves.

use std::collections::BTreeMap;

use aep_export_model::*;
use serde_json::json;

#[test]
fn rfc3339_is_neither_more_nor_less() {
    let good = [
        ("2018-01-01T00:00:00Z", 1_514_764_800_000),
        ("2018-01-01t00:00:00z", 1_514_764_800_000),
        ("2018-01-01T00:00:00.5Z", 1_514_764_800_500),
        ("2018-01-01T00:00:00.123456789+00:00", 1_514_764_800_123),
        ("2018-10-25T13:22:04-07:00", 1_540_498_924_000),
        ("2018-01-01T00:00:00-00:00", 1_514_764_800_000),
        ("2018-01-01T05:30:00+05:30", 1_514_764_800_000),
        ("2020-02-29T00:00:00Z", 1_582_934_400_000),
        ("1969-12-31T23:59:59Z", -1000),
        ("1970-01-01T00:00:00.0019999999Z", 1),
        ("1970-01-01T01:00:00.001000000000000000001+01:00", 1),
        ("1969-12-31T23:59:59.9990000009Z", -1),
        ("1969-12-31T23:59:59.9985Z", -2),
    ];
    for (text, millis) in good {
        let time = Rfc3339::parse(text).unwrap();
        assert_eq!(time.to_millis().get(), millis, "{text}");
        assert_eq!(time.to_string(), text, "as written");
    }
    let bad = [
        "",
        "now",
        "2018-01-01",
        "2018-01-01T00:00:00",
        "2018-01-01 00:00:00Z",
        "2018-01-01T00:00Z",
        "2018-13-01T00:00:00Z",
        "2019-02-29T00:00:00Z",
        "2018-01-01T24:00:00Z",
        "2018-01-01T00:60:00Z",
        "2018-01-01T00:00:00+0100",
        "2018-01-01T00:00:00+24:00",
        "2018-01-01T00:00:00+01:60",
        "2018-01-01T00:00:00.Z",
        "2018-01-01T00:00:00.1234567890",
        "2018-01-01T00:00:00.123456789\u{e9}Z",
        "2018-01-01T00:00:00Z[UTC]",
        "2018-01-01T00:00:00Z ",
        " 2018-01-01T00:00:00Z",
        "20180101T000000Z",
        "+002018-01-01T00:00:00Z",
        "2018-01-01T00:00:00\u{e9}",
        "2018-01-01T00:00:0\u{e9}",
        "1538615973895",
        "<string>",
    ];
    for text in bad {
        let error = Rfc3339::parse(text).expect_err(text);
        assert_eq!(error.text(), text);
        assert!(error.to_string().contains("is not an RFC 3339 time"));
    }
}

#[test]
fn times_compare_by_instant() {
    let early = Rfc3339::parse("2018-01-01T00:00:00.000000001+01:00").unwrap();
    let late = Rfc3339::parse("2017-12-31T23:00:00.000000002Z").unwrap();
    assert!(late.is_after(&early) && !early.is_after(&late) && !early.is_after(&early));
    let hair_later = Rfc3339::parse("2018-01-01T00:00:00.0000000019+01:00").unwrap();
    assert!(!hair_later.is_after(&early), "nothing lies below a nanosecond");
}

#[test]
fn milliseconds_are_shown_in_utc() {
    assert_eq!(EpochMillis::new(0).to_string(), "1970-01-01T00:00:00Z");
    assert_eq!(EpochMillis::new(-1).to_string(), "1969-12-31T23:59:59.999Z");
    assert_eq!(EpochMillis::new(i64::MAX).to_string(), "9223372036854775807 ms");
    assert_eq!(format!("{:>22}|", EpochMillis::new(0)), "  1970-01-01T00:00:00Z|");
}

#[test]
fn ids_are_text_however_they_came() {
    let ids: Vec<JobId> = serde_json::from_value(json!([1, 1.0, "1"])).unwrap();
    assert_eq!(ids, vec![JobId::new("1"); 3]);
    assert_eq!(serde_json::to_string(&ids).unwrap(), r#"["1","1","1"]"#);
    let by_id: BTreeMap<BatchId, u8> = serde_json::from_value(json!({"b": 2, "a": 1})).unwrap();
    assert_eq!(by_id[&BatchId::new("a")], 1);
    assert!(serde_json::from_value::<JobId>(json!("")).is_err());
    assert!(serde_json::from_value::<JobId>(json!(1.5)).is_err());
    assert_eq!("7".parse::<JobId>(), Ok(JobId::from("7".to_owned())));
    assert_eq!(format!("{:>3}|", JobId::new("7")), "  7|");
}

#[test]
fn enums_know_their_words_and_keep_others() {
    fn both_ways(known: &[&str], read: impl Fn(&str) -> (bool, String)) {
        for text in known {
            assert_eq!(read(text), (true, (*text).to_owned()));
        }
        for text in ["BRAND_NEW", "", "Realized", "\u{1f600}"] {
            assert_eq!(read(text), (false, text.to_owned()));
        }
    }
    both_ways(JobStatus::KNOWN, |text| {
        let value = JobStatus::from(text);
        (value.is_known(), value.to_string())
    });
    both_ways(JobType::KNOWN, |text| {
        let value = JobType::from(text.to_owned());
        (value.is_known(), value.to_string())
    });
    both_ways(MembershipStatus::KNOWN, |text| {
        let value: MembershipStatus = text.parse().unwrap();
        (value.is_known(), value.as_str().to_owned())
    });
    both_ways(BatchStatus::KNOWN, |text| {
        let value: BatchStatus = serde_json::from_value(json!(text)).unwrap();
        (value.is_known(), serde_json::to_value(&value).unwrap().as_str().unwrap().to_owned())
    });
    assert_eq!(JobStatus::KNOWN.len(), 7);
    assert_eq!(BatchStatus::KNOWN.len(), 16);
    assert!(serde_json::from_value::<JobStatus>(json!(1)).is_err());
    assert_eq!(format!("{:<6}|", JobStatus::New), "NEW   |");
}
