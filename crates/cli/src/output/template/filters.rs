//! What a template can do with a value that jinja has nothing for.

use std::time::Duration;

use aep_export_model::EpochMillis;
use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use minijinja::{Environment, Error, ErrorKind, Value};

use super::super::when::When;
use crate::duration;
use crate::transfer::bytes_shown;

/// Adds them; ages are as of `now`, in milliseconds since 1970.
pub(super) fn add(environment: &mut Environment<'static>, now: i64) {
    environment.add_filter("time", time);
    environment.add_filter("ago", move |value: &Value| {
        shown(value, "a time", |at| {
            Ok(When::new(TimeZone::UTC, Some(now)).in_a_table(EpochMillis::new(at)))
        })
    });
    environment.add_filter("duration", |value: &Value| {
        shown(value, "a duration", |span| {
            let span = u64::try_from(span).map_err(|_| wrong("a duration is never below 0"))?;
            Ok(duration::show(Duration::from_millis(span)))
        })
    });
    environment.add_filter("bytes", |value: &Value| {
        shown(value, "a number of bytes", |bytes| {
            let bytes = u64::try_from(bytes).map_err(|_| wrong("bytes are never below 0"))?;
            Ok(bytes_shown(bytes))
        })
    });
}

/// A time of the service in UTC: after RFC 3339, or as `form` says (`%Y-%m-%d`).
fn time(value: &Value, form: Option<&str>) -> Result<Value, Error> {
    shown(value, "a time", |at| {
        let Some(form) = form else { return Ok(EpochMillis::new(at).to_string()) };
        let at = Timestamp::from_millisecond(at).map_err(|error| wrong(&error.to_string()))?;
        let zoned = at.to_zoned_datetime(TimeZone::UTC);
        strtime::format(form, &zoned).map_err(|error| wrong(&error.to_string()))
    })
}

/// A whole number shown by `show`; what is not there stays that.
fn shown(
    value: &Value,
    what: &str,
    show: impl FnOnce(i64) -> Result<String, Error>,
) -> Result<Value, Error> {
    if value.is_undefined() || value.is_none() {
        return Ok(Value::UNDEFINED);
    }
    // Numbers come as 24115.0 and as text, too.
    let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    match number {
        Some(number) => show(number).map(Value::from),
        None => Err(wrong(&format!("{value} is not {what} in whole numbers"))),
    }
}

fn wrong(why: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, why.to_owned())
}
