//! What comes back: the value, and the bytes it was read from.

use std::ops::Deref;
use std::time::SystemTime;

use bytes::Bytes;
use http::StatusCode;

use aep_export_transport::{Secret, answered_at};

use crate::operation::Answer;

/// A good answer: its value, its raw bytes, its status and its request id.
///
/// The types of the model tolerate fields they do not know and do not keep them; the raw bytes do.
/// Dereferences to the value.
#[derive(Debug, Clone)]
pub struct Reply<T> {
    value: T,
    answer: Answer,
}

impl<T> Reply<T> {
    pub(crate) fn new(value: T, answer: Answer) -> Self {
        Self { value, answer }
    }

    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The value, without the rest.
    pub fn into_value(self) -> T {
        self.value
    }

    /// The body as received.
    pub fn raw(&self) -> &Bytes {
        self.answer.body()
    }

    /// The token that no text about this answer may hold.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        self.answer.secret()
    }

    /// The status, 200 to 299.
    pub fn status(&self) -> StatusCode {
        self.answer.status()
    }

    /// The id that the service gave this exchange.
    pub fn request_id(&self) -> Option<&str> {
        self.answer.request_id()
    }

    /// When the service says that it answered, by its own clock: the `Date` header.
    pub fn answered_at(&self) -> Option<SystemTime> {
        answered_at(self.answer.headers())
    }

    /// The headers.
    pub fn headers(&self) -> &http::HeaderMap {
        self.answer.headers()
    }

    /// The value with its own bytes, without the rest.
    pub fn into_record(self) -> Record<T> {
        Record { value: self.value, raw: self.answer.body().clone() }
    }

    /// The same reply with another value.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Reply<U> {
        Reply { value: with(self.value), answer: self.answer }
    }
}

impl<T> Deref for Reply<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// One record of a list: its value and its own bytes, exactly as they stood in the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<T> {
    /// The record.
    pub value: T,
    /// Its JSON text as received.
    pub raw: Bytes,
}

impl<T> Deref for Record<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
