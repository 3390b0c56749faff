use super::*;

const OK: StatusCode = StatusCode::OK;

fn life_of(expires_in: &str) -> Result<Option<Duration>, TokenErrorKind> {
    let body =
        format!(r#"{{"access_token":"abc","token_type":"bearer","expires_in":{expires_in}}}"#);
    read(OK, body.as_bytes()).map(|granted| granted.life).map_err(|error| error.kind())
}

#[test]
fn lives_are_seconds_unless_they_are_too_large_for_that() {
    for (written, seconds) in [
        ("86399", 86_399.0),
        ("\"86399\"", 86_399.0),
        ("1", 1.0),
        ("1000000", 1_000_000.0),
        ("86399973", 86_399.973),
        ("8.6399992e7", 86_399.992),
    ] {
        assert_eq!(life_of(written), Ok(Some(Duration::from_secs_f64(seconds))), "{written}");
    }
    assert_eq!(life_of("null"), Ok(None));
    for written in ["0", "-5", "\"soon\"", "1e300", "{}", "true"] {
        assert_eq!(life_of(written), Err(TokenErrorKind::Malformed), "{written}");
    }
}

#[test]
fn a_success_without_a_usable_token_is_malformed() {
    for body in [
        "",
        "<html>",
        "[]",
        "{}",
        r#"["canary",3600]"#,
        r#"{"access_token":""}"#,
        r#"{"access_token":null}"#,
        r#"{"access_token":"can\nary"}"#,
    ] {
        let error = read(OK, body.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Malformed, "{body}");
        assert!(!format!("{error:?}").contains("ary"), "{error:?}");
    }
}

#[test]
fn refusals_keep_the_service_s_own_words() {
    let body = br#"{"error":"invalid_scope","error_description":"scope x is unknown"}"#;
    let error = read(StatusCode::BAD_REQUEST, body).unwrap_err();
    assert_eq!((error.kind(), error.code()), (TokenErrorKind::Rejected, Some("invalid_scope")));
    assert_eq!(
        error.to_string(),
        "the token service refused the credentials: invalid_scope, scope x is unknown"
    );
}

#[test]
fn a_fault_of_the_service_is_not_the_credentials_fault() {
    for (status, body) in [
        (500, ""),
        (502, "<html><body>Bad Gateway</body></html>"),
        (429, r#"{"error":"too_many"}"#),
        (400, r#"{"error":"server_error"}"#),
    ] {
        let error = read(StatusCode::from_u16(status).unwrap(), body.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Unavailable, "{status} {body}");
    }
}

#[test]
fn a_refusal_without_words_is_one() {
    for body in ["", "{}", "<html>", r#"{"error":""}"#, r#"{"error":7}"#, "null"] {
        let error = read(StatusCode::UNAUTHORIZED, body.as_bytes()).unwrap_err();
        assert_eq!((error.kind(), error.code()), (TokenErrorKind::Rejected, None), "{body}");
    }
}

#[test]
fn an_endless_description_is_shortened() {
    let body = format!(r#"{{"error":"e","error_description":"{}"}}"#, "x".repeat(60_000));
    let error = read(StatusCode::BAD_REQUEST, body.as_bytes()).unwrap_err();
    assert!(error.to_string().len() < 500);
}
